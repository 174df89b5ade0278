//! SignedData: content, certificates and signers (RFC 5652 §5.1; RFC 2315 §9.1).
//!
//! A signer that cannot be read is an error in its place, and costs none of the others;
//! certificates after bytes that are no element are lost with a quirk, and cost no signer.

use super::certificate_set::read_choices;
use super::content_info::ContentInfo;
use super::cursor::Cursor;
use super::encapsulated_content::{EncapsulatedContent, read_encapsulated_content};
use super::error::{CmsError, CmsLimit, Field};
use super::quirk::{CmsQuirks, Quirk};
use super::signer_info::{SignerInfo, read_signer_info};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Element, Tag};
use crate::codes::CodeSet;
use crate::limits;

/// RFC 5652 §5.1:
///
/// ```text
/// SignedData ::= SEQUENCE {
///   version CMSVersion,
///   digestAlgorithms DigestAlgorithmIdentifiers,
///   encapContentInfo EncapsulatedContentInfo,
///   certificates [0] IMPLICIT CertificateSet OPTIONAL,
///   crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///   signerInfos SignerInfos }
/// ```
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    /// `version`, a quirk at most (RULES 7).
    pub version: u32,
    /// `digestAlgorithms`, as far as they can be read: a hint that nothing may depend on (RULES 7).
    pub digest_algorithms: Vec<Oid<'a>>,
    /// `eContentType`.
    pub content_type: Oid<'a>,
    /// `eContent`.
    pub content: EncapsulatedContent<'a>,
    /// `certificates`: the X.509 ones, each whole, unread.
    pub certificates: Vec<&'a [u8]>,
    /// How many attribute certificates, extended and other certificates stand between them.
    pub other_certificates: usize,
    /// `crls`: the X.509 ones, each whole, unread.
    pub crls: Vec<&'a [u8]>,
    /// Revocation information of other formats (RFC 5652 §10.2.1, OCSP by RFC 5940), each whole
    /// with its `[1]`.
    pub other_revocation: Vec<&'a [u8]>,
    /// `signerInfos`, in order; none makes it certificates only (RULES 8).
    pub signer_infos: Vec<Result<SignerInfo<'a>, CmsError>>,
    /// Accepted deviations of the structure; each signer has its own.
    pub quirks: CmsQuirks,
    /// Caps that cut a list short.
    pub limits_hit: CodeSet<CmsLimit>,
}

/// Parses the content of a ContentInfo whose type is id-signedData.
///
/// # Errors
/// A [`CmsError`] when the structure around the signers cannot be read.
pub fn parse_signed_data<'a>(info: &ContentInfo<'a>) -> Result<SignedData<'a>, CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let mut limits_hit = CodeSet::EMPTY;
    let mut fields = info.open(oid::SIGNED_DATA, Field::SignedData)?;
    let version = fields.read_version()?;
    let digests = fields.read(Tag::SET, Field::DigestAlgorithms)?;
    let content = read_encapsulated_content(&mut fields, &mut quirks)?;
    let certificates = fields.read_optional(Tag::context_constructed(0), Field::Certificates)?;
    let crls = fields.read_optional(Tag::context_constructed(1), Field::Crls)?;
    let signers = fields.read(Tag::SET, Field::SignerInfos)?;
    if !fields.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    if signers.unterminated {
        quirks.insert(Quirk::MissingEndOfContents);
    }
    let certificates = read_choices(certificates, &mut quirks, &mut limits_hit);
    let crls = read_choices(crls, &mut quirks, &mut limits_hit);
    let signed_data = SignedData {
        version,
        digest_algorithms: read_digest_algorithms(&digests, &mut quirks),
        content_type: content.content_type,
        content: content.content,
        certificates: certificates.plain,
        other_certificates: certificates.other.len(),
        crls: crls.plain,
        other_revocation: crls.other,
        signer_infos: read_signer_infos(fields.inside(&signers), &mut limits_hit),
        quirks,
        limits_hit,
    };
    Ok(signed_data.with_structural_quirks(certificates.highest_choice))
}

