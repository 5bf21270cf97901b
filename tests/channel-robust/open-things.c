/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "open-things.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static unsigned count_descriptors(void)
{
        unsigned n = 0;
        DIR *folder = opendir("/proc/self/fd");
        while (folder && readdir(folder))
                n++;
        if (folder)
                (void)closedir(folder);
        return n;
}

/* Of the library; those of allocators and stacks come and go with threads. */
static unsigned count_mappings(void)
{
        char line[512];
        unsigned n = 0;
        FILE *maps = fopen("/proc/self/maps", "re");
        while (maps && fgets(line, sizeof line, maps))
                n += strstr(line, "/memfd:") != NULL;
        if (maps)
                (void)fclose(maps);
        return n;
}

Open open_things(void)
{
        return (Open){ count_descriptors(), count_mappings(), mallinfo2().uordblks };
}

const char *open_more(Open before, Open now)
{
        enum { SLACK = 32 * 1024 }; /* of the C library: buffers, caches of threads */
        return now.descriptors > before.descriptors ? "descriptors are left open"
               : now.mappings > before.mappings     ? "memory is left mapped"
               : now.memory > before.memory + SLACK ? "memory is not freed"
                                                    : NULL;
}
