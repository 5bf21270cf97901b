/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel does with memory on its own account. */

#include <string.h>

#include "doctor.h"
#include "quantity.h"
#include "text.h"

#define MM "/sys/kernel/mm/"

void rt_checkup_thp(RtDoctor *doctor)
{
        static const char file[] = MM "transparent_hugepage/enabled";
        const char *text = rt_view_text(doctor->view, file);
        const char *mode = text ? rt_bracketed_word(doctor->arena, text) : NULL;
        if (!text)
                rt_fine(doctor, "the kernel makes no huge pages of itself");
        else if (!mode)
                rt_cannot_tell(doctor, "transparent huge pages", file);
        else if (strcmp(mode, "always") != 0)
                rt_fine(doctor, rt_say("transparent huge pages: %s",
                                       rt_printable(doctor->arena, mode, 20)));
        else
                rt_found(doctor, RT_LEVEL_WARNING, "transparent huge pages are made everywhere",
                         "When the kernel joins or splits pages of a real-time task, the task "
                         "waits; those that want them can still ask for them (madvise).",
                         rt_fix_write(doctor, file, "madvise"),
                         rt_keep_write(doctor, file, "madvise"));
}

void rt_checkup_swap(RtDoctor *doctor)
{
        const char *text = rt_view_text(doctor->view, "/proc/swaps");
        const char *line = text ? strchr(text, '\n') : NULL; /* behind the heading */
        size_t n = 0;
        for (; line; line = strchr(line + 1, '\n'))
                n++;
        if (!text)
                rt_cannot_tell(doctor, "swap", "/proc/swaps");
        else if (n == 0)
                rt_fine(doctor, "there is no swap");
        else
                rt_found(doctor, doctor->has_realtime ? RT_LEVEL_WARNING : RT_LEVEL_NOTE,
                         rt_say("%zu swap device%s in use", n, n == 1 ? " is" : "s are"),
                         "What a task has not locked, its program's own pages among it, may be on "
                         "disk when it is needed, and comes back after milliseconds.",
                         "swapoff -a",
                         "sed -i.old -E '/^[^#]\\S*\\s+\\S+\\s+swap\\s/s/^/#/' /etc/fstab && "
                         "systemctl mask swap.target");
}

void rt_checkup_ksm(RtDoctor *doctor)
{
        static const char file[] = MM "ksm/run";
        int64_t run;
        if (!rt_view_integer(doctor->view, file, &run))
                rt_fine(doctor, "the kernel does not merge pages (KSM is not there)");
        else if (run != 1)
                rt_fine(doctor, "the kernel does not merge pages (KSM is off)");
        else
                rt_found(doctor, RT_LEVEL_WARNING, "the kernel merges pages of equal content (KSM)",
                         "The first write to a merged page faults and copies it.",
                         rt_fix_write(doctor, file, "2"), rt_keep_write(doctor, file, "2"));
}

void rt_checkup_numa_balancing(RtDoctor *doctor)
{
        rt_want_off(doctor,
                    &(RtSwitch){
                            .name = "kernel.numa_balancing",
                            .absent = "the kernel does not move pages between NUMA nodes",
                            .off = "NUMA balancing is off",
                            .on = "NUMA balancing is on",
                            .why = "The kernel unmaps pages to see who uses them, and each such "
                                   "look is a page fault in the middle of a task.",
                    });
}

void rt_checkup_compaction(RtDoctor *doctor)
{
        rt_want_off(
                doctor,
                &(RtSwitch){
                        .name = "vm.compact_unevictable_allowed",
                        .absent = "the kernel does not compact memory",
                        .off = "compaction leaves locked memory alone",
                        .on = "compaction may move locked memory",
                        .why = "While a page is moved, a task that touches it faults and waits, though "
                               "it has locked its memory.",
                });
}

/* -- huge pages -------------------------------------------------------------------------------- */

static const char *pages_file(const RtDoctor *doctor, const RtHugepages *pages)
{
        return rt_say(MM "hugepages/hugepages-%lldkB/nr_hugepages",
                      (long long)(pages->size / 1024));
}

/* For all sizes that are short, since a check has one file for its parameters. */
static const char *parameters_for_pages(const RtDoctor *doctor)
{
        RtText text = RT_TEXT(doctor->arena);
        int64_t there;
        RT_EACH (pages, &doctor->model->platform.hugepages)
                if (rt_view_integer(doctor->view, pages_file(doctor, pages), &there) &&
                    there < pages->count)
                        rt_text_addf(&text, "%shugepagesz=%s hugepages=%lld", text.n > 0 ? " " : "",
                                     rt_size_text(doctor->arena, pages->size),
                                     (long long)pages->count);
        return text.data;
}

/* Returns whether they are short, and their finding says how to have more at boot. */
static bool look_at_pages(RtDoctor *doctor, const RtHugepages *pages, bool is_said)
{
        const char *file = pages_file(doctor, pages);
        const char *size = rt_size_text(doctor->arena, pages->size);
        const char *count = rt_say("%lld", (long long)pages->count);
        int64_t there = 0;
        if (!rt_view_integer(doctor->view, file, &there)) {
                rt_found(doctor, RT_LEVEL_ERROR, rt_say("the kernel has no huge pages of %s", size),
                         "Containers that declare them do not start.", NULL, NULL);
                return false;
        }
        if (there < pages->count)
                rt_found(doctor, RT_LEVEL_ERROR,
                         rt_say("of %s huge pages of %s, %lld are set aside", count, size,
                                (long long)there),
                         "Containers that were promised them fail when they touch the first that "
                         "is not there.",
                         rt_fix_write(doctor, file, count),
                         is_said ? NULL : rt_keep_boot(doctor, parameters_for_pages(doctor)));
        else
                rt_fine(doctor, rt_say("%lld huge pages of %s are set aside, %s are declared",
                                       (long long)there, size, count));
        return there < pages->count;
}

void rt_checkup_hugepages(RtDoctor *doctor)
{
        bool is_said = false;
        RT_EACH (pages, &doctor->model->platform.hugepages)
                is_said |= look_at_pages(doctor, pages, is_said);
        if (doctor->model->platform.hugepages.n == 0)
                rt_fine(doctor, "platform.conf promises no huge pages");
}
