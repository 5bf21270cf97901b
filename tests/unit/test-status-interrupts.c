/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running.h"
#include "text.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_interrupts);
}

static void put_irq_thread(const char *scheduling)
{
        /* Fields 9, the kernel's own, and 40 and 41, priority and policy, count. */
        put("/proc/77/stat",
            rt_printf(fx.arena,
                      "77 (irq/24-imu) S 2 0 0 0 -1 2097216 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0 0 "
                      "0 0 0 0 0 0 0 0 0 0 0 %s 0\n",
                      scheduling));
        put("/proc/77/status", "Name:\tirq/24-imu\nCpus_allowed_list:\t1\n");
        put("/proc/77/comm", "irq/24-imu\n");
}

static void prepare(void)
{
        put_imu("devices = ( { path = \"/dev/imu\"; irq = \"imu\"; irq_priority = 70; } );");
        running_as_planned();
        put("/proc/interrupts", "           CPU0       CPU1\n"
                                "  1:          0          9   IO-APIC   1-edge      i8042\n"
                                " 24:          0          9   PCI-MSI 49152-edge      imu\n");
        put("/proc/irq/24/smp_affinity_list", "1\n");
        put("/proc/irq/24/effective_affinity_list", "1\n");
        put_irq_thread("70 1");
}

START_TEST(interrupts_that_are_as_planned_are_said_to_be)
{
        prepare();
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "interrupt imu (24)", "CPUs", "1");
        expect_as_planned(&findings, "interrupt imu (24)", "thread priority", "fifo 70");
}
END_TEST

START_TEST(another_mask_is_drift)
{
        prepare();
        put("/proc/irq/24/smp_affinity_list", "0-3\n");
        RtFindings findings = found();
        expect_drift(&findings, "interrupt imu (24)", "CPUs", "1", "0-3");
}
END_TEST

START_TEST(an_interrupt_that_has_not_moved_yet_is_unknown)
{
        prepare();
        put("/proc/irq/24/effective_affinity_list", "0\n");
        RtFindings findings = found();
        expect_unknown(&findings, "interrupt imu (24)", "CPUs", "when it comes next");
        remove_file("/proc/irq/24/effective_affinity_list");
        findings = found();
        expect_as_planned(&findings, "interrupt imu (24)", "CPUs", "1");
}
END_TEST

START_TEST(another_priority_of_its_thread_is_drift)
{
        prepare();
        put_irq_thread("50 1");
        RtFindings findings = found();
        expect_drift(&findings, "interrupt imu (24)", "thread priority", "fifo 70", "fifo 50");
        put_irq_thread("0 0");
        findings = found();
        expect_drift(&findings, "interrupt imu (24)", "thread priority", "fifo 70", "other");
}
END_TEST

START_TEST(an_interrupt_without_a_thread_is_drift)
{
        prepare();
        put("/proc/77/comm", "irq/25-other\n");
        put("/proc/77/stat", "77 (irq/25-other) S 2\n");
        RtFindings findings = found();
        expect_drift(&findings, "interrupt imu (24)", "thread priority", "fifo 70", "no thread");
}
END_TEST

START_TEST(an_interrupt_that_nobody_has_requested_is_drift)
{
        prepare();
        put("/proc/interrupts", "           CPU0\n  1:          0   IO-APIC   1-edge      i8042\n");
        RtFindings findings = found();
        expect_drift(&findings, "interrupt imu", "interrupt", "imu", "none of that name");
}
END_TEST

START_TEST(what_cannot_be_read_is_unknown)
{
        prepare();
        remove_file("/proc/irq/24/smp_affinity_list");
        RtFindings findings = found();
        expect_unknown(&findings, "interrupt imu (24)", "CPUs", "does not have it");
        remove_file("/proc/interrupts");
        findings = found();
        expect_unknown(&findings, "interrupt imu", "interrupt", "does not have it");
}
END_TEST

START_TEST(without_declared_interrupts_there_is_nothing_to_compare)
{
        put_imu("devices = ( { path = \"/dev/imu\"; } );");
        running_as_planned();
        RtFindings findings = found();
        ck_assert_uint_eq(findings.comparisons.n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "status-interrupts", interrupts_that_are_as_planned_are_said_to_be,
                another_mask_is_drift, an_interrupt_that_has_not_moved_yet_is_unknown,
                another_priority_of_its_thread_is_drift, an_interrupt_without_a_thread_is_drift,
                an_interrupt_that_nobody_has_requested_is_drift, what_cannot_be_read_is_unknown,
                without_declared_interrupts_there_is_nothing_to_compare);
}
