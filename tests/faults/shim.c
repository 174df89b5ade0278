// Faults on the way to the disk: preloaded, it counts every call that changes something below one
// directory, and at a chosen one kills the process or lets the call fail.
//
// The program that is tested is loaded once and forked for every trial; the child says what it wants
// with faults_arm(). Calls of the C library to itself are not seen: what matters goes through these.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
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
static int fault, fault_errno;
static atomic_char ours[MAX_DESCRIPTORS];

#define REAL(name) (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// How many calls there were since the last arming.
long faults_count(void) { return atomic_load(&calls); }

// From now on: the call number `at` below `directory` gets the fault; 0 only counts.
void faults_arm(const char *directory, long at, int kind, int error) {
    snprintf(below, sizeof below, "%s", directory);
    below_length = strlen(below);
    fault = kind;
    fault_errno = error;
    memset((void *)ours, 0, sizeof ours);
    atomic_store(&calls, 0);
    atomic_store(&chosen, at);
}

static int is_below(const char *path) {
    return below_length && path && strncmp(path, below, below_length) == 0;
}

static int is_ours(int descriptor) {
    return below_length && descriptor >= 0 && descriptor < MAX_DESCRIPTORS && atomic_load(&ours[descriptor]);
}

static void mark(int descriptor, int is_one) {
    if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS) atomic_store(&ours[descriptor], is_one);
}

static void die(void) {
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

#define GUARDED(call)                                          \
    do {                                                       \
        int is_it = is_chosen();                               \
        if (is_it && fault == FAIL) { errno = fault_errno; return -1; } \
        __typeof__(call) result = (call);                      \
        if (is_it && (fault == KILL_AFTER || fault == KILL_WITHIN)) die(); \
        return result;                                         \
    } while (0)

// Calls on names are never interrupted (POSIX lists no EINTR for them).
#define NAMED(call)                                                          \
    do {                                                                     \
        if (fault == FAIL && fault_errno == EINTR) return (call);            \
        GUARDED(call);                                                       \
    } while (0)

static int changes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

#define OPEN(name, directory, ...)                              \
    mode_t mode = 0;                                            \
    if (flags & (O_CREAT | O_TMPFILE)) {                        \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        mode = va_arg(rest, mode_t);                            \
        va_end(rest);                                           \
    }                                                           \
    int is_one = is_below(path);                                \
    int is_it = is_one && changes(flags) && is_chosen();        \
    if (is_it && fault == FAIL) { errno = fault_errno; return -1; } \
    int descriptor = (REAL(name))(__VA_ARGS__, flags, mode);    \
    mark(descriptor, is_one);                                   \
    if (is_it && (fault == KILL_AFTER || fault == KILL_WITHIN)) die(); \
    return descriptor;

int open(const char *path, int flags, ...) { OPEN(open, , path) }
int open64(const char *path, int flags, ...) { OPEN(open64, , path) }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, at, at, path) }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, at, at, path) }

int close(int descriptor) {
    mark(descriptor, 0);
    return (REAL(close))(descriptor);
}

#define WRITE(name, count, ...)                                 \
    if (!is_ours(descriptor)) return (REAL(name))(__VA_ARGS__); \
    if (is_chosen()) {                                          \
        if (fault == FAIL) { errno = fault_errno; return -1; }  \
        if (fault == KILL_WITHIN || fault == SHORT) count = count > 1 ? count / 2 : count; \
        ssize_t written = (REAL(name))(__VA_ARGS__);            \
        if (fault == KILL_AFTER || fault == KILL_WITHIN) die(); \
        return written;                                         \
    }                                                           \
    return (REAL(name))(__VA_ARGS__);

ssize_t write(int descriptor, const void *bytes, size_t count) {
    WRITE(write, count, descriptor, bytes, count)
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    WRITE(pwrite, count, descriptor, bytes, count, offset)
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    WRITE(pwrite64, count, descriptor, bytes, count, offset)
}
ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    WRITE(writev, count, descriptor, pieces, count)
}

int fsync(int descriptor) {
    if (!is_ours(descriptor)) return (REAL(fsync))(descriptor);
    GUARDED((REAL(fsync))(descriptor));
}
int fdatasync(int descriptor) {
    if (!is_ours(descriptor)) return (REAL(fdatasync))(descriptor);
    GUARDED((REAL(fdatasync))(descriptor));
}
int ftruncate(int descriptor, off_t length) {
    if (!is_ours(descriptor)) return (REAL(ftruncate))(descriptor, length);
    GUARDED((REAL(ftruncate))(descriptor, length));
}
int ftruncate64(int descriptor, off64_t length) {
    if (!is_ours(descriptor)) return (REAL(ftruncate64))(descriptor, length);
    GUARDED((REAL(ftruncate64))(descriptor, length));
}
int rename(const char *from, const char *to) {
    if (!is_below(to)) return (REAL(rename))(from, to);
    NAMED((REAL(rename))(from, to));
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
    if (!is_below(to)) return (REAL(renameat))(from_at, from, to_at, to);
    NAMED((REAL(renameat))(from_at, from, to_at, to));
}
int link(const char *from, const char *to) {
    if (!is_below(to)) return (REAL(link))(from, to);
    NAMED((REAL(link))(from, to));
}
int unlink(const char *path) {
    if (!is_below(path)) return (REAL(unlink))(path);
    NAMED((REAL(unlink))(path));
}
int mkdir(const char *path, mode_t mode) {
    if (!is_below(path)) return (REAL(mkdir))(path, mode);
    NAMED((REAL(mkdir))(path, mode));
}
int rmdir(const char *path) {
    if (!is_below(path)) return (REAL(rmdir))(path);
    NAMED((REAL(rmdir))(path));
}
int truncate(const char *path, off_t length) {
    if (!is_below(path)) return (REAL(truncate))(path, length);
    GUARDED((REAL(truncate))(path, length));
}
int truncate64(const char *path, off64_t length) {
    if (!is_below(path)) return (REAL(truncate64))(path, length);
    GUARDED((REAL(truncate64))(path, length));
}
