/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "search.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixture.h"
#include "text.h"

/* What is found, a line per object: "container imu: FILE FILE". */
static const char *found(void)
{
        RtText text = RT_TEXT(fx.arena);
        RT_EACH (source, &fx.pipeline.sources) {
                rt_text_addf(&text, "%s %s:", rt_kind_word(source->kind), source->name);
                RT_EACH (file, &source->files)
                        rt_text_addf(&text, " %s", file->path);
                rt_text_add(&text, "\n");
        }
        return rt_strdup(fx.arena, text.data);
}

/* Searches for containers and the like; the fixture's platform.conf is left out of the answer. */
static const char *search(const char *folders)
{
        const RtPipelineOptions options = { .root = fx.root, .folders = folders };
        unlink(path_of("platform.conf"));
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        return found();
}

static void expect_found(const char *expected)
{
        ck_assert_str_eq(search(NULL), expected);
}

static const char *text_of(const char *name)
{
        RT_EACH (source, &fx.pipeline.sources)
                if (strcmp(source->name, name) == 0)
                        return source->files.items[0].text;
        return NULL;
}

/* The only file of the only object has this problem. */
static void expect_problem(const char *problem)
{
        search(NULL);
        ck_assert_uint_eq(fx.pipeline.sources.n, 1);
        const RtFile *file = &fx.pipeline.sources.items[0].files.items[0];
        ck_assert_ptr_null(file->text);
        ck_assert_str_eq(file->problem, problem);
        expect_contains(file->fix, "regular file");
}

START_TEST(no_folder_is_no_problem)
{
        expect_found("");
        expect_no_diagnostics();
}
END_TEST

START_TEST(an_earlier_folder_wins_over_a_later_one)
{
        put("/usr/lib/rtcontainers/a.container", "usr-lib");
        put("/usr/local/lib/rtcontainers/a.container", "usr-local");
        put("/usr/local/lib/rtcontainers/b.container", "usr-local");
        put("/run/rtcontainers/b.container", "run");
        put("/run/rtcontainers/c.container", "run");
        put("/etc/rtcontainers/c.container", "etc");
        expect_found("container a: /usr/local/lib/rtcontainers/a.container\n"
                     "container b: /run/rtcontainers/b.container\n"
                     "container c: /etc/rtcontainers/c.container\n");
        ck_assert_str_eq(text_of("c"), "etc");
        expect_no_diagnostics();
}
END_TEST

START_TEST(objects_are_sorted_by_kind_and_name)
{
        put("b.config", "x");
        put("a.config", "x");
        put("a.channel", "x");
        put("b.container", "x");
        put("A.container", "x");
        expect_found("container A: /etc/rtcontainers/A.container\n"
                     "container b: /etc/rtcontainers/b.container\n"
                     "channel a: /etc/rtcontainers/a.channel\n"
                     "config a: /etc/rtcontainers/a.config\n"
                     "config b: /etc/rtcontainers/b.config\n");
}
END_TEST

START_TEST(an_empty_file_masks)
{
        put("/usr/lib/rtcontainers/a.container", "x");
        put("/etc/rtcontainers/a.container", "");
        put("/usr/lib/rtcontainers/b.container", "x");
        expect_found("container b: /usr/lib/rtcontainers/b.container\n");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_link_to_dev_null_masks_although_the_root_has_no_dev)
{
        put("/usr/lib/rtcontainers/a.container", "x");
        put("/usr/lib/rtcontainers/a.container.d/1.conf", "x");
        put_link("/etc/rtcontainers/a.container", "/dev/null");
        expect_found("");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_mask_holds_in_a_folder_that_is_a_link)
{
        put("/usr/lib/rtcontainers/a.container", "x");
        put_link("/opt/site/a.container", "/dev/null");
        put("/opt/site/b.container", "x");
        put_link("/run/rtcontainers", "/opt/site");
        expect_found("container b: /run/rtcontainers/b.container\n");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_mask_in_a_later_folder_hides_nothing)
{
        put("/etc/rtcontainers/a.container", "x");
        put("/usr/lib/rtcontainers/a.container", "");
        expect_found("container a: /etc/rtcontainers/a.container\n");
}
END_TEST

