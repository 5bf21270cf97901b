/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "payload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"

enum { KILL_ROUNDS = 100 };

/* What /proc/PID/status says. */
typedef struct Status {
        pid_t parent;
        int depth;   /* number of PID namespaces that it is in, from ours on */
        pid_t inner; /* its PID in the innermost */
        uint64_t blocked, caught;
} Status;

int64_t rt_monotonic(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static FILE *open_file(int dir, const char *path)
{
        int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
        if (fd >= 0 && !file)
                close(fd);
        return file;
}

/* -- where ------------------------------------------------------------------------------------- */

/* Copies the path in the unified hierarchy from a file such as /proc/self/cgroup. */
static bool read_cgroup(int dir, const char *path, char *ret, size_t size)
{
        char line[PATH_MAX + 16];
        bool found = false;
        FILE *file = open_file(dir, path);
        while (file && !found && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                found = strncmp(line, "0::/", 4) == 0 && strlen(line + 3) < size;
                if (found)
                        strcpy(ret, line + 3);
        }
        if (file)
                fclose(file);
        return found;
}

int rt_payload_find(RtPayload *ret)
{
        static const char control[] = "/.control", payload[] = "/payload";
        char path[sizeof ret->cgroup + sizeof CGROUPS];
        *ret = (RtPayload){ .unit = -1, .deadline = INT64_MAX };
        if (!read_cgroup(AT_FDCWD, "/proc/self/cgroup", ret->cgroup,
                         sizeof ret->cgroup - sizeof payload))
                return -ENOENT;
        size_t n = strlen(ret->cgroup), tail = strlen(control);
        if (n >= tail && strcmp(ret->cgroup + n - tail, control) == 0)
                ret->cgroup[n - tail] = '\0';
        snprintf(path, sizeof path, CGROUPS "%s", ret->cgroup);
        strcat(ret->cgroup, payload);
        ret->unit = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return ret->unit < 0 ? -errno : 0;
}

static bool is_unit_of(const char *unit, const char *machine)
{
        const size_t n = strlen(machine), length = strlen(unit);
        static const char ending[] = ".service";
        return strncmp(unit, "rt-", 3) == 0 && strncmp(unit + 3, machine, n) == 0 &&
               length > sizeof ending && strcmp(unit + length - strlen(ending), ending) == 0 &&
               (strcmp(unit + 3 + n, ending) == 0 || strncmp(unit + 3 + n, "--", 2) == 0);
}

static bool is_slice(const char *name)
{
        static const char ending[] = ".slice";
        const size_t n = strlen(name);
        return n > sizeof ending && strcmp(name + n - strlen(ending), ending) == 0;
}

/* Below slices only: what a user or a container has made is below a service. */
static bool find_below(const char *cgroup, const char *machine, int depth, RtPayload *ret,
                       char *ret_unit, size_t size)
{
        char path[sizeof ret->cgroup + sizeof CGROUPS];
        bool found = false;
        snprintf(path, sizeof path, CGROUPS "%s", cgroup);
        DIR *dir = opendir(path);
        for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
                char child[sizeof ret->cgroup - sizeof "/payload"];
                int n = snprintf(child, sizeof child, "%s/%s", cgroup, entry->d_name);
                if (entry->d_type != DT_DIR || n >= (int)sizeof child)
                        continue;
                if (is_slice(entry->d_name) && depth < RT_PAYLOAD_DEPTH) {
                        found = find_below(child, machine, depth + 1, ret, ret_unit, size);
                } else if (is_unit_of(entry->d_name, machine)) {
                        ret->unit = openat(dirfd(dir), entry->d_name,
                                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                        snprintf(ret->cgroup, sizeof ret->cgroup, "%s/payload", child);
                        snprintf(ret_unit, size, "%s", entry->d_name);
                        found = ret->unit >= 0 && rt_payload_is_populated(ret);
                        if (ret->unit >= 0 && !found)
                                close(ret->unit);
                }
        }
        if (dir)
                closedir(dir);
        return found;
}

int rt_payload_find_machine(const char *machine, RtPayload *ret, char *ret_unit, size_t size)
{
        *ret = (RtPayload){ .unit = -1, .deadline = INT64_MAX };
        if (find_below("", machine, 0, ret, ret_unit, size))
                return 0;
        ret->unit = -1;
        return -ENOENT;
}

/* Reading is also what makes poll() wait for the next change. A cgroup that is gone cannot be read.
 */
static bool is_populated(int events)
{
        char text[256];
        ssize_t n = events < 0 ? -1 : pread(events, text, sizeof text - 1, 0);
        text[n > 0 ? n : 0] = '\0';
        return strstr(text, "populated 1");
}

bool rt_payload_is_populated(const RtPayload *payload)
{
        return !rt_payload_wait_for_end(payload, 0);
}

bool rt_payload_wait_for_end(const RtPayload *payload, int64_t deadline)
{
        int fd = openat(payload->unit, "payload/cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        bool populated;
        while ((populated = is_populated(fd))) {
                int64_t left = deadline - rt_monotonic();
                if (left <= 0)
                        break;
                struct timespec timeout = { .tv_sec = left / 1000000,
                                            .tv_nsec = left % 1000000 * 1000 };
                ppoll(&(struct pollfd){ .fd = fd, .events = POLLPRI }, 1, &timeout, NULL);
        }
        if (fd >= 0)
                close(fd);
        return !populated;
}

/* -- which processes --------------------------------------------------------------------------- */

/* In a threaded cgroup it cannot be read, and need not: its processes are listed above. */
static void list_processes(RtPayload *payload, int cgroup)
{
        FILE *file = open_file(cgroup, "cgroup.procs");
        for (int pid; file && fscanf(file, "%d", &pid) == 1;) {
                if (payload->n == RT_PAYLOAD_PROCESSES) {
                        payload->cut = true;
                        break;
                }
                /* A PID of 0 is one that our PID namespace does not show. */
                if (pid > 0)
                        payload->pids[payload->n++] = pid;
        }
        if (file)
                fclose(file);
}

static void walk(RtPayload *payload, int parent, const char *name, int depth, int *cgroups)
{
        if (depth == RT_PAYLOAD_DEPTH || *cgroups == RT_PAYLOAD_CGROUPS) {
                payload->cut = true;
                return;
        }
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return;
        ++*cgroups;
        list_processes(payload, fd);
        DIR *dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return;
        }
        for (struct dirent *entry; !payload->cut && (entry = readdir(dir));)
                if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
                    strcmp(entry->d_name, "..") != 0)
                        walk(payload, fd, entry->d_name, depth + 1, cgroups);
        closedir(dir);
}

