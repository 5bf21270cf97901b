/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

#include "fixture.h"

START_TEST(a_proven_miss_outweighs_all_other_verdicts)
{
        const RtVerdict worse[3][3] = {
                { RT_MET, RT_MISSED, RT_UNDECIDED },
                { RT_MISSED, RT_MISSED, RT_MISSED },
                { RT_UNDECIDED, RT_MISSED, RT_UNDECIDED },
        };
        for (int a = RT_MET; a <= RT_UNDECIDED; a++)
                for (int b = RT_MET; b <= RT_UNDECIDED; b++)
                        ck_assert_int_eq(rt_verdict_worse((RtVerdict)a, (RtVerdict)b), worse[a][b]);
}
END_TEST

START_TEST(more_urgent_loads_interfere_with_all_their_time)
{
        const RtLoad load = {
                .wcet = 7, .period = 100, .jitter = 3, .interrupt = 2, .priority = 5
        };
        RtRival rival;
        ck_assert(rt_rival_of(&load, 4, &rival));
        ck_assert_int_eq(rival.wcet, 7);
        ck_assert_int_eq(rival.period, 100);
        ck_assert_int_eq(rival.jitter, 3);
}
END_TEST

START_TEST(equal_priorities_interfere_as_if_more_urgent)
{
        const RtLoad load = { .wcet = 7, .period = 100, .interrupt = 2, .priority = 5 };
        RtRival rival;
        ck_assert(rt_rival_of(&load, 5, &rival));
        ck_assert_int_eq(rival.wcet, 7);
}
END_TEST

START_TEST(less_urgent_loads_interfere_only_with_their_interrupts)
{
        RtLoad load = { .wcet = 7, .period = 100, .jitter = 3, .interrupt = 2, .priority = 5 };
        RtRival rival;
        ck_assert(rt_rival_of(&load, 6, &rival));
        ck_assert_int_eq(rival.wcet, 2);
        ck_assert_int_eq(rival.jitter, 3);
        load.interrupt = 0;
        ck_assert(!rt_rival_of(&load, 6, &rival));
}
END_TEST

START_TEST(deadline_tasks_are_above_fifo_and_below_interrupts)
{
        const RtLoad deadline = { .wcet = 1, .period = 9, .priority = RT_LEVEL_DEADLINE };
        const RtLoad machine = { .wcet = 1, .period = 9, .priority = RT_LEVEL_MACHINE };
        RtRival rival;
        ck_assert(rt_rival_of(&deadline, 99, &rival));
        ck_assert(rt_rival_of(&machine, RT_LEVEL_DEADLINE, &rival));
        ck_assert(!rt_rival_of(&deadline, RT_LEVEL_MACHINE, &rival));
}
END_TEST

START_TEST(there_is_room_for_as_many_rivals_as_are_asked_for)
{
        RtEffort effort = RT_EFFORT(fx.arena);
        for (size_t n = 1; n < 5000; n = n * 3 + 1) {
                RtRival *rivals = rt_effort_rivals(&effort, n);
                for (size_t i = 0; i < n; i++)
                        rivals[i] = (RtRival){ 1, (int64_t)i + 1, 0, 0, 0 };
                ck_assert_ptr_eq(rivals, effort.rivals);
                ck_assert_int_eq(rivals[n - 1].period, (int64_t)n);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("load", a_proven_miss_outweighs_all_other_verdicts,
                         more_urgent_loads_interfere_with_all_their_time,
                         equal_priorities_interfere_as_if_more_urgent,
                         less_urgent_loads_interfere_only_with_their_interrupts,
                         deadline_tasks_are_above_fifo_and_below_interrupts,
                         there_is_room_for_as_many_rivals_as_are_asked_for);
}
