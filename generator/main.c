/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtcontainers-generator(8): called by systemd at boot and on daemon-reload. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "build-config.h"
#include "pipeline.h"
#include "stamp.h"
#include "text.h"
#include "writer.h"

/* -- log --------------------------------------------------------------------------------------- */

/* systemd gives its generators /dev/null as standard error; then the kernel log is the place. */
static int open_log(void)
{
        struct stat st;
        bool is_null = fstat(STDERR_FILENO, &st) < 0 ||
                       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
        if (!is_null)
                return STDERR_FILENO;
        int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return fd < 0 ? STDERR_FILENO : fd;
}

/* One record per call: the kernel log takes a record per write. */
static void log_line(int log, RtArena *arena, int level, const char *text)
{
        const char *line = log == STDERR_FILENO
                                   ? rt_printf(arena, "%s\n", text)
                                   : rt_printf(arena, "<%d>rtcontainers-generator[%d]: %s\n", level,
                                               getpid(), rt_printable(arena, text, 800));
        if (write(log, line, strlen(line)) < 0) {
                /* There is no other place to say it. */
        }
}

/* The kernel log is small and everybody's; rtctl check has all of it. */
static void log_diags(int log, RtArena *arena, const RtDiags *diags, const char *root)
{
        const size_t most = log == STDERR_FILENO ? SIZE_MAX : 50;
        for (size_t i = 0; i < diags->list.n && i < most; i++) {
                const RtDiag *diag = diags->list.items[i];
                log_line(log, arena, diag->severity == RT_ERROR ? 3 : 4,
                         rt_diag_line(arena, root, diag));
        }
        if (diags->list.n > most)
                log_line(log, arena, 4,
                         rt_printf(arena, "%zu more; rtctl check shows them all",
                                   diags->list.n - most));
}

/* -- baked images ------------------------------------------------------------------------------ */

/* What an image without our link would boot into. */
static const char *distribution_default(RtArena *arena, const char *root)
{
        static const char *const folders[] = { "/usr/lib/systemd/system", "/lib/systemd/system" };
        for (size_t i = 0; i < RT_ELEMENTS(folders); i++) {
                char target[256];
                int dir = rt_open_in_root(root, folders[i], O_RDONLY | O_DIRECTORY);
                if (dir < 0)
                        continue;
                ssize_t n = readlinkat(dir, "default.target", target, sizeof target - 1);
                close(dir);
                if (n <= 0)
                        continue;
                target[n] = '\0';
                const char *slash = strrchr(target, '/');
                return rt_strdup(arena, slash ? slash + 1 : target);
        }
        return "multi-user.target";
}

/* Baked units that the descriptors no longer ask for must not come to life beside the new ones. */
static void mask_leftovers(RtPipeline *pipeline, const RtStamp *stamp)
{
        RtArtifacts *artifacts = &pipeline->artifacts;
        for (size_t i = 0; i < stamp->paths.n; i++) {
                const char *path = stamp->paths.items[i];
                bool unit = strcmp(path, RT_STORED_PLAN_FILE) != 0 && rt_emit_is_unit(path);
                if (!unit || rt_artifacts_find(artifacts, path))
                        continue;
                bool is_default = strcmp(path, "default.target") == 0;
                rt_artifact_link(
                        artifacts, NULL, path,
                        is_default ? distribution_default(pipeline->arena, pipeline->search.root)
                                   : "/dev/null");
        }
}

/* What was baked, as far as it can be read. */
typedef struct Baked {
        RtStamp stamp;
        RtStoredPlan plan;
        bool has_plan;
        const char *stale; /* why it does not hold any more; NULL: it does, or there is nothing */
        bool is_there;
} Baked;

/* Reads stamp and plan of a baked image, and compares the stamp with descriptors and units. */
static Baked read_baked(RtPipeline *pipeline)
{
        RtArena *arena = pipeline->arena;
        Baked baked = { 0 };
        int dir = rt_open_in_root(pipeline->search.root, RT_BAKED_UNIT_DIR, O_RDONLY | O_DIRECTORY);
        if (dir < 0)
                return baked;
        char *text = NULL;
        int r = rt_stamp_read(arena, dir, &baked.stamp);
        baked.is_there = r != -ENOENT;
        if (r < 0 && r != -ENOENT)
                baked.stale = "the stamp of the baked image cannot be read";
        else if (r == 0 &&
                 strcmp(rt_stamp_inputs(arena, &pipeline->sources), baked.stamp.inputs) != 0)
                baked.stale = "the descriptors have changed since the image was baked";
        else if (r == 0 && !rt_stamp_is_complete(&baked.stamp, dir))
                baked.stale = "baked units are missing or were changed";
        if (baked.is_there && rt_read_baked(arena, dir, RT_STORED_PLAN_FILE, &text) == 0)
                baked.has_plan = rt_stored_plan_parse(arena, text, &baked.plan) == 0;
        close(dir);
        return baked;
}

