//! Certificate policies, their mappings and the constraints on both (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14).
//!
//! Decoded, not applied: see [`crate::path`]. Qualifiers are for people; of them only whether all are of a known kind is
//! kept.

use super::extensions::OidBytes;
use crate::asn1::oid::read_oid;
use crate::asn1::reader::{Error, Result, Tag, parse_single};
use crate::asn1::values::{is_negative, parse_u32, unsigned_magnitude};

/// anyPolicy (RFC 5280 §4.2.1.4), content octets.
pub const ANY_POLICY: &[u8] = b"\x55\x1d\x20\x00";

/// id-qt-cps and id-qt-unotice (RFC 5280 §4.2.1.4), content octets without the last arc.
const QUALIFIERS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x02";

/// One mapping of PolicyMappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMapping {
    /// issuerDomainPolicy.
    pub issuer_domain: OidBytes,
    /// subjectDomainPolicy: considered equivalent.
    pub subject_domain: OidBytes,
}

/// PolicyConstraints: how many certificates may follow before each begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy.
    pub require_explicit_policy: Option<u32>,
    /// inhibitPolicyMapping.
    pub inhibit_policy_mapping: Option<u32>,
}

/// CertificatePolicies, without qualifiers.
pub(super) struct Policies {
    pub(super) identifiers: Vec<OidBytes>,
    /// Some qualifier is neither a pointer to a statement nor a notice.
    pub(super) has_unknown_qualifier: bool,
}

/// RFC 5280 §4.2.1.4.
pub(super) fn parse_policies(value: &[u8]) -> Result<Policies> {
    let mut list = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut policies = Policies { identifiers: Vec::new(), has_unknown_qualifier: false };
    while !list.is_empty() {
        let mut information = list.read(Tag::SEQUENCE)?.reader();
        policies.identifiers.push(read_oid(&mut information)?.into());
        let Some(qualifiers) = information.read_optional(Tag::SEQUENCE)? else { continue };
        let mut qualifiers = qualifiers.reader();
        while !qualifiers.is_empty() {
            let kind = read_oid(&mut qualifiers.read(Tag::SEQUENCE)?.reader())?;
            let is_known = matches!(kind.strip_prefix(QUALIFIERS), Some([1 | 2]));
            policies.has_unknown_qualifier |= !is_known;
        }
    }
    Ok(policies)
}

/// RFC 5280 §4.2.1.5.
pub(super) fn parse_policy_mappings(value: &[u8]) -> Result<Box<[PolicyMapping]>> {
    let mut list = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut pair = list.read(Tag::SEQUENCE)?.reader();
        let mut read = || Ok(OidBytes::from(read_oid(&mut pair)?));
        mappings.push(PolicyMapping { issuer_domain: read()?, subject_domain: read()? });
        if !pair.is_empty() {
            return Err(Error::Malformed);
        }
    }
    Ok(mappings.into())
}

/// RFC 5280 §4.2.1.11.
pub(super) fn parse_policy_constraints(value: &[u8]) -> Result<PolicyConstraints> {
    let mut fields = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut read = |number| {
        let skip = fields.read_optional(Tag::context_primitive(number))?;
        skip.map(|element| parse_count(element.content)).transpose()
    };
    let constraints =
        PolicyConstraints { require_explicit_policy: read(0)?, inhibit_policy_mapping: read(1)? };
    if fields.is_empty() { Ok(constraints) } else { Err(Error::Malformed) }
}

/// RFC 5280 §4.2.1.14.
pub(super) fn parse_inhibit_any_policy(value: &[u8]) -> Result<u32> {
    parse_count(parse_single(value, Tag::INTEGER)?.content)
}

/// A number of certificates: not negative; one too great for a `u32` is never reached by a path.
pub(super) fn parse_count(content: &[u8]) -> Result<u32> {
    if !is_negative(content) && unsigned_magnitude(content).len() > 4 {
        return Ok(u32::MAX);
    }
    parse_u32(content)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_without_their_qualifiers() {
        // 1.2.3 with a pointer and a notice, then anyPolicy.
        let known = b"\x30\x27\x30\x1d\x06\x02\x2a\x03\x30\x17\
            \x30\x0c\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x01\x16\x00\
            \x30\x07\x06\x03\x2b\x06\x01\x30\x00\x30\x06\x06\x04\x55\x1d\x20\x00";
        let policies = parse_policies(known).unwrap();
        let expected: [OidBytes; 2] = [b"\x2a\x03".as_slice().into(), ANY_POLICY.into()];
        assert_eq!(policies.identifiers, expected);
        assert!(policies.has_unknown_qualifier, "1.3.6.1 is none");
        let plain = parse_policies(b"\x30\x06\x30\x04\x06\x02\x2a\x03").unwrap();
        assert!(!plain.has_unknown_qualifier);
    }

    #[test]
    fn policy_constraints_are_two_counts_and_either_may_be_missing() {
        let of = |value: &[u8]| {
            let found = parse_policy_constraints(value).ok()?;
            Some((found.require_explicit_policy, found.inhibit_policy_mapping))
        };
        assert_eq!(of(b"\x30\x06\x80\x01\x00\x81\x01\x02"), Some((Some(0), Some(2))));
        assert_eq!(of(b"\x30\x03\x81\x01\x02"), Some((None, Some(2))));
        assert_eq!(of(b"\x30\x00"), Some((None, None)));
        assert_eq!(of(b"\x30\x03\x80\x01\xff"), None, "negative");
        assert_eq!(of(b"\x30\x03\x82\x01\x00"), None, "a third");
        assert_eq!(of(b"\x30\x07\x80\x05\x01\x00\x00\x00\x00"), Some((Some(u32::MAX), None)));
        assert_eq!(parse_inhibit_any_policy(b"\x02\x01\x03"), Ok(3));
        assert_eq!(parse_inhibit_any_policy(b"\x02\x04\x01\x00\x00\x02"), Ok((1 << 24) + 2));
        assert!(parse_inhibit_any_policy(b"\x02\x01\x83").is_err());
    }

    #[test]
    fn policy_mapping_is_a_pair() {
        let mappings = parse_policy_mappings(b"\x30\x0a\x30\x08\x06\x02\x2a\x03\x06\x02\x2a\x04");
        let expected = PolicyMapping {
            issuer_domain: b"\x2a\x03".as_slice().into(),
            subject_domain: b"\x2a\x04".as_slice().into(),
        };
        assert_eq!(mappings, Ok([expected].into()));
        assert!(parse_policy_mappings(b"\x30\x06\x30\x04\x06\x02\x2a\x03").is_err());
    }
}
