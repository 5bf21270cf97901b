/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static RtArtifacts artifacts;
static const char *folder;
static int dir;

/* An empty folder to write into, and artifacts without any. */
static void begin(const char *name)
{
        artifacts = (RtArtifacts){ .arena = fx.arena };
        folder = new_folder(name);
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(dir, 0);
}

static void add(const char *path, const char *line)
{
        rt_artifact_line(&artifacts, rt_artifact_file(&artifacts, NULL, path), line);
}

static int write_all(void)
{
        RtWriteError error = { 0 };
        int r = rt_write_artifacts(&artifacts, dir, false, &error);
        ck_assert_int_eq(error.error, r);
        return r;
}

static const char *content(const char *path)
{
        char *text = rt_alloc(fx.arena, 100000);
        int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
        ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
        ck_assert_int_ge(read(fd, text, 99999), 0);
        close(fd);
        return text;
}

START_TEST(files_folders_and_links_are_written)
{
        begin("out");
        add("a.service", "one");
        add("d/b.conf", "two");
        rt_artifact_link(&artifacts, NULL, "default.target", "a.target");
        ck_assert_int_eq(write_all(), 0);
        ck_assert_str_eq(tree_of(folder), "a.service\nd/\nd/b.conf\ndefault.target\n");
        ck_assert_str_eq(content("a.service"), "one\n");
        ck_assert_str_eq(content("d/b.conf"), "two\n");
        char target[64] = "";
        ck_assert_int_eq(readlinkat(dir, "default.target", target, sizeof target - 1), 8);
        ck_assert_str_eq(target, "a.target");
        struct stat st;
        fstatat(dir, "a.service", &st, 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(nothing_to_write_touches_nothing)
{
        begin("out");
        RtWriteError error = { 0 };
        ck_assert_int_eq(rt_write_artifacts(&artifacts, -1, false, &error), 0);
        ck_assert_str_eq(tree_of(folder), "");
}
END_TEST

START_TEST(old_files_and_links_are_replaced)
{
        begin("out");
        ck_assert_int_eq(symlinkat("/nowhere", dir, "a.service"), 0);
        ck_assert_int_eq(symlinkat("old.target", dir, "default.target"), 0);
        add("a.service", "one");
        rt_artifact_link(&artifacts, NULL, "default.target", "a.target");
        ck_assert_int_eq(write_all(), 0);
        ck_assert_str_eq(content("a.service"), "one\n");
        ck_assert_int_eq(write_all(), 0);
        ck_assert_str_eq(tree_of(folder), "a.service\ndefault.target\n");
}
END_TEST

START_TEST(a_durable_write_is_the_same)
{
        begin("out");
        add("a.service", "one");
        add("d/b.conf", "two");
        RtWriteError error;
        ck_assert_int_eq(rt_write_artifacts(&artifacts, dir, true, &error), 0);
        ck_assert_str_eq(tree_of(folder), "a.service\nd/\nd/b.conf\n");
}
END_TEST

/* A file size limit of 1000 bytes stands in for a full disk: write(2) fails half-way. */
static int write_with_little_room(void)
{
        struct rlimit limit = { 1000, RLIM_INFINITY };
        signal(SIGXFSZ, SIG_IGN);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int r = write_all();
        limit.rlim_cur = RLIM_INFINITY;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        return r;
}

START_TEST(a_write_that_fails_leaves_nothing_behind)
{
        begin("out");
        add("a.service", "one");
        add("d/a.conf", "small");
        add("e/b.conf", repeated("0123456789", 200));
        add("z.service", "last");
        ck_assert_int_eq(write_with_little_room(), -EFBIG);
        ck_assert_str_eq(tree_of(folder), "");
}
END_TEST

START_TEST(a_write_that_fails_leaves_old_files_as_they_were)
{
        begin("out");
        add("a.service", "old");
        add("d/b.conf", "old");
        ck_assert_int_eq(write_all(), 0);
        artifacts.list.n = 0;
        add("a.service", "new");
        add("d/b.conf", repeated("0123456789", 200));
        ck_assert_int_eq(write_with_little_room(), -EFBIG);
        ck_assert_str_eq(tree_of(folder), "a.service\nd/\nd/b.conf\n");
        ck_assert_str_eq(content("a.service"), "old\n");
        ck_assert_str_eq(content("d/b.conf"), "old\n");
}
END_TEST

START_TEST(the_error_names_what_could_not_be_written)
{
        begin("out");
        add("a.service", "one");
        add("d/b.conf", "two");
        ck_assert_int_eq(symlinkat("/tmp", dir, "d"), 0);
        RtWriteError error = { 0 };
        ck_assert_int_eq(rt_write_artifacts(&artifacts, dir, false, &error), -ENOTDIR);
        ck_assert_str_eq(error.path, "d/b.conf");
        ck_assert_int_eq(error.error, -ENOTDIR);
        ck_assert_str_eq(tree_of(folder), "d\n");
}
END_TEST

START_TEST(a_folder_in_a_files_place_is_an_error)
{
        begin("out");
        add("a.service", "one");
        ck_assert_int_eq(mkdirat(dir, "a.service", 0755), 0);
        ck_assert_int_lt(write_all(), 0);
        ck_assert_str_eq(tree_of(folder), "a.service/\n");
}
END_TEST

START_TEST(a_folder_that_may_not_be_written_is_an_error)
{
        begin("out");
        add("a.service", "one");
        ck_assert_int_eq(fchmod(dir, 0555), 0);
        /* Root may write all the same, and a child is another user. */
        pid_t pid = fork();
        if (pid == 0) {
                RtWriteError error;
                if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
                        _exit(99);
                _exit(rt_write_artifacts(&artifacts, dir, false, &error) == -EACCES ? 0 : 1);
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert_str_eq(tree_of(folder), "");
}
END_TEST

/* Writes again and again; the exit status of a child. */
static int write_many_times(int times)
{
        for (int i = 0; i < times; i++) {
                RtWriteError error;
                if (rt_write_artifacts(&artifacts, dir, false, &error) < 0) {
                        fprintf(stderr, "%s: %s\n", error.path, strerror(-error.error));
                        return 1;
                }
        }
        return 0;
}

START_TEST(two_writers_at_once_do_not_disturb_each_other)
{
        enum { WRITERS = 4, FILES = 20 };
        begin("out");
        for (int i = 0; i < FILES; i++)
                add(rt_printf(fx.arena, "d%d/f%d", i % 3, i), repeated("x", 2000));
        pid_t pids[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
                pids[i] = fork();
                if (pids[i] == 0)
                        _exit(write_many_times(30));
        }
        for (int i = 0; i < WRITERS; i++) {
                int status;
                ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
                ck_assert_int_eq(status, 0);
        }
        for (int i = 0; i < FILES; i++)
                ck_assert_uint_eq(strlen(content(rt_printf(fx.arena, "d%d/f%d", i % 3, i))), 2001);
        ck_assert_uint_eq(strspn(tree_of(folder), "."), 0);
        ck_assert_ptr_null(strstr(tree_of(folder), "\n."));
}
END_TEST

/* Like write_many_times(), each time from the start, with no room for the last file. */
static int fail_many_times(int times)
{
        struct rlimit limit = { 1000, 1000 };
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
                return 2;
        add("d/z", repeated("0123456789", 200));
        for (int i = 0; i < times; i++) {
                RtWriteError error;
                if (rt_write_artifacts(&artifacts, dir, false, &error) != -EFBIG)
                        return 1;
        }
        return 0;
}

START_TEST(a_run_that_fails_does_not_disturb_one_that_succeeds)
{
        begin("out");
        for (int i = 0; i < 5; i++)
                add(rt_printf(fx.arena, "d%d/f", i), "text");
        pid_t pid = fork();
        if (pid == 0)
                _exit(fail_many_times(1000));
        for (int i = 0; i < 500; i++) {
                RtWriteError error = { 0 };
                ck_assert_msg(rt_write_artifacts(&artifacts, dir, false, &error) == 0, "%s: %s",
                              error.path, strerror(-error.error));
                for (int k = 0; k < 5; k++)
                        rt_remove_artifact(fx.arena, dir, rt_printf(fx.arena, "d%d/f", k));
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_reader_never_sees_half_a_file)
{
        begin("out");
        const char *text = repeated("y", 60000);
        add("a.service", text);
        ck_assert_int_eq(write_all(), 0);
        pid_t pid = fork();
        if (pid == 0)
                _exit(write_many_times(200));
        for (int i = 0; i < 200; i++) {
                struct stat st;
                int fd = openat(dir, "a.service", O_RDONLY | O_CLOEXEC);
                ck_assert_int_ge(fd, 0);
                ck_assert_int_eq(fstat(fd, &st), 0);
                ck_assert_int_eq(st.st_size, 60001);
                close(fd);
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(the_stage_of_a_killed_run_is_no_obstacle)
{
        begin("out");
        add("a.service", "one");
        pid_t pid = fork();
        if (pid == 0) {
                for (int i = 0; i < 3; i++)
                        mkdirat(dir, rt_printf(fx.arena, ".rtcontainers-%d-%d", getpid(), i), 0700);
                RtWriteError error;
                _exit(rt_write_artifacts(&artifacts, dir, false, &error) == 0 ? 0 : 1);
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert_str_eq(content("a.service"), "one\n");
}
END_TEST

START_TEST(removal_takes_the_empty_folder_along_and_nothing_else)
{
        begin("out");
        add("d/a", "x");
        add("d/b", "x");
        add("c", "x");
        ck_assert_int_eq(write_all(), 0);
        ck_assert_int_eq(rt_remove_artifact(fx.arena, dir, "d/a"), 0);
        ck_assert_str_eq(tree_of(folder), "c\nd/\nd/b\n");
        ck_assert_int_eq(rt_remove_artifact(fx.arena, dir, "d/b"), 0);
        ck_assert_str_eq(tree_of(folder), "c\n");
        ck_assert_int_eq(rt_remove_artifact(fx.arena, dir, "d/b"), 0);
        ck_assert_int_eq(rt_remove_artifact(fx.arena, dir, "c"), 0);
        ck_assert_str_eq(tree_of(folder), "");
}
END_TEST

START_TEST(output_folders_are_made_inside_the_root_only)
{
        begin("outside");
        int fd = rt_open_output(fx.arena, fx.root, "/usr/local/lib/systemd/system");
        ck_assert_int_ge(fd, 0);
        close(fd);
        struct stat st;
        ck_assert_int_eq(stat(path_of("/usr/local/lib/systemd/system"), &st), 0);
        ck_assert_int_eq(symlink(folder, path_of("/link")), 0);
        fd = rt_open_output(fx.arena, fx.root, "/link/x");
        ck_assert_int_lt(fd, 0);
        ck_assert_str_eq(tree_of(folder), "");
        ck_assert_int_lt(rt_open_output(fx.arena, rt_printf(fx.arena, "%s/none", fx.root), "/a"),
                         0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("writer", files_folders_and_links_are_written,
                         nothing_to_write_touches_nothing, old_files_and_links_are_replaced,
                         a_durable_write_is_the_same, a_write_that_fails_leaves_nothing_behind,
                         a_write_that_fails_leaves_old_files_as_they_were,
                         the_error_names_what_could_not_be_written,
                         a_folder_in_a_files_place_is_an_error,
                         a_folder_that_may_not_be_written_is_an_error,
                         two_writers_at_once_do_not_disturb_each_other,
                         a_run_that_fails_does_not_disturb_one_that_succeeds,
                         a_reader_never_sees_half_a_file, the_stage_of_a_killed_run_is_no_obstacle,
                         removal_takes_the_empty_folder_along_and_nothing_else,
                         output_folders_are_made_inside_the_root_only);
}
