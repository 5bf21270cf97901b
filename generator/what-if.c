/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "what-if.h"

#include <errno.h>
#include <string.h>

#include "reader-internal.h"
#include "text.h"
#include "what-if-path.h"

/* How much of a path a message shows. */
enum { QUOTED = 200 };

typedef struct Supposition {
        RtModel *model;
        RtPlace place;
        const char *path;  /* with the object */
        const char *value; /* NULL: there is no "=" */
        const char *key;   /* the path as messages show it */
} Supposition;

/* Without quotes it is the text itself. */
static bool is_bare(const RtKey *key, const char *value)
{
        if (value[0] == '"')
                return false;
        return key->type == RT_TYPE_TEXT || key->type == RT_TYPE_WORD ||
               key->type == RT_TYPE_DURATION || key->type == RT_TYPE_SIZE ||
               key->type == RT_TYPE_CPUS || key->type == RT_TYPE_NODES;
}

static void set_value(const Supposition *what, RtItem *item, const RtKey *key, RtDiags *diags)
{
        RtArena *arena = what->model->arena;
        const RtReader reader = { arena, diags, NULL, what->place.file, what->place.line };
        RtProblem problem;
        if (!key || !is_bare(key, what->value)) {
                rt_read_value(&reader, what->value, item, key);
                return;
        }
        if (rt_key_set_text(arena, item, key, what->value, &problem) < 0)
                rt_diag(diags, RT_ERROR,
                        (RtAt){ NULL, what->place, rt_value_path(arena, item, key) }, problem.what,
                        problem.fix);
        else
                item->set_at[key - item->schema->keys] = what->place;
}

/* The value on trial, in an item of its own: what is wrong anywhere in it must not leave half of it
 * in the model. Problems are reported with the path as it was asked, and what follows it. */
static int try_value(const Supposition *what, const RtTarget *target, RtDiags *diags)
{
        RtArena *arena = what->model->arena;
        const RtItem *item = target->item;
        RtItem *trial = rt_alloc(arena, item->schema->size);
        RtDiags found = { .arena = arena };
        rt_item_init(arena, item->schema, item->path, trial);
        set_value(what, trial, target->key, &found);
        const size_t known = strlen(rt_value_path(arena, item, target->key));
        RT_EACH (it, &found.list) {
                const RtDiag *diag = *it;
                const char *key = rt_printf(arena, "%s%s", what->key, diag->key + known);
                rt_diag(diags, diag->severity, (RtAt){ NULL, diag->place, key }, diag->what,
                        diag->fix);
        }
        return found.n_errors > 0 ? -EINVAL : 0;
}

static int apply(const Supposition *what, RtDiags *diags)
{
        RtTarget target;
        RtProblem problem;
        int r = -EINVAL;
        if (!what->value)
                problem = (RtProblem){ "there is no \"=\"", "write it like imu.watchdog=1s" };
        else
                r = rt_find_target(what->model, what->path, &target, &problem);
        if (r < 0) {
                rt_diag(diags, RT_ERROR, (RtAt){ NULL, what->place, what->key }, problem.what,
                        problem.fix);
                return r;
        }
        if (try_value(what, &target, diags) < 0)
                return -EINVAL;
        set_value(what, target.item, target.key, diags);
        RT_EACH (parent, &target.parents)
                if (!parent->set_at->file) {
                        *parent->set_at = what->place;
                        parent->group->place = what->place;
                }
        return 0;
}

size_t rt_what_if(RtModel *model, const char *const *suppositions, size_t n, RtDiags *diags)
{
        size_t n_errors = 0;
        for (size_t i = 0; i < n; i++) {
                size_t length = strcspn(suppositions[i], "=");
                bool whole = suppositions[i][length] == '=';
                const char *path = rt_strndup(model->arena, suppositions[i], length);
                const Supposition what = {
                        .model = model,
                        .place = { RT_WHAT_IF, (unsigned)i + 1 },
                        .path = path,
                        .value = whole ? suppositions[i] + length + 1 : NULL,
                        .key = length > 0 ? rt_printable(model->arena, path, QUOTED) : "?",
                };
                n_errors += apply(&what, diags) < 0;
        }
        return n_errors;
}
