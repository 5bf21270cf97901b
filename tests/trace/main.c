/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* judge-trace: reads a trace of the scheduler and says whether all ran as planned; see judge.h.
 *
 *     judge-trace [--exclusive=CPUS] [--known=FILE] TID:CPU:PRIORITY:NAME... <TRACE
 *
 * PRIORITY is SCHED_FIFO's, 1 to 99. FILE has a thread ID on each line that may run anywhere. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static bool take_thread(RtJudge *judge, const char *text)
{
        RtDeclared thread = { 0 };
        int used = 0;
        if (judge->n_threads == RT_JUDGE_THREADS ||
            sscanf(text, "%d:%d:%d:%n", &thread.tid, &thread.cpu, &thread.priority, &used) != 3 ||
            used == 0 || thread.priority < 1 || thread.priority > 99)
                return false;
        thread.priority = 99 - thread.priority;
        thread.name = text + used;
        judge->threads[judge->n_threads++] = thread;
        return true;
}

static bool take_known(RtJudge *judge, const char *path)
{
        FILE *file = fopen(path, "re");
        if (!file)
                return false;
        while (judge->n_known < RT_JUDGE_KNOWN &&
               fscanf(file, "%d", &judge->known[judge->n_known]) == 1)
                judge->n_known++;
        bool all = feof(file);
        fclose(file);
        return all;
}

int main(int argc, char *argv[])
{
        static const struct option options[] = { { "exclusive", required_argument, NULL, 'e' },
                                                 { "known", required_argument, NULL, 'k' },
                                                 { 0 } };
        static RtJudge judge;
        bool valid = true;
        judge.out = stdout;
        for (int id; valid && (id = getopt_long(argc, argv, "", options, NULL)) >= 0;)
                valid = id == 'e'   ? rt_cpuset_parse(optarg, &judge.exclusive) == 0
                        : id == 'k' ? take_known(&judge, optarg)
                                    : false;
        for (int i = optind; valid && i < argc; i++)
                valid = take_thread(&judge, argv[i]);
        if (!valid || judge.n_threads == 0) {
                fputs("usage: judge-trace [--exclusive=CPUS] [--known=FILE] "
                      "TID:CPU:PRIORITY:NAME... <TRACE\n",
                      stderr);
                return 2;
        }
        char line[1024];
        while (fgets(line, sizeof line, stdin))
                rt_judge_line(&judge, line);
        return rt_judge_end(&judge) ? 0 : 1;
}
