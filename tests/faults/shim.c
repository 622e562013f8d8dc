/* A disk that fails where it is told to: preloaded, it counts the calls that change files below a folder.
 *
 * The one idea: between two such calls nothing changes on disk, so failing each of them once visits every
 * state a crash can leave behind. Reads, and files elsewhere, go through untouched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, TORN, FULL_ONCE, FULL, IO_ERROR, POWER_CUT };

static char root[PATH_MAX];
static size_t root_length;
static int mode;
static long at;
static atomic_long seen;
static char kinds[1 << 16]; /* of the calls so far: w(rite), s(ync), t(runcate), n(ame), d(elete) */

/* Watch what is below `folder` (ends with a slash): call number `where`, from 1, fails as `how` says. */
void shim_arm(const char *folder, int how, long where) {
    mode = how;
    at = where;
    seen = 0;
    snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
}

long shim_seen(void) { return seen; }

const char *shim_kinds(void) { return kinds; }

static int below_root(const char *path) {
    return root_length && strncmp(path, root, root_length) == 0;
}

static int path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

static int watches(int fd) {
    char path[PATH_MAX];
    return root_length && path_of(fd, path) && below_root(path);
}

static int watches_at(int folder, const char *path) {
    return path[0] == '/' ? below_root(path) : watches(folder);
}

/* What a loss of power takes away: all that was written to a file since it was synced. */
static struct unsynced {
    struct unsynced *before;
    char path[PATH_MAX];
    off_t place, old_size;
    size_t size;
    char old[];
} *unsynced;

static void remember(int fd, off_t place, size_t size) {
    char path[PATH_MAX];
    struct stat file;
    if (mode != POWER_CUT || !path_of(fd, path) || fstat(fd, &file)) return;
    struct unsynced *one = malloc(sizeof *one + size);
    ssize_t had = pread(fd, one->old, size, place);
    if (had < 0) { /* open for writing only, so not a file of SQLite, which would lose its locks here */
        int reading = open(path, O_RDONLY);
        had = pread(reading, one->old, size, place);
        close(reading);
    }
    *one = (struct unsynced){unsynced, "", place, file.st_size, had < 0 ? 0 : (size_t)had};
    strcpy(one->path, path);
    unsynced = one;
}

static void forget(int fd) {
    char path[PATH_MAX];
    path_of(fd, path);
    for (struct unsynced **link = &unsynced; *link;)
        if (strcmp((*link)->path, path) == 0) *link = (*link)->before;
        else link = &(*link)->before;
}

static void follow(const char *from, const char *to) {
    for (struct unsynced *one = unsynced; one; one = one->before)
        if (strcmp(one->path, from) == 0) snprintf(one->path, sizeof one->path, "%s", to);
}

void shim_cut_power(void) {
    root_length = 0;
    for (struct unsynced *one = unsynced; one; one = one->before) {
        int fd = open(one->path, O_WRONLY);
        if (fd < 0) continue;
        if (pwrite(fd, one->old, one->size, one->place) < 0 || ftruncate(fd, one->old_size)) abort();
    }
    kill(getpid(), SIGKILL);
}

/* Count a call; true if it shall fail, with errno set. */
static int fails(char kind) {
    long number = atomic_fetch_add(&seen, 1) + 1;
    int takes_space = strchr("wsn", kind) != NULL; /* a sync too, where space is allotted late */
    if (number < (long)sizeof kinds) kinds[number - 1] = kind;
    if (mode == FULL && number >= at && takes_space) { errno = ENOSPC; return 1; }
    if (number != at) return 0;
    if (mode == KILL) kill(getpid(), SIGKILL);
    if (mode == POWER_CUT) shim_cut_power();
    if (mode == FULL_ONCE && takes_space) { errno = ENOSPC; return 1; }
    if (mode == IO_ERROR) { errno = EIO; return 1; }
    return 0;
}

/* How much of this write reaches the disk before the end: one byte, half, or all but one, by turns. */
static size_t torn(size_t size) {
    if (mode != TORN || seen + 1 != at || size < 2) return 0;
    return at % 3 == 0 ? 1 : at % 3 == 1 ? size / 2 : size - 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define TEAR(...) if (part) { real(__VA_ARGS__); kill(getpid(), SIGKILL); }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (watches(fd)) {
        size_t part = torn(size);
        TEAR(fd, data, part)
        if (fails('w')) return -1;
        remember(fd, lseek(fd, 0, SEEK_CUR), size);
    }
    return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (watches(fd)) {
        size_t part = torn(size);
        TEAR(fd, data, part, place)
        if (fails('w')) return -1;
        remember(fd, place, size);
    }
    return real(fd, data, size, place);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t place) { return pwrite64(fd, data, size, place); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (watches(fd)) {
        size_t part = torn((size_t)count);
        TEAR(fd, parts, (int)part)
        if (fails('w')) return -1;
        for (int part = count; part--;) remember(fd, lseek(fd, 0, SEEK_CUR), parts[part].iov_len);
    }
    return real(fd, parts, count);
}

ssize_t sendfile64(int out, int in, off64_t *place, size_t size) {
    REAL(ssize_t, "sendfile64", int, int, off64_t *, size_t);
    if (watches(out)) {
        size_t part = torn(size);
        TEAR(out, in, place, part)
        if (fails('w')) return -1;
        remember(out, lseek(out, 0, SEEK_CUR), size);
    }
    return real(out, in, place, size);
}

ssize_t sendfile(int out, int in, off_t *place, size_t size) { return sendfile64(out, in, place, size); }

#define CALL(kind, watched, then, name, declared, given, ...) \
    int name declared { \
        REAL(int, #name, __VA_ARGS__); \
        if (watched) { \
            if (fails(kind)) return -1; \
            then; \
        } \
        return real given; \
    }

CALL('s', watches(fd), forget(fd), fsync, (int fd), (fd), int)
CALL('s', watches(fd), forget(fd), fdatasync, (int fd), (fd), int)
CALL('t', watches(fd), remember(fd, size, 1 << 20), ftruncate, (int fd, off_t size), (fd, size), int, off_t)
CALL('t', watches(fd), remember(fd, size, 1 << 20), ftruncate64, (int fd, off64_t size), (fd, size),
     int, off64_t)
CALL('n', below_root(to), follow(from, to), rename, (const char *from, const char *to), (from, to),
     const char *, const char *)
CALL('n', below_root(to), , link, (const char *from, const char *to), (from, to), const char *, const char *)
CALL('n', below_root(path), , mkdir, (const char *path, mode_t rights), (path, rights), const char *, mode_t)
CALL('d', below_root(path), , unlink, (const char *path), (path), const char *)
CALL('d', below_root(path), , rmdir, (const char *path), (path), const char *)
CALL('d', watches_at(folder, path), , unlinkat, (int folder, const char *path, int flags),
     (folder, path, flags), int, const char *, int)
