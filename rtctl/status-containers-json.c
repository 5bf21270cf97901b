/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Containers for programs. */

#include "status.h"

static void add_text(json_object *object, const char *name, const char *text)
{
        json_object_object_add(object, name, rt_json_text(text));
}

static json_object *comparison_json(const RtComparison *comparison)
{
        json_object *object = json_object_new_object();
        add_text(object, "subject", comparison->subject);
        add_text(object, "aspect", comparison->aspect);
        add_text(object, "declared", comparison->declared);
        add_text(object, "planned", comparison->planned);
        add_text(object, "actual", comparison->actual);
        add_text(object, "agreement", rt_agreement_words[comparison->agreement]);
        add_text(object, "hint", comparison->hint);
        return object;
}

static void add_comparisons(json_object *object, const RtComparisons *comparisons)
{
        const size_t drifts = rt_comparisons_count(comparisons, RT_DRIFT);
        const size_t unknown = rt_comparisons_count(comparisons, RT_UNKNOWN);
        json_object *list = json_object_new_array();
        RT_EACH (comparison, comparisons)
                json_object_array_add(list, comparison_json(comparison));
        json_object_object_add(object, "drifts", json_object_new_uint64(drifts));
        json_object_object_add(object, "unknown", json_object_new_uint64(unknown));
        json_object_object_add(object, "comparisons", list);
}

static json_object *container_json(const RtContainerStatus *status)
{
        json_object *object = json_object_new_object(), *figures = json_object_new_object();
        add_text(object, "name", status->container->object.name);
        add_text(object, "unit", status->unit);
        add_text(object, "state", rt_run_state_words[status->state]);
        json_object_object_add(object, "wanted", json_object_new_boolean(status->is_wanted));
        json_object_object_add(object, "pid",
                               status->pid > 0 ? json_object_new_int64(status->pid) : NULL);
        json_object_object_add(object, "age_s",
                               status->knows_age ? json_object_new_uint64(status->age) : NULL);
        add_comparisons(object, &status->findings.comparisons);
        RT_EACH (figure, &status->findings.figures)
                json_object_object_add(figures, figure->name,
                                       json_object_new_uint64(figure->value));
        json_object_object_add(object, "figures", figures);
        return object;
}

void rt_status_add_containers(const RtStatus *status, json_object *answer)
{
        const RtConfigStatus *config = &status->config;
        json_object *active = json_object_new_object(), *containers = json_object_new_array();
        json_object *undeclared = json_object_new_array(), *platform = json_object_new_object();
        add_text(active, "name", config->config ? config->config->object.name : NULL);
        add_text(active, "state", config->state);
        add_text(active, "source", rt_config_source_words[config->source]);
        RT_EACH (container, &status->containers)
                json_object_array_add(containers, container_json(container));
        RT_EACH (unit, &status->undeclared)
                json_object_array_add(undeclared, rt_json_text(*unit));
        add_comparisons(platform, &status->platform);
        json_object_object_add(answer, "config", active);
        json_object_object_add(answer, "platform", platform);
        json_object_object_add(answer, "containers", containers);
        json_object_object_add(answer, "undeclared", undeclared);
}
