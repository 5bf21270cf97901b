/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double now_ms(void)
{
        struct timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

void print_head(const char *peer)
{
        printf("\n%-40s %5s %9s %9s %9s %10s %10s %7s\n", "milliseconds", "n", "median", "p99",
               "max", peer, "ratio", "growth");
}

void print_figures(const char *what, size_t n, Figures *figures, int grows)
{
        static double last_median;
        static size_t last_n;
        qsort(figures->ours, figures->n_ours, sizeof figures->ours[0], compare);
        double median = figures->ours[figures->n_ours / 2];
        printf("%-40s %5zu %9.3f %9.3f %9.3f", what, n, median,
               figures->ours[figures->n_ours * 99 / 100], figures->ours[figures->n_ours - 1]);
        if (figures->n_peer > 0) {
                qsort(figures->peer, figures->n_peer, sizeof figures->peer[0], compare);
                double peer = figures->peer[figures->n_peer / 2];
                printf(" %10.3f %8.1f x", peer, peer / median);
        } else {
                printf(" %10s %10s", "", "");
        }
        if (grows)
                printf("   n^%.1f", log(median / last_median) / log((double)n / (double)last_n));
        putchar('\n');
        fflush(stdout);
        last_median = median;
        last_n = n;
}
