/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "housekeeping.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake-kernel.h"
#include "steering.h"

static const char default_irq[] = "/proc/irq/default_smp_affinity";
static const char work_queues[] = "/sys/devices/virtual/workqueue/cpumask";

static RtCpuSet set_of(const char *text)
{
        RtCpuSet set;
        ck_assert_int_eq(rt_cpuset_parse(text, &set), 0);
        return set;
}

/* Four CPUs, of which 2 and 3 are real-time ones. */
static void put_machine(void)
{
        put_mask(default_irq, "f");
        put_mask(work_queues, "f");
        put_irq(1, "i8042", "0-3");
        put_irq(24, "virtio0-input.0", "2");
        put_irq(25, "virtio0-output.0", "0");
        put_irq(26, "", "1-2");
        put_thread(2, "kthreadd", FAKE_KTHREAD, "0-3", 0);
        put_thread(17, "ksoftirqd/2", FAKE_KTHREAD | FAKE_BOUND, "2", 0);
        put_thread(30, "irq/24-virtio0-", FAKE_KTHREAD, "2", 50);
        put_thread(31, "kswapd0", FAKE_KTHREAD, "0", 0);
        put_thread(50, "a program", 0, "0-3", 0);
}

static RtMoves impose(void)
{
        RtMoves moves;
        RtKernel kernel = fake_kernel();
        RtCpuSet realtime = set_of("2-3"), rest = set_of("0-1");
        ck_assert_int_eq(rt_housekeeping_impose(fx.arena, &kernel, &realtime, &rest, &moves), 0);
        return moves;
}

static int lift(RtMoves *ret)
{
        RtKernel kernel = fake_kernel();
        return rt_housekeeping_lift(fx.arena, &kernel, ret);
}

static void expect_imposed(void)
{
        ck_assert_str_eq(text_at(default_irq), "3");
        ck_assert_str_eq(text_at(work_queues), "3");
        ck_assert_str_eq(irq_cpus(1), "0-1");
        ck_assert_str_eq(irq_cpus(24), "0-1");
        ck_assert_str_eq(irq_cpus(25), "0");
        ck_assert_str_eq(irq_cpus(26), "1");
        ck_assert_str_eq(thread_cpus(2), "0-1");
        ck_assert_str_eq(thread_cpus(17), "2");
        ck_assert_str_eq(thread_cpus(30), "2");
        ck_assert_str_eq(thread_cpus(31), "0");
}

static void expect_lifted(void)
{
        ck_assert_str_eq(text_at(default_irq), "f");
        ck_assert_str_eq(text_at(work_queues), "f");
        ck_assert_str_eq(irq_cpus(1), "0-3");
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_str_eq(irq_cpus(25), "0");
        ck_assert_str_eq(irq_cpus(26), "1-2");
        ck_assert_str_eq(thread_cpus(2), "0-3");
        ck_assert_str_eq(thread_cpus(31), "0");
        ck_assert_int_ne(access(path_of(RT_CPUS_STATE_PATH), F_OK), 0);
}

START_TEST(what_touches_realtime_cpus_goes_to_housekeeping_ones)
{
        static const struct {
                const char *now, *then; /* NULL: stays */
        } cases[] = {
                { "0-3", "0-1" }, { "2", "0-1" },  { "1-2", "1" },
                { "0", NULL },    { "4-5", NULL }, { "3-5", "0-1" },
        };
        RtCpuSet realtime = set_of("2-3"), rest = set_of("0-1"), then;
        for (size_t i = 0; i < RT_ELEMENTS(cases); i++) {
                RtCpuSet now = set_of(cases[i].now);
                bool moves = rt_housekeeping_place(&now, &realtime, &rest, &then);
                ck_assert_msg(moves == !!cases[i].then, "%s", cases[i].now);
                if (moves)
                        ck_assert_str_eq(rt_cpuset_text(fx.arena, &then), cases[i].then);
        }
}
END_TEST

START_TEST(what_can_be_moved_is_moved_and_comes_back)
{
        put_machine();
        RtMoves moves = impose();
        ck_assert_uint_eq(moves.irqs, 3);
        ck_assert_uint_eq(moves.threads, 1);
        ck_assert_uint_eq(moves.refusals.n, 0);
        expect_imposed();
        ck_assert_int_eq(lift(&moves), 0);
        expect_lifted();
        ck_assert_int_eq(lift(&moves), -ENOENT);
}
END_TEST

