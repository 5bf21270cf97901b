/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The board on which placement seats real-time tasks: one cell for each CPU in each config. Seats
 * are taken one task at a time, and only if all rules and deadlines hold, so that a search can turn
 * back at the first that do not. */

#include "assign.h"
#include "plan.h"
#include "workload.h"

/* A real-time task to be seated. */
typedef struct RtPiece {
        const RtTask *task;
        RtOwnedLoad owned;
        int fixed;     /* CPU by hand; -1: free */
        int64_t share; /* of a CPU, parts per billion, rounded up */
        size_t seat;   /* its place in a row of the board's seats */
} RtPiece;

/* A container with real-time tasks. */
typedef struct RtPlayer {
        RtContainer *container;
        RtPiece *pieces; /* in the order to be seated: fixed first, then the largest */
        size_t n_pieces;
        RtOwnedLoads riders; /* loads on each CPU that it uses */
        RtCpuSet candidates;
        size_t most_cpus;
        bool has_deadline; /* a SCHED_DEADLINE task, which wants a root domain of one CPU */
        int64_t share;
        RT_LIST(size_t) configs; /* numbers of those it is in */
        RT_LIST(size_t) apart;   /* numbers of players that it must not share a CPU with */
        bool is_reported;        /* that it does not fit even alone */
} RtPlayer;

typedef struct RtCell {
        RtLoad *loads; /* most urgent first, by preferred priority */
        size_t n, room;
        size_t *players; /* who sits here */
        size_t n_players, players_room;
        bool holds; /* with the preferred priorities, as it is */
        bool grown; /* its loads' windows are those of the question that is under way */
} RtCell;

/* Numbers of configs that a move is about. */
typedef struct RtScope {
        const size_t *configs;
        size_t n;
} RtScope;

typedef struct RtBoard {
        RtArena *arena;
        const RtPlatform *platform;
        RtEffort *effort;
        RtCpuRules rules;
        RT_LIST(RtPlayer) players;
        RT_LIST(RtConfigPlan *) configs;
        size_t alone;          /* number of one more config, for players that are in none */
        const void **suspects; /* by column: owner of the load that was late there last time */
        int *cpus;             /* the real-time CPUs; a cell's column is an index into them */
        size_t n_cpus;
        RtCell **cells;  /* by config, then column; NULL: nobody has sat there yet */
        int *seats;      /* by config, then piece: its CPU, -1 if it has none there */
        int *priorities; /* likewise; of no meaning until they are chosen */
        size_t n_seats;
        bool by_config; /* priorities need not be the same in all configs */
        bool undecided; /* some answer against a seat was no proof */
        /* scratch of the priority search */
        RtContender *contenders;
        size_t contenders_room;
        size_t *members;
        size_t members_room;
        RtScenario *scenarios;
} RtBoard;

/* Sets up the board for the accepted containers and the plan's configs. */
void rt_board_init(RtBoard *board, RtPlan *plan, RtEffort *effort);
/* Everybody leaves. */
void rt_board_clear(RtBoard *board);
/* Makes room for the next in that config; who has sat there keeps the number of the seat. */
void rt_board_empty_cells(RtBoard *board, size_t config);

RtScope rt_board_scope(const RtPlayer *player);
int *rt_board_seat(const RtBoard *board, size_t config, const RtPiece *piece);
int *rt_board_priority(const RtBoard *board, size_t config, const RtPiece *piece);
/* The CPU's column, or n_cpus if it is no real-time CPU. */
size_t rt_board_column(const RtBoard *board, int cpu);
/* NULL if nobody has sat there. */
const RtCell *rt_board_cell(const RtBoard *board, size_t config, int cpu);

/* Seats the piece on the CPU in all configs of the scope, if it is a candidate and everything
 * holds. Otherwise nothing changes. */
bool rt_board_sit(RtBoard *board, size_t player, size_t piece, int cpu, RtScope scope);
/* The whole container on one CPU. */
bool rt_board_sit_all(RtBoard *board, size_t player, int cpu, RtScope scope);
/* The same for one piece without asking. */
void rt_board_force(RtBoard *board, size_t player, size_t piece, int cpu, RtScope scope);
void rt_board_leave(RtBoard *board, size_t player, size_t piece, RtScope scope);

/* The CPUs that the player's pieces sit on in that config. */
RtCpuSet rt_board_used(const RtBoard *board, size_t config, const RtPlayer *player);
/* A player in the cell that forbids `player` the CPU; NULL if none does. */
const RtPlayer *rt_board_obstacle(const RtBoard *board, size_t config, size_t player, int cpu);

/* Gives the pieces the priorities that they have unless these do not hold somewhere. */
void rt_board_prefer_priorities(RtBoard *board);

/* Whether what sits on the CPU holds in the scope, with some priorities. Only loads of at most
 * priority `level` are new, or hit by what is new. */
RtVerdict rt_board_cpu_holds(RtBoard *board, int cpu, RtScope scope, int level);
/* Loads have left the cell. */
void rt_board_cell_shrunk(RtCell *cell);

typedef struct RtNumbered {
        const RtPiece *piece;
        int priority;
} RtNumbered;
/* The preferred priorities if these hold in the scope, else others that do. The list of all tasks
 * on the CPU lies in the arena. RT_MISSED: there are none. */
RtVerdict rt_board_priorities(RtBoard *board, int cpu, RtScope scope, RtNumbered **ret,
                              size_t *ret_n);
