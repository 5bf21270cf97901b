/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#define HELPERS "/usr/lib/rtcontainers/"

static const char task[] = "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"9us\"; } );\n";

static const char *with(const char *more)
{
        return rt_printf(fx.arena, "%s%s", task, more);
}

START_TEST(realtime_containers_want_their_cpus_cleared)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0-1\";");
        put_container("a", task);
        put_container("b", "");
        run();
        expect_line("rt-a.service", "Wants=rtcontainers-cpus.service");
        expect_line("rt-a.service", "After=rtcontainers-cpus.service");
        expect_no_line("rt-b.service", "Wants=rtcontainers-cpus.service");
        expect_line("rtcontainers-cpus.service", "StopWhenUnneeded=yes");
        expect_line("rtcontainers-cpus.service", "ConditionVirtualization=!container");
        expect_line("rtcontainers-cpus.service", "ExecStart=" HELPERS "isolate-cpus start 2-3 0-1");
        expect_line("rtcontainers-cpus.service", "ExecStopPost=" HELPERS "isolate-cpus stop");
        expect_line("rtcontainers.slice", "StopWhenUnneeded=yes");
}
END_TEST

START_TEST(cpus_that_do_everything_are_not_cleared)
{
        put("platform.conf", "cpus = \"0-1\"; housekeeping = \"0-1\";");
        put_container("a", with("cpus = { exclusive = true; };"));
        run();
        ck_assert(!has_artifact("rtcontainers-cpus.service"));
        expect_no_line("rt-a.service", "Wants=rtcontainers-cpus.service");
        expect_no_line("rt-a.service",
                       "ExecStartPre=-" HELPERS "isolate-cpus take \"rtcontainers-a.slice\" "
                       "isolated");
}
END_TEST

START_TEST(without_realtime_containers_nothing_is_cleared)
{
        put_container("b", "");
        run();
        ck_assert(!has_artifact("rtcontainers-cpus.service"));
}
END_TEST

START_TEST(exclusive_cpus_are_taken_before_the_start_and_given_back_after_the_end)
{
        put_container("a-b", with("cpus = { exclusive = true; };"));
        run();
        expect_line("rt-a-b.service", "ExecStartPre=-" HELPERS "isolate-cpus take "
                                      "\"rtcontainers-a\\\\x2db.slice\" isolated");
        expect_line("rt-a-b.service", "ExecStopPost=-" HELPERS "isolate-cpus give "
                                      "\"rtcontainers-a\\\\x2db.slice\"");
        expect_line("rtcontainers-a\\x2db.slice", "StopWhenUnneeded=yes");
}
END_TEST

START_TEST(deadline_tasks_are_not_isolated)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"9us\"; policy = "
                           "\"deadline\"; } ); cpus = { exclusive = true; };");
        run();
        expect_line("rt-a.service",
                    "ExecStartPre=-" HELPERS "isolate-cpus take \"rtcontainers-a.slice\" root");
}
END_TEST

START_TEST(interrupts_of_devices_are_led_to_the_containers_cpus)
{
        put_container("a",
                      with("cpus = { allowed = \"3\"; }; startup = \"1500us\";\n"
                           "devices = ( { path = \"/dev/x\"; irq = \"spi0\"; irq_priority = 85; },"
                           "{ path = \"/dev/y\"; }, { path = \"/dev/z\"; irq = \"u%r $t\\\"\"; } "
                           ");"));
        put_container("b", task);
        run();
        expect_line("rt-a.service", "ExecStartPost=-" HELPERS "steer-irqs start a 3 1500 "
                                    "\"85:spi0\" \"-:u%%r $$t\\\"\"");
        expect_line("rt-a.service", "ExecStopPost=-" HELPERS "steer-irqs stop a");
        expect_no_line("rt-b.service", "ExecStopPost=-" HELPERS "steer-irqs stop b");
}
END_TEST

int main(void)
{
        return RUN_TESTS("emit-cpus", realtime_containers_want_their_cpus_cleared,
                         cpus_that_do_everything_are_not_cleared,
                         without_realtime_containers_nothing_is_cleared,
                         exclusive_cpus_are_taken_before_the_start_and_given_back_after_the_end,
                         deadline_tasks_are_not_isolated,
                         interrupts_of_devices_are_led_to_the_containers_cpus);
}
