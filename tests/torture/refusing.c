/* Loaded before the C library (LD_PRELOAD): refuses calls that change what lies below one folder.
 *
 * Sees what libraries in C call, HDF5 and Python alike, where a shim in Python sees only Python. Not seen are
 * calls that glibc makes within itself: what is buffered by stdio is not refused when it is written, its
 * `fopen` is; and programs that make system calls on their own.
 *
 *   cc -shared -fPIC -O2 -o refusing.so refusing.c -ldl -lpthread
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_CALLS 100000

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t length; /* of `folder`; 0: nothing is counted */
static long first, count, calls;
static int error;
static char *names[MOST_CALLS]; /* each call's name and path */

/* Counts calls below `root` from one, and refuses `many` of them from the `from`-th on with `number`. */
void kresume_refuse(const char *root, long from, long many, int number) {
    pthread_mutex_lock(&turn);
    for (long at = 0; at < calls && at < MOST_CALLS; at++) {
        free(names[at]);
        names[at] = NULL;
    }
    snprintf(folder, sizeof folder, "%s", root);
    length = strlen(folder);
    first = from, count = many, error = number, calls = 0;
    pthread_mutex_unlock(&turn);
}

long kresume_calls(void) { return calls; }

/* The name and path of the call with that number, from one. */
const char *kresume_call(long number) {
    return number < 1 || number > calls || number > MOST_CALLS ? "" : names[number - 1];
}

static int inside(const char *path) {
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int path_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t got = readlink(link, path, PATH_MAX - 1);
    if (got < 0) return 0;
    path[got] = '\0';
    return 1;
}

/* 0: goes on; 1: fails, with `errno`; 2: of a write, takes half. */
static int refused(const char *call, int at, const char *name, int writes) {
    if (length == 0) return 0;
    int before = errno, answer = 0;
    char path[2 * PATH_MAX + 2] = "";
    if (name != NULL && name[0] == '/') {
        snprintf(path, sizeof path, "%s", name);
    } else if (name != NULL) {
        char parent[PATH_MAX] = "";
        if (at == AT_FDCWD ? getcwd(parent, sizeof parent) == NULL : !path_of(at, parent)) parent[0] = '\0';
        snprintf(path, sizeof path, "%s/%s", parent, name);
    } else if (!path_of(at, path)) {
        path[0] = '\0';
    }
    if (inside(path)) {
        pthread_mutex_lock(&turn);
        long number = ++calls;
        if (number <= MOST_CALLS && asprintf(&names[number - 1], "%s %s", call, path) < 0) names[number - 1] = NULL;
        if (number >= first && number - first < count) answer = writes && error == ENOSPC && number == first ? 2 : 1;
        pthread_mutex_unlock(&turn);
    }
    errno = answer == 1 ? error : before;
    return answer;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Whether such an open can change what a disk holds. A file without a name leaves nothing. */
static int changes(int flags) {
    if ((flags & O_TMPFILE) == O_TMPFILE) return 0;
    return (flags & O_CREAT) || (flags & O_TRUNC) || (flags & O_ACCMODE) != O_RDONLY;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags, flags) \
        if (changes(flags) && refused("open", AT_FDCWD, path, 0)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags, flags) \
        if (changes(flags) && refused("open", at, path, 0)) return -1; \
        return real(at, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

#define CREAT(name) \
    int name(const char *path, mode_t mode) { \
        REAL(name); \
        return refused("open", AT_FDCWD, path, 0) ? -1 : real(path, mode); \
    }
CREAT(creat)
CREAT(creat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        REAL(name); \
        if (strpbrk(mode, "wa+") != NULL && refused("open", AT_FDCWD, path, 0)) return NULL; \
        return real(path, mode); \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int at, const void *data, size_t size) {
    REAL(write);
    int how = refused("write", at, NULL, size > 1);
    return how == 1 ? -1 : real(at, data, how == 2 ? size / 2 : size);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int at, const void *data, size_t size, offset_type offset) { \
        REAL(name); \
        int how = refused("write", at, NULL, size > 1); \
        return how == 1 ? -1 : real(at, data, how == 2 ? size / 2 : size, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int at, const struct iovec *parts, int many) {
    REAL(writev);
    return refused("write", at, NULL, 0) ? -1 : real(at, parts, many);
}

#define PWRITEV(name, offset_type) \
    ssize_t name(int at, const struct iovec *parts, int many, offset_type offset) { \
        REAL(name); \
        return refused("write", at, NULL, 0) ? -1 : real(at, parts, many, offset); \
    }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define OF_DESCRIPTOR(name, call) \
    int name(int at) { \
        REAL(name); \
        return refused(call, at, NULL, 0) ? -1 : real(at); \
    }
OF_DESCRIPTOR(fsync, "fsync")
OF_DESCRIPTOR(fdatasync, "fsync")

#define FTRUNCATE(name, size_type) \
    int name(int at, size_type size) { \
        REAL(name); \
        return refused("ftruncate", at, NULL, 0) ? -1 : real(at, size); \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define ALLOCATE(name, size_type) \
    int name(int at, size_type from, size_type size) { \
        REAL(name); \
        return refused("allocate", at, NULL, 0) ? error : real(at, from, size); \
    }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

int rename(const char *old, const char *new) {
    REAL(rename);
    return refused("rename", AT_FDCWD, old, 0) ? -1 : real(old, new);
}

int renameat(int from, const char *old, int to, const char *new) {
    REAL(renameat);
    return refused("rename", from, old, 0) ? -1 : real(from, old, to, new);
}

int unlink(const char *path) {
    REAL(unlink);
    return refused("unlink", AT_FDCWD, path, 0) ? -1 : real(path);
}

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    return refused("unlink", at, path, 0) ? -1 : real(at, path, flags);
}

int rmdir(const char *path) {
    REAL(rmdir);
    return refused("rmdir", AT_FDCWD, path, 0) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return refused("mkdir", AT_FDCWD, path, 0) ? -1 : real(path, mode);
}

int mkdirat(int at, const char *path, mode_t mode) {
    REAL(mkdirat);
    return refused("mkdir", at, path, 0) ? -1 : real(at, path, mode);
}

int link(const char *old, const char *new) {
    REAL(link);
    return refused("link", AT_FDCWD, new, 0) ? -1 : real(old, new);
}

int symlink(const char *to, const char *path) {
    REAL(symlink);
    return refused("link", AT_FDCWD, path, 0) ? -1 : real(to, path);
}

int futimens(int at, const struct timespec times[2]) {
    REAL(futimens);
    return refused("utime", at, NULL, 0) ? -1 : real(at, times);
}

int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
    REAL(utimensat);
    return refused("utime", at, path, 0) ? -1 : real(at, path, times, flags);
}