impl SignedData<'_> {
    /// RFC 8551 §3.8: certificates or revocation lists, no content and no signers. NSS writes content of no octets.
    #[must_use]
    pub fn is_certs_only(&self) -> bool {
        let is_empty = match &self.content {
            EncapsulatedContent::Absent => true,
            content => content.octet_count() == 0 && !self.certificates.is_empty(),
        };
        self.signer_infos.is_empty() && is_empty
    }

    /// RULES 7: what the header claims about the signers, compared with them.
    fn with_structural_quirks(mut self, highest_choice: u32) -> Self {
        let readable = || self.signer_infos.iter().flatten();
        let listed = |oid| self.digest_algorithms.contains(&oid);
        let complete = readable().all(|signer| listed(signer.digest_algorithm.oid));
        // RFC 5652 §5.1, the table of versions.
        let usual_version = match highest_choice {
            3.. => 5,
            _ if !self.other_revocation.is_empty() => 5,
            2 => 4,
            1 => 3,
            _ if self.content_type != oid::DATA => 3,
            _ if readable().any(|signer| signer.version == 3) => 3,
            _ => 1,
        };
        if !complete {
            self.quirks.insert(Quirk::DigestAlgorithmsIncomplete);
        }
        if self.version != usual_version {
            self.quirks.insert(Quirk::UnusualVersion);
        }
        self
    }
}

/// RULES 7: object identifiers as far as they can be read; no more than there may be signers.
///
/// Nothing signs the set and nothing depends on it, so that it can hold a whole document for readers that look for one:
/// parameters that no digest has, and what is no algorithm, are said.
fn read_digest_algorithms<'a>(set: &Element<'a>, quirks: &mut CmsQuirks) -> Vec<Oid<'a>> {
    let mut reader = set.reader();
    let mut algorithms = Vec::new();
    while algorithms.len() < limits::SIGNERS {
        let Ok(algorithm) = reader.read(Tag::SEQUENCE) else {
            break;
        };
        let mut fields = algorithm.reader();
        if let Ok(oid) = fields.read(Tag::OID) {
            algorithms.push(Oid(oid.content));
        }
        // RFC 5754 §2: absent, or NULL as older software writes it.
        let is_null = |null: Element<'_>| null.content.is_empty();
        let is_plain =
            fields.is_empty() || fields.read(Tag::NULL).is_ok_and(is_null) && fields.is_empty();
        if !is_plain {
            quirks.insert(Quirk::UnexpectedAlgorithmParameters);
        }
    }
    if !reader.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    algorithms
}

