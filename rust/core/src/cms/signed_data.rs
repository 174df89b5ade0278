//! SignedData: content, certificates and signers (RFC 5652 §5.1; RFC 2315 §9.1).
//!
//! A signer that cannot be read is an error in its place, and costs none of the others; certificates after bytes
//! that are no element are lost with a quirk, and cost no signer.

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
    /// Revocation information of other formats (RFC 5652 §10.2.1, OCSP by RFC 5940), each whole with its `[1]`.
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
        digest_algorithms: read_digest_algorithms(&digests),
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
fn read_digest_algorithms<'a>(set: &Element<'a>) -> Vec<Oid<'a>> {
    let mut reader = set.reader();
    let mut algorithms = Vec::new();
    while algorithms.len() < limits::SIGNERS {
        let Ok(algorithm) = reader.read(Tag::SEQUENCE) else {
            break;
        };
        if let Ok(oid) = algorithm.reader().read(Tag::OID) {
            algorithms.push(Oid(oid.content));
        }
    }
    algorithms
}

/// Reads the signers up to [`limits::SIGNERS`] or to where the next one's start is unknown.
fn read_signer_infos<'a>(
    mut cursor: Cursor<'a>,
    limits_hit: &mut CodeSet<CmsLimit>,
) -> Vec<Result<SignerInfo<'a>, CmsError>> {
    let mut signers = Vec::new();
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
