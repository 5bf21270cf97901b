/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "schema.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "text.h"

/* How much of a wrong value a message quotes. */
enum { QUOTED = 60 };

/* All lists have this layout; see RT_LIST. Fields are copied in and out as such. */
typedef RT_LIST(unsigned char) AnyList;

bool rt_texts_have(const RtTexts *texts, const char *text)
{
        for (size_t i = 0; i < texts->n; i++)
                if (strcmp(texts->items[i], text) == 0)
                        return true;
        return false;
}

void *rt_field(const RtItem *item, const RtKey *key)
{
        return (unsigned char *)(uintptr_t)item + key->offset;
}

void rt_item_init(RtArena *arena, const RtSchema *schema, const char *path, RtItem *item)
{
        memset(item, 0, schema->size);
        item->schema = schema;
        item->path = path;
        item->set_at = rt_alloc_array(arena, schema->n_keys, sizeof *item->set_at);
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                if (key->type == RT_TYPE_GROUP)
                        rt_item_init(arena, key->group, rt_key_path(arena, item, key->name),
                                     rt_field(item, key));
                else if (key->initial) {
                        RtProblem problem;
                        rt_key_set_text(arena, item, key, key->initial, &problem);
                }
        }
}

const RtKey *rt_schema_find(const RtSchema *schema, const char *name)
{
        for (size_t i = 0; i < schema->n_keys; i++)
                if (strcmp(schema->keys[i].name, name) == 0)
                        return &schema->keys[i];
        return NULL;
}

const char *rt_schema_nearest(const RtSchema *schema, const char *name)
{
        enum { MOST_KEYS = 64 };
        const char *names[MOST_KEYS];
        size_t n = schema->n_keys < MOST_KEYS ? schema->n_keys : MOST_KEYS;
        for (size_t i = 0; i < n; i++)
                names[i] = schema->keys[i].name;
        return rt_nearest(name, names, n);
}

bool rt_is_set(const RtItem *item, size_t key)
{
        return item->set_at[key].file;
}

RtPlace rt_key_place(const RtItem *item, size_t key)
{
        return rt_is_set(item, key) ? item->set_at[key] : item->place;
}

const char *rt_key_path(RtArena *arena, const RtItem *item, const char *key)
{
        return item->path[0] ? rt_printf(arena, "%s.%s", item->path, key) : key;
}

/* "one of a, b, c" */
static const char *words_text(RtArena *arena, const char *const *words)
{
        RtText text = RT_TEXT(arena);
        for (size_t i = 0; words[i]; i++)
                rt_text_addf(&text, "%s\"%s\"", i > 0 ? ", " : "", words[i]);
        return rt_strdup(arena, text.data);
}

const char *rt_type_words(RtArena *arena, const RtKey *key)
{
        switch (key->type) {
        case RT_TYPE_BOOL:
                return "true or false";
        case RT_TYPE_INTEGER:
                if (key->max == 0)
                        return "an integer";
                return rt_printf(arena, "an integer from %lld to %lld", (long long)key->min,
                                 (long long)key->max);
        case RT_TYPE_FRACTION:
                return "a fraction such as 0.95";
        case RT_TYPE_TEXT:
                return "a string";
        case RT_TYPE_WORD:
                return rt_printf(arena, "one of %s", words_text(arena, key->words));
        case RT_TYPE_DURATION:
                return "a duration such as \"250us\" or \"1.5ms\" (units ns, us, ms, s)";
        case RT_TYPE_SIZE:
                return "a size such as \"64K\" or \"16M\" (units B, K, M, G, T)";
        case RT_TYPE_CPUS:
                return "a CPU list such as \"0,2-3\"";
        case RT_TYPE_NODES:
                return "a list of NUMA nodes such as \"0\" or \"0-1\"";
        case RT_TYPE_TEXTS:
                return "a list of strings such as [ \"a\", \"b\" ]";
        case RT_TYPE_GROUP:
                return "a group such as { … }";
        case RT_TYPE_GROUPS:
                return "a list of groups such as ( { … }, { … } )";
        }
        return "?";
}

static int refuse(RtArena *arena, const RtKey *key, const char *what, RtProblem *ret_problem)
{
        *ret_problem = (RtProblem){
                .what = what,
                .fix = rt_printf(arena, "write %s", rt_type_words(arena, key)),
        };
        return -EINVAL;
}

static int refuse_value(RtArena *arena, const RtKey *key, const char *text, const char *why,
                        RtProblem *ret_problem)
{
        const char *what = rt_printf(arena, "\"%s\" %s", rt_printable(arena, text, QUOTED), why);
        return refuse(arena, key, what, ret_problem);
}

