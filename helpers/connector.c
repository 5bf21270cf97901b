/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
        ANSWER_MS = 200,
        BUFFER = 1 << 20, /* bytes of events that may wait for us */
        PAYLOAD = NLMSG_HDRLEN + offsetof(struct cn_msg, data),
        WHAT = PAYLOAD + offsetof(struct proc_event, what),
        /* In newer headers they are an enum of another name. */
        EVENT_NONE = 0,
        EVENT_FORK = 1,
        EVENT_EXEC = 2,
        EVENT_COMM = 0x200,
};

/* Every process of the machine causes events; we wake up for some kinds only. */
static int filter(int fd)
{
        struct sock_filter program[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_NONE), 4, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_FORK), 3, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_EXEC), 2, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_COMM), 1, 0),
                BPF_STMT(BPF_RET | BPF_K, 0),
                BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        };
        const struct sock_fprog all = { sizeof program / sizeof *program, program };
        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all) < 0 ? -errno : 0;
}

static int ask(int fd)
{
        alignas(struct nlmsghdr) char message[PAYLOAD + sizeof(enum proc_cn_mcast_op)] = { 0 };
        const struct nlmsghdr header = { .nlmsg_len = sizeof message, .nlmsg_type = NLMSG_DONE };
        const struct cn_msg request = { .id = { CN_IDX_PROC, CN_VAL_PROC },
                                        .len = sizeof(enum proc_cn_mcast_op) };
        const enum proc_cn_mcast_op listen = PROC_CN_MCAST_LISTEN;
        memcpy(message, &header, sizeof header);
        memcpy(message + NLMSG_HDRLEN, &request, offsetof(struct cn_msg, data));
        memcpy(message + PAYLOAD, &listen, sizeof listen);
        return send(fd, message, sizeof message, 0) < 0 ? -errno : 0;
}

/* The event of one message of the kernel's; false if it is none. */
static bool receive(int fd, struct proc_event *ret, int *ret_error)
{
        alignas(struct nlmsghdr) char message[1024];
        struct sockaddr_nl from = { 0 };
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from,
                             &size);
        *ret_error = n < 0 ? -errno : 0;
        if (n < (ssize_t)(WHAT + sizeof ret->what) || from.nl_pid != 0)
                return false;
        const size_t length = (size_t)n - PAYLOAD;
        memset(ret, 0, sizeof *ret);
        memcpy(ret, message + PAYLOAD, length < sizeof *ret ? length : sizeof *ret);
        return true;
}

/* The kernel answers, unless we are in a namespace: then it keeps silent. */
static int await_answer(int fd)
{
        struct proc_event event;
        int error;
        while (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, ANSWER_MS) > 0) {
                const bool is_event = receive(fd, &event, &error);
                if (is_event && (int)event.what == EVENT_NONE)
                        return -(int)event.event_data.ack.err;
                if (!is_event && error < 0 && error != -EAGAIN)
                        return error;
        }
        return -EOPNOTSUPP;
}

static int set_up(int fd)
{
        const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
        const int size = BUFFER;
        int r = filter(fd);
        if (r < 0)
                return r;
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
        r = ask(fd);
        return r < 0 ? r : await_answer(fd);
}

int rt_connector_open(void)
{
        int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
        if (fd < 0)
                return -errno;
        int r = set_up(fd);
        if (r == 0)
                return fd;
        close(fd);
        return r;
}

int rt_connector_next(int fd, RtProcessEvent *ret)
{
        for (;;) {
                struct proc_event event;
                int error;
                if (!receive(fd, &event, &error)) {
                        if (error == 0)
                                continue;
                        return error == -EAGAIN ? 0 : error;
                }
                if ((int)event.what == EVENT_FORK)
                        *ret = (RtProcessEvent){ RT_PROCESS_FORKED,
                                                 event.event_data.fork.child_tgid,
                                                 event.event_data.fork.child_pid };
                else if ((int)event.what == EVENT_EXEC)
                        *ret = (RtProcessEvent){ RT_PROCESS_EXECUTED,
                                                 event.event_data.exec.process_tgid,
                                                 event.event_data.exec.process_pid };
                else if ((int)event.what == EVENT_COMM)
                        *ret = (RtProcessEvent){ RT_PROCESS_RENAMED,
                                                 event.event_data.comm.process_tgid,
                                                 event.event_data.comm.process_pid };
                else
                        continue;
                return 1;
        }
}
