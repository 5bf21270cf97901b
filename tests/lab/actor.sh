# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Containers whose program does what its arguments say, and questions about them. Sourced after lab.sh and check.sh.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours

# A program that does what its arguments say, one after the other; as /sbin/init, which gets none, what DEFAULT says.
readonly ACTOR='
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rttask.h"

static char *DEFAULT[] = { "init", "nest", "cgroup", "inner", "thread", "deep", "2", "ready", "stay", NULL };
static int term_ms;

static void notify(const char *text)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = getenv("NOTIFY_SOCKET");
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        if (path && strlen(path) < sizeof address.sun_path) {
                strcpy(address.sun_path, path);
                sendto(fd, text, strlen(text), 0, (void *)&address, sizeof address);
        }
        close(fd);
}

static void *be_named(void *name)
{
        prctl(PR_SET_NAME, name);
        while (pause() < 0) {
        }
        return NULL;
}

/* Is given its policy, and goes back to SCHED_OTHER by itself. */
static void *be_different(void *name)
{
        struct sched_param none = { 0 };
        prctl(PR_SET_NAME, name);
        while (sched_getscheduler(0) != SCHED_FIFO)
                usleep(1000);
        sleep(2); /* until the watcher has seen it, too */
        if (sched_setscheduler(0, SCHED_OTHER, &none) < 0)
                perror("sched_setscheduler");
        prctl(PR_SET_NAME, name);
        return be_named(name);
}

static void *be_short(void *name)
{
        prctl(PR_SET_NAME, name);
        usleep(100000);
        return NULL;
}

/* Asks for what is declared for the task, under whatever name it has. */
static void *ask(void *task)
{
        prctl(PR_SET_NAME, "asking");
        int r = rttask_apply(task);
        printf("%s: %d, policy %d\n", (char *)task, r, sched_getscheduler(0));
        fflush(stdout);
        while (pause() < 0) {
        }
        return NULL;
}

static void start(void *(*function)(void *), char *argument)
{
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 32768);
        if (pthread_create(&thread, &attributes, function, argument) != 0) {
                perror("pthread_create");
                exit(1);
        }
}

