/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chain.h"

#include "fixture.h"
#include "response.h"

/* By hand, from theorems 5.4 and 5.10 of Duerr et al. (2019), for this chain: */
static const RtHop apart[] = {
        { .period = 10, .response = 3 },
        { .period = 20, .response = 8 },
        { .period = 50, .response = 30 },
};

START_TEST(one_task_reacts_within_a_period_and_its_response)
{
        ck_assert_int_eq(rt_chain_reaction(apart, 1), 10 + 3);
        ck_assert_int_eq(rt_chain_age(apart, 1), 3);
}
END_TEST

START_TEST(each_task_adds_its_period_and_the_response_before_it)
{
        ck_assert_int_eq(rt_chain_reaction(apart, 3), 10 + 30 + (20 + 3) + (50 + 8));
        ck_assert_int_eq(rt_chain_age(apart, 3), 30 + (10 + 3) + (20 + 8));
}
END_TEST

/* Davare et al. (2007): the sum of periods and responses. */
START_TEST(no_bound_is_above_that_of_davare)
{
        ck_assert_int_le(rt_chain_reaction(apart, 3), 10 + 3 + 20 + 8 + 50 + 30);
        ck_assert_int_le(rt_chain_age(apart, 3), 10 + 3 + 20 + 8 + 50 + 30);
}
END_TEST

START_TEST(a_more_urgent_task_on_the_same_cpu_hides_nothing_from_the_next)
{
        const RtHop hops[] = {
                { .period = 10, .response = 3, .is_before = true },
                { .period = 20, .response = 8, .is_before = true },
                { .period = 50, .response = 30 },
        };
        ck_assert_int_eq(rt_chain_reaction(hops, 3), 10 + 30 + 20 + 50);
        ck_assert_int_eq(rt_chain_age(hops, 3), 30 + 10 + 20);
}
END_TEST

START_TEST(a_response_longer_than_the_next_period_counts_instead)
{
        const RtHop hops[] = {
                { .period = 40, .response = 25, .is_before = true },
                { .period = 20, .response = 20 },
        };
        ck_assert_int_eq(rt_chain_reaction(hops, 2), 40 + 20 + 25);
        ck_assert_int_eq(rt_chain_age(hops, 2), 20 + 40);
}
END_TEST

START_TEST(a_task_hides_its_data_until_it_is_released)
{
        const RtHop hops[] = {
                { .period = 10, .jitter = 4, .response = 9, .is_before = true },
                { .period = 20, .jitter = 7, .response = 19 },
                { .period = 50, .response = 30 },
        };
        ck_assert_int_eq(rt_chain_reaction(hops, 3), 10 + 30 + (20 + 4) + (50 + 19));
        ck_assert_int_eq(rt_chain_age(hops, 3), 30 + (10 + 4) + (20 + 19));
}
END_TEST

START_TEST(each_waiting_message_adds_a_period_of_its_reader)
{
        const RtHop hops[] = {
                { .period = 10, .response = 3, .queue = 4 },
                { .period = 20, .response = 8 },
        };
        ck_assert_int_eq(rt_chain_reaction(hops, 2), 10 + 8 + (20 + 3) + 4 * 20);
        ck_assert_int_eq(rt_chain_age(hops, 2), 8 + (10 + 3) + 4 * 20);
}
END_TEST

START_TEST(a_task_without_a_response_leaves_the_chain_without_a_bound)
{
        for (size_t bad = 0; bad < 3; bad++) {
                RtHop hops[3] = { apart[0], apart[1], apart[2] };
                hops[bad].response = RT_NO_TIME;
                ck_assert_int_eq(rt_chain_reaction(hops, 3), RT_NO_TIME);
                ck_assert_int_eq(rt_chain_age(hops, 3), RT_NO_TIME);
        }
        ck_assert_int_eq(rt_chain_reaction(apart, 0), RT_NO_TIME);
        ck_assert_int_eq(rt_chain_age(apart, 0), RT_NO_TIME);
}
END_TEST