START_TEST(drop_ins_of_all_folders_merge_in_name_order)
{
        put("/usr/lib/rtcontainers/a.container", "x");
        put("/usr/lib/rtcontainers/a.container.d/20-b.conf", "x");
        put("/etc/rtcontainers/a.container.d/10-a.conf", "x");
        put("/etc/rtcontainers/a.container.d/30-c.conf", "x");
        put("/run/rtcontainers/a.container.d/25-z.conf", "x");
        expect_found("container a: /usr/lib/rtcontainers/a.container"
                     " /etc/rtcontainers/a.container.d/10-a.conf"
                     " /usr/lib/rtcontainers/a.container.d/20-b.conf"
                     " /run/rtcontainers/a.container.d/25-z.conf"
                     " /etc/rtcontainers/a.container.d/30-c.conf\n");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_drop_in_of_the_same_name_in_an_earlier_folder_wins_or_masks)
{
        put("/usr/lib/rtcontainers/a.container", "x");
        put("/usr/lib/rtcontainers/a.container.d/10.conf", "x");
        put("/etc/rtcontainers/a.container.d/10.conf", "x");
        put("/usr/lib/rtcontainers/a.container.d/20.conf", "x");
        put("/run/rtcontainers/a.container.d/20.conf", "");
        put("/usr/lib/rtcontainers/a.container.d/30.conf", "x");
        put_link("/etc/rtcontainers/a.container.d/30.conf", "/dev/null");
        expect_found("container a: /usr/lib/rtcontainers/a.container"
                     " /etc/rtcontainers/a.container.d/10.conf\n");
}
END_TEST

START_TEST(only_files_ending_in_conf_are_drop_ins)
{
        put("a.container", "x");
        put("a.container.d/README", "x");
        put("a.container.d/10.conf~", "x");
        put("a.container.d/.10.conf", "x");
        put("a.container.d/10.conf", "x");
        expect_found("container a: /etc/rtcontainers/a.container"
                     " /etc/rtcontainers/a.container.d/10.conf\n");
}
END_TEST

