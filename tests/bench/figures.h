/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Times of interleaved rounds, and how they are printed. */

#include <stddef.h>

enum { ROUNDS = 101 };

typedef struct Figures {
        double ours[ROUNDS], peer[ROUNDS];
        size_t n_ours, n_peer; /* rounds; no peer: 0 */
} Figures;

/* Of this thread's CPU time, for the machine may have other work. */
double now_ms(void);

void print_head(const char *peer);
/* A line: what, its size, ours (median, p99, max), the peer's median, and how many times as long
 * that is; and the exponent of n by which ours has grown since the last line, if `grows`. */
void print_figures(const char *what, size_t n, Figures *figures, int grows);
