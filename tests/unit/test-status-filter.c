/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "filter.h"
#include "running.h"

static void allow_closed(FilterCode *code)
{
        static const int numbers[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 },
                                          { 1, 9 }, { 5, 0 }, { 5, 2 } };
        for (size_t i = 0; i < RT_ELEMENTS(numbers); i++)
                filter_allow(code, BPF_DEVCG_DEV_CHAR, numbers[i][0], numbers[i][1], RT_DEVICE_ALL);
        filter_allow(code, BPF_DEVCG_DEV_CHAR, 136, -1, RT_DEVICE_READ | RT_DEVICE_WRITE);
        filter_allow(code, BPF_DEVCG_DEV_CHAR, 10, 200, RT_DEVICE_MKNOD);
}

/* The device /dev/imu, 153:7, with this access, and what DevicePolicy=closed allows. */
static int answer(RtDevicePrograms *ret, int access)
{
        FilterCode code = filter_beginning();
        allow_closed(&code);
        if (access)
                filter_allow(&code, BPF_DEVCG_DEV_CHAR, 153, 7, access);
        *ret = filter_finished(&code);
        return 0;
}

static int declared(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        expect_contains(cgroup, "rt-imu.service/payload");
        return answer(ret, RT_DEVICE_READ | RT_DEVICE_WRITE);
}

static int too_much(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        (void)cgroup;
        return answer(ret, RT_DEVICE_ALL);
}

static int nothing_of_it(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        (void)cgroup;
        return answer(ret, 0);
}

static int none(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        (void)cgroup;
        *ret = (RtDevicePrograms){ 0 };
        return 0;
}

static int hidden(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)cgroup;
        RT_APPEND(arena, ret, (RtDeviceProgram){ .id = 1 });
        return 0;
}

static int refused(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        (void)cgroup;
        (void)ret;
        return -EPERM;
}

static bool prepare(void)
{
        put_imu("devices = ( { path = \"/dev/imu\"; access = \"rw\"; } );");
        running_as_planned();
        return put_device("/dev/imu", 153, 7);
}

START_TEST(a_filter_that_allows_what_is_declared_is_as_planned)
{
        if (!prepare())
                return;
        RtFindings findings = inspected_with(rt_inspect_device_filter, declared);
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "device /dev/imu", "filter", "rw");
        expect_as_planned(&findings, "devices", "filter", "no others");
}
END_TEST

START_TEST(another_access_than_the_declared_one_is_drift)
{
        if (!prepare())
                return;
        RtFindings findings = inspected_with(rt_inspect_device_filter, too_much);
        expect_drift(&findings, "device /dev/imu", "filter", "rw", "rwm");
        findings = inspected_with(rt_inspect_device_filter, nothing_of_it);
        expect_drift(&findings, "device /dev/imu", "filter", "rw", "none");
}
END_TEST

START_TEST(a_device_that_nobody_declared_is_drift)
{
        put_imu("");
        running_as_planned();
        RtFindings findings = inspected_with(rt_inspect_device_filter, declared);
        expect_drift(&findings, "devices", "filter", "no others", "char 153:7 rw");
        findings = inspected_with(rt_inspect_device_filter, nothing_of_it);
        expect_all_as_planned(&findings);
}
END_TEST

START_TEST(no_filter_is_drift)
{
        put_imu("");
        running_as_planned();
        RtFindings findings = inspected_with(rt_inspect_device_filter, none);
        expect_drift(&findings, "devices", "filter", "closed", "none");
}
END_TEST

START_TEST(a_filter_that_cannot_be_seen_is_unknown)
{
        put_imu("");
        running_as_planned();
        RtFindings findings = inspected_with(rt_inspect_device_filter, refused);
        expect_unknown(&findings, "devices", "filter", "root may read it");
        findings = inspected_with(rt_inspect_device_filter, hidden);
        expect_unknown(&findings, "devices", "filter", "the kernel does not say");
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-filter", a_filter_that_allows_what_is_declared_is_as_planned,
                         another_access_than_the_declared_one_is_drift,
                         a_device_that_nobody_declared_is_drift, no_filter_is_drift,
                         a_filter_that_cannot_be_seen_is_unknown);
}
