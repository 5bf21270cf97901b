/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the container was started with: its users, its network, and whether the settings are those
 * that its descriptor stands for today. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status-inspect.h"
#include "text.h"

enum { MOST_INTERFACES = 64, MOST_KEYS = 3 };

/* -- users ------------------------------------------------------------------------------------- */

static void compare_users(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        const char *planned = rt_planned_in_settings(inspection, "PrivateUsers"), *text;
        RtIdRange range;
        if (!planned)
                return;
        RtComparison comparison = { .subject = "users",
                                    .aspect = "range",
                                    .planned = planned,
                                    .hint = "it was started with another range, or without our "
                                            "settings; restart it" };
        int r = rt_read_program(inspection, "uid_map", &text);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        if (rt_parse_id_range(text, &range) < 0)
                comparison.actual = "several ranges";
        else if (range.inside != 0)
                comparison.actual = "a range without root";
        else
                comparison.actual =
                        rt_printf(arena, "%" PRIu64 ":%" PRIu64, range.outside, range.count);
        rt_compare_texts(inspection, comparison);
}

/* -- network ----------------------------------------------------------------------------------- */

/* Devices that the kernel makes in every network namespace. */
static bool is_made_by_kernel(const char *name)
{
        static const char *const names[] = { "lo",      "tunl0",    "gre0", "gretap0", "erspan0",
                                             "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0" };
        for (size_t i = 0; i < RT_ELEMENTS(names); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static bool has(const RtStrings *names, const char *name)
{
        RT_EACH (one, names)
                if (strcmp(*one, name) == 0)
                        return true;
        return false;
}

static RtStrings planned_interfaces(const RtInspection *inspection)
{
        const RtNetwork *network = &inspection->instance->container->network;
        RtStrings names = { 0 };
        for (size_t i = 0; i < network->interfaces.n; i++) {
                /* "HOST:CONTAINER" has another name inside. */
                const char *name = network->interfaces.items[i], *colon = strchr(name, ':');
                RT_APPEND(inspection->arena, &names, colon ? colon + 1 : name);
        }
        if (network->mode == RT_NETWORK_VETH)
                RT_APPEND(inspection->arena, &names, "host0");
        return names;
}

static const char *joined(RtArena *arena, const RtStrings *names)
{
        RtText text = RT_TEXT(arena);
        RT_EACH (name, names) {
                rt_text_add(&text, text.n > 0 ? " " : "");
                rt_text_add(&text, *name);
        }
        return names->n > 0 ? rt_strdup(arena, text.data) : "none";
}

static void compare_interfaces(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        RtStrings planned = planned_interfaces(inspection), found = { 0 }, actual = { 0 };
        const char *text, *missing = NULL, *extra = NULL;
        RtComparison comparison = { .subject = "network",
                                    .aspect = "interfaces",
                                    .planned = joined(arena, &planned) };
        int r = rt_read_program(inspection, "net/dev", &text);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        (void)rt_parse_interfaces(arena, text, MOST_INTERFACES, &found);
        RT_EACH (name, &found)
                if (!is_made_by_kernel(*name) || has(&planned, *name))
                        RT_APPEND(arena, &actual, *name);
        RT_EACH (name, &planned)
                if (!has(&actual, *name))
                        missing = *name;
        RT_EACH (name, &actual)
                if (!has(&planned, *name))
                        extra = *name;
        comparison.actual = joined(arena, &actual);
        comparison.agreement = missing || extra ? RT_DRIFT : RT_AS_PLANNED;
        if (missing)
                comparison.hint = rt_printf(arena,
                                            "%s has gone, or has been given another name; restart "
                                            "the container when it is back",
                                            missing);
        else if (extra)
                comparison.hint =
                        rt_printf(arena, "%s was moved or made there by somebody else", extra);
        rt_compare(inspection, comparison);
}

/* Of the namespace that we are in ourselves. */
static int shares_network(const RtInspection *inspection)
{
        char own[64], its[64];
        ssize_t n =
                readlink(rt_system_path(inspection->arena, inspection->system, "/proc/self/ns/net"),
                         own, sizeof own);
        if (n < 0)
                return -errno;
        ssize_t m = inspection->folder < 0
                            ? -ESRCH
                            : readlinkat(inspection->folder, "ns/net", its, sizeof its);
        if (m < 0)
                return inspection->folder < 0 ? -ESRCH : -errno;
        return n == m && memcmp(own, its, (size_t)n) == 0;
}

static void compare_network(RtInspection *inspection)
{
        const RtNetwork *network = &inspection->instance->container->network;
        static const char *const words[] = {
                [RT_NETWORK_NONE] = "none", [RT_NETWORK_HOST] = "host", [RT_NETWORK_VETH] = "veth"
        };
        bool is_host = network->mode == RT_NETWORK_HOST;
        RtComparison comparison = { .subject = "network",
                                    .aspect = "namespace",
                                    .declared = rt_is_set(&network->item, RT_NETWORK_MODE)
                                                        ? words[network->mode]
                                                        : NULL,
                                    .planned = is_host ? "the host's" : "its own",
                                    .hint = "it was started with other settings; restart it" };
        int r = shares_network(inspection);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
        } else {
                comparison.actual = r ? "the host's" : "its own";
                rt_compare_texts(inspection, comparison);
        }
        if (!is_host && r <= 0)
                compare_interfaces(inspection);
}

/* -- settings ---------------------------------------------------------------------------------- */

/* The lines of a file without comments, each with its number of occurrences not counted: what one
 * text has and the other has not is a difference, in whatever order. */
static const char *key_of(RtArena *arena, const char *line, size_t n)
{
        const char *equals = memchr(line, '=', n);
        return rt_printable(arena, rt_strndup(arena, line, equals ? (size_t)(equals - line) : n),
                            64);
}

static bool has_line(const char *text, const char *line, size_t n)
{
        for (const char *s = text; *s;) {
                size_t length = strcspn(s, "\n");
                if (length == n && memcmp(s, line, n) == 0)
                        return true;
                s += length + (s[length] == '\n');
        }
        return false;
}

/* Adds the keys of lines that `text` has and `other` has not. */
static void add_differences(RtArena *arena, const char *text, const char *other, RtStrings *keys)
{
        for (const char *line = text; *line;) {
                size_t n = strcspn(line, "\n");
                if (n > 0 && line[0] != '#' && !has_line(other, line, n)) {
                        const char *key = key_of(arena, line, n);
                        if (!has(keys, key))
                                RT_APPEND(arena, keys, key);
                }
                line += n + (line[n] == '\n');
        }
}

static const char *text_of(RtArena *arena, const RtArtifact *file)
{
        char *text = rt_alloc(arena, file->size + 1);
        rt_artifact_copy(file, text);
        return text;
}

static const char *difference_words(RtArena *arena, const RtStrings *keys)
{
        RtText text = RT_TEXT(arena);
        rt_text_add(&text, "others in ");
        for (size_t i = 0; i < keys->n && i < MOST_KEYS; i++)
                rt_text_addf(&text, "%s%s=", i > 0 ? ", " : "", keys->items[i]);
        if (keys->n > MOST_KEYS)
                rt_text_addf(&text, " and %zu more", keys->n - MOST_KEYS);
        return rt_strdup(arena, text.data);
}

static void compare_settings(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        const RtInstance *instance = inspection->instance;
        const RtArtifact *file = rt_artifacts_find(&inspection->pipeline->artifacts,
                                                   rt_instance_file(arena, instance, "nspawn"));
        const char *text;
        RtStrings keys = { 0 };
        if (!file)
                return;
        RtComparison comparison = { .subject = "unit",
                                    .aspect = "settings",
                                    .planned = "those of its descriptor",
                                    .hint = "it runs with older settings: the descriptor was "
                                            "changed after the start; restart it to apply them" };
        int r = rt_system_read(arena, AT_FDCWD,
                               rt_system_path(arena, inspection->system,
                                              "/run/systemd/nspawn/%s.nspawn",
                                              instance->container->object.name),
                               &text);
        if (r == -ENOENT) {
                comparison.actual = "none";
                comparison.agreement = RT_DRIFT;
                comparison.hint = "the file is removed when a container stops; something else has "
                                  "removed it";
                rt_compare(inspection, comparison);
                return;
        }
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        const char *planned = text_of(arena, file);
        add_differences(arena, planned, text, &keys);
        add_differences(arena, text, planned, &keys);
        comparison.actual = keys.n == 0 ? comparison.planned : difference_words(arena, &keys);
        comparison.agreement = keys.n == 0 ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

void rt_inspect_settings(RtInspection *inspection)
{
        compare_users(inspection);
        compare_network(inspection);
        compare_settings(inspection);
}
