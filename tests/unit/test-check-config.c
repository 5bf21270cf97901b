/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

/* Two configs, one with both containers, one with a alone: the first is rejected, the second not.
 */
static void expect_conflict(const char *in_a, const char *in_b, const char *what)
{
        put_container("a", in_a);
        put_container("b", in_b);
        put_config("both", "a b", "");
        put_config("single", "a", "");
        run();
        expect_diagnostic("both.config:1: containers: error: 2 containers, such as", what,
                          "\"a\" (/etc/rtcontainers/a.container:2)",
                          "\"b\" (/etc/rtcontainers/b.container:2)");
        ck_assert(!rt_model_config(&fx.pipeline.model, "single")->object.rejected);
        ck_assert(!container("a")->object.rejected);
        expect_n_diagnostics(1);
}

static void expect_no_conflict(const char *in_a, const char *in_b)
{
        put_container("a", in_a);
        put_container("b", in_b);
        put_config("both", "a b", "");
        run();
        expect_no_diagnostics();
}

START_TEST(members_exist)
{
        put_container("imu", "");
        put("x.config", "containers = [ \"imu\",\n \"inu\", \"zebra\" ];");
        run();
        expect_diagnostic("x.config:2: containers[1]: error: there is no container \"inu\"",
                          "did you mean \"imu\"?");
        expect_diagnostic("x.config:2: containers[2]: error: there is no container \"zebra\"",
                          "add zebra.container, or correct the name");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(members_are_named_once)
{
        put_container("imu", "");
        put("x.config", "containers = [ \"imu\",\n \"imu\" ];");
        run();
        expect_diagnostic("x.config:2: containers[1]: error: \"imu\" is in the list already",
                          "(/etc/rtcontainers/x.config:1)");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(an_exclusive_device_has_one_holder_in_a_config)
{
        expect_conflict("devices = ( { path = \"/dev/x\"; exclusive = true; } );",
                        "devices = ( { path = \"/dev/x\"; } );",
                        "want the device /dev/x, which only one can have at a time");
}
END_TEST

START_TEST(an_exclusive_device_conflicts_in_either_order)
{
        expect_conflict("devices = ( { path = \"/dev/x\"; } );",
                        "devices = ( { path = \"/dev/x\"; exclusive = true; } );",
                        "want the device /dev/x");
}
END_TEST

START_TEST(a_device_that_is_not_exclusive_is_shared)
{
        expect_no_conflict("devices = ( { path = \"/dev/x\"; } );",
                           "devices = ( { path = \"/dev/x\"; } );");
        expect_no_conflict("devices = ( { path = \"/dev/x\"; exclusive = true; } );",
                           "devices = ( { path = \"/dev/xy\"; exclusive = true; } );");
}
END_TEST

START_TEST(containers_that_never_run_together_may_claim_one_device)
{
        const char *claim = "devices = ( { path = \"/dev/x\"; exclusive = true; } );";
        put_container("a", claim);
        put_container("b", claim);
        put_config("one", "a", "");
        put_config("two", "b", "");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_network_interface_has_one_holder)
{
        expect_conflict("network = { interfaces = [ \"can0\" ]; };",
                        "network = { interfaces = [ \"can0\" ]; };",
                        "want the network interface can0");
}
END_TEST

START_TEST(a_cpu_of_an_exclusive_container_has_one_holder)
{
        const char *task =
                "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; cpu = 2; } );";
        expect_conflict(rt_printf(fx.arena, "%s cpus = { exclusive = true; };", task), task,
                        "want the CPU 2");
}
END_TEST

START_TEST(cpus_that_are_not_exclusive_are_shared)
{
        const char *task =
                "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; cpu = 2; } );";
        expect_no_conflict(task, task);
}
END_TEST

START_TEST(a_channel_has_one_publisher_server_and_puller_in_a_config)
{
        put_channel("p", "publish", "");
        put_channel("r", "request", "");
        put_channel("u", "push", "");
        expect_conflict("publishes = [ \"p\" ];", "publishes = [ \"p\" ];",
                        "want the end (publishes) of channel p");
        expect_conflict("serves = [ \"r\" ];", "serves = [ \"r\" ];",
                        "want the end (serves) of channel r");
        expect_conflict("pulls = [ \"u\" ];", "pulls = [ \"u\" ];",
                        "want the end (pulls) of channel u");
}
END_TEST

START_TEST(a_channel_has_many_subscribers_callers_and_pushers)
{
        put_channel("p", "publish", "");
        put_channel("r", "request", "");
        put_channel("u", "push", "");
        put_container("other-end", "publishes = [ \"p\" ]; serves = [ \"r\" ]; pulls = [ \"u\" ];");
        const char *all = "subscribes = [ \"p\" ]; calls = [ \"r\" ]; pushes = [ \"u\" ];";
        expect_no_conflict(all, all);
}
END_TEST

START_TEST(a_tree_has_one_writer_or_any_number_of_readers)
{
        put("b.container.d/tree.conf", "rootfs = \"/srv/a\";\n");
        expect_no_conflict("", "");
        put_container("a", "writable = true;");
        run();
        expect_diagnostic("both.config:1: containers: error: 2 containers, such as \"a\"",
                          "want the root file system /srv/a, which only one can have at a time");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_pair_has_two_ends)
{
        put_channel("c", "pair", "");
        const char *end = "pairs = [ \"c\" ];";
        expect_no_conflict(end, end);
        put_container("d", end);
        put_config("both", "a b d", "");
        run();
        expect_diagnostic("both.config:1: containers: error: 3 containers, such as \"a\"", "\"b\"",
                          "end (pairs) of channel c, which only two can have");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(the_fallback_exists)
{
        put("x.config", "containers = [ ];\nfallback = \"sfe\";");
        put_config("safe", "", "");
        run();
        expect_diagnostic("x.config:2: fallback: error: there is no config \"sfe\"",
                          "did you mean \"safe\"?");
        put_config("x", "", "fallback = \"safe\";");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(fallbacks_do_not_go_round_in_a_circle)
{
        put_config("a", "", "fallback = \"b\";");
        put_config("b", "", "fallback = \"c\";");
        put_config("c", "", "fallback = \"b\";");
        put_config("d", "", "fallback = \"d\";");
        run();
        expect_diagnostic("b.config:2: fallback: error: falling back from \"b\" leads back to it",
                          "end the fallbacks");
        expect_diagnostic("c.config:2: fallback: error: falling back from \"c\" leads back to it");
        expect_diagnostic("d.config:2: fallback: error: falling back from \"d\" leads back to it");
        ck_assert(!rt_model_config(&fx.pipeline.model, "a")->object.rejected);
}
END_TEST

START_TEST(a_config_whose_fallback_is_rejected_says_so)
{
        put_config("a", "", "fallback = \"b\";");
        put_config("b", "nobody", "");
        run();
        expect_diagnostic("a.config:2: fallback: warning:", "\"b\"",
                          "/etc/rtcontainers/b.config:1");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(chains_lead_over_tasks_of_members)
{
        put_container("a", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        put_container("b", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        put("x.config", "containers = [ \"a\" ];\nchains = ( { name = \"c\";\npath = [\n\"a.t\",\n"
                        "\"a.u\",\n\"b.t\",\n\"q.t\" ]; } );");
        run();
        expect_diagnostic("x.config:5: chains[0].path[1]: error: container \"a\" "
                          "(/etc/rtcontainers/a.container:0) has no task \"u\"");
        expect_diagnostic("x.config:6: chains[0].path[2]: error: \"b\" does not run in this config",
                          "add it to the config's containers");
        expect_diagnostic("x.config:7: chains[0].path[3]: error: there is no container \"q\"");
        expect_n_diagnostics(3);
}
END_TEST

START_TEST(a_chain_has_two_tasks_or_more_and_its_own_name)
{
        put_container("a", "tasks = ( { name = \"t\"; policy = \"other\"; },"
                           "{ name = \"u\"; policy = \"other\"; } );");
        put("x.config", "containers = [ \"a\" ];\nchains = (\n"
                        "{ name = \"c\"; path = [ \"a.t\" ]; },\n"
                        "{ name = \"c\"; path = [ \"a.t\", \"a.u\" ]; } );");
        run();
        expect_diagnostic("x.config:3: chains[0].path: error: a chain has two tasks or more");
        expect_diagnostic("x.config:4: chains[1].name: error: \"c\" names another chain as well",
                          "(/etc/rtcontainers/x.config:3)");
        expect_n_diagnostics(2);
        put_config("x", "a", "chains = ( { name = \"c\"; path = [ \"a.t\", \"a.u\" ]; } );");
        run();
        expect_no_diagnostics();
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "check-config", members_exist, members_are_named_once,
                an_exclusive_device_has_one_holder_in_a_config,
                an_exclusive_device_conflicts_in_either_order,
                a_device_that_is_not_exclusive_is_shared,
                containers_that_never_run_together_may_claim_one_device,
                a_network_interface_has_one_holder, a_cpu_of_an_exclusive_container_has_one_holder,
                cpus_that_are_not_exclusive_are_shared,
                a_channel_has_one_publisher_server_and_puller_in_a_config,
                a_channel_has_many_subscribers_callers_and_pushers,
                a_tree_has_one_writer_or_any_number_of_readers, a_pair_has_two_ends,
                the_fallback_exists, fallbacks_do_not_go_round_in_a_circle,
                a_config_whose_fallback_is_rejected_says_so, chains_lead_over_tasks_of_members,
                a_chain_has_two_tasks_or_more_and_its_own_name);
}
