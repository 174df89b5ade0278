//! NameConstraints (RFC 5280 §4.2.1.10): the subtrees a CA may certify, and those it may not.
//!
//! Decoded, not applied: which names lie inside is asked by [`crate::path`].

use super::general_name::{GeneralName, parse_general_name};
use crate::asn1::reader::{Element, Error, Result, Tag, parse_single};
use crate::asn1::values::parse_u32;

/// The constraints of one CA certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// permittedSubtrees; empty where absent.
    pub permitted: Box<[GeneralSubtree]>,
    /// excludedSubtrees; empty where absent.
    pub excluded: Box<[GeneralSubtree]>,
}

/// GeneralSubtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralSubtree {
    /// base.
    pub base: GeneralName,
    /// A minimum other than 0, or a maximum, is given: RFC 5280 uses neither.
    pub has_distances: bool,
}

impl NameConstraints {
    /// All subtrees, permitted ones first.
    pub fn subtrees(&self) -> impl Iterator<Item = &GeneralSubtree> {
        self.permitted.iter().chain(&self.excluded)
    }
}

/// The value of the extension.
///
/// # Errors
/// Any [`Error`] of reading; [`Error::Malformed`] for an empty list, and for an address that is not one with a mask.
pub(super) fn parse_name_constraints(value: &[u8]) -> Result<NameConstraints> {
    let mut fields = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut read = |number| match fields.read_optional(Tag::context_constructed(number))? {
        Some(list) => parse_subtrees(&list),
        None => Ok(Box::default()),
    };
    let constraints = NameConstraints { permitted: read(0)?, excluded: read(1)? };
    if fields.is_empty() { Ok(constraints) } else { Err(Error::Malformed) }
}

fn parse_subtrees(list: &Element<'_>) -> Result<Box<[GeneralSubtree]>> {
    let mut list = list.reader();
    let mut subtrees = Vec::new();
    while !list.is_empty() {
        subtrees.push(parse_subtree(&list.read(Tag::SEQUENCE)?)?);
    }
    // GeneralSubtrees holds at least one: a list of nothing may have meant to permit nothing.
    if subtrees.is_empty() { Err(Error::Malformed) } else { Ok(subtrees.into()) }
}

fn parse_subtree(subtree: &Element<'_>) -> Result<GeneralSubtree> {
    let mut fields = subtree.reader();
    let base = parse_general_name(&fields.read_element()?)?;
    if matches!(&base, GeneralName::Ip(octets) if !matches!(octets.len(), 8 | 32)) {
        return Err(Error::Malformed);
    }
    let minimum = fields.read_optional(Tag::context_primitive(0))?;
    let maximum = fields.read_optional(Tag::context_primitive(1))?;
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    // RULES 18: the default of the minimum may be written out.
    let is_zero = |element: Element<'_>| parse_u32(element.content) == Ok(0);
    let has_distances = !minimum.is_none_or(is_zero) || maximum.is_some();
    Ok(GeneralSubtree { base, has_distances })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::writer::write_element;

    fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_element(&mut out, Tag::low(identifier), content);
        out
    }

    fn parsed(lists: &[u8]) -> Result<NameConstraints> {
        parse_name_constraints(&element(0x30, lists))
    }

    fn permitted(fields: &[u8]) -> Result<NameConstraints> {
        parsed(&element(0xa0, &element(0x30, fields)))
    }

    #[test]
    fn name_constraints_of_both_kinds_are_read() {
        let subtree = |base: &[u8]| element(0x30, &element(0x82, base));
        let lists = [element(0xa0, &subtree(b"a")), element(0xa1, &subtree(b"b"))].concat();
        let constraints = parsed(&lists).unwrap();
        let base = |base: &[u8]| GeneralSubtree {
            base: GeneralName::Dns(base.into()),
            has_distances: false,
        };
        assert_eq!(&*constraints.permitted, [base(b"a")]);
        assert_eq!(&*constraints.excluded, [base(b"b")]);
        assert_eq!(constraints.subtrees().count(), 2);
        assert_eq!(parsed(b""), Ok(NameConstraints::default()));
    }

    #[test]
    fn rule_18_minimum_of_zero_may_be_written_out_and_no_other() {
        let base = element(0x82, b"a");
        let has_distances = |fields: &[Vec<u8>]| {
            permitted(&[&base, fields.concat().as_slice()].concat()).unwrap().permitted[0]
                .has_distances
        };
        assert!(!has_distances(&[]));
        assert!(!has_distances(&[element(0x80, &[0])]));
        assert!(has_distances(&[element(0x80, &[1])]));
        assert!(has_distances(&[element(0x81, &[0])]));
    }

    #[test]
    fn name_constraints_that_may_mean_anything_are_malformed() {
        assert!(parsed(&element(0xa0, b"")).is_err(), "a list of nothing");
        assert!(parsed(&element(0xa2, b"")).is_err(), "a third list");
        assert!(permitted(&element(0x87, &[1, 2, 3, 4])).is_err(), "an address without its mask");
        assert!(permitted(&[element(0x82, b"a"), element(0x82, b"b")].concat()).is_err());
        assert!(permitted(b"").is_err());
    }
}
