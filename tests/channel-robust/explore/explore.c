/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explore.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "../hooks.h"
#include "futex.h"

enum {
        STACK = 16 * 1024,
        BELOW = 128, /* of the stack under leave(), whose frame is not hashed */
        KEPT = 32,
        DEEPEST = 4000,
        FIRST = 1 << 12, /* size of the table of states, which grows */
};

typedef enum What {
        LOAD,
        ADD,
        FENCE,
        SLEEP, /* looks at its words, and sleeps if they are as expected */
        ASLEEP,
        WAKE,
        DONE,
} What;

/* What a thread is about to do, and what came of it. */
typedef struct Step {
        What what;
        int order;
        unsigned cell, n; /* of words to sleep on */
        uint64_t value;
        struct {
                uint8_t cell;
                uint32_t value;
        } words[RT_FUTEXES_MAX < 4 ? RT_FUTEXES_MAX : 4];
} Step;

typedef struct Thread {
        ucontext_t context;
        char *low;     /* of its stack, above it everything matters */
        bool is_alone; /* it has loaded something: nobody else runs until it has done more */
        Step step;
} Thread;

typedef struct Kept {
        void *data;
        size_t size;
} Kept;

static _Alignas(64) char stacks[THREADS][STACK];
static Thread threads[THREADS];
static ucontext_t scheduler;
static unsigned n_threads, current;
static bool is_exploring;
static ExploreBody *const *all_bodies;

static Kept kept[KEPT];
static unsigned n_kept;
static unsigned char *snapshots[DEEPEST];
static uint64_t *seen; /* a hash table; 0: free */
static size_t n_seen;  /* a power of 2 */
static ExploreResult result;

/* -- threads ----------------------------------------------------------------------------------- */

static __attribute__((noinline)) void leave(void)
{
        threads[current].low = __builtin_frame_address(0);
        (void)swapcontext(&threads[current].context, &scheduler);
}

/* All registers that belong to callers lie on the stack then. */
static __attribute__((noinline)) uint64_t offer(Step step)
{
        __builtin_unwind_init();
        threads[current].step = step;
        leave();
        return threads[current].step.value;
}

void explore_fail(const char *what)
{
        result.wrong = what;
        for (;;)
                (void)offer((Step){ .what = DONE });
}

static void begin(void)
{
        all_bodies[current](current);
        for (;;)
                (void)offer((Step){ .what = DONE });
}

static void go_on(unsigned thread)
{
        current = thread;
        /* What lies below is left from calls before, and would make equal states look different. */
        char *low = threads[thread].low;
        if (low)
                memset(stacks[thread], 0, (size_t)(low - BELOW - stacks[thread]));
        (void)swapcontext(&scheduler, &threads[thread].context);
}

/* -- what the library's code calls ------------------------------------------------------------- */

static uint64_t value_of(const void *value, size_t size)
{
        uint64_t number = 0;
        memmove(&number, value, size);
        return number;
}

void hook_load(const volatile void *at, void *ret, size_t size, int order)
{
        if (!is_exploring || !memory_is_shared(at)) {
                memmove(ret, (const void *)(uintptr_t)at, size);
                return;
        }
        unsigned cell = memory_cell(at);
        uint64_t value = memory_is_own(cell, current)
                                 ? memory_load(current, cell, memory.versions[cell] - 1U, order)
                                 : offer((Step){ .what = LOAD, .order = order, .cell = cell });
        memmove(ret, &value, size);
}

void hook_store(volatile void *at, const void *value, size_t size, int order)
{
        threads[current].is_alone = false;
        if (is_exploring && memory_is_shared(at))
                memory_store(current, memory_cell(at), value_of(value, size), order);
        else
                memmove((void *)(uintptr_t)at, value, size);
}

void hook_add(volatile void *at, void *value, size_t size, int order)
{
        uint64_t add = value_of(value, size), old = 0;
        if (is_exploring && memory_is_shared(at)) {
                old = offer((Step){
                        .what = ADD, .order = order, .cell = memory_cell(at), .value = add });
        } else {
                memmove(&old, (void *)(uintptr_t)at, size);
                add += old;
                memmove((void *)(uintptr_t)at, &add, size);
        }
        memmove(value, &old, size);
}

/* Of threads within one process, who are not explored. */
void hook_exchange(volatile void *at, void *value, size_t size, int order)
{
        uint64_t old = 0;
        (void)order;
        memmove(&old, (void *)(uintptr_t)at, size);
        memmove((void *)(uintptr_t)at, value, size);
        memmove(value, &old, size);
}

bool hook_compare_exchange(volatile void *at, void *expected, const void *value, size_t size,
                           int order)
{
        (void)expected;
        hook_store(at, value, size, order);
        return true;
}

void hook_fence(int order)
{
        if (!is_exploring)
                return;
        if (order == memory_order_seq_cst)
                (void)offer((Step){ .what = FENCE, .order = order });
        else
                memory_fence(current, order); /* concerns this thread alone */
}

