/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "writer.h"

static const char *inputs(void)
{
        run();
        return rt_stamp_inputs(fx.arena, &fx.pipeline.sources);
}

/* Opens the folder, which holds the text as a stamp. */
static int folder_with(const char *name, const char *text)
{
        const char *folder = new_folder(name);
        int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = openat(dir, RT_STAMP_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
        return dir;
}

static void refuse(const char *name, const char *text)
{
        RtStamp stamp;
        int r = rt_stamp_read(fx.arena, folder_with(name, text), &stamp);
        ck_assert_msg(r == -EBADMSG, "«%s» gives %d", text, r);
}

START_TEST(the_same_inputs_have_the_same_hash)
{
        put_container("a", "");
        const char *first = inputs();
        ck_assert_str_eq(inputs(), first);
        ck_assert_uint_eq(strlen(first), 32);
        ck_assert_uint_eq(strspn(first, "0123456789abcdef"), 32);
}
END_TEST

START_TEST(every_change_of_the_inputs_changes_the_hash)
{
        const char *seen[7];
        seen[0] = inputs();
        put_container("a", "");
        seen[1] = inputs();
        put_container("a", " ");
        seen[2] = inputs();
        put("a.container.d/1.conf", "user = \"x\";");
        seen[3] = inputs();
        put("/run/rtcontainers/a.container.d/2.conf", "user = \"x\";");
        seen[4] = inputs();
        put("a.container.d/1.conf", "");
        seen[5] = inputs();
        put_link("b.container", "nowhere");
        seen[6] = inputs();
        for (size_t i = 0; i < RT_ELEMENTS(seen); i++)
                for (size_t k = 0; k < i; k++)
                        ck_assert_str_ne(seen[i], seen[k]);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
        int dir = folder_with("out", "");
        RtArtifacts artifacts = { .arena = fx.arena };
        rt_artifact_line(&artifacts, rt_artifact_file(&artifacts, NULL, "a b.service"), "four");
        rt_artifact_file(&artifacts, NULL, "d/empty");
        rt_artifact_link(&artifacts, NULL, "l", "a");
        RtArtifacts made = rt_stamp_make(&artifacts, "0123");
        RtWriteError error;
        ck_assert_int_eq(rt_write_artifacts(&artifacts, dir, false, &error), 0);
        ck_assert_int_eq(rt_write_artifacts(&made, dir, false, &error), 0);
        RtStamp stamp;
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), 0);
        ck_assert_str_eq(stamp.inputs, "0123");
        ck_assert_uint_eq(stamp.paths.n, 3);
        ck_assert_uint_eq(stamp.sizes.n, 3);
        ck_assert_str_eq(stamp.paths.items[0], "a b.service");
        ck_assert_int_eq(stamp.sizes.items[0], 5);
        ck_assert_int_eq(stamp.sizes.items[1], 0);
        ck_assert_int_eq(stamp.sizes.items[2], -1);
        ck_assert(rt_stamp_is_complete(&stamp, dir));
}
END_TEST

START_TEST(an_unfinished_stamp_lists_old_and_new_and_never_holds)
{
        int dir = folder_with("out", "rtcontainers-stamp 1\ninputs 0\n1 old\n1 both\n");
        RtStamp old, stamp;
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &old), 0);
        RtArtifacts artifacts = { .arena = fx.arena };
        rt_artifact_file(&artifacts, NULL, "both");
        rt_artifact_file(&artifacts, NULL, "new");
        RtArtifacts made = rt_stamp_make_unfinished(&artifacts, &old);
        RtWriteError error;
        ck_assert_int_eq(rt_write_artifacts(&made, dir, false, &error), 0);
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), 0);
        ck_assert_str_eq(stamp.inputs, "unfinished");
        ck_assert_uint_eq(stamp.paths.n, 3);
        ck_assert_str_eq(stamp.paths.items[2], "old");
}
END_TEST

