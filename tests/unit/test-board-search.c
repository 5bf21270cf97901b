/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "placement.h"
#include "text.h"

/* One task "t" that needs `permille` of a CPU within a period that is its deadline, so that
 * nothing but the bandwidth of 0.95 decides. */
static void put_share(const char *name, int permille, const char *more)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = "
                                      "\"%dus\"; %s } );",
                                      permille * 10, more));
}

static void put_cpus(int n)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-%d\"; housekeeping = \"0\";", n));
}

static int cpu_of(const char *stem)
{
        return task_plan(stem, "t")->cpu;
}

/* The board of the descriptors, with nobody on it. */
static void set_up(RtBoard *board)
{
        rt_board_init(board, &fx.pipeline.plan, &fx.pipeline.plan.effort);
}

static bool fits(RtFit fit, bool by_share)
{
        RtBoard board;
        set_up(&board);
        bool done[16] = { false };
        bool all = true;
        for (size_t round = 0; round < board.players.n && all; round++) {
                size_t best = SIZE_MAX;
                for (size_t i = 0; i < board.players.n; i++)
                        if (!done[i] && (best == SIZE_MAX ||
                                         (by_share && board.players.items[i].share >
                                                              board.players.items[best].share)))
                                best = i;
                done[best] = true;
                all = rt_placement_seat(&board, best, rt_board_scope(&board.players.items[best]),
                                        fit) == 0;
        }
        return all;
}

static RtVerdict search(int64_t effort)
{
        RtBoard board;
        set_up(&board);
        if (effort > 0)
                board.effort->left = effort;
        RtQueue queue = { 0 };
        for (size_t i = 0; i < board.players.n; i++)
                RT_APPEND(fx.arena, &queue, i);
        return rt_board_search(&board, &queue, NULL);
}

/* 500 + 450 and 300 + 300 + 350 fill two CPUs; by size, 350 comes to stand beside 500 or 450. */
static void put_tight(void)
{
        put_cpus(2);
        put_share("a", 500, "");
        put_share("b", 450, "");
        put_share("c", 350, "");
        put_share("d", 300, "");
        put_share("e", 300, "");
        put_config("x", "a b c d e", "");
}

/* 400 + 300 + 250 = 350 + 300 + 300: largest first puts 350 beside 400, where 200 are then lost. */
static void put_tighter(void)
{
        put_cpus(2);
        put_share("a", 400, "");
        put_share("b", 350, "");
        put_share("c", 300, "");
        put_share("d", 300, "");
        put_share("e", 300, "");
        put_share("f", 250, "");
        put_config("x", "a b c d e f", "");
}

START_TEST(the_search_finds_what_the_quick_ways_do_not)
{
        put_tighter();
        run();
        ck_assert(!fits(RT_FIRST_FIT, true));
        ck_assert(!fits(RT_WORST_FIT, true));
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("a"), cpu_of("f"));
        ck_assert_int_ne(cpu_of("a"), cpu_of("b"));
        ck_assert_int_eq(search(0), RT_MET);
}
END_TEST

START_TEST(what_the_quick_ways_find_is_not_searched_for)
{
        put_tight();
        run();
        ck_assert(fits(RT_FIRST_FIT, true));
        expect_no_diagnostics();
        ck_assert_int_eq(cpu_of("a"), 1);
        ck_assert_int_eq(cpu_of("b"), 1);
}
END_TEST