static void copy_word(char *to, const char *from)
{
        uint64_t word = 0;
        bool fine = true;
        if (memory_is_shared(from))
                fine = memory_read(current, memory_cell(from), &word);
        else
                memmove(&word, from, sizeof word);
        if (memory_is_shared(to)) {
                threads[current].is_alone = false;
                fine = memory_write(current, memory_cell(to), word) && fine;
        } else
                memmove(to, &word, sizeof word);
        if (!fine)
                explore_fail("a message is read while it is written: a data race");
}

void *hook_copy(void *to, const void *from, size_t size)
{
        if (!is_exploring || (!memory_is_shared(to) && !memory_is_shared(from)))
                return memmove(to, from, size);
        for (size_t i = 0; i < size; i += sizeof(uint64_t))
                copy_word((char *)to + i, (const char *)from + i);
        return to;
}

/* In place of futex.c. Nobody is woken by time: that must not be needed. */
int rt_futex_wait(const RtFutex *futexes, unsigned n, int64_t deadline)
{
        Step step = { .what = SLEEP };
        (void)deadline;
        for (unsigned i = 0; i < n; i++)
                if (memory_is_shared(futexes[i].word)) {
                        step.words[step.n].cell = (uint8_t)memory_cell(futexes[i].word);
                        step.words[step.n++].value = futexes[i].value;
                }
        (void)offer(step);
        return 0;
}

void rt_futex_wake(const _Atomic uint32_t *word)
{
        if (memory_is_shared(word))
                (void)offer((Step){ .what = WAKE, .cell = memory_cell(word) });
}

/* -- states ------------------------------------------------------------------------------------ */

void explore_keep(void *data, size_t size)
{
        if (n_kept == KEPT)
                abort();
        kept[n_kept++] = (Kept){ data, size };
}

void explore_reset(void)
{
        n_kept = 0;
}

typedef void CopyPiece(unsigned char *to, void *piece, size_t size);

static void take_piece(unsigned char *to, void *piece, size_t size)
{
        memcpy(to, piece, size);
}

static void put_piece(unsigned char *from, void *piece, size_t size)
{
        memcpy(piece, from, size);
}

/* The stacks from the ends that they have in `threads`, which has to be there first. */
static void copy_all(unsigned char *snapshot, CopyPiece *copy)
{
        copy(snapshot, threads, sizeof threads);
        snapshot += sizeof threads;
        copy(snapshot, &memory, sizeof memory);
        snapshot += sizeof memory;
        for (unsigned i = 0; i < n_kept; i++) {
                copy(snapshot, kept[i].data, kept[i].size);
                snapshot += kept[i].size;
        }
        for (unsigned t = 0; t < n_threads; t++) {
                char *from = threads[t].low - BELOW;
                size_t size = (size_t)(stacks[t] + STACK - from);
                copy(snapshot, from, size);
                snapshot += size;
        }
}

static size_t size_of_all(void)
{
        size_t size = sizeof threads + sizeof memory;
        for (unsigned i = 0; i < n_kept; i++)
                size += kept[i].size;
        for (unsigned t = 0; t < n_threads; t++)
                size += (size_t)(stacks[t] + STACK - threads[t].low + BELOW);
        return size;
}

static uint64_t hash_all(void)
{
        uint64_t hash = 1;
        unsigned alive = 0;
        for (unsigned t = 0; t < n_threads; t++) {
                const Thread *thread = &threads[t];
                hash = hash_bytes(hash, &thread->step, sizeof thread->step);
                hash = hash_bytes(hash, &thread->is_alone, sizeof thread->is_alone);
                if (thread->step.what == DONE)
                        continue;
                alive |= 1U << t;
                hash = hash_bytes(hash, thread->low, (size_t)(stacks[t] + STACK - thread->low));
        }
        for (unsigned i = 0; i < n_kept; i++)
                hash = hash_bytes(hash, kept[i].data, kept[i].size);
        return memory_hash(hash, alive);
}

static uint64_t *slot_of(uint64_t hash)
{
        size_t at = hash & (n_seen - 1);
        while (seen[at] != 0 && seen[at] != hash)
                at = (at + 1) & (n_seen - 1);
        return &seen[at];
}

static void make_room(size_t n)
{
        uint64_t *old = seen;
        size_t n_old = n_seen;
        seen = calloc(n, sizeof *seen);
        n_seen = n;
        if (!seen)
                abort();
        for (size_t i = 0; i < n_old; i++)
                if (old[i] != 0)
                        *slot_of(old[i]) = old[i];
        free(old);
}

/* True the first time. */
static bool is_new(uint64_t hash)
{
        hash += hash == 0;
        if (result.states >= n_seen / 4 * 3)
                make_room(2 * n_seen);
        uint64_t *slot = slot_of(hash);
        if (*slot == hash)
                return false;
        *slot = hash;
        return true;
}

