//! Where revocation is told and for what: cRLDistributionPoints, freshestCRL and the access locations of a certificate,
//! issuingDistributionPoint of a list (RFC 5280 §4.2.1.13, §4.2.1.15, §4.2.2.1, §5.2.5).
//!
//! Names of points are kept ready to be compared: a directory name in its comparison form (RULES 17), everything else
//! by its octets. Nothing is fetched, and whether a list serves a certificate is decided in `path/revocation`.

use super::name::normalize;
use crate::asn1::reader::{Element, Error, Reader, Result, Tag, parse_single};
use crate::asn1::values::{parse_bit_string, parse_boolean};
use crate::asn1::writer::write_element;
use crate::limits;

/// What a certificate says about its revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationPointers {
    /// cRLDistributionPoints.
    pub lists: Vec<DistributionPoint>,
    /// freshestCRL.
    pub deltas: Vec<DistributionPoint>,
    /// authorityInfoAccess.
    pub access: AccessLocations,
    /// id-pkix-ocsp-nocheck: a responder not to be asked about itself (RFC 6960 §4.2.2.2.1).
    pub ocsp_no_check: bool,
}

/// URIs of authorityInfoAccess as they stand, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLocations {
    /// OCSP responders (id-ad-ocsp).
    pub responders: Vec<Box<str>>,
    /// Certificates of the issuer (id-ad-caIssuers).
    pub issuers: Vec<Box<str>>,
}

/// A GeneralName, to be compared as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointName {
    /// directoryName: its comparison form.
    Directory(Box<[u8]>),
    /// uniformResourceIdentifier: its octets.
    Uri(Box<[u8]>),
    /// Anything else: the whole element.
    Other(Box<[u8]>),
}

/// DistributionPointName (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointLocation {
    /// fullName.
    Full(Vec<PointName>),
    /// nameRelativeToCRLIssuer: its comparison form, which is appended to that of the issuer's name.
    RelativeToIssuer(Box<[u8]>),
}

impl PointLocation {
    /// The names of the point, where `issuer` is the comparison form that a relative name is appended to.
    #[must_use]
    pub fn names(&self, issuer: &[u8]) -> Vec<PointName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::RelativeToIssuer(last) => {
                vec![PointName::Directory([issuer, last.as_ref()].concat().into_boxed_slice())]
            }
        }
    }
}

/// DistributionPoint (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionPoint {
    /// distributionPoint.
    pub location: Option<PointLocation>,
    /// reasons; all of them when absent.
    pub reasons: Reasons,
    /// cRLIssuer; empty when the certificate's issuer issues the list.
    pub crl_issuer: Vec<PointName>,
}

/// ReasonFlags (RFC 5280 §4.2.1.13): bit `n` of the standard is `1 << n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reasons(pub u16);

impl Reasons {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// Every reason that a list can be limited to: bits 1 to 8.
    pub const ALL: Self = Self(0x1fe);
    /// certificateHold (6).
    pub const HOLD: Self = Self(1 << 6);

    /// The reasons in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are in it.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// IssuingDistributionPoint (RFC 5280 §5.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// distributionPoint.
    pub location: Option<PointLocation>,
    /// onlyContainsUserCerts.
    pub only_user_certificates: bool,
    /// onlyContainsCACerts.
    pub only_ca_certificates: bool,
    /// onlySomeReasons; all of them when absent.
    pub reasons: Reasons,
    /// indirectCRL.
    pub is_indirect: bool,
    /// onlyContainsAttributeCerts.
    pub only_attribute_certificates: bool,
}

/// id-ad-ocsp (RFC 5280 §4.2.2.1), content octets.
const OCSP: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01";
/// id-ad-caIssuers (RFC 5280 §4.2.2.1), content octets.
const CA_ISSUERS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x02";
const URI: Tag = Tag::context_primitive(6);
const DIRECTORY_NAME: Tag = Tag::context_constructed(4);

/// CRLDistributionPoints, or FreshestCRL, which has the same syntax.
///
/// # Errors
/// Any [`Error`] of reading; [`Error::Limit`] for more than [`limits::DISTRIBUTION_POINTS`].
pub fn parse_distribution_points(value: &[u8]) -> Result<Vec<DistributionPoint>> {
    let mut list = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut points = Vec::new();
    while !list.is_empty() {
        if points.len() == limits::DISTRIBUTION_POINTS {
            return Err(Error::Limit);
        }
        let mut fields = list.read(Tag::SEQUENCE)?.reader();
        let location = read_location(&mut fields)?;
        let reasons = fields.read_optional(Tag::context_primitive(1))?;
        let crl_issuer = fields.read_optional(Tag::context_constructed(2))?;
        if !fields.is_empty() {
            return Err(Error::Malformed);
        }
        points.push(DistributionPoint {
            location,
            reasons: parse_reasons(reasons)?,
            crl_issuer: crl_issuer
                .map(|names| parse_general_names(names.reader()))
                .transpose()?
                .unwrap_or_default(),
        });
    }
    Ok(points)
}