/* Plans, with the stored plan if there is one. Whether the baked units are those of that plan, and
 * the plan holds: then there is nothing to write. */
static bool verify(RtPipeline *pipeline, RtPipelineOptions *options, Baked *baked)
{
        options->stored = baked->has_plan ? &baked->plan : NULL;
        rt_pipeline_plan(pipeline, options);
        if (!baked->is_there || baked->stale)
                return false;
        if (pipeline->plan.recalled)
                return true;
        baked->stale = "the baked plan is missing, or does not hold on this machine";
        return false;
}

/* -- main -------------------------------------------------------------------------------------- */

static int write_units(RtPipeline *pipeline, const char *folder, int log)
{
        RtArena *arena = pipeline->arena;
        RtWriteError error = { .path = "." };
        int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = dir < 0 ? -errno : rt_write_artifacts(&pipeline->artifacts, dir, false, &error);
        if (dir >= 0)
                close(dir);
        if (r < 0)
                log_line(log, arena, 3,
                         rt_printf(arena,
                                   "%s/%s:0: file: error: cannot be written: %s; units of "
                                   "rtcontainers may be missing",
                                   folder, error.path, strerror(-r)));
        return r;
}

static int generate(RtPipelineOptions *options, RtArena *arena, int log)
{
        RtPipeline pipeline;

        /* What runs in an initrd is not the machine that the descriptors are about. */
        const char *initrd = getenv("SYSTEMD_IN_INITRD");
        if (initrd && strcmp(initrd, "1") == 0)
                return EXIT_SUCCESS;
        rt_pipeline_search(&pipeline, arena, options);
        Baked baked = read_baked(&pipeline);
        if (verify(&pipeline, options, &baked))
                return EXIT_SUCCESS;
        rt_pipeline_emit(&pipeline, options);
        log_diags(log, arena, &pipeline.diags, pipeline.search.root);
        if (baked.stale) {
                log_line(log, arena, 4,
                         rt_printf(arena,
                                   "%s%s/%s:0: file: warning: %s; units are generated "
                                   "afresh, bake the image again",
                                   pipeline.search.root, RT_BAKED_UNIT_DIR, RT_STAMP_FILE,
                                   baked.stale));
                mask_leftovers(&pipeline, &baked.stamp);
        }
        return write_units(&pipeline, options->unit_dir, log) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int usage(FILE *to, int status)
{
        fputs("rtcontainers-generator [--root=DIR] NORMAL-DIR [EARLY-DIR LATE-DIR]\n\n"
              "Turns the descriptors in /etc/rtcontainers into systemd units below NORMAL-DIR.\n"
              "systemd calls it; see rtcontainers-generator(8).\n\n"
              "  --root=DIR  read descriptors below DIR\n"
              "  --help      show this\n"
              "  --version   show the version\n",
              to);
        return status;
}

int main(int argc, char *argv[])
{
        const char *root = NULL;
        int first = 1;
        for (; first < argc && rt_starts_with(argv[first], "--"); first++) {
                if (strcmp(argv[first], "--help") == 0)
                        return usage(stdout, EXIT_SUCCESS);
                if (strcmp(argv[first], "--version") == 0)
                        return printf("rtcontainers-generator " RT_VERSION "\n") < 0;
                if (!rt_starts_with(argv[first], "--root="))
                        return usage(stderr, 2);
                root = argv[first] + strlen("--root=");
        }
        int dirs = argc - first;
        if (dirs != 1 && dirs != 3)
                return usage(stderr, 2);

        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        char *folder = realpath(argv[first], NULL); /* units name it, and have no current folder */
        RtPipelineOptions options = {
                .root = root,
                .folders = getenv("RTCONTAINERS_PATH"),
                .unit_dir = folder ? rt_strdup(arena, folder) : argv[first],
        };
        free(folder);
        return generate(&options, arena, open_log());
}
