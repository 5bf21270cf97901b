/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

Fixture fx;

/* Holds the roots of all tests of this program; made and removed by run_tests(). */
static char top[] = "/tmp/rt-unit-XXXXXX";

/* -- life -------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static void make_folders(char *path)
{
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(path, 0755) < 0)
                        ck_assert_int_eq(errno, EEXIST);
                *slash = '/';
        }
}

static void begin_test(void)
{
        char own[sizeof top + 16];
        snprintf(own, sizeof own, "%s/t-XXXXXX", top);
        ck_assert_ptr_nonnull(mkdtemp(own));
        fx = (Fixture){ .arena = rt_arena_new() };
        fx.root = rt_printf(fx.arena, "%s/root", own);
        put("platform.conf", "cpus = \"0-3\";");
        fx.root_fd = open(fx.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(fx.root_fd, 0);
}

static void end_test(void)
{
        close(fx.root_fd);
        fx.arena = rt_arena_free(fx.arena);
}

int run_tests(const char *name, const TTest *const *tests)
{
        if (!mkdtemp(top))
                return EXIT_FAILURE;
        TCase *tcase = tcase_create(name);
        tcase_add_checked_fixture(tcase, begin_test, end_test);
        tcase_set_timeout(tcase, 60);
        for (; *tests; tests++)
                tcase_add_test(tcase, *tests);
        Suite *suite = suite_create(name);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- the root ---------------------------------------------------------------------------------- */

const char *path_of(const char *path)
{
        return path[0] == '/' ? rt_printf(fx.arena, "%s%s", fx.root, path)
                              : rt_printf(fx.arena, "%s/etc/rtcontainers/%s", fx.root, path);
}

void put(const char *path, const char *text)
{
        char *whole = rt_strdup(fx.arena, path_of(path));
        make_folders(whole);
        FILE *file = fopen(whole, "we");
        ck_assert_msg(file, "%s: %s", whole, strerror(errno));
        ck_assert_int_ge(fputs(text, file), 0);
        ck_assert_int_eq(fclose(file), 0);
}

void put_link(const char *path, const char *target)
{
        char *whole = rt_strdup(fx.arena, path_of(path));
        make_folders(whole);
        ck_assert_int_eq(symlink(target, whole), 0);
}

void put_container(const char *name, const char *more)
{
        put(rt_printf(fx.arena, "%s.container", name),
            rt_printf(fx.arena, "rootfs = \"/srv/%s\"; command = [ \"/bin/run\" ];\n%s\n", name,
                      more));
}

void put_config(const char *name, const char *containers, const char *more)
{
        RtText list = RT_TEXT(fx.arena);
        for (const char *s = containers; *s;) {
                size_t n = strcspn(s, " ");
                rt_text_addf(&list, "%s\"%.*s\"", list.n > 0 ? ", " : "", (int)n, s);
                s += n + (s[n] == ' ');
        }
        put(rt_printf(fx.arena, "%s.config", name),
            rt_printf(fx.arena, "containers = [ %s ];\n%s\n", list.data, more));
}

void put_channel(const char *name, const char *pattern, const char *more)
{
        put(rt_printf(fx.arena, "%s.channel", name),
            rt_printf(fx.arena, "pattern = \"%s\"; message_size = 64;\n%s\n", pattern, more));
}

const char *new_folder(const char *name)
{
        const char *slash = strrchr(fx.root, '/');
        const char *path = rt_printf(fx.arena, "%.*s/%s", (int)(slash - fx.root), fx.root, name);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        return path;
}

static RtText *tree;
static size_t tree_prefix;
static RT_LIST(const char *) tree_paths;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)ftw;
        (void)type;
        if (strlen(path) > tree_prefix)
                RT_APPEND(fx.arena, &tree_paths,
                          rt_printf(fx.arena, "%s%s\n", path + tree_prefix + 1,
                                    S_ISDIR(st->st_mode) ? "/" : ""));
        return 0;
}

