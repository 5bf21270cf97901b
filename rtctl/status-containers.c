/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Containers as they run: which config is active, which of its containers run, and each of those
 * beside its plan. */

#include <errno.h>
#include <string.h>

#include "status.h"
#include "text.h"

const char *const rt_run_state_words[RT_RUN_STATES] = {
        [RT_RUN_RUNNING] = "running",   [RT_RUN_STARTING] = "starting",
        [RT_RUN_STOPPING] = "stopping", [RT_RUN_FAILED] = "failed",
        [RT_RUN_STOPPED] = "stopped",
};

const char *const rt_config_source_words[RT_CONFIG_SOURCES] = {
        [RT_CONFIG_UNKNOWN] = "unknown",
        [RT_CONFIG_BY_SYSTEMD] = "systemd",
        [RT_CONFIG_BY_PROCESSES] = "processes",
};

typedef struct Collection {
        RtStatus *status;
        RtArena *arena;
        const RtPlan *plan;
        RtServices services; /* that run */
        RtUnitStates units;  /* as systemd has them; none if it does not answer */
        bool answered;
} Collection;

/* -- who runs ---------------------------------------------------------------------------------- */

static bool has_processes(const Collection *collection, const RtService *service)
{
        RtPids pids = { 0 };
        (void)rt_service_pids(collection->arena, service, &pids);
        return pids.n > 0;
}

static const RtService *service_of(const Collection *collection, const char *unit)
{
        RT_EACH (service, &collection->services)
                if (strcmp(service->unit, unit) == 0)
                        return service;
        return NULL;
}

static void find_services(Collection *collection)
{
        RtServices all = collection->services;
        collection->services = (RtServices){ 0 };
        RT_EACH (service, &all)
                if (has_processes(collection, service))
                        RT_APPEND(collection->arena, &collection->services, *service);
}

/* The unit of a container that is rejected, or was declared otherwise when it was started. */
static const char *plain_unit(RtArena *arena, const RtContainer *container)
{
        return rt_printf(arena, "rt-%s.service", container->object.name);
}

/* "rt-imu.service" and "rt-imu--B.service" are imu's. No name of a container has two dashes in a
 * row at its end, so that "imu" and "imu-x" are told apart. */
static bool is_unit_of(RtArena *arena, const RtContainer *container, const char *unit)
{
        const char *stem = rt_printf(arena, "rt-%s--", container->object.name);
        return strcmp(unit, plain_unit(arena, container)) == 0 || rt_starts_with(unit, stem);
}

static const RtInstance *instance_of_unit(const RtPlan *plan, const char *unit)
{
        RT_EACH (instance, &plan->instances)
                if (strcmp((*instance)->unit, unit) == 0)
                        return *instance;
        return NULL;
}

/* A unit that the plan has is its instance's container's, whatever others look like. */
static const RtService *running_service(const Collection *collection, const RtContainer *container)
{
        RT_EACH (service, &collection->services) {
                const RtInstance *instance = instance_of_unit(collection->plan, service->unit);
                if (instance ? instance->container == container
                             : is_unit_of(collection->arena, container, service->unit))
                        return service;
        }
        return NULL;
}

/* -- which config ------------------------------------------------------------------------------ */

static const char *target_of(RtArena *arena, const RtConfig *config)
{
        return rt_printf(arena, "rt-config-%s.target", config->object.name);
}

static void ask(Collection *collection)
{
        RtUnitNames names = { 0 };
        const RtModel *model = collection->plan->model;
        RT_EACH (config, &model->configs)
                RT_APPEND(collection->arena, &names, target_of(collection->arena, *config));
        RT_EACH (container, &model->containers)
                RT_APPEND(collection->arena, &names, plain_unit(collection->arena, *container));
        RT_EACH (instance, &collection->plan->instances)
                if ((*instance)->only)
                        RT_APPEND(collection->arena, &names, (*instance)->unit);
        int r = rt_systemd_ask(collection->arena, collection->status->system->systemctl, &names,
                               &collection->units);
        collection->answered = r == 0;
}

static bool is_in_state(const Collection *collection, const char *unit, const char *state)
{
        const RtUnitState *known = rt_systemd_state(&collection->units, unit);
        return known && strcmp(known->active, state) == 0;
}

static const RtConfig *config_in_state(const Collection *collection, const char *state)
{
        RT_EACH (config, &collection->plan->model->configs)
                if (is_in_state(collection, target_of(collection->arena, *config), state))
                        return *config;
        return NULL;
}

