/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check-internal.h"
#include "text.h"

RtAt rt_at(RtCheck *check, RtObject *object, const RtItem *item, size_t key)
{
        RtPlace place = rt_key_place(item, key);
        return (RtAt){
                .object = object,
                /* A group that is not there is nowhere. */
                .place = place.file || !object ? place : object->item.place,
                .key = rt_key_path(check->arena, item, item->schema->keys[key].name),
        };
}

RtAt rt_at_text(RtCheck *check, RtObject *object, const RtItem *item, size_t key, size_t index)
{
        const RtKey *row = &item->schema->keys[key];
        const RtTexts *texts = rt_field(item, row);
        return (RtAt){
                .object = object,
                .place = texts->places[index],
                .key = rt_printf(check->arena, "%s[%zu]",
                                 rt_key_path(check->arena, item, row->name), index),
        };
}

void rt_complain(RtCheck *check, RtAt at, const char *fix, const char *format, ...)
{
        va_list ap;
        va_start(ap, format);
        rt_diag(check->diags, RT_ERROR, at, rt_vprintf(check->arena, format, ap), fix);
        va_end(ap);
}

void rt_warn(RtCheck *check, RtAt at, const char *fix, const char *format, ...)
{
        va_list ap;
        va_start(ap, format);
        rt_diag(check->diags, RT_WARNING, at, rt_vprintf(check->arena, format, ap), fix);
        va_end(ap);
}

const char *rt_there(RtCheck *check, RtPlace place)
{
        return rt_place_text(check->arena, place);
}

const char *rt_name_hint(RtCheck *check, RtKind kind, const char *name)
{
        /* Each hint compares with every name there is; a page of them helps nobody further. */
        enum { MOST_HINTS = 100 };
        if (++check->n_hints > MOST_HINTS)
                return "correct the name";
        const RtModel *model = check->model;
        size_t n = kind == RT_CONTAINER ? model->containers.n
                   : kind == RT_CHANNEL ? model->channels.n
                                        : model->configs.n;
        const char **names = rt_alloc_array(check->arena, n, sizeof *names);
        for (size_t i = 0; i < n; i++)
                names[i] = kind == RT_CONTAINER ? model->containers.items[i]->object.name
                           : kind == RT_CHANNEL ? model->channels.items[i]->object.name
                                                : model->configs.items[i]->object.name;
        const char *nearest = rt_nearest(name, names, n);
        if (nearest)
                return rt_printf(check->arena, "did you mean \"%s\"?", nearest);
        return rt_printf(check->arena, "add %s%s, or correct the name", name, rt_kind_ending(kind));
}

/* -- uniqueness -------------------------------------------------------------------------------- */

void rt_use(RtCheck *check, RtUses *uses, const char *name, RtAt at)
{
        RtUse use = { name, at };
        if (name)
                RT_APPEND(check->arena, uses, use);
}

/* By name, then in the order of the descriptor. */
static int compare_uses(const void *a, const void *b)
{
        const RtUse *x = *(const RtUse *const *)a, *y = *(const RtUse *const *)b;
        int r = strcmp(x->name, y->name);
        return r != 0 ? r : (x > y) - (x < y);
}

void rt_check_unique(RtCheck *check, const RtUses *uses, const char *what, const char *fix)
{
        if (uses->n < 2)
                return;
        const RtUse **sorted = rt_alloc_array(check->arena, uses->n, sizeof *sorted);
        for (size_t i = 0; i < uses->n; i++)
                sorted[i] = &uses->items[i];
        qsort(sorted, uses->n, sizeof *sorted, compare_uses);
        for (size_t i = 1, first = 0; i < uses->n; i++) {
                if (strcmp(sorted[i]->name, sorted[first]->name) != 0) {
                        first = i;
                        continue;
                }
                rt_complain(check, sorted[i]->at, fix, "\"%s\" %s (%s)", sorted[i]->name, what,
                            rt_there(check, sorted[first]->at.place));
        }
}