/* -- steps ------------------------------------------------------------------------------------- */

/* That the kernel may find in a futex: it looks after a fence. */
static unsigned versions_to_sleep_on(unsigned thread, unsigned cell)
{
        return memory.versions[cell] - memory_first_after_fence(thread, cell);
}

/* A load is of no use to others, and loses no choice when others go on before it. So it is enough
 * to let a thread load only when it goes on, without anybody between, to its next store, fence or
 * futex call. */
static unsigned choices_of(unsigned thread)
{
        const Step *step = &threads[thread].step;
        if (step->what == DONE || step->what == ASLEEP)
                return 0;
        for (unsigned t = 0; t < n_threads; t++)
                if (t != thread && threads[t].is_alone && threads[t].step.what != DONE)
                        return 0;
        if (step->what == LOAD)
                return memory.versions[step->cell] - memory_first(thread, step->cell, step->order);
        unsigned n = 1;
        for (unsigned i = 0; step->what == SLEEP && i < step->n; i++)
                n *= versions_to_sleep_on(thread, step->words[i].cell);
        return n;
}

/* As the kernel does it: between a fence here and one in wake(), whoever wakes either finds the
 * sleeper, or the sleeper what was raised before. */
static bool falls_asleep(unsigned thread, Step *step, unsigned choice)
{
        bool as_expected = true;
        memory_fence(thread, memory_order_seq_cst);
        for (unsigned i = 0; i < step->n; i++) {
                unsigned cell = step->words[i].cell, n = versions_to_sleep_on(thread, cell);
                unsigned version = memory.versions[cell] - n + choice % n;
                choice /= n;
                if ((uint32_t)memory_load(thread, cell, version, memory_order_relaxed) !=
                    step->words[i].value)
                        as_expected = false;
        }
        if (as_expected)
                step->what = ASLEEP;
        return as_expected;
}

static void wake(unsigned thread, unsigned cell)
{
        memory_fence(thread, memory_order_seq_cst);
        for (unsigned t = 0; t < n_threads; t++)
                for (unsigned i = 0; threads[t].step.what == ASLEEP && i < threads[t].step.n; i++)
                        if (threads[t].step.words[i].cell == cell)
                                threads[t].step.what = FENCE; /* goes on as after a fence */
}

static void do_step(unsigned thread, unsigned choice)
{
        Step *step = &threads[thread].step;
        unsigned cell = step->cell;
        threads[thread].is_alone = step->what == LOAD;
        switch (step->what) {
        case LOAD:
                step->value =
                        memory_load(thread, cell, memory_first(thread, cell, step->order) + choice,
                                    step->order);
                break;
        case ADD:
                step->value = memory_add(thread, cell, step->value, step->order);
                break;
        case FENCE:
                memory_fence(thread, memory_order_seq_cst);
                break;
        case WAKE:
                wake(thread, cell);
                break;
        default:
                if (falls_asleep(thread, step, choice))
                        return;
                break;
        }
        go_on(thread);
}

static void judge(void)
{
        unsigned asleep = 0;
        for (unsigned t = 0; t < n_threads; t++)
                asleep += threads[t].step.what == ASLEEP;
        if (asleep > 0)
                result.wrong = "somebody sleeps, and nobody is left to wake it";
        else
                result.ends++;
}

static void search(unsigned depth)
{
        if (result.wrong || !is_new(hash_all()))
                return;
        result.states++;
        if (depth > result.deepest)
                result.deepest = depth;
        if (depth == DEEPEST) {
                result.wrong = "a path does not end";
                return;
        }
        snapshots[depth] = realloc(snapshots[depth], size_of_all());
        copy_all(snapshots[depth], take_piece);
        unsigned tried = 0;
        for (unsigned t = 0; t < n_threads && !result.wrong; t++) {
                unsigned n = choices_of(t);
                for (unsigned choice = 0; choice < n && !result.wrong; choice++) {
                        if (tried++ > 0)
                                copy_all(snapshots[depth], put_piece);
                        do_step(t, choice);
                        search(depth + 1);
                }
                if (tried > 0)
                        copy_all(snapshots[depth], put_piece);
        }
        if (tried == 0)
                judge();
}

static void start(unsigned thread)
{
        ucontext_t *context = &threads[thread].context;
        (void)getcontext(context);
        context->uc_stack.ss_sp = stacks[thread];
        context->uc_stack.ss_size = STACK;
        makecontext(context, begin, 0);
        go_on(thread);
}

ExploreResult explore_run(ExploreBody *const *bodies, unsigned n)
{
        free(seen);
        seen = NULL;
        n_seen = 0;
        make_room(FIRST);
        all_bodies = bodies;
        n_threads = n;
        result = (ExploreResult){ 0 };
        memset(threads, 0, sizeof threads);
        is_exploring = true;
        for (unsigned t = 0; t < n; t++)
                start(t);
        search(0);
        is_exploring = false;
        return result;
}
