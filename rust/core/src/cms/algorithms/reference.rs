//! Every algorithm by name for the reference page: digests, signatures and curves with who computes them and by which
//! standard, the others, which are only named, with their use.

use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::signature::{Curve, KeyAlgorithm};

use super::table::{self, Meaning};
use crate::asn1::oid::Oid;
use crate::x509::curves;

/// One identifier of an algorithm or a curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `digest`, `signature`, `curve`, or `named` for what is reported and never computed.
    pub group: &'static str,
    /// Name in columns.
    pub name: &'static str,
    /// Object identifier, dotted.
    pub oid: String,
    /// Who computes it; empty where nobody does: then every signature with it is `unsupported_algorithm`.
    pub computed_by: &'static str,
    /// The standard it is computed by, or why it is not; of a named one what it is for.
    pub said: &'static str,
}

const LIBRARY: &str = "AWS-LC";

/// All of them, in the order of the tables.
#[must_use]
pub fn all_algorithms() -> Vec<Described> {
    let named = table::TABLE.iter().filter_map(|entry| {
        let (group, computed_by, said) = describe(entry.meaning, entry.name)?;
        Some(Described { group, name: entry.name, oid: entry.dotted.to_owned(), computed_by, said })
    });
    named.chain(curves::TABLE.iter().map(describe_curve)).collect()
}

fn describe(meaning: Meaning, name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match meaning {
        Meaning::Digest(Algorithm::Md2) => ("digest", "RustCrypto md2", "RFC 1319"),
        Meaning::Digest(digest) => ("digest", LIBRARY, standard_of(digest)),
        Meaning::Rsa(None) => {
            ("signature", LIBRARY, "RFC 8017 §8.2, the digest being named beside it")
        }
        Meaning::Rsa(Some(_)) => ("signature", LIBRARY, "RFC 8017 §8.2"),
        Meaning::RsaPss => ("signature", LIBRARY, "RFC 8017 §8.1, RFC 4056"),
        Meaning::RsaPssShake(_) => ("signature", LIBRARY, "RFC 8702 §3.2.1"),
        Meaning::Dsa(_) => ("signature", LIBRARY, "FIPS 186-4 §4, RFC 5754 §3.1"),
        Meaning::Ecdsa(Some(Algorithm::Shake128 | Algorithm::Shake256)) => {
            ("signature", LIBRARY, "FIPS 186-4 §6, RFC 8702 §3.2.2")
        }
        Meaning::Ecdsa(_) | Meaning::EcdsaSpecified => {
            ("signature", LIBRARY, "FIPS 186-4 §6, RFC 5753 §2.1")
        }
        Meaning::WholeMessage(algorithm) => describe_whole_message(algorithm)?,
        Meaning::Lacking(why) if is_digest_name(name) => ("digest", "", why),
        Meaning::Lacking(why) => ("signature", "", why),
        Meaning::Named => ("named", "", use_of(name)?),
    })
}

fn describe_whole_message(
    algorithm: KeyAlgorithm,
) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match algorithm {
        KeyAlgorithm::Ed25519 => ("signature", LIBRARY, "RFC 8032 §5.1, RFC 8419"),
        KeyAlgorithm::Ed448 => {
            ("signature", "RustCrypto ed448-goldilocks", "RFC 8032 §5.2, RFC 8419")
        }
        KeyAlgorithm::MlDsa(_) => ("signature", LIBRARY, "FIPS 204 §5.3, RFC 9882"),
        KeyAlgorithm::SlhDsa(_) => ("signature", "fips205", "FIPS 205 §10.3, RFC 9814"),
        KeyAlgorithm::Rsa | KeyAlgorithm::Dsa | KeyAlgorithm::Ec(_) => return None,
    })
}

const fn standard_of(digest: Algorithm) -> &'static str {
    match digest {
        Algorithm::Md2 => "RFC 1319",
        Algorithm::Md5 => "RFC 1321",
        Algorithm::Ripemd160 => "ISO/IEC 10118-3",
        Algorithm::Sha1
        | Algorithm::Sha224
        | Algorithm::Sha256
        | Algorithm::Sha384
        | Algorithm::Sha512
        | Algorithm::Sha512_224
        | Algorithm::Sha512_256 => "FIPS 180-4",
        Algorithm::Sha3_224 | Algorithm::Sha3_256 | Algorithm::Sha3_384 | Algorithm::Sha3_512 => {
            "FIPS 202"
        }
        Algorithm::Shake128 => "FIPS 202, 256 bits (RFC 8702 §3.1)",
        Algorithm::Shake256 => "FIPS 202, 512 bits (RFC 8419 §2.3, RFC 8702 §3.1)",
    }
}

