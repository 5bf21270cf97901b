/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The latency that idle CPUs may have: one request for all of them, held by a service as long as a
 * container wants it. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status-inspect.h"
#include "text.h"

enum { NO_REQUEST = 2000000000 }; /* the kernel's PM_QOS_CPU_LATENCY_DEFAULT_VALUE */

static const char service[] = "rtcontainers-cpu-latency@";

/* The lowest of all requests, in microseconds. Asking is a request as well, of the least strict
 * kind, for as long as the file is open. */
static int read_latency(const RtInspection *inspection, int32_t *ret)
{
        int32_t value;
        int fd = open(rt_system_path(inspection->arena, inspection->system, "/dev/cpu_dma_latency"),
                      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = read(fd, &value, sizeof value);
        int r = n < 0 ? -errno : n < (ssize_t)sizeof value ? -EBADMSG : 0;
        (void)close(fd);
        if (r == 0)
                *ret = value;
        return r;
}

void rt_inspect_power(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        const RtArtifact *file =
                rt_artifacts_find(&inspection->pipeline->artifacts, inspection->instance->unit);
        const char *instance = NULL;
        int32_t actual = 0;
        for (const RtLine *line = file ? file->first : NULL; line; line = line->next)
                if (rt_starts_with(line->text, "Wants=") && strstr(line->text, service))
                        instance = strstr(line->text, service) + strlen(service);
        if (!instance)
                return;
        const long planned = strtol(instance, NULL, 10);
        RtComparison comparison = {
                .subject = "power",
                .aspect = "CPU latency",
                .planned = rt_printf(arena, "%ldus", planned),
                .hint = rt_printf(arena,
                                  "%s%ld.service holds the request while it runs; systemctl "
                                  "status says why it does not",
                                  service, planned),
        };
        int r = read_latency(inspection, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual =
                actual >= NO_REQUEST ? "not limited" : rt_printf(arena, "%" PRId32 "us", actual);
        comparison.agreement = actual <= planned ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}
