//! Attributes that carry time-stamp tokens: which they are, and what a token in each of them is over.
//!
//! RFC 3161 Appendix A and RFC 5126 §5.11.4, §6.3.5, §6.3.6 and §6.4.1, ETSI EN 319 122-1 §5.5. Tokens are cut out and
//! not looked into: each is a ContentInfo of its own.

use super::attributes::Attribute;
use super::signer_info::SignerInfo;
use crate::asn1::oid::{self, Oid};
use crate::codes::codes;
use crate::limits;

codes! {
    /// What a time-stamp token is over, by the attribute that carries it.
    pub enum TimeStampKind {
        Signature = "signature", "The signature value (RFC 3161 Appendix A).";
        Content = "content", "The content, before it was signed (RFC 5126 §5.11.4).";
        Complete = "complete", "The signature value, its time-stamps and references to validation data (RFC 5126 §6.3.5).";
        References = "references", "References to validation data only (RFC 5126 §6.3.6).";
        Archive = "archive", "The content, the signature and all that came with it, in an order of its own (RFC 5126 §6.4.1).";
        ArchiveV3 = "archive_v3", "The content's digest, the signature and an index of all that came with it (ETSI EN 319 122-1 §5.5.3).";
    }
}

/// A token of a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeStamp<'a> {
    /// What it is over.
    pub kind: TimeStampKind,
    /// The token: a ContentInfo, whole.
    pub token: &'a [u8],
}

impl<'a> SignerInfo<'a> {
    /// The time-stamp tokens that the signer carries: the signed ones, then the unsigned ones, each in stored order.
    ///
    /// At most one more than [`limits::TIME_STAMPS_PER_SIGNER`], so that the caller sees that there are more.
    #[must_use]
    pub fn time_stamps(&self) -> Vec<TimeStamp<'a>> {
        let signed = self.signed_attributes.iter().flat_map(|attributes| &attributes.list);
        let signed = signed.filter(|attribute| attribute.oid == oid::CONTENT_TIME_STAMP);
        let signed = signed.map(|attribute| (TimeStampKind::Content, attribute));
        let unsigned = self.unsigned_attributes.iter();
        let unsigned = unsigned.filter_map(|it| Some((unsigned_kind(it.oid)?, it)));
        signed
            .chain(unsigned)
            .flat_map(|(kind, attribute)| tokens(attribute).map(move |token| (kind, token)))
            .take(limits::TIME_STAMPS_PER_SIGNER + 1)
            .map(|(kind, token)| TimeStamp { kind, token })
            .collect()
    }

    /// ETSI EN 319 122-1 §5.5.2: what the signer of an archive time-stamp indexed, as it came; `None` unless there is
    /// exactly one index.
    #[must_use]
    pub fn archive_hash_index(&self) -> Option<&'a [u8]> {
        let indexes = [oid::ATS_HASH_INDEX, oid::ATS_HASH_INDEX_V3];
        let mut named =
            self.unsigned_attributes.iter().filter(|attribute| indexes.contains(&attribute.oid));
        let index = named.next()?.single_value().ok()?;
        named.next().is_none().then_some(index.raw)
    }
}

fn tokens<'a>(attribute: &Attribute<'a>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    attribute.values().filter_map(Result::ok).map(|value| value.raw)
}

fn unsigned_kind(oid: Oid<'_>) -> Option<TimeStampKind> {
    Some(match oid {
        oid::TIME_STAMP_TOKEN => TimeStampKind::Signature,
        oid::ESC_TIME_STAMP => TimeStampKind::Complete,
        oid::CERT_CRL_TIME_STAMP => TimeStampKind::References,
        oid::ARCHIVE_TIME_STAMP | oid::ARCHIVE_TIME_STAMP_V2 => TimeStampKind::Archive,
        oid::ARCHIVE_TIME_STAMP_V3 => TimeStampKind::ArchiveV3,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        DETACHED, attribute, element, message_digest_attribute, signed, signer, signer_info_with,
    };
    use super::*;

    fn kinds(signed_ones: &[Oid<'_>], unsigned: &[Oid<'_>]) -> Vec<TimeStampKind> {
        let list = |tag, oids: &[Oid<'_>]| {
            let all: Vec<u8> = oids.iter().flat_map(|&oid| attribute(oid, &[DETACHED])).collect();
            element(tag, &[&message_digest_attribute(), &all])
        };
        let info = signer_info_with(&list(0xa0, signed_ones), &list(0xa1, unsigned));
        let bytes = signed(&[&info]);
        let found = signer(&bytes).time_stamps();
        assert!(found.iter().all(|found| found.token == DETACHED));
        found.iter().map(|found| found.kind).collect()
    }

    #[test]
    fn time_stamps_of_each_attribute_are_told_apart_by_where_they_stand() {
        use TimeStampKind as K;
        let unsigned = [
            oid::TIME_STAMP_TOKEN,
            oid::ESC_TIME_STAMP,
            oid::CERT_CRL_TIME_STAMP,
            oid::ARCHIVE_TIME_STAMP,
            oid::ARCHIVE_TIME_STAMP_V2,
            oid::ARCHIVE_TIME_STAMP_V3,
            oid::CONTENT_TIME_STAMP,
        ];
        assert_eq!(
            kinds(&[oid::CONTENT_TIME_STAMP], &unsigned),
            [
                K::Content,
                K::Signature,
                K::Complete,
                K::References,
                K::Archive,
                K::Archive,
                K::ArchiveV3
            ]
        );
        // Anyone may add an unsigned one, and a token over a signature cannot be under it.
        assert!(kinds(&[oid::TIME_STAMP_TOKEN], &[oid::CONTENT_TIME_STAMP]).is_empty());
    }

    #[test]
    fn rule_43_time_stamps_beyond_the_cap_are_not_cut_out() {
        let many = vec![DETACHED; 2 * limits::TIME_STAMPS_PER_SIGNER];
        let attribute = attribute(oid::TIME_STAMP_TOKEN, &many);
        let bytes = signed(&[&signer_info_with(&[], &element(0xa1, &[&attribute]))]);
        assert_eq!(signer(&bytes).time_stamps().len(), limits::TIME_STAMPS_PER_SIGNER + 1);
    }

    #[test]
    fn archive_hash_index_is_the_only_one() {
        let index = attribute(oid::ATS_HASH_INDEX_V3, &[&[0x30, 0]]);
        let old = attribute(oid::ATS_HASH_INDEX, &[&[0x30, 0]]);
        let found = |attributes: &[&[u8]]| {
            let bytes = signed(&[&signer_info_with(&[], &element(0xa1, attributes))]);
            signer(&bytes).archive_hash_index().map(<[u8]>::to_vec)
        };
        assert_eq!(found(&[&index]), Some(vec![0x30, 0]));
        assert_eq!(found(&[&old]), Some(vec![0x30, 0]));
        assert_eq!(found(&[&index, &old]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn fields_of_signer_end_with_its_signature() {
        let unsigned = element(0xa1, &[&attribute(oid::TIME_STAMP_TOKEN, &[DETACHED])]);
        let plain = signer_info_with(&[], &[]);
        let bytes = signed(&[&signer_info_with(&[], &unsigned)]);
        assert_eq!(signer(&bytes).fields, &plain[2..]);
        assert_eq!(*signer(&bytes).signature, signer(&bytes).fields[plain.len() - 5..]);
    }
}
