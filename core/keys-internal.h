/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by keys*.c only: how rows are written, and the tables that others refer to. */

#include "model.h"

#define AT(type_name, field) .offset = offsetof(type_name, field)
#define SCHEMA(label, type_name, rows, text)                                                       \
        {                                                                                          \
                .name = (label), .doc = (text), .keys = (rows), .n_keys = RT_ELEMENTS(rows),       \
                .size = sizeof(type_name)                                                          \
        }

extern const RtSchema rt_hugepages_schema;
extern const RtSchema rt_memory_schema;
extern const RtSchema rt_device_schema;
extern const RtSchema rt_network_schema;