/* -- names ------------------------------------------------------------------------------------- */

/* A unit name that an object lays claim to; compared without regard to case. */
typedef struct Claim {
        const char *unit;
        RtObject *object;
        bool is_variant; /* as it would run in one config alone */
} Claim;

static int compare_claims(const void *a, const void *b)
{
        const Claim *x = a, *y = b;
        int r = strcasecmp(x->unit, y->unit);
        if (r == 0)
                r = strcmp(x->object->name, y->object->name);
        return r != 0 ? r
                      : (x->object->kind > y->object->kind) - (x->object->kind < y->object->kind);
}

typedef RT_LIST(Claim) Claims;

static void claim(RtCheck *check, Claims *claims, RtObject *object, const char *format)
{
        Claim one = { .object = object };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        one.unit = rt_printf(check->arena, format, object->name);
#pragma GCC diagnostic pop
        RT_APPEND(check->arena, claims, one);
}

/* Two objects must not end up with one unit name. "imu--B" may be a container of its own or the
 * container imu as it runs in config B; "B-pre" a config or the barrier of config B. */
static void check_clashes(RtCheck *check)
{
        Claims claims = { 0 };
        RT_EACH (container, &check->model->containers)
                claim(check, &claims, &(*container)->object, "rt-%s.service");
        RT_EACH (channel, &check->model->channels) {
                claim(check, &claims, &(*channel)->object, "rt-channel-%s.socket");
                if ((*channel)->bridge)
                        claim(check, &claims, &(*channel)->object, "rt-bridge-%s.service");
        }
        RT_EACH (config, &check->model->configs) {
                claim(check, &claims, &(*config)->object, "rt-config-%s.target");
                for (size_t i = 0; i < (*config)->containers.n; i++) {
                        const char *member = (*config)->containers.items[i];
                        RtContainer *container = rt_model_container(check->model, member);
                        if (!container)
                                continue;
                        Claim variant = {
                                rt_printf(check->arena, "rt-%s--%s.service", member,
                                          (*config)->object.name),
                                &container->object,
                                true,
                        };
                        RT_APPEND(check->arena, &claims, variant);
                }
        }
        if (claims.n > 1)
                qsort(claims.items, claims.n, sizeof *claims.items, compare_claims);
        for (size_t i = 1; i < claims.n; i++) {
                Claim *first = &claims.items[i - 1], *second = &claims.items[i];
                if (first->object == second->object || strcasecmp(first->unit, second->unit) != 0)
                        continue;
                RtAt at = { second->object, { second->object->item.place.file, 0 }, "file" };
                rt_complain(check, at, "rename one of them",
                            "the %s \"%s\" and the %s \"%s\" (%s) would share the unit name %s",
                            rt_kind_word(second->object->kind), second->object->name,
                            rt_kind_word(first->object->kind), first->object->name,
                            first->object->item.place.file, second->unit);
        }
}

/* "-pre" ends the names of barriers. */
static void check_config_name(RtCheck *check, RtObject *object)
{
        size_t n = strlen(object->name);
        if (n >= 4 && strcasecmp(object->name + n - 4, "-pre") == 0)
                rt_complain(check, (RtAt){ object, { object->item.place.file, 0 }, "file" },
                            "rename the file",
                            "the name \"%s\" ends in \"-pre\", as the barriers of configs do",
                            object->name);
}

static void check_reserved(RtCheck *check, RtObject *object)
{
        static const char *const reserved[] = { "config-", "channel-" };
        for (size_t i = 0; i < RT_ELEMENTS(reserved); i++)
                if (strncasecmp(object->name, reserved[i], strlen(reserved[i])) == 0)
                        rt_complain(check, (RtAt){ object, { object->item.place.file, 0 }, "file" },
                                    "rename the file",
                                    "the name \"%s\" begins with \"%s\", which units of configs "
                                    "and channels use",
                                    object->name, reserved[i]);
}

