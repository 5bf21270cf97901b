/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leftovers.h"

#include <string.h>

#include "fake-kernel.h"

static RtLeftovers on(const char *cpus)
{
        RtCpuSet set;
        RtLeftovers list;
        rt_cpuset_parse(cpus, &set);
        ck_assert_int_eq(rt_leftovers(fx.arena, fx.root, &set, &list), 0);
        return list;
}

static void put_machine(void)
{
        put_irq(24, "nvme0q3", "2");
        put_irq(25, "nvme0q1", "0");
        put_irq(26, "", "2");
        put_irq(27, "nvme0q4, other", "0-3");
        put_irq(30, "eth0-TxRx-2", "2");
        put_irq(31, "eth0-TxRx-3", "3");
        put_thread(17, "ksoftirqd/2", FAKE_KTHREAD | FAKE_BOUND, "2", 0);
        put_thread(18, "ksoftirqd/3", FAKE_KTHREAD | FAKE_BOUND, "3", 0);
        put_thread(19, "cpuhp/3", FAKE_KTHREAD | FAKE_BOUND, "3", 0);
        put_thread(20, "kworker/u8:1-events", FAKE_KTHREAD | FAKE_BOUND, "0-3", 0);
        put_thread(21, "kswapd0", FAKE_KTHREAD, "0-1", 0);
        put_thread(22, "irq/24-nvme0q3", FAKE_KTHREAD, "2", 50);
        put_thread(23, "a program", 0, "0-3", 0);
}

START_TEST(what_may_use_the_cpus_is_found)
{
        put_machine();
        RtLeftovers list = on("2-3");
        ck_assert_uint_eq(list.n, 8);
        ck_assert(list.items[0].is_irq);
        ck_assert_int_eq(list.items[0].number, 24);
        ck_assert_str_eq(list.items[1].name, "nvme0q4, other");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &list.items[1].cpus), "2-3");
        ck_assert(!list.items[4].is_irq);
        ck_assert(list.items[4].immovable);
}
END_TEST

START_TEST(people_see_names_once)
{
        put_machine();
        RtLeftovers list = on("2-3");
        ck_assert_str_eq(rt_leftover_irqs_text(fx.arena, &list),
                         "interrupts 24 (nvme0q3), 27 (nvme0q4, other), 30,31 (eth0-TxRx-*)");
        ck_assert_str_eq(rt_leftover_threads_text(fx.arena, &list),
                         "threads cpuhp, ksoftirqd, kworker");
}
END_TEST

START_TEST(free_cpus_have_no_leftovers)
{
        put_machine();
        RtLeftovers list = on("7");
        ck_assert_uint_eq(list.n, 0);
        ck_assert_str_eq(rt_leftover_irqs_text(fx.arena, &list), "");
        ck_assert_str_eq(rt_leftover_threads_text(fx.arena, &list), "");
}
END_TEST

int main(void)
{
        return RUN_TESTS("leftovers", what_may_use_the_cpus_is_found, people_see_names_once,
                         free_cpus_have_no_leftovers);
}
