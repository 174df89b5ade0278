//! Certificate lists, OCSP responses and certificates that a SignedData carries for its validation, each whole, unread.
//!
//! `crls` (RFC 5652 §10.2.1) with the responses of RFC 5940, and the values that CAdES adds to a signer's unsigned
//! attributes (RFC 5126 §6.3.3, §6.3.4). Nothing protects them; they protect themselves.

use super::attributes::Attribute;
use super::signed_data::SignedData;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Result, Tag, parse_single};
use crate::limits;

/// What a SignedData carries about revocation.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct RevocationValues<'a> {
    /// Certificate lists.
    pub lists: Vec<&'a [u8]>,
    /// OCSPResponses and BasicOCSPResponses.
    pub responses: Vec<&'a [u8]>,
}

impl<'a> SignedData<'a> {
    /// The lists and responses, up to [`limits::REVOCATION_OBJECTS_PER_OBJECT`] of both together.
    #[must_use]
    pub fn revocation_values(&self) -> RevocationValues<'a> {
        let mut values = RevocationValues::default();
        for list in &self.crls {
            values.add_list(list);
        }
        for other in &self.other_revocation {
            if let Some(response) = other_ocsp_response(other) {
                values.add_response(response);
            }
        }
        for attribute in self.unsigned_attributes_named(oid::REVOCATION_VALUES) {
            for value in attribute.values().flatten() {
                // What cannot be read to its end is used as far as it goes.
                let _ = values.read_attribute(value.raw);
            }
        }
        values
    }

    /// The certificates of id-aa-ets-certValues, which may help to build a path; with those of
    /// [`SignedData::certificates`] no more than [`limits::CERTIFICATES_PER_OBJECT`].
    #[must_use]
    pub fn certificate_values(&self) -> Vec<&'a [u8]> {
        let room = limits::CERTIFICATES_PER_OBJECT.saturating_sub(self.certificates.len());
        let mut found = Vec::new();
        for attribute in self.unsigned_attributes_named(oid::CERTIFICATE_VALUES) {
            for value in attribute.values().flatten() {
                let mut list = value.reader();
                while let (Ok(certificate), true) = (list.read(Tag::SEQUENCE), found.len() < room) {
                    found.push(certificate.raw);
                }
            }
        }
        found
    }

    fn unsigned_attributes_named(
        &self,
        name: Oid<'static>,
    ) -> impl Iterator<Item = &Attribute<'a>> {
        let signers = self.signer_infos.iter().flatten();
        let attributes = signers.flat_map(|signer| &signer.unsigned_attributes);
        attributes.filter(move |attribute| attribute.oid == name)
    }
}

impl<'a> RevocationValues<'a> {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.responses.is_empty()
    }

    fn has_room(&self) -> bool {
        self.lists.len() + self.responses.len() < limits::REVOCATION_OBJECTS_PER_OBJECT
    }

    fn add_list(&mut self, list: &'a [u8]) {
        if self.has_room() && list.len() <= limits::REVOCATION_BYTES_FROM_MESSAGE {
            self.lists.push(list);
        }
    }

    fn add_response(&mut self, response: &'a [u8]) {
        if self.has_room() && response.len() <= limits::REVOCATION_BYTES_FROM_MESSAGE {
            self.responses.push(response);
        }
    }

    /// RFC 5126 §6.3.4, tagged explicitly (§A.1):
    ///
    /// ```text
    /// RevocationValues ::= SEQUENCE {
    ///   crlVals [0] SEQUENCE OF CertificateList OPTIONAL,
    ///   ocspVals [1] SEQUENCE OF BasicOCSPResponse OPTIONAL,
    ///   otherRevVals [2] OtherRevVals OPTIONAL }
    /// ```
    fn read_attribute(&mut self, value: &'a [u8]) -> Result<()> {
        let mut fields = parse_single(value, Tag::SEQUENCE)?.reader();
        if let Some(lists) = fields.read_optional(Tag::context_constructed(0))? {
            let mut lists = lists.reader().read(Tag::SEQUENCE)?.reader();
            while !lists.is_empty() && self.has_room() {
                self.add_list(lists.read(Tag::SEQUENCE)?.raw);
            }
        }
        if let Some(responses) = fields.read_optional(Tag::context_constructed(1))? {
            let mut responses = responses.reader().read(Tag::SEQUENCE)?.reader();
            while !responses.is_empty() && self.has_room() {
                self.add_response(responses.read(Tag::SEQUENCE)?.raw);
            }
        }
        Ok(())
    }
}

