/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char digits[] = "0123456789";
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ALNUM LETTERS "0123456789"

const char *const rt_capabilities[] = {
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_IPC_LOCK",
        "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT",
        "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG",
        "CAP_MKNOD",
        "CAP_LEASE",
        "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN",
        "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ",
        "CAP_PERFMON",
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
        NULL,
};

static const char *const mount_options[] = {
        "ro",    "rw",     "rbind",  "norbind", "idmap",      "rootidmap", "noidmap",
        "nodev", "nosuid", "noexec", "noatime", "nodiratime", "relatime",
};

static int refuse(RtArena *arena, const char *text, const char *why, const char *fix,
                  RtProblem *ret_problem)
{
        *ret_problem = (RtProblem){
                .what = rt_printf(arena, "\"%s\" %s", rt_printable(arena, text, 60), why),
                .fix = fix,
        };
        return -EINVAL;
}

/* Whether text[0 … n) consists of `set` alone. */
static bool consists_of(const char *text, size_t n, const char *set)
{
        return strspn(text, set) >= n;
}

static bool is_name(const char *text, size_t n)
{
        return n >= 1 && n <= 48 && strchr(LETTERS, text[0]) && consists_of(text, n, ALNUM "-") &&
               text[n - 1] != '-';
}

int rt_rule_name(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        if (is_name(text, strlen(text)))
                return 0;
        return refuse(arena, text, "is not a name",
                      "use 1 to 48 letters, digits and dashes, first a letter, last no dash",
                      ret_problem);
}

static bool is_directory_path(const char *text)
{
        if (text[0] != '/' || strlen(text) >= PATH_MAX || strchr(" \t", text[strlen(text) - 1]))
                return false;
        if (text[1] == '\0')
                return true;
        for (const char *s = text; *s;) {
                const char *part = s + 1;
                size_t n = strcspn(part, "/");
                if (n == 0 || n > NAME_MAX || (n <= 2 && consists_of(part, n, ".")))
                        return false;
                s = part + n;
        }
        return true;
}

int rt_rule_directory(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        if (is_directory_path(text))
                return 0;
        return refuse(arena, text, "is not a plain absolute path",
                      "begin with \"/\", without \".\", \"..\", \"//\", a final \"/\" or blank",
                      ret_problem);
}

int rt_rule_path(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        if (strcmp(text, "/") == 0)
                return refuse(arena, text, "is the whole file system", "name a folder below it",
                              ret_problem);
        return rt_rule_directory(arena, text, ret_problem);
}

int rt_rule_device(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        if (is_directory_path(text) && rt_starts_with(text, "/dev/"))
                return 0;
        return refuse(arena, text, "is not a path below /dev", "write it like \"/dev/spidev0.0\"",
                      ret_problem);
}

bool rt_is_udev_path(const char *path)
{
        /* What udev leaves in names; without what begins a pattern in its rules. A letter takes
         * four in the name of a unit, which has 255, prefix and suffix among them. */
        enum { LONGEST_ESCAPED = 200 };
        size_t escaped = 0;
        for (const char *s = path; *s; s++)
                escaped += strchr(ALNUM "_.:/", *s) ? 1 : 4;
        return is_directory_path(path) && rt_starts_with(path, "/dev/") &&
               consists_of(path, strlen(path), ALNUM "#+-.:=@_/\\") && escaped <= LONGEST_ESCAPED;
}

int rt_rule_access(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        bool once = true;
        for (size_t i = 0; i < n; i++)
                once = once && !strchr(text + i + 1, text[i]);
        if (n >= 1 && n <= 3 && consists_of(text, n, "rwm") && once)
                return 0;
        return refuse(arena, text, "is no device access",
                      "use of \"r\" (read), \"w\" (write), \"m\" (mknod) what is needed",
                      ret_problem);
}

