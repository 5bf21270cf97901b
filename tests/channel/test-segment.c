/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment.h"

enum { SIZE = 3 * 4096 };

static RtSegment create(RtAccess access)
{
        RtSegment segment;
        expect_ok(rt_segment_create("test", SIZE, access, &segment));
        ck_assert_uint_eq(segment.size, SIZE);
        ck_assert_int_ge(segment.fd, 0);
        return segment;
}

/* Its memfd by another open file, as a peer that opens /proc/self/fd could have it. */
static int open_again(int fd)
{
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return open(path, O_RDWR | O_CLOEXEC);
}

START_TEST(a_segment_is_zero_present_and_not_inherited_by_programs)
{
        RtSegment segment = create(RT_ONE_WRITER);
        unsigned char present[SIZE / 4096], zeros[SIZE] = { 0 };
        struct stat status;
        ck_assert_mem_eq(segment.data, zeros, SIZE);
        expect_ok(mincore(segment.data, SIZE, present));
        for (int i = 0; i < SIZE / 4096; i++)
                ck_assert_int_eq(present[i] & 1, 1);
        expect_ok(fstat(segment.fd, &status));
        ck_assert_int_eq(status.st_size, SIZE);
        ck_assert_int_eq(status.st_blocks * 512, SIZE); /* no holes that need memory later */
        ck_assert_int_eq(fcntl(segment.fd, F_GETFD), FD_CLOEXEC);
        rt_segment_release(&segment, false);
        ck_assert_ptr_null(segment.data);
        ck_assert_int_eq(segment.fd, -1);
        rt_segment_release(&segment, false); /* nothing more to do */
}
END_TEST

static void expect_sealed(int fd, bool writable)
{
        void *zeros = calloc(1, 4096);
        ck_assert_int_eq(ftruncate(fd, 2 * SIZE), -1);
        ck_assert_int_eq(errno, EPERM);
        ck_assert_int_eq(ftruncate(fd, 0), -1);
        ck_assert_int_eq(errno, EPERM);
        ck_assert_int_eq(fallocate(fd, 0, SIZE, 4096), -1);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
        ck_assert_int_eq(errno, EPERM);
        void *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ck_assert(writable == (data != MAP_FAILED));
        if (data != MAP_FAILED)
                expect_ok(munmap(data, SIZE));
        if (!writable) {
                ck_assert_int_eq(pwrite(fd, zeros, 4096, 0), -1);
                ck_assert_int_eq(errno, EPERM);
                ck_assert_int_eq(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096),
                                 -1);
                ck_assert_int_eq(errno, EPERM);
        }
        free(zeros);
}

START_TEST(nobody_can_write_resize_or_hollow_what_one_writes)
{
        RtSegment segment = create(RT_ONE_WRITER);
        memset(segment.data, 7, SIZE); /* but who made it still can write */
        expect_sealed(segment.fd, false);
        int other = open_again(segment.fd);
        if (other >= 0)
                expect_sealed(other, false);
        void *data = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, segment.fd, 0);
        ck_assert_ptr_ne(data, MAP_FAILED);
        ck_assert_int_eq(mprotect(data, SIZE, PROT_READ | PROT_WRITE), -1);
        ck_assert_int_eq(madvise(data, 4096, MADV_REMOVE), -1);
        ck_assert_int_eq(madvise(segment.data, 4096, MADV_REMOVE), -1);
        ck_assert_int_eq(*(unsigned char *)data, 7);
        expect_ok(munmap(data, SIZE));
        if (other >= 0)
                (void)close(other);
        rt_segment_release(&segment, false);
}
END_TEST

START_TEST(what_both_write_cannot_be_resized_either)
{
        RtSegment segment = create(RT_BOTH_WRITE), peer;
        expect_sealed(segment.fd, true);
        expect_ok(rt_segment_attach(dup(segment.fd), SIZE, RT_BOTH_WRITE, &peer));
        *(int *)peer.data = 5;
        ck_assert_int_eq(*(int *)segment.data, 5);
        rt_segment_release(&peer, false);
        rt_segment_release(&segment, false);
}
END_TEST

START_TEST(who_attaches_reads_and_cannot_write)
{
        RtSegment segment = create(RT_ONE_WRITER), peer;
        unsigned fds = count_fds();
        expect_ok(rt_segment_attach(dup(segment.fd), SIZE, RT_ONE_WRITER, &peer));
        ck_assert_uint_eq(count_fds(), fds); /* the descriptor is not needed any more */
        *(int *)segment.data = 5;
        ck_assert_int_eq(*(int *)peer.data, 5);
        ck_assert_int_eq(mprotect(peer.data, SIZE, PROT_READ | PROT_WRITE), -1);
        rt_segment_release(&peer, false);
        ck_assert_int_eq(*(int *)segment.data, 5);
        rt_segment_release(&segment, false);
}
END_TEST

static int memfd(size_t size, int seals)
{
        int fd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ck_assert_int_ge(fd, 0);
        if (size > 0)
                expect_ok(posix_fallocate(fd, 0, (off_t)size));
        expect_ok(fcntl(fd, F_ADD_SEALS, seals));
        return fd;
}

