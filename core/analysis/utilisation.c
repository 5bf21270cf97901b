/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "utilisation.h"

#include <stdlib.h>

static int compare_wholes(const void *a, const void *b)
{
        const RtShare *x = a, *y = b;
        return (x->whole > y->whole) - (x->whole < y->whole);
}

/* Shares of one period become one, which is most of what makes exact sums of exactly 1 short. */
static size_t merge_equal_wholes(RtShare *shares, size_t n, __int128 *integral)
{
        size_t m = 0;
        qsort(shares, n, sizeof *shares, compare_wholes);
        for (size_t i = 0; i < n; i++) {
                RtShare share = shares[i];
                *integral += share.part / share.whole;
                share.part %= share.whole;
                if (m > 0 && shares[m - 1].whole == share.whole) {
                        /* Both below whole, which is at most 2^62. */
                        shares[m - 1].part += share.part;
                        *integral += shares[m - 1].part / share.whole;
                        shares[m - 1].part %= share.whole;
                } else {
                        shares[m++] = share;
                }
        }
        return m;
}

/* One more digit of base 2^32 of the share; what is left of it stays in the share. */
static int64_t next_digit(RtShare *share)
{
        unsigned __int128 scaled = (unsigned __int128)(uint64_t)share->part << 32;
        int64_t digit = (int64_t)(scaled / (uint64_t)share->whole);
        share->part = (int64_t)(scaled % (uint64_t)share->whole);
        return digit;
}

/* How the sum compares, if floating point is enough to tell; 2 if not. */
static int compare_roughly(const RtShare *shares, size_t n, RtShare limit)
{
        double sum = 0, bound = (double)limit.part / (double)limit.whole;
        for (size_t i = 0; i < n; i++)
                sum += (double)shares[i].part / (double)shares[i].whole;
        double margin = rt_rounding(n) * (sum + bound + 1);
        return sum + margin < bound ? -1 : sum - margin > bound ? 1 : 2;
}

/* Long division of all fractions side by side. After k digits the difference, scaled by 2^32k, is
 * `known` and the sum of the remainders; those lie between -1 (the limit's) and n (the others'). A
 * difference that is not zero is at least one part in the product of all wholes, so it shows within
 * as many digits as that product has. */
int rt_utilisation_compare(RtShare *shares, size_t n, RtShare limit)
{
        const int64_t most_work = INT64_C(1) << 26;
        int rough = compare_roughly(shares, n, limit);
        if (rough != 2)
                return rough;

        __int128 known = -(limit.part / limit.whole);
        limit.part %= limit.whole;
        n = merge_equal_wholes(shares, n, &known);
        int64_t digits = (int64_t)(n + 2) * 2 + 2; /* 62 bits each, 32 a digit, and for the n */
        for (int64_t k = 0; k < digits; k++) {
                int64_t remains = limit.part;
                for (size_t i = 0; i < n; i++)
                        remains |= shares[i].part;
                if (remains == 0)
                        return known > 0 ? 1 : known < 0 ? -1 : 0;
                if (known >= 1)
                        return 1;
                if (known + (__int128)n <= 0)
                        return -1;
                if (k * (int64_t)(n + 1) > most_work)
                        return 1;
                known = known * (INT64_C(1) << 32) - next_digit(&limit);
                for (size_t i = 0; i < n; i++)
                        known += next_digit(&shares[i]);
        }
        return 0;
}
