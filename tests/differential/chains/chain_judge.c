// What OpenSSL says of each certificate chain, over its C API (X509_verify_cert): one line per chain.
//
// stdin: records of a kind (1 byte), a length (4 bytes, big endian) and content; a chain ends with E:
//   L the leaf, C a certificate beside it, R a certificate list, P an initial policy (dotted), E nothing
//   F letters: i the issuer of a list needs no list for itself, r every certificate needs a list, e require explicit policy, m inhibit policy mapping, a inhibit anyPolicy
// stdout, per chain, separated by tabs: ok or "reason (depth)", the same with X509_V_FLAG_X509_STRICT, and how many
// certificates and lists OpenSSL could not read, which it then did without.
// usage: chain_judge anchors.pem. Purpose smimesign at 2026-01-01; it keeps no state between chains.
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_UNIX_S = 1767225600 };

struct chain {
    X509 *leaf;
    STACK_OF(X509) *certificates;
    STACK_OF(X509_CRL) *lists;
    STACK_OF(ASN1_OBJECT) *policies;
    unsigned long flags;
    int unread, unlisted_issuers;
};

static unsigned long flags_of(const unsigned char *letters, size_t count) {
    unsigned long flags = 0;
    for (size_t at = 0; at < count; at++) switch (letters[at]) {
        case 'r':
            flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
            break;
        case 'e':
            flags |= X509_V_FLAG_EXPLICIT_POLICY;
            break;
        case 'm':
            flags |= X509_V_FLAG_INHIBIT_MAP;
            break;
        case 'a':
            flags |= X509_V_FLAG_INHIBIT_ANY;
        }
    return flags;
}

static void take(struct chain *chain, int kind, const unsigned char *content, size_t length) {
    const unsigned char *at = content, *end = content + length;
    X509 *certificate = NULL;
    X509_CRL *list = NULL;
    switch (kind) {
    case 'F':
        chain->flags = flags_of(content, length);
        chain->unlisted_issuers = memchr(content, 'i', length) != NULL;
        return;
    case 'P':
        sk_ASN1_OBJECT_push(chain->policies, OBJ_txt2obj((const char *)content, 1));
        return;
    case 'R':
        list = d2i_X509_CRL(NULL, &at, (long)length);
        if (list && at == end) {
            sk_X509_CRL_push(chain->lists, list);
            return;
        }
        X509_CRL_free(list);
        break;
    default:
        certificate = d2i_X509(NULL, &at, (long)length);
        if (certificate && at == end) {
            if (kind == 'L') chain->leaf = certificate;
            else sk_X509_push(chain->certificates, certificate);
            return;
        }
        X509_free(certificate);
    }
    chain->unread++;
}

// Within the path of the issuer of a list, does without the list that would tell of him.
static int forgive(int good, X509_STORE_CTX *context) {
    int error = X509_STORE_CTX_get_error(context);
    if (good || !X509_STORE_CTX_get0_parent_ctx(context)) return good;
    // The last is all that OpenSSL says where the issuer's own list has an issuer that it does not look into.
    return error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_DIFFERENT_CRL_SCOPE ||
           error == X509_V_ERR_CRL_PATH_VALIDATION_ERROR;
}

// Verifies and prints `ok` or the reason.
static void judge(const struct chain *chain, X509_STORE *store, unsigned long more) {
    if (!chain->leaf) {
        printf("leaf unreadable");
        return;
    }
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, chain->leaf, chain->certificates);
    X509_STORE_CTX_set0_crls(context, chain->lists);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SMIME_SIGN);
    if (chain->unlisted_issuers) X509_STORE_CTX_set_verify_cb(context, forgive);
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(rules, NOW_UNIX_S);
    X509_VERIFY_PARAM_set_flags(rules, chain->flags | more | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_USE_DELTAS |
                                           X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    for (int at = 0; at < sk_ASN1_OBJECT_num(chain->policies); at++)
        X509_VERIFY_PARAM_add0_policy(rules, OBJ_dup(sk_ASN1_OBJECT_value(chain->policies, at)));
    int answer = X509_verify_cert(context), error = X509_STORE_CTX_get_error(context);
    if (answer == 1) printf("ok");
    else printf("%s (%d)", X509_verify_cert_error_string(error), X509_STORE_CTX_get_error_depth(context));
    X509_STORE_CTX_free(context);
    ERR_clear_error();
}

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "usage: chain_judge anchors.pem\n"), 2;
    X509_STORE *store = X509_STORE_new();
    if (!X509_STORE_load_file(store, arguments[1])) return fprintf(stderr, "no anchors in %s\n", arguments[1]), 2;
    unsigned char head[5];
    struct chain chain = {0};
    while (fread(head, 1, 5, stdin) == 5) {
        size_t length = (size_t)head[1] << 24 | head[2] << 16 | head[3] << 8 | head[4];
        unsigned char *content = calloc(1, length + 1);
        if (!content || fread(content, 1, length, stdin) != length) return 1;
        if (!chain.certificates) {
            chain.certificates = sk_X509_new_null();
            chain.lists = sk_X509_CRL_new_null();
            chain.policies = sk_ASN1_OBJECT_new_null();
        }
        if (head[0] != 'E') {
            take(&chain, head[0], content, length);
            free(content);
            continue;
        }
        free(content);
        judge(&chain, store, 0);
        printf("\t");
        judge(&chain, store, X509_V_FLAG_X509_STRICT);
        printf("\t%d\n", chain.unread);
        fflush(stdout);
        X509_free(chain.leaf);
        sk_X509_pop_free(chain.certificates, X509_free);
        sk_X509_CRL_pop_free(chain.lists, X509_CRL_free);
        sk_ASN1_OBJECT_pop_free(chain.policies, ASN1_OBJECT_free);
        memset(&chain, 0, sizeof chain);
    }
    return 0;
}
