//! Deviations from the standards that are accepted, and said: one code each (RULES 32: `--strict`
//! refuses them all).
//!
//! Most are found while reading; those about digests, keys and signatures are set by the stages
//! that find them.

use crate::codes::{CodeSet, codes};

codes! {
    /// An accepted deviation (OUTPUT.md `quirks`).
    pub enum Quirk {
        TrailingBytes = "trailing_bytes", "Bytes follow the CMS object.";
        Base64Defects = "base64_defects", "The base64 of the object has characters that are none, wrong padding, or something behind its end.";
        MislabelledEncoding = "mislabelled_encoding", "The object is not in the transfer encoding that its part names.";
        PemArmour = "pem_armour", "The object stands between lines of PEM.";
        MissingEndOfContents = "missing_end_of_contents", "The end-of-contents of an indefinite length is missing at the end.";
        TrailingElements = "trailing_elements", "A structure carries more elements than its definition.";
        UnusualVersion = "unusual_version", "A version number is not the one its structure asks for.";
        DigestAlgorithmsIncomplete = "digest_algorithms_incomplete", "digestAlgorithms does not name the digest of every signer.";
        DetachedContentNotData = "detached_content_not_data", "A signature beside its content names another content type than id-data (RFC 8551 §2.4.2).";
        NonOctetStringContent = "non_octet_string_content", "The signed content is not an OCTET STRING (PKCS#7).";
        EmptyContentWrapper = "empty_content_wrapper", "The tag of the signed content holds nothing.";
        MalformedCertificateSet = "malformed_certificate_set", "The set of certificates or revocation lists ends in bytes that are no element.";
        AttributesNotSorted = "attributes_not_sorted", "The signed attributes are not in DER order.";
        AttributesNotDer = "attributes_not_der", "The signed attributes are not encoded with minimal definite lengths.";
        AttributesReencoded = "attributes_reencoded", "The signature fits the signed attributes only after encoding them anew.";
        MalformedUnsignedAttributes = "malformed_unsigned_attributes", "The unsigned attributes end in bytes that are no attribute.";
        ContentTypeInCountersignature = "content_type_in_countersignature", "A countersignature carries a contentType attribute (RFC 5652 §11.4).";
        TokenNotDer = "token_not_der", "A time-stamp token writes its time, its accuracy or a default otherwise than RFC 3161 §2.4.2 asks.";
        TwoHashesNamed = "two_hashes_named", "digestAlgorithm and signatureAlgorithm name different hashes (RFC 8933).";
        UnusualDigestForScheme = "unusual_digest_for_scheme", "The digest algorithm is not the one the signature scheme asks for, or is weaker than it (RFC 8419, RFC 9814, RFC 9882).";
        UnexpectedAlgorithmParameters = "unexpected_algorithm_parameters", "An algorithm identifier carries parameters its algorithm does not have.";
        PssParametersMissing = "pss_parameters_missing", "The RSASSA-PSS parameters are missing; the defaults stand for them (RFC 4055).";
        RawEcdsaSignature = "raw_ecdsa_signature", "The ECDSA signature is r and s side by side instead of DER.";
        ShortRsaSignature = "short_rsa_signature", "The RSA signature is shorter than the modulus.";
        NegativeModulus = "negative_modulus", "The RSA modulus is encoded as a negative number.";
        IssuerSerialMismatch = "issuer_serial_mismatch", "The issuer and serial in a signing-certificate attribute differ from the certificate's.";
    }
}

/// The quirks of one object or signer.
pub type CmsQuirks = CodeSet<Quirk>;
