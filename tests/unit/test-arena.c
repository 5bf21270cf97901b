/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

START_TEST(memory_is_zeroed_and_aligned)
{
        for (size_t size = 0; size < 200; size++) {
                unsigned char *memory = rt_alloc(fx.arena, size);
                ck_assert_uint_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
                for (size_t i = 0; i < size; i++)
                        ck_assert_uint_eq(memory[i], 0);
                memset(memory, 0xff, size);
        }
}
END_TEST

START_TEST(large_and_small_requests_do_not_overlap)
{
        char *small = rt_strdup(fx.arena, "small");
        char *large = rt_alloc(fx.arena, 1024 * 1024);
        memset(large, 'x', 1024 * 1024);
        char *after = rt_strdup(fx.arena, "after");
        ck_assert_str_eq(small, "small");
        ck_assert_str_eq(after, "after");
        ck_assert_int_eq(large[1024 * 1024 - 1], 'x');
}
END_TEST

START_TEST(an_array_that_overflows_ends_the_process_with_status_2)
{
        pid_t pid = fork();
        if (pid == 0) {
                close(STDERR_FILENO);
                rt_alloc_array(fx.arena, SIZE_MAX / 2, 3);
                _exit(0);
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

START_TEST(strndup_stops_at_the_end_of_the_text)
{
        ck_assert_str_eq(rt_strndup(fx.arena, "abc", 2), "ab");
        ck_assert_str_eq(rt_strndup(fx.arena, "abc", 10), "abc");
        ck_assert_str_eq(rt_strndup(fx.arena, "", 10), "");
}
END_TEST

START_TEST(printf_formats_texts_of_any_length)
{
        ck_assert_str_eq(rt_printf(fx.arena, "%d-%s", 7, "x"), "7-x");
        for (size_t n = 250; n < 260; n++) {
                const char *text = rt_printf(fx.arena, "%s", repeated("a", n));
                ck_assert_uint_eq(strlen(text), n);
        }
}
END_TEST

START_TEST(a_list_keeps_its_elements_while_it_grows)
{
        RT_LIST(size_t) list = { 0 };
        for (size_t i = 0; i < 1000; i++)
                RT_APPEND(fx.arena, &list, i * 3);
        ck_assert_uint_eq(list.n, 1000);
        size_t expected = 0;
        RT_EACH (it, &list) {
                ck_assert_uint_eq(*it, expected);
                expected += 3;
        }
}
END_TEST

START_TEST(an_empty_list_has_nothing_to_visit)
{
        RT_LIST(int) list = { 0 };
        RT_EACH (it, &list)
                ck_abort_msg("visited %d", *it);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "arena", memory_is_zeroed_and_aligned, large_and_small_requests_do_not_overlap,
                an_array_that_overflows_ends_the_process_with_status_2,
                strndup_stops_at_the_end_of_the_text, printf_formats_texts_of_any_length,
                a_list_keeps_its_elements_while_it_grows, an_empty_list_has_nothing_to_visit);
}