/* -- required keys ----------------------------------------------------------------------------- */

static void check_required(RtCheck *check, RtObject *object, const RtItem *item)
{
        const RtSchema *schema = item->schema;
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                if (key->required && !rt_is_set(item, i))
                        rt_complain(check, rt_at(check, object, item, i),
                                    rt_printf(check->arena, "add %s = …; %s", key->name,
                                              rt_type_words(check->arena, key)),
                                    "the key is missing");
                if (key->type == RT_TYPE_GROUP) {
                        check_required(check, object, rt_field(item, key));
                } else if (key->type == RT_TYPE_GROUPS) {
                        RT_LIST(unsigned char) list;
                        memcpy(&list, rt_field(item, key), sizeof list);
                        for (size_t k = 0; k < list.n; k++)
                                check_required(
                                        check, object,
                                        (const RtItem *)(const void *)(list.items +
                                                                       k * key->group->size));
                }
        }
}

/* -- propagation ------------------------------------------------------------------------------- */

/* After all else: a config is no better than its members. */
static void reject_configs_of_rejected(RtCheck *check)
{
        RT_EACH (it, &check->model->configs) {
                RtConfig *config = *it;
                for (size_t i = 0; i < config->containers.n; i++) {
                        RtContainer *container =
                                rt_model_container(check->model, config->containers.items[i]);
                        if (!container || !container->object.rejected)
                                continue;
                        const RtDiag *why = container->object.rejected;
                        rt_complain(check,
                                    rt_at_text(check, &config->object, &config->object.item,
                                               RT_CONFIG_CONTAINERS, i),
                                    "mend the container, or take it out of the config",
                                    "container \"%s\" is rejected (%s: %s: %s)",
                                    container->object.name, rt_there(check, why->place), why->key,
                                    why->what);
                }
        }
}

/* A container whose channel is rejected cannot have it. */
static void reject_users_of_rejected(RtCheck *check)
{
        RT_EACH (it, &check->model->containers) {
                RtContainer *container = *it;
                for (RtRole role = 0; role < RT_ROLES; role++) {
                        const RtTexts *names = &container->channels[role];
                        for (size_t i = 0; i < names->n; i++) {
                                RtChannel *channel =
                                        rt_model_channel(check->model, names->items[i]);
                                if (!channel || !channel->object.rejected)
                                        continue;
                                const RtDiag *why = channel->object.rejected;
                                rt_complain(check,
                                            rt_at_text(check, &container->object,
                                                       &container->object.item,
                                                       RT_CONTAINER_PUBLISHES + role, i),
                                            "mend the channel, or do without it",
                                            "channel \"%s\" is rejected (%s: %s: %s)",
                                            channel->object.name, rt_there(check, why->place),
                                            why->key, why->what);
                        }
                }
        }
}

void rt_check(RtModel *model, RtDiags *diags)
{
        RtCheck check = { .model = model, .diags = diags, .arena = model->arena };

        rt_check_platform(&check);
        check_clashes(&check);
        RT_EACH (channel, &model->channels) {
                if ((*channel)->object.unreadable)
                        continue;
                check_required(&check, &(*channel)->object, &(*channel)->object.item);
                if (!(*channel)->object.rejected)
                        rt_check_channel(&check, *channel);
        }
        RT_EACH (container, &model->containers) {
                check_reserved(&check, &(*container)->object);
                if ((*container)->object.unreadable)
                        continue;
                check_required(&check, &(*container)->object, &(*container)->object.item);
                rt_check_container(&check, *container);
        }
        RT_EACH (config, &model->configs) {
                check_config_name(&check, &(*config)->object);
                if ((*config)->object.unreadable)
                        continue;
                check_required(&check, &(*config)->object, &(*config)->object.item);
                rt_check_config(&check, *config);
        }
        reject_users_of_rejected(&check);
        reject_configs_of_rejected(&check);
}
