/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "placement.h"
#include "text.h"

/* One task "t" that needs `permille` of a CPU within a period that is its deadline, so that
 * nothing but the sum decides: the kernel takes nothing. */
static void put_share(const char *name, int permille, const char *more)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = "
                                      "\"%dus\"; %s } );",
                                      permille * 10, more));
}

static void put_cpus(int n, const char *more)
{
        put("platform.conf",
            rt_printf(fx.arena, "cpus = \"0-%d\"; rt_bandwidth = 1.0; %s", n, more));
}

static int cpu_of(const char *stem)
{
        return task_plan(stem, "t")->cpu;
}

/* All players, the largest first. */
static RtQueue everybody(const RtBoard *board)
{
        RtQueue queue = { 0 };
        for (size_t i = 0; i < board->players.n; i++)
                RT_APPEND(fx.arena, &queue, i);
        for (size_t i = 1; i < queue.n; i++)
                for (size_t at = i; at > 0; at--) {
                        size_t *one = &queue.items[at - 1], *two = &queue.items[at], keep = *one;
                        if (board->players.items[*one].share >= board->players.items[*two].share)
                                break;
                        *one = *two;
                        *two = keep;
                }
        return queue;
}

/* Whether that quick way seats everybody. */
static bool fits(RtFit fit)
{
        RtBoard board;
        rt_board_init(&board, &fx.pipeline.plan, &fx.pipeline.plan.effort);
        const RtQueue queue = everybody(&board);
        RT_EACH (number, &queue)
                if (rt_placement_seat(&board, *number,
                                      rt_board_scope(&board.players.items[*number]), fit) < 0)
                        return false;
        return true;
}

static RtVerdict search(void)
{
        RtBoard board;
        rt_board_init(&board, &fx.pipeline.plan, &fx.pipeline.plan.effort);
        const RtQueue queue = everybody(&board);
        return rt_board_search(&board, &queue, NULL);
}

static void put_all(const int *permille, size_t n)
{
        RtText names = RT_TEXT(fx.arena);
        for (size_t i = 0; i < n; i++) {
                const char *name = rt_printf(fx.arena, "%c", (char)('a' + i));
                put_share(name, permille[i], "");
                rt_text_addf(&names, "%s%s", i > 0 ? " " : "", name);
        }
        put_config("x", names.data, "");
}

/* 550 + 250 + 200 = 350 + 350 + 300: the largest first, any way puts a third one beside 550. */
static void put_tight(void)
{
        static const int permille[] = { 550, 350, 350, 300, 250, 200 };
        put_cpus(2, "");
        put_all(permille, RT_ELEMENTS(permille));
}

START_TEST(the_search_finds_what_the_quick_ways_do_not)
{
        put_tight();
        run();
        ck_assert(!fits(RT_FIRST_FIT));
        ck_assert(!fits(RT_WORST_FIT));
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("a"), cpu_of("e"));
        ck_assert_int_eq(cpu_of("a"), cpu_of("f"));
        ck_assert_int_eq(cpu_of("b"), cpu_of("c"));
        ck_assert_int_eq(cpu_of("b"), cpu_of("d"));
        ck_assert_int_ne(cpu_of("a"), cpu_of("b"));
        ck_assert_int_eq(search(), RT_MET);
}
END_TEST

START_TEST(one_part_in_a_thousand_more_and_there_is_nothing_to_find)
{
        static const int permille[] = { 550, 350, 350, 300, 250, 201 };
        put_cpus(2, "admission = \"warn\";");
        put_all(permille, RT_ELEMENTS(permille));
        run();
        ck_assert_int_eq(search(), RT_MISSED);
}
END_TEST

START_TEST(what_the_quick_ways_find_is_not_searched_for)
{
        static const int permille[] = { 550, 450, 350, 350, 300 };
        put_cpus(2, "");
        put_all(permille, RT_ELEMENTS(permille));
        run();
        ck_assert(fits(RT_FIRST_FIT));
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("a"), 1);
        ck_assert_int_eq(cpu_of("b"), 1);
        ck_assert_int_eq(cpu_of("c"), 2);
}
END_TEST

