/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 2048 };

/* The journal's own protocol: one datagram, one field a line. */
static bool send_to_journal(const char *fields, size_t n)
{
        static const char path[] = "/run/systemd/journal/socket";
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        memcpy(address.sun_path, path, sizeof path);
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return false;
        bool sent = sendto(fd, fields, n, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                           sizeof address) == (ssize_t)n;
        (void)close(fd);
        return sent;
}

/* What ends a line would begin a field. Names of threads may hold anything. */
static void clean(char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 127)
                        *text = '?';
}

void rt_journal(const RtJournal *journal, int priority, const char *message_id, const char *format,
                ...)
{
        char message[MOST], fields[MOST + 1024];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        clean(message);
        int n = snprintf(fields, sizeof fields, "MESSAGE=%s: %s\nPRIORITY=%d\n", journal->program,
                         message, priority);
        if (message_id)
                n += snprintf(fields + n, sizeof fields - (size_t)n, "MESSAGE_ID=%s\n", message_id);
        if (journal->container)
                n += snprintf(fields + n, sizeof fields - (size_t)n,
                              "SYSLOG_IDENTIFIER=%.100s\nRTCONTAINERS_CONTAINER=%.100s\n",
                              journal->container, journal->container);
        if (journal->unit)
                n += snprintf(fields + n, sizeof fields - (size_t)n, "OBJECT_SYSTEMD_UNIT=%.200s\n",
                              journal->unit);
        /* systemd says so where standard error is the journal's. */
        if (!getenv("JOURNAL_STREAM") || !send_to_journal(fields, (size_t)n))
                fprintf(stderr, "%s: %s\n", journal->program, message);
}
