/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic unsigned shm_sockets, real_sockets;

void rtz_count_socket(bool is_shm)
{
        atomic_fetch_add_explicit(is_shm ? &shm_sockets : &real_sockets, 1, memory_order_relaxed);
}

__attribute__((destructor)) static void report(void)
{
        if (secure_getenv("RTZMQ_REPORT"))
                (void)fprintf(stderr, "rtzmq: %d: %u sockets over channels, %u others\n",
                              (int)getpid(), shm_sockets, real_sockets);
}
