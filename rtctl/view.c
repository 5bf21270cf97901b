/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quantity.h"
#include "search.h"

/* -- the file system --------------------------------------------------------------------------- */

static int read_open_file(RtArena *arena, int fd, char **ret, size_t *ret_n)
{
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        /* Files of the kernel say no size, or one that is not theirs. */
        size_t capacity = 4096, n = 0;
        char *text = rt_alloc(arena, capacity + 1);
        for (;;) {
                ssize_t got = rt_read_all(fd, text + n, capacity - n);
                if (got < 0)
                        return (int)got;
                n += (size_t)got;
                if (n < capacity || n >= RT_VIEW_TEXT_MAX)
                        break;
                char *larger = rt_alloc(arena, 2 * capacity + 1);
                memcpy(larger, text, n);
                text = larger;
                capacity *= 2;
        }
        text[n] = '\0';
        *ret = text;
        *ret_n = n;
        return 0;
}

static int read_file(RtArena *arena, const char *root, const char *path, char **ret, size_t *ret_n)
{
        int fd = rt_open_in_root(root, path, O_RDONLY);
        if (fd < 0)
                return fd;
        int r = read_open_file(arena, fd, ret, ret_n);
        close(fd);
        return r;
}

static int list_folder(RtArena *arena, const char *root, const char *path, RtNames *ret)
{
        int fd = rt_open_in_root(root, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        DIR *dir = fdopendir(fd);
        if (!dir) {
                int r = -errno;
                close(fd);
                return r;
        }
        for (const struct dirent *entry; ret->n < RT_VIEW_NAMES_MAX && (entry = readdir(dir));)
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        RT_APPEND(arena, ret, rt_strdup(arena, entry->d_name));
        closedir(dir);
        return 0;
}

static int look(const char *root, const char *path)
{
        int fd = rt_open_in_root(root, path, O_PATH);
        if (fd < 0)
                return fd;
        close(fd);
        return 0;
}

const RtViewSource rt_view_files = { .read = read_file, .list = list_folder, .look = look };

/* -- what is asked of a view ------------------------------------------------------------------- */

bool rt_view_has(const RtView *view, const char *path)
{
        return view->source->look(view->root, path) == 0;
}

const char *rt_view_bytes(const RtView *view, const char *path, size_t *ret_n)
{
        char *text;
        return view->source->read(view->arena, view->root, path, &text, ret_n) < 0 ? NULL : text;
}

const char *rt_view_text(const RtView *view, const char *path)
{
        char *text;
        size_t n;
        if (view->source->read(view->arena, view->root, path, &text, &n) < 0)
                return NULL;
        n = strlen(text);
        while (n > 0 && text[n - 1] == '\n')
                text[--n] = '\0';
        return text;
}

bool rt_view_integer(const RtView *view, const char *path, int64_t *ret)
{
        const char *text = rt_view_text(view, path);
        return text && rt_parse_integer(rt_first_word(view->arena, text), ret) == 0;
}

bool rt_view_cpus(const RtView *view, const char *path, RtCpuSet *ret)
{
        const char *text = rt_view_text(view, path);
        if (!text)
                return false;
        const char *word = rt_first_word(view->arena, text);
        if (word[0] && strcmp(word, "(null)") != 0)
                return rt_cpuset_parse(word, ret) == 0;
        *ret = (RtCpuSet){ 0 };
        return true;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

RtNames rt_view_names(const RtView *view, const char *path)
{
        RtNames names = { 0 };
        if (view->source->list(view->arena, view->root, path, &names) < 0)
                return (RtNames){ 0 };
        if (names.n > 0)
                qsort(names.items, names.n, sizeof *names.items, compare_names);
        return names;
}

/* -- words ------------------------------------------------------------------------------------- */

static const char blanks[] = " \t\n";

const char *rt_first_word(RtArena *arena, const char *text)
{
        text += strspn(text, blanks);
        return rt_strndup(arena, text, strcspn(text, blanks));
}

bool rt_has_word(const char *text, const char *word)
{
        size_t n = strlen(word);
        for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
                size_t length = strcspn(text, blanks);
                if (length == n && memcmp(text, word, n) == 0)
                        return true;
                text += length;
        }
        return false;
}

const char *rt_bracketed_word(RtArena *arena, const char *text)
{
        const char *open = strchr(text, '[');
        const char *end = open ? strchr(open, ']') : NULL;
        return end ? rt_strndup(arena, open + 1, (size_t)(end - open - 1)) : NULL;
}
