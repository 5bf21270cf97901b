/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "reader.h"
#include "rules.h"
#include "text.h"
#include "timing.h"
#include "what-if.h"

/* -- descriptors ------------------------------------------------------------------------------- */

static bool parse_name(RtArena *arena, const char *file, RtSource *ret)
{
        RtProblem problem;
        if (strcmp(file, rt_kind_ending(RT_PLATFORM)) == 0) {
                *ret = (RtSource){ .kind = RT_PLATFORM, .name = "platform" };
                return true;
        }
        for (RtKind kind = RT_CONTAINER; kind < RT_KINDS; kind++) {
                const char *ending = rt_kind_ending(kind);
                if (!rt_ends_with(file, ending))
                        continue;
                const char *name = rt_strndup(arena, file, strlen(file) - strlen(ending));
                *ret = (RtSource){ .kind = kind, .name = name };
                return rt_rule_name(arena, name, &problem) == 0;
        }
        return false;
}

static RtSource *find_source(RtSources *sources, const RtSource *like)
{
        RT_EACH (source, sources)
                if (source->kind == like->kind && strcmp(source->name, like->name) == 0)
                        return source;
        return NULL;
}

static void add_file(RtArena *arena, RtSources *sources, const char *name, const char *text,
                     size_t size)
{
        RtSource source;
        if (!parse_name(arena, name, &source))
                return;
        RtSource *known = find_source(sources, &source);
        if (!known) {
                RT_APPEND(arena, sources, source);
                known = &sources->items[sources->n - 1];
        }
        char *copy = rt_alloc(arena, size + 1);
        memcpy(copy, text, size);
        const char *path = known->files.n == 0 ? rt_printf(arena, "/etc/rtcontainers/%s", name)
                                               : rt_printf(arena, "/etc/rtcontainers/%s.d/%zu.conf",
                                                           name, known->files.n);
        RtFile file = { .path = path, .text = copy, .size = size };
        RT_APPEND(arena, &known->files, file);
}

/* As rt_search() sorts them. */
static int compare_sources(const void *a, const void *b)
{
        const RtSource *x = a, *y = b;
        if (x->kind != y->kind)
                return x->kind < y->kind ? -1 : 1;
        return strcmp(x->name, y->name);
}

RtSources fuzz_sources(RtArena *arena, const uint8_t *data, size_t size)
{
        static const char mark[] = "=== ";
        RtSources sources = { 0 };
        char *all = rt_alloc(arena, size + 1);
        memcpy(all, data, size);
        const char *name = NULL;
        const char *end = all + size, *begin = all;
        for (char *line = all; line < end;) {
                char *newline = memchr(line, '\n', (size_t)(end - line));
                char *next = newline ? newline + 1 : (char *)end;
                bool head = (size_t)(next - line) > strlen(mark) &&
                            memcmp(line, mark, strlen(mark)) == 0;
                if (head) {
                        if (name)
                                add_file(arena, &sources, name, begin, (size_t)(line - begin));
                        size_t n = (size_t)(next - line) - strlen(mark) - (newline ? 1 : 0);
                        name = rt_strndup(arena, line + strlen(mark), n);
                        begin = next;
                }
                line = next;
        }
        if (name)
                add_file(arena, &sources, name, begin, (size_t)(end - begin));
        if (sources.n > 1)
                qsort(sources.items, sources.n, sizeof *sources.items, compare_sources);
        return sources;
}

static void run_all(FuzzRun *ret, RtArena *arena, const RtSources *sources,
                    const RtStoredPlan *stored, const char *const *what_if, size_t n_what_if)
{
        RtCpuSet online;
        rt_cpuset_parse("0-3", &online);
        *ret = (FuzzRun){ .diags = { .arena = arena } };
        rt_read_model(&ret->model, arena, sources, &ret->diags);
        rt_what_if(&ret->model, what_if, n_what_if, &ret->diags);
        if (!rt_is_set(&ret->model.platform.object.item, RT_PLATFORM_CPUS))
                ret->model.platform.cpus = online;
        rt_model_complete(&ret->model);
        rt_check(&ret->model, &ret->diags);
        rt_plan_make_from(&ret->plan, &ret->model, stored, &ret->diags);
        rt_emit(&ret->artifacts, &ret->model, &ret->plan, &ret->diags, "/run/units");
}

void fuzz_run(FuzzRun *ret, RtArena *arena, const RtSources *sources)
{
        run_all(ret, arena, sources, NULL, NULL, 0);
}

void fuzz_run_from(FuzzRun *ret, RtArena *arena, const RtSources *sources,
                   const RtStoredPlan *stored)
{
        run_all(ret, arena, sources, stored, NULL, 0);
}

