/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket.h"

/* However it is woken, a sleeper looks around this often: a hostile peer can move those who sleep
 * on its words elsewhere. */
static const int64_t slice = 100 * 1000 * 1000;

static bool is_gone(const RtLink *link)
{
        return atomic_load_explicit(&link->gone, memory_order_acquire);
}

/* -- waking the peers -------------------------------------------------------------------------- */

/* Of a word or counter that nobody else raises, without the price of an exchange. */
static void count_up(_Atomic uint32_t *number)
{
        uint32_t value = atomic_load_explicit(number, memory_order_relaxed);
        atomic_store_explicit(number, value + 1, memory_order_release);
}

/* The kernel looks for sleepers after a fence of its own. */
static void raise_word(_Atomic uint32_t *word)
{
        count_up(word);
        rt_futex_wake(word);
}

/* If its queue is full of bells, one more would say nothing new. */
static void ring_bell(const RtLink *link)
{
        (void)send(link->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static uint32_t load(const _Atomic uint32_t *word)
{
        return atomic_load_explicit(word, memory_order_relaxed);
}

static void wake_reader(RtLink *link)
{
        uint32_t want = load(&link->peer->data_want), bell = load(&link->peer->data_bell);
        if (want != link->served_data) {
                link->served_data = want;
                raise_word(&link->peer_words->data);
        }
        if (bell != link->served_data_bell) {
                link->served_data_bell = bell;
                ring_bell(link);
        }
}

void rt_wake_readers(rtchannel *end, RtWay *way)
{
        /* Pairs with the fence in announce(): either we see the want, or they the message. The same
         * goes for a peer that we have not noticed yet. */
        atomic_thread_fence(memory_order_seq_cst);
        rt_end_refresh(end);
        if (way) {
                if (way->link)
                        wake_reader(way->link);
                return;
        }
        for (unsigned i = 0; i < end->n_ways; i++)
                if (end->ways[i].link)
                        wake_reader(end->ways[i].link);
}

void rt_wake_writer(rtchannel *end, RtWay *way)
{
        RtLink *link = way->link;
        if (end->spec.shape.overwrite)
                return; /* nobody waits for room there */
        atomic_thread_fence(memory_order_seq_cst);
        uint32_t want = load(&link->peer->room_want), bell = load(&link->peer->room_bell);
        if (want != link->served_room) {
                link->served_room = want;
                raise_word(&link->peer_words->room);
        }
        if (bell != link->served_room_bell) {
                link->served_room_bell = bell;
                ring_bell(link);
        }
}

/* -- looking ----------------------------------------------------------------------------------- */

/* Looks at the peer's tail only when it has to: as long as there is room for certain, and no new
 * high water, the line that it lies in stays with the peer. */
static bool has_room_for(rtchannel *end, RtWay *way, const RtWriter *writer)
{
        rtchannel_statistics *numbers = &end->statistics->numbers;
        RtLink *link = way->link;
        bool overwrite = end->spec.shape.overwrite, gone = link && (is_gone(link) || link->broken);
        if (gone && end->admits)
                return true; /* it is for nobody */
        uint64_t floor = gone ? rt_link_resume(link) : way->floor;
        if (link && !gone && link->known_tail > floor)
                floor = link->known_tail;
        uint64_t most = writer->head - floor;
        if (most < way->most && most < numbers->high_water)
                return true;
        int64_t waiting = rt_writer_waiting(writer, floor, link && !gone ? link->peer : NULL);
        if (waiting < 0) {
                rt_link_break(end, way);
                return true; /* its messages are for nobody now */
        }
        if (link && !gone)
                link->known_tail = writer->head - (uint64_t)waiting;
        uint64_t depth = end->spec.shape.depth;
        bool has_room = (uint64_t)waiting < way->most || overwrite;
        uint64_t high = (uint64_t)waiting + has_room;
        if (high > depth)
                high = depth;
        if (high > numbers->high_water)
                numbers->high_water = high;
        return has_room;
}

bool rt_has_room(rtchannel *end, RtWay *way)
{
        if (way)
                return has_room_for(end, way, &way->writer);
        bool has_room = end->shares;
        for (unsigned i = 0; i < end->n_ways && !end->shares && !has_room; i++)
                has_room = has_room_for(end, &end->ways[i], &end->ways[i].writer);
        for (unsigned i = 0; i < end->n_ways && end->shares; i++)
                if (end->ways[i].link)
                        has_room = has_room_for(end, &end->ways[i], &end->writer) && has_room;
        return has_room;
}

static bool has_data(const rtchannel *end)
{
        for (unsigned i = 0; end->receives && i < end->n_ways; i++)
                if (end->ways[i].link && rt_reader_is_ready(&end->ways[i].link->reader))
                        return true;
        return false;
}

static bool has_changes(const rtchannel *end)
{
        return atomic_load_explicit(&end->changes, memory_order_acquire) != end->seen;
}

static bool is_worth_trying(RtWait *wait)
{
        rtchannel *end = wait->end;
        return has_changes(end) || (wait->want == RT_WANT_DATA   ? has_data(end)
                                    : wait->want == RT_WANT_ROOM ? rt_has_room(end, wait->way)
                                                                 : false);
}

/* -- bells ------------------------------------------------------------------------------------- */

static void ask_for_bells(rtchannel *end, RtWant want)
{
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtLink *link = end->ways[i].link;
                if (link)
                        count_up(want == RT_WANT_ROOM ? &link->own->room_bell
                                                      : &link->own->data_bell);
        }
        atomic_thread_fence(memory_order_seq_cst);
}

/* A peer can send any number of bells; a few at a time are enough to get ahead of it. A socket that
 * has ended would be readable for ever; the attendant, who is told too, may have to wait for us. */
static void silence_bells(rtchannel *end)
{
        uint64_t count;
        (void)!read(end->bell, &count, sizeof count);
        for (unsigned i = 0; i < end->n_ways; i++) {
                const RtLink *link = end->ways[i].link;
                int r = 1;
                for (int n = 0; link && n < 16 && r > 0; n++)
                        r = rt_bell_take(link->socket);
                if (r == 0)
                        (void)epoll_ctl(end->epoll, EPOLL_CTL_DEL, link->socket, NULL);
                else if (r == -EPROTO)
                        rt_link_break(end, &end->ways[i]);
        }
}

static bool has_event(const rtchannel *end)
{
        for (unsigned i = 0; i < end->n_ways; i++)
                if (end->ways[i].down.type || end->ways[i].up.type)
                        return true;
        return false;
}

/* Room is told of once: whoever does not want it any more is not to be kept awake. */
static bool has_news_of_room(rtchannel *end)
{
        bool has_news = end->is_room_polled && rt_has_room(end, end->polled_way);
        if (has_news)
                end->is_room_polled = false;
        return has_news;
}

void rt_bell_ask(rtchannel *end, RtWant want)
{
        silence_bells(end);
        ask_for_bells(end, RT_WANT_DATA);
        if (want == RT_WANT_ROOM)
                ask_for_bells(end, RT_WANT_ROOM);
}

bool rt_bell_arm(rtchannel *end, RtWant want, RtWay *way)
{
        uint64_t one = 1;
        RtWait wait = { .end = end, .want = want, .way = way };
        rt_bell_ask(end, want);
        if (want == RT_WANT_ROOM) {
                end->is_room_polled = true;
                end->polled_way = way;
        }
        if (!is_worth_trying(&wait) && !has_data(end) && !has_news_of_room(end) &&
            !(end->tells_events && has_event(end)))
                return false;
        /* Nobody rings for what is there already, but more may be there than is taken now. */
        (void)!write(end->bell, &one, sizeof one);
        return true;
}

/* -- sleeping ---------------------------------------------------------------------------------- */

static void spin(RtWait *wait, int64_t until)
{
        while (rtchannel_now() < until)
                for (int i = 0; i < 16; i++) {
                        if (is_worth_trying(wait))
                                return;
#if defined(__x86_64__) || defined(__i386__)
                        __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
                        __asm__ volatile("yield");
#endif
                }
}

/* Says to the peers what we wait for, and collects the words that they will raise. */
static unsigned announce(RtWait *wait, RtFutex *futexes)
{
        rtchannel *end = wait->end;
        unsigned n = 0;
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtLink *link = end->ways[i].link;
                if (!link || is_gone(link) || wait->want == RT_WANT_PEER ||
                    (wait->want == RT_WANT_ROOM && wait->way && wait->way != &end->ways[i]))
                        continue;
                bool room = wait->want == RT_WANT_ROOM;
                futexes[n].word = room ? &link->own_words->room : &link->own_words->data;
                futexes[n].value = atomic_load_explicit(futexes[n].word, memory_order_acquire);
                count_up(room ? &link->own->room_want : &link->own->data_want);
                n++;
        }
        /* One word alone is cheaper to wait for; then the attendant wakes us on that one. */
        if (n != 1)
                futexes[n++] = (RtFutex){ &end->changes, end->seen };
        atomic_store_explicit(&end->sleep, futexes[0].word, memory_order_relaxed);
        /* Before the last look, for the peers' sake and the attendant's, see kick(). */
        atomic_thread_fence(memory_order_seq_cst);
        return n;
}

