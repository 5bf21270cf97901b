/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Messages to the journal, with fields that plain output cannot have. */

/* Who speaks about whom. */
typedef struct RtJournal {
        const char *program;   /* "bind-threads" */
        const char *container; /* what the message is found by; NULL: it is about none */
        const char *unit;      /* that systemctl status should show it for; NULL: our own */
} RtJournal;

/* A declared thread is missing; a thread cannot have what is planned for it. */
#define RT_MESSAGE_THREAD_MISSING "8c1f3a4e5b7d4f0a9d2e61c0b3a7f5d1"
#define RT_MESSAGE_THREAD_REFUSED "2f6a9e0d7c184b3eb5d0a1f49c8e7362"

/* `priority` as for syslog(3); `message_id` may be NULL. Where the journal does not listen to us,
 * to standard error. */
void rt_journal(const RtJournal *journal, int priority, const char *message_id, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