void fuzz_run_supposing(FuzzRun *ret, RtArena *arena, const RtSources *sources,
                        const char *const *what_if, size_t n_what_if)
{
        run_all(ret, arena, sources, NULL, what_if, n_what_if);
}

/* -- objects ----------------------------------------------------------------------------------- */

static void write_item(RtText *text, const RtItem *item);

static void write_groups(RtText *text, const RtItem *item, const RtKey *key)
{
        const RtItem *group;
        rt_text_addf(text, "%s = (", key->name);
        for (size_t i = 0; (group = rt_key_element(item, key, i)); i++) {
                rt_text_add(text, i > 0 ? ", {" : " {");
                write_item(text, group);
                rt_text_add(text, " }");
        }
        rt_text_add(text, " );\n");
}

static void write_key(RtText *text, const RtItem *item, const RtKey *key)
{
        if (!rt_is_set(item, (size_t)(key - item->schema->keys)))
                return;
        if (key->type == RT_TYPE_GROUPS) {
                write_groups(text, item, key);
        } else if (key->type == RT_TYPE_GROUP) {
                rt_text_addf(text, "%s = {", key->name);
                write_item(text, rt_field(item, key));
                rt_text_add(text, " };\n");
        } else {
                rt_text_addf(text, "%s = %s;\n", key->name, rt_key_written(text->arena, item, key));
        }
}

static void write_item(RtText *text, const RtItem *item)
{
        for (size_t i = 0; i < item->schema->n_keys; i++)
                write_key(text, item, &item->schema->keys[i]);
}

const char *fuzz_written(RtArena *arena, const RtObject *object)
{
        RtText text = RT_TEXT(arena);
        write_item(&text, &object->item);
        return rt_strdup(arena, text.data);
}

const char *fuzz_written_key(RtArena *arena, const RtObject *object, size_t key)
{
        RtText text = RT_TEXT(arena);
        write_key(&text, &object->item, &object->item.schema->keys[key]);
        return rt_strdup(arena, text.data);
}

/* -- diagnostics ------------------------------------------------------------------------------- */

void fuzz_check_diags(const FuzzRun *run)
{
        RT_EACH (it, &run->diags.list) {
                const RtDiag *diag = *it;
                const char *line = rt_diag_line(run->model.arena, "", diag);
                MUST(rt_utf8_is_valid(line) && !rt_text_has_control(line), "message: %s", line);
                MUST(diag->key[0] && diag->what[0] && diag->fix[0], "message: %s", line);
                MUST(diag->place.file, "nowhere: %s", line);
        }
}

/* -- plan -------------------------------------------------------------------------------------- */

static bool names(const RtTexts *texts, const char *name)
{
        for (size_t i = 0; i < texts->n; i++)
                if (strcmp(texts->items[i], name) == 0)
                        return true;
        return false;
}

static void check_apart(const RtInstance *a, const RtInstance *b)
{
        RtCpuSet shared = rt_cpuset_and(&a->cpus, &b->cpus);
        bool apart = a->container->cpus.exclusive || b->container->cpus.exclusive ||
                     names(&a->container->cpus.separate_from, b->container->object.name) ||
                     names(&b->container->cpus.separate_from, a->container->object.name);
        bool both =
                rt_container_is_realtime(a->container) && rt_container_is_realtime(b->container);
        MUST(!apart || !both || rt_cpuset_is_empty(&shared), "%s and %s share a CPU", a->stem,
             b->stem);
}

static void check_config(const FuzzRun *run, const RtConfigPlan *config)
{
        long double load[RT_CPUS_MAX] = { 0 };
        RT_EACH (it, &config->members) {
                const RtInstance *member = *it;
                RT_EACH (other, &config->members)
                        if (*other != member)
                                check_apart(member, *other);
                RT_EACH (task, &member->tasks)
                        if (task->cpu >= 0)
                                load[task->cpu] += (long double)task->task->wcet /
                                                   (long double)task->task->period;
        }
        for (int cpu = 0; cpu < RT_CPUS_MAX; cpu++)
                MUST(load[cpu] * 1e6L <= (long double)run->model.platform.rt_bandwidth + 1e-9L,
                     "%s: CPU %d has %Lf", config->config->object.name, cpu, load[cpu]);
}

