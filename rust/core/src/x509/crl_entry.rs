//! The entries of a certificate list, found by serial number (RFC 5280 §5.1.2.6, §5.3).
//!
//! A list may have millions of entries, so they stay encoded: four octets each say where one begins, in the order of
//! the serial numbers. An entry is read again when it is found. In an indirect list the certificate issuer of an entry
//! holds for those behind it too (§5.3.3), so where it changes is kept beside.
//!
//! What one entry says does not hang on another that cannot be read: those that can be are kept, and so is one of which
//! only the serial number can. That something could not be read is told, since the list may leave somebody out.

use core::ops::Range;

use super::certificate::range_within;
use super::signed::{FieldError, field};
use crate::asn1::reader::{Element, Error, Reader, Result, Tag, parse_single};
use crate::asn1::values::{minimal_integer, parse_boolean, parse_time, parse_u32};
use crate::codes::codes;
use crate::limits;

codes! {
    /// Why a certificate was revoked (RFC 5280 §5.3.1).
    pub enum RevocationReason {
        Unspecified = "unspecified", "No reason was given.";
        KeyCompromise = "key_compromise", "The private key was or may have been in other hands.";
        CaCompromise = "ca_compromise", "The private key of the CA was or may have been in other hands.";
        AffiliationChanged = "affiliation_changed", "The name or other facts about the holder have changed.";
        Superseded = "superseded", "The certificate was replaced by another.";
        CessationOfOperation = "cessation_of_operation", "The certificate is no longer needed.";
        CertificateHold = "certificate_hold", "The certificate is on hold, which may be lifted.";
        RemoveFromCrl = "remove_from_crl", "The certificate is no longer on hold.";
        PrivilegeWithdrawn = "privilege_withdrawn", "A right that the certificate attests was withdrawn.";
        AaCompromise = "aa_compromise", "The private key of an attribute authority was or may have been in other hands.";
        NotIssued = "not_issued", "The CA says that it never issued such a certificate (RFC 6960, section 2.2).";
    }
}

impl RevocationReason {
    /// Whether it leaves open that the key was in other hands, and so what was signed before in doubt (RFC 3161 §4).
    #[must_use]
    pub const fn casts_doubt(self) -> bool {
        !matches!(
            self,
            Self::Unspecified
                | Self::AffiliationChanged
                | Self::Superseded
                | Self::CessationOfOperation
        )
    }

    /// The reason of a CRLReason; an unknown number tells none.
    #[must_use]
    pub const fn of(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }
}

/// What an entry, or an OCSP response, says about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// revocationDate.
    pub revoked_unix_s: i64,
    /// reasonCode, unspecified when absent, unknown or unreadable.
    pub reason: RevocationReason,
    /// Whether it says so: what is not told may be the worst (RFC 3161 §4).
    pub is_reason_said: bool,
    /// invalidityDate: since then the key is suspect.
    pub invalid_unix_s: Option<i64>,
}

impl Revoked {
    /// As [`RevocationReason::casts_doubt`], and so does no reason at all.
    #[must_use]
    pub const fn casts_doubt(&self) -> bool {
        !self.is_reason_said || self.reason.casts_doubt()
    }

    /// Whether it casts doubt on a certificate that was issued.
    pub(crate) fn is_suspicion(&self) -> bool {
        self.casts_doubt() && self.reason != RevocationReason::NotIssued
    }

    /// Whether it tells that the key is in other hands, and not only something of the certificate; what is not told is none of
    /// both.
    pub(crate) const fn tells_theft(&self) -> bool {
        use RevocationReason::{AaCompromise, CaCompromise, KeyCompromise};
        self.is_reason_said && matches!(self.reason, KeyCompromise | CaCompromise | AaCompromise)
    }

    /// Takes a reason; `None` is one that is not told.
    /// Of several dates the earliest counts.
    fn add_invalidity(&mut self, other_unix_s: Option<i64>) {
        let both = [self.invalid_unix_s, other_unix_s];
        self.invalid_unix_s = both.into_iter().flatten().min();
    }

    pub(super) fn set_reason(&mut self, reason: Option<RevocationReason>) {
        self.reason = reason.unwrap_or(RevocationReason::Unspecified);
        self.is_reason_said = reason.is_some();
    }