static int compare_texts(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *tree_of(const char *folder)
{
        RtText text = RT_TEXT(fx.arena);
        tree = &text;
        tree_prefix = strlen(folder);
        tree_paths.n = 0;
        ck_assert_int_eq(nftw(folder, visit, 16, FTW_PHYS), 0);
        if (tree_paths.n > 1)
                qsort(tree_paths.items, tree_paths.n, sizeof *tree_paths.items, compare_texts);
        RT_EACH (path, &tree_paths)
                rt_text_add(tree, *path);
        return rt_strdup(fx.arena, text.data);
}

void put_example(void)
{
        put_container("imu",
                      "tasks = ( { name = \"sample\"; period = \"10ms\"; wcet = \"1ms\"; },\n"
                      "          { name = \"send\"; period = \"10ms\"; wcet = \"1ms\"; } );\n"
                      "cpus = { count = 2; };\n"
                      "devices = ( { path = \"/dev/imu\"; } );\n"
                      "publishes = [ \"samples\" ];");
        put_container("log", "subscribes = [ \"samples\" ];");
        put_channel("samples", "publish", "");
        put_config("B", "imu log",
                   "chains = ( { name = \"loop\"; path = [ \"imu.sample\", \"imu.send\" ]; } );");
}

/* -- the pipeline ------------------------------------------------------------------------------ */

void run(void)
{
        run_supposing_all((const char *[]){ NULL });
}

void run_supposing_all(const char *const *what_if)
{
        RtPipelineOptions options = { .root = fx.root,
                                      .unit_dir = "/run/units",
                                      .what_if = what_if };
        while (what_if[options.n_what_if])
                options.n_what_if++;
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        rt_pipeline_run(&fx.pipeline, &options);
}

const char *diagnostics(void)
{
        enum { MOST = 3000 }; /* Check takes no message of any length */
        RtText text = RT_TEXT(fx.arena);
        RT_EACH (diag, &fx.pipeline.diags.list) {
                if (text.n > MOST) {
                        rt_text_add(&text, "…\n");
                        break;
                }
                rt_text_addf(&text, "%s\n", rt_diag_line(fx.arena, "", *diag));
        }
        return rt_strdup(fx.arena, text.data);
}

void expect_diagnostic_of(const char *const *parts)
{
        RT_EACH (diag, &fx.pipeline.diags.list) {
                const char *line = rt_diag_line(fx.arena, "", *diag);
                bool all = true;
                for (size_t i = 0; parts[i]; i++)
                        all = all && strstr(line, parts[i]);
                if (all)
                        return;
        }
        RtText wanted = RT_TEXT(fx.arena);
        for (size_t i = 0; parts[i]; i++)
                rt_text_addf(&wanted, " «%s»", parts[i]);
        ck_abort_msg("no diagnostic has all of%s among:\n%s", wanted.data, diagnostics());
}

void expect_what_if_refusal_of(const char *what, const char *const *parts)
{
        run_supposing(what);
        expect_diagnostic_of(parts);
        expect_n_diagnostics(1);
        expect_contains(diagnostics(), "--what-if:1: ");
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 1);
        ck_assert(!container("imu")->object.rejected);
        ck_assert(has_instance("imu"));
}

void expect_no_diagnostics(void)
{
        ck_assert_str_eq(diagnostics(), "");
}

void expect_n_diagnostics(size_t n)
{
        ck_assert_msg(fx.pipeline.diags.list.n == n, "%zu diagnostics instead of %zu:\n%s",
                      fx.pipeline.diags.list.n, n, diagnostics());
}

RtContainer *container(const char *name)
{
        RtContainer *found = rt_model_container(&fx.pipeline.model, name);
        ck_assert_msg(found, "there is no container %s", name);
        return found;
}

static const RtInstance *find_instance(const char *stem)
{
        RT_EACH (it, &fx.pipeline.plan.instances)
                if (strcmp((*it)->stem, stem) == 0)
                        return *it;
        return NULL;
}

bool has_instance(const char *stem)
{
        return find_instance(stem);
}

const RtInstance *instance(const char *stem)
{
        const RtInstance *found = find_instance(stem);
        ck_assert_msg(found, "there is no instance %s; diagnostics:\n%s", stem, diagnostics());
        return found;
}

const RtTaskPlan *task_plan(const char *stem, const char *task)
{
        RT_EACH (plan, &instance(stem)->tasks)
                if (strcmp(plan->task->name, task) == 0)
                        return plan;
        ck_abort_msg("there is no task %s in %s", task, stem);
        return NULL;
}

bool has_artifact(const char *path)
{
        return rt_artifacts_find(&fx.pipeline.artifacts, path);
}

const char *artifact(const char *path)
{
        const RtArtifact *found = rt_artifacts_find(&fx.pipeline.artifacts, path);
        ck_assert_msg(found, "there is no artifact %s; diagnostics:\n%s", path, diagnostics());
        if (found->link)
                return found->link;
        char *text = rt_alloc(fx.arena, found->size + 1);
        rt_artifact_copy(found, text);
        return text;
}

static bool has_line(const char *text, const char *line)
{
        const char *whole = rt_printf(fx.arena, "\n%s\n", line);
        return strstr(rt_printf(fx.arena, "\n%s", text), whole);
}

void expect_line(const char *path, const char *line)
{
        ck_assert_msg(has_line(artifact(path), line), "%s has no line «%s»:\n%s", path, line,
                      artifact(path));
}

void expect_no_line(const char *path, const char *line)
{
        ck_assert_msg(!has_line(artifact(path), line), "%s has the line «%s»", path, line);
}

/* -- texts ------------------------------------------------------------------------------------- */

void expect_contains(const char *text, const char *part)
{
        ck_assert_msg(strstr(text, part), "«%s» is not in «%s»", part, text);
}

const char *repeated(const char *piece, size_t times)
{
        RtText text = RT_TEXT(fx.arena);
        for (size_t i = 0; i < times; i++)
                rt_text_add(&text, piece);
        return text.data;
}
