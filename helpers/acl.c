/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "acl.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char attribute[] = "system.posix_acl_access";

RtAcl rt_acl_of_mode(mode_t mode)
{
        const uint32_t nobody = (uint32_t)ACL_UNDEFINED_ID;
        return (RtAcl){
                .n = 3,
                .entries = {
                        { ACL_USER_OBJ, (mode >> 6) & 7, nobody },
                        { ACL_GROUP_OBJ, (mode >> 3) & 7, nobody },
                        { ACL_OTHER, mode & 7, nobody },
                },
        };
}

int rt_acl_parse(const void *bytes, size_t n, RtAcl *ret)
{
        struct posix_acl_xattr_header header;
        RtAcl acl = { 0 };
        if (n < sizeof header || (n - sizeof header) % sizeof(struct posix_acl_xattr_entry) != 0)
                return -EINVAL;
        memcpy(&header, bytes, sizeof header);
        if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
                return -EINVAL;
        acl.n = (n - sizeof header) / sizeof(struct posix_acl_xattr_entry);
        if (acl.n > RT_ACL_ENTRIES)
                return -E2BIG;
        for (size_t i = 0; i < acl.n; i++) {
                struct posix_acl_xattr_entry entry;
                memcpy(&entry, (const char *)bytes + sizeof header + i * sizeof entry,
                       sizeof entry);
                acl.entries[i] = (RtAclEntry){
                        .tag = le16toh(entry.e_tag),
                        .permissions = le16toh(entry.e_perm),
                        .id = le32toh(entry.e_id),
                };
        }
        *ret = acl;
        return 0;
}

size_t rt_acl_format(const RtAcl *acl, void *ret)
{
        const struct posix_acl_xattr_header header = { htole32(POSIX_ACL_XATTR_VERSION) };
        memcpy(ret, &header, sizeof header);
        for (size_t i = 0; i < acl->n; i++) {
                const struct posix_acl_xattr_entry entry = {
                        .e_tag = htole16(acl->entries[i].tag),
                        .e_perm = htole16(acl->entries[i].permissions),
                        .e_id = htole32(acl->entries[i].id),
                };
                memcpy((char *)ret + sizeof header + i * sizeof entry, &entry, sizeof entry);
        }
        return sizeof header + acl->n * sizeof(struct posix_acl_xattr_entry);
}

static RtAclEntry *find(RtAcl *acl, uint16_t tag, uint32_t id)
{
        for (size_t i = 0; i < acl->n; i++)
                if (acl->entries[i].tag == tag && (tag != ACL_USER || acl->entries[i].id == id))
                        return &acl->entries[i];
        return NULL;
}

/* The kernel wants the tags in the order of their numbers. */
static RtAclEntry *insert(RtAcl *acl, uint16_t tag, uint32_t id)
{
        size_t at = 0;
        while (at < acl->n && acl->entries[at].tag <= tag)
                at++;
        memmove(&acl->entries[at + 1], &acl->entries[at], (acl->n - at) * sizeof *acl->entries);
        acl->entries[at] = (RtAclEntry){ .tag = tag, .id = id };
        acl->n++;
        return &acl->entries[at];
}

int rt_acl_grant(RtAcl *acl, uid_t user, unsigned permissions)
{
        if (acl->n + 2 > RT_ACL_ENTRIES)
                return -E2BIG;
        RtAclEntry *own = find(acl, ACL_USER, user);
        own = own ? own : insert(acl, ACL_USER, user);
        own->permissions = (uint16_t)permissions;
        /* The mask bounds all but the owner and others; without one the group's part does. */
        RtAclEntry *mask = find(acl, ACL_MASK, 0);
        if (!mask) {
                const RtAclEntry *group = find(acl, ACL_GROUP_OBJ, 0);
                const uint16_t before = group ? group->permissions : 0;
                mask = insert(acl, ACL_MASK, (uint32_t)ACL_UNDEFINED_ID);
                mask->permissions = before;
        }
        mask->permissions |= (uint16_t)permissions;
        return 0;
}

static void take_out(RtAcl *acl, RtAclEntry *entry)
{
        const size_t at = (size_t)(entry - acl->entries);
        memmove(entry, entry + 1, (acl->n - at - 1) * sizeof *entry);
        acl->n--;
}

static bool names_anybody(const RtAcl *acl)
{
        for (size_t i = 0; i < acl->n; i++)
                if (acl->entries[i].tag == ACL_USER || acl->entries[i].tag == ACL_GROUP)
                        return true;
        return false;
}

/* Where a mask stays alone, the mode shows it as the group's part, which others go by. */
int rt_acl_revoke(RtAcl *acl, uid_t user)
{
        RtAclEntry *own = find(acl, ACL_USER, user);
        if (!own)
                return 0;
        take_out(acl, own);
        RtAclEntry *mask = find(acl, ACL_MASK, 0), *group = find(acl, ACL_GROUP_OBJ, 0);
        if (mask && group && !names_anybody(acl)) {
                group->permissions &= mask->permissions;
                take_out(acl, mask);
        }
        return 1;
}

int rt_acl_set(const char *path, uid_t user, unsigned permissions)
{
        char bytes[RT_ACL_BYTES];
        struct stat it;
        RtAcl acl;
        ssize_t size = getxattr(path, attribute, bytes, sizeof bytes);
        if (size < 0 && errno != ENODATA)
                return errno == ERANGE ? -E2BIG : -errno;
        if (stat(path, &it) < 0)
                return -errno;
        int r = 0;
        if (size < 0)
                acl = rt_acl_of_mode(it.st_mode);
        else
                r = rt_acl_parse(bytes, (size_t)size, &acl);
        if (r < 0)
                return r;
        if (permissions != 0)
                r = rt_acl_grant(&acl, user, permissions);
        else if (rt_acl_revoke(&acl, user) == 0)
                return 0;
        if (r < 0)
                return r;
        size_t length = rt_acl_format(&acl, bytes);
        return setxattr(path, attribute, bytes, length, 0) < 0 ? -errno : 0;
}

int rt_acl_lock(const char *path)
{
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        while (flock(fd, LOCK_EX) < 0)
                if (errno != EINTR) {
                        const int error = errno;
                        close(fd);
                        return -error;
                }
        return fd;
}
