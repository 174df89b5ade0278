//! Every algorithm identifier this program knows by name: object identifier, column name, and what it means.
//!
//! Names are those of the defining document where people know them (`sha256WithRSAEncryption`), otherwise lower case
//! with the cipher before the mode (`aes128-cbc`). An entry with nothing but a name is reported, not computed; one that
//! is lacking is a digest or signature we do not offer, and says why not. From RFC 3279, 3370, 3565, 4055, 5084, 5753,
//! 5754, 5758, 8410, 8418, 8419, 8702, 8103, 9688, 9814, 9882, 9909, 9936, the OIW registry of 1991, TeleTrusT's and the
//! NIST registry.

use std::sync::LazyLock;

use hashbrown::HashMap;
use smimebatch_crypto::digest::Algorithm::{
    self, Md2, Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256,
    Sha384, Sha512, Sha512_224, Sha512_256, Shake128, Shake256,
};
use smimebatch_crypto::signature::{KeyAlgorithm, MlDsa, SlhDsa};

use Meaning::{
    Digest, Dsa, Ecdsa, EcdsaSpecified, Lacking, Named, Rsa, RsaPss, RsaPssShake, WholeMessage,
};

/// What an algorithm identifier asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A digest.
    Digest(Algorithm),
    /// RSA PKCS#1 v1.5 signature with that digest, or the bare key type.
    Rsa(Option<Algorithm>),
    /// RSASSA-PSS; the parameters say the rest.
    RsaPss,
    /// RSASSA-PSS with hash, mask and salt from that extendable function (RFC 8702 §3.2.1), key type and signature.
    RsaPssShake(Algorithm),
    /// DSA signature with that digest, or the bare key type.
    Dsa(Option<Algorithm>),
    /// ECDSA signature with that digest, or the bare key type.
    Ecdsa(Option<Algorithm>),
    /// ECDSA with the digest in the parameters (X9.62).
    EcdsaSpecified,
    /// A scheme that takes the message itself, key type and signature (RULES 13).
    WholeMessage(KeyAlgorithm),
    /// A digest or signature that is not computed, and why.
    Lacking(&'static str),
    /// Known by name only; nothing that is computed for a signature.
    Named,
}

const GOST: &str = "no well-kept library offers GOST R 34.10 and 34.11";
const PREHASH: &str = "RFC 9882 and RFC 9814 use the pure mode only";
const MD4: &str = "MD4 has been broken since 1995; no use in mail is known";
const OIW: &str = "of the OIW registry; no use in mail is known";
const ED25519: Meaning = WholeMessage(KeyAlgorithm::Ed25519);
const ED448: Meaning = WholeMessage(KeyAlgorithm::Ed448);

const fn ml_dsa(set: MlDsa) -> Meaning {
    WholeMessage(KeyAlgorithm::MlDsa(set))
}

const fn slh_dsa(set: SlhDsa) -> Meaning {
    WholeMessage(KeyAlgorithm::SlhDsa(set))
}

/// One row of [`TABLE`].
pub(super) struct Entry {
    /// Content octets.
    pub(super) oid: &'static [u8],
    /// The same, dotted.
    pub(super) dotted: &'static str,
    /// Name in columns.
    pub(super) name: &'static str,
    /// What it asks for.
    pub(super) meaning: Meaning,
}

const fn entry(
    oid: &'static [u8],
    dotted: &'static str,
    name: &'static str,
    meaning: Meaning,
) -> Entry {
    Entry { oid, dotted, name, meaning }
}

/// The row of `oid`.
pub(super) fn find(oid: &[u8]) -> Option<&'static Entry> {
    // Six lookups a message: a hash takes a fifth of a search through the sorted table.
    static BY_OID: LazyLock<HashMap<&[u8], &Entry, foldhash::fast::RandomState>> =
        LazyLock::new(|| TABLE.iter().map(|entry| (entry.oid, entry)).collect());
    BY_OID.get(oid).copied()
}