    /// The earlier of the two dates: from then on nothing that the key signed counts.
    #[must_use]
    pub fn since_unix_s(&self) -> i64 {
        self.invalid_unix_s.map_or(self.revoked_unix_s, |invalid| invalid.min(self.revoked_unix_s))
    }
}

/// One entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// userCertificate: content octets.
    pub serial: &'a [u8],
    /// What it says.
    pub revoked: Revoked,
    /// Whether revocationDate can be read; where not, [`Revoked::revoked_unix_s`] is before all times.
    pub is_dated: bool,
    /// Encoded name of the certificate issuer; `None` when it is the issuer of the list, empty when it is not known.
    pub issuer: Option<&'a [u8]>,
}

/// Where the entries of a list lie.
#[derive(Clone, Default)]
pub(super) struct EntryIndex {
    /// Offsets of the entries, sorted by serial number, then by place.
    by_serial: Box<[u32]>,
    /// From which offset on which certificate issuer holds, in order.
    issuers: Box<[(u32, Range<u32>)]>,
    /// An entry has a critical extension that is not known here.
    pub(super) has_unknown_critical: bool,
    /// What in it cannot be read, of the first entry of which something cannot.
    pub(super) damage: Option<FieldError>,
}

/// An entry cut into fields, its extensions read.
struct Fields<'a> {
    serial: &'a [u8],
    revoked: Revoked,
    is_dated: bool,
    issuer: Option<&'a [u8]>,
    has_unknown_critical: bool,
    damage: Option<FieldError>,
    /// A reason was there, whether or not it could be read.
    has_reason: bool,
}

impl EntryIndex {
    /// Reads `list`, the content of revokedCertificates, which lies in `der`.
    pub(super) fn read(der: &[u8], list: &[u8]) -> Result<Self> {
        let base = range_within(der, list).start;
        let (mut index, mut found) = (Gathered::default(), Vec::with_capacity(list.len() / 32));
        let mut entries = Reader::new(list);
        while !entries.is_empty() {
            let offset = base + (list.len() - entries.rest().len());
            let offset = u32::try_from(offset).map_err(|_| Error::Limit)?;
            match next_entry(&mut entries) {
                Ok(entry) => {
                    let serial = index.add(der, offset, &entry)?;
                    found.extend(serial.map(|serial| (prefix(serial), offset)));
                }
                Err(damage) => {
                    index.damage.get_or_insert(damage);
                    break;
                }
            }
        }
        let serial = |offset: u32| serial_at(der, offset);
        found.sort_unstable_by(|(a_prefix, a), (b_prefix, b)| {
            a_prefix.cmp(b_prefix).then_with(|| serial(*a).cmp(serial(*b)).then(a.cmp(b)))
        });
        refuse_crowds(der, &found)?;
        Ok(Self {
            by_serial: found.into_iter().map(|(_, offset)| offset).collect(),
            issuers: index.issuers.into_boxed_slice(),
            has_unknown_critical: index.has_unknown_critical,
            damage: index.damage,
        })
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.by_serial.len()
    }

    /// The entries for a serial number, whatever its encoding, in the order of the list.
    pub(super) fn find<'a>(
        &'a self,
        der: &'a [u8],
        serial: &[u8],
    ) -> impl Iterator<Item = Entry<'a>> {
        let wanted = minimal_integer(serial).to_vec();
        let first =
            self.by_serial.partition_point(|&offset| serial_at(der, offset) < wanted.as_slice());
        let candidates = self.by_serial.get(first..).unwrap_or_default().iter();
        candidates
            .take_while(move |offset| serial_at(der, **offset) == wanted.as_slice())
            .filter_map(move |&offset| self.entry(der, offset))
    }

    /// Every entry, by serial number.
    pub(super) fn all<'a>(&'a self, der: &'a [u8]) -> impl Iterator<Item = Entry<'a>> {
        self.by_serial.iter().filter_map(|&offset| self.entry(der, offset))
    }

    fn entry<'a>(&self, der: &'a [u8], offset: u32) -> Option<Entry<'a>> {
        let fields = Fields::read(&entry_at(der, offset)?).ok()?;
        let issuer = self.issuer_at(offset).and_then(|range| der.get(range));
        let Fields { serial, revoked, is_dated, .. } = fields;
        Some(Entry { serial, revoked, is_dated, issuer })
    }

    fn issuer_at(&self, offset: u32) -> Option<Range<usize>> {
        let behind = self.issuers.partition_point(|(from, _)| *from <= offset);
        let (_, range) = self.issuers.get(behind.checked_sub(1)?)?;
        Some(range.start as usize..range.end as usize)
    }
}

