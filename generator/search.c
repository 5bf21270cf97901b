/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rules.h"
#include "text.h"

static const char *const default_folders[] = {
        "/etc/rtcontainers",
        "/run/rtcontainers",
        "/usr/local/lib/rtcontainers",
        "/usr/lib/rtcontainers",
};

/* Units name descriptors, and know no current folder. Below a root, "/" is the current folder. */
static const char *absolute(RtArena *arena, const char *root, const char *folder)
{
        if (folder[0] == '/')
                return folder;
        char *current = root[0] ? NULL : getcwd(NULL, 0);
        const char *path = strcmp(folder, ".") == 0
                                   ? rt_printf(arena, "%s", current ? current : "/")
                                   : rt_printf(arena, "%s/%s", current ? current : "", folder);
        free(current);
        return path;
}

void rt_search_path_init(RtArena *arena, RtSearchPath *path, const char *root, const char *override)
{
        size_t n = root ? strlen(root) : 0;
        while (n > 0 && root[n - 1] == '/')
                n--;
        *path = (RtSearchPath){ .root = n > 0 ? rt_strndup(arena, root, n) : "" };
        if (!override || !*override) {
                for (size_t i = 0; i < RT_ELEMENTS(default_folders); i++)
                        RT_APPEND(arena, &path->folders, default_folders[i]);
                return;
        }
        for (const char *s = override; *s;) {
                size_t length = strcspn(s, ":");
                size_t end = length;
                while (end > 1 && s[end - 1] == '/')
                        end--;
                if (end > 0)
                        RT_APPEND(arena, &path->folders,
                                  absolute(arena, path->root, rt_strndup(arena, s, end)));
                s += length + (s[length] == ':');
        }
}

/* -- reading ----------------------------------------------------------------------------------- */

int rt_open_in_root(const char *root, const char *path, int flags)
{
        flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY);
        if (!root[0]) {
                int fd = open(path, flags);
                return fd < 0 ? -errno : fd;
        }
        int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (top < 0)
                return -errno;
        struct open_how how = { .flags = (unsigned)flags, .resolve = RESOLVE_IN_ROOT };
        long fd = syscall(SYS_openat2, top, path, &how, sizeof how);
        int r = fd < 0 ? -errno : (int)fd;
        close(top);
        return r;
}

int rt_open_folder_beneath(int dir, const char *path)
{
        struct open_how how = {
                .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
        };
        long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
        return fd < 0 ? -errno : (int)fd;
}

static void unreadable(RtFile *file, const char *problem)
{
        file->problem = problem;
        file->fix = "a descriptor is a regular file of at most 2 MiB";
}

/* What stands in the place of a regular file; NULL: it is one. */
static const char *unfit(mode_t mode)
{
        return S_ISREG(mode)                    ? NULL
               : S_ISDIR(mode)                  ? "is a directory"
               : S_ISFIFO(mode)                 ? "is a FIFO"
               : S_ISSOCK(mode)                 ? "is a socket"
               : S_ISCHR(mode) || S_ISBLK(mode) ? "is a device node"
                                                : "is no file";
}

ssize_t rt_read_all(int fd, void *ret, size_t size)
{
        size_t n = 0;
        while (n < size) {
                ssize_t part = read(fd, (char *)ret + n, size - n);
                if (part < 0 && errno == EINTR)
                        continue;
                if (part < 0)
                        return -errno;
                if (part == 0)
                        break;
                n += (size_t)part;
        }
        return (ssize_t)n;
}

static void read_text(RtArena *arena, int fd, RtFile *file)
{
        struct stat st;
        if (fstat(fd, &st) < 0) {
                unreadable(file, strerror(errno));
                return;
        }
        if (unfit(st.st_mode)) {
                unreadable(file, unfit(st.st_mode));
                return;
        }
        if (st.st_size > RT_DESCRIPTOR_MAX) {
                unreadable(file, "is too large");
                return;
        }
        /* One byte more than expected shows a file that grows under our hands. */
        size_t capacity = (size_t)st.st_size + 1;
        char *text = rt_alloc(arena, capacity + 1);
        ssize_t size = rt_read_all(fd, text, capacity);
        if (size < 0) {
                unreadable(file, strerror((int)-size));
                return;
        }
        if ((size_t)size == capacity) {
                unreadable(file, "changed while it was read");
                return;
        }
        file->text = text;
        file->size = (size_t)size;
}

static bool links_to_null(int link)
{
        char target[sizeof "/dev/null"];
        ssize_t n = readlinkat(link, "", target, sizeof target);
        return n == (ssize_t)strlen("/dev/null") &&
               memcmp(target, "/dev/null", strlen("/dev/null")) == 0;
}

typedef enum Look { LOOK_FILE, LOOK_MASK, LOOK_TROUBLE } Look;

