/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socket.h"

static int seals_of(RtAccess access)
{
        return F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
               (access == RT_ONE_WRITER ? F_SEAL_FUTURE_WRITE : 0);
}

static int map(int fd, size_t size, int protection, RtSegment *ret)
{
        void *data = mmap(NULL, size, protection, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (data == MAP_FAILED)
                return -errno;
        /* A child would share what is written here, and must not: its API refuses, see end.h. */
        (void)madvise(data, size, MADV_DONTFORK);
        *ret = (RtSegment){
                .data = data, .size = size, .fd = fd, .locked = mlock(data, size) == 0
        };
        return 0;
}

/* Allocates, so that the machine's lack of memory is an error here and no SIGBUS later. */
static int prepare(int fd, size_t size, RtAccess access, RtSegment *ret)
{
        /* The kernel would try, and kill others for it. */
        uint64_t pages = size / (uint64_t)sysconf(_SC_PAGESIZE);
        if (pages > (uint64_t)sysconf(_SC_PHYS_PAGES))
                return -ENOMEM;
        if (ftruncate(fd, (off_t)size) < 0)
                return -errno;
        int r = -posix_fallocate(fd, 0, (off_t)size);
        if (r < 0)
                return r;
        r = map(fd, size, PROT_READ | PROT_WRITE, ret);
        if (r < 0)
                return r;
        if (fcntl(fd, F_ADD_SEALS, seals_of(access)) < 0) {
                r = -errno;
                (void)munmap(ret->data, size);
                return r;
        }
        return 0;
}

int rt_segment_create(const char *name, size_t size, RtAccess access, RtSegment *ret)
{
        int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return -errno;
        RtSegment segment;
        int r = prepare(fd, size, access, &segment);
        if (r < 0) {
                (void)close(fd);
                return r;
        }
        *ret = segment;
        return 0;
}

static int verify(int fd, size_t size, RtAccess access)
{
        struct stat status;
        int have = fcntl(fd, F_GET_SEALS);
        if (have < 0 || (have & seals_of(access)) != seals_of(access))
                return -EPERM;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (status.st_size != (off_t)size)
                return -EMSGSIZE;
        /* Pages that are not there would be charged to who reads them first: us. */
        return (uint64_t)status.st_blocks * 512 >= size ? 0 : -EPERM;
}

int rt_segment_attach(int fd, size_t size, RtAccess access, RtSegment *ret)
{
        RtSegment segment = RT_NO_SEGMENT;
        int r = verify(fd, size, access);
        if (r == 0)
                r = map(fd, size, access == RT_BOTH_WRITE ? PROT_READ | PROT_WRITE : PROT_READ,
                        &segment);
        rt_fd_drop(fd);
        if (r < 0)
                return r;
        segment.fd = -1;
        *ret = segment;
        return 0;
}

void rt_segment_release(RtSegment *segment, bool in_child)
{
        if (segment->data && !in_child)
                (void)munmap(segment->data, segment->size);
        if (segment->fd >= 0)
                (void)close(segment->fd);
        *segment = RT_NO_SEGMENT;
}