/// OtherRevocationInfoFormat under its `[1]`, where it is an OCSP response (RFC 5940 §2).
fn other_ocsp_response(other: &[u8]) -> Option<&[u8]> {
    let mut fields = Reader::new(other).read(Tag::context_constructed(1)).ok()?.reader();
    let format = Oid(fields.read(Tag::OID).ok()?.content);
    let response = fields.read(Tag::SEQUENCE).ok()?;
    (format == oid::OCSP_RESPONSE).then_some(response.raw)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        algorithm, element, object_identifier, signed_data, signed_parts, signer_info_with,
    };
    use super::*;

    fn with_attribute(name: Oid<'_>, value: &[u8], crls: &[u8]) -> Vec<u8> {
        let values = element(0x31, &[value]);
        let attribute = element(0x30, &[&object_identifier(name), &values]);
        let signer = signer_info_with(&[], &element(0xa1, &[&attribute]));
        let content = element(0x30, &[&object_identifier(oid::DATA)]);
        signed_parts(&element(0x31, &[&algorithm()]), &content, crls, &[&signer])
    }

    #[test]
    fn revocation_values_of_crls_and_attributes_are_found_in_order() {
        let list = element(0x30, &[b"list"]);
        let response = element(0x30, &[b"response"]);
        let basic = element(0x30, &[b"basic"]);
        let ocsp = element(0xa1, &[&object_identifier(oid::OCSP_RESPONSE), &response]);
        let other = element(0x30, &[b"of another kind"]);
        let scvp = element(0xa1, &[&object_identifier(oid::DATA), &other]);
        let crls = element(0xa1, &[&list, &ocsp, &scvp]);
        let archived = element(0x30, &[b"archived"]);
        let lists = element(0xa0, &[&element(0x30, &[&archived])]);
        let responses = element(0xa1, &[&element(0x30, &[&basic])]);
        let value = element(0x30, &[&lists, &responses]);
        let bytes = with_attribute(oid::REVOCATION_VALUES, &value, &crls);
        let values = signed_data(&bytes).revocation_values();
        assert_eq!(values.lists, [&list, &archived]);
        assert_eq!(values.responses, [&response, &basic]);
        let none = with_attribute(oid::CERTIFICATE_VALUES, &value, &[]);
        assert!(signed_data(&none).revocation_values().is_empty());
        let lists_alone = with_attribute(oid::CERTIFICATE_VALUES, &value, &element(0xa1, &[&list]));
        assert!(!signed_data(&lists_alone).revocation_values().is_empty());
    }

    #[test]
    fn certificate_values_help_and_are_bounded() {
        let certificate = element(0x30, &[b"certificate"]);
        let value = element(0x30, &[&certificate.repeat(limits::CERTIFICATES_PER_OBJECT + 1)]);
        let bytes = with_attribute(oid::CERTIFICATE_VALUES, &value, &[]);
        let values = signed_data(&bytes).certificate_values();
        assert_eq!(values.len(), limits::CERTIFICATES_PER_OBJECT);
        assert_eq!(values[0], certificate);
    }

    #[test]
    fn rule_43_lists_and_responses_beyond_the_cap_are_left_out() {
        let many = |tag, count| {
            element(tag, &[&element(0x30, &[&element(0x30, &[b"one"]).repeat(count)])])
        };
        let cap = limits::REVOCATION_OBJECTS_PER_OBJECT;
        for (lists, responses) in [(cap + 1, 0), (10, cap), (cap - 10, 11)] {
            let value = element(0x30, &[&many(0xa0, lists), &many(0xa1, responses)]);
            let bytes = with_attribute(oid::REVOCATION_VALUES, &value, &[]);
            let values = signed_data(&bytes).revocation_values();
            assert_eq!(values.lists.len(), lists.min(cap));
            assert_eq!(values.lists.len() + values.responses.len(), cap, "both together");
        }
    }

    #[test]
    fn rule_43_list_or_response_too_large_is_left_out() {
        let large = vec![0; limits::REVOCATION_BYTES_FROM_MESSAGE + 1];
        let mut values = RevocationValues::default();
        for (length, count) in [(large.len(), 0), (large.len() - 1, 1)] {
            values.add_list(&large[..length]);
            values.add_response(&large[..length]);
            assert_eq!((values.lists.len(), values.responses.len()), (count, count));
        }
    }
}
