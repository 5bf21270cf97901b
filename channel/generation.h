/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which process this is, for the price of a load. A child of fork() has no attendant, and shares
 * what its parent sends: ends that it inherits refuse everything but to be closed. */

#include <stdint.h>

/* A word that the kernel clears in children; NULL if there is no memory for it. */
const uint32_t *rt_generation(void);
