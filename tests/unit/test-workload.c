/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workload.h"

#include "fixture.h"
#include "text.h"
#include "timing.h"

/* That interrupts and SCHED_DEADLINE are not set up yet is warned of. */
static void expect_no_errors(void)
{
        ck_assert_msg(fx.pipeline.diags.n_errors == 0, "%s", diagnostics());
}

/* What a container with these settings adds to each CPU besides its tasks. */
static RtOwnedLoads interrupts(const char *platform, const char *more)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-3\"; %s", platform));
        put_container("a", more);
        run();
        expect_no_errors();
        return rt_interrupt_loads(fx.arena, &fx.pipeline.model.platform, container("a"));
}

static RtOwnedLoad task_load(const char *platform, const char *more, int priority)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-3\"; %s", platform));
        put_container("a", rt_printf(fx.arena,
                                     "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; "
                                     "deadline = \"8ms\"; %s } );",
                                     more));
        run();
        expect_no_errors();
        const RtContainer *a = container("a");
        return rt_task_load(&fx.pipeline.model.platform, a, &a->tasks.items[0], priority);
}

static const char all_costs[] =
        "overheads = { context_switch = \"3us\"; irq = \"5us\"; release = \"70us\"; };";

START_TEST(a_task_is_taken_as_declared_where_nothing_is_said_of_overheads)
{
        RtOwnedLoad owned = task_load("", "jitter = \"20us\"; blocking = \"30us\";", 77);
        ck_assert_int_eq(owned.load.wcet, 1000000);
        ck_assert_int_eq(owned.load.period, 10000000);
        ck_assert_int_eq(owned.load.deadline, 8000000);
        ck_assert_int_eq(owned.load.jitter, 20000);
        ck_assert_int_eq(owned.load.blocking, 30000);
        ck_assert_int_eq(owned.load.interrupt, 0);
        ck_assert_int_eq(owned.load.priority, 77);
        ck_assert_int_eq(owned.owner.overhead, 0);
}
END_TEST

START_TEST(each_job_costs_two_context_switches_and_an_interrupt)
{
        RtOwnedLoad owned = task_load(all_costs, "", 77);
        ck_assert_int_eq(owned.load.wcet, 1000000 + 2 * 3000 + 5000);
        ck_assert_int_eq(owned.owner.overhead, 2 * 3000 + 5000);
        ck_assert_int_eq(owned.load.deadline, 8000000);
}
END_TEST

START_TEST(the_interrupt_of_a_job_hits_everybody)
{
        ck_assert_int_eq(task_load(all_costs, "", 77).load.interrupt, 5000);
}
END_TEST

START_TEST(the_release_only_adds_to_the_jitter)
{
        ck_assert_int_eq(task_load(all_costs, "", 77).load.jitter, 70000);
        ck_assert_int_eq(task_load(all_costs, "jitter = \"20us\";", 77).load.jitter, 90000);
}
END_TEST

START_TEST(a_deadline_task_is_above_all_priorities)
{
        RtOwnedLoad owned = task_load(all_costs, "policy = \"deadline\";", 77);
        ck_assert_int_eq(owned.load.priority, RT_LEVEL_DEADLINE);
        ck_assert_int_eq(owned.load.wcet, 1000000 + 2 * 3000 + 5000);
}
END_TEST

START_TEST(a_load_knows_whose_it_is)
{
        RtOwnedLoad owned = task_load("", "", 77);
        ck_assert_int_eq(owned.owner.kind, RT_LOAD_TASK);
        ck_assert_ptr_eq(owned.owner.container, container("a"));
        ck_assert_ptr_eq(owned.owner.task, &container("a")->tasks.items[0]);
        ck_assert_ptr_null(owned.owner.device);
}
END_TEST

static const char two_tasks[] = "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; },\n"
                                "{ name = \"u\"; period = \"4ms\"; wcet = \"1us\"; } );\n";

static RtOwnedLoads device(const char *platform, const char *device)
{
        return interrupts(platform,
                          rt_printf(fx.arena, "%sdevices = ( { path = \"/dev/spi\"; %s } );",
                                    two_tasks, device));
}

