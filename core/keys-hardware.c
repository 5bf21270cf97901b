/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys of what a container wants of the machine besides CPUs: memory, devices, interfaces. */

#include "keys-internal.h"
#include "rules.h"

static const char *const unplug_words[] = { "ignore", "stop", "restart", NULL };
static const char *const network_words[] = { "none", "host", "veth", NULL };

static const RtKey hugepages_keys[] = {
        [RT_HUGEPAGES_SIZE] = { "size", .type = RT_TYPE_SIZE, AT(RtHugepages, size),
                                .required = true, .positive = true,
                                .doc = "Size of one page, such as \"2M\"." },
        [RT_HUGEPAGES_COUNT] = { "count", .type = RT_TYPE_INTEGER, AT(RtHugepages, count), .min = 1,
                                 .max = 1 << 24, .required = true, .doc = "Number of pages." },
};
const RtSchema rt_hugepages_schema =
        SCHEMA("hugepages", RtHugepages, hugepages_keys, "Huge pages of one size.");

static const RtKey memory_keys[] = {
        [RT_MEMORY_MAX] = { "max", .type = RT_TYPE_SIZE, AT(RtMemory, max), .positive = true,
                            .doc = "Most memory that the container may use; beyond it the kernel "
                                   "kills. Containers with real-time tasks are never swapped." },
        [RT_MEMORY_HIGH] = { "high", .type = RT_TYPE_SIZE, AT(RtMemory, high), .positive = true,
                             .doc = "Beyond this much memory the kernel reclaims what it can, and "
                                    "lets the container wait for that; real-time tasks too, so "
                                    "for those leave room. Default: not limited." },
        [RT_MEMORY_LOW] = { "low", .type = RT_TYPE_SIZE, AT(RtMemory, low), .positive = true,
                            .doc = "Up to this much memory is reclaimed from it only if nothing "
                                   "is left to reclaim from others. Default: none." },
        [RT_MEMORY_LOCKED] = { "locked", .type = RT_TYPE_SIZE, AT(RtMemory, locked),
                               .positive = true,
                               .doc = "Memory that it may lock with mlock(2). Default: none, and "
                                      "mlockall(2) fails." },
        [RT_MEMORY_HUGEPAGES] = { "hugepages", .type = RT_TYPE_GROUPS, AT(RtMemory, hugepages),
                                  .group = &rt_hugepages_schema,
                                  .doc = "Huge pages for it: a hugetlbfs of that size appears as "
                                         "/dev/hugepages-SIZE in the container. They are reserved "
                                         "when it starts; without them it does not." },
        [RT_MEMORY_NODES] = { "nodes", .type = RT_TYPE_NODES, AT(RtMemory, nodes),
                              .doc = "NUMA nodes that its memory comes from. Default: any." },
};
const RtSchema rt_memory_schema =
        SCHEMA("memory", RtMemory, memory_keys, "Memory of the container.");

static const RtKey device_keys[] = {
        [RT_DEVICE_PATH] = { "path", .type = RT_TYPE_TEXT, AT(RtDevice, path),
                             .rule = rt_rule_device, .required = true,
                             .doc = "Device node below /dev; it appears at the same path in the "
                                    "container." },
        [RT_DEVICE_ACCESS] = { "access", .type = RT_TYPE_TEXT, AT(RtDevice, access),
                               .rule = rt_rule_access, .initial = "rw",
                               .doc = "What is allowed: \"r\" read, \"w\" write, \"m\" mknod." },
        [RT_DEVICE_EXCLUSIVE] = { "exclusive", .type = RT_TYPE_BOOL, AT(RtDevice, exclusive),
                                  .initial = "false",
                                  .doc = "Whether no other container of the same config may "
                                         "declare it, and the container does not start while "
                                         "another process has it open." },
        [RT_DEVICE_UNPLUG] = { "unplug", .type = RT_TYPE_WORD, AT(RtDevice, unplug),
                               .words = unplug_words, .initial = "ignore",
                               .doc = "What to do when the device goes away while the container "
                                      "runs: \"ignore\"; \"stop\" the container; \"restart\": "
                                      "stop it, and start it again when the device is back and "
                                      "a config with the container is active." },
        [RT_DEVICE_IRQ] = { "irq", .type = RT_TYPE_TEXT, AT(RtDevice, irq),
                            .doc = "Name of its interrupt as in /proc/interrupts. All interrupts of that "
                                   "name are led to the container's CPUs." },
        [RT_DEVICE_IRQ_PRIORITY] = { "irq_priority", .type = RT_TYPE_INTEGER,
                                     AT(RtDevice, irq_priority), .min = 1, .max = 99,
                                     .doc = "SCHED_FIFO priority of the interrupt's threads. "
                                            "Default: the kernel's, 50." },
        [RT_DEVICE_IRQ_PERIOD] = { "irq_period", .type = RT_TYPE_DURATION, AT(RtDevice, irq_period),
                                   .positive = true,
                                   .doc = "Least time between two of its interrupts. Default: the "
                                          "shortest period of the container's tasks." },
        [RT_DEVICE_IRQ_WCET] = { "irq_wcet", .type = RT_TYPE_DURATION, AT(RtDevice, irq_wcet),
                                 .initial = "0ns",
                                 .doc = "Worst-case execution time of the interrupt's thread for "
                                        "one interrupt." },
};
const RtSchema rt_device_schema =
        SCHEMA("device", RtDevice, device_keys, "One device that the container may use.");

static const RtKey network_keys[] = {
        [RT_NETWORK_MODE] = { "mode", .type = RT_TYPE_WORD, AT(RtNetwork, mode),
                              .words = network_words, .initial = "none",
                              .doc = "\"none\": a network namespace with nothing but loopback and "
                                     "the interfaces; \"host\": the host's network; \"veth\": a "
                                     "virtual Ethernet link to the host." },
        [RT_NETWORK_INTERFACES] = { "interfaces", .type = RT_TYPE_TEXTS, AT(RtNetwork, interfaces),
                                    .rule = rt_rule_interface,
                                    .doc = "Network interfaces that are moved into the container "
                                           "while it runs." },
};
const RtSchema rt_network_schema =
        SCHEMA("network", RtNetwork, network_keys, "Network of the container.");