/// What an algorithm that is only named is for, as its name says.
fn use_of(name: &str) -> Option<&'static str> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    Some(match name {
        "rc4" => "content encryption; a change goes unnoticed",
        "chacha20-poly1305" => "content encryption; a change is noticed",
        "rsaes-oaep" => "the content key under the recipient's RSA key (OAEP)",
        "rsa-kem" => "the content key under a key encapsulated with RSA",
        _ if name.starts_with("ml-kem-") => "the content key under a key encapsulated with ML-KEM",
        "pwri-kek" => "wraps the content key under a password",
        "dh" | "dh-es" | "dh-ss" | "x25519" | "x448" => {
            "sender and recipient agree on a key (Diffie-Hellman)"
        }
        "mgf1" => "mask of RSASSA-PSS and OAEP",
        "zlib" => "compression",
        "cek-hkdf-sha256" => "derives the content key from the one that recipients get (RFC 9709)",
        _ if name.starts_with("hkdf-") => {
            "makes the key that wraps the content key of an encapsulated one (RFC 9629)"
        }
        _ if name.starts_with("hmac-") => "message authentication",
        _ if name.starts_with("ecdh-") || name.starts_with("ecmqv-") => {
            "sender and recipient agree on a key (elliptic curve)"
        }
        _ if ends(&["-wrap", "-wrap-pad"]) => "wraps the content key under another key",
        _ if ends(&["-gcm", "-ccm"]) => "content encryption; a change is noticed",
        _ if ends(&["-cbc", "-cfb", "-ofb", "-ecb"]) => {
            "content encryption; a change goes unnoticed"
        }
        _ => return None,
    })
}

/// Names of lacking digests; every other lacking one is a signature.
fn is_digest_name(name: &str) -> bool {
    matches!(
        name,
        "md4" | "gost3411-94" | "gost3411-2012-256" | "gost3411-2012-512" | "shake256-len"
    )
}

fn describe_curve(entry: &curves::Entry) -> Described {
    let (computed_by, said) = match entry.curve {
        Some(curve) => (LIBRARY, curve_standard(curve)),
        None if entry.name.starts_with("sect") => ("", "AWS-LC has no curves over binary fields"),
        None => ("", "no use in mail is known, and no test vectors"),
    };
    let oid = Oid(entry.oid).to_string();
    Described { group: "curve", name: entry.name, oid, computed_by, said }
}

fn curve_standard(curve: Curve) -> &'static str {
    match curve {
        Curve::P192 | Curve::P224 | Curve::P256 | Curve::P384 | Curve::P521 => "FIPS 186-4 §D.1.2",
        Curve::Secp160k1
        | Curve::Secp160r1
        | Curve::Secp160r2
        | Curve::Secp192k1
        | Curve::Secp224k1
        | Curve::Secp256k1 => "SEC 2 §2",
        _ => "RFC 5639 §3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_algorithms_say_who_computes_them_or_why_nobody_does() {
        let all = all_algorithms();
        assert!(all.iter().all(|described| !described.said.is_empty()));
        for (group, computed) in [("digest", 16), ("curve", 25)] {
            let mine = all.iter().filter(|described| described.group == group);
            let done = mine.filter(|described| !described.computed_by.is_empty());
            assert_eq!(done.count(), computed, "{group}");
        }
        assert!(all.iter().any(|described| described.name == "slh-dsa-shake-256f"));
        assert_eq!(all.len(), table::TABLE.len() + curves::TABLE.len());
    }

    #[test]
    fn algorithm_of_each_kind_is_described_by_its_standard() {
        let all = all_algorithms();
        for (name, group, computed_by, said) in [
            ("md2", "digest", "RustCrypto md2", "RFC 1319"),
            ("sha256", "digest", LIBRARY, "FIPS 180-4"),
            ("md4", "digest", "", "MD4 has been broken since 1995; no use in mail is known"),
            (
                "md4WithRSAEncryption",
                "signature",
                "",
                "MD4 has been broken since 1995; no use in mail is known",
            ),
            ("ed25519", "signature", LIBRARY, "RFC 8032 §5.1, RFC 8419"),
            ("ml-dsa-44", "signature", LIBRARY, "FIPS 204 §5.3, RFC 9882"),
            ("slh-dsa-sha2-128s", "signature", "fips205", "FIPS 205 §10.3, RFC 9814"),
            ("secp256r1", "curve", LIBRARY, "FIPS 186-4 §D.1.2"),
            ("secp256k1", "curve", LIBRARY, "SEC 2 §2"),
            ("brainpoolP256r1", "curve", LIBRARY, "RFC 5639 §3"),
            ("secp112r1", "curve", "", "no use in mail is known, and no test vectors"),
            ("sect163k1", "curve", "", "AWS-LC has no curves over binary fields"),
        ] {
            let found: Vec<_> = all
                .iter()
                .filter(|one| one.name == name)
                .map(|one| (one.group, one.computed_by, one.said))
                .collect();
            assert_eq!(found, [(group, computed_by, said)], "{name}");
        }
    }

    #[test]
    fn algorithm_that_is_only_named_is_described_by_its_use() {
        let all = all_algorithms();
        let key = "wraps the content key under another key";
        let agreed = "sender and recipient agree on a key (elliptic curve)";
        let unnoticed = "content encryption; a change goes unnoticed";
        for (name, said) in [
            ("ml-kem-768", "the content key under a key encapsulated with ML-KEM"),
            ("rsa-kem", "the content key under a key encapsulated with RSA"),
            ("hmac-sha256", "message authentication"),
            ("ecdh-sha256kdf", agreed),
            ("ecmqv-sha256kdf", agreed),
            ("aes256-wrap", key),
            ("aes256-wrap-pad", key),
            ("aes256-gcm", "content encryption; a change is noticed"),
            ("aes256-cbc", unnoticed),
            ("rc4", unnoticed),
        ] {
            let mut found = all.iter().filter(|one| one.name == name);
            let described = found.next().map(|one| (one.group, one.computed_by, one.said));
            assert_eq!(described, Some(("named", "", said)), "{name}");
        }
        assert_eq!(use_of("sha256"), None, "what is computed is not only named");
    }
}