/* Where the kernel has no way to wait for several words: bells and poll(2) do it, at a cost. */
static int sleep_by_bells(RtWait *wait, int64_t until)
{
        rtchannel *end = wait->end;
        struct pollfd fd = { .fd = end->epoll, .events = POLLIN };
        int64_t left = until - rtchannel_now();
        if (left <= 0 || rt_bell_arm(end, wait->want, wait->way))
                return 0;
        struct timespec time = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
        return ppoll(&fd, 1, &time, NULL) < 0 && errno == EINTR ? -EINTR : 0;
}

static int sleep_until(RtWait *wait, int64_t until)
{
        RtFutex futexes[RT_FUTEXES_MAX];
        unsigned n = announce(wait, futexes);
        int r = is_worth_trying(wait) ? 0 : rt_futex_wait(futexes, n, until);
        atomic_store_explicit(&wait->end->sleep, NULL, memory_order_release);
        if (r == -ENOSYS)
                r = sleep_by_bells(wait, until);
        return r == -ETIMEDOUT ? 0 : r;
}

static bool is_interrupted(rtchannel *end)
{
        return atomic_load_explicit(&end->interrupted, memory_order_relaxed) &&
               atomic_exchange_explicit(&end->interrupted, false, memory_order_acq_rel);
}

int rt_wait(RtWait *wait)
{
        rtchannel *end = wait->end;
        if (is_interrupted(end))
                return -ECANCELED;
        if (wait->deadline == RTCHANNEL_NOW)
                return -EAGAIN;
        bool spins = !wait->has_spun && end->spec.spin > 0;
        /* The first sleep goes by the time of the last message: if its end has passed already, the
         * kernel says so. Not later ones, or a peer that wakes us for nothing could keep us. */
        if (spins || wait->has_slept)
                end->now = rtchannel_now();
        if (end->now >= wait->deadline)
                return -ETIMEDOUT;
        if (spins) {
                int64_t until = end->now + end->spec.spin;
                wait->has_spun = true;
                spin(wait, until < wait->deadline ? until : wait->deadline);
                return 0;
        }
        wait->has_slept = true;
        int64_t until = end->now + slice;
        int r = sleep_until(wait, until < wait->deadline ? until : wait->deadline);
        /* The signal's handler may have been who interrupted. */
        return r == -EINTR && is_interrupted(end) ? -ECANCELED : r;
}
