/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Seating by exhaustive search, for when the quick ways fail: branch and bound over pieces. It ends
 * with seats for all, with the proof that there are none, or at a bound on its work. */

#include <stdlib.h>
#include <string.h>

#include "placement.h"

typedef struct Search {
        RtBoard *board;
        const RtQueue *queue;
        const RtScope *only; /* one config; NULL: all configs of each player */
        uint64_t *classes;   /* by column: CPUs of one class are the same to everybody */
        int64_t nodes;       /* seats that may still be tried */
        int64_t effort;      /* of the board's, what is to be left in the end */
} Search;

static void mix(uint64_t *hash, bool bit)
{
        *hash = (*hash ^ bit) * UINT64_C(1099511628211);
}

/* FNV-1a over which players may use the CPU, and which pieces are fixed to it. */
static uint64_t class_of(const RtBoard *board, int cpu)
{
        uint64_t hash = UINT64_C(14695981039346656037);
        RT_EACH (player, &board->players) {
                mix(&hash, rt_cpuset_has(&player->candidates, (unsigned)cpu));
                for (size_t i = 0; i < player->n_pieces; i++)
                        mix(&hash, player->pieces[i].fixed == cpu);
        }
        return hash;
}

static bool is_empty(const RtBoard *board, size_t column)
{
        for (size_t k = 0; k <= board->alone; k++)
                if (board->cells[k] && board->cells[k][column].n_players > 0)
                        return false;
        return true;
}

/* An empty CPU is as good as the first empty one of its class. */
static bool is_repetition(const Search *search, size_t column)
{
        const RtBoard *board = search->board;
        if (!is_empty(board, column))
                return false;
        for (size_t c = 0; c < column; c++)
                if (search->classes[c] == search->classes[column] && is_empty(board, c))
                        return true;
        return false;
}

static RtScope scope_of(const Search *search, const RtPlayer *player)
{
        return search->only ? *search->only : rt_board_scope(player);
}

/* Seats one piece, or the whole container if it has to be on one CPU. */
static bool sit(RtBoard *board, size_t number, size_t piece, int cpu, RtScope scope)
{
        return board->players.items[number].most_cpus == 1
                       ? rt_board_sit_all(board, number, cpu, scope)
                       : rt_board_sit(board, number, piece, cpu, scope);
}

static void leave(RtBoard *board, size_t number, size_t piece, RtScope scope)
{
        const RtPlayer *player = &board->players.items[number];
        if (player->most_cpus > 1)
                rt_board_leave(board, number, piece, scope);
        for (size_t i = 0; i < player->n_pieces && player->most_cpus == 1; i++)
                rt_board_leave(board, number, i, scope);
}

/* Seats piece `piece` of the player at `at` in the queue, and all that come after it. */
static RtVerdict seat_from(Search *search, size_t at, size_t piece)
{
        RtBoard *board = search->board;
        if (at == search->queue->n)
                return RT_MET;
        size_t number = search->queue->items[at];
        RtPlayer *player = &board->players.items[number];
        if (piece == player->n_pieces)
                return seat_from(search, at + 1, 0);
        RtScope scope = scope_of(search, player);
        for (size_t c = 0; c < board->n_cpus; c++) {
                board->effort->left -= (int64_t)board->alone + 1; /* all its cells are looked at */
                if (is_repetition(search, c))
                        continue;
                if (--search->nodes < 0 || board->effort->left < search->effort)
                        return RT_UNDECIDED;
                if (!sit(board, number, piece, board->cpus[c], scope))
                        continue;
                size_t next = player->most_cpus == 1 ? player->n_pieces : piece + 1;
                RtVerdict verdict = seat_from(search, at, next);
                if (verdict != RT_MISSED)
                        return verdict;
                leave(board, number, piece, scope);
        }
        return RT_MISSED;
}

/* Whether the players of one config ask for more than all its CPUs together give. */
static bool is_too_much(const RtBoard *board, const RtQueue *queue, size_t config)
{
        const __int128 room = (__int128)board->rules.bandwidth * 1000 * (__int128)board->n_cpus;
        __int128 sum = 0;
        for (size_t i = 0; i < queue->n; i++) {
                const RtPlayer *player = &board->players.items[queue->items[i]];
                RT_EACH (k, &player->configs)
                        if (*k == config)
                                sum += player->share - (int64_t)player->n_pieces; /* rounded up */
        }
        return sum > room;
}

RtVerdict rt_board_search(RtBoard *board, const RtQueue *queue, const RtScope *only)
{
        const int64_t most_nodes = 100000, most_effort = 100000000;
        Search search = {
                .board = board,
                .queue = queue,
                .only = only,
                .classes = rt_alloc_array(board->arena, board->n_cpus + 1, sizeof(uint64_t)),
                .nodes = most_nodes,
                .effort = board->effort->left - most_effort,
        };
        if (search.effort < 0)
                search.effort = 0; /* the run's work is bounded as well */
        for (size_t k = 0; k < board->configs.n; k++)
                if ((!only || only->configs[0] == k) && is_too_much(board, queue, k))
                        return RT_MISSED;
        for (size_t c = 0; c < board->n_cpus; c++)
                search.classes[c] = class_of(board, board->cpus[c]);
        board->undecided = false;
        RtVerdict verdict = seat_from(&search, 0, 0);
        return verdict == RT_MISSED && board->undecided ? RT_UNDECIDED : verdict;
}