START_TEST(sums_beyond_all_times_are_no_bound)
{
        RtHop hops[6];
        for (size_t i = 0; i < 6; i++)
                hops[i] = (RtHop){ .period = RT_TIME_MOST / 4, .response = 1 };
        ck_assert_int_eq(rt_chain_reaction(hops, 3), 3 * (RT_TIME_MOST / 4) + 3);
        ck_assert_int_eq(rt_chain_age(hops, 4), 3 * (RT_TIME_MOST / 4) + 4);
        ck_assert_int_eq(rt_chain_reaction(hops, 4), RT_NO_TIME);
        ck_assert_int_eq(rt_chain_age(hops, 5), RT_NO_TIME);
        for (size_t i = 0; i < 6; i++)
                hops[i] = (RtHop){ RT_TIME_MOST, 0, 1, false, INT64_MAX };
        ck_assert_int_eq(rt_chain_reaction(hops, 6), RT_NO_TIME);
        ck_assert_int_eq(rt_chain_age(hops, 6), RT_NO_TIME);
}
END_TEST

START_TEST(a_bound_may_be_the_longest_time_there_is)
{
        const RtHop hop = { .period = RT_TIME_MOST - 5, .response = 5 };
        ck_assert_int_eq(rt_chain_reaction(&hop, 1), RT_TIME_MOST);
        const RtHop longer = { .period = RT_TIME_MOST - 5, .response = 6 };
        ck_assert_int_eq(rt_chain_reaction(&longer, 1), RT_NO_TIME);
}
END_TEST

/* A message of the queue is at worst as old as its writer was slow, and has waited. */
START_TEST(what_waits_in_a_queue_is_as_old_as_its_writer_was_slow)
{
        const RtHop hops[] = { { .period = 10, .response = 25, .is_before = true, .queue = 2 },
                               { .period = 20, .response = 30 } };
        ck_assert_int_eq(rt_chain_age(hops, 2), 30 + 25 + 2 * 20);
}
END_TEST

/* The task in the middle writes only when it has received. */
START_TEST(a_task_that_finds_no_message_does_not_refresh_what_it_wrote)
{
        const RtHop hops[] = { { .period = 17, .jitter = 13, .response = 28, .queue = 1 },
                               { .period = 13, .response = 8 },
                               { .period = 2, .response = 1 } };
        ck_assert_int_eq(rt_chain_age(hops, 3), (17 + 28 + 13) + (17 + 28 + 13 + 8) + 1);
}
END_TEST

START_TEST(a_queue_that_refuses_delays_the_reaction_until_it_takes_again)
{
        RtHop hops[] = { { .period = 10, .response = 4, .queue = 3, .refuses = true },
                         { .period = 20, .response = 6 } };
        int64_t else_bound = 10 + 6 + (20 + 4) + 3 * 20;
        ck_assert_int_eq(rt_chain_reaction(hops, 2), else_bound + (20 + 6) + (10 + 4));
        hops[0].refuses = false;
        ck_assert_int_eq(rt_chain_reaction(hops, 2), else_bound);
        /* Emptied as fast as it is filled, with room for what both can be late. */
        hops[0] = (RtHop){ .period = 20, .response = 4, .queue = 3, .refuses = true };
        ck_assert_int_eq(rt_chain_reaction(hops, 2), 20 + 6 + (20 + 4) + 3 * 20);
        hops[0].queue = 2;
        ck_assert_int_eq(rt_chain_reaction(hops, 2),
                         20 + 6 + (20 + 4) + 2 * 20 + (20 + 6) + (20 + 4));
}
END_TEST

int main(void)
{
        return RUN_TESTS("chain", one_task_reacts_within_a_period_and_its_response,
                         each_task_adds_its_period_and_the_response_before_it,
                         no_bound_is_above_that_of_davare,
                         a_more_urgent_task_on_the_same_cpu_hides_nothing_from_the_next,
                         a_response_longer_than_the_next_period_counts_instead,
                         a_task_hides_its_data_until_it_is_released,
                         each_waiting_message_adds_a_period_of_its_reader,
                         a_task_without_a_response_leaves_the_chain_without_a_bound,
                         sums_beyond_all_times_are_no_bound,
                         a_bound_may_be_the_longest_time_there_is,
                         what_waits_in_a_queue_is_as_old_as_its_writer_was_slow,
                         a_task_that_finds_no_message_does_not_refresh_what_it_wrote,
                         a_queue_that_refuses_delays_the_reaction_until_it_takes_again);
}