int rt_rule_environment(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strcspn(text, "=");
        bool named = n > 0 && text[n] == '=' && consists_of(text, n, ALNUM "_") &&
                     !strchr(digits, text[0]);
        if (named)
                return 0;
        return refuse(arena, text, "is not NAME=value",
                      "write a name of letters, digits and \"_\", then \"=\"", ret_problem);
}

int rt_rule_user(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        bool number = n >= 1 && n <= 5 && consists_of(text, n, digits);
        bool name = n >= 1 && n <= 31 && !strchr(digits, text[0]) && text[0] != '-' &&
                    consists_of(text, n, ALNUM "_-");
        if (number || name)
                return 0;
        return refuse(arena, text, "is no user", "write a user name or number of the container",
                      ret_problem);
}

int rt_rule_capability(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = 0;
        for (; rt_capabilities[n]; n++)
                if (strcmp(rt_capabilities[n], text) == 0)
                        return 0;
        const char *nearest = rt_nearest(text, rt_capabilities, n);
        return refuse(arena, text, "is no capability",
                      nearest ? rt_printf(arena, "did you mean \"%s\"?", nearest)
                              : "write it like \"CAP_NET_RAW\"; see capabilities(7)",
                      ret_problem);
}

int rt_rule_syscall(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        const char *name = text + (text[0] == '@');
        size_t n = strlen(name);
        if (n >= 1 && n <= 64 && consists_of(name, n, "abcdefghijklmnopqrstuvwxyz0123456789_-"))
                return 0;
        return refuse(arena, text, "is no system call",
                      "write a call or group like \"ptrace\" or \"@memlock\"", ret_problem);
}

int rt_rule_label(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        if (n >= 1 && n <= 48 && consists_of(text, n, ALNUM "_-"))
                return 0;
        return refuse(arena, text, "is not a name", "use 1 to 48 letters, digits, \"-\" and \"_\"",
                      ret_problem);
}

int rt_rule_comm(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        if (n >= 1 && n <= 15)
                return 0;
        return refuse(arena, text, "is no thread name", "use 1 to 15 bytes, as the kernel does",
                      ret_problem);
}

int rt_rule_interface(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        if (n >= 1 && n <= 15 && consists_of(text, n, ALNUM "_.-@") && text[0] != '.' &&
            text[0] != '-')
                return 0;
        return refuse(arena, text, "is no network interface", "write it like \"can0\"",
                      ret_problem);
}

int rt_rule_target(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strlen(text);
        if (n > strlen(".target") && n < 200 && rt_ends_with(text, ".target") &&
            consists_of(text, n, ALNUM "_.-@:") && text[0] != '.' && text[0] != '-')
                return 0;
        return refuse(arena, text, "is no target", "write it like \"multi-user.target\"",
                      ret_problem);
}

int rt_rule_task_reference(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        size_t n = strcspn(text, ".");
        RtProblem ignored;
        if (is_name(text, n) && text[n] == '.' && rt_rule_label(arena, text + n + 1, &ignored) == 0)
                return 0;
        return refuse(arena, text, "is no task", "write it as \"CONTAINER.TASK\"", ret_problem);
}

int rt_rule_action(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        const char prefix[] = "switch:";
        if (strcmp(text, "log") == 0 || strcmp(text, "restart") == 0)
                return 0;
        if (rt_starts_with(text, prefix) &&
            is_name(text + strlen(prefix), strlen(text + strlen(prefix))))
                return 0;
        return refuse(arena, text, "is no action",
                      "write \"log\", \"restart\" or \"switch:CONFIG\"", ret_problem);
}

int rt_rule_kernel(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        enum { LONGEST = 64 }; /* as uname(2) has it */
        size_t n = strlen(text), major = strspn(text, digits);
        size_t minor = text[major] == '.' ? strspn(text + major + 1, digits) : 0;
        if (major > 0 && minor > 0 && n <= LONGEST && consists_of(text, n, ALNUM ".+~_-"))
                return 0;
        return refuse(arena, text, "is no kernel version",
                      "write it like \"6.1\" or as uname -r prints it", ret_problem);
}

