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

/* A new last line of `n` bytes; the caller fills in the text. */
static char *add_line(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin, size_t n)
{
        RtLine *line = rt_alloc(artifacts->arena, sizeof *line + n + 1);
        line->origin = origin;
        line->n = n;
        if (file->last)
                file->last->next = line;
        else
                file->first = line;
        file->last = line;
        file->size += n + 1;
        return line->text;
}

void rt_artifact_set(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin, const char *key,
                     const char *format, ...)
{
        char small[512], *value = small;
        va_list ap;
        va_start(ap, format);
        int length = vsnprintf(small, sizeof small, format, ap);
        va_end(ap);
        if (length >= (int)sizeof small) {
                va_start(ap, format);
                value = rt_vprintf(artifacts->arena, format, ap);
                va_end(ap);
        }
        size_t key_size = strlen(key), value_size = strcspn(value, "\r\n");
        char *text = add_line(artifacts, file, origin, key_size + 1 + value_size);
        memcpy(text, key, key_size);
        text[key_size] = '=';
        memcpy(text + key_size + 1, value, value_size);
}

void rt_artifact_line_from(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin,
                           const char *text)
{
        size_t n = strlen(text);
        memcpy(add_line(artifacts, file, origin, n), text, n);
}

void rt_artifact_line(RtArtifacts *artifacts, RtArtifact *file, const char *text)
{
        rt_artifact_line_from(artifacts, file, (RtOrigin){ 0 }, text);
}

void rt_artifact_section(RtArtifacts *artifacts, RtArtifact *file, const char *name)
{
        rt_artifact_line(artifacts, file, "");
        rt_artifact_line(artifacts, file, rt_printf(artifacts->arena, "[%s]", name));
}

void rt_artifact_copy(const RtArtifact *file, char *ret_text)
{
        RT_EACH_LINE (line, file) {
                memcpy(ret_text, line->text, line->n);
                ret_text[line->n] = '\n';
                ret_text += line->n + 1;
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