START_TEST(a_devices_interrupt_is_a_load_above_all_tasks)
{
        RtOwnedLoads loads = device(all_costs, "irq = \"spi0\"; irq_period = \"7ms\";");
        ck_assert_uint_eq(loads.n, 1);
        ck_assert_int_eq(loads.items[0].owner.kind, RT_LOAD_INTERRUPT);
        ck_assert_ptr_eq(loads.items[0].owner.device, &container("a")->devices.items[0]);
        ck_assert_int_eq(loads.items[0].load.priority, RT_LEVEL_MACHINE);
        ck_assert_int_eq(loads.items[0].load.wcet, 5000);
        ck_assert_int_eq(loads.items[0].load.period, 7000000);
        ck_assert_int_eq(loads.items[0].load.deadline, 0);
}
END_TEST

START_TEST(an_interrupt_comes_once_per_job_of_the_fastest_task_unless_told_otherwise)
{
        RtOwnedLoads loads = device(all_costs, "irq = \"spi0\";");
        ck_assert_uint_eq(loads.n, 1);
        ck_assert_int_eq(loads.items[0].load.period, 4000000);
}
END_TEST

START_TEST(ordinary_tasks_say_nothing_of_interrupts)
{
        RtOwnedLoads loads =
                interrupts(all_costs, "tasks = ( { name = \"o\"; policy = \"other\"; } );\n"
                                      "devices = ( { path = \"/dev/spi\"; irq = \"spi0\"; } );");
        ck_assert_uint_eq(loads.n, 0);
}
END_TEST

START_TEST(the_interrupt_thread_is_a_load_with_a_priority)
{
        RtOwnedLoads loads = device(all_costs, "irq = \"spi0\"; irq_wcet = \"40us\"; "
                                               "irq_priority = 66;");
        ck_assert_uint_eq(loads.n, 2);
        const RtOwnedLoad *thread = &loads.items[1];
        ck_assert_int_eq(thread->owner.kind, RT_LOAD_IRQ_THREAD);
        ck_assert_int_eq(thread->load.priority, 66);
        ck_assert_int_eq(thread->load.jitter, 70000); /* released like any other */
        ck_assert_int_eq(thread->load.wcet, 40000 + 2 * 3000);
        ck_assert_int_eq(thread->owner.overhead, 2 * 3000);
        ck_assert_int_eq(thread->load.period, 4000000);
        ck_assert_int_eq(thread->load.deadline, 0);
}
END_TEST

START_TEST(the_kernels_priority_of_interrupt_threads_is_fifty)
{
        RtOwnedLoads loads = device("", "irq = \"spi0\"; irq_wcet = \"40us\";");
        ck_assert_uint_eq(loads.n, 1); /* an interrupt that costs nothing is none */
        ck_assert_int_eq(loads.items[0].owner.kind, RT_LOAD_IRQ_THREAD);
        ck_assert_int_eq(loads.items[0].load.priority, 50);
        ck_assert_int_eq(loads.items[0].load.wcet, 40000);
}
END_TEST

START_TEST(a_device_without_an_interrupt_costs_nothing)
{
        ck_assert_uint_eq(device(all_costs, "").n, 0);
}
END_TEST

START_TEST(interrupts_come_with_every_device)
{
        RtOwnedLoads loads = interrupts(
                all_costs,
                rt_printf(fx.arena,
                          "%sdevices = ( { path = \"/dev/a\"; irq = \"a\"; irq_wcet = \"1us\"; },\n"
                          "{ path = \"/dev/b\"; },\n"
                          "{ path = \"/dev/c\"; irq = \"c\"; irq_period = \"9ms\"; } );",
                          two_tasks));
        ck_assert_uint_eq(loads.n, 3);
        ck_assert_str_eq(loads.items[0].owner.device->irq, "a");
        ck_assert_str_eq(loads.items[1].owner.device->irq, "a");
        ck_assert_str_eq(loads.items[2].owner.device->irq, "c");
}
END_TEST