/// What an index knows of its entries beside where they are.
#[derive(Default)]
struct Gathered {
    issuers: Vec<(u32, Range<u32>)>,
    has_unknown_critical: bool,
    damage: Option<FieldError>,
}

impl Gathered {
    /// Takes in one entry; gives its serial number, unless that cannot be read.
    fn add<'a>(
        &mut self,
        der: &'a [u8],
        offset: u32,
        entry: &Element<'a>,
    ) -> Result<Option<&'a [u8]>> {
        let (issuer, damage, serial) = match Fields::read(entry) {
            Ok(read) => {
                self.has_unknown_critical |= read.has_unknown_critical;
                (read.issuer, read.damage, Some(read.serial))
            }
            Err(damage) => (Some(UNKNOWN_ISSUER), Some(damage), None),
        };
        if let Some(name) = issuer {
            let range = if name.is_empty() { 0..0 } else { range_within(der, name) };
            self.issuers.push((offset, as_u32(range)?));
        }
        self.damage = self.damage.or(damage);
        Ok(serial)
    }
}

/// The next element of the list, which must end by itself: who reads it again by its offset does not see where the list ends.
fn next_entry<'a>(entries: &mut Reader<'a>) -> core::result::Result<Element<'a>, FieldError> {
    match entries.read_element() {
        Ok(element) if element.unterminated => field("the end of an entry", Err(Error::Truncated)),
        read => field("an entry", read),
    }
}

/// RULES 23: [`limits::CRL_ENTRIES_PER_SERIAL`].
fn refuse_crowds(der: &[u8], sorted: &[(u64, u32)]) -> Result<()> {
    let same = |(a_prefix, a): &(u64, u32), (b_prefix, b): &(u64, u32)| {
        a_prefix == b_prefix && serial_at(der, *a) == serial_at(der, *b)
    };
    let is_crowd = |run: &[(u64, u32)]| run.len() > limits::CRL_ENTRIES_PER_SERIAL;
    if sorted.chunk_by(same).any(is_crowd) { Err(Error::Limit) } else { Ok(()) }
}

fn as_u32(range: Range<usize>) -> Result<Range<u32>> {
    let end = u32::try_from(range.end).map_err(|_| Error::Limit)?;
    Ok(u32::try_from(range.start).map_err(|_| Error::Limit)?..end)
}

/// The first eight octets, so that most comparisons need no look at the entry.
fn prefix(serial: &[u8]) -> u64 {
    let mut octets = [0; 8];
    octets.iter_mut().zip(minimal_integer(serial)).for_each(|(place, octet)| *place = *octet);
    u64::from_be_bytes(octets)
}

fn entry_at(der: &[u8], offset: u32) -> Option<Element<'_>> {
    Reader::new(der.get(offset as usize..)?).read(Tag::SEQUENCE).ok()
}

/// The serial number of the entry at `offset`, minimal.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    let serial = entry_at(der, offset).and_then(|entry| entry.reader().read(Tag::INTEGER).ok());
    serial.map_or(&[], |serial| minimal_integer(serial.content))
}

/// Of whom an entry speaks whose certificate issuer cannot be read, and those behind it.
const UNKNOWN_ISSUER: &[u8] = &[];

