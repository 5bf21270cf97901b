/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "artifact.h"

#include <string.h>

#include "text.h"

static RtArtifact *add(RtArtifacts *artifacts, const RtObject *about, const char *path,
                       const char *link)
{
        RtArtifact *artifact = rt_alloc(artifacts->arena, sizeof *artifact);
        *artifact = (RtArtifact){ .path = path, .link = link, .about = about };
        RT_APPEND(artifacts->arena, &artifacts->list, artifact);
        return artifact;
}

RtArtifact *rt_artifact_file(RtArtifacts *artifacts, const RtObject *about, const char *path)
{
        return add(artifacts, about, path, NULL);
}

RtArtifact *rt_artifact_link(RtArtifacts *artifacts, const RtObject *about, const char *path,
                             const char *target)
{
        return add(artifacts, about, path, target);
}

void rt_artifact_set(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin, const char *key,
                     const char *format, ...)
{
        RtArena *arena = artifacts->arena;
        va_list ap;
        va_start(ap, format);
        char *value = rt_vprintf(arena, format, ap);
        va_end(ap);
        value[strcspn(value, "\r\n")] = '\0';
        RtLine line = { rt_printf(arena, "%s=%s", key, value), origin };
        RT_APPEND(arena, &file->lines, line);
}

void rt_artifact_line(RtArtifacts *artifacts, RtArtifact *file, const char *text)
{
        RT_APPEND(artifacts->arena, &file->lines, (RtLine){ .text = text });
}

void rt_artifact_section(RtArtifacts *artifacts, RtArtifact *file, const char *name)
{
        rt_artifact_line(artifacts, file, "");
        rt_artifact_line(artifacts, file, rt_printf(artifacts->arena, "[%s]", name));
}

const char *rt_artifact_text(RtArena *arena, const RtArtifact *file, size_t *ret_size)
{
        size_t size = 0;
        RT_EACH (line, &file->lines)
                size += strlen(line->text) + 1;
        char *text = rt_alloc(arena, size + 1), *end = text;
        RT_EACH (line, &file->lines) {
                size_t n = strlen(line->text);
                memcpy(end, line->text, n);
                end[n] = '\n';
                end += n + 1;
        }
        *ret_size = size;
        return text;
}

const RtArtifact *rt_artifacts_find(const RtArtifacts *artifacts, const char *path)
{
        RT_EACH (artifact, &artifacts->list)
                if (strcmp((*artifact)->path, path) == 0)
                        return *artifact;
        return NULL;
}

RtOrigin rt_from(RtArena *arena, const RtItem *item, size_t key)
{
        return (RtOrigin){
                .place = rt_is_set(item, key) ? item->set_at[key] : (RtPlace){ 0 },
                .key = rt_key_path(arena, item, item->schema->keys[key].name),
        };
}

RtOrigin rt_from_text(RtArena *arena, const RtItem *item, size_t key, size_t index)
{
        const RtKey *row = &item->schema->keys[key];
        const RtTexts *texts = rt_field(item, row);
        return (RtOrigin){
                .place = texts->places[index],
                .key = rt_printf(arena, "%s[%zu]", rt_key_path(arena, item, row->name), index),
        };
}

RtOrigin rt_by_rule(const char *rule)
{
        return (RtOrigin){ .rule = rule };
}