/* Asks for more time again and again, and names as the main process whatever it is told to. */
static void *lie(void *unused)
{
        for (;; usleep(50000)) {
                char text[64] = "MAINPID=";
                int fd = open("/data/pid", O_RDONLY);
                if (fd >= 0 && read(fd, text + 8, 20) > 0)
                        notify(text);
                close(fd);
                notify("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
        }
        return unused;
}

static void enter_cgroup(const char *name)
{
        char path[256];
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s", name);
        mkdir(path, 0755);
        strcat(path, "/cgroup.procs");
        int fd = open(path, O_WRONLY);
        if (write(fd, "0", 1) != 1) {
                perror(path);
                exit(1);
        }
}

static void handle(int signal)
{
        static const char text[] = "has ended in time\n";
        if (signal != SIGTERM || term_ms < 0)
                return;
        usleep((useconds_t)term_ms * 1000);
        _exit(write(1, text, sizeof text - 1) < 0);
}

/* Starts a process that is PID 1 of a namespace in the container. */
static void nest(void)
{
        if (fork() != 0)
                return;
        if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
                perror("unshare");
        if (fork() == 0)
                be_named("nested");
        be_named("outer");
}

static void wait_for_term(void)
{
        sigset_t set;
        int signal;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        notify("READY=1");
        sigwait(&set, &signal);
        handle(signal);
}

int main(int argc, char *argv[])
{
        for (char **a = argc > 1 ? argv + 1 : DEFAULT + 1; *a; a++) {
                if (strcmp(*a, "ready") == 0)
                        notify("READY=1");
                else if (strcmp(*a, "thread") == 0)
                        for (int n = (a += 2, atoi(*a)); n > 0; n--)
                                start(be_named, a[-1]);
                else if (strcmp(*a, "sleep") == 0)
                        usleep((useconds_t)atoi(*++a) * 1000);
                else if (strcmp(*a, "different") == 0)
                        start(be_different, *++a);
                else if (strcmp(*a, "ask") == 0)
                        start(ask, *++a);
                else if (strcmp(*a, "short") == 0)
                        start(be_short, *++a);
                else if (strcmp(*a, "cgroup") == 0)
                        enter_cgroup(*++a);
                else if (strcmp(*a, "term") == 0)
                        term_ms = atoi(*++a), signal(SIGTERM, handle);
                else if (strcmp(*a, "sigwait") == 0)
                        wait_for_term();
                else if (strcmp(*a, "lie") == 0)
                        start(lie, NULL);
                else if (strcmp(*a, "fork") == 0 && fork() == 0)
                        for (;;)
                                pause();
                else if (strcmp(*a, "nest") == 0)
                        nest();
                else if (strcmp(*a, "stay") == 0)
                        for (;;)
                                pause();
        }
        return 0;
}'

add_tree() {
        local root=$LAB_ROOT/srv/actor
        mkdir -p "$root"/{dev,etc,proc,run,sys,tmp,usr/lib,var,sbin,data} "$LAB_ROOT/srv/data"
        echo 'ID=actor' >"$root/usr/lib/os-release"
        # By this nspawn tells which hierarchy of cgroups an init understands.
        mkdir "$root/usr/lib/systemd"
        touch "$root/usr/lib/systemd/libsystemd-shared-252.so"
        cc -x c -static -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread \
                -I"$LAB_SOURCE/task" -I"$LAB_SOURCE/helpers" -o "$root/sbin/init" \
                - "$LAB_SOURCE"/task/rttask.c "$LAB_SOURCE"/helpers/{task-spec,sched-attr}.c <<<"$ACTOR"
}

# add_actor NAME KEYS ACTION… with the container's tasks and whatever else in KEYS
add_actor() {
        local name=$1 keys=$2 words
        shift 2
        words=$(printf '"%s", ' /sbin/init "$@")
        printf 'rootfs = "/srv/actor";\ncommand = [ %s ];\n%s\n' "${words%, }" "$keys" >"$LAB_ETC/$name.container"
}

task() { # NAME [KEYS]
        echo "{ name = \"$1\"; period = \"100ms\"; wcet = \"20us\"; ${2:-} }"
}

# Milliseconds that a command takes in the lab.
duration() { # COMMAND…
        lab_script 'start=$(date +%s%N); "$@" >&2; echo $((($(date +%s%N) - start) / 1000000))' "$@"
}

expect_between() { # WHAT ACTUAL LEAST MOST
        (($2 >= $3 && $2 <= $4)) || fail "$1 is $2, not from $3 to $4"
}

# "POLICY CPUS" of every thread of this name, in the container's cgroups of whatever depth; policy 1 is SCHED_FIFO.
threads_named() { # CONTAINER NAME
        lab_script '
                path=/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/payload
                for pid in $(find "$path" -name cgroup.procs -exec cat {} +); do
                        for task in /proc/$pid/task/*; do
                                [[ $(<"$task/comm") == "$2" ]] || continue
                                policy=$(sed "s/.*) //" "$task/stat" | cut -d " " -f 39)
                                echo "$policy $(sed -n "s/^Cpus_allowed_list:\s*//p" "$task/status")"
                        done
                done' "$1" "$2"
}

# Runs a command as systemd runs those of a unit with Delegate=.
run_beside() { # CONTAINER COMMAND…
        lab_script '
                path=/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/.control
                mkdir -p "$path"
                echo $$ >"$path/cgroup.procs"
                shift
                exec "$@"' "$@"
}

result() { # CONTAINER
        lab_run systemctl show --value -p Result "rt-$1.service"
}

main_pid() { # CONTAINER
        lab_run systemctl show --value -p MainPID "rt-$1.service"
}

expect_nothing_left() { # CONTAINER
        expect_empty "the container's cgroup" "$(lab_run find /sys/fs/cgroup -name "rt-$1.service")"
        expect_equal "the main process" "$(main_pid "$1")" 0
}

# This init does not know how it is told to end.
kill_and_stop() { # CONTAINER
        lab_run systemctl kill --signal=KILL "rt-$1.service"
        lab_run systemctl stop "rt-$1.service"
}

# Others may use this machine as well, so that a slow run proves nothing: some attempts may fail.
attempt() { # TIMES COMMAND…
        local i times=$1
        shift
        for ((i = 0; i < times; i++)); do
                ! "$@" || return 0
        done
        fail "$times times in vain"
}
