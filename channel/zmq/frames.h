/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stack of frames: a multipart message while it is put together or handed out, and how it lies in
 * a slot; see layout.h. */

#include <stdbool.h>
#include <stddef.h>

#include "end.h"

typedef struct RtzFrames {
        unsigned char *bytes; /* of all frames, one after the other */
        uint32_t used, room;  /* of these bytes */
        uint32_t *sizes;
        uint32_t n, room_for; /* frames */
} RtzFrames;

/* Sees to room for that many bytes, so that it need not be found while messages are on their way.
 * 0 or -ENOMEM. */
int rtz_frames_reserve(RtzFrames *frames, uint32_t bytes);
void rtz_frames_free(RtzFrames *frames);
static inline void rtz_frames_clear(RtzFrames *frames)
{
        frames->used = frames->n = 0;
}

/* Copies a frame to the end. -EMSGSIZE: there is no room for it; -ENOMEM. */
int rtz_frames_add(RtzFrames *frames, const void *data, size_t size);

/* Commits the frames, and behind them one that is not copied before, as one message of the writer
 * that the channel has lent (rt_begin()). `implies`: of a channel of requests and replies. It must
 * fit: */
bool rtz_frames_fit(const RtzFrames *frames, size_t last, const RtShape *shape, bool implies);
void rtz_frames_emit(RtzFrames *frames, const void *last, size_t last_size, rtchannel *end,
                     bool implies, uint64_t tag);

/* Copies a message out. 1; 0: it was overwritten meanwhile; -EPROTO: it is no message; -ENOMEM. */
int rtz_frames_copy(RtzFrames *frames, const RtReader *reader, const RtMessage *message,
                    bool implies);

/* Copies the beginning of the first frame, at most `most` bytes, of a message from a channel that
 * implies nothing; the buffer has room for a word more. 1 and the size; 0: it was overwritten
 * meanwhile; -EPROTO. */
int rtz_first_copy(const RtReader *reader, const RtMessage *message, unsigned char *buffer,
                   size_t most, size_t *ret_size);
