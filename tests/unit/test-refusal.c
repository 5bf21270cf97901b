/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "sched-attr.h"

static RtTaskSpec deadline(int64_t runtime, int64_t due, int64_t period)
{
        RtTaskSpec spec = {
                .policy = RT_SCHED_DEADLINE, .runtime = runtime, .deadline = due, .period = period
        };
        CPU_SET(1, &spec.cpus);
        CPU_SET(2, &spec.cpus);
        CPU_SET(5, &spec.cpus);
        return spec;
}

static void expect_reason(RtTaskSpec spec, RtBindingStep step, int error, const char *part)
{
        char text[1024];
        rt_refusal_text(&spec, step, error, text, sizeof text);
        ck_assert_msg(strstr(text, part), "«%s» is not in «%s»", part, text);
}

START_TEST(what_is_planned_is_said_with_its_units)
{
        char text[256], small[8];
        RtTaskSpec spec = deadline(1500, 2000000, 3000000000);
        rt_binding_text(&spec, text, sizeof text);
        ck_assert_str_eq(text, "SCHED_DEADLINE 1500ns within 2ms every 3000ms on CPUs 1-2,5");
        spec = (RtTaskSpec){ .policy = SCHED_FIFO, .priority = 70 };
        CPU_SET(3, &spec.cpus);
        rt_binding_text(&spec, text, sizeof text);
        ck_assert_str_eq(text, "SCHED_FIFO 70 on CPU 3");
        rt_binding_text(&spec, small, sizeof small);
        ck_assert_str_eq(small, "SCHED_F");
        spec = (RtTaskSpec){ .policy = SCHED_OTHER, .timer_slack = 1 };
        rt_binding_text(&spec, text, sizeof text);
        ck_assert_str_eq(text, "timer slack 1ns");
}
END_TEST

START_TEST(the_value_that_the_kernel_does_not_take_is_named)
{
        const RtBindingStep step = RT_BINDING_POLICY;
        expect_reason(deadline(1023, 2000000, 2000000), step, EINVAL, "shorter than 1024ns");
        expect_reason(deadline(3000000, 2000000, 2000000), step, EINVAL,
                      "runtime is longer than the deadline");
        expect_reason(deadline(1024, 3000000, 2000000), step, EINVAL,
                      "deadline is longer than the period");
        expect_reason(deadline(1024, 50000, 50000), step, EINVAL, "from 100us to");
        expect_reason(deadline(1024, 50000, 5000000000), step, EINVAL, "to 4194304us");
        expect_reason(deadline(1024, 200000, 200000), step, EINVAL, "these values");
}
END_TEST

START_TEST(other_reasons_have_words_too)
{
        const RtTaskSpec edf = deadline(1024, 200000, 200000);
        const RtTaskSpec fifo = { .policy = SCHED_FIFO, .priority = 5 };
        expect_reason(edf, RT_BINDING_POLICY, EBUSY, "bandwidth is used up");
        expect_reason(edf, RT_BINDING_POLICY, EPERM, "exclusive = true; count = 1");
        expect_reason(fifo, RT_BINDING_POLICY, EPERM, "RT_GROUP_SCHED");
        expect_reason(fifo, RT_BINDING_CPUS, EINVAL, "may use none of these CPUs");
        expect_reason(edf, RT_BINDING_CPUS, EBUSY, "more bandwidth");
        expect_reason(fifo, RT_BINDING_SLACK, EACCES, strerror(EACCES));
}
END_TEST

int main(void)
{
        return RUN_TESTS("refusal", what_is_planned_is_said_with_its_units,
                         the_value_that_the_kernel_does_not_take_is_named,
                         other_reasons_have_words_too);
}
