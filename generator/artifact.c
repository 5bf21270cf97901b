/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "artifact.h"

#include <stdio.h>
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
        char small[512];
        va_list ap;
        va_start(ap, format);
        int n = vsnprintf(small, sizeof small, format, ap);
        va_end(ap);
        char *value = small;
        if (n >= (int)sizeof small) {
                va_start(ap, format);
                value = rt_vprintf(arena, format, ap);
                va_end(ap);
        }
        value[strcspn(value, "\r\n")] = '\0';

        size_t key_size = strlen(key), value_size = strlen(value);
        char *text = rt_alloc(arena, key_size + 1 + value_size + 1);
        memcpy(text, key, key_size);
        text[key_size] = '=';
        memcpy(text + key_size + 1, value, value_size);
        RT_APPEND(arena, &file->lines, (RtLine){ text, origin });
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

size_t rt_artifact_size(const RtArtifact *file)
{
        size_t size = 0;
        RT_EACH (line, &file->lines)
                size += strlen(line->text) + 1;
        return size;
}

void rt_artifact_copy(const RtArtifact *file, char *ret_text)
{
        RT_EACH (line, &file->lines) {
                size_t n = strlen(line->text);
                memcpy(ret_text, line->text, n);
                ret_text[n] = '\n';
                ret_text += n + 1;
        }
}

const RtArtifact *rt_artifacts_find(const RtArtifacts *artifacts, const char *path)
{
        RT_EACH (artifact, &artifacts->list)
                if (strcmp((*artifact)->path, path) == 0)
                        return *artifact;
        return NULL;
}

const char *rt_origin_key(RtArena *arena, const RtOrigin *origin)
{
        if (!origin->key || !origin->item)
                return origin->key;
        const char *path = rt_key_path(arena, origin->item, origin->key);
        return origin->element > 0 ? rt_printf(arena, "%s[%zu]", path, origin->element - 1) : path;
}

RtOrigin rt_from(const RtItem *item, size_t key)
{
        return (RtOrigin){
                .key = item->schema->keys[key].name,
                .item = item,
                .place = item->set_at[key],
        };
}

RtOrigin rt_from_text(const RtItem *item, size_t key, size_t index)
{
        const RtTexts *texts = rt_field(item, &item->schema->keys[key]);
        RtOrigin origin = rt_from(item, key);
        origin.element = index + 1;
        origin.place = texts->places[index];
        return origin;
}

RtOrigin rt_by_rule(const char *rule)
{
        return (RtOrigin){ .rule = rule };
}