void rt_payload_scan(RtPayload *payload)
{
        int cgroups = 0;
        payload->n = 0;
        payload->cut = false;
        walk(payload, payload->unit, "payload", 0, &cgroups);
}

bool rt_process_cgroup(pid_t pid, char *ret, size_t size)
{
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
        return read_cgroup(AT_FDCWD, path, ret, size);
}

bool rt_payload_has_cgroup(const RtPayload *payload, const char *cgroup)
{
        const size_t n = strlen(payload->cgroup);
        return strncmp(cgroup, payload->cgroup, n) == 0 && (cgroup[n] == '\0' || cgroup[n] == '/');
}

int rt_payload_pin(const RtPayload *payload, pid_t pid)
{
        char path[64], cgroup[sizeof payload->cgroup];
        snprintf(path, sizeof path, "/proc/%d", pid);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -ESRCH;
        if (read_cgroup(fd, "cgroup", cgroup, sizeof cgroup) &&
            rt_payload_has_cgroup(payload, cgroup))
                return fd;
        close(fd);
        return -ESRCH;
}

/* -- what they are ----------------------------------------------------------------------------- */

static void parse_status(const char *line, Status *status)
{
        const char *value = strchr(line, ':');
        size_t n = value ? (size_t)(value++ - line) : 0;
        if (n == 4 && strncmp(line, "PPid", n) == 0) {
                status->parent = atoi(value);
        } else if (n == 5 && strncmp(line, "NSpid", n) == 0) {
                char *end;
                for (long pid; pid = strtol(value, &end, 10), end != value; value = end) {
                        status->depth++;
                        status->inner = (pid_t)pid;
                }
        } else if (n == 6 && strncmp(line, "SigBlk", n) == 0) {
                status->blocked = strtoull(value, NULL, 16);
        } else if (n == 6 && strncmp(line, "SigCgt", n) == 0) {
                status->caught = strtoull(value, NULL, 16);
        }
}