START_TEST(that_no_placement_holds_is_proven)
{
        put_cpus(2);
        put_share("a", 500, "");
        put_share("b", 500, "");
        put_share("c", 500, "");
        put_config("x", "a b c", "");
        run();
        expect_diagnostic("x.config:1: containers[2]: error:", "container \"c\"", "has no place",
                          "; no other placement of the config's containers holds");
        expect_n_diagnostics(1);
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(that_the_cpus_together_are_too_few_is_proven_without_a_search)
{
        put_cpus(3);
        for (char c = 'a'; c < 'a' + 12; c++)
                put_share(rt_printf(fx.arena, "%c", c), 239 + c - 'a', "");
        put_config("x", "a b c d e f g h i j k l", "");
        run();
        expect_diagnostic("; no other placement of the config's containers holds");
        ck_assert_int_eq(search(1), RT_MISSED);
}
END_TEST

START_TEST(a_search_that_is_cut_short_proves_nothing)
{
        put_cpus(8);
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

START_TEST(without_work_left_nothing_is_decided)
{
        put_tighter();
        run();
        ck_assert_int_eq(search(0), RT_MET);
        fx.pipeline.plan.effort.most = 0;
        put_share("a", 400, "deadline = \"4001us\";");
        run();
        RtBoard board;
        set_up(&board);
        board.undecided = true;
        board.effort->left = 0;
        RtQueue queue = { 0 };
        for (size_t i = 0; i < board.players.n; i++)
                RT_APPEND(fx.arena, &queue, i);
        ck_assert_int_ne(rt_board_search(&board, &queue, NULL), RT_MISSED);
}
END_TEST

START_TEST(a_fixed_cpu_gets_no_word_of_other_placements)
{
        put_cpus(2);
        put_share("a", 500, "cpu = 1;");
        put_share("b", 500, "cpu = 1;");
        put_config("x", "a b", "");
        run();
        expect_n_diagnostics(1);
        ck_assert_ptr_null(strstr(diagnostics(), "other placement"));
        ck_assert_ptr_null(strstr(diagnostics(), "cut short"));
}
END_TEST

START_TEST(one_placement_is_searched_for_two_configs)
{
        put_cpus(2);
        /* Alone, m would go beside the smaller load: to CPU 1 in x, to CPU 2 in y. */
        put_share("m", 300, "");
        put_share("p", 800, "cpu = 2;");
        put_share("q", 500, "cpu = 1;");
        put_share("r", 600, "cpu = 1;");
        put_config("x", "m p", "");
        run();
        ck_assert_int_eq(cpu_of("m"), 1);
        put_share("s", 700, "cpu = 1;");
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
        put("platform.conf", "cpus = \"0-3\";");
        /* Largest first: m on CPU 1 of x, on CPU 2 of y; only CPU 3 has room in both. */
        put_share("m", 300, "");
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
        put_tighter();
        put_share("g", 250, "");
        put_config("y", "a b c d e g", "");
        run();
        expect_no_diagnostics();
        ck_assert(!fits(RT_FIRST_FIT, true));
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
        put_three(500, 500, 500, 2);
        run();
        expect_diagnostic("m.container:", "error:", "has no place on at most 2 CPU(s)");
        put_three(500, 500, 500, 3);
        run();
        expect_no_diagnostics();
        ck_assert_uint_eq(rt_cpuset_count(&instance("m")->cpus), 3);
}
END_TEST

START_TEST(tasks_of_one_container_are_searched_one_by_one)
{
        /* Only with u beside the 600 of a, and t and v beside the 200 of b. */
        put_cpus(2);
        put_share("a", 600, "cpu = 1;");
        put_share("b", 200, "cpu = 2;");
        put_three(400, 350, 350, 2);
        put_config("x", "a b m", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(task_plan("m", "t")->cpu, 2);
        ck_assert_int_ne(task_plan("m", "u")->cpu, task_plan("m", "v")->cpu);
        put_three(400, 350, 351, 1);
        put_config("x", "a b m", "");
        run();
        ck_assert_uint_gt(fx.pipeline.diags.n_errors, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "board-search", the_search_finds_what_the_quick_ways_do_not,
                what_the_quick_ways_find_is_not_searched_for, that_no_placement_holds_is_proven,
                that_the_cpus_together_are_too_few_is_proven_without_a_search,
                a_search_that_is_cut_short_proves_nothing, without_work_left_nothing_is_decided,
                a_fixed_cpu_gets_no_word_of_other_placements,
                one_placement_is_searched_for_two_configs,
                one_placement_is_found_although_each_config_alone_has_another,
                the_search_keeps_containers_carried_over, three_tasks_share_two_cpus,
                tasks_of_one_container_are_searched_one_by_one);
}
