//! Keys derived from secrets and passwords: answers of OpenSSL and of the standards, and what is
//! refused.

use crate::known::cases;
use crate::vectors::from_hex;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kdf::{KdfError, Pkcs12Purpose, hkdf, pbkdf1, pbkdf2, pkcs12, x963};
use smimebatch_crypto::secret::Secret;

#[test]
fn pkcs12_keys_are_openssl_s() {
    for case in cases("pkcs12 ", 105) {
        let purpose = match case.number("purpose") {
            1 => Pkcs12Purpose::Key,
            2 => Pkcs12Purpose::InitialisationVector,
            3 => Pkcs12Purpose::MacKey,
            other => panic!("purpose {other}"),
        };
        let [password, salt, key] = ["password", "salt", "key"].map(|name| case.octets(name));
        let (hash, iterations) = (case.hash("hash"), case.number("iterations"));
        let found = pkcs12(hash, purpose, &password, &salt, iterations, key.len()).unwrap();
        assert_eq!(found.as_bytes(), key, "{}", case.title());
    }
}

/// Without a password a file's keys are of nothing, or of the two zeros that end a BMPString.
#[test]
fn pkcs12_no_password_is_not_the_empty_one() {
    let key = |password: &[u8]| {
        pkcs12(Algorithm::Sha1, Pkcs12Purpose::MacKey, password, b"saltsalt", 2, 20).unwrap()
    };
    assert_ne!(key(&[]), key(&[0, 0]));
}

#[test]
fn x963_keys_are_openssl_s() {
    for case in cases("x963 ", 25) {
        let [secret, info, key] = ["secret", "info", "key"].map(|name| case.octets(name));
        let found = x963(case.hash("hash"), &Secret::from(secret), &info, key.len()).unwrap();
        assert_eq!(found.as_bytes(), key, "{}", case.title());
    }
}

#[test]
fn pbkdf1_keys_are_openssl_s() {
    for case in cases("pbkdf1 ", 4) {
        let [salt, key] = ["salt", "key"].map(|name| case.octets(name));
        let (hash, iterations) = (case.hash("hash"), case.number("iterations"));
        let found = pbkdf1(hash, b"password", &salt, iterations, key.len()).unwrap();
        assert_eq!(found.as_bytes(), key, "{}", case.title());
    }
}

/// OpenSSL has no MD2 any more: RFC 8018 §5.1 written down.
#[test]
fn pbkdf1_with_md2_is_the_digest_of_digests() {
    use smimebatch_crypto::digest::one;
    let expected = one(Algorithm::Md2, b"passwordsalt");
    let expected = one(Algorithm::Md2, one(Algorithm::Md2, expected.as_bytes()).as_bytes());
    let found = pbkdf1(Algorithm::Md2, b"password", b"salt", 3, 16).unwrap();
    assert_eq!(found.as_bytes(), expected.as_bytes());
}

/// RFC 5869 §A.1 and §A.3, RFC 6070 §2, RFC 3211 §3, RFC 7914 §11.
#[test]
fn examples_of_the_rfcs() {
    let key_material = [0x0b; 22];
    let salt: Vec<u8> = (0..=12).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    for (salt, info, key) in [
        (
            &salt[..],
            &info[..],
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            &[],
            &[],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ] {
        let found = hkdf(Algorithm::Sha256, salt, &key_material, info, 42).unwrap();
        assert_eq!(found.as_bytes(), from_hex(key));
    }
    let long = b"All n-entities must communicate with other n-entities via n-1 entiteeheehees";
    let rfc_3211_salt = from_hex("1234567878563412");
    for (hash, password, salt, iterations, key) in [
        (
            Algorithm::Sha1,
            &b"password"[..],
            &b"salt"[..],
            4_096,
            "4b007901b765489abead49d926f721d065a429c1",
        ),
        (Algorithm::Sha1, b"password", &rfc_3211_salt, 5, "d1daa78615f287e6"),
        (
            Algorithm::Sha1,
            long,
            &rfc_3211_salt,
            500,
            "6a8970bf68c92caea84a8df28510858607126380cc47ab2d",
        ),
        (
            Algorithm::Sha256,
            b"passwd",
            b"salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
        ),
    ] {
        let key = from_hex(key);
        let found = pbkdf2(hash, password, salt, iterations, key.len()).unwrap();
        assert_eq!(found.as_bytes(), key);
    }
}

#[test]
fn what_is_not_defined_is_refused() {
    let secret = Secret::copy_of(b"secret");
    for hash in Algorithm::ALL {
        let is_extendable = matches!(hash, Algorithm::Shake128 | Algorithm::Shake256);
        let lacks_hmac = is_extendable || matches!(hash, Algorithm::Md2 | Algorithm::Ripemd160);
        let lacks_any = is_extendable || hash == Algorithm::Md2;
        assert_eq!(hkdf(hash, b"", b"key", b"", 8).is_err(), lacks_hmac, "{hash:?}");
        assert_eq!(pbkdf2(hash, b"", b"salt", 1, 8).is_err(), lacks_hmac, "{hash:?}");
        assert_eq!(x963(hash, &secret, b"", 8).is_err(), lacks_any, "{hash:?}");
        let found = pkcs12(hash, Pkcs12Purpose::Key, b"", b"salt", 1, 8);
        assert_eq!(found.is_err(), lacks_any, "{hash:?}");
        let has_pbkdf1 = matches!(hash, Algorithm::Md2 | Algorithm::Md5 | Algorithm::Sha1);
        assert_eq!(pbkdf1(hash, b"", b"salt", 1, 8).is_ok(), has_pbkdf1, "{hash:?}");
    }
    let sha1 = Algorithm::Sha1;
    assert_eq!(pbkdf1(sha1, b"", b"salt", 0, 8), Err(KdfError::Iterations));
    assert_eq!(pbkdf2(sha1, b"", b"salt", 0, 8), Err(KdfError::Iterations));
    let found = pkcs12(sha1, Pkcs12Purpose::Key, b"", b"salt", 0, 8);
    assert_eq!(found, Err(KdfError::Iterations));
    assert_eq!(pbkdf1(sha1, b"", b"salt", 1, 21), Err(KdfError::Length));
    assert!(hkdf(sha1, b"", b"", b"", 255 * 20).is_ok());
    assert_eq!(hkdf(sha1, b"", b"", b"", 255 * 20 + 1), Err(KdfError::Length));
}
