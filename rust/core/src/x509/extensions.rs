//! Certificate extensions (RFC 5280 §4.2): the ones this program processes, decoded; of the others only whether
//! they are critical.
//!
//! An extension that permits more when it is overlooked (key usage, extended key usage, basic, name and policy
//! constraints, policies and their mappings, alternative names) is a defect of the certificate when it cannot be
//! decoded, critical or not; one that only helps finding an issuer is a quirk.

use std::collections::BTreeSet;

use super::addresses::{CertificateAddress, alternative_addresses};
use super::certificate::{CertificateDefect, CertificateQuirk};
use super::distribution_points::{
    RevocationPointers, parse_access_locations, parse_distribution_points,
};
use super::general_name::{GeneralName, parse_general_names};
use super::name_constraints::{NameConstraints, parse_name_constraints};
use super::policies::{
    PolicyConstraints, PolicyMapping, parse_count, parse_inhibit_any_policy, parse_policies,
    parse_policy_constraints, parse_policy_mappings,
};
use crate::asn1::oid::read_oid;
use crate::asn1::reader::{Element, Error, Reader, Result, Tag, parse_single};
use crate::asn1::values::{parse_bit_string, parse_boolean};
use crate::codes::CodeSet;
use crate::limits;

/// id-pe-authorityInfoAccess (RFC 5280 §4.2.2.1), content octets.
const AUTHORITY_INFORMATION_ACCESS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x01";
/// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1), content octets.
const OCSP_NO_CHECK: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x05";

/// Content octets of an object identifier, owned.
pub type OidBytes = Box<[u8]>;

/// KeyUsage (RFC 5280 §4.2.1.3): bit `n` of the standard is `1 << n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature (0).
    pub const DIGITAL_SIGNATURE: Self = Self(1 << 0);
    /// nonRepudiation, contentCommitment (1).
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// keyEncipherment (2).
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// dataEncipherment (3).
    pub const DATA_ENCIPHERMENT: Self = Self(1 << 3);
    /// keyAgreement (4).
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    /// keyCertSign (5).
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// cRLSign (6).
    pub const CRL_SIGN: Self = Self(1 << 6);
    /// encipherOnly (7).
    pub const ENCIPHER_ONLY: Self = Self(1 << 7);
    /// decipherOnly (8).
    pub const DECIPHER_ONLY: Self = Self(1 << 8);

    const NAMES: [&'static str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    /// Whether any of the usages in `other` is allowed.
    #[must_use]
    pub const fn allows_any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Names of the usages allowed, in the order of the standard.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let bits = Self::NAMES.into_iter().enumerate();
        bits.filter_map(move |(bit, name)| (self.0 & (1 << bit) != 0).then_some(name))
    }
}

/// BasicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BasicConstraints {
    /// cA.
    pub is_ca: bool,
    /// pathLenConstraint; numbers above 32 bits come out as the greatest.
    pub path_length: Option<u32>,
}

/// AuthorityKeyIdentifier (RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// keyIdentifier.
    pub key_identifier: Option<Box<[u8]>>,
    /// authorityCertIssuer: the GeneralNames without their outer tag.
    pub issuer: Option<Box<[u8]>>,
    /// authorityCertSerialNumber: content octets.
    pub serial: Option<Box<[u8]>>,
}

/// What the extensions of a certificate say; moved into the certificate.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) subject_key_identifier: Option<Box<[u8]>>,
    pub(super) authority_key_identifier: Option<AuthorityKeyIdentifier>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<OidBytes>>,
    pub(super) extended_key_usage_is_critical: bool,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) policies: Vec<OidBytes>,
    pub(super) name_constraints: Option<Box<NameConstraints>>,
    pub(super) policy_constraints: PolicyConstraints,
    pub(super) policy_mappings: Box<[PolicyMapping]>,
    pub(super) inhibit_any_policy: Option<u32>,
    pub(super) unprocessed_critical: Vec<OidBytes>,
    pub(super) revocation: RevocationPointers,
    pub(super) alternative_names: Box<[GeneralName]>,
    pub(super) addresses: Vec<CertificateAddress>,
    pub(super) quirks: CodeSet<CertificateQuirk>,
    pub(super) defects: CodeSet<CertificateDefect>,
    seen: BTreeSet<OidBytes>,
}

/// What became of one extension.
enum Outcome {
    /// Decoded.
    Processed,
    /// Not one of ours: refused where it is critical (RFC 5280 §4.2).
    Unknown,
}

impl Extensions {
    /// Reads the content of the `[3]` field of a TBSCertificate.
    pub(super) fn parse(content: &[u8]) -> Self {
        let mut extensions = Self::default();
        if extensions.read_all(content).is_err() {
            extensions.defects.insert(CertificateDefect::MalformedExtensions);
        }
        extensions
    }

    fn read_all(&mut self, content: &[u8]) -> Result<()> {
        let mut list = parse_single(content, Tag::SEQUENCE)?.reader();
        while !list.is_empty() {
            let extension = list.read(Tag::SEQUENCE)?;
            self.read_extension(&extension)?;
        }
        Ok(())
    }

