/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzzer over all files of the folders in its arguments, so that what has been found once
 * stays found, with any compiler. Prints TAP. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { MOST = 4 * 1024 * 1024 };

static int is_input(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static void replay_file(const char *folder, const char *name, int number)
{
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *file = fopen(path, "rbe");
        MUST(file, "%s: %s", path, strerror(errno));
        uint8_t *data = malloc(MOST);
        MUST(data, "%s", strerror(errno));
        size_t size = fread(data, 1, MOST, file);
        fclose(file);
        printf("# %s\n", path);
        fflush(stdout);
        /* A block of its very size, so that a sanitizer sees reads beyond it. */
        uint8_t *exact = malloc(size > 0 ? size : 1);
        MUST(exact, "%s", strerror(errno));
        memcpy(exact, data, size);
        free(data);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        printf("ok %d - %s\n", number, name);
}

int main(int argc, char *argv[])
{
        int number = 0;
        for (int i = 1; i < argc; i++) {
                struct dirent **entries;
                int n = scandir(argv[i], &entries, is_input, alphasort);
                MUST(n > 0, "%s: no inputs", argv[i]);
                for (int k = 0; k < n; k++) {
                        replay_file(argv[i], entries[k]->d_name, ++number);
                        free(entries[k]);
                }
                free(entries);
        }
        printf("1..%d\n", number);
        return number > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