/// Sorted by content octets.
#[rustfmt::skip]
pub(super) static TABLE: &[Entry] = &[
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x02", "1.2.392.200011.61.1.1.1.2", "camellia128-cbc", Named),
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x03", "1.2.392.200011.61.1.1.1.3", "camellia192-cbc", Named),
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x04", "1.2.392.200011.61.1.1.1.4", "camellia256-cbc", Named),
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x03\x02", "1.2.392.200011.61.1.1.3.2", "camellia128-wrap", Named),
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x03\x03", "1.2.392.200011.61.1.1.3.3", "camellia192-wrap", Named),
    entry(b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x03\x04", "1.2.392.200011.61.1.1.3.4", "camellia256-wrap", Named),
    entry(b"\x2a\x83\x1a\x8c\x9a\x44\x01\x04", "1.2.410.200004.1.4", "seed-cbc", Named),
    entry(b"\x2a\x83\x1a\x8c\x9a\x44\x07\x01\x01\x01", "1.2.410.200004.7.1.1.1", "seed-wrap", Named),
    entry(b"\x2a\x85\x03\x02\x02\x03", "1.2.643.2.2.3", "gost3411-94-gost3410-2001", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x02\x02\x09", "1.2.643.2.2.9", "gost3411-94", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x02\x02\x13", "1.2.643.2.2.19", "gost3410-2001", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x01\x01", "1.2.643.7.1.1.1.1", "gost3410-2012-256", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x01\x02", "1.2.643.7.1.1.1.2", "gost3410-2012-512", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x02\x02", "1.2.643.7.1.1.2.2", "gost3411-2012-256", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x02\x03", "1.2.643.7.1.1.2.3", "gost3411-2012-512", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x03\x02", "1.2.643.7.1.1.3.2", "gost3411-2012-256-gost3410-2012", Lacking(GOST)),
    entry(b"\x2a\x85\x03\x07\x01\x01\x03\x03", "1.2.643.7.1.1.3.3", "gost3411-2012-512-gost3410-2012", Lacking(GOST)),
    entry(b"\x2a\x86\x48\x86\xf6\x7d\x07\x42\x0a", "1.2.840.113533.7.66.10", "cast5-cbc", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "1.2.840.113549.1.1.1", "rsaEncryption", Rsa(None)),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "1.2.840.113549.1.1.2", "md2WithRSAEncryption", Rsa(Some(Md2))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03", "1.2.840.113549.1.1.3", "md4WithRSAEncryption", Lacking(MD4)),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "1.2.840.113549.1.1.4", "md5WithRSAEncryption", Rsa(Some(Md5))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "1.2.840.113549.1.1.5", "sha1WithRSAEncryption", Rsa(Some(Sha1))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", "1.2.840.113549.1.1.7", "rsaes-oaep", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08", "1.2.840.113549.1.1.8", "mgf1", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "1.2.840.113549.1.1.10", "rsassa-pss", RsaPss),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "1.2.840.113549.1.1.11", "sha256WithRSAEncryption", Rsa(Some(Sha256))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "1.2.840.113549.1.1.12", "sha384WithRSAEncryption", Rsa(Some(Sha384))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "1.2.840.113549.1.1.13", "sha512WithRSAEncryption", Rsa(Some(Sha512))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "1.2.840.113549.1.1.14", "sha224WithRSAEncryption", Rsa(Some(Sha224))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0f", "1.2.840.113549.1.1.15", "sha512-224WithRSAEncryption", Rsa(Some(Sha512_224))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x10", "1.2.840.113549.1.1.16", "sha512-256WithRSAEncryption", Rsa(Some(Sha512_256))),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", "1.2.840.113549.1.3.1", "dh", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x05", "1.2.840.113549.1.9.16.3.5", "dh-es", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x06", "1.2.840.113549.1.9.16.3.6", "des-ede3-wrap", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x07", "1.2.840.113549.1.9.16.3.7", "rc2-wrap", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08", "1.2.840.113549.1.9.16.3.8", "zlib", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x09", "1.2.840.113549.1.9.16.3.9", "pwri-kek", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x0a", "1.2.840.113549.1.9.16.3.10", "dh-ss", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x0e", "1.2.840.113549.1.9.16.3.14", "rsa-kem", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x12", "1.2.840.113549.1.9.16.3.18", "chacha20-poly1305", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13", "1.2.840.113549.1.9.16.3.19", "ecdh-hkdf-sha256", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x14", "1.2.840.113549.1.9.16.3.20", "ecdh-hkdf-sha384", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x15", "1.2.840.113549.1.9.16.3.21", "ecdh-hkdf-sha512", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1c", "1.2.840.113549.1.9.16.3.28", "hkdf-sha256", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1d", "1.2.840.113549.1.9.16.3.29", "hkdf-sha384", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1e", "1.2.840.113549.1.9.16.3.30", "hkdf-sha512", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1f", "1.2.840.113549.1.9.16.3.31", "cek-hkdf-sha256", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x02", "1.2.840.113549.2.2", "md2", Digest(Md2)),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x04", "1.2.840.113549.2.4", "md4", Lacking(MD4)),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x05", "1.2.840.113549.2.5", "md5", Digest(Md5)),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x07", "1.2.840.113549.2.7", "hmac-sha1", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x08", "1.2.840.113549.2.8", "hmac-sha224", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x09", "1.2.840.113549.2.9", "hmac-sha256", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a", "1.2.840.113549.2.10", "hmac-sha384", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b", "1.2.840.113549.2.11", "hmac-sha512", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x03\x02", "1.2.840.113549.3.2", "rc2-cbc", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x03\x04", "1.2.840.113549.3.4", "rc4", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", "1.2.840.113549.3.7", "des-ede3-cbc", Named),
    entry(b"\x2a\x86\x48\x86\xf7\x0d\x03\x09", "1.2.840.113549.3.9", "rc5-cbc", Named),
    entry(b"\x2a\x86\x48\xce\x38\x04\x01", "1.2.840.10040.4.1", "dsa", Dsa(None)),
    entry(b"\x2a\x86\x48\xce\x38\x04\x03", "1.2.840.10040.4.3", "dsa-with-SHA1", Dsa(Some(Sha1))),
    entry(b"\x2a\x86\x48\xce\x3d\x02\x01", "1.2.840.10045.2.1", "ecPublicKey", Ecdsa(None)),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x01", "1.2.840.10045.4.1", "ecdsa-with-SHA1", Ecdsa(Some(Sha1))),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x02", "1.2.840.10045.4.2", "ecdsa-with-Recommended", Lacking("X9.62 leaves the digest to the size of the key; no use in mail is known")),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x03", "1.2.840.10045.4.3", "ecdsa-with-Specified", EcdsaSpecified),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x03\x01", "1.2.840.10045.4.3.1", "ecdsa-with-SHA224", Ecdsa(Some(Sha224))),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x03\x02", "1.2.840.10045.4.3.2", "ecdsa-with-SHA256", Ecdsa(Some(Sha256))),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x03\x03", "1.2.840.10045.4.3.3", "ecdsa-with-SHA384", Ecdsa(Some(Sha384))),
    entry(b"\x2a\x86\x48\xce\x3d\x04\x03\x04", "1.2.840.10045.4.3.4", "ecdsa-with-SHA512", Ecdsa(Some(Sha512))),
    entry(b"\x2a\x86\x48\xce\x3e\x02\x01", "1.2.840.10046.2.1", "dh", Named),
    entry(b"\x2b\x06\x01\x04\x01\x81\x3c\x07\x01\x01\x02", "1.3.6.1.4.1.188.7.1.1.2", "idea-cbc", Named),
    entry(b"\x2b\x06\x01\x04\x01\x97\x55\x01\x02", "1.3.6.1.4.1.3029.1.2", "blowfish-cbc", Named),
    entry(b"\x2b\x06\x01\x05\x05\x07\x06\x1e", "1.3.6.1.5.5.7.6.30", "shake128-rsassa-pss", RsaPssShake(Shake128)),
    entry(b"\x2b\x06\x01\x05\x05\x07\x06\x1f", "1.3.6.1.5.5.7.6.31", "shake256-rsassa-pss", RsaPssShake(Shake256)),
    entry(b"\x2b\x06\x01\x05\x05\x07\x06\x20", "1.3.6.1.5.5.7.6.32", "shake128-ecdsa", Ecdsa(Some(Shake128))),
    entry(b"\x2b\x06\x01\x05\x05\x07\x06\x21", "1.3.6.1.5.5.7.6.33", "shake256-ecdsa", Ecdsa(Some(Shake256))),
    entry(b"\x2b\x06\x01\x05\x05\x08\x01\x02", "1.3.6.1.5.5.8.1.2", "hmac-sha1", Named),
    entry(b"\x2b\x0e\x03\x02\x03", "1.3.14.3.2.3", "md5WithRSA", Lacking(OIW)),
    entry(b"\x2b\x0e\x03\x02\x07", "1.3.14.3.2.7", "des-cbc", Named),
    entry(b"\x2b\x0e\x03\x02\x0b", "1.3.14.3.2.11", "rsaSignature", Lacking(OIW)),
    entry(b"\x2b\x0e\x03\x02\x0c", "1.3.14.3.2.12", "dsa", Dsa(None)),
    entry(b"\x2b\x0e\x03\x02\x0d", "1.3.14.3.2.13", "dsaWithSHA", Lacking("SHA-0 was withdrawn in 1995")),
    entry(b"\x2b\x0e\x03\x02\x18", "1.3.14.3.2.24", "md2WithRSASignature", Rsa(Some(Md2))),
    entry(b"\x2b\x0e\x03\x02\x19", "1.3.14.3.2.25", "md5WithRSAEncryption", Rsa(Some(Md5))),
    entry(b"\x2b\x0e\x03\x02\x1a", "1.3.14.3.2.26", "sha1", Digest(Sha1)),
    entry(b"\x2b\x0e\x03\x02\x1b", "1.3.14.3.2.27", "dsaWithSHA1", Dsa(Some(Sha1))),
    entry(b"\x2b\x0e\x03\x02\x1d", "1.3.14.3.2.29", "sha1WithRSA", Rsa(Some(Sha1))),
    entry(b"\x2b\x24\x03\x02\x01", "1.3.36.3.2.1", "ripemd160", Digest(Ripemd160)),
    entry(b"\x2b\x24\x03\x03\x01\x02", "1.3.36.3.3.1.2", "ripemd160WithRSASignature", Rsa(Some(Ripemd160))),
    entry(b"\x2b\x24\x03\x03\x02\x01", "1.3.36.3.3.2.1", "ecSignWithsha1", Ecdsa(Some(Sha1))),
    entry(b"\x2b\x24\x03\x03\x02\x02", "1.3.36.3.3.2.2", "ecSignWithripemd160", Ecdsa(Some(Ripemd160))),
    entry(b"\x2b\x65\x6e", "1.3.101.110", "x25519", Named),
    entry(b"\x2b\x65\x6f", "1.3.101.111", "x448", Named),
    entry(b"\x2b\x65\x70", "1.3.101.112", "ed25519", ED25519),
    entry(b"\x2b\x65\x71", "1.3.101.113", "ed448", ED448),
    entry(b"\x2b\x81\x04\x01\x0b\x00", "1.3.132.1.11.0", "ecdh-sha224kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0b\x01", "1.3.132.1.11.1", "ecdh-sha256kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0b\x02", "1.3.132.1.11.2", "ecdh-sha384kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0b\x03", "1.3.132.1.11.3", "ecdh-sha512kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0e\x00", "1.3.132.1.14.0", "ecdh-cofactor-sha224kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0e\x01", "1.3.132.1.14.1", "ecdh-cofactor-sha256kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0e\x02", "1.3.132.1.14.2", "ecdh-cofactor-sha384kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0e\x03", "1.3.132.1.14.3", "ecdh-cofactor-sha512kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0f\x00", "1.3.132.1.15.0", "ecmqv-sha224kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0f\x01", "1.3.132.1.15.1", "ecmqv-sha256kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0f\x02", "1.3.132.1.15.2", "ecmqv-sha384kdf", Named),
    entry(b"\x2b\x81\x04\x01\x0f\x03", "1.3.132.1.15.3", "ecmqv-sha512kdf", Named),
    entry(b"\x2b\x81\x05\x10\x86\x48\x3f\x00\x02", "1.3.133.16.840.63.0.2", "ecdh-sha1kdf", Named),
    entry(b"\x2b\x81\x05\x10\x86\x48\x3f\x00\x03", "1.3.133.16.840.63.0.3", "ecdh-cofactor-sha1kdf", Named),
    entry(b"\x2b\x81\x05\x10\x86\x48\x3f\x00\x10", "1.3.133.16.840.63.0.16", "ecmqv-sha1kdf", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x01", "2.16.840.1.101.3.4.1.1", "aes128-ecb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x02", "2.16.840.1.101.3.4.1.2", "aes128-cbc", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x03", "2.16.840.1.101.3.4.1.3", "aes128-ofb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x04", "2.16.840.1.101.3.4.1.4", "aes128-cfb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x05", "2.16.840.1.101.3.4.1.5", "aes128-wrap", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x06", "2.16.840.1.101.3.4.1.6", "aes128-gcm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x07", "2.16.840.1.101.3.4.1.7", "aes128-ccm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x08", "2.16.840.1.101.3.4.1.8", "aes128-wrap-pad", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x15", "2.16.840.1.101.3.4.1.21", "aes192-ecb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x16", "2.16.840.1.101.3.4.1.22", "aes192-cbc", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x17", "2.16.840.1.101.3.4.1.23", "aes192-ofb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x18", "2.16.840.1.101.3.4.1.24", "aes192-cfb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x19", "2.16.840.1.101.3.4.1.25", "aes192-wrap", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x1a", "2.16.840.1.101.3.4.1.26", "aes192-gcm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x1b", "2.16.840.1.101.3.4.1.27", "aes192-ccm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x1c", "2.16.840.1.101.3.4.1.28", "aes192-wrap-pad", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x29", "2.16.840.1.101.3.4.1.41", "aes256-ecb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "2.16.840.1.101.3.4.1.42", "aes256-cbc", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2b", "2.16.840.1.101.3.4.1.43", "aes256-ofb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2c", "2.16.840.1.101.3.4.1.44", "aes256-cfb", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2d", "2.16.840.1.101.3.4.1.45", "aes256-wrap", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2e", "2.16.840.1.101.3.4.1.46", "aes256-gcm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2f", "2.16.840.1.101.3.4.1.47", "aes256-ccm", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x01\x30", "2.16.840.1.101.3.4.1.48", "aes256-wrap-pad", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x01", "2.16.840.1.101.3.4.2.1", "sha256", Digest(Sha256)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x02", "2.16.840.1.101.3.4.2.2", "sha384", Digest(Sha384)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x03", "2.16.840.1.101.3.4.2.3", "sha512", Digest(Sha512)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x04", "2.16.840.1.101.3.4.2.4", "sha224", Digest(Sha224)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x05", "2.16.840.1.101.3.4.2.5", "sha512-224", Digest(Sha512_224)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x06", "2.16.840.1.101.3.4.2.6", "sha512-256", Digest(Sha512_256)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x07", "2.16.840.1.101.3.4.2.7", "sha3-224", Digest(Sha3_224)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x08", "2.16.840.1.101.3.4.2.8", "sha3-256", Digest(Sha3_256)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x09", "2.16.840.1.101.3.4.2.9", "sha3-384", Digest(Sha3_384)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x0a", "2.16.840.1.101.3.4.2.10", "sha3-512", Digest(Sha3_512)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x0b", "2.16.840.1.101.3.4.2.11", "shake128", Digest(Shake128)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x0c", "2.16.840.1.101.3.4.2.12", "shake256", Digest(Shake256)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x02\x12", "2.16.840.1.101.3.4.2.18", "shake256-len", Lacking("of a length that parameters give; RFC 8419 §2.3 names 512 bits shake256")),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x01", "2.16.840.1.101.3.4.3.1", "dsa-with-SHA224", Dsa(Some(Sha224))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "2.16.840.1.101.3.4.3.2", "dsa-with-SHA256", Dsa(Some(Sha256))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x03", "2.16.840.1.101.3.4.3.3", "dsa-with-SHA384", Dsa(Some(Sha384))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x04", "2.16.840.1.101.3.4.3.4", "dsa-with-SHA512", Dsa(Some(Sha512))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x05", "2.16.840.1.101.3.4.3.5", "dsa-with-sha3-224", Dsa(Some(Sha3_224))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x06", "2.16.840.1.101.3.4.3.6", "dsa-with-sha3-256", Dsa(Some(Sha3_256))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x07", "2.16.840.1.101.3.4.3.7", "dsa-with-sha3-384", Dsa(Some(Sha3_384))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x08", "2.16.840.1.101.3.4.3.8", "dsa-with-sha3-512", Dsa(Some(Sha3_512))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x09", "2.16.840.1.101.3.4.3.9", "ecdsa-with-sha3-224", Ecdsa(Some(Sha3_224))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0a", "2.16.840.1.101.3.4.3.10", "ecdsa-with-sha3-256", Ecdsa(Some(Sha3_256))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0b", "2.16.840.1.101.3.4.3.11", "ecdsa-with-sha3-384", Ecdsa(Some(Sha3_384))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0c", "2.16.840.1.101.3.4.3.12", "ecdsa-with-sha3-512", Ecdsa(Some(Sha3_512))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0d", "2.16.840.1.101.3.4.3.13", "id-rsassa-pkcs1-v1_5-with-sha3-224", Rsa(Some(Sha3_224))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0e", "2.16.840.1.101.3.4.3.14", "id-rsassa-pkcs1-v1_5-with-sha3-256", Rsa(Some(Sha3_256))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x0f", "2.16.840.1.101.3.4.3.15", "id-rsassa-pkcs1-v1_5-with-sha3-384", Rsa(Some(Sha3_384))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x10", "2.16.840.1.101.3.4.3.16", "id-rsassa-pkcs1-v1_5-with-sha3-512", Rsa(Some(Sha3_512))),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "2.16.840.1.101.3.4.3.17", "ml-dsa-44", ml_dsa(MlDsa::MlDsa44)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "2.16.840.1.101.3.4.3.18", "ml-dsa-65", ml_dsa(MlDsa::MlDsa65)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "2.16.840.1.101.3.4.3.19", "ml-dsa-87", ml_dsa(MlDsa::MlDsa87)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x14", "2.16.840.1.101.3.4.3.20", "slh-dsa-sha2-128s", slh_dsa(SlhDsa::Sha2_128s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x15", "2.16.840.1.101.3.4.3.21", "slh-dsa-sha2-128f", slh_dsa(SlhDsa::Sha2_128f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x16", "2.16.840.1.101.3.4.3.22", "slh-dsa-sha2-192s", slh_dsa(SlhDsa::Sha2_192s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x17", "2.16.840.1.101.3.4.3.23", "slh-dsa-sha2-192f", slh_dsa(SlhDsa::Sha2_192f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x18", "2.16.840.1.101.3.4.3.24", "slh-dsa-sha2-256s", slh_dsa(SlhDsa::Sha2_256s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x19", "2.16.840.1.101.3.4.3.25", "slh-dsa-sha2-256f", slh_dsa(SlhDsa::Sha2_256f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1a", "2.16.840.1.101.3.4.3.26", "slh-dsa-shake-128s", slh_dsa(SlhDsa::Shake128s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1b", "2.16.840.1.101.3.4.3.27", "slh-dsa-shake-128f", slh_dsa(SlhDsa::Shake128f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1c", "2.16.840.1.101.3.4.3.28", "slh-dsa-shake-192s", slh_dsa(SlhDsa::Shake192s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1d", "2.16.840.1.101.3.4.3.29", "slh-dsa-shake-192f", slh_dsa(SlhDsa::Shake192f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1e", "2.16.840.1.101.3.4.3.30", "slh-dsa-shake-256s", slh_dsa(SlhDsa::Shake256s)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x1f", "2.16.840.1.101.3.4.3.31", "slh-dsa-shake-256f", slh_dsa(SlhDsa::Shake256f)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x20", "2.16.840.1.101.3.4.3.32", "hash-ml-dsa-44-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x21", "2.16.840.1.101.3.4.3.33", "hash-ml-dsa-65-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x22", "2.16.840.1.101.3.4.3.34", "hash-ml-dsa-87-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x23", "2.16.840.1.101.3.4.3.35", "hash-slh-dsa-sha2-128s-with-sha256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x24", "2.16.840.1.101.3.4.3.36", "hash-slh-dsa-sha2-128f-with-sha256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x25", "2.16.840.1.101.3.4.3.37", "hash-slh-dsa-sha2-192s-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x26", "2.16.840.1.101.3.4.3.38", "hash-slh-dsa-sha2-192f-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x27", "2.16.840.1.101.3.4.3.39", "hash-slh-dsa-sha2-256s-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x28", "2.16.840.1.101.3.4.3.40", "hash-slh-dsa-sha2-256f-with-sha512", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x29", "2.16.840.1.101.3.4.3.41", "hash-slh-dsa-shake-128s-with-shake128", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x2a", "2.16.840.1.101.3.4.3.42", "hash-slh-dsa-shake-128f-with-shake128", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x2b", "2.16.840.1.101.3.4.3.43", "hash-slh-dsa-shake-192s-with-shake256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x2c", "2.16.840.1.101.3.4.3.44", "hash-slh-dsa-shake-192f-with-shake256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x2d", "2.16.840.1.101.3.4.3.45", "hash-slh-dsa-shake-256s-with-shake256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x03\x2e", "2.16.840.1.101.3.4.3.46", "hash-slh-dsa-shake-256f-with-shake256", Lacking(PREHASH)),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x04\x01", "2.16.840.1.101.3.4.4.1", "ml-kem-512", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x04\x02", "2.16.840.1.101.3.4.4.2", "ml-kem-768", Named),
    entry(b"\x60\x86\x48\x01\x65\x03\x04\x04\x03", "2.16.840.1.101.3.4.4.3", "ml-kem-1024", Named),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::oid::Oid;

    #[test]
    fn table_is_sorted_and_dotted_forms_are_those_of_the_octets() {
        assert!(TABLE.windows(2).all(|pair| pair[0].oid < pair[1].oid));
        for entry in TABLE {
            assert_eq!(Oid(entry.oid).to_string(), entry.dotted, "{}", entry.name);
        }
    }
}
