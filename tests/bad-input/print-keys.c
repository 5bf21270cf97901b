/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the key tables for tests written in shell: KIND, KEY, TYPE, separated by tabs. A key of a
 * group has the path that it has in a descriptor, with [0] where it is in a list. */

#include <stdio.h>

#include "model.h"

static const char *const type_names[] = {
        [RT_TYPE_BOOL] = "bool",   [RT_TYPE_INTEGER] = "integer", [RT_TYPE_FRACTION] = "fraction",
        [RT_TYPE_TEXT] = "text",   [RT_TYPE_WORD] = "word",       [RT_TYPE_DURATION] = "duration",
        [RT_TYPE_SIZE] = "size",   [RT_TYPE_CPUS] = "cpus",       [RT_TYPE_TEXTS] = "texts",
        [RT_TYPE_NODES] = "nodes", [RT_TYPE_GROUP] = "group",     [RT_TYPE_GROUPS] = "groups",
};

static void print_schema(RtArena *arena, const char *kind, const char *prefix,
                         const RtSchema *schema)
{
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                const char *path = rt_printf(arena, "%s%s", prefix, key->name);
                printf("%s\t%s\t%s\n", kind, path, type_names[key->type]);
                const char *inner = key->type == RT_TYPE_GROUPS ? "[0]." : ".";
                if (key->group)
                        print_schema(arena, kind, rt_printf(arena, "%s%s", path, inner),
                                     key->group);
        }
}

int main(void)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        for (RtKind kind = 0; kind < RT_KINDS; kind++)
                print_schema(arena, rt_kind_word(kind), "", rt_kind_schema(kind));
        return 0;
}
