/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steering.h"

#include <string.h>
#include <unistd.h>

#include "fake-kernel.h"

static bool steer(const char *cpus, const char *irq)
{
        RtKernel kernel = fake_kernel();
        RtWantedIrq one;
        RtWantedIrqs wanted = { &one, 1 };
        RtCpuSet set;
        rt_cpuset_parse(cpus, &set);
        ck_assert_msg(rt_wanted_irq_parse(irq, &one), "«%s» is refused", irq);
        return rt_steer(fx.arena, &kernel, "imu", &set, &wanted, 0);
}

static void unsteer(void)
{
        RtKernel kernel = fake_kernel();
        rt_unsteer(fx.arena, &kernel, "imu");
}

static void put_machine(void)
{
        put_irq(24, "spi0", "0-1");
        put_irq(25, "uart, spi0", "0");
        put_irq(26, "spi01", "0-1");
        put_thread(30, "irq/24-spi0", FAKE_KTHREAD, "0-1", 50);
        put_thread(31, "irq/25-uart", FAKE_KTHREAD, "0", 49);
        put_thread(32, "irq/25-spi0", FAKE_KTHREAD, "0", 49);
        put_thread(33, "irq/26-spi01", FAKE_KTHREAD, "0-1", 50);
}

START_TEST(all_interrupts_of_the_name_go_to_the_containers_cpus_and_back)
{
        put_machine();
        ck_assert(steer("2", "85:spi0"));
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_str_eq(irq_cpus(25), "2");
        ck_assert_str_eq(irq_cpus(26), "0-1");
        ck_assert_int_eq(thread_priority(30), 85);
        ck_assert_int_eq(thread_priority(31), 85);
        ck_assert_int_eq(thread_priority(32), 85);
        ck_assert_int_eq(thread_priority(33), 50);
        unsteer();
        ck_assert_str_eq(irq_cpus(24), "0-1");
        ck_assert_str_eq(irq_cpus(25), "0");
        ck_assert_int_eq(thread_priority(30), 50);
        ck_assert_int_eq(thread_priority(31), 49);
        ck_assert_int_ne(access(path_of(RT_STEERING_FOLDER "/imu"), F_OK), 0);
}
END_TEST

START_TEST(without_a_priority_threads_keep_theirs)
{
        put_machine();
        ck_assert(steer("2", "-:spi0"));
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_int_eq(thread_priority(30), 50);
}
END_TEST

START_TEST(a_start_after_a_crash_knows_what_was_before)
{
        put_machine();
        steer("2", "85:spi0");
        steer("3", "80:spi0");
        ck_assert_str_eq(irq_cpus(24), "3");
        unsteer();
        ck_assert_str_eq(irq_cpus(24), "0-1");
        ck_assert_int_eq(thread_priority(30), 50);
}
END_TEST

START_TEST(an_unknown_name_is_told_and_nothing_changed)
{
        put_machine();
        ck_assert(!steer("2", "85:spi"));
        ck_assert_str_eq(irq_cpus(24), "0-1");
        unsteer();
}
END_TEST

START_TEST(an_interrupt_without_threads_has_no_priority)
{
        put_irq(24, "spi0", "0-1");
        ck_assert(!steer("2", "85:spi0"));
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert(steer("2", "-:spi0"));
}
END_TEST

START_TEST(a_number_that_is_somebody_elses_meanwhile_is_left_alone)
{
        put_machine();
        steer("2", "85:spi0");
        put("/proc/interrupts", " CPU0 CPU1\n 24:  0  0  PCI-MSI 1-edge      other\n");
        unsteer();
        ck_assert_str_eq(irq_cpus(24), "2");
        ck_assert_str_eq(irq_cpus(25), "0");
}
END_TEST

START_TEST(only_a_priority_and_a_name_are_a_wish)
{
        static const char *const wrong[] = { "",         "spi0",    ":spi0",  "0:spi0",
                                             "100:spi0", "-1:spi0", "85:",    "8a:spi0",
                                             " 8:spi0",  "--:spi0", "85:a\nb" };
        RtWantedIrq irq;
        for (size_t i = 0; i < RT_ELEMENTS(wrong); i++)
                ck_assert_msg(!rt_wanted_irq_parse(wrong[i], &irq), "«%s» is taken", wrong[i]);
        ck_assert(rt_wanted_irq_parse("99:a:b, c", &irq));
        ck_assert_str_eq(irq.name, "a:b, c");
        ck_assert_int_eq(irq.priority, 99);
}
END_TEST

int main(void)
{
        return RUN_TESTS("steering", all_interrupts_of_the_name_go_to_the_containers_cpus_and_back,
                         without_a_priority_threads_keep_theirs,
                         a_start_after_a_crash_knows_what_was_before,
                         an_unknown_name_is_told_and_nothing_changed,
                         an_interrupt_without_threads_has_no_priority,
                         a_number_that_is_somebody_elses_meanwhile_is_left_alone,
                         only_a_priority_and_a_name_are_a_wish);
}