static bool read_status(pid_t pid, Status *ret)
{
        char path[64], line[512];
        bool at_start = true;
        *ret = (Status){ 0 };
        snprintf(path, sizeof path, "/proc/%d/status", pid);
        FILE *file = open_file(AT_FDCWD, path);
        while (file && fgets(line, sizeof line, file)) {
                /* Some lines are longer, such as the one of many groups. */
                if (at_start)
                        parse_status(line, ret);
                at_start = strchr(line, '\n');
        }
        if (file)
                fclose(file);
        return ret->depth > 0;
}

bool rt_payload_heeds(pid_t pid, int signal)
{
        Status status;
        return read_status(pid, &status) && (status.caught | status.blocked) >> (signal - 1) & 1;
}

static pid_t supervisor_of(const RtPayload *payload)
{
        int pid = 0;
        FILE *file = open_file(payload->unit, "supervisor/cgroup.procs");
        if (file && fscanf(file, "%d", &pid) != 1)
                pid = 0;
        if (file)
                fclose(file);
        return pid;
}

/* The stub is nspawn itself, going on in the container. By its name any program could pass for it,
 * but by its executable file none that the container can start. */
static bool run_same_file(pid_t a, pid_t b)
{
        char path[64];
        struct stat of_a, of_b;
        snprintf(path, sizeof path, "/proc/%d/exe", a);
        if (stat(path, &of_a) < 0)
                return false;
        snprintf(path, sizeof path, "/proc/%d/exe", b);
        return stat(path, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* The process that has the lowest PID in the PID namespace of the given depth; of any parent, if
 * that is 0. */
static pid_t first_process(const RtPayload *payload, int depth, pid_t parent, pid_t *ret_inner)
{
        Status status;
        pid_t first = -ESRCH;
        *ret_inner = INT_MAX;
        for (size_t i = 0; i < payload->n && rt_monotonic() < payload->deadline; i++) {
                if (!read_status(payload->pids[i], &status) || status.depth != depth ||
                    status.inner >= *ret_inner || (parent > 0 && status.parent != parent))
                        continue;
                first = payload->pids[i];
                *ret_inner = status.inner;
                if (*ret_inner == 1)
                        break;
        }
        return first;
}

pid_t rt_payload_program(RtPayload *payload, bool *ret_below_stub)
{
        Status status;
        pid_t inner, nspawn = supervisor_of(payload);
        *ret_below_stub = false;
        rt_payload_scan(payload);
        if (nspawn == 0 || !read_status(nspawn, &status))
                return -ESRCH;
        /* Deeper namespaces are the container's own. */
        const int depth = status.depth + 1;
        pid_t init = first_process(payload, depth, 0, &inner);
        if (init < 0 || inner != 1)
                return -ESRCH;
        if (!run_same_file(init, nspawn))
                return init;
        /* The stub's first child is the program; later ones are orphans that it was given. */
        *ret_below_stub = true;
        return first_process(payload, depth, init, &inner);
}

/* -- their end --------------------------------------------------------------------------------- */

static bool kill_cgroup(const RtPayload *payload)
{
        int fd = openat(payload->unit, "payload/cgroup.kill", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return false;
        bool killed = write(fd, "1", 1) == 1;
        close(fd);
        return killed;
}

/* The descriptor is opened before it is verified that the PID is one of the container's. */
static void kill_process(const RtPayload *payload, pid_t pid)
{
        int fd = pidfd_open(pid, 0);
        if (fd < 0)
                return;
        int pin = rt_payload_pin(payload, pid);
        if (pin >= 0) {
                pidfd_send_signal(fd, SIGKILL, NULL, 0);
                close(pin);
        }
        close(fd);
}

void rt_payload_kill(RtPayload *payload)
{
        /* Linux 5.14 and later do it in one step, which no fork() escapes. */
        if (kill_cgroup(payload))
                return;
        for (int round = 0; round < KILL_ROUNDS && rt_payload_is_populated(payload); round++) {
                rt_payload_scan(payload);
                for (size_t i = 0; i < payload->n; i++)
                        kill_process(payload, payload->pids[i]);
                nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        }
}