int rt_key_check_text(RtArena *arena, const RtKey *key, const char *text, RtProblem *ret_problem)
{
        if (!rt_utf8_is_valid(text) || rt_text_has_control(text)) {
                *ret_problem = (RtProblem){
                        .what = rt_printf(
                                arena, "\"%s\" contains %s", rt_printable(arena, text, QUOTED),
                                rt_utf8_is_valid(text) ? "a control character" : "invalid UTF-8"),
                        .fix = "write one line of printable UTF-8",
                };
                return -EINVAL;
        }
        if (strlen(text) > RT_TEXT_MAX) {
                *ret_problem = (RtProblem){
                        .what = rt_printf(arena, "\"%s\" is %zu bytes long",
                                          rt_printable(arena, text, QUOTED), strlen(text)),
                        .fix = rt_printf(arena, "write at most %d bytes", RT_TEXT_MAX),
                };
                return -EINVAL;
        }
        return key->rule ? key->rule(arena, text, ret_problem) : 0;
}

static int set_word(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                    RtProblem *ret_problem)
{
        size_t n = 0;
        for (; key->words[n]; n++)
                if (strcmp(key->words[n], text) == 0) {
                        *(int *)rt_field(item, key) = (int)n;
                        return 0;
                }
        int r = refuse_value(arena, key, text, "is not known here", ret_problem);
        const char *nearest = rt_nearest(text, key->words, n);
        if (nearest)
                ret_problem->fix = rt_printf(arena, "did you mean \"%s\"? %s is possible", nearest,
                                             rt_type_words(arena, key));
        return r;
}

static int set_quantity(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                        RtProblem *ret_problem)
{
        int64_t value;
        bool is_time = key->type == RT_TYPE_DURATION;
        int r = is_time ? rt_parse_duration(text, &value) : rt_parse_size(text, &value);
        if (r == -ENODATA)
                return refuse_value(arena, key, text, "has no unit", ret_problem);
        if (r == -ERANGE)
                return refuse_value(arena, key, text,
                                    is_time ? "is negative, over 100 years, or finer than 1ns"
                                            : "is negative, over 1 EiB, or not whole bytes",
                                    ret_problem);
        if (r < 0)
                return refuse_value(arena, key, text, is_time ? "is no duration" : "is no size",
                                    ret_problem);
        if (value == 0 && key->positive)
                return refuse_value(arena, key, text, "is zero", ret_problem);
        if (value < key->min)
                return refuse_value(arena, key, text,
                                    rt_printf(arena, "is less than %s",
                                              is_time ? rt_duration_text(arena, key->min)
                                                      : rt_size_text(arena, key->min)),
                                    ret_problem);
        *(int64_t *)rt_field(item, key) = value;
        return 0;
}

static int set_cpus(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                    RtProblem *ret_problem)
{
        RtCpuSet set;
        int r = rt_cpuset_parse(text, &set);
        bool nodes = key->type == RT_TYPE_NODES;
        if (r == -ERANGE)
                return refuse_value(arena, key, text,
                                    nodes ? "names a node above 1023" : "names a CPU above 1023",
                                    ret_problem);
        if (r < 0)
                return refuse_value(arena, key, text, nodes ? "is no list" : "is no CPU list",
                                    ret_problem);
        *(RtCpuSet *)rt_field(item, key) = set;
        return 0;
}

int rt_key_set_integer(RtArena *arena, const RtItem *item, const RtKey *key, int64_t value,
                       RtProblem *ret_problem)
{
        if (key->type == RT_TYPE_FRACTION)
                return rt_key_set_fraction(arena, item, key, (double)value, ret_problem);
        if (key->type == RT_TYPE_DURATION || key->type == RT_TYPE_SIZE)
                return refuse(
                        arena, key,
                        rt_printf(arena, "the bare number %lld has no unit", (long long)value),
                        ret_problem);
        if (key->type != RT_TYPE_INTEGER)
                return refuse(arena, key, "a number is not possible here", ret_problem);
        if (key->max != 0 && (value < key->min || value > key->max))
                return refuse(arena, key,
                              rt_printf(arena, "%lld is out of range", (long long)value),
                              ret_problem);
        *(int64_t *)rt_field(item, key) = value;
        return 0;
}

int rt_key_set_fraction(RtArena *arena, const RtItem *item, const RtKey *key, double value,
                        RtProblem *ret_problem)
{
        if (key->type != RT_TYPE_FRACTION)
                return refuse(arena, key, "a fractional number is not possible here", ret_problem);
        const double million = 1e6;
        /* Written so that a NaN fails as well. */
        if (!(value * million >= (double)key->min && value * million <= (double)key->max)) {
                int r = refuse(arena, key, rt_printf(arena, "%g is out of range", value),
                               ret_problem);
                ret_problem->fix =
                        rt_printf(arena, "write a fraction from %g to %g",
                                  (double)key->min / million, (double)key->max / million);
                return r;
        }
        *(int64_t *)rt_field(item, key) = llround(value * million);
        return 0;
}

