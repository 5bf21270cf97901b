#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What runs beside containers: threads get what is planned for them, and a stop ends in time, whatever the program does.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

readonly CROWD=4000 MISSING=30 MISSING_ID=8c1f3a4e5b7d4f0a9d2e61c0b3a7f5d1

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
        cc -x c -static -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread -o "$root/sbin/init" - <<<"$ACTOR"
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

missing_tasks() {
        local i
        for ((i = 0; i < MISSING; i++)); do
                echo "$(task "missing$i"),"
        done
}

set_up() {
        lab_prepare
        add_tree
        add_actor several "tasks = ( $(task main 'thread = "init";'), $(task worker) );" \
                thread other 2 thread worker 3 stay
        add_actor late "tasks = ( $(task early), $(task late) );" thread early 1 sleep 50 thread late 1 stay
        add_actor absent "tasks = ( $(task absent 'thread = "absent";') ); startup = \"200ms\";" stay
        add_actor needed "tasks = ( $(task needed 'thread = "needed";') ); startup = \"200ms\"; restart = \"no\";
                on_miss = { action = \"restart\"; };" stay
        add_actor plain 'tasks = ( { name = "a"; policy = "other"; }, { name = "b"; policy = "other"; } );' stay
        add_actor slack "tasks = ( $(task lazy 'policy = "other"; timer_slack = "1us";'), $(task main 'thread = "init";') );" \
                thread other 1 thread lazy 1 stay
        add_actor parent "tasks = ( $(task main 'thread = "init";') ); notify = true;" \
                ready sleep 200 thread other 3 stay
        add_actor thousand "tasks = ( $(task many), $(task main 'thread = "init";') ); notify = true;" \
                thread many 1000 ready stay
        add_actor edf "tasks = ( $(task law 'policy = "deadline"; deadline = "100ms"; jitter = "10ms";') ); restart = \"no\";" stay
        add_actor crowd "tasks = ( $(missing_tasks) $(task last) ); notify = true; startup = \"200ms\";" \
                thread crowd "$CROWD" thread last 1 ready stay
        add_actor few "tasks = ( $(task only) ); notify = true;" ready stay
        add_actor patient "tasks = ( $(task only) ); stop_timeout = \"10s\";" fork term 1500 stay
        add_actor notifier "tasks = ( $(task only) ); stop_timeout = \"10s\"; notify = true;" term 1500 ready stay
        add_actor waiter "tasks = ( $(task only) ); stop_timeout = \"10s\"; notify = true;" term 500 sigwait
        add_actor deaf "tasks = ( $(task only) ); stop_timeout = \"2s\";" fork term -1 stay
        add_actor liar "tasks = ( $(task only) ); stop_timeout = \"2s\"; watchdog = \"10s\";
                mounts = ( { source = \"/srv/data\"; target = \"/data\"; } );" term -1 lie fork ready stay
        echo 'containers = [ "liar", "sensor" ];' >"$LAB_ETC/lies.config"
        printf 'rootfs = "/srv/actor"; boot = true;\ntasks = ( %s, %s );\n' \
                "$(task main 'thread = "init";')" "$(task deep)" >"$LAB_ETC/nested.container"
        add_actor deeper "tasks = ( $(task only) ); notify = true;" nest ready stay
        add_actor namesake "tasks = ( $(task init 'thread = "init";') );" sleep 60 thread init 1 stay
        lab_boot
        lab_run rtctl check >&2
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

cgroup_below_payload() { # CONTAINER
        lab_script '
                cd "/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/payload"
                find . -name cgroup.procs -exec grep -l . {} + | cut -d / -f 2' "$1"
}

expect_bound() { # CONTAINER NAME COUNT
        local all
        all=$(threads_named "$1" "$2")
        expect_equal "the number of threads \"$2\" of $1" "$(wc -l <<<"$all")" "$3"
        expect_equal "their policy and number of CPUs" "$(sort -u <<<"$all" | sed 's/ [0-9]*$/ one/')" "1 one"
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

test_all_threads_of_one_name_are_bound_and_no_others() {
        lab_run systemctl start rt-several.service
        expect_bound several worker 3
        expect_equal "the policy of others" "$(threads_named several other | cut -d ' ' -f 1 | sort -u)" 0
        lab_run systemctl stop rt-several.service
}

test_a_thread_that_appears_50_ms_after_the_start_is_bound() {
        lab_run systemctl start rt-late.service
        expect_bound late early 1
        expect_bound late late 1
        lab_run systemctl stop rt-late.service
}

test_a_thread_that_has_the_name_of_the_program_is_bound_when_it_comes() {
        lab_run systemctl start rt-namesake.service
        expect_bound namesake init 2
        lab_run systemctl stop rt-namesake.service
}

test_a_missing_thread_is_reported_and_the_container_runs() {
        lab_run systemctl start rt-absent.service
        lab_is_active rt-absent.service || fail "it does not run"
        expect_contains "the messages" "$(lab_messages absent)" 'no thread "absent" has appeared within 200 ms'
        expect_contains "what is found by the number of such messages" "$(by_message_id "$MISSING_ID")" '"absent"'
        lab_run systemctl stop rt-absent.service
}

# The error messages that have this number.
by_message_id() { # ID
        lab_run journalctl --sync
        lab_run journalctl --boot --output=cat --no-pager --priority=err "MESSAGE_ID=$1"
}

test_a_missing_thread_fails_the_start_if_a_miss_is_not_only_logged() {
        expect_failure lab_run systemctl start rt-needed.service
        expect_contains "the messages" "$(lab_messages needed)" 'has appeared within 200 ms'
        expect_equal "the result" "$(result needed)" exit-code
        expect_nothing_left needed
}

test_nothing_is_missed_of_a_container_that_declares_nothing_to_set() {
        lab_run systemctl start rt-plain.service
        expect_lacks "the messages" "$(lab_messages plain)" appeared
        lab_run systemctl stop rt-plain.service
}

test_timer_slack_is_set_where_it_is_asked_for_and_nowhere_else() {
        lab_run systemctl start rt-slack.service
        expect_equal "the slack" "$(slack_of slack lazy)" 1000
        expect_equal "that of others" "$(slack_of slack other)" 50000
        expect_equal "the policy" "$(threads_named slack lazy | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-slack.service
}

slack_of() { # CONTAINER THREAD
        lab_script '
                path=/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/payload
                for pid in $(cat "$path/cgroup.procs"); do
                        for task in /proc/$pid/task/*; do
                                [[ $(<"$task/comm") != "$2" ]] || cat "/proc/${task##*/}/timerslack_ns"
                        done
                done' "$1" "$2"
}

test_what_bound_threads_start_is_no_real_time_thread() {
        lab_run systemctl start rt-parent.service
        expect_bound parent init 1
        expect_equal "the policy of the others" "$(threads_named parent other | cut -d ' ' -f 1 | sort -u)" 0
        lab_run systemctl stop rt-parent.service
}

test_a_thousand_threads_of_one_name_are_all_bound_and_reported_once() {
        lab_run systemctl start rt-thousand.service
        expect_bound thousand many 1000
        expect_equal "the number of messages" \
                "$(lab_messages thousand | grep -c '1000 threads are called "many"')" 1
        lab_run systemctl stop rt-thousand.service
}

test_a_deadline_task_that_the_kernel_cannot_pin_fails_the_start_with_its_reason() {
        expect_failure lab_run systemctl start rt-edf.service
        expect_contains "the messages" "$(lab_messages edf)" \
                'cannot have SCHED_DEADLINE 20us within 90ms every 100ms'
        expect_contains "the messages" "$(lab_messages edf)" 'on all CPUs of its partition'
        expect_nothing_left edf
}

test_threads_in_cgroups_that_an_init_has_made_are_bound() {
        lab_run systemctl start rt-nested.service
        expect_equal "the cgroup of the init" "$(cgroup_below_payload nested | tail -n 1)" inner
        expect_bound nested deep 2
        expect_bound nested init 1
        kill_and_stop nested
}

test_pid_1_of_a_namespace_in_the_container_is_not_taken_for_the_program() {
        lab_run systemctl start rt-deeper.service
        expect_bound deeper init 1
        expect_equal "the policy of the other PID 1" "$(threads_named deeper nested | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-deeper.service
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

test_thousands_of_threads_do_not_hold_up_the_start() {
        attempt 3 starts_soon
        expect_bound crowd last 1
        expect_contains "the messages" "$(lab_messages crowd)" 'no thread "missing29" has appeared'
}

starts_soon() {
        local crowd few
        lab_run systemctl stop rt-few.service rt-crowd.service
        few=$(duration systemctl start rt-few.service)
        crowd=$(duration systemctl start rt-crowd.service)
        echo "$crowd ms, with few threads $few ms"
        ((crowd - few < 1000))
}

test_looking_for_missing_threads_among_thousands_takes_300_ms_at_most() {
        local i
        {
                echo '.container startup=200000000 on_missing=log'
                for ((i = 0; i < MISSING; i++)); do
                        echo "lost$i thread=lost$i policy=fifo priority=10 cpus=$(lab_first_cpu)"
                done
        } >"$LAB_ROOT/srv/data/lost.tasks"
        attempt 10 gives_up_soon
}

gives_up_soon() {
        local took
        took=$(run_beside crowd bash -c 'start=$(date +%s%N); "$@" 2>/dev/null
                echo $((($(date +%s%N) - start) / 1000000))' - /usr/lib/rtcontainers/bind-threads /srv/data/lost.tasks)
        echo "$took ms"
        ((took >= 190 && took <= 300))
}

test_a_program_that_is_pid_1_and_handles_no_sigterm_is_killed_at_once() {
        expect_between "the time in ms" "$(duration systemctl stop rt-crowd.service)" 0 1500
        expect_contains "the messages" "$(lab_messages crowd)" 'does not handle SIGTERM; it was killed'
        lab_run systemctl stop rt-few.service
        expect_nothing_left crowd
}

test_a_program_that_handles_sigterm_gets_its_time() {
        local container
        for container in patient notifier; do
                lab_run systemctl start "rt-$container.service"
                expect_between "the time in ms" "$(duration systemctl stop "rt-$container.service")" 1500 9000
                expect_contains "the messages of $container" "$(lab_messages "$container")" "has ended in time"
                expect_lacks "the messages of $container" "$(lab_messages "$container")" killed
                expect_equal "the result" "$(result "$container")" success
        done
}

test_a_program_that_waits_for_sigterm_without_a_handler_gets_its_time() {
        lab_run systemctl start rt-waiter.service
        lab_run systemctl stop rt-waiter.service
        expect_contains "the messages" "$(lab_messages waiter)" "has ended in time"
        expect_equal "the result" "$(result waiter)" success
}

test_a_program_that_handles_no_sigterm_below_the_stub_ends_at_once_and_in_order() {
        lab_run systemctl start rt-absent.service
        expect_between "the time in ms" "$(duration systemctl stop rt-absent.service)" 0 1500
        expect_equal "the result" "$(result absent)" success
}

test_a_program_that_does_not_end_is_killed_when_its_time_is_over() {
        lab_run systemctl start rt-deaf.service
        expect_between "the time in ms" "$(duration systemctl stop rt-deaf.service)" 2000 10000
        expect_contains "the messages" "$(lab_messages deaf)" 'the program has not ended within 2s; it was killed'
        expect_nothing_left deaf
}

test_a_program_that_extends_its_stop_timeout_does_not_hold_up_a_switch() {
        lab_switch lies
        expect_between "the time in ms" "$(lab_switch drive)" 2000 10000
        expect_contains "the messages" "$(lab_messages liar)" 'the program has not ended within 2s; it was killed'
        expect_nothing_left liar
        lab_is_active rt-config-drive.target || fail "drive is not active"
        lab_is_active rt-controller.service || fail "the controller does not run"
}

test_a_program_that_names_another_main_process_does_not_hold_up_a_switch() {
        local program
        lab_switch lies
        program=$(lab_payload liar)
        echo "$program" >"$LAB_ROOT/srv/data/pid"
        lab_wait 5 "systemd believes it" believes "$program"
        expect_between "the time in ms" "$(lab_switch drive)" 2000 10000
        expect_nothing_left liar
        lab_is_active rt-controller.service || fail "the controller does not run"
}

believes() { # PID
        [[ $(main_pid liar) == "$1" ]]
}

test_without_a_container_there_is_nothing_to_do() {
        lab_run /usr/lib/rtcontainers/stop-payload 1000000
        echo '.container startup=0 on_missing=fail' >"$LAB_ROOT/srv/data/none.tasks"
        lab_run /usr/lib/rtcontainers/bind-threads /srv/data/none.tasks
        expect_failure lab_run /usr/lib/rtcontainers/bind-threads /srv/data/no.tasks
        echo 'damaged' >"$LAB_ROOT/srv/data/none.tasks"
        expect_failure lab_run /usr/lib/rtcontainers/bind-threads /srv/data/none.tasks
        expect_failure lab_run /usr/lib/rtcontainers/stop-payload
        expect_failure lab_run /usr/lib/rtcontainers/stop-payload 1s
}

run_tests