    fn read_extension(&mut self, extension: &Element<'_>) -> Result<()> {
        let mut fields = extension.reader();
        let oid = read_oid(&mut fields)?;
        if oid.len() > limits::OID_BYTES {
            return Err(Error::Malformed);
        }
        let critical = match fields.read_optional(Tag::BOOLEAN)? {
            Some(element) => self.note_boolean(element.content)?,
            None => false,
        };
        let value = fields.read_element()?;
        if !value.tag.same_type(Tag::OCTET_STRING) || !fields.is_empty() {
            return Err(Error::Malformed);
        }
        let value = value.string_pieces(Tag::OCTET_STRING)?.concat();
        // RFC 5280 §4.2: not more than one instance of an extension; the first one counts.
        if !self.seen.insert(oid.into()) {
            self.defects.insert(CertificateDefect::DuplicateExtension);
            return Ok(());
        }
        match self.process(oid, &value, critical) {
            Ok(Outcome::Processed) => {}
            Ok(Outcome::Unknown) if critical => self.unprocessed_critical.push(oid.into()),
            Ok(Outcome::Unknown) => {}
            Err(_) => self.note_malformed(oid, critical),
        }
        Ok(())
    }

    /// A BOOLEAN with its oddities; FALSE is the default of every BOOLEAN in extensions.
    fn note_boolean(&mut self, content: &[u8]) -> Result<bool> {
        let boolean = parse_boolean(content)?;
        if !boolean.is_der {
            self.quirks.insert(CertificateQuirk::BooleanNotDer);
        }
        if !boolean.value {
            self.quirks.insert(CertificateQuirk::ExplicitDefault);
        }
        Ok(boolean.value)
    }

    fn note_malformed(&mut self, oid: &[u8], critical: bool) {
        let only_a_hint =
            matches!(oid, [0x55, 0x1d, 14 | 31 | 35 | 46] | AUTHORITY_INFORMATION_ACCESS);
        if only_a_hint && !critical {
            self.quirks.insert(CertificateQuirk::UndecodedExtension);
        } else {
            self.defects.insert(CertificateDefect::MalformedExtension);
        }
    }

    fn process(&mut self, oid: &[u8], value: &[u8], critical: bool) -> Result<Outcome> {
        let [0x55, 0x1d, extension] = *oid else {
            return self.process_private(oid, value);
        };
        match extension {
            14 => {
                let key_id = parse_single(value, Tag::OCTET_STRING)?.content;
                self.subject_key_identifier = Some(key_id.into());
            }
            15 => self.key_usage = Some(parse_key_usage(value)?),
            17 => {
                self.alternative_names = parse_general_names(value)?.into();
                self.addresses = alternative_addresses(&self.alternative_names);
            }
            19 => self.basic_constraints = Some(self.parse_basic_constraints(value)?),
            30 => self.name_constraints = Some(Box::new(parse_name_constraints(value)?)),
            32 => {
                let policies = parse_policies(value)?;
                self.policies = policies.identifiers;
                // RFC 5280 §4.2.1.4: where the extension is critical, its qualifiers must be understood.
                if policies.has_unknown_qualifier {
                    return Ok(Outcome::Unknown);
                }
            }
            33 => self.policy_mappings = parse_policy_mappings(value)?,
            35 => self.authority_key_identifier = Some(parse_authority_key_identifier(value)?),
            36 => self.policy_constraints = parse_policy_constraints(value)?,
            37 => {
                self.extended_key_usage = Some(parse_extended_key_usage(value)?);
                self.extended_key_usage_is_critical = critical;
            }
            54 => self.inhibit_any_policy = Some(parse_inhibit_any_policy(value)?),
            31 => self.revocation.lists = parse_distribution_points(value)?,
            46 => self.revocation.deltas = parse_distribution_points(value)?,
            _ => return Ok(Outcome::Unknown),
        }
        Ok(Outcome::Processed)
    }

    /// Extensions outside id-ce.
    fn process_private(&mut self, oid: &[u8], value: &[u8]) -> Result<Outcome> {
        match oid {
            AUTHORITY_INFORMATION_ACCESS => {
                self.revocation.access = parse_access_locations(value)?;
            }
            // RFC 6960 §4.2.2.2.1: the value is NULL, and nothing depends on it.
            OCSP_NO_CHECK => self.revocation.ocsp_no_check = true,
            _ => return Ok(Outcome::Unknown),
        }
        Ok(Outcome::Processed)
    }

    /// RFC 5280 §4.2.1.9.
    fn parse_basic_constraints(&mut self, value: &[u8]) -> Result<BasicConstraints> {
        let mut fields = parse_single(value, Tag::SEQUENCE)?.reader();
        let is_ca = match fields.read_optional(Tag::BOOLEAN)? {
            Some(element) => self.note_boolean(element.content)?,
            None => false,
        };
        let path_length = match fields.read_optional(Tag::INTEGER)? {
            Some(element) => Some(parse_count(element.content)?),
            None => None,
        };
        if !fields.is_empty() {
            return Err(Error::Malformed);
        }
        Ok(BasicConstraints { is_ca, path_length })
    }
}