/* "*", a name, an address, or one of IPv6 in brackets; and a port. */
static bool is_tcp_address(const char *text)
{
        enum { LONGEST_HOST = 253, LONGEST_PORT = 5, HIGHEST_PORT = 65535 };
        const char *colon = strrchr(text, ':');
        if (!colon || colon == text || colon - text > LONGEST_HOST)
                return false;
        size_t n = (size_t)(colon - text), port_digits = strlen(colon + 1);
        bool host = (n == 1 && text[0] == '*') ||
                    (strchr(ALNUM, text[0]) && consists_of(text, n, ALNUM ".-_")) ||
                    (n > 2 && text[0] == '[' && text[n - 1] == ']' &&
                     consists_of(text + 1, n - 2, "0123456789abcdefABCDEF:."));
        if (port_digits == 0 || port_digits > LONGEST_PORT ||
            !consists_of(colon + 1, port_digits, digits))
                return false;
        long port = strtol(colon + 1, NULL, 10);
        return host && port > 0 && port <= HIGHEST_PORT;
}

/* The bridge has folders of its own in the place of these, so nobody would meet it there. */
static bool is_private_path(const char *path)
{
        static const char *const folders[] = { "/tmp/",
                                               "/var/tmp/",
                                               "/dev/",
                                               "/proc/",
                                               "/sys/",
                                               "/home/",
                                               "/root/",
                                               "/run/user/",
                                               "/boot/",
                                               "/efi/",
                                               "/run/rtcontainers/" };
        for (size_t i = 0; i < RT_ELEMENTS(folders); i++)
                if (rt_starts_with(path, folders[i]))
                        return true;
        return false;
}

int rt_rule_endpoint(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        static const char tcp[] = "tcp://", ipc[] = "ipc://";
        enum { LONGEST_PATH = 107 }; /* of a socket */
        const char *path = rt_starts_with(text, ipc) ? text + strlen(ipc) : "";
        if (rt_starts_with(text, tcp) && is_tcp_address(text + strlen(tcp)))
                return 0;
        /* A folder besides the root is part of it: the bridge gets to write there. */
        if (!is_directory_path(path) || strpbrk(path, " \t") || strlen(path) > LONGEST_PATH ||
            strrchr(path, '/') == path)
                return refuse(arena, text, "is no endpoint",
                              "write it like \"tcp://*:5556\", \"tcp://10.0.0.1:5556\" or "
                              "\"ipc:///run/NAME/socket\"",
                              ret_problem);
        if (is_private_path(path))
                return refuse(arena, text, "is in a folder that the bridge does not share",
                              "choose another folder, such as one below /run", ret_problem);
        return 0;
}

bool rt_option_is_set(const char *options, const char *option)
{
        size_t n = strlen(option);
        for (const char *s = options; s && *s;) {
                size_t length = strcspn(s, ",");
                if (length == n && strncmp(s, option, n) == 0)
                        return true;
                s += length + (s[length] == ',');
        }
        return false;
}

int rt_rule_mount_options(RtArena *arena, const char *text, RtProblem *ret_problem)
{
        for (const char *s = text;;) {
                size_t length = strcspn(s, ",");
                const char *option = rt_strndup(arena, s, length);
                bool known = false;
                for (size_t i = 0; i < RT_ELEMENTS(mount_options); i++)
                        known = known || strcmp(option, mount_options[i]) == 0;
                if (!known) {
                        const char *near =
                                rt_nearest(option, mount_options, RT_ELEMENTS(mount_options));
                        return refuse(arena, option, "is no mount option here",
                                      near ? rt_printf(arena, "did you mean \"%s\"?", near)
                                           : "see rtcontainers.conf(5), mounts",
                                      ret_problem);
                }
                if (!s[length])
                        return 0;
                s += length + 1;
        }
}