/* Whether all of its containers run, and no others. */
static bool is_what_runs(const Collection *collection, const RtConfigPlan *config)
{
        size_t n = 0;
        RT_EACH (member, &config->members)
                if (!service_of(collection, (*member)->unit))
                        return false;
        RT_EACH (service, &collection->services)
                n += instance_of_unit(collection->plan, service->unit) != NULL;
        return config->members.n > 0 && n == config->members.n;
}

static RtConfigStatus find_config(const Collection *collection)
{
        static const char *const states[] = { "active", "activating", "deactivating" };
        if (collection->answered) {
                for (size_t i = 0; i < RT_ELEMENTS(states); i++) {
                        const RtConfig *config = config_in_state(collection, states[i]);
                        if (config)
                                return (RtConfigStatus){ RT_CONFIG_BY_SYSTEMD, config, states[i] };
                }
                return (RtConfigStatus){ RT_CONFIG_BY_SYSTEMD, NULL, "inactive" };
        }
        const RtConfig *found = NULL;
        if (collection->services.n == 0)
                return (RtConfigStatus){ RT_CONFIG_BY_PROCESSES, NULL, "inactive" };
        RT_EACH (config, &collection->plan->configs)
                if (is_what_runs(collection, *config)) {
                        if (found) /* two of the same containers */
                                return (RtConfigStatus){ RT_CONFIG_UNKNOWN, NULL, NULL };
                        found = (*config)->config;
                }
        if (found)
                return (RtConfigStatus){ RT_CONFIG_BY_PROCESSES, found, "active" };
        return (RtConfigStatus){ RT_CONFIG_UNKNOWN, NULL, NULL };
}

/* -- one container ----------------------------------------------------------------------------- */

static RtRunState state_of(const Collection *collection, const char *unit, bool runs)
{
        static const struct {
                const char *word;
                RtRunState state;
        } states[] = { { "activating", RT_RUN_STARTING },
                       { "reloading", RT_RUN_RUNNING },
                       { "deactivating", RT_RUN_STOPPING },
                       { "failed", RT_RUN_FAILED } };
        const RtUnitState *known = rt_systemd_state(&collection->units, unit);
        for (size_t i = 0; known && i < RT_ELEMENTS(states); i++)
                if (strcmp(known->active, states[i].word) == 0)
                        return states[i].state;
        return runs ? RT_RUN_RUNNING : RT_RUN_STOPPED;
}

/* By which the active config runs it; else any. NULL: it is rejected. */
static const RtInstance *wanted_instance(const Collection *collection, const RtContainer *container)
{
        const RtConfig *config = collection->status->config.config;
        const RtConfigPlan *plan =
                config ? rt_plan_config(collection->plan, config->object.name) : NULL;
        const RtInstance *member =
                plan ? rt_config_plan_member(plan, container->object.name) : NULL;
        if (member)
                return member;
        RT_EACH (instance, &collection->plan->instances)
                if ((*instance)->container == container)
                        return *instance;
        return NULL;
}

static void add(Collection *collection, RtContainerStatus *status, RtComparison comparison)
{
        RT_APPEND(collection->arena, &status->findings.comparisons, comparison);
}

static void compare_state(Collection *collection, RtContainerStatus *status)
{
        RtArena *arena = collection->arena;
        const RtUnitState *known = rt_systemd_state(&collection->units, status->unit);
        const char *word = rt_run_state_words[status->state];
        bool failed = status->state == RT_RUN_FAILED && known && known->result[0];
        if (!status->is_wanted || strcmp(collection->status->config.state, "active") != 0)
                return;
        add(collection, status,
            (RtComparison){
                    .subject = "unit",
                    .aspect = "state",
                    .declared = rt_printf(arena, "in config %s",
                                          collection->status->config.config->object.name),
                    .planned = "running",
                    .actual = failed ? rt_printf(arena, "%s (%s)", word, known->result) : word,
                    .agreement = status->state == RT_RUN_RUNNING    ? RT_AS_PLANNED
                                 : status->state == RT_RUN_STARTING ? RT_UNKNOWN
                                                                    : RT_DRIFT,
                    .hint = status->state == RT_RUN_RUNNING
                                    ? NULL
                                    : rt_printf(arena, "systemctl status %s says why",
                                                status->unit),
            });
}

