/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REST " message_size=64 depth=4 full=refuse spin=0 connections=1"

static int parse(const char *text, const char *name, RtSpec *ret)
{
        return rt_spec_parse(text, strlen(text), name, ret);
}

/* The line of the channel "x" is this, behind its name. */
static int parse_line(const char *rest, RtSpec *ret)
{
        char text[16384];
        (void)snprintf(text, sizeof text, "x %s\n", rest);
        return parse(text, "x", ret);
}

static void expect_refused(const char *rest)
{
        RtSpec spec = { .connections = 77 };
        ck_assert_msg(parse_line(rest, &spec) == -EINVAL, "«%s» was taken", rest);
        ck_assert_uint_eq(spec.connections, 77); /* nothing is clobbered */
}

/* -- what is right ----------------------------------------------------------------------------- */

START_TEST(every_key_says_what_it_says)
{
        RtSpec spec;
        expect_ok(parse_line("role=serves message_size=100 depth=12 full=overwrite spin=25000 "
                             "connections=3 accepts=imu,log@l-1.x",
                             &spec));
        ck_assert_str_eq(spec.name, "x");
        ck_assert_int_eq(spec.role, RT_ROLE_SERVES);
        ck_assert_uint_eq(spec.shape.message_size, 100);
        ck_assert_uint_eq(spec.shape.depth, 12);
        ck_assert(spec.shape.overwrite);
        ck_assert_int_eq(spec.spin, 25000);
        ck_assert_uint_eq(spec.connections, 3);
        ck_assert(!spec.connects);
        ck_assert_uint_eq(spec.n_accepts, 2);
        ck_assert_str_eq(spec.accepts[0].name, "imu");
        ck_assert_str_eq(spec.accepts[0].file, "imu");
        ck_assert_str_eq(spec.accepts[1].name, "log");
        ck_assert_str_eq(spec.accepts[1].file, "l-1.x");
        expect_ok(parse_line("connects=yes full=refuse depth=1 message_size=1 role=pushes", &spec));
        ck_assert(!spec.shape.overwrite);
        ck_assert(spec.connects);
        ck_assert_int_eq(spec.spin, 0);
        ck_assert_uint_eq(spec.connections, 1);
        ck_assert_uint_eq(spec.n_accepts, 0);
}
END_TEST

START_TEST(every_role_has_its_name_and_directions)
{
        static const struct {
                const char *name;
                bool sends, receives, shares;
        } roles[RT_ROLES] = {
                { "publishes", true, false, true }, { "subscribes", false, true, true },
                { "serves", true, true, false },    { "calls", true, true, false },
                { "pushes", true, false, false },   { "pulls", false, true, false },
                { "pairs", true, true, false },
        };
        for (int role = 0; role < RT_ROLES; role++) {
                char line[256];
                RtSpec spec;
                (void)snprintf(line, sizeof line, "role=%s%s accepts=a connects=yes",
                               roles[role].name, REST);
                expect_ok(parse_line(line, &spec));
                ck_assert_int_eq(spec.role, role);
                ck_assert_str_eq(rt_role_name(spec.role), roles[role].name);
                ck_assert(rt_role_sends(spec.role) == roles[role].sends);
                ck_assert(rt_role_receives(spec.role) == roles[role].receives);
                ck_assert(rt_role_shares(spec.role) == roles[role].shares);
        }
}
END_TEST

START_TEST(the_channel_is_found_among_others_comments_and_blank_lines)
{
        static const char text[] = "# made by the generator\n\n"
                                   "xx role=pulls" REST " accepts=a\n"
                                   "broken line\n"
                                   "#x role=pulls" REST " accepts=a\n"
                                   "  \t\n"
                                   "x\trole=pulls \t" REST "\taccepts=c  \n"
                                   "x role=nonsense\n";
        RtSpec spec;
        expect_ok(parse(text, "x", &spec));
        ck_assert_str_eq(spec.accepts[0].name, "c");
        expect_ok(parse(text, "xx", &spec));
        ck_assert_str_eq(spec.name, "xx");
        expect_result(parse(text, "y", &spec), -ENOENT);
        expect_result(parse(text, "", &spec), -ENOENT);
        expect_result(parse(text, "#x", &spec), -ENOENT);
        expect_result(parse(text, "#", &spec), -ENOENT);
        expect_result(parse(text, "xxx", &spec), -ENOENT);
        expect_result(parse(text, "x\trole", &spec), -ENOENT);
        expect_result(parse("", "x", &spec), -ENOENT);
        expect_result(parse("\n\n", "x", &spec), -ENOENT);
}
END_TEST

START_TEST(a_text_ends_where_it_is_said_to)
{
        static const char line[] = "x role=pulls" REST " accepts=abc";
        size_t size = sizeof line - 1;
        for (size_t n = 0; n <= size; n++) {
                char *exact = malloc(n + (n == 0)); /* overruns are found by the sanitizer */
                ck_assert_ptr_nonnull(exact);
                memcpy(exact, line, n);
                RtSpec spec = { 0 };
                int r = rt_spec_parse(exact, n, "x", &spec);
                ck_assert(r == -ENOENT || r == -EINVAL || r == 0);
                if (n == size)
                        ck_assert_str_eq(spec.accepts[0].name, "abc");
                else if (spec.n_accepts > 0)
                        ck_assert_int_eq(
                                strncmp(spec.accepts[0].name, "abc", strlen(spec.accepts[0].name)),
                                0);
                free(exact);
        }
}
END_TEST