impl<'a> Fields<'a> {
    /// Reads what can be read behind the serial number, without which it is of nobody.
    fn read(entry: &Element<'a>) -> core::result::Result<Self, FieldError> {
        if entry.tag != Tag::SEQUENCE {
            let found = Error::UnexpectedTag { expected: Tag::SEQUENCE, found: entry.tag };
            return field("an entry", Err(found));
        }
        let mut fields = entry.reader();
        let serial = field("userCertificate of an entry", fields.read(Tag::INTEGER))?.content;
        if serial.is_empty() {
            return field("userCertificate of an entry", Err(Error::Malformed));
        }
        let revoked = Revoked {
            revoked_unix_s: i64::MIN,
            reason: RevocationReason::Unspecified,
            is_reason_said: false,
            invalid_unix_s: None,
        };
        let (is_dated, has_unknown_critical) = (false, false);
        let mut read = Self {
            serial,
            revoked,
            is_dated,
            issuer: None,
            has_unknown_critical,
            damage: None,
            has_reason: false,
        };
        let has_date = matches!(fields.peek_tag(), Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME));
        let date = fields.read_element();
        match field("revocationDate of an entry", date.and_then(|date| parse_time(&date))) {
            Ok(revoked_unix_s) => {
                read.revoked.revoked_unix_s = revoked_unix_s;
                read.is_dated = true;
            }
            Err(error) => read.damage = Some(error),
        }
        // What stands where the date should may be the extensions.
        let extensions = field("crlEntryExtensions", read.read_extensions(fields));
        if !has_date || extensions.is_err() {
            read.issuer = Some(UNKNOWN_ISSUER);
        }
        read.damage = read.damage.or(extensions.err());
        Ok(read)
    }

    fn read_extensions(&mut self, mut fields: Reader<'a>) -> Result<()> {
        if let Some(extensions) = fields.read_optional(Tag::SEQUENCE)? {
            let mut extensions = extensions.reader();
            while !extensions.is_empty() {
                self.read_extension(&RawExtension::read(&mut extensions)?)?;
            }
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::Malformed) }
    }

    fn read_extension(&mut self, extension: &RawExtension<'a>) -> Result<()> {
        match extension.oid {
            [0x55, 0x1d, 21] => {
                // RFC 5280 §5.3: one of each. Of two nobody knows which is meant, so that none is said.
                let is_first = !core::mem::replace(&mut self.has_reason, true);
                let reason = parse_reason(extension.value).filter(|_| is_first);
                self.revoked.set_reason(reason);
            }
            [0x55, 0x1d, 24] => self.revoked.add_invalidity(parse_invalidity(extension.value)),
            [0x55, 0x1d, 29] => self.issuer = Some(parse_certificate_issuer(extension.value)?),
            _ => self.has_unknown_critical |= extension.is_critical,
        }
        Ok(())
    }
}

/// ReasonCode; one that cannot be read tells nothing, and so nothing that could be lifted.
pub(super) fn parse_reason(value: &[u8]) -> Option<RevocationReason> {
    let number = parse_single(value, Tag::ENUMERATED).and_then(|it| parse_u32(it.content));
    number.ok().and_then(RevocationReason::of)
}

/// InvalidityDate; one that cannot be read says nothing beyond the revocation date.
pub(super) fn parse_invalidity(value: &[u8]) -> Option<i64> {
    parse_time(&parse_single(value, Tag::GENERALIZED_TIME).ok()?).ok()
}

/// CertificateIssuer (RFC 5280 §5.3.3): the directory name among the names.
fn parse_certificate_issuer(value: &[u8]) -> Result<&[u8]> {
    let mut names = parse_single(value, Tag::SEQUENCE)?.reader();
    while !names.is_empty() {
        let name = names.read_element()?;
        if name.tag == Tag::context_constructed(4) {
            return Ok(name.content);
        }
    }
    Err(Error::Malformed)
}

/// An Extension (RFC 5280 §4.1), as lists, entries and responses carry them.
pub(super) struct RawExtension<'a> {
    pub(super) oid: &'a [u8],
    pub(super) is_critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> RawExtension<'a> {
    pub(super) fn read(list: &mut Reader<'a>) -> Result<Self> {
        let mut fields = list.read(Tag::SEQUENCE)?.reader();
        let oid = fields.read(Tag::OID)?.content;
        let is_critical = match fields.read_optional(Tag::BOOLEAN)? {
            Some(element) => parse_boolean(element.content)?.value,
            None => false,
        };
        let value = fields.read(Tag::OCTET_STRING)?.content;
        if fields.is_empty() { Ok(Self { oid, is_critical, value }) } else { Err(Error::Malformed) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