static int set_number_text(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                           RtProblem *ret_problem)
{
        int64_t value;
        if (key->type == RT_TYPE_INTEGER) {
                if (rt_parse_integer(text, &value) < 0)
                        return refuse_value(arena, key, text, "is no integer", ret_problem);
                return rt_key_set_integer(arena, item, key, value, ret_problem);
        }
        char *end;
        double fraction = strtod(text, &end);
        if (end == text || *end)
                return refuse_value(arena, key, text, "is no fraction", ret_problem);
        return rt_key_set_fraction(arena, item, key, fraction, ret_problem);
}

int rt_key_set_text(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                    RtProblem *ret_problem)
{
        int r = rt_key_check_text(arena, key, text, ret_problem);
        if (r < 0)
                return r;
        switch (key->type) {
        case RT_TYPE_BOOL:
                if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
                        return refuse_value(arena, key, text, "is neither", ret_problem);
                *(bool *)rt_field(item, key) = text[0] == 't';
                return 0;
        case RT_TYPE_INTEGER:
        case RT_TYPE_FRACTION:
                return set_number_text(arena, item, key, text, ret_problem);
        case RT_TYPE_TEXT:
                *(const char **)rt_field(item, key) = rt_strdup(arena, text);
                return 0;
        case RT_TYPE_WORD:
                return set_word(arena, item, key, text, ret_problem);
        case RT_TYPE_DURATION:
        case RT_TYPE_SIZE:
                return set_quantity(arena, item, key, text, ret_problem);
        case RT_TYPE_CPUS:
        case RT_TYPE_NODES:
                return set_cpus(arena, item, key, text, ret_problem);
        case RT_TYPE_TEXTS:
        case RT_TYPE_GROUP:
        case RT_TYPE_GROUPS:
                break;
        }
        return refuse(arena, key, "a single value is not possible here", ret_problem);
}

RtItem *rt_key_add_group(RtArena *arena, const RtItem *item, const RtKey *key)
{
        AnyList list;
        size_t size = key->group->size;
        memcpy(&list, rt_field(item, key), sizeof list);
        list.items = rt_list_grow(arena, list.items, list.n, size);
        RtItem *element = (RtItem *)(void *)(list.items + list.n * size);
        const char *path = rt_printf(arena, "%s[%zu]", rt_key_path(arena, item, key->name), list.n);
        rt_item_init(arena, key->group, path, element);
        list.n++;
        memcpy(rt_field(item, key), &list, sizeof list);
        return element;
}

size_t rt_key_length(const RtItem *item, const RtKey *key)
{
        AnyList list;
        memcpy(&list, rt_field(item, key), sizeof list);
        return list.n;
}

RtItem *rt_key_element(const RtItem *item, const RtKey *key, size_t index)
{
        AnyList list;
        memcpy(&list, rt_field(item, key), sizeof list);
        return index < list.n ? (RtItem *)(void *)(list.items + index * key->group->size) : NULL;
}

/* A string literal of libconfig. Control characters never get past the checks. */
static void add_literal(RtText *text, const char *value)
{
        rt_text_add_char(text, '"');
        for (const char *s = value; *s; s++) {
                if (*s == '"' || *s == '\\')
                        rt_text_add_char(text, '\\');
                rt_text_add_char(text, *s);
        }
        rt_text_add_char(text, '"');
}

static const char *literal(RtArena *arena, const char *value)
{
        RtText text = RT_TEXT(arena);
        add_literal(&text, value);
        return text.data;
}

const char *rt_key_written(RtArena *arena, const RtItem *item, const RtKey *key)
{
        const void *field = rt_field(item, key);
        switch (key->type) {
        case RT_TYPE_BOOL:
                return *(const bool *)field ? "true" : "false";
        case RT_TYPE_INTEGER:
                return rt_printf(arena, "%lld", (long long)*(const int64_t *)field);
        case RT_TYPE_FRACTION:
                return rt_printf(arena, "%.6g", (double)*(const int64_t *)field / 1e6);
        case RT_TYPE_TEXT: {
                const char *text = *(const char *const *)field;
                return literal(arena, text ? text : "");
        }
        case RT_TYPE_WORD:
                return literal(arena, key->words[*(const int *)field]);
        case RT_TYPE_DURATION:
                return literal(arena, rt_duration_text(arena, *(const int64_t *)field));
        case RT_TYPE_SIZE:
                return literal(arena, rt_size_text(arena, *(const int64_t *)field));
        case RT_TYPE_CPUS:
        case RT_TYPE_NODES:
                return literal(arena, rt_cpuset_text(arena, field));
        case RT_TYPE_TEXTS: {
                const RtTexts *texts = field;
                RtText out = RT_TEXT(arena);
                rt_text_add(&out, "[ ");
                for (size_t i = 0; i < texts->n; i++) {
                        rt_text_add(&out, i > 0 ? ", " : "");
                        add_literal(&out, texts->items[i]);
                }
                rt_text_add(&out, texts->n > 0 ? " ]" : "]");
                return out.data;
        }
        case RT_TYPE_GROUP:
        case RT_TYPE_GROUPS:
                break;
        }
        return "";
}
