// Faults on the way to the disk: preloaded, it counts every call that changes something below one
// directory, and at a chosen one kills the process or lets the call fail. It can also write down all
// of these calls, in the order in which they took effect, with what was written.
//
// The program that is tested is loaded once and forked for every trial; the child says what it wants
// with faults_arm(). Calls of the C library to itself are not seen: what matters goes through these.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 4096 };
enum kind { KILL_BEFORE, KILL_AFTER, KILL_WITHIN, FAIL, SHORT };

static char below[PATH_MAX];
static size_t below_length;
static atomic_long calls, chosen;
static int fault, fault_errno, record = -1;
static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;
// The path below the directory that a descriptor was opened with; null of all others.
static _Atomic(char *) paths[MAX_DESCRIPTORS];

#define REAL(name) (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// How many calls there were since the last arming.
long faults_count(void) { return atomic_load(&calls); }

// From now on: the call number `at` below `directory` gets the fault; 0 only counts.
void faults_arm(const char *directory, long at, int kind, int error) {
    snprintf(below, sizeof below, "%s", directory);
    below_length = strlen(below);
    fault = kind;
    fault_errno = error;
    memset((void *)paths, 0, sizeof paths);
    atomic_store(&calls, 0);
    atomic_store(&chosen, at);
}

// From now on calls are written down at the end of this descriptor.
void faults_record(int descriptor) { record = descriptor; }

static int is_below(const char *path) {
    return below_length && path && strncmp(path, below, below_length) == 0;
}

static const char *path_of(int descriptor) {
    if (!below_length || descriptor < 0 || descriptor >= MAX_DESCRIPTORS) return NULL;
    return atomic_load(&paths[descriptor]);
}

static int is_ours(int descriptor) { return path_of(descriptor) != NULL; }

static void mark(int descriptor, const char *path) {
    if (descriptor < 0 || descriptor >= MAX_DESCRIPTORS) return;
    free(atomic_exchange(&paths[descriptor], path ? strdup(path) : NULL));
}

// The whole path of a name in an open directory.
static const char *resolved(int at, const char *path, char *room) {
    if (path[0] == '/' || at == AT_FDCWD || !is_ours(at)) return path;
    snprintf(room, PATH_MAX, "%s/%s", path_of(at), path);
    return room;
}

// Not between a call of another thread and its being written down, nor within that: what is written is read again.
static void die(void) {
    pthread_mutex_lock(&in_order);
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// Whether this very call gets the fault.
static int is_chosen(void) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (number != atomic_load(&chosen)) return 0;
    if (fault == KILL_BEFORE) die();
    return 1;
}

static void put(const void *bytes, size_t count) {
    while (count) {
        ssize_t done = (REAL(write))(record, bytes, count);
        if (done <= 0) abort();
        bytes = (const char *)bytes + done;
        count -= done;
    }
}

// One call: a letter, the descriptor, a number, and two pieces of bytes.
static void note(char letter, int descriptor, long number, const void *one, size_t one_length,
                 const void *other, size_t other_length) {
    char head[96];
    if (record < 0) return;
    int saved = errno;
    int length = snprintf(head, sizeof head, "%c %d %ld %zu %zu\n", letter, descriptor, number,
                          one_length, other_length);
    put(head, length);
    put(one, one_length);
    put(other, other_length);
    errno = saved;
}

static void note_path(char letter, int descriptor, long number, const char *path) {
    note(letter, descriptor, number, path, strlen(path), "", 0);
}

// Does a call and writes it down, with no other one between.
#define NOTED(call, ...)                              \
    ({                                                \
        pthread_mutex_lock(&in_order);                \
        __typeof__(call) outcome = (call);            \
        if (outcome >= 0) note_path(__VA_ARGS__);     \
        pthread_mutex_unlock(&in_order);              \
        outcome;                                      \
    })

#define GUARDED(call, ...)                                     \
    do {                                                       \
        int is_it = is_chosen();                               \
        if (is_it && fault == FAIL) { errno = fault_errno; return -1; } \
        __typeof__(call) result = NOTED(call, __VA_ARGS__);    \
        if (is_it && (fault == KILL_AFTER || fault == KILL_WITHIN)) die(); \
        return result;                                         \
    } while (0)

// Calls on names are never interrupted (POSIX lists no EINTR for them).
#define NAMED(call, ...)                                                            \
    do {                                                                            \
        if (fault == FAIL && fault_errno == EINTR) return NOTED(call, __VA_ARGS__); \
        GUARDED(call, __VA_ARGS__);                                                 \
    } while (0)

static int changes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

#define OPEN(name, at, ...)                                     \
    mode_t mode = 0;                                            \
    if (flags & (O_CREAT | O_TMPFILE)) {                        \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        mode = va_arg(rest, mode_t);                            \
        va_end(rest);                                           \
    }                                                           \
    char room[PATH_MAX];                                        \
    const char *whole = resolved(at, path, room);               \
    if (!is_below(whole)) {                                     \
        int other = (REAL(name))(__VA_ARGS__, flags, mode);     \
        mark(other, NULL);                                      \
        return other;                                           \
    }                                                           \
    int is_it = changes(flags) && is_chosen();                  \
    if (is_it && fault == FAIL) { errno = fault_errno; return -1; } \
    pthread_mutex_lock(&in_order);                              \
    int descriptor = (REAL(name))(__VA_ARGS__, flags, mode);    \
    if (descriptor >= 0) {                                      \
        mark(descriptor, whole);                                \
        note_path('O', descriptor, flags & (O_CREAT | O_TRUNC), whole); \
    }                                                           \
    pthread_mutex_unlock(&in_order);                            \
    if (is_it && (fault == KILL_AFTER || fault == KILL_WITHIN)) die(); \
    return descriptor;

