/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stored-plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"

static const char first_line[] = "rtcontainers-plan 1";

RtLines rt_stored_plan_lines(const RtPlan *plan)
{
        RtLines lines = { 0 };
        RT_APPEND(plan->arena, &lines, first_line);
        RT_EACH (it, &plan->instances)
                RT_EACH (task, &(*it)->tasks)
                        if (task->task->policy != RT_POLICY_OTHER)
                                RT_APPEND(plan->arena, &lines,
                                          rt_printf(plan->arena, "%s %s %d %d", (*it)->stem,
                                                    task->task->name, task->cpu, task->priority));
        return lines;
}

static int compare_seats(const void *a, const void *b)
{
        const RtStoredSeat *x = a, *y = b;
        int r = strcmp(x->stem, y->stem);
        return r != 0 ? r : strcmp(x->task, y->task);
}

static int parse_number(const char *word, int most, int *ret)
{
        int64_t number;
        if (!word || rt_parse_integer(word, &number) < 0 || number < 0 || number > most)
                return -EBADMSG;
        *ret = (int)number;
        return 0;
}

static int parse_line(RtArena *arena, char *line, RtStoredPlan *stored)
{
        char *rest = line;
        RtStoredSeat seat = { .stem = strsep(&rest, " ") };
        seat.task = strsep(&rest, " ");
        if (!seat.task || !seat.stem[0] || !seat.task[0] ||
            parse_number(strsep(&rest, " "), RT_CPUS_MAX - 1, &seat.cpu) < 0 ||
            parse_number(strsep(&rest, " "), 99, &seat.priority) < 0 || rest)
                return -EBADMSG;
        RT_APPEND(arena, &stored->seats, seat);
        return 0;
}

int rt_stored_plan_parse(RtArena *arena, char *text, RtStoredPlan *ret)
{
        RtStoredPlan stored = { 0 };
        bool first = true;
        for (char *line; (line = strsep(&text, "\n")) && (text || *line); first = false)
                if (first ? strcmp(line, first_line) != 0 : parse_line(arena, line, &stored) < 0)
                        return -EBADMSG;
        if (first)
                return -EBADMSG;
        if (stored.seats.n > 1)
                qsort(stored.seats.items, stored.seats.n, sizeof *stored.seats.items,
                      compare_seats);
        *ret = stored;
        return 0;
}

const RtStoredSeat *rt_stored_plan_find(const RtStoredPlan *stored, const char *stem,
                                        const char *task)
{
        const RtStoredSeat key = { .stem = stem, .task = task };
        return stored->seats.n == 0 ? NULL
                                    : bsearch(&key, stored->seats.items, stored->seats.n,
                                              sizeof *stored->seats.items, compare_seats);
}
