/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parts.h"

#include <errno.h>
#include <string.h>

int rt_parts_receive(RtParts *parts, void *socket)
{
        bool more = true;
        parts->n = 0;
        parts->is_cut = false;
        while (more) {
                zmq_msg_t part;
                (void)zmq_msg_init(&part);
                /* All parts arrive with the first. */
                if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
                        int r = errno == EINTR && parts->n > 0 ? 0 : -errno;
                        (void)zmq_msg_close(&part);
                        if (r == 0)
                                continue;
                        rt_parts_release(parts);
                        return r == -EINTR ? -EAGAIN : r;
                }
                more = zmq_msg_more(&part);
                if (parts->n < RT_PARTS_MAX) {
                        parts->parts[parts->n++] = part;
                        continue;
                }
                parts->is_cut = true;
                (void)zmq_msg_close(&part);
        }
        return 0;
}

void rt_parts_release(RtParts *parts)
{
        while (parts->n > 0)
                (void)zmq_msg_close(&parts->parts[--parts->n]);
}

RtPiece rt_parts_get(RtParts *parts, unsigned index)
{
        zmq_msg_t *part = &parts->parts[index];
        return (RtPiece){ zmq_msg_data(part), zmq_msg_size(part) };
}

int rt_pieces_send(const RtPiece *pieces, unsigned n, void *socket)
{
        for (unsigned i = 0; i < n; i++) {
                int flags = ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0), r;
                do
                        r = zmq_send(socket, pieces[i].data, pieces[i].size, flags);
                while (r < 0 && errno == EINTR);
                /* Whoever took the first part takes them all. */
                if (r < 0)
                        return i > 0 ? -EIO : -errno;
        }
        return 0;
}

size_t rt_pieces_pack(const RtPiece *pieces, unsigned n, const RtShape *shape,
                      unsigned char *buffer)
{
        uint32_t sizes[RT_PARTS_MAX];
        size_t used = 0, table = (n - 1) * sizeof *sizes;
        for (unsigned i = 0; i < n; i++) {
                if (pieces[i].size > shape->message_size - used)
                        return 0;
                if (pieces[i].size > 0)
                        memcpy(buffer + used, pieces[i].data, pieces[i].size);
                sizes[i] = (uint32_t)pieces[i].size;
                used += pieces[i].size;
        }
        if (table > shape->capacity - used)
                return 0;
        memcpy(buffer + used, sizes, table);
        return used + table;
}

int rt_pieces_unpack(const unsigned char *data, size_t size, uint32_t frames,
                     RtPiece pieces[static RT_PARTS_MAX])
{
        uint32_t sizes[RT_PARTS_MAX];
        if (frames == 0 || frames > RT_PARTS_MAX || (frames - 1) * sizeof *sizes > size)
                return -EPROTO;
        size_t left = size - (frames - 1) * sizeof *sizes;
        memcpy(sizes, data + left, size - left);
        for (uint32_t i = 0; i < frames; i++) {
                size_t part = i + 1 < frames ? sizes[i] : left;
                if (part > left)
                        return -EPROTO;
                pieces[i] = (RtPiece){ data, part };
                data += part;
                left -= part;
        }
        return (int)frames;
}