START_TEST(drop_ins_without_a_descriptor_are_warned_of)
{
        put("a.container.d/10.conf", "x");
        expect_found("");
        expect_diagnostic("/etc/rtcontainers/a.container.d:0: file: warning: there is no "
                          "a.container that these drop-ins change");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(the_platform_may_have_drop_ins_alone)
{
        put("platform.conf.d/10.conf", "cpus = \"0\";");
        ck_assert_str_eq(search(NULL),
                         "platform platform: /etc/rtcontainers/platform.conf.d/10.conf\n");
        expect_no_diagnostics();
}
END_TEST

START_TEST(leftovers_of_editors_and_packagers_are_ignored)
{
        static const char *const names[] = {
                "a.container~",     "a.container.bak",      "a.container.dpkg-old", ".a.container",
                "a.container.orig", "a.container.rpmsave",  "a.container.swp",      "README",
                "a.container.tmp",  "a.container.ucf-dist", "#a.container#",        "notes.txt",
        };
        for (size_t i = 0; i < RT_ELEMENTS(names); i++)
                put(names[i], "x");
        expect_found("");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_slip_in_the_ending_is_warned_of)
{
        put("a.contianer", "x");
        put("platfrm.conf", "x");
        expect_found("");
        expect_diagnostic("/etc/rtcontainers/a.contianer:0: file: warning: the file is not read");
        expect_diagnostic("/etc/rtcontainers/platfrm.conf:0: file: warning:", "platform.conf");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(names_that_are_none_are_reported_and_printable)
{
        static const char *const names[] = {
                "a b.container",  "..container", "a..container", "1a.container",
                "a%i.container",  "a$b.channel", "a\"b.config",  "a\nb.container",
                "\xff.container", "ü.container", "-a.container", "a-.container",
        };
        for (size_t i = 0; i < RT_ELEMENTS(names); i++)
                put(names[i], "x");
        put(rt_printf(fx.arena, "%s.container", repeated("a", 49)), "x");
        put(rt_printf(fx.arena, "%s.container", repeated("a", 48)), "x");
        search(NULL);
        ck_assert_uint_eq(fx.pipeline.sources.n, 1);
        /* "..container" is hidden. */
        expect_n_diagnostics(RT_ELEMENTS(names) - 1 + 1);
        RT_EACH (diag, &fx.pipeline.diags.list) {
                const char *line = rt_diag_line(fx.arena, "", *diag);
                ck_assert_msg(!rt_text_has_control(line) && rt_utf8_is_valid(line), "«%s»", line);
        }
        expect_diagnostic("a\\x0ab.container:0: file: error: \"a\\x0ab\" is not a name");
        expect_diagnostic("\\xff.container:0: file: error:", "is not a name");
}
END_TEST

START_TEST(what_is_no_regular_file_is_told_so)
{
        ck_assert_int_eq(mkdir(path_of("a.container"), 0755), 0);
        expect_problem("is a directory");
        ck_assert_int_eq(rmdir(path_of("a.container")), 0);

        ck_assert_int_eq(mkfifo(path_of("a.container"), 0644), 0);
        expect_problem("is a FIFO");
        unlink(path_of("a.container"));

        struct sockaddr_un address = { .sun_family = AF_UNIX };
        strncpy(address.sun_path, path_of("a.container"), sizeof address.sun_path - 1);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        close(fd);
        expect_problem("is a socket");
        unlink(path_of("a.container"));

        put_link("a.container", "nowhere");
        expect_problem("is a link to nothing");
        unlink(path_of("a.container"));

        put_link("a.container", "a.container");
        expect_problem("is a link that leads back to itself");
}
END_TEST

START_TEST(a_file_that_is_too_large_is_not_read)
{
        put("a.container", "x");
        ck_assert_int_eq(truncate(path_of("a.container"), RT_DESCRIPTOR_MAX + 1), 0);
        expect_problem("is too large");
        ck_assert_int_eq(truncate(path_of("a.container"), RT_DESCRIPTOR_MAX), 0);
        search(NULL);
        ck_assert_uint_eq(fx.pipeline.sources.items[0].files.items[0].size, RT_DESCRIPTOR_MAX);
}
END_TEST

START_TEST(links_are_followed_inside_the_root_only)
{
        put("/opt/real", "inside");
        put_link("a.container", "/opt/real");
        put_link("b.container", "../../opt/real");
        put_link("c.container", "../../../../../../../../../opt/real");
        put_link("d.container", "/etc/passwd");
        search(NULL);
        ck_assert_str_eq(text_of("a"), "inside");
        ck_assert_str_eq(text_of("b"), "inside");
        ck_assert_str_eq(text_of("c"), "inside");
        ck_assert_ptr_null(text_of("d"));
}
END_TEST

START_TEST(a_folder_that_is_a_link_out_of_the_root_is_not_followed_there)
{
        const char *outside = new_folder("outside");
        put("a.container", "inside");
        put_link("/run/rtcontainers", outside);
        ck_assert_int_eq(symlink("/dev/null", rt_printf(fx.arena, "%s/b.container", outside)), 0);
        expect_found("container a: /etc/rtcontainers/a.container\n");
}
END_TEST

START_TEST(a_folder_that_is_a_file_is_reported)
{
        put("/run/rtcontainers", "x");
        put("a.container", "x");
        put("a.container.d", "x");
        expect_found("container a: /etc/rtcontainers/a.container\n");
        expect_diagnostic("/run/rtcontainers:0: file: error: the folder cannot be read");
        expect_diagnostic("/etc/rtcontainers/a.container.d:0: file: error: the folder cannot be");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(the_folders_can_be_said)
{
        put("/one/a.container", "x");
        put("/two/a.container", "x");
        put("/two/b.container", "x");
        put("c.container", "x");
        ck_assert_str_eq(search("/one/::/two"), "container a: /one/a.container\n"
                                                "container b: /two/b.container\n");
        ck_assert_str_eq(search(""), "container c: /etc/rtcontainers/c.container\n");
}
END_TEST

START_TEST(a_root_may_end_in_slashes_and_be_the_root)
{
        RtSearchPath path;
        rt_search_path_init(fx.arena, &path, "/image//", NULL);
        ck_assert_str_eq(path.root, "/image");
        rt_search_path_init(fx.arena, &path, "/", NULL);
        ck_assert_str_eq(path.root, "");
        rt_search_path_init(fx.arena, &path, NULL, "/:/a//");
        ck_assert_uint_eq(path.folders.n, 2);
        ck_assert_str_eq(path.folders.items[0], "/");
        ck_assert_str_eq(path.folders.items[1], "/a");
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "search", no_folder_is_no_problem, an_earlier_folder_wins_over_a_later_one,
                objects_are_sorted_by_kind_and_name, an_empty_file_masks,
                a_link_to_dev_null_masks_although_the_root_has_no_dev,
                a_mask_holds_in_a_folder_that_is_a_link, a_mask_in_a_later_folder_hides_nothing,
                drop_ins_of_all_folders_merge_in_name_order,
                a_drop_in_of_the_same_name_in_an_earlier_folder_wins_or_masks,
                only_files_ending_in_conf_are_drop_ins, drop_ins_without_a_descriptor_are_warned_of,
                the_platform_may_have_drop_ins_alone,
                leftovers_of_editors_and_packagers_are_ignored, a_slip_in_the_ending_is_warned_of,
                names_that_are_none_are_reported_and_printable, what_is_no_regular_file_is_told_so,
                a_file_that_is_too_large_is_not_read, links_are_followed_inside_the_root_only,
                a_folder_that_is_a_link_out_of_the_root_is_not_followed_there,
                a_folder_that_is_a_file_is_reported, the_folders_can_be_said,
                a_root_may_end_in_slashes_and_be_the_root);
}
