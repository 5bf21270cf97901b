/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "payload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROCESSES = 4096 };

static FILE *open_status(pid_t pid)
{
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/status", pid);
        return fopen(path, "re");
}

/* Copies the value of "KEY:" from /proc/PID/status. */
static bool read_status(pid_t pid, const char *key, char *ret_value, size_t size)
{
        char line[256];
        bool found = false;
        size_t n = strlen(key);
        FILE *file = open_status(pid);
        while (file && !found && fgets(line, sizeof line, file)) {
                found = strncmp(line, key, n) == 0 && line[n] == ':';
                if (found)
                        snprintf(ret_value, size, "%s", line + n + 1 + strspn(line + n + 1, " \t"));
        }
        if (file)
                fclose(file);
        return found;
}

/* The cgroup of the container's processes: next to nspawn's own in the unified hierarchy. */
static int payload_cgroup(pid_t nspawn, char *ret_path, size_t size)
{
        static const char supervisor[] = "/supervisor";
        char path[64], line[4096];
        int r = -ENOENT;
        snprintf(path, sizeof path, "/proc/%d/cgroup", nspawn);
        FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        while (r < 0 && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                char *end = strrchr(line, '/');
                if (strncmp(line, "0::", 3) != 0 || !end || strcmp(end, supervisor) != 0)
                        continue;
                *end = '\0';
                int n = snprintf(ret_path, size, "/sys/fs/cgroup%s/payload/cgroup.procs", line + 3);
                r = n < (int)size ? 0 : -ENAMETOOLONG;
        }
        fclose(file);
        return r;
}

int rt_payload_processes(pid_t nspawn, pid_t *ret_pids, size_t most)
{
        char path[4200];
        int r = payload_cgroup(nspawn, path, sizeof path);
        if (r < 0)
                return r;
        FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        size_t n = 0;
        /* A PID of 0 is one that our PID namespace does not show. */
        for (int pid; n < most && fscanf(file, "%d", &pid) == 1;)
                if (pid > 0)
                        ret_pids[n++] = pid;
        fclose(file);
        return (int)n;
}

/* Its PID in its own namespace, which is the last one listed; 0 if it is gone. */
static int inner_pid(pid_t pid)
{
        char value[256];
        if (!read_status(pid, "NSpid", value, sizeof value))
                return 0;
        value[strcspn(value, "\n")] = '\0';
        const char *last = strrchr(value, '\t');
        return atoi(last ? last + 1 : value);
}

static pid_t parent_of(pid_t pid)
{
        char value[64];
        return read_status(pid, "PPid", value, sizeof value) ? atoi(value) : 0;
}

static bool is_stub_init(pid_t pid)
{
        char name[64];
        return read_status(pid, "Name", name, sizeof name) &&
               strncmp(name, "(sd-stubinit)", strlen("(sd-stubinit)")) == 0;
}

pid_t rt_payload_program(pid_t nspawn)
{
        pid_t pids[MOST_PROCESSES];
        int n = rt_payload_processes(nspawn, pids, MOST_PROCESSES);
        pid_t init = 0;
        for (int i = 0; i < n && init == 0; i++)
                if (inner_pid(pids[i]) == 1)
                        init = pids[i];
        if (init == 0)
                return n < 0 ? n : -ESRCH;
        if (!is_stub_init(init))
                return init;
        /* The stub's first child is the program; later ones are orphans that it was given. */
        pid_t program = 0;
        int lowest = 0;
        for (int i = 0; i < n; i++) {
                int inner = inner_pid(pids[i]);
                if (parent_of(pids[i]) == init && inner > 1 && (program == 0 || inner < lowest)) {
                        program = pids[i];
                        lowest = inner;
                }
        }
        return program > 0 ? program : -ESRCH;
}

bool rt_payload_handles(pid_t pid, int signal)
{
        char value[64];
        if (!read_status(pid, "SigCgt", value, sizeof value))
                return false;
        return strtoull(value, NULL, 16) >> (signal - 1) & 1;
}

pid_t rt_payload_supervisor(void)
{
        const char *text = getenv("MAINPID");
        char *end = NULL;
        long pid = text ? strtol(text, &end, 10) : 0;
        return pid > 1 && end && *end == '\0' ? (pid_t)pid : -EINVAL;
}
