/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-systemd.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "fixture.h"

static const RtUnitNames names = { .items = (const char *[]){ "rt-a.service" }, .n = 1 };

static const char *program(const char *text)
{
        put("/bin/systemctl", rt_printf(fx.arena, "#!/bin/sh\n%s\n", text));
        ck_assert_int_eq(chmod(path_of("/bin/systemctl"), 0755), 0);
        return path_of("/bin/systemctl");
}

static int ask(const char *text, RtUnitStates *ret)
{
        return rt_systemd_ask(fx.arena, program(text), &names, ret);
}

START_TEST(each_block_is_a_unit)
{
        RtUnitStates states = { 0 };
        rt_systemd_parse(fx.arena,
                         "Id=rt-a.service\nActiveState=failed\nResult=exit-code\n\n\n"
                         "ActiveState=active\nId=rt-config-B.target\nOther=x\n\nId=half\n\n"
                         "ActiveState=active\nResult=success",
                         &states);
        ck_assert_uint_eq(states.n, 2);
        ck_assert_str_eq(rt_systemd_state(&states, "rt-a.service")->result, "exit-code");
        ck_assert_str_eq(rt_systemd_state(&states, "rt-config-B.target")->active, "active");
        ck_assert_str_eq(rt_systemd_state(&states, "rt-config-B.target")->result, "");
        ck_assert_ptr_null(rt_systemd_state(&states, "half"));
}
END_TEST

START_TEST(the_program_is_asked_about_the_units)
{
        RtUnitStates states = { 0 };
        ck_assert_int_eq(ask("[ \"$1\" = show ] || exit 1\nfor unit; do :; done\n"
                             "echo Id=$unit; echo ActiveState=active",
                             &states),
                         0);
        ck_assert_uint_eq(states.n, 1);
        ck_assert_str_eq(states.items[0].unit, "rt-a.service");
}
END_TEST

START_TEST(a_program_that_fails_or_is_not_there_has_not_answered)
{
        RtUnitStates states = { 0 };
        ck_assert_int_eq(ask("echo Id=x; echo ActiveState=active; exit 1", &states), -ENODATA);
        ck_assert_int_eq(rt_systemd_ask(fx.arena, path_of("/bin/none"), &names, &states), -ENODATA);
        ck_assert_int_eq(rt_systemd_ask(fx.arena, "", &names, &states), -ENOSYS);
        ck_assert_uint_eq(states.n, 0);
}
END_TEST

START_TEST(a_program_that_hangs_or_never_stops_talking_is_not_waited_for)
{
        RtUnitStates states = { 0 };
        time_t before = time(NULL);
        ck_assert_int_eq(ask("exec sleep 60", &states), -ETIMEDOUT);
        ck_assert_int_eq(ask("exec yes", &states), -ETIMEDOUT);
        ck_assert_int_lt(time(NULL) - before, 20);
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-systemd", each_block_is_a_unit,
                         the_program_is_asked_about_the_units,
                         a_program_that_fails_or_is_not_there_has_not_answered,
                         a_program_that_hangs_or_never_stops_talking_is_not_waited_for);
}