START_TEST(the_interrupts_are_on_each_cpu_that_the_container_uses)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-3\"; %s", all_costs));
        put_container("a", "tasks = ( { name = \"t\"; period = \"9ms\"; wcet = \"1us\"; cpu = 1; },"
                           "{ name = \"u\"; period = \"4ms\"; wcet = \"1us\"; cpu = 3; } );\n"
                           "cpus = { count = 2; }; devices = ( { path = \"/dev/s\"; irq = \"s\"; "
                           "} );");
        put_config("x", "a", "");
        run();
        expect_no_errors();
        RtPlan *plan = &fx.pipeline.plan;
        const RtConfigTiming *timing = rt_plan_timing(plan, plan->configs.items[0]);
        ck_assert_uint_eq(timing->cpus.n, 2);
        RT_EACH (cpu, &timing->cpus) {
                ck_assert_uint_eq(cpu->n_loads, 2);
                ck_assert_int_eq(cpu->loads[0].priority, RT_LEVEL_MACHINE);
        }
}
END_TEST

/* -- the kernel's rules ------------------------------------------------------------------------ */

static void expect_rules(const char *kernel, bool throttles, bool serves_fair)
{
        RtPlatform platform = { .rt_bandwidth = 700000, .kernel = kernel };
        RtCpuRules rules = rt_platform_rules(&platform);
        ck_assert_msg(rules.throttles == throttles && rules.serves_fair == serves_fair,
                      "kernel %s: throttles %d, serves fair %d", kernel ? kernel : "unknown",
                      rules.throttles, rules.serves_fair);
        ck_assert_int_eq(rules.bandwidth, 700000);
}

START_TEST(kernels_before_6_12_throttle)
{
        expect_rules("6.1", true, false);
        expect_rules("6.11", true, false);
        expect_rules("6.11.99-rt12", true, false);
        expect_rules("5.15.0-rt17", true, false);
        expect_rules("4.19", true, false);
}
END_TEST

START_TEST(kernels_since_6_12_serve_fair_tasks)
{
        expect_rules("6.12", false, true);
        expect_rules("6.12.3", false, true);
        expect_rules("6.12-rc1", false, true);
        expect_rules("7.0", false, true);
        expect_rules("10.1", false, true);
}
END_TEST

START_TEST(an_unknown_kernel_may_do_either)
{
        expect_rules(NULL, true, true);
}
END_TEST

START_TEST(the_plan_goes_by_the_platforms_kernel)
{
        put("platform.conf", "cpus = \"0-3\"; kernel = \"6.1\"; rt_bandwidth = 0.8;");
        run();
        ck_assert(fx.pipeline.plan.rules.throttles);
        ck_assert(!fx.pipeline.plan.rules.serves_fair);
        ck_assert_int_eq(fx.pipeline.plan.rules.bandwidth, 800000);
}
END_TEST

int main(void)
{
        return RUN_TESTS("workload", a_task_is_taken_as_declared_where_nothing_is_said_of_overheads,
                         each_job_costs_two_context_switches_and_an_interrupt,
                         the_interrupt_of_a_job_hits_everybody, the_release_only_adds_to_the_jitter,
                         a_deadline_task_is_above_all_priorities, a_load_knows_whose_it_is,
                         a_devices_interrupt_is_a_load_above_all_tasks,
                         an_interrupt_comes_once_per_job_of_the_fastest_task_unless_told_otherwise,
                         ordinary_tasks_say_nothing_of_interrupts,
                         the_interrupt_thread_is_a_load_with_a_priority,
                         the_kernels_priority_of_interrupt_threads_is_fifty,
                         a_device_without_an_interrupt_costs_nothing,
                         interrupts_come_with_every_device,
                         the_interrupts_are_on_each_cpu_that_the_container_uses,
                         kernels_before_6_12_throttle, kernels_since_6_12_serve_fair_tasks,
                         an_unknown_kernel_may_do_either, the_plan_goes_by_the_platforms_kernel);
}