static void expect_refused(int fd, RtAccess access, int expected)
{
        RtSegment segment = { .size = 77 };
        unsigned fds = count_fds();
        ck_assert_int_ge(fd, 0);
        expect_result(rt_segment_attach(fd, SIZE, access, &segment), expected);
        ck_assert_uint_eq(count_fds(), fds - 1); /* closed all the same */
        ck_assert_uint_eq(segment.size, 77);
}

START_TEST(what_could_change_behind_ones_back_is_not_attached)
{
        int both = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW, all = both | F_SEAL_FUTURE_WRITE;
        expect_refused(memfd(SIZE, 0), RT_ONE_WRITER, -EPERM);
        expect_refused(memfd(SIZE, 0), RT_BOTH_WRITE, -EPERM);
        expect_refused(memfd(SIZE, both), RT_ONE_WRITER, -EPERM);
        expect_refused(memfd(SIZE, both & ~F_SEAL_SEAL), RT_BOTH_WRITE, -EPERM);
        expect_refused(memfd(SIZE, all & ~F_SEAL_SEAL), RT_ONE_WRITER, -EPERM);
        expect_refused(memfd(SIZE, all & ~F_SEAL_SHRINK), RT_ONE_WRITER, -EPERM);
        expect_refused(memfd(SIZE, all & ~F_SEAL_GROW), RT_ONE_WRITER, -EPERM);
        expect_refused(memfd(SIZE, all), RT_BOTH_WRITE, -EPERM); /* could not be written */
        RtSegment segment;
        expect_ok(rt_segment_attach(memfd(SIZE, all), SIZE, RT_ONE_WRITER, &segment));
        rt_segment_release(&segment, false);
}
END_TEST

START_TEST(what_has_another_size_is_not_attached)
{
        int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
        static const size_t sizes[] = { 0, 1, 4096, SIZE - 1, SIZE + 1, 2 * SIZE };
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                expect_refused(memfd(sizes[i], all), RT_ONE_WRITER, -EMSGSIZE);
}
END_TEST

/* Whoever reads a page first is charged for it. */
START_TEST(what_has_holes_is_not_attached)
{
        int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
        for (size_t filled = 0; filled < SIZE; filled += 4096) {
                int fd = memfd_create("hollow", MFD_CLOEXEC | MFD_ALLOW_SEALING);
                expect_ok(ftruncate(fd, SIZE));
                if (filled > 0)
                        expect_ok(posix_fallocate(fd, 0, (off_t)filled));
                expect_ok(fcntl(fd, F_ADD_SEALS, all));
                expect_refused(fd, RT_ONE_WRITER, -EPERM);
        }
}
END_TEST

START_TEST(more_than_the_machine_has_is_an_error_and_costs_nobody_anything)
{
        RtSegment segment = { .size = 77 };
        unsigned fds = count_fds();
        size_t more = ((size_t)sysconf(_SC_PHYS_PAGES) + 1) * (size_t)sysconf(_SC_PAGESIZE);
        expect_result(rt_segment_create("test", more, RT_ONE_WRITER, &segment), -ENOMEM);
        ck_assert_uint_eq(segment.size, 77);
        ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

START_TEST(what_is_no_memfd_is_not_attached)
{
        int ends[2];
        FILE *file = tmpfile();
        ck_assert_ptr_nonnull(file);
        expect_ok(ftruncate(fileno(file), SIZE));
        expect_refused(dup(fileno(file)), RT_ONE_WRITER, -EPERM);
        (void)fclose(file);
        expect_ok(pipe2(ends, O_CLOEXEC));
        expect_refused(ends[0], RT_ONE_WRITER, -EPERM);
        expect_refused(ends[1], RT_BOTH_WRITE, -EPERM);
        expect_refused(open("/dev/zero", O_RDWR | O_CLOEXEC), RT_BOTH_WRITE, -EPERM);
        expect_refused(open("/tmp", O_RDONLY | O_CLOEXEC), RT_ONE_WRITER, -EPERM);
}
END_TEST

START_TEST(without_address_space_left_there_is_an_error_and_nothing_else)
{
        RtSegment segment = { .size = 77 };
        unsigned fds = count_fds();
        struct rlimit limit, none = { 0 };
        expect_ok(getrlimit(RLIMIT_AS, &limit));
        none.rlim_max = limit.rlim_max;
        expect_ok(setrlimit(RLIMIT_AS, &none));
        int r = rt_segment_create("test", SIZE, RT_ONE_WRITER, &segment);
        expect_ok(setrlimit(RLIMIT_AS, &limit));
        expect_result(r, -ENOMEM);
        ck_assert_uint_eq(segment.size, 77);
        ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

int main(void)
{
        return RUN_TESTS("segment", a_segment_is_zero_present_and_not_inherited_by_programs,
                         nobody_can_write_resize_or_hollow_what_one_writes,
                         what_both_write_cannot_be_resized_either,
                         who_attaches_reads_and_cannot_write,
                         what_could_change_behind_ones_back_is_not_attached,
                         what_has_another_size_is_not_attached, what_has_holes_is_not_attached,
                         more_than_the_machine_has_is_an_error_and_costs_nobody_anything,
                         what_is_no_memfd_is_not_attached,
                         without_address_space_left_there_is_an_error_and_nothing_else);
}
