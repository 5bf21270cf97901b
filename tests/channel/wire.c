/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void give_up(const char *what, int error)
{
        (void)fprintf(stderr, "%s: %s\n", what, strerror(error));
        abort();
}

static void path_of(const Wire *wire, unsigned i, char *ret, size_t size)
{
        (void)snprintf(ret, size, "%s/%c", wire->folder, 'a' + (int)i);
}

Wire wire_new(const char *geometry, unsigned n)
{
        Wire wire = { .folder = "/tmp/rtchannel-XXXXXX", .geometry = geometry, .n = n };
        if (!mkdtemp(wire.folder))
                give_up("mkdtemp", errno);
        for (unsigned i = 0; i < n; i++) {
                struct sockaddr_un address = { .sun_family = AF_UNIX };
                path_of(&wire, i, address.sun_path, sizeof address.sun_path);
                wire.listeners[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
                if (wire.listeners[i] < 0 ||
                    bind(wire.listeners[i], (struct sockaddr *)&address, sizeof address) < 0 ||
                    listen(wire.listeners[i], 16) < 0)
                        give_up(address.sun_path, errno);
        }
        return wire;
}

void wire_free(Wire *wire)
{
        char path[108];
        for (unsigned i = 0; i < wire->n; i++) {
                path_of(wire, i, path, sizeof path);
                (void)unlink(path);
                (void)close(wire->listeners[i]);
        }
        (void)rmdir(wire->folder);
}

static RtOpening opening_of(const Wire *wire, const char *role, const char *rest)
{
        char line[512];
        RtOpening opening = { 0 };
        int n = snprintf(line, sizeof line, "test role=%s %s %s\n", role, wire->geometry, rest);
        int r = rt_spec_parse(line, (size_t)n, "test", &opening.spec);
        if (r < 0)
                give_up(line, -r);
        return opening;
}

int wire_try_listen(const Wire *wire, const char *role, rtchannel **ret)
{
        char accepts[128] = "accepts=";
        int listeners[26];
        for (unsigned i = 0; i < wire->n; i++) {
                char name[3] = { (char)('a' + (int)i), i + 1 < wire->n ? ',' : 0, 0 };
                (void)strcat(accepts, name);
                listeners[i] = dup(wire->listeners[i]);
        }
        RtOpening opening = opening_of(wire, role, accepts);
        opening.listeners = listeners;
        int r = rt_end_open(&opening, ret);
        for (unsigned i = 0; i < wire->n && r < 0; i++)
                (void)close(listeners[i]);
        return r;
}

int wire_try_connect(const Wire *wire, const char *role, char peer, rtchannel **ret)
{
        char path[108];
        path_of(wire, (unsigned)(peer - 'a'), path, sizeof path);
        RtOpening opening = opening_of(wire, role, "connects=yes");
        opening.connect_path = path;
        return rt_end_open(&opening, ret);
}

rtchannel *wire_listen(const Wire *wire, const char *role)
{
        rtchannel *end;
        int r = wire_try_listen(wire, role, &end);
        if (r < 0)
                give_up("rt_end_open", -r);
        return end;
}

rtchannel *wire_connect(const Wire *wire, const char *role, char peer)
{
        rtchannel *end;
        int r = wire_try_connect(wire, role, peer, &end);
        if (r < 0)
                give_up("rt_end_open", -r);
        return end;
}

int wire_wait_peers(rtchannel *end, unsigned peers)
{
        rtchannel_statistics now;
        int64_t deadline = rtchannel_in(20000000000);
        while (rtchannel_now() < deadline) {
                rt_end_refresh(end);
                if (rtchannel_get_statistics(end, &now) < 0 || now.peers == peers)
                        return now.peers == peers;
                (void)usleep(1000);
        }
        return 0;
}

Ends ends_new(const char *geometry, const char *listening, const char *connecting)
{
        Ends ends = { .wire = wire_new(geometry, 1) };
        ends.listening = wire_listen(&ends.wire, listening);
        ends.connecting = wire_connect(&ends.wire, connecting, 'a');
        if (!wire_wait_peers(ends.listening, 1) || !wire_wait_peers(ends.connecting, 1))
                give_up("connecting", ETIMEDOUT);
        return ends;
}

void ends_free(Ends *ends)
{
        rtchannel_close(ends->connecting);
        rtchannel_close(ends->listening);
        wire_free(&ends->wire);
}