START_TEST(an_artifact_that_is_missing_or_changed_makes_it_incomplete)
{
        int dir = folder_with("out", "rtcontainers-stamp 1\ninputs 0\n1 f\nlink l\n");
        RtStamp stamp;
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), 0);
        ck_assert(!rt_stamp_is_complete(&stamp, dir));
        int fd = openat(dir, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        ck_assert_int_eq(write(fd, "x", 1), 1);
        ck_assert(!rt_stamp_is_complete(&stamp, dir));
        ck_assert_int_eq(symlinkat("f", dir, "l"), 0);
        ck_assert(rt_stamp_is_complete(&stamp, dir));
        ck_assert_int_eq(write(fd, "x", 1), 1);
        ck_assert(!rt_stamp_is_complete(&stamp, dir));
        close(fd);
        unlinkat(dir, "f", 0);
        ck_assert_int_eq(symlinkat("l", dir, "f"), 0);
        ck_assert(!rt_stamp_is_complete(&stamp, dir));
}
END_TEST

START_TEST(no_stamp_is_told_from_a_broken_one)
{
        RtStamp stamp;
        int dir = open(new_folder("none"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), -ENOENT);
        ck_assert_int_eq(mkdirat(dir, RT_STAMP_FILE, 0755), 0);
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), -EBADMSG);
}
END_TEST

START_TEST(what_is_no_stamp_of_ours_is_refused)
{
        refuse("empty", "");
        refuse("other", "something else\ninputs 0\n");
        refuse("version", "rtcontainers-stamp 2\ninputs 0\n");
        refuse("half", "rtcontainers-stamp 1\n");
        refuse("inputs", "rtcontainers-stamp 1\noutputs 0\n");
        refuse("word", "rtcontainers-stamp 1\ninputs 0\nfile a\n");
        refuse("negative", "rtcontainers-stamp 1\ninputs 0\n-1 a\n");
        refuse("blank", "rtcontainers-stamp 1\ninputs 0\n\n");
        refuse("no-path", "rtcontainers-stamp 1\ninputs 0\n1 \n");
        refuse("size", "rtcontainers-stamp 1\ninputs 0\n99999999999999999999 a\n");
}
END_TEST

START_TEST(paths_that_lead_out_of_the_folder_are_refused)
{
        refuse("absolute", "rtcontainers-stamp 1\ninputs 0\n1 /etc/passwd\n");
        refuse("up", "rtcontainers-stamp 1\ninputs 0\n1 ../a\n");
        refuse("in-out", "rtcontainers-stamp 1\ninputs 0\n1 a/../../b\n");
        refuse("parent", "rtcontainers-stamp 1\ninputs 0\nlink ..\n");
        refuse("parent-last", "rtcontainers-stamp 1\ninputs 0\nlink a/..\n");
        refuse("itself", "rtcontainers-stamp 1\ninputs 0\nlink .\n");
}
END_TEST

START_TEST(a_stamp_with_a_zero_byte_is_refused)
{
        int dir = folder_with("zero", "rtcontainers-stamp 1\ninputs 0\n");
        int fd = openat(dir, RT_STAMP_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);
        ck_assert_int_eq(write(fd, "1 a\0b\n", 6), 6);
        close(fd);
        RtStamp stamp;
        ck_assert_int_eq(rt_stamp_read(fx.arena, dir, &stamp), -EBADMSG);
}
END_TEST

int main(void)
{
        return RUN_TESTS("stamp", the_same_inputs_have_the_same_hash,
                         every_change_of_the_inputs_changes_the_hash, what_is_written_reads_back,
                         an_unfinished_stamp_lists_old_and_new_and_never_holds,
                         an_artifact_that_is_missing_or_changed_makes_it_incomplete,
                         no_stamp_is_told_from_a_broken_one, what_is_no_stamp_of_ours_is_refused,
                         paths_that_lead_out_of_the_folder_are_refused,
                         a_stamp_with_a_zero_byte_is_refused);
}