/* It runs, but not as the plan has it: there is nothing to compare with. */
static void compare_unit(Collection *collection, RtContainerStatus *status,
                         const RtInstance *wanted)
{
        bool rejected = status->container->object.rejected != NULL;
        add(collection, status,
            (RtComparison){
                    .subject = "unit",
                    .aspect = "name",
                    .planned = wanted ? wanted->unit : NULL,
                    .actual = rt_printable(collection->arena, status->unit, 300),
                    .agreement = rejected || !wanted ? RT_UNKNOWN : RT_DRIFT,
                    .hint = rejected || !wanted
                                    ? "its descriptor is rejected, so that nothing is planned"
                                    : "it runs as it was planned before; restart it",
            });
}

static void inspect(Collection *collection, RtContainerStatus *status, const RtInstance *instance,
                    const RtService *service)
{
        RtInspection inspection = { .arena = collection->arena,
                                    .system = collection->status->system,
                                    .pipeline = &collection->status->command->pipeline,
                                    .instance = instance,
                                    .group = service->group,
                                    .findings = status->findings };
        rt_inspection_open(&inspection);
        status->pid = inspection.program;
        status->knows_age = inspection.knows_age;
        status->age = inspection.age;
        /* While it starts and stops, what is planned is not there yet, or not any more. */
        if (instance && status->state == RT_RUN_RUNNING)
                rt_inspect(&inspection);
        rt_inspection_close(&inspection);
        status->findings = inspection.findings;
}

static void look_at(Collection *collection, RtContainerStatus *status)
{
        const RtConfig *config = collection->status->config.config;
        const RtContainer *container = status->container;
        const RtService *service = running_service(collection, container);
        const RtInstance *wanted = wanted_instance(collection, container);
        status->unit = service  ? service->unit
                       : wanted ? wanted->unit
                                : plain_unit(collection->arena, container);
        status->state = state_of(collection, status->unit, service != NULL);
        status->is_wanted = config && rt_config_has(config, container->object.name);
        compare_state(collection, status);
        if (!service)
                return;
        const RtInstance *instance = instance_of_unit(collection->plan, service->unit);
        if (!instance || (status->is_wanted && instance != wanted))
                compare_unit(collection, status, wanted);
        inspect(collection, status, instance, service);
}

/* -- all --------------------------------------------------------------------------------------- */

static bool is_ours(const char *unit)
{
        return !rt_starts_with(unit, "rt-channel-") && !rt_starts_with(unit, "rt-bridge-") &&
               !rt_starts_with(unit, "rt-config-");
}

static void find_undeclared(Collection *collection)
{
        RT_EACH (service, &collection->services) {
                bool declared = !is_ours(service->unit) ||
                                instance_of_unit(collection->plan, service->unit);
                RT_EACH (container, &collection->plan->model->containers)
                        declared = declared ||
                                   is_unit_of(collection->arena, *container, service->unit);
                if (!declared)
                        RT_APPEND(collection->arena, &collection->status->undeclared,
                                  rt_printable(collection->arena, service->unit, 300));
        }
}

static void inspect_platform(RtStatus *status)
{
        RtInspection inspection = { .arena = status->arena,
                                    .system = status->system,
                                    .pipeline = &status->command->pipeline };
        rt_inspect_platform(&inspection);
        status->platform = inspection.findings.comparisons;
}

int rt_status_collect_containers(RtStatus *status)
{
        Collection collection = { .status = status,
                                  .arena = status->arena,
                                  .plan = &status->command->pipeline.plan };
        int r = rt_services_find(status->arena, status->system->cgroups, &collection.services);
        if (r < 0) {
                fprintf(stderr,
                        "rtctl: %s: %s; the running system's unified cgroup hierarchy is needed\n",
                        status->system->cgroups, strerror(-r));
                return -1;
        }
        find_services(&collection);
        ask(&collection);
        status->config = find_config(&collection);
        RT_EACH (container, &status->containers)
                look_at(&collection, container);
        if (status->command->n_names == 0) {
                find_undeclared(&collection);
                inspect_platform(status);
        }
        return 0;
}

size_t rt_comparisons_count(const RtComparisons *comparisons, RtAgreement agreement)
{
        size_t n = 0;
        RT_EACH (comparison, comparisons)
                n += comparison->agreement == agreement;
        return n;
}

bool rt_status_containers_have_findings(const RtStatus *status)
{
        RT_EACH (container, &status->containers)
                if (rt_comparisons_count(&container->findings.comparisons, RT_DRIFT) > 0)
                        return true;
        return status->undeclared.n > 0 || rt_comparisons_count(&status->platform, RT_DRIFT) > 0;
}
