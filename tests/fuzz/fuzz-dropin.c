/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Merging of drop-ins: the merged object, written out as one descriptor, reads as the same. */

#include <string.h>

#include "harness.h"
#include "reader.h"
#include "text.h"

static const RtObject *only_object(const RtModel *model, RtKind kind)
{
        return kind == RT_PLATFORM    ? &model->platform.object
               : kind == RT_CONTAINER ? &model->containers.items[0]->object
               : kind == RT_CHANNEL   ? &model->channels.items[0]->object
                                      : &model->configs.items[0]->object;
}

static void check_places(const RtObject *object)
{
        for (size_t i = 0; i < object->item.schema->n_keys; i++) {
                bool known = !rt_is_set(&object->item, i);
                for (size_t k = 0; !known && object->sources[k]; k++)
                        known = strcmp(object->item.set_at[i].file, object->sources[k]) == 0;
                MUST(known, "a key was set nowhere");
        }
}

static void check_object(RtArena *arena, const RtSource *source)
{
        RtSources one = { 0 };
        RtModel merged, again;
        RtDiags diags = { .arena = arena };
        RT_APPEND(arena, &one, *source);
        rt_read_model(&merged, arena, &one, &diags);
        rt_model_complete(&merged);
        const RtObject *object = only_object(&merged, source->kind);
        check_places(object);
        if (object->rejected)
                return;

        const char *text = fuzz_written(arena, object);
        RtFile file = { .path = "/merged", .text = text, .size = strlen(text) };
        one.items[0].files.items = NULL;
        one.items[0].files.n = 0;
        RT_APPEND(arena, &one.items[0].files, file);
        if (file.size > RT_DESCRIPTOR_MAX)
                return;
        rt_read_model(&again, arena, &one, &diags);
        MUST(diags.n_errors == 0, "%s: what was written is refused: %s", source->name,
             rt_diag_line(arena, "", diags.list.items[0]));
        MUST(strcmp(fuzz_written(arena, only_object(&again, source->kind)), text) == 0,
             "%s: what was written reads differently:\n%s", source->name, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtSources sources = fuzz_sources(arena, data, size);
        RT_EACH (source, &sources)
                check_object(arena, source);
        return 0;
}
