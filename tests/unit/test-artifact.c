/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "artifact.h"

#include <string.h>

#include "fixture.h"

static RtArtifacts artifacts;

static RtArtifact *new_file(const char *path)
{
        artifacts = (RtArtifacts){ .arena = fx.arena };
        return rt_artifact_file(&artifacts, NULL, path);
}

static const char *text_of(const RtArtifact *file)
{
        char *text = rt_alloc(fx.arena, file->size + 1);
        rt_artifact_copy(file, text);
        ck_assert_uint_eq(strlen(text), file->size);
        return text;
}

START_TEST(lines_sections_and_settings_make_the_text)
{
        RtArtifact *file = new_file("a.service");
        rt_artifact_line(&artifacts, file, "# head");
        rt_artifact_section(&artifacts, file, "Unit");
        rt_artifact_set(&artifacts, file, rt_by_rule("r"), "Key", "%s-%d", "value", 7);
        ck_assert_str_eq(text_of(file), "# head\n\n[Unit]\nKey=value-7\n");
}
END_TEST

START_TEST(values_may_be_of_any_length)
{
        RtArtifact *file = new_file("a.service");
        size_t size = 0;
        for (size_t n = 500; n < 520; n++) {
                rt_artifact_set(&artifacts, file, rt_by_rule("r"), "K", "%s", repeated("x", n));
                size += 2 + n + 1;
        }
        ck_assert_uint_eq(file->size, size);
        ck_assert_uint_eq(strlen(text_of(file)), size);
}
END_TEST

START_TEST(a_value_cannot_add_a_line)
{
        RtArtifact *file = new_file("a.service");
        rt_artifact_set(&artifacts, file, rt_by_rule("r"), "K", "%s", "a\nExecStart=/evil");
        rt_artifact_set(&artifacts, file, rt_by_rule("r"), "K", "%s", "b\rc");
        ck_assert_str_eq(text_of(file), "K=a\nK=b\n");
}
END_TEST

START_TEST(artifacts_are_found_by_path)
{
        RtArtifact *file = new_file("a.service");
        RtArtifact *link = rt_artifact_link(&artifacts, NULL, "default.target", "a.target");
        ck_assert_ptr_eq(rt_artifacts_find(&artifacts, "a.service"), file);
        ck_assert_ptr_eq(rt_artifacts_find(&artifacts, "default.target"), link);
        ck_assert_ptr_null(rt_artifacts_find(&artifacts, "a"));
        ck_assert_str_eq(link->link, "a.target");
}
END_TEST

START_TEST(an_origin_names_the_whole_key_and_its_place)
{
        put("a.container", "rootfs = \"/a\";\ncommand = [ \"/x\",\n \"y\" ];\n"
                           "cpus = {\n count = 2; };\n");
        run();
        const RtContainer *a = container("a");
        RtOrigin count = rt_from(&a->cpus.item, RT_CPUS_COUNT);
        ck_assert_str_eq(rt_origin_key(fx.arena, &count), "cpus.count");
        ck_assert_uint_eq(count.place.line, 5);
        RtOrigin word = rt_from_text(&a->object.item, RT_CONTAINER_COMMAND, 1);
        ck_assert_str_eq(rt_origin_key(fx.arena, &word), "command[1]");
        ck_assert_uint_eq(word.place.line, 3);
        RtOrigin unset = rt_from(&a->object.item, RT_CONTAINER_USER);
        ck_assert_str_eq(rt_origin_key(fx.arena, &unset), "user");
        ck_assert_ptr_null(unset.place.file);
        RtOrigin rule = rt_by_rule("because");
        ck_assert_ptr_null(rt_origin_key(fx.arena, &rule));
}
END_TEST

START_TEST(every_setting_that_is_generated_has_a_reason)
{
        put("platform.conf", "cpus = \"0-3\"; default_config = \"x\";");
        put_channel("ch", "publish", "");
        put_container("a",
                      "publishes = [ \"ch\" ]; watchdog = \"1s\";\n"
                      "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; } );\n"
                      "devices = ( { path = \"/dev/x\"; } ); cpus = { exclusive = true; };\n"
                      "mounts = ( { source = \"/s\"; target = \"/t\"; options = \"nosuid\"; } );");
        put("bad.container", "rootfs = 1;");
        put_config("x", "a", "");
        run();
        RT_EACH (it, &fx.pipeline.artifacts.list)
                RT_EACH_LINE (line, *it) {
                        bool setting = strchr(line->text, '=') && line->text[0] != '#';
                        const char *key = rt_origin_key(fx.arena, &line->origin);
                        ck_assert_msg(!setting || line->origin.rule || key,
                                      "%s: «%s» has no reason", (*it)->path, line->text);
                        ck_assert(!line->origin.rule || !key);
                }
}
END_TEST

int main(void)
{
        return RUN_TESTS("artifact", lines_sections_and_settings_make_the_text,
                         values_may_be_of_any_length, a_value_cannot_add_a_line,
                         artifacts_are_found_by_path, an_origin_names_the_whole_key_and_its_place,
                         every_setting_that_is_generated_has_a_reason);
}