START_TEST(that_no_placement_holds_is_proven)
{
        put_cpus(2, "");
        static const int permille[] = { 600, 600, 600 };
        put_all(permille, RT_ELEMENTS(permille));
        run();
        expect_diagnostic("x.config:1: containers[2]: error:", "container \"c\"", "has no place",
                          "; no other placement of the config's containers holds");
        expect_n_diagnostics(1);
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(that_the_cpus_together_are_too_few_is_proven_without_a_search)
{
        static const int permille[] = {
                250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261
        };
        put_cpus(3, "admission = \"warn\";");
        put_all(permille, RT_ELEMENTS(permille));
        run();
        expect_diagnostic("; no other placement of the config's containers holds");
        RtBoard board;
        rt_board_init(&board, &fx.pipeline.plan, &fx.pipeline.plan.effort);
        const int64_t left = board.effort->left;
        const RtQueue queue = everybody(&board);
        ck_assert_int_eq(rt_board_search(&board, &queue, NULL), RT_MISSED);
        ck_assert_int_eq(board.effort->left, left);
}
END_TEST

START_TEST(a_search_that_is_cut_short_proves_nothing)
{
        put_cpus(8, "");
        RtText names = RT_TEXT(fx.arena);
        /* Two of them fit a CPU, so 8 CPUs hold 16 of the 17; all differ, so that none is spared.
         */
        for (int i = 0; i < 17; i++) {
                put_share(rt_printf(fx.arena, "c%02d", i), 400 + i, "");
                rt_text_addf(&names, "%sc%02d", i > 0 ? " " : "", i);
        }
        put_config("x", names.data, "");
        run();
        expect_diagnostic("x.config:1: containers[", "has no place",
                          "; the search for another placement was cut short");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_fixed_cpu_gets_no_word_of_other_placements)
{
        put_cpus(2, "");
        put_share("a", 600, "cpu = 1;");
        put_share("b", 600, "cpu = 1;");
        put_config("x", "a b", "");
        run();
        expect_n_diagnostics(1);
        ck_assert_ptr_null(strstr(diagnostics(), "other placement"));
        ck_assert_ptr_null(strstr(diagnostics(), "cut short"));
}
END_TEST

START_TEST(one_placement_is_searched_for_two_configs)
{
        put_cpus(2, "");
        /* Alone, m would go beside the smaller load: to CPU 1 in x, to CPU 2 in y. */
        put_share("m", 300, "");
        put_share("p", 800, "cpu = 2;");
        put_share("q", 500, "cpu = 1;");
        put_share("r", 600, "cpu = 1;");
        put_config("x", "m p", "");
        run();
        ck_assert_int_eq(cpu_of("m"), 1);
        put_share("s", 800, "cpu = 1;");
        put_config("y", "m s", "");
        put_config("x", "m q", "");
        run();
        expect_no_diagnostics();
        ck_assert_ptr_null(instance("m")->only);
        ck_assert_int_eq(cpu_of("m"), 2);
}
END_TEST

START_TEST(one_placement_is_found_although_each_config_alone_has_another)
{
        put_cpus(3, "");
        /* Largest first: m on CPU 1 of x, on CPU 2 of y; only CPU 3 has room in both. */
        put_share("m", 400, "");
        put_share("p", 700, "cpu = 2;");
        put_share("q", 700, "cpu = 1;");
        put_config("x", "m p", "");
        run();
        ck_assert_int_eq(cpu_of("m"), 1);
        put_config("x", "p", "");
        put_config("y", "m q", "");
        run();
        ck_assert_int_eq(cpu_of("m"), 2);
        put_config("x", "m p", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("m"), 3);
}
END_TEST

START_TEST(the_search_keeps_containers_carried_over)
{
        put_tight();
        put_share("g", 200, "");
        put_config("y", "a b c d e g", "");
        run();
        expect_no_diagnostics();
        ck_assert(!fits(RT_FIRST_FIT));
        ck_assert(has_instance("a"));
        ck_assert(!has_instance("a--x"));
        ck_assert_int_eq(cpu_of("f"), cpu_of("g"));
        ck_assert_int_eq(cpu_of("a"), cpu_of("g"));
}
END_TEST

/* Three tasks of one container with `count` CPUs. */
static void put_three(int first, int second, int third, int count)
{
        put_container("m", rt_printf(fx.arena,
                                     "cpus = { count = %d; }; tasks = (\n"
                                     "{ name = \"t\"; period = \"10ms\"; wcet = \"%dus\"; },\n"
                                     "{ name = \"u\"; period = \"10ms\"; wcet = \"%dus\"; },\n"
                                     "{ name = \"v\"; period = \"10ms\"; wcet = \"%dus\"; } );",
                                     count, first * 10, second * 10, third * 10));
        put_config("x", "m", "");
}

START_TEST(three_tasks_share_two_cpus)
{
        put_three(500, 400, 450, 2);
        run();
        expect_no_diagnostics();
        ck_assert_uint_eq(rt_cpuset_count(&instance("m")->cpus), 2);
        put_three(600, 600, 600, 2);
        run();
        expect_diagnostic("m.container:", "error:", "has no place on at most 2 CPU(s)");
        put_three(600, 600, 600, 3);
        run();
        expect_no_diagnostics();
        ck_assert_uint_eq(rt_cpuset_count(&instance("m")->cpus), 3);
}
END_TEST

START_TEST(tasks_of_one_container_are_searched_one_by_one)
{
        /* First fit would use up both CPUs on 1 and 2, and have none for the last task. */
        put_cpus(3, "");
        put_share("a", 600, "cpu = 1;");
        put_share("b", 600, "cpu = 2;");
        put_three(400, 400, 400, 2);
        put_config("x", "a b m", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(search(), RT_MET);
        ck_assert_uint_eq(rt_cpuset_count(&instance("m")->cpus), 2);
        ck_assert(rt_cpuset_has(&instance("m")->cpus, 3));
}
END_TEST

/* More than 64 tasks of which the first is fixed: to it, CPUs 1 and 2 are not alike. */
START_TEST(a_fixed_task_among_many_is_searched_for_where_it_is_fixed)
{
        static const int permille[] = { 450, 330, 330, 300, 250 };
        put_cpus(2, "");
        put_all(permille, RT_ELEMENTS(permille));
        RtText tasks = RT_TEXT(fx.arena);
        rt_text_add(&tasks, "{ name = \"t\"; period = \"10ms\"; wcet = \"2760us\"; cpu = 2; }");
        for (int i = 0; i < 64; i++)
                rt_text_addf(&tasks, ",\n{ name = \"t%d\"; period = \"10ms\"; wcet = \"10us\"; }",
                             i);
        put_container("z", rt_printf(fx.arena, "tasks = ( %s );", tasks.data));
        put("x.config.d/1.conf", "containers = [ \"a\", \"b\", \"c\", \"d\", \"e\", \"z\" ];");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("z"), 2);
        ck_assert_int_eq(cpu_of("a"), 1);
        ck_assert_int_eq(cpu_of("d"), 1);
        ck_assert_int_eq(cpu_of("e"), 1);
}
END_TEST

START_TEST(a_container_that_cannot_be_decided_on_alone_is_not_called_impossible)
{
        put_cpus(16, "");
        RtText tasks = RT_TEXT(fx.arena);
        for (int i = 0; i < 33; i++)
                rt_text_addf(&tasks, "%s{ name = \"t%d\"; period = \"100ms\"; wcet = \"%dus\"; }",
                             i > 0 ? ",\n" : "", i, 34000 + i * 7);
        put_container("a",
                      rt_printf(fx.arena, "tasks = ( %s ); cpus = { count = 16; };", tasks.data));
        put_config("x", "a", "");
        run();
        expect_diagnostic("a.container:", "has no place on at most 16 CPU(s)",
                          "the search for another placement was cut short");
}
END_TEST

START_TEST(beside_a_deadline_task_only_who_stays_on_one_cpu_is_seated)
{
        put_cpus(2, "");
        put_share("d", 100, "policy = \"deadline\";");
        put_share("f", 300, "");
        put_share("g", 710, "");
        put_share("h", 710, "");
        put("g.container.d/1.conf", "cpus = { count = 2; };");
        put("h.container.d/1.conf", "cpus = { count = 2; };");
        put_config("x", "d f g", "");
        put_config("y", "d g h", "");
        run();
        ck_assert(rt_plan_config(&fx.pipeline.plan, "x"));
        ck_assert_int_eq(cpu_of("f"), cpu_of("d"));
        ck_assert_int_ne(cpu_of("g"), cpu_of("d"));
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "y"));
        expect_diagnostic("y.config:1: containers[", "cannot be a root domain of its own beside",
                          "no other placement of the config's containers holds");
}
END_TEST

