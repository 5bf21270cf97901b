/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transfer.h"

enum { ENTRY = sizeof(uint32_t), FIRST_ROOM = 16 };

/* -- the stack --------------------------------------------------------------------------------- */

static int reserve_sizes(RtzFrames *frames, uint32_t n)
{
        if (n <= frames->room_for)
                return 0;
        uint32_t room = n < FIRST_ROOM ? FIRST_ROOM : n > frames->room_for * 2 ? n : 2 * n;
        uint32_t *sizes = realloc(frames->sizes, room * sizeof *sizes);
        if (!sizes)
                return -ENOMEM;
        frames->sizes = sizes;
        frames->room_for = room;
        return 0;
}

int rtz_frames_reserve(RtzFrames *frames, uint32_t bytes)
{
        /* Words are copied as a whole. */
        uint32_t room = bytes + 2 * sizeof(uint64_t);
        if (room > frames->room) {
                unsigned char *more = realloc(frames->bytes, room);
                if (!more)
                        return -ENOMEM;
                frames->bytes = more;
                frames->room = room;
        }
        return reserve_sizes(frames, FIRST_ROOM);
}

void rtz_frames_free(RtzFrames *frames)
{
        free(frames->bytes);
        free(frames->sizes);
        *frames = (RtzFrames){ 0 };
}

int rtz_frames_add(RtzFrames *frames, const void *data, size_t size)
{
        if (size > frames->room - frames->used)
                return -EMSGSIZE;
        int r = reserve_sizes(frames, frames->n + 1);
        if (r < 0)
                return r;
        if (size > 0)
                memcpy(frames->bytes + frames->used, data, size);
        frames->used += (uint32_t)size;
        frames->sizes[frames->n++] = (uint32_t)size;
        return 0;
}

/* -- into a slot ------------------------------------------------------------------------------- */

/* Whether the last frame alone says it all. */
static bool is_plain(const RtzFrames *frames, bool implies)
{
        return implies ? frames->n == 1 && frames->sizes[0] == 0 : frames->n == 0;
}

bool rtz_frames_fit(const RtzFrames *frames, size_t last, const RtShape *shape, bool implies)
{
        if (last > shape->message_size || frames->used > shape->message_size - last)
                return false;
        uint64_t table = is_plain(frames, implies) ? 0 : (uint64_t)ENTRY * frames->n;
        return frames->used + last + table <= shape->capacity;
}

void rtz_frames_emit(RtzFrames *frames, const void *last, size_t last_size, rtchannel *end,
                     bool implies, uint64_t tag)
{
        RtWriter *writer = end->lent;
        uint32_t table = ENTRY * frames->n;
        bool plain = is_plain(frames, implies);
        end->lent_head.tag = tag;
        end->lent_head.frames = plain ? 0 : frames->n + 1;
        end->lent_head.size = frames->used + (uint32_t)last_size + (plain ? 0 : table);
        if (plain || (frames->n == 0 && frames->used == 0)) {
                rt_writer_put(writer, last, last_size);
        } else if (writer->shape->overwrite) {
                /* In whole words, so once more by way of ours. */
                if (last_size > 0)
                        memcpy(frames->bytes + frames->used, last, last_size);
                memcpy(frames->bytes + frames->used + last_size, frames->sizes, table);
                rt_writer_put(writer, frames->bytes, end->lent_head.size);
        } else {
                unsigned char *data = writer->slot->data;
                memcpy(data, frames->bytes, frames->used);
                if (last_size > 0)
                        memcpy(data + frames->used, last, last_size);
                memcpy(data + frames->used + last_size, frames->sizes, table);
        }
        rt_finish(end);
        rtz_frames_clear(frames);
}

/* -- out of a slot ----------------------------------------------------------------------------- */

/* From what was copied, so that nobody can change it any more. */
static int split(RtzFrames *frames, uint32_t size, uint32_t n)
{
        uint64_t table = (uint64_t)ENTRY * (n - 1);
        if (table > size)
                return -EPROTO;
        int r = reserve_sizes(frames, n + 1);
        if (r < 0)
                return r;
        uint32_t left = size - (uint32_t)table;
        memcpy(frames->sizes, frames->bytes + left, table);
        frames->used = left;
        for (uint32_t i = 0; i < n - 1; i++) {
                if (frames->sizes[i] > left)
                        return -EPROTO;
                left -= frames->sizes[i];
        }
        frames->sizes[n - 1] = left;
        frames->n = n;
        return 1;
}

int rtz_frames_copy(RtzFrames *frames, const RtReader *reader, const RtMessage *message,
                    bool implies)
{
        rtz_frames_clear(frames);
        if (message->size > frames->room)
                return -EPROTO;
        if (!rt_reader_copy(reader, message, frames->bytes))
                return 0;
        if (message->frames > 0)
                return split(frames, message->size, message->frames);
        if (implies)
                frames->sizes[frames->n++] = 0;
        frames->sizes[frames->n++] = message->size;
        frames->used = message->size;
        return 1;
}

int rtz_first_copy(const RtReader *reader, const RtMessage *message, unsigned char *buffer,
                   size_t most, size_t *ret_size)
{
        uint32_t size = rt_bytes_of(message);
        if (message->frames > 1) {
                /* The first entry of the table, by the words that it lies in. */
                uint64_t word[2];
                uint32_t start = size & ~(uint32_t)7, first;
                RtMessage part = { .data = message->data + start, .size = size - start + ENTRY };
                if (!rt_reader_copy(reader, &part, word))
                        return 0;
                memcpy(&first, (unsigned char *)word + (size - start), sizeof first);
                if (first > size || size == message->size)
                        return -EPROTO;
                size = first;
        }
        RtMessage part = { .data = message->data, .size = size < most ? size : (uint32_t)most };
        if (!rt_reader_copy(reader, &part, buffer))
                return 0;
        *ret_size = part.size;
        return 1;
}