int open(const char *path, int flags, ...) { OPEN(open, AT_FDCWD, path) }
int open64(const char *path, int flags, ...) { OPEN(open64, AT_FDCWD, path) }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, at, at, path) }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, at, at, path) }

int close(int descriptor) {
    mark(descriptor, NULL);
    return (REAL(close))(descriptor);
}

static ssize_t noted_write(int descriptor, ssize_t written, const void *bytes, off_t offset) {
    if (written > 0) {
        if (offset < 0) offset = lseek(descriptor, 0, SEEK_CUR) - written;
        const char *path = path_of(descriptor);
        note('W', descriptor, offset, path, strlen(path), bytes, written);
    }
    return written;
}

#define WRITE(name, count, bytes, offset, ...)                  \
    if (!is_ours(descriptor)) return (REAL(name))(__VA_ARGS__); \
    int is_it = is_chosen();                                    \
    if (is_it && fault == FAIL) { errno = fault_errno; return -1; } \
    if (is_it && (fault == KILL_WITHIN || fault == SHORT)) count = count > 1 ? count / 2 : count; \
    pthread_mutex_lock(&in_order);                              \
    ssize_t written = noted_write(descriptor, (REAL(name))(__VA_ARGS__), bytes, offset); \
    pthread_mutex_unlock(&in_order);                            \
    if (is_it && (fault == KILL_AFTER || fault == KILL_WITHIN)) die(); \
    return written;

ssize_t write(int descriptor, const void *bytes, size_t count) {
    WRITE(write, count, bytes, -1, descriptor, bytes, count)
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    WRITE(pwrite, count, bytes, offset, descriptor, bytes, count, offset)
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    WRITE(pwrite64, count, bytes, offset, descriptor, bytes, count, offset)
}
// One piece at a time, which is what a short write of several is.
ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    if (!is_ours(descriptor)) return (REAL(writev))(descriptor, pieces, count);
    while (count > 1 && !pieces->iov_len) ++pieces, --count;
    return write(descriptor, pieces->iov_base, pieces->iov_len);
}

#define SYNC(name)                                                       \
    if (!is_ours(descriptor)) return (REAL(name))(descriptor);           \
    GUARDED((REAL(name))(descriptor), 'S', descriptor, 0, path_of(descriptor));
int fsync(int descriptor) { SYNC(fsync) }
int fdatasync(int descriptor) { SYNC(fdatasync) }

#define CUT(name)                                                        \
    if (!is_ours(descriptor)) return (REAL(name))(descriptor, length);   \
    GUARDED((REAL(name))(descriptor, length), 'T', descriptor, length, path_of(descriptor));
int ftruncate(int descriptor, off_t length) { CUT(ftruncate) }
int ftruncate64(int descriptor, off64_t length) { CUT(ftruncate64) }

#define CUT_NAMED(name)                                                  \
    if (!is_below(path)) return (REAL(name))(path, length);              \
    GUARDED((REAL(name))(path, length), 'T', -1, length, path);
int truncate(const char *path, off_t length) { CUT_NAMED(truncate) }
int truncate64(const char *path, off64_t length) { CUT_NAMED(truncate64) }

#define TWO_NAMES(letter, call)                                          \
    do {                                                                 \
        char both[2 * PATH_MAX];                                         \
        snprintf(both, sizeof both, "%s\n%s", from, to);                 \
        NAMED(call, letter, -1, 0, both);                                \
    } while (0)

int rename(const char *from, const char *to) {
    if (!is_below(to)) return (REAL(rename))(from, to);
    TWO_NAMES('R', (REAL(rename))(from, to));
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
    if (!is_below(to)) return (REAL(renameat))(from_at, from, to_at, to);
    TWO_NAMES('R', (REAL(renameat))(from_at, from, to_at, to));
}
int link(const char *from, const char *to) {
    if (!is_below(to)) return (REAL(link))(from, to);
    TWO_NAMES('L', (REAL(link))(from, to));
}
int unlink(const char *path) {
    if (!is_below(path)) return (REAL(unlink))(path);
    NAMED((REAL(unlink))(path), 'U', -1, 0, path);
}
int rmdir(const char *path) {
    if (!is_below(path)) return (REAL(rmdir))(path);
    NAMED((REAL(rmdir))(path), 'U', -1, 0, path);
}
int unlinkat(int at, const char *path, int flags) {
    char room[PATH_MAX];
    const char *whole = resolved(at, path, room);
    if (!is_below(whole)) return (REAL(unlinkat))(at, path, flags);
    NAMED((REAL(unlinkat))(at, path, flags), 'U', -1, 0, whole);
}
int mkdir(const char *path, mode_t mode) {
    if (!is_below(path)) return (REAL(mkdir))(path, mode);
    NAMED((REAL(mkdir))(path, mode), 'M', -1, 0, path);
}
