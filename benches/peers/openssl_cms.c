// Peer: OpenSSL's C API, SMIME_read_CMS + CMS_verify with full chain building, over an mbox, on some threads.
//
// Unfair to us: it compares no sender with the certificate, writes no rows, keeps the archive in memory and splits it
// with one memmem; its clock starts after reading the file. Unfair to it: a caller who knew the mail could keep chains.
// build: see build_openssl.sh; run: openssl_cms mail.mbox root.pem THREADS [TIME]
// With TIME (seconds since 1970) chains are checked as of then, with policies and with the lists of every certificate.
#define _GNU_SOURCE
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BOUNDARY "\n\nFrom "
#define ANY_POLICY "2.5.29.32.0"

static char *archive;
static size_t archive_length;
/* Where each message begins, its From_ line first, and the end of the last one. */
static size_t *starts;
static int messages;
static X509_STORE *roots;
static atomic_int next_message, good, bad;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void die(const char *what) {
    perror(what);
    exit(2);
}

static void *allocated(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (memory == NULL) die("memory");
    return memory;
}

static void read_archive(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) die(path);
    archive_length = ftell(file);
    rewind(file);
    archive = allocated(NULL, archive_length + 1);
    if (fread(archive, 1, archive_length, file) != archive_length) die(path);
    archive[archive_length] = 0;
    fclose(file);
}

static void split_archive(void) {
    size_t room = 1 << 16;
    const char *at = archive;
    starts = allocated(NULL, room * sizeof *starts);
    starts[messages++] = 0;
    while ((at = memmem(at, archive + archive_length - at, BOUNDARY, sizeof BOUNDARY - 1)) != NULL) {
        at += 2;
        if ((size_t)messages + 1 == room) starts = allocated(starts, (room *= 2) * sizeof *starts);
        starts[messages++] = at - archive;
    }
    starts[messages] = archive_length;
}

static void load_roots(const char *path) {
    roots = X509_STORE_new();
    if (roots == NULL || X509_STORE_load_file(roots, path) != 1) die(path);
}

static void judge_at(long long time) {
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param(roots);
    X509_VERIFY_PARAM_set_time(rules, time);
    X509_VERIFY_PARAM_add0_policy(rules, OBJ_txt2obj(ANY_POLICY, 1));
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                           X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS |
                                           X509_V_FLAG_POLICY_CHECK);
}

static int is_good(const char *mail, size_t length) {
    BIO *in = BIO_new_mem_buf(mail, length), *out = BIO_new(BIO_s_null()), *content = NULL;
    CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
    int verified = cms != NULL && CMS_verify(cms, NULL, roots, content, out, 0) == 1;
    ERR_clear_error();
    BIO_free(out);
    BIO_free(content);
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    return verified;
}

static void *work(void *nothing) {
    (void)nothing;
    for (;;) {
        int message = atomic_fetch_add(&next_message, 1);
        if (message >= messages) return NULL;
        const char *mail = archive + starts[message];
        size_t length = starts[message + 1] - starts[message];
        const char *line_end = memchr(mail, '\n', length);
        if (line_end == NULL) line_end = mail + length - 1;
        length -= line_end + 1 - mail;
        atomic_fetch_add(is_good(line_end + 1, length) ? &good : &bad, 1);
    }
}

int main(int count, char **arguments) {
    if (count < 4) {
        fputs("usage: openssl_cms mail.mbox root.pem THREADS [TIME]\n", stderr);
        return 2;
    }
    read_archive(arguments[1]);
    double began = now();
    split_archive();
    load_roots(arguments[2]);
    if (count > 4) judge_at(atoll(arguments[4]));
    int threads = atoi(arguments[3]);
    pthread_t *workers = allocated(NULL, threads * sizeof *workers);
    for (int each = 0; each < threads; each++)
        if (pthread_create(&workers[each], NULL, work, NULL) != 0) die("threads");
    for (int each = 0; each < threads; each++) pthread_join(workers[each], NULL);
    double took = now() - began;
    printf("openssl_capi threads=%d messages=%d good=%d bad=%d %.3fs %.0f msg/s %.1f MB/s\n", threads, messages, good,
           bad, took, messages / took, archive_length / took / 1e6);
    return 0;
}
