/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sched-attr.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>

#include "fixture.h"

START_TEST(what_was_set_is_read_back)
{
        RtSchedAttr attr = { .policy = SCHED_BATCH, .nice = 3, .flags = RT_SCHED_RESET_ON_FORK };
        ck_assert_int_eq(rt_sched_set(0, &attr), 0);
        RtSchedAttr got;
        ck_assert_int_eq(rt_sched_get(0, &got), 0);
        ck_assert_uint_eq(got.policy, SCHED_BATCH);
        ck_assert_int_eq(got.nice, 3);
        ck_assert_uint_eq(got.flags, RT_SCHED_RESET_ON_FORK);
        ck_assert_uint_eq(got.priority, 0);
}
END_TEST

START_TEST(the_kernels_reason_is_returned_and_nothing_is_touched)
{
        RtSchedAttr got = { .policy = 77 };
        ck_assert_int_eq(rt_sched_get(INT_MAX, &got), -ESRCH);
        ck_assert_uint_eq(got.policy, 77);
        ck_assert_int_eq(rt_sched_set(INT_MAX, &(RtSchedAttr){ .policy = SCHED_OTHER }), -ESRCH);
        ck_assert_int_eq(rt_sched_set(0, &(RtSchedAttr){ .policy = 77 }), -EINVAL);
        /* A runtime below 1024 ns is none to the kernel. */
        ck_assert_int_eq(rt_sched_set(0, &(RtSchedAttr){ .policy = RT_SCHED_DEADLINE,
                                                         .runtime = 1023,
                                                         .deadline = 1000000,
                                                         .period = 1000000 }),
                         -EINVAL);
}
END_TEST

START_TEST(policies_have_words_and_names)
{
        ck_assert_str_eq(rt_sched_policy_word(SCHED_FIFO), "fifo");
        ck_assert_str_eq(rt_sched_policy_word(RT_SCHED_DEADLINE), "deadline");
        ck_assert_str_eq(rt_sched_policy_word(SCHED_OTHER), "other");
        ck_assert_str_eq(rt_sched_policy_name(SCHED_RR), "SCHED_RR");
        /* 4 was never given away. */
        ck_assert_ptr_null(rt_sched_policy_word(4));
        ck_assert_ptr_null(rt_sched_policy_word(1000));
        ck_assert_str_eq(rt_sched_policy_name(4), "an unknown policy");
}
END_TEST

int main(void)
{
        return RUN_TESTS("sched-attr", what_was_set_is_read_back,
                         the_kernels_reason_is_returned_and_nothing_is_touched,
                         policies_have_words_and_names);
}
