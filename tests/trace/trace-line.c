/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace-line.h"

#include <stdio.h>
#include <string.h>

/* "PREFIXcomm=NAME PREFIXpid=1 PREFIXprio=2", where a name may hold blanks. Returns what follows,
 * NULL if it is not there. */
static const char *parse_subject(const char *text, const char *prefix, RtSubject *ret)
{
        char word[32];
        int used = 0;
        snprintf(word, sizeof word, "%scomm=", prefix);
        const char *comm = strstr(text, word);
        snprintf(word, sizeof word, " %spid=", prefix);
        const char *pid = comm ? strstr(comm, word) : NULL;
        if (!pid)
                return NULL;
        comm = strchr(comm, '=') + 1;
        snprintf(ret->comm, sizeof ret->comm, "%.*s", (int)(pid - comm), comm);
        if (sscanf(pid + strlen(word), "%d", &ret->tid) != 1)
                return NULL;
        snprintf(word, sizeof word, " %sprio=", prefix);
        const char *priority = strstr(pid, word);
        if (!priority || sscanf(priority + strlen(word), "%d%n", &ret->priority, &used) != 1)
                return NULL;
        return priority + strlen(word) + used;
}

/* "   name-12   [003] d..2. 123.456: sched_switch: …"; a name may hold anything, so the CPU is the
 * last bracket before the event's name. */
static bool parse_head(const char *line, const char *name, RtEvent *event)
{
        const char *bracket = NULL;
        for (const char *s = strchr(line, '['); s && s < name; s = strchr(s + 1, '['))
                bracket = s;
        const char *stamp = name;
        while (stamp > line && strchr(": ", stamp[-1]))
                stamp--;
        while (stamp > line && stamp[-1] != ' ')
                stamp--;
        return bracket && sscanf(bracket, "[%d]", &event->cpu) == 1 &&
               sscanf(stamp, "%lf", &event->seconds) == 1;
}

static bool parse_switch(const char *text, RtEvent *event)
{
        char state[16];
        const char *rest = parse_subject(text, "prev_", &event->before);
        if (!rest || sscanf(rest, " prev_state=%15s", state) != 1)
                return false;
        /* "R+" is one that was preempted; "R" one that gave way. */
        event->before_is_ready = state[0] == 'R';
        return parse_subject(rest, "next_", &event->subject);
}

static bool parse_placed(const char *text, const char *place, RtEvent *event)
{
        const char *rest = parse_subject(text, "", &event->subject);
        const char *cpu = rest ? strstr(rest, place) : NULL;
        return cpu && sscanf(cpu + strlen(place), "%d", &event->cpu) == 1;
}

bool rt_event_parse(const char *line, RtEvent *ret)
{
        static const char lost[] = "LOST",
                          switched[] = ": sched_switch: ", woken[] = ": sched_wakeup: ",
                          woken_new[] = ": sched_wakeup_new: ", moved[] = ": sched_migrate_task: ";
        const char *at;
        *ret = (RtEvent){ .kind = RT_EVENT_OTHER };
        if (strncmp(line, "CPU:", 4) == 0 && strstr(line, lost)) {
                ret->kind = RT_EVENT_LOST;
                return sscanf(line, "CPU:%d", &ret->cpu) == 1;
        }
        if (line[0] == '#')
                return true;
        if ((at = strstr(line, switched))) {
                ret->kind = RT_EVENT_SWITCH;
                return parse_head(line, at, ret) && parse_switch(at, ret);
        }
        if ((at = strstr(line, woken)) || (at = strstr(line, woken_new))) {
                ret->kind = RT_EVENT_WAKEUP;
                return parse_head(line, at, ret) && parse_placed(at, "target_cpu=", ret);
        }
        if ((at = strstr(line, moved))) {
                ret->kind = RT_EVENT_MIGRATE;
                return parse_head(line, at, ret) && parse_placed(at, "dest_cpu=", ret);
        }
        return true;
}
