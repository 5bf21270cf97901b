/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor-text.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum { MOST_COLUMNS = 100, LEAST_COLUMNS = 50 };

static const char *const colours[RT_LEVELS] = {
        [RT_LEVEL_GOOD] = "32",
        [RT_LEVEL_NOTE] = "36",
        [RT_LEVEL_WARNING] = "33",
        [RT_LEVEL_ERROR] = "31;1",
};

/* Of a text in UTF-8, as good as it gets. */
static int columns_of(const char *s, size_t n)
{
        int columns = 0;
        for (size_t i = 0; i < n; i++)
                columns += ((unsigned char)s[i] & 0xc0) != 0x80;
        return columns;
}

/* Prints words from column `margin` on, with new lines where they do not fit. */
static void print_wrapped(const char *text, int margin, int width)
{
        int column = margin;
        for (const char *s = text; *s;) {
                size_t n = strcspn(s, " ");
                int wide = columns_of(s, n);
                if (column > margin && column + 1 + wide > width) {
                        printf("\n%*s", margin, "");
                        column = margin;
                }
                if (column > margin) {
                        putchar(' ');
                        column++;
                }
                printf("%.*s", (int)n, s);
                column += wide;
                s += n + (s[n] == ' ');
        }
        putchar('\n');
}

static void print_finding(const RtCommand *command, const RtFinding *finding, int width)
{
        enum { MARGIN = 10 };
        const char *on = command->colour
                                 ? rt_printf(command->arena, "\033[%sm", colours[finding->level])
                                 : "";
        const char *off = command->colour ? "\033[0m" : "";
        const char *bold = command->colour ? "\033[1m" : "";
        printf("%s%-8s%s  ", on, rt_level_words[finding->level], off);
        print_wrapped(rt_printf(command->arena, "%s: %s", finding->id, finding->found), MARGIN,
                      width);
        if (finding->why) {
                printf("%*s", MARGIN, "");
                print_wrapped(finding->why, MARGIN, width);
        }
        /* Never wrapped: they are to be copied. */
        if (finding->fix)
                printf("    now   %s%s%s\n", bold, finding->fix, off);
        if (finding->keep)
                printf("    boot  %s%s%s\n", bold, finding->keep, off);
}

void rt_doctor_print(const RtCommand *command, const RtDoctor *doctor)
{
        size_t counts[RT_LEVELS];
        int width = command->columns > MOST_COLUMNS    ? MOST_COLUMNS
                    : command->columns < LEAST_COLUMNS ? LEAST_COLUMNS
                                                       : command->columns;
        rt_doctor_count(doctor, counts);
        for (int level = RT_LEVELS - 1; level >= 0; level--) {
                RT_EACH (finding, &doctor->findings)
                        if ((int)finding->level == level)
                                print_finding(command, finding, width);
                if (counts[level] > 0)
                        putchar('\n');
        }
        printf("%zu error%s, %zu warning%s, %zu note%s, %zu good\n", counts[RT_LEVEL_ERROR],
               counts[RT_LEVEL_ERROR] == 1 ? "" : "s", counts[RT_LEVEL_WARNING],
               counts[RT_LEVEL_WARNING] == 1 ? "" : "s", counts[RT_LEVEL_NOTE],
               counts[RT_LEVEL_NOTE] == 1 ? "" : "s", counts[RT_LEVEL_GOOD]);
}
