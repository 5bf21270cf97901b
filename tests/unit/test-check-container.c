/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

/* The container "a" with these settings on line 2 and on is wrong in exactly this way. */
static void expect_wrong(const char *settings, const char *at_what, const char *fix)
{
        put_container("a", settings);
        run();
        expect_diagnostic(rt_printf(fx.arena, "/etc/rtcontainers/a.container:%s", at_what), fix);
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.rejected);
}

static void expect_right(const char *settings)
{
        put_container("a", settings);
        run();
        expect_no_diagnostics();
}

/* The settings of one task, a "fifo" one of 1ms unless they say otherwise, begin on line 3. */
static const char *task(const char *settings)
{
        return rt_printf(fx.arena, "tasks = ( { name = \"t\";\n%s } );", settings);
}

START_TEST(a_realtime_task_needs_a_period_and_a_wcet)
{
        put_container("a", task(""));
        run();
        expect_diagnostic("a.container:2: tasks[0].period: error: a \"fifo\" task needs a period");
        expect_diagnostic("a.container:2: tasks[0].wcet: error: a \"fifo\" task needs a WCET");
        expect_n_diagnostics(2);
        expect_right(task("policy = \"other\";"));
        expect_right(task("period = \"1ms\"; wcet = \"1us\";"));
}
END_TEST

START_TEST(the_wcet_fits_into_the_deadline)
{
        expect_wrong(task("period = \"9ms\";\n wcet = \"2ms\";\n deadline = \"1ms\";"),
                     "5: tasks[0].deadline: error: the deadline, 1ms, is shorter than the WCET, "
                     "2ms (/etc/rtcontainers/a.container:4)",
                     "allow at least 2ms");
        expect_wrong(task("period = \"1ms\";\n wcet = \"2ms\";"),
                     "3: tasks[0].period: error: the deadline, 1ms, is shorter than the WCET, 2ms",
                     "allow at least 2ms");
        expect_right(task("period = \"9ms\"; wcet = \"2ms\"; deadline = \"2ms\";"));
}
END_TEST

START_TEST(jitter_and_wcet_together_fit_into_the_deadline)
{
        expect_wrong(task("period = \"1ms\";\n wcet = \"600us\";\n jitter = \"401us\";"),
                     "5: tasks[0].jitter: error: jitter 401us and WCET 600us "
                     "(/etc/rtcontainers/a.container:4) together exceed the deadline, 1ms",
                     "allow at most 400us");
        expect_right(task("period = \"1ms\"; wcet = \"600us\"; jitter = \"400us\";"));
}
END_TEST

START_TEST(a_deadline_task_is_one_that_the_kernel_takes)
{
        const char *deadline = "policy = \"deadline\";\n";
        put_container("a", task(rt_printf(fx.arena, "%s wcet = \"1023ns\"; period = \"1ms\";",
                                          deadline)));
        run();
        expect_diagnostic("a.container:4: tasks[0].wcet: error:", "as short as 1023ns");
        put_container("a",
                      task(rt_printf(fx.arena, "%s wcet = \"2us\"; period = \"99us\";", deadline)));
        run();
        expect_diagnostic("a.container:4: tasks[0].period: error:", "a period of 99us");
        put_container("a",
                      task(rt_printf(fx.arena, "%s wcet = \"2us\"; period = \"5s\";", deadline)));
        run();
        expect_diagnostic("a.container:4: tasks[0].period: error:", "a period of 5s");
        put_container(
                "a",
                task(rt_printf(fx.arena, "%s wcet = \"2us\"; period = \"1ms\"; deadline = \"2ms\";",
                               deadline)));
        run();
        expect_diagnostic("a.container:4: tasks[0].deadline: error:",
                          "a deadline, 2ms, beyond the period, 1ms");
}
END_TEST