START_TEST(equal_cpus_are_not_tried_twice)
{
        static const int permille[] = { 590, 580, 570, 560, 550, 540, 530, 520, 510,
                                        600, 610, 620, 630, 640, 650, 660, 670 };
        put_cpus(16, "");
        put_all(permille, RT_ELEMENTS(permille));
        run();
        expect_diagnostic("x.config:1: containers[",
                          "no other placement of the config's containers holds");
}
END_TEST

START_TEST(seats_that_cannot_be_decided_on_prove_nothing)
{
        static const int permille[] = { 500, 500 };
        put_cpus(1, "");
        put_all(permille, RT_ELEMENTS(permille));
        run();
        for (int most = 0; most <= 1000; most += 1000) {
                RtBoard board;
                RtEffort effort = RT_EFFORT(fx.arena);
                effort.most = most;
                rt_board_init(&board, &fx.pipeline.plan, &effort);
                const RtQueue queue = everybody(&board);
                ck_assert_int_eq(rt_board_search(&board, &queue, NULL),
                                 most > 0 ? RT_MET : RT_UNDECIDED);
        }
}
END_TEST

START_TEST(who_may_spread_is_not_seated_beside_a_deadline_task_either)
{
        put_cpus(2, "");
        put_share("d", 500, "policy = \"deadline\";");
        put_share("g", 300, "");
        put("g.container.d/1.conf", "cpus = { count = 2; };");
        put_config("x", "d g", "");
        run();
        ck_assert_int_ne(cpu_of("g"), cpu_of("d"));
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "board-search", the_search_finds_what_the_quick_ways_do_not,
                what_the_quick_ways_find_is_not_searched_for, that_no_placement_holds_is_proven,
                that_the_cpus_together_are_too_few_is_proven_without_a_search,
                a_search_that_is_cut_short_proves_nothing,
                one_part_in_a_thousand_more_and_there_is_nothing_to_find,
                a_fixed_cpu_gets_no_word_of_other_placements,
                one_placement_is_searched_for_two_configs,
                one_placement_is_found_although_each_config_alone_has_another,
                the_search_keeps_containers_carried_over, three_tasks_share_two_cpus,
                tasks_of_one_container_are_searched_one_by_one,
                a_fixed_task_among_many_is_searched_for_where_it_is_fixed,
                a_container_that_cannot_be_decided_on_alone_is_not_called_impossible,
                beside_a_deadline_task_only_who_stays_on_one_cpu_is_seated,
                equal_cpus_are_not_tried_twice, seats_that_cannot_be_decided_on_prove_nothing,
                who_may_spread_is_not_seated_beside_a_deadline_task_either);
}