START_TEST(keys_of_later_versions_do_not_matter)
{
        RtSpec spec;
        expect_ok(parse_line("role=pulls" REST " accepts=a colour=blue x=y,z@1 empty=", &spec));
        ck_assert_uint_eq(spec.n_accepts, 1);
}
END_TEST

/* -- what is wrong ----------------------------------------------------------------------------- */

START_TEST(no_key_but_those_with_a_default_may_be_missing)
{
        expect_refused("");
        expect_refused("message_size=64 depth=4 full=refuse accepts=a");
        expect_refused("role=pulls depth=4 full=refuse accepts=a");
        expect_refused("role=pulls message_size=64 full=refuse accepts=a");
        expect_refused("role=pulls message_size=64 depth=4 accepts=a");
        /* What these send has to go somewhere. */
        expect_refused("role=subscribes" REST);
        expect_refused("role=calls" REST);
        expect_refused("role=pushes" REST " connects=no");
        expect_refused("role=pairs" REST);
        RtSpec spec;
        expect_ok(parse_line("role=publishes" REST, &spec)); /* has nobody to talk to */
}
END_TEST

static const char *const wrong[] = {
        "role=",
        "role=Pulls",
        "role=pull",
        "role=pullss",
        "role",
        "full=",
        "full=yes",
        "full=refused",
        "full=overwrit",
        "connects=",
        "connects=true",
        "connects=1",
        "connects=Yes",
        "depth=",
        "depth=0",
        "depth=-1",
        "depth=+1",
        "depth=0x4",
        "depth=4.",
        "depth=1e2",
        "depth=1048577",
        "depth=99999999999999999999999999",
        "message_size=",
        "message_size=0",
        "message_size=1073741825",
        "message_size=64B",
        "message_size=18446744073709551680",
        "message_size=4294967360",
        "spin=",
        "spin=-1",
        "spin=1000000001",
        "spin=1us",
        "spin=9223372036854775808",
        "connections=",
        "connections=0",
        "connections=17",
        "connections=x",
        "accepts=a,",
        "accepts=a,@",
        "accepts=a@",
        "accepts=a@b@c",
        "accepts=a/b",
        "accepts=..",
        "accepts=a,.",
        "accepts=a@..",
        "accepts=a@b/c",
        "accepts=a b",
        "accepts=\xc3\xa4",
        "accepts=a*",
        "accepts=a;b",
        "accepts=a@b:c",
        "nonsense",
        "=",
        "accepts=@",
        "accepts=,",
};

START_TEST(values_are_what_they_should_be)
{
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                char line[512];
                (void)snprintf(line, sizeof line, "role=pulls" REST " accepts=peer %s", wrong[i]);
                expect_refused(line);
        }
}
END_TEST

START_TEST(the_largest_values_are_taken)
{
        RtSpec spec;
        expect_ok(parse_line("role=pulls message_size=1073741824 depth=1 full=refuse accepts=a",
                             &spec));
        expect_ok(parse_line("role=pulls message_size=1 depth=1048576 full=refuse accepts=a "
                             "spin=1000000000 connections=16",
                             &spec));
        ck_assert_int_eq(spec.spin, 1000000000);
        ck_assert_uint_eq(spec.connections, 16);
}
END_TEST

START_TEST(names_may_be_so_long_and_no_longer)
{
        char name[RT_NAME_MAX + 2], text[512];
        RtSpec spec;
        for (size_t n = RT_NAME_MAX; n <= RT_NAME_MAX + 1; n++) {
                bool fits = n == RT_NAME_MAX;
                memset(name, 'n', n);
                name[n] = 0;
                (void)snprintf(text, sizeof text, "%s role=pulls" REST " accepts=a\n", name);
                expect_result(parse(text, name, &spec), fits ? 0 : -EINVAL);
                (void)snprintf(text, sizeof text, "role=pulls" REST " accepts=%s@f", name);
                expect_result(parse_line(text, &spec), fits ? 0 : -EINVAL);
                (void)snprintf(text, sizeof text, "role=pulls" REST " accepts=f@%s", name);
                expect_result(parse_line(text, &spec), fits ? 0 : -EINVAL);
        }
        expect_result(parse(".. role=pulls" REST " accepts=a\n", "..", &spec), -EINVAL);
        expect_result(parse("a/b role=pulls" REST " accepts=a\n", "a/b", &spec), -EINVAL);
}
END_TEST

