//! One parsed certificate (RFC 5280 §4.1), tolerant of historic encodings (RULES 18).

use std::ops::Range;
use smimebatch_crypto::signature::PublicKey;

/// How the subject's public key came out.
#[derive(Clone)]
pub enum SubjectKey {
    /// Usable.
    Ready(PublicKey),
    /// DSA without parameters: inherited from the issuer (RFC 3279 §2.3.2); the y value, big-endian.
    DsaInherits(Box<[u8]>),
    /// Algorithm or curve not offered.
    Unsupported,
    /// Not a key.
    Malformed,
}

// THE CONTRACT (owner of this file implements; other rooms read only these):
//
// pub struct Certificate { pub der: Arc<[u8]> , pub sha256: [u8;32], pub spki_sha256: [u8;32],
//   pub version: u8 (1..=3), pub serial: Box<[u8]> (content octets as encoded),
//   pub subject: Name, pub issuer: Name  (Name { pub der: Range<usize> into Certificate::der, pub normalized: Box<[u8]> ,
//        // RFC 5280 §7.1 comparison form, plus a fast u64 hash of it; eq = bytes equal or normalized equal })
//   pub not_before_unix_s: i64, pub not_after_unix_s: i64,
//   pub subject_key_identifier: Option<Box<[u8]>>, pub authority_key_identifier: Option<AuthorityKeyIdentifier{key_identifier, issuer(raw GeneralNames), serial}>,
//   pub key_usage: Option<KeyUsage(u16 bits)>, pub extended_key_usage: Option<Vec<Oid-bytes>>, pub basic_constraints: Option<BasicConstraints{is_ca, path_length: Option<u32>}>,
//   pub policies: Vec<oid>, pub has_name_constraints/has_policy_constraints/has_policy_mappings/has_inhibit_any_policy: bool,
//   pub unprocessed_critical: Vec<oid>, pub addresses: Vec<CertificateAddress{kind: Rfc822Name|SmtpUtf8|DnEmail, text: Box<str>, contains_nul: bool}>,
//   pub key: SubjectKey, pub key_algorithm name/bits/curve, pub signature_algorithm: cms AlgorithmIdentifier → Scheme + digest (shared with cms, see cms/algorithms.rs),
//   pub tbs: Range<usize>, pub signature: Range<usize>, pub self_issued: bool, pub quirks }
// pub fn parse_certificate(der: &[u8]) -> Result<Certificate, CertificateError>

/// Where the value lies in the DER.
pub type DerRange = Range<usize>;