/* Looks at what is there without opening it, as opening a device may do something. */
static Look look(const RtSearchPath *search, RtFile *file)
{
        struct stat st;
        int fd = rt_open_in_root(search->root, file->path, O_PATH | O_NOFOLLOW);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
                bool masks = links_to_null(fd);
                close(fd);
                if (masks)
                        return LOOK_MASK;
                fd = rt_open_in_root(search->root, file->path, O_PATH);
        }
        const char *problem = fd == -ENOENT        ? "is a link to nothing"
                              : fd == -ELOOP       ? "is a link that leads back to itself"
                              : fd < 0             ? strerror(-fd)
                              : fstat(fd, &st) < 0 ? strerror(errno)
                                                   : unfit(st.st_mode);
        if (fd >= 0)
                close(fd);
        if (problem)
                unreadable(file, problem);
        return problem ? LOOK_TROUBLE : LOOK_FILE;
}

/* Whether the file counts; false: it masks. */
static bool read_file(RtArena *arena, const RtSearchPath *search, const char *path, RtFile *ret)
{
        *ret = (RtFile){ .path = path };
        Look seen = look(search, ret);
        if (seen != LOOK_FILE)
                return seen != LOOK_MASK;
        int fd = rt_open_in_root(search->root, path, O_RDONLY);
        if (fd < 0) {
                unreadable(ret, strerror(-fd));
                return true;
        }
        read_text(arena, fd, ret);
        close(fd);
        return !ret->text || ret->size > 0;
}

/* -- directories ------------------------------------------------------------------------------- */

typedef RT_LIST(const char *) Names;