START_TEST(a_fixed_priority_is_in_the_band_and_of_a_fifo_task)
{
        put("platform.conf", "cpus = \"0-3\";\npriorities = { min = 20; max = 30; };");
        expect_wrong(task("period = \"1ms\"; wcet = \"1us\"; priority = 31;"),
                     "3: tasks[0].priority: error: priority 31 is outside the platform's band "
                     "(/etc/rtcontainers/platform.conf:2)",
                     "choose from 20 to 30");
        expect_wrong(task("period = \"1ms\"; wcet = \"1us\"; priority = 19;"),
                     "3: tasks[0].priority: error: priority 19", "choose from 20 to 30");
        expect_wrong(task("policy = \"other\"; priority = 25;"),
                     "3: tasks[0].priority: error: a \"other\" task has no priority", "take the");
        expect_right(task("period = \"1ms\"; wcet = \"1us\"; priority = 20;"));
        expect_right(task("period = \"1ms\"; wcet = \"1us\"; priority = 30;"));
}
END_TEST

START_TEST(a_fixed_cpu_is_one_of_the_platform_and_of_its_sort)
{
        put("platform.conf", "cpus = \"0-3\";\nhousekeeping = \"0\";");
        expect_wrong(task("period = \"1ms\"; wcet = \"1us\"; cpu = 4;"),
                     "3: tasks[0].cpu: error: CPU 4 is not one of the platform's cpus "
                     "(/etc/rtcontainers/platform.conf:1)",
                     "choose among 0-3");
        expect_wrong(task("period = \"1ms\"; wcet = \"1us\"; cpu = 0;"),
                     "3: tasks[0].cpu: error: CPU 0 is not for real-time containers "
                     "(/etc/rtcontainers/platform.conf:2)",
                     "choose among 1-3");
        put_container("a", task("policy = \"other\"; cpu = 1;"));
        run();
        expect_diagnostic("a.container:3: tasks[0].cpu: error: CPU 1 is not for housekeeping and "
                          "other containers",
                          "choose among 0");
        expect_right(task("period = \"1ms\"; wcet = \"1us\"; cpu = 3;"));
}
END_TEST