START_TEST(a_second_start_does_not_take_what_it_finds_for_what_was)
{
        RtMoves moves;
        put_machine();
        impose();
        put_thread(60, "a later one", FAKE_KTHREAD, "0-3", 0);
        impose();
        expect_imposed();
        ck_assert_str_eq(thread_cpus(60), "0-1");
        ck_assert_int_eq(lift(&moves), 0);
        expect_lifted();
        ck_assert_str_eq(thread_cpus(60), "0-3");
}
END_TEST

START_TEST(interrupts_that_came_meanwhile_go_where_they_would_have_come)
{
        RtMoves moves;
        put_machine();
        impose();
        put_irq(40, "late", "0-1");
        put_irq(41, "moved by somebody", "1");
        ck_assert_int_eq(lift(&moves), 0);
        ck_assert_str_eq(irq_cpus(40), "0-3");
        ck_assert_str_eq(irq_cpus(41), "1");
}
END_TEST

START_TEST(another_thread_of_the_same_number_is_left_alone)
{
        RtMoves moves;
        put_machine();
        impose();
        put("/proc/2/stat",
            "2 (other) S 2 0 0 0 -1 2097152 0 0 0 0 0 0 0 0 20 0 1 0 9999 0 0 0 0 0 "
            "0 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0\n");
        ck_assert_int_eq(lift(&moves), 0);
        ck_assert_str_eq(thread_cpus(2), "0-1");
}
END_TEST

START_TEST(what_is_refused_is_told_and_the_rest_done)
{
        put_machine();
        put_thread(70, "refused", FAKE_KTHREAD, "0-3", 99); /* by the kernel of this test */
        RtMoves moves = impose();
        expect_imposed();
        ck_assert_uint_eq(moves.refusals.n, 1);
        ck_assert_str_eq(moves.refusals.items[0].what, "thread 70 (refused)");
        ck_assert_int_eq(moves.refusals.items[0].error, -EINVAL);
}
END_TEST

START_TEST(nothing_is_moved_that_cannot_be_noted)
{
        RtMoves moves;
        RtKernel kernel = fake_kernel();
        RtCpuSet realtime = set_of("2-3"), rest = set_of("0-1");
        put_machine();
        put("/run/rtcontainers", "a file where a folder should be");
        int r = rt_housekeeping_impose(fx.arena, &kernel, &realtime, &rest, &moves);
        ck_assert_int_lt(r, 0);
        ck_assert_str_eq(text_at(default_irq), "f");
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_str_eq(thread_cpus(2), "0-3");
}
END_TEST

START_TEST(a_text_that_is_cut_or_foreign_puts_nothing_back)
{
        static const char *const wrong[] = { "",
                                             "irq 1 0 0-3 \n",
                                             "irq 1 0 0-3",
                                             "what is this\nend\n",
                                             "file /proc/../etc/passwd x\nend\n",
                                             "irq -1 0 0 \nend\n",
                                             "thread 0 1 0\nend\n",
                                             "irq 1 0 8-1 \nend\n" };
        RtMoves moves;
        put_machine();
        for (size_t i = 0; i < RT_ELEMENTS(wrong); i++) {
                put(RT_CPUS_STATE_PATH, wrong[i]);
                ck_assert_msg(lift(&moves) == -EBADMSG, "«%s» is taken", wrong[i]);
        }
        ck_assert_str_eq(irq_cpus(1), "0-3");
}
END_TEST

/* The service may come after the container: if it has failed first, or was stopped by hand. */
START_TEST(an_interrupt_that_a_container_has_stays_with_it)
{
        RtMoves moves;
        put_machine();
        put(RT_STEERING_FOLDER "/imu", "irq 24 50 0-3 virtio0-input.0\nend\n");
        impose();
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_str_eq(irq_cpus(1), "0-1");
        ck_assert_int_eq(lift(&moves), 0);
        ck_assert_str_eq(irq_cpus(24), "2");
        impose();
        unlink(path_of(RT_STEERING_FOLDER "/imu"));
        ck_assert_int_eq(lift(&moves), 0);
        ck_assert_str_eq(irq_cpus(24), "0-3");
}
END_TEST

int main(void)
{
        return RUN_TESTS("housekeeping", what_touches_realtime_cpus_goes_to_housekeeping_ones,
                         what_can_be_moved_is_moved_and_comes_back,
                         a_second_start_does_not_take_what_it_finds_for_what_was,
                         interrupts_that_came_meanwhile_go_where_they_would_have_come,
                         another_thread_of_the_same_number_is_left_alone,
                         what_is_refused_is_told_and_the_rest_done,
                         nothing_is_moved_that_cannot_be_noted,
                         a_text_that_is_cut_or_foreign_puts_nothing_back,
                         an_interrupt_that_a_container_has_stays_with_it);
}
