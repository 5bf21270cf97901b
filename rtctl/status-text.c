/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of rtctl status for people: a table per channel. What is hardly ever other than zero
 * has no column; it is a word at the end of the line. */

#include <inttypes.h>
#include <string.h>

#include "quantity.h"
#include "status.h"
#include "text.h"

enum { CONTAINER, ROLE, PID, PEERS, SENT, RECEIVED, LOST, MOST, P50, P99, MAX, COLUMNS };

static const char *const titles[COLUMNS] = { "CONTAINER", "ROLE",     "PID",  "PEERS",
                                             "SENT",      "RECEIVED", "LOST", "MOST",
                                             "P50",       "P99",      "MAX" };

typedef struct Row {
        const char *cells[COLUMNS];
        const char *note; /* after the row; "" for none */
        bool is_bad;
} Row;

static const char *number(RtArena *arena, uint64_t value)
{
        return rt_printf(arena, "%" PRIu64, value);
}

/* Rounded up, in microseconds. */
static const char *latency(RtArena *arena, uint64_t ns)
{
        uint64_t tenths = ns / 100 + (ns % 100 > 0);
        return rt_printf(arena, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

static void add_note(RtText *note, const char *text)
{
        rt_text_addf(note, "%s%s", note->n > 0 ? ", " : "  ", text);
}

static void add_count(RtText *note, uint64_t value, const char *what)
{
        if (value > 0)
                add_note(note, rt_printf(note->arena, "%" PRIu64 " %s", value, what));
}

static const char *note_of(RtArena *arena, const RtEndStatus *end)
{
        RtText note = RT_TEXT(arena);
        const rtchannel_statistics *numbers = &end->numbers;
        switch (end->state) {
        case RT_END_MISSING:
                return "  NOT OPEN";
        case RT_END_STOPPED:
                return "  does not run";
        case RT_END_LEFT:
                add_note(&note, "ITS PROCESS HAS ENDED, a child holds it");
                break;
        default:
                break;
        }
        add_count(&note, numbers->broken, "BROKEN");
        add_count(&note, numbers->refused, "refused");
        add_count(&note, numbers->unread, "unread");
        add_count(&note, numbers->expired, "expired");
        add_count(&note, numbers->stale, "stale");
        if (end->outdated)
                add_note(&note, "opened before the channel was changed");
        if (!numbers->locked)
                add_note(&note, "memory not locked");
        return rt_strdup(arena, note.data);
}

static Row row_of(RtArena *arena, const RtChannelStatus *channel, const RtEndStatus *end)
{
        const rtchannel_statistics *numbers = &end->numbers;
        Row row = { .cells = { [CONTAINER] = rt_end_name(end->end),
                               [ROLE] = rt_role_word(end->end->role) },
                    .note = note_of(arena, end),
                    .is_bad = end->state == RT_END_MISSING || end->state == RT_END_LEFT ||
                              numbers->broken > 0 };
        for (int i = PID; i < COLUMNS; i++)
                row.cells[i] = "-";
        if (end->pid == 0)
                return row;
        row.cells[PID] = number(arena, (uint64_t)end->pid);
        row.cells[PEERS] = number(arena, numbers->peers);
        if (rt_status_role_sends(end->end->role)) {
                row.cells[SENT] = number(arena, numbers->sent);
                row.cells[MOST] = rt_printf(arena, "%" PRIu64 "/%" PRId64, numbers->high_water,
                                            channel->wire->channel->depth);
        }
        if (rt_status_role_receives(end->end->role)) {
                row.cells[RECEIVED] = number(arena, numbers->received);
                row.cells[LOST] = number(arena, numbers->lost);
                row.cells[P50] = latency(arena, rt_latency_percentile(numbers, 50));
                row.cells[P99] = latency(arena, rt_latency_percentile(numbers, 99));
                row.cells[MAX] = latency(arena, numbers->latency_max);
        }
        return row;
}

static void print_row(const RtStatus *status, const Row *row, const int *widths)
{
        RtText line = RT_TEXT(status->arena);
        rt_text_addf(&line, "  %-*s  %-*s", widths[CONTAINER], row->cells[CONTAINER], widths[ROLE],
                     row->cells[ROLE]);
        for (int i = PID; i < COLUMNS; i++)
                rt_text_addf(&line, "  %*s", widths[i], row->cells[i]);
        rt_text_add(&line, row->note);
        bool paint = status->command->colour && row->is_bad;
        printf("%s%s%s\n", paint ? "\033[31m" : "", line.data, paint ? "\033[0m" : "");
}

static void print_head(const RtStatus *status, const RtChannelStatus *channel)
{
        const RtChannel *declared = channel->wire->channel;
        const rtchannel_statistics *sums = &channel->sums;
        printf("%s: %s, %s x %" PRId64 ", %s; sent %" PRIu64 ", received %" PRIu64 ", lost %" PRIu64
               "\n",
               declared->object.name, rt_pattern_words[declared->pattern],
               rt_size_text(status->arena, declared->message_size), declared->depth,
               declared->full == RT_FULL_OVERWRITE ? "overwrite" : "refuse", sums->sent,
               sums->received, sums->lost);
}

static void print_channel(const RtStatus *status, const RtChannelStatus *channel)
{
        Row *rows = rt_alloc_array(status->arena, channel->ends.n + 1, sizeof *rows);
        int widths[COLUMNS];
        print_head(status, channel);
        if (channel->ends.n == 0) {
                puts("  no container uses it\n");
                return;
        }
        rows[0] = (Row){ .note = "  us" };
        for (int k = 0; k < COLUMNS; k++) {
                rows[0].cells[k] = titles[k];
                widths[k] = (int)strlen(titles[k]);
        }
        for (size_t i = 0; i < channel->ends.n; i++) {
                rows[i + 1] = row_of(status->arena, channel, &channel->ends.items[i]);
                for (int k = 0; k < COLUMNS; k++)
                        if ((int)strlen(rows[i + 1].cells[k]) > widths[k])
                                widths[k] = (int)strlen(rows[i + 1].cells[k]);
        }
        for (size_t i = 0; i <= channel->ends.n; i++)
                print_row(status, &rows[i], widths);
        putchar('\n');
}

void rt_status_print_channels(const RtStatus *status)
{
        RT_EACH (channel, &status->channels)
                print_channel(status, channel);
        RT_EACH (end, &status->foreign)
                printf("! %s, process %d: an end%s%s%s does not count: %s\n", end->container,
                       (int)end->pid, end->channel ? " of channel \"" : "",
                       end->channel ? end->channel : "", end->channel ? "\"" : "", end->reason);
        RT_EACH (container, &status->crowded)
                printf("! %s: it has too many processes, descriptors or ends open to "
                       "look at them all\n",
                       *container);
}