START_TEST(a_fixed_cpu_is_an_allowed_one)
{
        put_container("a", "cpus = { allowed = \"2\"; };\ntasks = ( { name = \"t\"; period = "
                           "\"1ms\"; wcet = \"1us\"; cpu = 1; } );");
        run();
        expect_diagnostic("a.container:3: tasks[0].cpu: error: CPU 1 is not in cpus.allowed "
                          "(/etc/rtcontainers/a.container:2)");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(tasks_and_threads_have_names_of_their_own)
{
        expect_wrong("tasks = ( { name = \"t\"; policy = \"other\"; },\n"
                     "{ name = \"t\"; policy = \"other\"; } );",
                     "3: tasks[1].name: error: \"t\" names another task as well "
                     "(/etc/rtcontainers/a.container:2)",
                     "its own name");
        expect_wrong("tasks = ( { name = \"t\"; thread = \"x\"; policy = \"other\"; },\n"
                     "{ name = \"u\"; thread = \"x\"; policy = \"other\"; } );",
                     "3: tasks[1].thread: error: \"x\" runs another task as well "
                     "(/etc/rtcontainers/a.container:2)",
                     "its own thread");
}
END_TEST

START_TEST(a_long_task_name_needs_a_thread_name_unless_the_task_is_alone)
{
        expect_wrong("tasks = ( { name = \"a-name-of-16-byt\"; policy = \"other\"; },\n"
                     "{ name = \"u\"; policy = \"other\"; } );",
                     "2: tasks[0].name: error: the name is too long to be the thread's",
                     "add thread = ");
        expect_right("tasks = ( { name = \"a-name-of-16-byt\"; policy = \"other\"; } );");
        expect_right("tasks = ( { name = \"a-name-of-15-by\"; policy = \"other\"; },\n"
                     "{ name = \"u\"; policy = \"other\"; } );");
}
END_TEST

START_TEST(allowed_cpus_are_of_the_platform_and_some_are_usable)
{
        put("platform.conf", "cpus = \"0-3\";\nhousekeeping = \"0\";");
        const char *rt = task("period = \"1ms\"; wcet = \"1us\";");
        expect_wrong(rt_printf(fx.arena, "cpus = { allowed = \"2-5\"; };\n%s", rt),
                     "2: cpus.allowed: error: CPU 4-5 is not one of the platform's cpus "
                     "(/etc/rtcontainers/platform.conf:1)",
                     "choose among 0-3");
        put_container("a", rt_printf(fx.arena, "cpus = { allowed = \"0\"; };\n%s", rt));
        run();
        expect_diagnostic("a.container:2: cpus.allowed: error: none of these CPUs is for real-time "
                          "containers (/etc/rtcontainers/platform.conf:2)",
                          "allow one of 1-3");
        expect_right(rt_printf(fx.arena, "cpus = { allowed = \"0,3\"; };\n%s", rt));
}
END_TEST

START_TEST(separation_is_from_another_container_that_exists)
{
        put_container("b", "");
        expect_wrong("cpus = { separate_from = [ \"b\",\n\"a\" ]; };",
                     "3: cpus.separate_from[1]: error: a container cannot be separate from itself",
                     "name another");
        expect_wrong("cpus = { separate_from = [ \"c\" ]; };",
                     "2: cpus.separate_from[0]: error: there is no container \"c\"",
                     "did you mean");
        expect_right("cpus = { separate_from = [ \"b\" ]; };");
}
END_TEST

START_TEST(cpus_of_its_own_need_realtime_tasks)
{
        expect_wrong("cpus = { exclusive = true; };",
                     "2: cpus.exclusive: error: only a container with real-time tasks",
                     "declare a \"fifo\"");
        expect_right("cpus = { exclusive = true; };\ntasks = ( { name = \"t\"; period = \"1ms\"; "
                     "wcet = \"1us\"; } );");
}
END_TEST

START_TEST(there_is_a_command_or_an_init_and_not_both)
{
        expect_wrong("boot = true;",
                     "1: command: error: boot (/etc/rtcontainers/a.container:2) starts the init",
                     "take one of them away");
        put("a.container", "rootfs = \"/a\";");
        run();
        expect_diagnostic("a.container:0: command: error: the container has nothing to run");
        expect_n_diagnostics(1);
        put("a.container", "rootfs = \"/a\"; command = [ \"\", \"x\" ];");
        run();
        expect_diagnostic("a.container:1: command: error: the program is empty");
        put("a.container", "rootfs = \"/a\"; boot = true;");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(in_a_booted_container_a_task_names_its_thread)
{
        put("a.container", "rootfs = \"/x\"; boot = true;\n"
                           "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; } );\n");
        run();
        expect_diagnostic("a.container:2: tasks[0].thread: error: in a container with boot");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_watchdog_needs_notification)
{
        expect_wrong("watchdog = \"1s\";\nnotify = false;",
                     "3: notify: error: a program with a watchdog "
                     "(/etc/rtcontainers/a.container:2) has to notify",
                     "take one of them away");
        expect_right("watchdog = \"1s\";");
}
END_TEST

START_TEST(a_mount_is_of_a_source_or_a_tmpfs)
{
        expect_wrong("mounts = (\n{ source = \"/a\"; target = \"/b\"; tmpfs = \"/c\"; } );",
                     "3: mounts[0]: error: a mount is either of a source or a tmpfs",
                     "write source and target, or tmpfs");
        expect_wrong("mounts = ( { source = \"/a\"; } );",
                     "2: mounts[0]: error: the mount has no target", "write source");
        expect_wrong("mounts = ( { target = \"/a\"; } );",
                     "2: mounts[0]: error: the mount has no source", "write source");
        expect_wrong("mounts = ( { source = \"/a\"; target = \"/b\"; size = \"1M\"; } );",
                     "2: mounts[0].size: error: only a tmpfs has a size", "take size away");
        expect_wrong("mounts = ( { tmpfs = \"/a\"; options = \"ro\"; } );",
                     "2: mounts[0].options: error: a tmpfs takes no options", "take options away");
        expect_right("mounts = ( { source = \"/a\"; target = \"/b\"; }, { tmpfs = \"/c\"; size = "
                     "\"1M\"; } );");
}
END_TEST

START_TEST(mount_options_do_not_contradict_each_other)
{
        expect_wrong("mounts = ( { source = \"/a\"; target = \"/b\"; options = \"ro,rw\"; } );",
                     "2: mounts[0].options: error: \"ro\" and \"rw\" contradict", "choose one");
        expect_wrong(
                "mounts = ( { source = \"/a\"; target = \"/b\"; options = \"norbind,rbind\"; } );",
                "2: mounts[0].options: error: \"rbind\" and \"norbind\"", "choose one");
        expect_right("mounts = ( { source = \"/a\"; target = \"/b\"; options = \"rw,idmap\"; } );");
}
END_TEST

START_TEST(mount_points_are_free_and_not_the_container_managers)
{
        expect_wrong("mounts = ( { source = \"/a\"; target = \"/m\"; },\n{ tmpfs = \"/m\"; } );",
                     "3: mounts[1].tmpfs: error: \"/m\" is the target of another mount as well "
                     "(/etc/rtcontainers/a.container:2)",
                     "mount one of them elsewhere");
        expect_wrong("mounts = ( { tmpfs = \"/proc\"; } );",
                     "2: mounts[0].tmpfs: error: /proc belongs to the container manager",
                     "elsewhere");
        expect_wrong("mounts = ( { source = \"/a\"; target = \"/run/systemd/x\"; } );",
                     "2: mounts[0].target: error: /run/systemd belongs", "elsewhere");
        expect_right("mounts = ( { tmpfs = \"/process\"; }, { tmpfs = \"/run/x\"; } );");
}
END_TEST

START_TEST(channels_exist_fit_the_role_and_are_named_once)
{
        put("p.channel", "message_size = 4;\npattern = \"publish\";");
        expect_wrong("publishes = [ \"q\" ];", "2: publishes[0]: error: there is no channel \"q\"",
                     "did you mean \"p\"?");
        expect_wrong("calls = [ \"p\" ];",
                     "2: calls[0]: error: channel \"p\" has the pattern \"publish\" "
                     "(/etc/rtcontainers/p.channel:2)",
                     "name a channel of pattern \"request\"");
        expect_wrong("publishes = [ \"p\" ];\nsubscribes = [ \"p\" ];",
                     "3: subscribes[0]: error: \"p\" is used by this container already "
                     "(/etc/rtcontainers/a.container:2)",
                     "name each channel once");
        expect_right("publishes = [ \"p\" ];");
}
END_TEST

START_TEST(a_switch_on_misses_leads_to_a_config_that_exists)
{
        put_config("safe", "", "");
        put_container("a", "on_miss = { action = \"switch:saef\"; };");
        run();
        expect_diagnostic("a.container:2: on_miss.action: error: there is no config \"saef\"",
                          "did you mean \"safe\"?");
        put_container("a", "on_miss = { action = \"switch:safe\"; };");
        run();
        ck_assert_uint_eq(fx.pipeline.diags.n_errors, 0);
}
END_TEST

START_TEST(what_has_no_effect_yet_is_warned_of)
{
        put_container("a", "on_miss = { action = \"restart\"; };\n"
                           "devices = ( { path = \"/dev/x\"; irq = \"x\"; } );\n"
                           "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"9us\";\n"
                           "policy = \"deadline\"; } );");
        run();
        expect_diagnostic("a.container:2: on_miss.action: warning:");
        expect_diagnostic("a.container:5: tasks[0].policy: warning:");
        expect_n_diagnostics(2);
        ck_assert(!container("a")->object.rejected);
}
END_TEST

START_TEST(a_channel_that_no_container_is_the_other_end_of_is_warned_about)
{
        put_channel("events", "push", "");
        put_container("a", "pushes = [ \"events\" ];");
        run();
        expect_diagnostic("a.container:2: pushes[0]: warning: no container is the other end of "
                          "channel \"events\"");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(zmq_is_for_a_program_with_channels_that_preloads_nothing_else)
{
        put_channel("x", "publish", "");
        expect_right("publishes = [ \"x\" ]; zmq = true;");
        expect_right("environment = [ \"LD_PRELOAD=/lib/a.so\" ];");
        expect_wrong("publishes = [ \"x\" ];\nenvironment = [ \"A=1\",\n\"LD_PRELOAD=/lib/a.so\" ];"
                     "\nzmq = true;",
                     "5: zmq: error: zmq sets LD_PRELOAD, and so does environment[1] "
                     "(/etc/rtcontainers/a.container:4)",
                     "take one of them away");
        put_container("a", "zmq = true;");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("a.container:2: zmq: warning: the container has no channel",
                          "declare its channels");
        put("a.container", "rootfs = \"/srv/a\"; publishes = [ \"x\" ];\nboot = true; zmq = true;");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("a.container:2: zmq: error: an init (boot, "
                          "/etc/rtcontainers/a.container:2) does not hand LD_PRELOAD on",
                          "take zmq away");
}
END_TEST

START_TEST(a_container_with_a_deadline_task_is_fixed_to_one_cpu_only)
{
        const char *tasks = "cpus = { count = 2; };\ntasks = (\n"
                            "{ name = \"a\"; period = \"1ms\"; wcet = \"9us\"; cpu = 1; },\n"
                            "{ name = \"b\"; period = \"1ms\"; wcet = \"9us\"; cpu = 2; %s } );";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        put_container("c", rt_printf(fx.arena, tasks, ""));
        run();
        expect_no_diagnostics();
        put_container("c", rt_printf(fx.arena, tasks, "policy = \"deadline\";"));
#pragma GCC diagnostic pop
        run();
        expect_diagnostic("c.container:5: tasks[1].cpu: error:", "runs on one CPU",
                          "CPU 1 (/etc/rtcontainers/c.container:4)");
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "check-container", a_realtime_task_needs_a_period_and_a_wcet,
                the_wcet_fits_into_the_deadline, jitter_and_wcet_together_fit_into_the_deadline,
                a_deadline_task_is_one_that_the_kernel_takes,
                a_fixed_priority_is_in_the_band_and_of_a_fifo_task,
                a_fixed_cpu_is_one_of_the_platform_and_of_its_sort, a_fixed_cpu_is_an_allowed_one,
                tasks_and_threads_have_names_of_their_own,
                a_long_task_name_needs_a_thread_name_unless_the_task_is_alone,
                allowed_cpus_are_of_the_platform_and_some_are_usable,
                separation_is_from_another_container_that_exists,
                cpus_of_its_own_need_realtime_tasks, there_is_a_command_or_an_init_and_not_both,
                a_watchdog_needs_notification, in_a_booted_container_a_task_names_its_thread,
                a_mount_is_of_a_source_or_a_tmpfs, mount_options_do_not_contradict_each_other,
                mount_points_are_free_and_not_the_container_managers,
                channels_exist_fit_the_role_and_are_named_once,
                a_channel_that_no_container_is_the_other_end_of_is_warned_about,
                zmq_is_for_a_program_with_channels_that_preloads_nothing_else,
                a_switch_on_misses_leads_to_a_config_that_exists,
                what_has_no_effect_yet_is_warned_of,
                a_container_with_a_deadline_task_is_fixed_to_one_cpu_only);
}
