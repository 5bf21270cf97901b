/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "irqs.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

/* Of a machine of two CPUs, x86. */
static const char interrupts[] =
        "           CPU0       CPU1       \n"
        "  0:        134          0   IO-APIC   2-edge      timer\n"
        "  1:          0          9   IO-APIC   1-edge      i8042\n"
        "  9:          0          0   IO-APIC   9-fasteoi   acpi\n"
        " 11:          0         21   IO-APIC  11-fasteoi   uhci_hcd:usb1, virtio3, ttyS4\n"
        " 24:          0          0   PCI-MSI 49152-edge      virtio0-config\n"
        " 25:       1040          2   PCI-MSI 49153-edge      virtio0-input.0\n"
        " 26:          3          2  PCI-MSI-0000:00:04.0   1-edge      virtio1-input.0\n"
        " 27:          3          2   PCI-MSI 65537-edge    \n"
        " 28:          3          2   PCI-MSI 65538-fasteoi \n"
        " 29:          3          2   PCI-MSI 65539-edge      virtio0-input.0\n"
        "NMI:          0          0   Non-maskable interrupts\n"
        "LOC:      21340      20012   Local timer interrupts\n"
        "ERR:          0\n";

/* Of a machine of one CPU, arm64. */
static const char interrupts_of_arm[] = "           CPU0       \n"
                                        " 11:     135168     GICv3  27 Level     arch_timer\n"
                                        " 13:        125     GICv3  33 Level     uart-pl011\n"
                                        " 21:          2     gpio  3 Edge      my button, lid\n"
                                        "IPI0:         0       Rescheduling interrupts\n";

static const char *numbers_of(const char *name)
{
        RtIrqs irqs;
        const char *text = "";
        int r = rt_irqs_find(fx.arena, fx.root, name, &irqs);
        if (r < 0)
                return r == -ENOENT ? "none" : "error";
        RT_EACH (irq, &irqs)
                text = rt_printf(fx.arena, "%s%s%d", text, text[0] ? " " : "", irq->number);
        return text;
}

START_TEST(interrupts_are_found_by_the_whole_of_a_name)
{
        put("/proc/interrupts", interrupts);
        ck_assert_str_eq(numbers_of("i8042"), "1");
        ck_assert_str_eq(numbers_of("virtio1-input.0"), "26");
        ck_assert_str_eq(numbers_of("virtio0-input"), "none");
        ck_assert_str_eq(numbers_of("input.0"), "none");
        ck_assert_str_eq(numbers_of("49152-edge"), "none");
        ck_assert_str_eq(numbers_of(""), "none");
        ck_assert_str_eq(numbers_of("Local timer interrupts"), "none");
}
END_TEST

START_TEST(several_interrupts_may_have_one_name)
{
        put("/proc/interrupts", interrupts);
        ck_assert_str_eq(numbers_of("virtio0-input.0"), "25 29");
}
END_TEST

START_TEST(several_devices_may_share_one_interrupt)
{
        put("/proc/interrupts", interrupts);
        ck_assert_str_eq(numbers_of("uhci_hcd:usb1"), "11");
        ck_assert_str_eq(numbers_of("virtio3"), "11");
        ck_assert_str_eq(numbers_of("ttyS4"), "11");
        ck_assert_str_eq(numbers_of("ttyS"), "none");
        ck_assert_str_eq(numbers_of("usb1"), "none");
}
END_TEST

START_TEST(interrupts_that_nobody_has_requested_have_no_name)
{
        RtIrqs irqs;
        put("/proc/interrupts", interrupts);
        ck_assert_int_eq(rt_irqs_list(fx.arena, fx.root, &irqs), 0);
        ck_assert_uint_eq(irqs.n, 10);
        ck_assert_int_eq(irqs.items[7].number, 27);
        ck_assert_str_eq(irqs.items[7].actions, "");
        ck_assert_int_eq(irqs.items[8].number, 28);
        ck_assert_str_eq(irqs.items[8].actions, "");
        ck_assert_str_eq(irqs.items[3].actions, "uhci_hcd:usb1, virtio3, ttyS4");
}
END_TEST

START_TEST(other_architectures_have_other_columns)
{
        put("/proc/interrupts", interrupts_of_arm);
        ck_assert_str_eq(numbers_of("uart-pl011"), "13");
        ck_assert_str_eq(numbers_of("my button"), "21");
        ck_assert_str_eq(numbers_of("lid"), "21");
        ck_assert_str_eq(numbers_of("button"), "none");
}
END_TEST

START_TEST(no_list_of_interrupts_is_an_error)
{
        RtIrqs irqs;
        ck_assert_int_eq(rt_irqs_list(fx.arena, fx.root, &irqs), -ENOENT);
        put("/proc/interrupts", "");
        ck_assert_int_eq(rt_irqs_list(fx.arena, fx.root, &irqs), 0);
        ck_assert_uint_eq(irqs.n, 0);
}
END_TEST

START_TEST(the_cpus_of_an_interrupt_are_read_and_written)
{
        RtCpuSet set;
        put("/proc/irq/25/smp_affinity_list", "0-3\n");
        put("/proc/irq/25/effective_affinity_list", "2\n");
        ck_assert_int_eq(rt_irq_cpus(fx.arena, fx.root, 25, &set), 0);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), "0-3");
        ck_assert_int_eq(rt_irq_effective_cpus(fx.arena, fx.root, 25, &set), 0);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), "2");
        ck_assert_int_eq(rt_irq_set_cpus(fx.arena, fx.root, 25, &set), 0);
        ck_assert_int_eq(rt_irq_cpus(fx.arena, fx.root, 25, &set), 0);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), "2");
        ck_assert_int_eq(rt_irq_cpus(fx.arena, fx.root, 26, &set), -ENOENT);
        ck_assert_int_eq(rt_irq_effective_cpus(fx.arena, fx.root, 26, &set), -ENOENT);
}
END_TEST

int main(void)
{
        return RUN_TESTS("irqs", interrupts_are_found_by_the_whole_of_a_name,
                         several_interrupts_may_have_one_name,
                         several_devices_may_share_one_interrupt,
                         interrupts_that_nobody_has_requested_have_no_name,
                         other_architectures_have_other_columns, no_list_of_interrupts_is_an_error,
                         the_cpus_of_an_interrupt_are_read_and_written);
}
