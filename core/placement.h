/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of placement only. */

#include "board.h"
#include "stored-plan.h"
#include "timing.h"

/* Numbers of players in the order in which they are to be seated. */
typedef RT_LIST(size_t) RtQueue;

typedef enum RtFit { RT_FIRST_FIT, RT_WORST_FIT } RtFit;

/* Seats the player by trying CPUs one after the other. On failure -1, and nothing has changed. */
int rt_placement_seat(RtBoard *board, size_t player, RtScope scope, RtFit fit);
/* Seats it although something does not hold: each piece where it was fixed to, or the load is
 * least. */
void rt_placement_seat_anyway(RtBoard *board, size_t player, RtScope scope);

/* Seats all players of the queue in all their configs, or in `only`. RT_MET: done; otherwise
 * whatever has been seated on the way is undefined, and RT_MISSED is the proof that no placement
 * exists. */
RtVerdict rt_board_search(RtBoard *board, const RtQueue *queue, const RtScope *only);

/* Seats everybody as in the stored plan. False: it does not fit the descriptors any more, or it
 * does not hold; then the board is to be set up again. */
bool rt_board_recall(RtBoard *board, const RtStoredPlan *stored);

/* The plan of what is on the board: instances, members, loads. */
void rt_placement_commit(RtBoard *board, RtPlan *plan);
/* One config as it is on the board, with instances of its own, for show. */
RtConfigPlan *rt_placement_show(RtBoard *board, RtPlan *plan, size_t config);

/* That a player finds no seat in a config as the board stands. */
typedef struct RtRefusal {
        RtAt at;
        const char *what;
        bool one_cpu; /* there is only one CPU that it could have */
} RtRefusal;

/* `proof`: whether any other placement has been ruled out. */
RtRefusal rt_placement_refusal(RtBoard *board, size_t config, size_t player, RtVerdict proof);
/* Reports it, with what would help; `timing` is of the config as it is for show. */
void rt_placement_report(RtPlan *plan, const RtRefusal *refusal, const RtConfigTiming *timing,
                         RtDiags *diags);
/* Reports a container that does not even fit an empty machine, and its configs; `repairs` in words,
 * may be NULL. */
void rt_placement_report_alone(RtBoard *board, size_t player, RtVerdict proof, const char *repairs,
                               RtDiags *diags);