static void check_instance(const FuzzRun *run, const RtInstance *instance)
{
        const RtPriorities *band = &run->model.platform.priorities;
        const RtContainer *container = instance->container;
        MUST(!container->object.rejected, "%s is planned and rejected", instance->stem);
        MUST(instance->uid >= run->model.platform.uid_base && instance->uid < 0x70000000,
             "%s has the user ID %lld", instance->stem, (long long)instance->uid);
        MUST(!rt_cpuset_is_empty(&instance->cpus), "%s is on no CPU", instance->stem);
        RT_EACH (task, &instance->tasks) {
                bool fifo = task->task->policy == RT_POLICY_FIFO;
                bool in_band = task->priority >= band->min && task->priority <= band->max;
                MUST(fifo ? in_band : task->priority == 0, "%s has the priority %d", instance->stem,
                     task->priority);
                MUST(task->task->policy == RT_POLICY_OTHER || task->cpu >= 0, "%s has no CPU",
                     instance->stem);
                MUST(task->cpu < 0 || rt_cpuset_has(&instance->cpus, (unsigned)task->cpu),
                     "%s is on another CPU", instance->stem);
                MUST(!rt_is_set(&task->task->item, RT_TASK_CPU) || task->cpu < 0 ||
                             task->cpu == task->task->cpu,
                     "%s is not on the CPU that was fixed", instance->stem);
        }
}

void fuzz_check_plan(const FuzzRun *run)
{
        /* A platform in error has no config; its containers may be planned with odd numbers. */
        if (run->model.platform.object.rejected) {
                MUST(run->plan.configs.n == 0, "configs of a rejected platform");
                return;
        }
        RT_EACH (it, &run->plan.instances) {
                check_instance(run, *it);
                RT_EACH (other, &run->plan.instances)
                        MUST(((*it)->container == (*other)->container) ==
                                     ((*it)->uid == (*other)->uid),
                             "%s and %s: user IDs", (*it)->stem, (*other)->stem);
        }
        RT_EACH (config, &run->plan.configs) {
                MUST(!(*config)->config->object.rejected, "a rejected config is planned");
                if (run->model.platform.admission != RT_ADMISSION_ENFORCE)
                        continue;
                check_config(run, *config);
                MUST(rt_plan_timing((RtPlan *)&run->plan, *config)->verdict == RT_MET,
                     "config %s is accepted but does not hold", (*config)->config->object.name);
        }
}

/* -- artifacts --------------------------------------------------------------------------------- */

static void check_path(const char *path)
{
        MUST(path[0] && rt_utf8_is_valid(path) && !rt_text_has_control(path), "path %s", path);
        for (const char *s = path;; s++) {
                size_t n = strcspn(s, "/");
                MUST(n > 0 && n <= 255 && strncmp(s, ".", n) != 0 && strncmp(s, "..", n) != 0,
                     "path %s", path);
                s += n;
                if (!*s)
                        break;
        }
}

static void check_line(const RtArtifact *artifact, const RtLine *line)
{
        MUST(strlen(line->text) == line->n, "%s: a zero byte in a line", artifact->path);
        MUST(!rt_text_has_control(line->text) && rt_utf8_is_valid(line->text), "%s: %s",
             artifact->path, line->text);
        MUST(line->n == 0 || line->text[line->n - 1] != '\\', "%s: a line that joins the next: %s",
             artifact->path, line->text);
}

static void check_tombstone(const FuzzRun *run, const RtObject *object, const char *unit)
{
        bool found = false;
        RT_EACH (artifact, &run->artifacts.list)
                found = found || (*artifact)->about == object;
        MUST(!object->rejected || rt_artifacts_find(&run->artifacts, unit), "no tombstone %s",
             unit);
        MUST(object->rejected || object->kind == RT_CHANNEL || found, "nothing for %s",
             object->name);
}

void fuzz_check_artifacts(const FuzzRun *run)
{
        RtArena *arena = run->model.arena;
        RT_EACH (it, &run->artifacts.list) {
                const RtArtifact *artifact = *it;
                check_path(artifact->path);
                MUST(rt_artifacts_find(&run->artifacts, artifact->path) == artifact,
                     "%s is there twice", artifact->path);
                if (artifact->link)
                        check_path(artifact->link);
                RT_EACH_LINE (line, artifact)
                        check_line(artifact, line);
        }
        RT_EACH (it, &run->model.containers)
                check_tombstone(run, &(*it)->object,
                                rt_printf(arena, "rt-%s.service", (*it)->object.name));
        RT_EACH (it, &run->model.channels)
                check_tombstone(run, &(*it)->object,
                                rt_printf(arena, "rt-channel-%s.socket", (*it)->object.name));
        RT_EACH (it, &run->model.configs)
                check_tombstone(run, &(*it)->object,
                                rt_printf(arena, "rt-config-%s.target", (*it)->object.name));
}