static int compare_texts(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder, sorted. A folder that is not there has none. */
static int list_folder(RtArena *arena, const RtSearchPath *search, const char *folder, Names *names)
{
        int fd = rt_open_in_root(search->root, folder, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        DIR *dir = fdopendir(fd);
        if (!dir) {
                int r = -errno;
                close(fd);
                return r;
        }
        for (struct dirent *entry; (entry = readdir(dir));)
                if (entry->d_name[0] != '.')
                        RT_APPEND(arena, names, rt_strdup(arena, entry->d_name));
        closedir(dir);
        if (names->n > 1)
                qsort(names->items, names->n, sizeof *names->items, compare_texts);
        return 0;
}

static void report_folder(RtArena *arena, RtDiags *diags, const char *folder, int error)
{
        rt_diag(diags, RT_ERROR, (RtAt){ NULL, { folder, 0 }, "file" },
                rt_printf(arena, "the folder cannot be read: %s", strerror(-error)),
                "descriptors are files in a folder");
}

/* -- what a name means ------------------------------------------------------------------------- */

typedef struct Entry {
        RtKind kind;
        const char *name;
        bool is_dropin_folder;
} Entry;

static bool is_leftover(const char *name)
{
        static const char *const endings[] = { "~", "#", ".bak", ".orig", ".rej", ".swp", ".tmp" };
        for (size_t i = 0; i < RT_ELEMENTS(endings); i++)
                if (rt_ends_with(name, endings[i]))
                        return true;
        return strstr(name, ".dpkg-") || strstr(name, ".rpm") || strstr(name, ".ucf-");
}

/* Splits "imu.container.d" and the like. Whether it is one of ours. */
static bool classify(RtArena *arena, const char *file, Entry *ret)
{
        size_t n = strlen(file);
        bool folder = rt_ends_with(file, ".d");
        const char *base = folder ? rt_strndup(arena, file, n - 2) : file;
        if (strcmp(base, rt_kind_ending(RT_PLATFORM)) == 0) {
                *ret = (Entry){ RT_PLATFORM, "platform", folder };
                return true;
        }
        for (RtKind kind = RT_CONTAINER; kind < RT_KINDS; kind++)
                if (rt_ends_with(base, rt_kind_ending(kind))) {
                        n = strlen(base) - strlen(rt_kind_ending(kind));
                        *ret = (Entry){ kind, rt_strndup(arena, base, n), folder };
                        return true;
                }
        return false;
}

/* A name such as "imu.contianer" is more likely a slip than a file of someone else's. */
static void warn_of_slip(RtArena *arena, RtDiags *diags, const char *folder, const char *file)
{
        static const char *const endings[] = { "container", "channel", "config", "conf" };
        const char *dot = strrchr(file, '.');
        const char *nearest = dot ? rt_nearest(dot + 1, endings, RT_ELEMENTS(endings)) : NULL;
        if (!nearest)
                return;
        const char *path = rt_printf(arena, "%s/%s", folder, file);
        rt_diag(diags, RT_WARNING, (RtAt){ NULL, { path, 0 }, "file" },
                "the file is not read, because its ending is not known",
                "use .container, .channel or .config; the platform's file is platform.conf");
}

/* One entry of one folder. Sorted, all of one object stand together, the winning folder first. */
typedef struct Found {
        Entry entry;
        size_t folder; /* index; the smaller wins */
        const char *file;
} Found;

typedef RT_LIST(Found) FoundList;

static int compare_found(const void *a, const void *b)
{
        const Found *x = a, *y = b;
        if (x->entry.kind != y->entry.kind)
                return x->entry.kind < y->entry.kind ? -1 : 1;
        int r = strcmp(x->entry.name, y->entry.name);
        if (r == 0)
                r = (int)x->entry.is_dropin_folder - (int)y->entry.is_dropin_folder;
        return r != 0 ? r : (x->folder > y->folder) - (x->folder < y->folder);
}

static void find_entries(RtArena *arena, const RtSearchPath *search, FoundList *found,
                         RtDiags *diags)
{
        for (size_t i = 0; i < search->folders.n; i++) {
                const char *folder = search->folders.items[i];
                Names names = { 0 };
                int r = list_folder(arena, search, folder, &names);
                if (r < 0)
                        report_folder(arena, diags, folder, r);
                RT_EACH (name, &names) {
                        Found one = { .folder = i, .file = *name };
                        if (is_leftover(*name))
                                continue;
                        if (!classify(arena, *name, &one.entry)) {
                                warn_of_slip(arena, diags, folder, *name);
                                continue;
                        }
                        RtProblem problem;
                        if (rt_rule_name(arena, one.entry.name, &problem) < 0) {
                                const char *path = rt_printf(arena, "%s/%s", folder, *name);
                                rt_diag(diags, RT_ERROR, (RtAt){ NULL, { path, 0 }, "file" },
                                        problem.what, problem.fix);
                                continue;
                        }
                        RT_APPEND(arena, found, one);
                }
        }
        if (found->n > 1)
                qsort(found->items, found->n, sizeof *found->items, compare_found);
}

/* -- drop-ins ---------------------------------------------------------------------------------- */

typedef struct DropIn {
        const char *file, *folder;
        size_t rank;
} DropIn;

typedef RT_LIST(DropIn) DropIns;

static int compare_dropins(const void *a, const void *b)
{
        const DropIn *x = a, *y = b;
        int r = strcmp(x->file, y->file);
        return r != 0 ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

static void collect_dropins(RtArena *arena, const RtSearchPath *search, const Found *found,
                            DropIns *dropins, RtDiags *diags)
{
        const char *folder =
                rt_printf(arena, "%s/%s", search->folders.items[found->folder], found->file);
        Names names = { 0 };
        int r = list_folder(arena, search, folder, &names);
        if (r < 0)
                report_folder(arena, diags, folder, r);
        RT_EACH (name, &names) {
                DropIn one = { *name, folder, found->folder };
                if (rt_ends_with(*name, ".conf"))
                        RT_APPEND(arena, dropins, one);
        }
}

static void add_dropins(RtArena *arena, const RtSearchPath *search, DropIns *dropins,
                        RtSource *source)
{
        if (dropins->n > 1)
                qsort(dropins->items, dropins->n, sizeof *dropins->items, compare_dropins);
        const char *previous = NULL;
        RT_EACH (dropin, dropins) {
                if (previous && strcmp(previous, dropin->file) == 0)
                        continue;
                previous = dropin->file;
                RtFile file;
                const char *path = rt_printf(arena, "%s/%s", dropin->folder, dropin->file);
                if (read_file(arena, search, path, &file))
                        RT_APPEND(arena, &source->files, file);
        }
}

/* -- all of it --------------------------------------------------------------------------------- */

/* `group` is everything of one object, descriptors before drop-in folders, earlier folders
 * first. */
static void add_source(RtArena *arena, const RtSearchPath *search, const Found *group, size_t n,
                       RtSources *sources, RtDiags *diags)
{
        RtSource source = { .kind = group[0].entry.kind, .name = group[0].entry.name };
        bool found = false;
        DropIns dropins = { 0 };
        for (size_t i = 0; i < n; i++) {
                if (group[i].entry.is_dropin_folder) {
                        collect_dropins(arena, search, &group[i], &dropins, diags);
                        continue;
                }
                if (found)
                        continue; /* an earlier folder has it */
                found = true;
                RtFile file;
                const char *path = rt_printf(arena, "%s/%s", search->folders.items[group[i].folder],
                                             group[i].file);
                if (!read_file(arena, search, path, &file))
                        return; /* masked, drop-ins and all */
                RT_APPEND(arena, &source.files, file);
        }
        /* The platform exists without a descriptor; other objects do not. */
        if (!found && source.kind != RT_PLATFORM) {
                const char *path = rt_printf(arena, "%s/%s", search->folders.items[group[0].folder],
                                             group[0].file);
                rt_diag(diags, RT_WARNING, (RtAt){ NULL, { path, 0 }, "file" },
                        rt_printf(arena, "there is no %s%s that these drop-ins change", source.name,
                                  rt_kind_ending(source.kind)),
                        "add the descriptor, or remove the folder");
                return;
        }
        add_dropins(arena, search, &dropins, &source);
        RT_APPEND(arena, sources, source);
}

void rt_search(RtArena *arena, const RtSearchPath *search, RtSources *ret_sources, RtDiags *diags)
{
        FoundList found = { 0 };
        find_entries(arena, search, &found, diags);

        *ret_sources = (RtSources){ 0 };
        for (size_t first = 0, end; first < found.n; first = end) {
                for (end = first + 1; end < found.n; end++)
                        if (found.items[end].entry.kind != found.items[first].entry.kind ||
                            strcmp(found.items[end].entry.name, found.items[first].entry.name) != 0)
                                break;
                add_source(arena, search, &found.items[first], end - first, ret_sources, diags);
        }
}