/// RFC 5280 §4.2.1.3; a value without any bit permits nothing.
fn parse_key_usage(value: &[u8]) -> Result<KeyUsage> {
    let bits = parse_bit_string(parse_single(value, Tag::BIT_STRING)?.content)?;
    let set = (0..KeyUsage::NAMES.len()).filter(|&bit| bits.bit(bit));
    Ok(KeyUsage(set.fold(0, |usage, bit| usage | 1 << bit)))
}

/// RFC 5280 §4.2.1.12.
fn parse_extended_key_usage(value: &[u8]) -> Result<Vec<OidBytes>> {
    let mut usages = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut parsed = Vec::new();
    while !usages.is_empty() {
        parsed.push(read_oid(&mut usages)?.into());
    }
    Ok(parsed)
}

/// RFC 5280 §4.2.1.1.
pub(super) fn parse_authority_key_identifier(value: &[u8]) -> Result<AuthorityKeyIdentifier> {
    let mut fields: Reader<'_> = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut read = |tag| Ok(fields.read_optional(tag)?.map(|found| Box::from(found.content)));
    let parsed = AuthorityKeyIdentifier {
        key_identifier: read(Tag::context_primitive(0))?,
        issuer: read(Tag::context_constructed(1))?,
        serial: read(Tag::context_primitive(2))?,
    };
    if fields.is_empty() { Ok(parsed) } else { Err(Error::Malformed) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::writer::write_element;

    fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_element(&mut out, tag, content);
        out
    }

    /// The extensions of a certificate that has one, id-ce `number`.
    fn parsed(number: u8, critical: bool, value: &[u8]) -> Extensions {
        let mut fields = element(Tag::OID, &[0x55, 0x1d, number]);
        if critical {
            fields.extend(element(Tag::BOOLEAN, &[0xff]));
        }
        fields.extend(element(Tag::OCTET_STRING, value));
        let extension = element(Tag::SEQUENCE, &fields);
        Extensions::parse(&element(Tag::SEQUENCE, &extension))
    }

    #[test]
    fn extension_that_may_restrict_and_cannot_be_decoded_is_a_defect_critical_or_not() {
        for number in [15, 17, 19, 30, 32, 33, 36, 37, 54] {
            for critical in [false, true] {
                let defects = parsed(number, critical, b"\x31\x00").defects;
                assert!(defects.contains(CertificateDefect::MalformedExtension), "{number}");
            }
        }
    }

    #[test]
    fn identifier_that_breaks_off_or_pads_a_number_is_a_defect_wherever_it_stands() {
        for (number, is_good, content) in [0x2a, 0x80, 0x83].into_iter().flat_map(|octet| {
            let oid = [0x06, 0x02, octet, 0x03];
            let is_good = octet != 0x80;
            let sequence = |content: &[u8]| element(Tag::SEQUENCE, content);
            let other = |oid: &[u8]| element(Tag::context_constructed(0), oid);
            [
                (32, is_good, sequence(&sequence(&oid))),
                (33, is_good, sequence(&sequence(&[oid, oid].concat()))),
                (37, is_good, sequence(&oid)),
                (17, is_good, sequence(&element(Tag::context_primitive(8), &[octet, 3]))),
                (17, is_good, sequence(&other(&oid))),
                (32, false, sequence(&sequence(&[0x06, 0x02, 0x2a, 0x83]))),
            ]
        }) {
            for critical in [false, true] {
                let defects = parsed(number, critical, &content).defects;
                assert_eq!(defects.is_empty(), is_good, "{number} {content:02x?}");
            }
        }
        // The extension's own, though nobody could know it.
        for oid in [&[0x55, 0x1d, 0x80, 0x20][..], &[0x55, 0x1d, 0x83], &[]] {
            let fields = [element(Tag::OID, oid), element(Tag::OCTET_STRING, b"")].concat();
            let extension = element(Tag::SEQUENCE, &fields);
            let defects = Extensions::parse(&element(Tag::SEQUENCE, &extension)).defects;
            assert!(defects.contains(CertificateDefect::MalformedExtensions), "{oid:02x?}");
        }
    }

    #[test]
    fn policies_with_a_qualifier_nobody_knows_are_unprocessed_where_critical() {
        // 1.2.3, qualified by 1.2.
        let value = b"\x30\x0d\x30\x0b\x06\x02\x2a\x03\x30\x05\x30\x03\x06\x01\x2a";
        let critical = parsed(32, true, value);
        assert_eq!(critical.unprocessed_critical.len(), 1);
        let plain = parsed(32, false, value);
        assert!(plain.unprocessed_critical.is_empty() && plain.defects.is_empty());
        assert_eq!(plain.policies, critical.policies);
        assert_eq!(plain.policies.len(), 1);
    }

    #[test]
    fn extended_key_usage_says_whether_it_is_critical() {
        let value = b"\x30\x03\x06\x01\x2a";
        assert!(parsed(37, true, value).extended_key_usage_is_critical);
        assert!(!parsed(37, false, value).extended_key_usage_is_critical);
    }
}