/// IssuingDistributionPoint.
///
/// # Errors
/// Any [`Error`] of reading.
pub fn parse_issuing_distribution_point(value: &[u8]) -> Result<IssuingDistributionPoint> {
    let mut fields = parse_single(value, Tag::SEQUENCE)?.reader();
    let location = read_location(&mut fields)?;
    let only_user_certificates = read_flag(&mut fields, 1)?;
    let only_ca_certificates = read_flag(&mut fields, 2)?;
    let reasons = parse_reasons(fields.read_optional(Tag::context_primitive(3))?)?;
    let is_indirect = read_flag(&mut fields, 4)?;
    let only_attribute_certificates = read_flag(&mut fields, 5)?;
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    Ok(IssuingDistributionPoint {
        location,
        only_user_certificates,
        only_ca_certificates,
        reasons,
        is_indirect,
        only_attribute_certificates,
    })
}

/// AuthorityInfoAccessSyntax; other methods and other kinds of name are passed over.
///
/// # Errors
/// Any [`Error`] of reading; [`Error::Limit`] for more than [`limits::DISTRIBUTION_POINTS`].
pub fn parse_access_locations(value: &[u8]) -> Result<AccessLocations> {
    let mut list = parse_single(value, Tag::SEQUENCE)?.reader();
    let mut locations = AccessLocations::default();
    let mut descriptions = 0;
    while !list.is_empty() {
        if descriptions == limits::DISTRIBUTION_POINTS {
            return Err(Error::Limit);
        }
        descriptions += 1;
        let mut fields = list.read(Tag::SEQUENCE)?.reader();
        let method = fields.read(Tag::OID)?.content;
        let location = fields.read_element()?;
        let of_method = match method {
            OCSP => &mut locations.responders,
            CA_ISSUERS => &mut locations.issuers,
            _ => continue,
        };
        if location.tag == URI {
            of_method.push(String::from_utf8_lossy(location.content).into());
        }
    }
    Ok(locations)
}

/// `[0] DistributionPointName`, which is a CHOICE and therefore tagged explicitly.
fn read_location(fields: &mut Reader<'_>) -> Result<Option<PointLocation>> {
    let Some(outer) = fields.read_optional(Tag::context_constructed(0))? else {
        return Ok(None);
    };
    let mut inner = outer.reader();
    let choice = inner.read_element()?;
    if !inner.is_empty() {
        return Err(Error::Malformed);
    }
    if choice.tag == Tag::context_constructed(0) {
        return Ok(Some(PointLocation::Full(parse_general_names(choice.reader())?)));
    }
    let expected = Tag::context_constructed(1);
    if choice.tag != expected {
        return Err(Error::UnexpectedTag { expected, found: choice.tag });
    }
    let (mut set, mut name) = (Vec::new(), Vec::new());
    write_element(&mut set, Tag::SET, choice.content);
    write_element(&mut name, Tag::SEQUENCE, &set);
    Ok(Some(PointLocation::RelativeToIssuer(normalize(&name)?)))
}

/// The GeneralNames of a list, up to [`limits::DISTRIBUTION_POINTS`].
fn parse_general_names(mut list: Reader<'_>) -> Result<Vec<PointName>> {
    let mut names = Vec::new();
    while !list.is_empty() {
        if names.len() == limits::DISTRIBUTION_POINTS {
            return Err(Error::Limit);
        }
        names.push(parse_general_name(&list.read_element()?)?);
    }
    Ok(names)
}

fn parse_general_name(name: &Element<'_>) -> Result<PointName> {
    Ok(match name.tag {
        // A Name is a CHOICE, so that its tag stands inside.
        DIRECTORY_NAME => PointName::Directory(normalize(name.content)?),
        URI => PointName::Uri(name.content.into()),
        _ => PointName::Other(name.raw.into()),
    })
}

fn read_flag(fields: &mut Reader<'_>, number: u8) -> Result<bool> {
    match fields.read_optional(Tag::context_primitive(number))? {
        Some(element) => Ok(parse_boolean(element.content)?.value),
        None => Ok(false),
    }
}

/// ReasonFlags under an implicit tag; absent means all.
fn parse_reasons(element: Option<Element<'_>>) -> Result<Reasons> {
    let Some(element) = element else {
        return Ok(Reasons::ALL);
    };
    let bits = parse_bit_string(element.content)?;
    let set = (1..9).filter(|&bit| bits.bit(bit));
    Ok(Reasons(set.fold(0, |reasons, bit| reasons | 1 << bit)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
