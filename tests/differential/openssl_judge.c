// What OpenSSL says of each mail, over its C API (SMIME_read_CMS, CMS_verify): one line per mail.
//
// stdin: frames of a length (4 bytes, big endian) and a mail. stdout, per mail, separated by tabs:
//   ok or the reasons why the signatures do not hold (certificates not validated)
//   SHA-256 of the content that was verified, or -
//   ok or the reasons why it does not hold with the certificates validated at 2026-01-01 for smimesign
// usage: openssl_judge root.pem. It keeps no state between mails. Where a mail kills it, the caller starts it again
// behind that mail.
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_UNIX_S = 1767225600 };

// The queued reasons, oldest first: "reason(data)" joined by "; ".
static void print_reasons(void) {
    const char *data, *separator = "";
    int flags;
    unsigned long code;
    while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        const char *reason = ERR_reason_error_string(code);
        printf("%s%s", separator, reason ? reason : "?");
        if ((flags & ERR_TXT_STRING) && strncmp(data, "Verify error:", 13) == 0) printf("(%s)", data + 13);
        separator = "; ";
    }
    if (*separator == 0) printf("no reason");
}

// Verifies and prints `ok` or the reasons; `digest` gets the SHA-256 of the content.
static void judge(const unsigned char *mail, int length, X509_STORE *store, int flags, unsigned char *digest, int *found) {
    ERR_clear_error();
    BIO *in = BIO_new_mem_buf(mail, length), *content = NULL;
    BIO *hash = BIO_new(BIO_f_md()), *out = BIO_push(hash, BIO_new(BIO_s_null()));
    BIO_set_md(hash, EVP_sha256());
    CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
    if (cms && CMS_verify(cms, NULL, store, content, out, flags) == 1) {
        if (digest) *found = BIO_gets(hash, (char *)digest, 32) == 32;
        printf("ok");
    } else {
        print_reasons();
    }
    CMS_ContentInfo_free(cms);
    BIO_free_all(out);
    BIO_free(content);
    BIO_free(in);
}

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "usage: openssl_judge root.pem\n"), 2;
    X509_STORE *store = X509_STORE_new(), *nobody = X509_STORE_new();
    if (!X509_STORE_load_file(store, arguments[1])) return fprintf(stderr, "no roots in %s\n", arguments[1]), 2;
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW_UNIX_S);
    X509_STORE_set_purpose(store, X509_PURPOSE_SMIME_SIGN);
    unsigned char frame[4];
    while (fread(frame, 1, 4, stdin) == 4) {
        size_t length = (size_t)frame[0] << 24 | frame[1] << 16 | frame[2] << 8 | frame[3];
        unsigned char *mail = malloc(length + 1), digest[32];
        int found = 0;
        if (!mail || fread(mail, 1, length, stdin) != length) return 1;
        judge(mail, (int)length, nobody, CMS_NO_SIGNER_CERT_VERIFY, digest, &found);
        printf("\t");
        for (int at = 0; found && at < 32; at++) printf("%02x", digest[at]);
        printf(found ? "\t" : "-\t");
        judge(mail, (int)length, store, 0, NULL, NULL);
        printf("\n");
        fflush(stdout);
        free(mail);
    }
    return 0;
}
