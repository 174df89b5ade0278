//! CertificateSet and RevocationInfoChoices: certificates and revocation lists, unread (RFC 5652
//! §10.2.1, §10.2.3).

use super::error::CmsLimit;
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::reader::{Element, Reader, Tag};
use crate::codes::CodeSet;
use crate::limits;

/// The members of one set, X.509 apart from the tagged alternatives:
///
/// ```text
/// CertificateChoices ::= CHOICE {
///   certificate Certificate,
///   extendedCertificate [0] IMPLICIT ExtendedCertificate,
///   v1AttrCert [1] IMPLICIT AttributeCertificateV1,
///   v2AttrCert [2] IMPLICIT AttributeCertificateV2,
///   other [3] IMPLICIT OtherCertificateFormat }
/// RevocationInfoChoice ::= CHOICE {
///   crl CertificateList,
///   other [1] IMPLICIT OtherRevocationInfoFormat }
/// ```
#[derive(Default)]
pub(super) struct Choices<'a> {
    /// The X.509 certificates or lists, each whole.
    pub(super) plain: Vec<&'a [u8]>,
    /// The tagged alternatives, each whole.
    pub(super) other: Vec<&'a [u8]>,
    /// The highest tag number of those.
    pub(super) highest_choice: u32,
}

/// Reads the members up to [`limits::CERTIFICATES_PER_OBJECT`] or to what is no element.
pub(super) fn read_choices<'a>(
    set: Option<Element<'a>>,
    quirks: &mut CmsQuirks,
    limits_hit: &mut CodeSet<CmsLimit>,
) -> Choices<'a> {
    let mut choices = Choices::default();
    let mut reader = set.map_or(Reader::new(&[]), |set| set.reader());
    while !reader.is_empty() {
        if choices.plain.len() + choices.other.len() == limits::CERTIFICATES_PER_OBJECT {
            limits_hit.insert(CmsLimit::CertificatesPerObject);
            break;
        }
        match reader.read_element() {
            Ok(element) if element.tag == Tag::SEQUENCE => choices.plain.push(element.raw),
            Ok(element) => {
                choices.highest_choice = choices.highest_choice.max(element.tag.number);
                choices.other.push(element.raw);
            }
            Err(_) => {
                quirks.insert(Quirk::MalformedCertificateSet);
                break;
            }
        }
    }
    choices
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(set: &[u8]) -> (usize, usize, bool) {
        let element = Reader::new(set).read_element().unwrap();
        let (mut quirks, mut limits_hit) = (CmsQuirks::EMPTY, CodeSet::EMPTY);
        let choices = read_choices(Some(element), &mut quirks, &mut limits_hit);
        (choices.plain.len(), choices.other.len(), !limits_hit.is_empty())
    }

    #[test]
    fn rule_43_members_of_both_kinds_count_towards_the_cap() {
        let half = limits::CERTIFICATES_PER_OBJECT / 2;
        let (other, plain) = (b"\xa1\x00".repeat(half), b"\x30\x00".repeat(half));
        let whole = super::super::fixtures::element(0xa0, &[&other, &plain]);
        assert_eq!(read(&whole), (half, half, false));
        let more = super::super::fixtures::element(0xa0, &[&other, &plain, b"\x30\x00"]);
        assert_eq!(read(&more), (half, half, true));
    }
}
