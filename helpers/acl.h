/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Access lists of files as the kernel keeps them, so far as to let one more user in. */

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { RT_ACL_ENTRIES = 64 };

typedef struct RtAclEntry {
        uint16_t tag, permissions; /* 4 read, 2 write, 1 execute */
        uint32_t id;
} RtAclEntry;

typedef struct RtAcl {
        size_t n;
        RtAclEntry entries[RT_ACL_ENTRIES];
} RtAcl;

/* What the mode alone says. */
RtAcl rt_acl_of_mode(mode_t mode);
/* Reads the attribute's bytes. -EINVAL: it is none; -E2BIG: it has too many entries. */
int rt_acl_parse(const void *bytes, size_t n, RtAcl *ret);
/* Writes them; the size. `ret` holds RT_ACL_BYTES. */
enum { RT_ACL_BYTES = 4 + 8 * RT_ACL_ENTRIES };
size_t rt_acl_format(const RtAcl *acl, void *ret);

/* The user may do this from now on, no more and no less. -E2BIG: the list is full. */
int rt_acl_grant(RtAcl *acl, uid_t user, unsigned permissions);
/* The user is not mentioned any more; without any others, the mode alone says what it said before.
 * Whether it was. */
int rt_acl_revoke(RtAcl *acl, uid_t user);

/* The same of a file; links are followed. With no permissions the user is not mentioned any more.
 * 0, or a negative errno. */
int rt_acl_set(const char *path, uid_t user, unsigned permissions);

/* Who changes lists holds this meanwhile: what two read and write at once is lost for one of them.
 * A file that no others may open, or they could hold it for ever. A descriptor to be closed, or a
 * negative errno. */
int rt_acl_lock(const char *path);