START_TEST(so_many_peers_can_be_accepted_and_no_more)
{
        char line[4096] = "role=pulls" REST " accepts=p0";
        RtSpec spec;
        for (int i = 1; i < RT_ACCEPTS_MAX; i++)
                (void)snprintf(line + strlen(line), sizeof line - strlen(line), ",p%d", i);
        expect_ok(parse_line(line, &spec));
        ck_assert_uint_eq(spec.n_accepts, RT_ACCEPTS_MAX);
        ck_assert_str_eq(spec.accepts[RT_ACCEPTS_MAX - 1].name, "p63");
        (void)strcat(line, " connections=2");
        expect_refused(line);
        line[strlen(line) - 1] = '1';
        (void)strcat(line, " accepts=q");
        expect_refused(line);
        expect_ok(parse_line("role=pulls" REST " accepts=a,b,c,d connections=16", &spec));
        expect_refused("role=pulls" REST " accepts=a,b,c,d,e connections=16");
}
END_TEST

START_TEST(a_nul_is_no_text)
{
        static const char texts[][64] = {
                "x role=pulls\0message_size=64",
                "x\0role=pulls",
                "\0x role=pulls",
                "x role=pulls message_size=64 depth=4 full=refuse accepts=a\0b",
                "# comment\0\nx role=pulls",
        };
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                RtSpec spec;
                expect_result(rt_spec_parse(texts[i], sizeof texts[i], "x", &spec), -EINVAL);
        }
}
END_TEST

/* Any bytes whatever: taken or refused, but never read beyond their end or taken for too much. */
START_TEST(no_text_leads_astray)
{
        static const char alphabet[] = "x =,@\n\t#0123456789abroleacceptsmessage_sizedepthfull.-/";
        static const char base[] = "x role=pulls" REST " accepts=a,b@c connects=yes\n";
        uint64_t seed = 1;
        for (int round = 0; round < 20000; round++) {
                size_t size = sizeof base - 1;
                char *text = malloc(size);
                ck_assert_ptr_nonnull(text);
                memcpy(text, base, size);
                for (int k = 0; k < 1 + round % 8; k++) {
                        seed = seed * 6364136223846793005U + 1442695040888963407U;
                        size_t at = seed >> 33;
                        text[at % size] = round % 5 == 0 ? (char)(seed >> 20)
                                                         : alphabet[at % (sizeof alphabet - 1)];
                }
                RtSpec spec;
                if (rt_spec_parse(text, size, "x", &spec) == 0) {
                        ck_assert_uint_le(spec.n_accepts * spec.connections, RT_ACCEPTS_MAX);
                        ck_assert_uint_ge(spec.shape.message_size, 1);
                        ck_assert_uint_ge(spec.shape.depth, 1);
                        for (unsigned i = 0; i < spec.n_accepts; i++)
                                ck_assert_ptr_null(strchr(spec.accepts[i].file, '/'));
                }
                free(text);
        }
}
END_TEST

/* -- files ------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/rtchannel-spec-XXXXXX";

static const char *write_file(const char *text, size_t size)
{
        static char path[64];
        (void)snprintf(path, sizeof path, "%s/channels.conf", folder);
        FILE *file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text, 1, size, file), size);
        expect_ok(fclose(file));
        return path;
}

START_TEST(a_file_is_read_whatever_it_is)
{
        static const char line[] = "x role=pulls" REST " accepts=a";
        RtSpec spec;
        ck_assert_ptr_nonnull(mkdtemp(folder));
        const char *path = write_file(line, sizeof line - 1);
        expect_ok(rt_spec_read(path, "x", &spec));
        expect_result(rt_spec_read(path, "y", &spec), -ENOENT);
        char *large = calloc(1, 1 << 20);
        ck_assert_ptr_nonnull(large);
        memset(large, '\n', 1 << 20);
        memcpy(large + (1 << 20) - sizeof line, line, sizeof line - 1);
        path = write_file(large, (1 << 20) - 1);
        expect_ok(rt_spec_read(path, "x", &spec));
        path = write_file(large, 1 << 20);
        expect_result(rt_spec_read(path, "x", &spec), -EINVAL);
        free(large);
        path = write_file("", 0);
        expect_result(rt_spec_read(path, "x", &spec), -ENOENT);
        expect_ok(unlink(path));
        expect_result(rt_spec_read(path, "x", &spec), -ENOENT);
        expect_ok(mkfifo(path, 0600));
        expect_result(rt_spec_read(path, "x", &spec), -ENOENT); /* and does not hang */
        expect_ok(unlink(path));
        expect_ok(mkdir(path, 0700));
        expect_result(rt_spec_read(path, "x", &spec), -EISDIR);
        expect_ok(rmdir(path));
        expect_ok(rmdir(folder));
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "spec", every_key_says_what_it_says, every_role_has_its_name_and_directions,
                the_channel_is_found_among_others_comments_and_blank_lines,
                a_text_ends_where_it_is_said_to, keys_of_later_versions_do_not_matter,
                no_key_but_those_with_a_default_may_be_missing, values_are_what_they_should_be,
                the_largest_values_are_taken, names_may_be_so_long_and_no_longer,
                so_many_peers_can_be_accepted_and_no_more, a_nul_is_no_text, no_text_leads_astray,
                a_file_is_read_whatever_it_is);
}