/// Reads the signers up to [`limits::SIGNERS`] or to where the next one's start is unknown.
fn read_signer_infos<'a>(
    mut cursor: Cursor<'a>,
    limits_hit: &mut CodeSet<CmsLimit>,
) -> Vec<Result<SignerInfo<'a>, CmsError>> {
    // Nearly always one; room for more would be four times 336 bytes.
    let mut signers = Vec::with_capacity(1);
    while !cursor.is_empty() {
        if signers.len() == limits::SIGNERS {
            limits_hit.insert(CmsLimit::Signers);
            break;
        }
        match read_signer_info(&mut cursor) {
            Ok(signer) => signers.push(Ok(signer)),
            Err(broken) => {
                signers.push(Err(broken.error));
                if broken.framing_lost {
                    break;
                }
            }
        }
    }
    signers
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        self, CADES, CERTS_ONLY, CRYPTOGRAPHY_SIGNED, DETACHED, KEYID, NOATTR, NOCERTS, OPAQUE,
        PSS, RECEIPT_TYPE, SMIME_PKCS7, STREAM, STREAM_DETACHED, TWO_SIGNERS, algorithm, element,
        object_identifier, signed, signed_data, signed_parts, signer_info_with,
    };
    use super::*;
    use crate::asn1::reader::Error;

    #[test]
    fn signed_data_of_other_tools_has_no_quirks() {
        for object in [
            CADES,
            CERTS_ONLY,
            CRYPTOGRAPHY_SIGNED,
            DETACHED,
            KEYID,
            NOATTR,
            NOCERTS,
            OPAQUE,
            PSS,
            SMIME_PKCS7,
            STREAM,
            STREAM_DETACHED,
            TWO_SIGNERS,
            RECEIPT_TYPE,
        ] {
            let signed_data = signed_data(object);
            assert_eq!(signed_data.quirks, CmsQuirks::EMPTY);
            assert!(signed_data.limits_hit.is_empty());
            for signer in &signed_data.signer_infos {
                assert_eq!(signer.as_ref().unwrap().quirks, CmsQuirks::EMPTY);
            }
        }
    }

    #[test]
    fn certificates_are_whole_and_in_order() {
        let certificates = signed_data(TWO_SIGNERS).certificates;
        assert_eq!(certificates.len(), 2);
        for certificate in certificates {
            crate::asn1::reader::parse_single(certificate, Tag::SEQUENCE).unwrap();
        }
        assert_eq!(signed_data(NOCERTS).certificates.len(), 0);
    }

    #[test]
    fn rule_08_object_without_signers_is_certificates_only() {
        let certs_only = signed_data(CERTS_ONLY);
        assert_eq!(certs_only.certificates.len(), 2);
        assert!(certs_only.signer_infos.is_empty());
        assert!(certs_only.is_certs_only());
        let with_content = |octets: &[u8], certificates: &[u8]| {
            let wrapped = element(0xa0, &[&element(0x04, &[octets])]);
            let content = element(0x30, &[&object_identifier(oid::DATA), &wrapped]);
            signed_parts(&element(0x31, &[]), &content, certificates, &[])
        };
        let certificates = element(0xa0, &[&element(0x30, &[b"?"])]);
        assert!(signed_data(&with_content(b"", &certificates)).is_certs_only());
        assert!(!signed_data(&with_content(b"", b"")).is_certs_only());
        assert!(!signed_data(&with_content(b"x", &certificates)).is_certs_only());
    }

    #[test]
    fn rule_08_every_signer_is_a_row_and_a_broken_one_costs_no_other() {
        assert_eq!(signed_data(TWO_SIGNERS).signer_infos.len(), 2);
        let good = signer_info_with(&[], &[]);
        let no_signature = fixtures::signer_info(&[&algorithm()]);
        let no_sequence = element(0x04, &[b"?"]);
        let bytes = signed(&[&no_signature, &good, &no_sequence, &good, &[0x30, 0x05]]);
        let read: Vec<bool> = signed_data(&bytes).signer_infos.iter().map(Result::is_ok).collect();
        assert_eq!(read, [false, true, false, true, false]);
    }

    #[test]
    fn rule_07_digest_algorithms_decide_nothing() {
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        let signer = signer_info_with(&[], &[]);
        let other = element(0x30, &[&object_identifier(Oid(&[0x2a, 0x07]))]);
        for (digests, is_listed) in [
            (vec![], true),
            (other, true),
            (element(0x04, &[b"x"]), false),
            (vec![0x30, 0x7f], false),
            (vec![0xff], false),
        ] {
            let bytes = signed_parts(&element(0x31, &[&digests]), &content, &[], &[&signer]);
            let signed_data = signed_data(&bytes);
            assert!(signed_data.signer_infos[0].is_ok());
            let mut expected = CmsQuirks::of(Quirk::DigestAlgorithmsIncomplete);
            if !is_listed {
                expected.insert(Quirk::TrailingElements);
            }
            assert_eq!(signed_data.quirks, expected);
        }
        let good = signed(&[&signer]);
        assert_eq!(signed_data(&good).quirks, CmsQuirks::EMPTY);
    }

    #[test]
    fn rule_07_digest_algorithms_that_hold_more_than_algorithms_are_a_quirk() {
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        let signer = signer_info_with(&[], &[]);
        let quirks_of = |beside: &[u8]| {
            let digests = element(0x31, &[&algorithm(), beside]);
            signed_data(&signed_parts(&digests, &content, &[], &[&signer])).quirks
        };
        let name = object_identifier(Oid(&[0x2a, 0x07]));
        for plain in [element(0x30, &[&name]), element(0x30, &[&name, &[5, 0]])] {
            assert_eq!(quirks_of(&plain), CmsQuirks::EMPTY);
        }
        let document = element(0x04, &[b"%PDF-1.4"]);
        for parameters in [&[&*document][..], &[&[5, 0], &document], &[&[5, 1, 0]], &[&[0x30, 0]]] {
            let holder = element(0x30, &[&*name, &parameters.concat()]);
            assert_eq!(quirks_of(&holder), CmsQuirks::of(Quirk::UnexpectedAlgorithmParameters));
        }
        assert_eq!(quirks_of(&document), CmsQuirks::of(Quirk::TrailingElements));
    }

    #[test]
    fn rule_07_version_is_a_quirk() {
        let mut bytes = signed(&[]);
        let at = bytes.windows(3).position(|w| w == [0x02, 1, 1]).unwrap() + 2;
        for version in [0, 2, 3, 4, 5, 0x80, 0xff] {
            bytes[at] = version;
            assert_eq!(signed_data(&bytes).quirks, CmsQuirks::of(Quirk::UnusualVersion));
        }
    }

    #[test]
    fn rule_07_usual_version_follows_from_what_is_inside() {
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        let receipt = element(0x30, &[&object_identifier(oid::RECEIPT)]);
        let certificates = |choice: u8| element(0xa0, &[&element(choice, &[])]);
        let revocation = element(0xa1, &[&element(0xa1, &[])]);
        for (content, sets, usual) in [
            (&content, vec![], 1),
            (&receipt, vec![], 3),
            (&content, certificates(0xa0), 1),
            (&content, certificates(0xa1), 3),
            (&content, certificates(0xa2), 4),
            (&content, certificates(0xa3), 5),
            (&content, revocation.clone(), 5),
            (&content, [certificates(0xa2), revocation].concat(), 5),
        ] {
            let mut bytes = signed_parts(&element(0x31, &[]), content, &sets, &[]);
            let at = bytes.windows(3).position(|w| w == [0x02, 1, 1]).unwrap() + 2;
            for version in 0..7 {
                bytes[at] = version;
                let is_odd = signed_data(&bytes).quirks.contains(Quirk::UnusualVersion);
                assert_eq!(is_odd, version != usual, "{version} {sets:?}");
            }
        }
    }

    #[test]
    fn certificate_set_with_other_choices_and_a_broken_end_keeps_the_signers() {
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        let certificate = element(0x30, &[b"c"]);
        let other = element(0xa2, &[b"attribute certificate"]);
        let certificates = element(0xa0, &[&certificate, &other, &certificate, &[0x30, 0x09]]);
        let ocsp = element(0xa1, &[b"response"]);
        let crls = element(0xa1, &[&certificate, &ocsp]);
        let sets = [certificates, crls].concat();
        let digests = element(0x31, &[&algorithm()]);
        let signer = signer_info_with(&[], &[]);
        let bytes = signed_parts(&digests, &content, &sets, &[&signer]);
        let signed_data = signed_data(&bytes);
        assert_eq!(signed_data.certificates, [&certificate, &certificate]);
        assert_eq!(signed_data.other_certificates, 1);
        assert_eq!(signed_data.crls, [&certificate]);
        assert_eq!(signed_data.other_revocation, [&ocsp]);
        assert!(signed_data.quirks.contains(Quirk::MalformedCertificateSet));
        assert_eq!(signed_data.signer_infos.len(), 1);
    }

    #[test]
    fn rule_43_caps_cut_lists_and_say_so() {
        let signer = signer_info_with(&[], &[]);
        let bytes = signed(&vec![signer.as_slice(); limits::SIGNERS + 1]);
        let signed_data = signed_data(&bytes);
        assert_eq!(signed_data.signer_infos.len(), limits::SIGNERS);
        assert_eq!(signed_data.limits_hit, CodeSet::of(CmsLimit::Signers));
        let certificates = element(0xa0, &[&[0x30, 0].repeat(limits::CERTIFICATES_PER_OBJECT + 1)]);
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        let bytes = signed_parts(&element(0x31, &[]), &content, &certificates, &[]);
        let signed_data = fixtures::signed_data(&bytes);
        assert_eq!(signed_data.certificates.len(), limits::CERTIFICATES_PER_OBJECT);
        assert_eq!(signed_data.limits_hit, CodeSet::of(CmsLimit::CertificatesPerObject));
    }

    #[test]
    fn signed_data_under_another_content_type_is_refused() {
        let mut info = super::super::content_info::parse_content_info(DETACHED).unwrap().0;
        info.content_type = oid::ENVELOPED_DATA;
        assert_eq!(parse_signed_data(&info).unwrap_err().found, Error::Malformed);
    }
}
