/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the unit tests share: a temporary root for each test, descriptors put into it from strings,
 * the pipeline run over them, and questions about what came out.
 *
 * Each test begins with an empty root that holds /etc/rtcontainers/platform.conf with four CPUs.
 * `fx` belongs to the running test; everything in it is gone when the test ends. */

#include LIBCHECK_HEADER /* <check.h>, which core/check.h hides */

#include "pipeline.h"

typedef struct Fixture {
        RtArena *arena;
        const char *root; /* absolute path of the temporary root */
        int root_fd;
        RtPipeline pipeline; /* after run() */
} Fixture;

extern Fixture fx;

/* Runs the tests, in this order, and prints Check's summary. The exit status of main(). */
int run_tests(const char *name, const TTest *const *tests);
#define RUN_TESTS(name, ...) run_tests((name), (const TTest *[]){ __VA_ARGS__, NULL })

/* -- the root ---------------------------------------------------------------------------------- */

/* A file, its folders made. Paths without a leading "/" are below /etc/rtcontainers. */
void put(const char *path, const char *text);
/* A symbolic link at `path`, which is as above. */
void put_link(const char *path, const char *target);
/* NAME.container with rootfs and command, and the further settings. */
void put_container(const char *name, const char *more);
/* NAME.config with these containers, "a b c", and the further settings. */
void put_config(const char *name, const char *containers, const char *more);
/* NAME.channel with the pattern and 64-byte messages. */
void put_channel(const char *name, const char *pattern, const char *more);
/* The container imu with tasks "sample" and "send" of 1ms every 10ms, two CPUs and a device, which
 * publishes the channel samples to the container log; the config B of both with the chain "loop".
 */
void put_example(void);
/* The absolute path of `path`, which is as above. */
const char *path_of(const char *path);
/* A new empty folder beside the root, as an absolute path. */
const char *new_folder(const char *name);
/* All paths below the folder, sorted, one per line, folders with a final "/". */
const char *tree_of(const char *folder);

/* -- the pipeline ------------------------------------------------------------------------------ */

/* Searches, reads, checks, plans and emits. May be called again after changes. */
void run(void);
/* The same, with these suppositions (NULL ends). */
void run_supposing_all(const char *const *what_if);
#define run_supposing(...) run_supposing_all((const char *[]){ __VA_ARGS__, NULL })
/* The diagnostics, one per line, paths as in the root; of very many, the first ones. */
const char *diagnostics(void);
/* Some diagnostic contains each of the texts (NULL ends). */
void expect_diagnostic_of(const char *const *parts);
#define expect_diagnostic(...) expect_diagnostic_of((const char *[]){ __VA_ARGS__, NULL })
void expect_no_diagnostics(void);
/* Of put_example(), this one supposition is refused by the only diagnostic, with these parts, and
 * rejects nothing. */
void expect_what_if_refusal_of(const char *what, const char *const *parts);
#define expect_refusal(what, ...)                                                                  \
        expect_what_if_refusal_of((what), (const char *[]){ __VA_ARGS__, NULL })
void expect_n_diagnostics(size_t n);

RtContainer *container(const char *name);
/* The instance with that stem; fails the test if there is none. */
const RtInstance *instance(const char *stem);
bool has_instance(const char *stem);
/* The plan for the task of that name. */
const RtTaskPlan *task_plan(const char *stem, const char *task);

/* The text of the artifact, or a link's target; fails the test if there is none. */
const char *artifact(const char *path);
bool has_artifact(const char *path);
/* The artifact has, or has not, this whole line. */
void expect_line(const char *path, const char *line);
void expect_no_line(const char *path, const char *line);

/* -- texts ------------------------------------------------------------------------------------- */

void expect_contains(const char *text, const char *part);
/* `piece` repeated. */
const char *repeated(const char *piece, size_t times);
