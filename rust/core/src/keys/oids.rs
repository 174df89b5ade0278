//! Object identifiers of key files: what a bag holds, how a key is made of a password, whose key it is.

use crate::asn1::oid::Oid;

/// Declares identifiers by name, dotted form and octets; a test holds the two against each other.
macro_rules! oids {
    ($($(#[$meta:meta])* $name:ident = $dotted:literal, $octets:literal;)+) => {
        $($(#[$meta])* pub(super) const $name: Oid<'static> = Oid($octets);)+
        #[cfg(test)]
        const DOTTED: &[(Oid<'static>, &str)] = &[$(($name, $dotted),)+];
    };
}

oids! {
    /// keyBag (RFC 7292 §4.2.1).
    KEY_BAG = "1.2.840.113549.1.12.10.1.1", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
    /// pkcs8ShroudedKeyBag (RFC 7292 §4.2.2).
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
    /// certBag (RFC 7292 §4.2.3).
    CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
    /// safeContentsBag (RFC 7292 §4.2.6).
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
    /// x509Certificate (RFC 7292 §4.2.3).
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";

    /// pbeWithSHAAnd128BitRC4 (RFC 7292 Appendix C).
    PBE_SHA1_RC4_128 = "1.2.840.113549.1.12.1.1", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x01";
    /// pbeWithSHAAnd40BitRC4 (RFC 7292 Appendix C).
    PBE_SHA1_RC4_40 = "1.2.840.113549.1.12.1.2", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x02";
    /// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 Appendix C).
    PBE_SHA1_3DES = "1.2.840.113549.1.12.1.3", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03";
    /// pbeWithSHAAnd2-KeyTripleDES-CBC (RFC 7292 Appendix C).
    PBE_SHA1_2DES = "1.2.840.113549.1.12.1.4", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x04";
    /// pbeWithSHAAnd128BitRC2-CBC (RFC 7292 Appendix C).
    PBE_SHA1_RC2_128 = "1.2.840.113549.1.12.1.5", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x05";
    /// pbewithSHAAnd40BitRC2-CBC (RFC 7292 Appendix C).
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x06";

    /// pbeWithMD2AndDES-CBC (RFC 8018 §A.3).
    PBE_MD2_DES = "1.2.840.113549.1.5.1", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x01";
    /// pbeWithMD5AndDES-CBC (RFC 8018 §A.3).
    PBE_MD5_DES = "1.2.840.113549.1.5.3", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03";
    /// pbeWithMD2AndRC2-CBC (RFC 8018 §A.3).
    PBE_MD2_RC2 = "1.2.840.113549.1.5.4", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x04";
    /// pbeWithMD5AndRC2-CBC (RFC 8018 §A.3).
    PBE_MD5_RC2 = "1.2.840.113549.1.5.6", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x06";
    /// pbeWithSHA1AndDES-CBC (RFC 8018 §A.3).
    PBE_SHA1_DES = "1.2.840.113549.1.5.10", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0a";
    /// pbeWithSHA1AndRC2-CBC (RFC 8018 §A.3).
    PBE_SHA1_RC2 = "1.2.840.113549.1.5.11", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0b";
    /// id-PBKDF2 (RFC 8018 §A.2).
    PBKDF2 = "1.2.840.113549.1.5.12", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    /// id-PBES2 (RFC 8018 §A.4).
    PBES2 = "1.2.840.113549.1.5.13", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    /// id-PBMAC1 (RFC 8018 §A.5, RFC 9579 §3).
    PBMAC1 = "1.2.840.113549.1.5.14", b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e";

    /// id-hmacWithMD5, of OpenSSL's PBKDF2 (RFC 8018 names none; 1.2.840.113549.2.6).
    HMAC_MD5 = "1.2.840.113549.2.6", b"\x2a\x86\x48\x86\xf7\x0d\x02\x06";
    /// id-hmacWithSHA1 (RFC 8018 §B.1.1).
    HMAC_SHA1 = "1.2.840.113549.2.7", b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";
    /// id-hmacWithSHA224 (RFC 8018 §B.1.2).
    HMAC_SHA224 = "1.2.840.113549.2.8", b"\x2a\x86\x48\x86\xf7\x0d\x02\x08";
    /// id-hmacWithSHA256 (RFC 8018 §B.1.2).
    HMAC_SHA256 = "1.2.840.113549.2.9", b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
    /// id-hmacWithSHA384 (RFC 8018 §B.1.2).
    HMAC_SHA384 = "1.2.840.113549.2.10", b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a";
    /// id-hmacWithSHA512 (RFC 8018 §B.1.2).
    HMAC_SHA512 = "1.2.840.113549.2.11", b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b";
    /// id-hmacWithSHA512-224 (RFC 8018 §B.1.2).
    HMAC_SHA512_224 = "1.2.840.113549.2.12", b"\x2a\x86\x48\x86\xf7\x0d\x02\x0c";
    /// id-hmacWithSHA512-256 (RFC 8018 §B.1.2).
    HMAC_SHA512_256 = "1.2.840.113549.2.13", b"\x2a\x86\x48\x86\xf7\x0d\x02\x0d";
    /// id-hmacWithSHA3-224 (NIST registry).
    HMAC_SHA3_224 = "2.16.840.1.101.3.4.2.13", b"\x60\x86\x48\x01\x65\x03\x04\x02\x0d";
    /// id-hmacWithSHA3-256 (NIST registry).
    HMAC_SHA3_256 = "2.16.840.1.101.3.4.2.14", b"\x60\x86\x48\x01\x65\x03\x04\x02\x0e";
    /// id-hmacWithSHA3-384 (NIST registry).
    HMAC_SHA3_384 = "2.16.840.1.101.3.4.2.15", b"\x60\x86\x48\x01\x65\x03\x04\x02\x0f";
    /// id-hmacWithSHA3-512 (NIST registry).
    HMAC_SHA3_512 = "2.16.840.1.101.3.4.2.16", b"\x60\x86\x48\x01\x65\x03\x04\x02\x10";

    /// rc2CBC (RFC 8018 §B.2.3).
    RC2_CBC = "1.2.840.113549.3.2", b"\x2a\x86\x48\x86\xf7\x0d\x03\x02";
    /// des-EDE3-CBC (RFC 8018 §B.2.2).
    DES_EDE3_CBC = "1.2.840.113549.3.7", b"\x2a\x86\x48\x86\xf7\x0d\x03\x07";
    /// desCBC (RFC 8018 §B.2.1).
    DES_CBC = "1.3.14.3.2.7", b"\x2b\x0e\x03\x02\x07";
    /// id-aes128-CBC (RFC 8018 §B.2.5).
    AES128_CBC = "2.16.840.1.101.3.4.1.2", b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
    /// id-aes192-CBC (RFC 8018 §B.2.5).
    AES192_CBC = "2.16.840.1.101.3.4.1.22", b"\x60\x86\x48\x01\x65\x03\x04\x01\x16";
    /// id-aes256-CBC (RFC 8018 §B.2.5).
    AES256_CBC = "2.16.840.1.101.3.4.1.42", b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
    /// id-camellia128-cbc (RFC 3657 §2).
    CAMELLIA128_CBC = "1.2.392.200011.61.1.1.1.2", b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x02";
    /// id-camellia192-cbc (RFC 3657 §2).
    CAMELLIA192_CBC = "1.2.392.200011.61.1.1.1.3", b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x03";
    /// id-camellia256-cbc (RFC 3657 §2).
    CAMELLIA256_CBC = "1.2.392.200011.61.1.1.1.4", b"\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x04";
    /// id-seedCBC (RFC 4010 §2).
    SEED_CBC = "1.2.410.200004.1.4", b"\x2a\x83\x1a\x8c\x9a\x44\x01\x04";

    /// rsaEncryption (RFC 8017 §A.1).
    RSA = "1.2.840.113549.1.1.1", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    /// id-RSAES-OAEP (RFC 8017 §A.2.1).
    RSAES_OAEP = "1.2.840.113549.1.1.7", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
    /// id-RSASSA-PSS (RFC 8017 §A.2.3).
    RSASSA_PSS = "1.2.840.113549.1.1.10", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
    /// id-ecPublicKey (RFC 5480 §2.1.1).
    EC = "1.2.840.10045.2.1", b"\x2a\x86\x48\xce\x3d\x02\x01";
    /// id-ecDH (RFC 5480 §2.1.2).
    ECDH = "1.3.132.1.12", b"\x2b\x81\x04\x01\x0c";
    /// id-X25519 (RFC 8410 §3).
    X25519 = "1.3.101.110", b"\x2b\x65\x6e";
    /// id-X448 (RFC 8410 §3).
    X448 = "1.3.101.111", b"\x2b\x65\x6f";
    /// id-Ed25519 (RFC 8410 §3).
    ED25519 = "1.3.101.112", b"\x2b\x65\x70";
    /// id-Ed448 (RFC 8410 §3).
    ED448 = "1.3.101.113", b"\x2b\x65\x71";
    /// id-alg-ml-kem-512 (RFC 9935 §3).
    ML_KEM_512 = "2.16.840.1.101.3.4.4.1", b"\x60\x86\x48\x01\x65\x03\x04\x04\x01";
    /// id-alg-ml-kem-768 (RFC 9935 §3).
    ML_KEM_768 = "2.16.840.1.101.3.4.4.2", b"\x60\x86\x48\x01\x65\x03\x04\x04\x02";
    /// id-alg-ml-kem-1024 (RFC 9935 §3).
    ML_KEM_1024 = "2.16.840.1.101.3.4.4.3", b"\x60\x86\x48\x01\x65\x03\x04\x04\x03";
    /// id-ml-dsa-44 (RFC 9881 §2).
    ML_DSA_44 = "2.16.840.1.101.3.4.3.17", b"\x60\x86\x48\x01\x65\x03\x04\x03\x11";
    /// id-ml-dsa-65 (RFC 9881 §2).
    ML_DSA_65 = "2.16.840.1.101.3.4.3.18", b"\x60\x86\x48\x01\x65\x03\x04\x03\x12";
    /// id-ml-dsa-87 (RFC 9881 §2).
    ML_DSA_87 = "2.16.840.1.101.3.4.3.19", b"\x60\x86\x48\x01\x65\x03\x04\x03\x13";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::oid::parse_dotted;

    #[test]
    fn octets_of_each_identifier_are_those_of_its_dotted_form() {
        for (oid, dotted) in DOTTED {
            assert_eq!(parse_dotted(dotted).as_deref(), Some(oid.0), "{dotted}");
        }
    }
}
