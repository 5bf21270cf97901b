/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "acl.h"

#include <errno.h>
#include <linux/posix_acl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fixture.h"

enum { ANN = 655360, BOB = 720896 };

/* "u6 U655360:6 g0 m6 o0" */
static const char *text_of(const RtAcl *acl)
{
        static const struct {
                unsigned tag;
                char letter;
        } tags[] = {
                { ACL_USER_OBJ, 'u' }, { ACL_USER, 'U' }, { ACL_GROUP_OBJ, 'g' },
                { ACL_GROUP, 'G' },    { ACL_MASK, 'm' }, { ACL_OTHER, 'o' },
        };
        const char *text = "";
        for (size_t i = 0; i < acl->n; i++) {
                char letter = '?';
                for (size_t k = 0; k < RT_ELEMENTS(tags); k++)
                        if (tags[k].tag == acl->entries[i].tag)
                                letter = tags[k].letter;
                const char *id = letter == 'U' || letter == 'G'
                                         ? rt_printf(fx.arena, "%u:", acl->entries[i].id)
                                         : "";
                text = rt_printf(fx.arena, "%s%s%c%s%u", text, i > 0 ? " " : "", letter, id,
                                 acl->entries[i].permissions);
        }
        return text;
}

START_TEST(a_user_is_let_in_beside_the_mode)
{
        RtAcl acl = rt_acl_of_mode(S_IFCHR | 0640);
        ck_assert_str_eq(text_of(&acl), "u6 g4 o0");
        ck_assert_int_eq(rt_acl_grant(&acl, ANN, 2), 0);
        ck_assert_str_eq(text_of(&acl), "u6 U655360:2 g4 m6 o0");
}
END_TEST

START_TEST(what_is_granted_is_all_that_the_user_has)
{
        RtAcl acl = rt_acl_of_mode(0600);
        rt_acl_grant(&acl, ANN, 6);
        rt_acl_grant(&acl, BOB, 2);
        rt_acl_grant(&acl, ANN, 4);
        ck_assert_str_eq(text_of(&acl), "u6 U655360:4 U720896:2 g0 m6 o0");
}
END_TEST

START_TEST(what_is_revoked_leaves_others_alone)
{
        RtAcl acl = rt_acl_of_mode(0600);
        rt_acl_grant(&acl, ANN, 6);
        rt_acl_grant(&acl, BOB, 6);
        ck_assert_int_eq(rt_acl_revoke(&acl, ANN), 1);
        ck_assert_str_eq(text_of(&acl), "u6 U720896:6 g0 m6 o0");
        ck_assert_int_eq(rt_acl_revoke(&acl, ANN), 0);
        ck_assert_int_eq(rt_acl_revoke(&acl, BOB), 1);
        ck_assert_str_eq(text_of(&acl), "u6 g0 o0");
}
END_TEST

START_TEST(bytes_are_read_back_as_written)
{
        char bytes[RT_ACL_BYTES];
        RtAcl acl = rt_acl_of_mode(0664), again;
        rt_acl_grant(&acl, BOB, 6);
        size_t n = rt_acl_format(&acl, bytes);
        ck_assert_uint_eq(n, 4 + 8 * 5);
        ck_assert_int_eq(rt_acl_parse(bytes, n, &again), 0);
        ck_assert_str_eq(text_of(&again), text_of(&acl));
}
END_TEST

START_TEST(bytes_that_are_no_list_are_refused)
{
        char bytes[RT_ACL_BYTES + 8] = { 2 };
        RtAcl acl;
        ck_assert_int_eq(rt_acl_parse(bytes, 0, &acl), -EINVAL);
        ck_assert_int_eq(rt_acl_parse(bytes, 3, &acl), -EINVAL);
        ck_assert_int_eq(rt_acl_parse(bytes, 11, &acl), -EINVAL);
        ck_assert_int_eq(rt_acl_parse(bytes, sizeof bytes, &acl), -E2BIG);
        ck_assert_int_eq(rt_acl_parse(bytes, 4, &acl), 0);
        bytes[0] = 3;
        ck_assert_int_eq(rt_acl_parse(bytes, 4, &acl), -EINVAL);
}
END_TEST

START_TEST(a_full_list_takes_nobody_more)
{
        RtAcl acl = rt_acl_of_mode(0600);
        unsigned n = 0;
        while (rt_acl_grant(&acl, n, 4) == 0)
                n++;
        ck_assert_uint_ge(n, RT_ACL_ENTRIES - 6);
        ck_assert_uint_le(acl.n, RT_ACL_ENTRIES);
}
END_TEST

/* What others have put there stays. */
START_TEST(a_mask_stays_with_those_whom_it_bounds)
{
        RtAcl acl = rt_acl_of_mode(0640);
        rt_acl_grant(&acl, BOB, 4);
        rt_acl_grant(&acl, ANN, 6);
        rt_acl_revoke(&acl, ANN);
        ck_assert_str_eq(text_of(&acl), "u6 U720896:4 g4 m6 o0");
}
END_TEST

static bool is_listed(const char *path, uid_t user)
{
        char bytes[RT_ACL_BYTES];
        RtAcl acl;
        ssize_t n = getxattr(path, "system.posix_acl_access", bytes, sizeof bytes);
        return n > 0 && rt_acl_parse(bytes, (size_t)n, &acl) == 0 && rt_acl_revoke(&acl, user);
}

/* Each one comes and goes, and is there in between. */
static void come_and_go(const char *path, uid_t user)
{
        for (int i = 0; i < 10000; i++) {
                const unsigned permissions = i % 2 == 0 ? 6 : 0;
                int lock = rt_acl_lock(path_of("lock"));
                if (lock < 0 || is_listed(path, user) == (permissions > 0) ||
                    rt_acl_set(path, user, permissions) < 0)
                        _exit(1);
                close(lock);
        }
        _exit(0);
}

START_TEST(what_many_change_at_once_is_lost_for_nobody)
{
        enum { USERS = 8 };
        char path[] = "/dev/shm/rt-acl-XXXXXX";
        int fd = mkstemp(path), status, wrong = 0;
        if (fd < 0 || rt_acl_set(path, ANN, 6) < 0) {
                unlink(path);
                return; /* no lists, here */
        }
        put("lock", "");
        for (uid_t user = 1; user <= USERS; user++)
                if (fork() == 0)
                        come_and_go(path, 70000 + user);
        while (wait(&status) > 0)
                wrong += status != 0;
        const bool stays = is_listed(path, ANN);
        unlink(path);
        ck_assert_int_eq(wrong, 0);
        ck_assert(stays);
}
END_TEST

int main(void)
{
        return RUN_TESTS("acl", a_user_is_let_in_beside_the_mode,
                         what_is_granted_is_all_that_the_user_has,
                         what_is_revoked_leaves_others_alone, bytes_are_read_back_as_written,
                         bytes_that_are_no_list_are_refused, a_full_list_takes_nobody_more,
                         a_mask_stays_with_those_whom_it_bounds,
                         what_many_change_at_once_is_lost_for_nobody);
}
