/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Suppositions over any descriptors: one that is applied changes one key of one object, one that is
 * not changes nothing, and whatever comes of it passes what holds for descriptors.
 *
 * The suppositions stand before the first descriptor, one a line; a line that begins with a blank
 * continues the one before. */

#include <string.h>

#include "harness.h"
#include "reader.h"
#include "text.h"
#include "what-if.h"

typedef RT_LIST(const char *) Suppositions;

static Suppositions parse(RtArena *arena, const uint8_t *data, size_t size)
{
        enum { MOST = 16 };
        Suppositions suppositions = { 0 };
        const char *all = rt_strndup(arena, (const char *)data, size);
        RtText text = RT_TEXT(arena);
        while (*all && !rt_starts_with(all, "=== ") && suppositions.n < MOST) {
                size_t n = strcspn(all, "\n");
                rt_text_add_n(&text, all, n);
                all += n + (all[n] == '\n');
                if (*all == ' ') {
                        rt_text_add_char(&text, '\n');
                        continue;
                }
                RT_APPEND(arena, &suppositions, rt_strdup(arena, text.data));
                text.n = 0;
                text.data[0] = '\0';
        }
        return suppositions;
}

typedef RT_LIST(const RtObject *) Objects;

static Objects objects_of(const RtModel *model)
{
        Objects objects = { 0 };
        RT_APPEND(model->arena, &objects, &model->platform.object);
        RT_EACH (it, &model->containers)
                RT_APPEND(model->arena, &objects, &(*it)->object);
        RT_EACH (it, &model->channels)
                RT_APPEND(model->arena, &objects, &(*it)->object);
        RT_EACH (it, &model->configs)
                RT_APPEND(model->arena, &objects, &(*it)->object);
        return objects;
}

/* What is set of each key of each object, and which objects are rejected. */
static Suppositions state_of(const RtModel *model)
{
        Suppositions texts = { 0 };
        Objects objects = objects_of(model);
        RT_EACH (it, &objects) {
                for (size_t i = 0; i < (*it)->item.schema->n_keys; i++)
                        RT_APPEND(model->arena, &texts, fuzz_written_key(model->arena, *it, i));
                RT_APPEND(model->arena, &texts, (*it)->rejected ? "rejected" : "");
        }
        return texts;
}

static size_t differences(const Suppositions *a, const Suppositions *b)
{
        size_t n = 0;
        MUST(a->n == b->n, "objects came or went");
        for (size_t i = 0; i < a->n; i++)
                n += strcmp(a->items[i], b->items[i]) != 0;
        return n;
}

static void check_each(RtModel *model, const Suppositions *suppositions)
{
        Suppositions before = state_of(model);
        RT_EACH (it, suppositions) {
                RtDiags diags = { .arena = model->arena };
                size_t n_errors = rt_what_if(model, it, 1, &diags);
                Suppositions after = state_of(model);
                size_t n = differences(&before, &after);
                MUST(n_errors <= 1 && (n_errors > 0) == (diags.n_errors > 0), "«%s»", *it);
                MUST(n <= (n_errors > 0 ? 0 : 1), "«%s» changed %zu keys", *it, n);
                RT_EACH (diag, &diags.list) {
                        const char *line = rt_diag_line(model->arena, "/root", *diag);
                        MUST(rt_starts_with(line, "--what-if:1: ") && (*diag)->key[0], "%s", line);
                }
                before = after;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        Suppositions suppositions = parse(arena, data, size);
        RtSources sources = fuzz_sources(arena, data, size);
        RtModel model;
        RtDiags diags = { .arena = arena };
        rt_read_model(&model, arena, &sources, &diags);
        check_each(&model, &suppositions);

        FuzzRun run;
        fuzz_run_supposing(&run, arena, &sources, suppositions.items, suppositions.n);
        fuzz_check_diags(&run);
        fuzz_check_plan(&run);
        fuzz_check_artifacts(&run);
        return 0;
}
