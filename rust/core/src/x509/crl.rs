//! Certificate lists (RFC 5280 §5), versions 1 and 2: complete, delta, indirect and partitioned ones.
//!
//! A list is parsed once and kept encoded, with an index of its entries. Nothing is judged: what it covers
//! ([`CertificateList::scope`]), whether something in it is not understood, and when it was issued come out as facts. A
//! list that breaks its grammar is no list, since what it leaves out would count as much as what it says; only of one
//! with an entry that cannot be read the others are kept ([`CertificateList::damage`]).

use super::certificate::AuthorityKeyIdentifier;
use super::crl_entry::{Entry, EntryIndex, RawExtension};
use super::distribution_points::{IssuingDistributionPoint, parse_issuing_distribution_point};
use super::extensions::parse_authority_key_identifier;
use super::name::{Name, to_rfc4514};
use super::signed::{FieldError, SignedObject, SignedParts, field};
use crate::asn1::reader::{Element, Error, Reader, Result as Read, Tag, parse_single};
use crate::asn1::values::{minimal_integer, parse_generalized_time, parse_time};
use crate::cms::algorithms::{AlgorithmIdentifier, parse_algorithm};

use super::certificate::range_within;

/// CertificateList (RFC 5280 §5.1), decoded.
#[derive(Clone)]
pub struct CertificateList {
    /// Its bytes and signature.
    pub signed: SignedObject,
    /// issuer.
    pub issuer: Name,
    /// thisUpdate.
    pub this_update_unix_s: i64,
    /// nextUpdate.
    pub next_update_unix_s: Option<i64>,
    /// cRLNumber: content octets, minimal.
    pub number: Option<Box<[u8]>>,
    /// deltaCRLIndicator, BaseCRLNumber: content octets, minimal; a complete list has none.
    pub base_number: Option<Box<[u8]>>,
    /// issuingDistributionPoint; without one the list covers every certificate of its issuer.
    pub scope: Option<IssuingDistributionPoint>,
    /// authorityKeyIdentifier.
    pub authority_key_identifier: Option<AuthorityKeyIdentifier>,
    /// expiredCertsOnCRL (X.509 §9.5.2.8): certificates that expired from then on are still listed.
    pub expired_since_unix_s: Option<i64>,
    /// The list or an entry has a critical extension that is not known here (RFC 5280 §5.2, §5.3).
    pub has_unknown_critical: bool,
    /// What cannot be read of an entry, or of what stands beside them. Such a list tells of those whom it names; of nobody that he is not in it.
    pub damage: Option<FieldError>,
    entries: EntryIndex,
}

/// Parses one list; what follows it in `der` is ignored.
///
/// # Errors
/// [`FieldError`] for the first field that is missing or of another type.
pub fn parse_crl(der: &[u8]) -> Result<CertificateList, FieldError> {
    let parts = SignedParts::read(der)?;
    let mut tbs = Tbs::read(&parts.tbs)?;
    if !is_same_algorithm(&parts.algorithm, &tbs.algorithm) || !parts.rest.is_empty() {
        return field("the same algorithm inside and outside", Err(Error::Malformed));
    }
    let outer = parts.outer.raw;
    let issuer = field("issuer", Name::parse(tbs.issuer.raw, range_within(outer, tbs.issuer.raw)))?;
    let list = tbs.entries.map_or(&[][..], |entries| entries.content);
    let entries = field("revokedCertificates", EntryIndex::read(outer, list))?;
    let extensions = field("crlExtensions", Extensions::read(tbs.extensions.take()))?;
    let next_update = field("nextUpdate", tbs.next_update.as_ref().map(parse_time).transpose());
    let beside = field("crlExtensions", extensions.damage.map_or(Ok(()), Err));
    Ok(CertificateList {
        issuer,
        this_update_unix_s: field("thisUpdate", parse_time(&tbs.this_update))?,
        next_update_unix_s: next_update.ok().flatten(),
        number: extensions.number,
        base_number: extensions.base_number,
        scope: extensions.scope,
        authority_key_identifier: extensions.authority_key_identifier,
        expired_since_unix_s: extensions.expired_since_unix_s,
        has_unknown_critical: extensions.has_unknown_critical || entries.has_unknown_critical,
        signed: parts.to_owned(),
        damage: entries.damage.or(next_update.err()).or(beside.err()),
        entries,
    })
}

impl CertificateList {
    /// The name of its issuer, for people (RFC 4514).
    #[must_use]
    pub fn issuer_text(&self) -> String {
        to_rfc4514(self.signed.der.get(self.issuer.der.clone()).unwrap_or_default())
    }

    /// Whether it is a delta, which counts only with its base.
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        self.base_number.is_some()
    }

    /// Whether entries may be of other issuers than that of the list.
    #[must_use]
    pub fn is_indirect(&self) -> bool {
        self.scope.as_ref().is_some_and(|scope| scope.is_indirect)
    }

    /// How many entries it has.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Every entry, by serial number.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries.all(&self.signed.der)
    }

    /// The entries for a serial number, whatever its encoding, in the order of the list.
    pub fn entries_of(&self, serial: &[u8]) -> impl Iterator<Item = Entry<'_>> {
        self.entries.find(&self.signed.der, serial)
    }
}

impl core::fmt::Debug for CertificateList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CertificateList")
            .field("this_update_unix_s", &self.this_update_unix_s)
            .field("entries", &self.entry_count())
            .finish_non_exhaustive()
    }
}

/// RFC 5280 §5.1.1.2; older lists differ in a NULL.
pub(super) fn is_same_algorithm(
    outside: &AlgorithmIdentifier<'_>,
    inside: &AlgorithmIdentifier<'_>,
) -> bool {
    let raw = |it: &AlgorithmIdentifier<'_>| it.parameters.map(|element| element.raw.to_vec());
    let differ_in_null = outside.has_no_parameters() && inside.has_no_parameters();
    outside.oid == inside.oid && (differ_in_null || raw(outside) == raw(inside))
}

/// TBSCertList (RFC 5280 §5.1.2), cut into fields.
struct Tbs<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    issuer: Element<'a>,
    this_update: Element<'a>,
    next_update: Option<Element<'a>>,
    entries: Option<Element<'a>>,
    extensions: Option<Element<'a>>,
}

impl<'a> Tbs<'a> {
    fn read(tbs: &Element<'a>) -> Result<Self, FieldError> {
        let mut fields = tbs.reader();
        field("version", fields.read_optional(Tag::INTEGER))?;
        let algorithm = field("signature", fields.read(Tag::SEQUENCE))?;
        let algorithm = field("signature", parse_algorithm(&algorithm))?;
        let issuer = field("issuer", fields.read(Tag::SEQUENCE))?;
        let this_update = field("thisUpdate", fields.read_element())?;
        let has_next = matches!(fields.peek_tag(), Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME));
        let next_update =
            if has_next { Some(field("nextUpdate", fields.read_element())?) } else { None };
        let entries = field("revokedCertificates", fields.read_optional(Tag::SEQUENCE))?;
        let extensions = fields.read_optional(Tag::context_constructed(0));
        let extensions = field("crlExtensions", extensions)?;
        if !fields.is_empty() {
            return field("the end of the signed part", Err(Error::Malformed));
        }
        Ok(Self { algorithm, issuer, this_update, next_update, entries, extensions })
    }
}

/// What the extensions of a list say (RFC 5280 §5.2).
#[derive(Default)]
struct Extensions {
    number: Option<Box<[u8]>>,
    base_number: Option<Box<[u8]>>,
    scope: Option<IssuingDistributionPoint>,
    authority_key_identifier: Option<AuthorityKeyIdentifier>,
    expired_since_unix_s: Option<i64>,
    has_unknown_critical: bool,
    /// What cannot be read of one that does not say whom the list covers.
    damage: Option<Error>,
}

impl Extensions {
    /// Reads the `[0]` field.
    fn read(outer: Option<Element<'_>>) -> Read<Self> {
        let mut extensions = Self::default();
        let Some(outer) = outer else {
            return Ok(extensions);
        };
        let mut list: Reader<'_> = parse_single(outer.content, Tag::SEQUENCE)?.reader();
        let mut seen: Vec<&[u8]> = Vec::new();
        while !list.is_empty() {
            let extension = RawExtension::read(&mut list)?;
            let bears_on_scope = matches!(extension.oid, [0x55, 0x1d, 27 | 28]);
            // RFC 5280 §5.2 takes over §4.2: one instance of each; two could contradict each other.
            let read = if seen.len() == MOST_EXTENSIONS {
                return Err(Error::Malformed);
            } else if seen.contains(&extension.oid) {
                Err(Error::Malformed)
            } else {
                seen.push(extension.oid);
                extensions.read_extension(&extension)
            };
            match read {
                Err(error) if bears_on_scope => return Err(error),
                read => extensions.damage = extensions.damage.or(read.err()),
            }
        }
        Ok(extensions)
    }

    /// One that bears on what the list covers must be readable, critical or not; without another one the list counts only
    /// against those whom it names.
    fn read_extension(&mut self, extension: &RawExtension<'_>) -> Read<()> {
        let value = extension.value;
        match extension.oid {
            // Only deltas need it: one that is less than nothing follows no other list.
            [0x55, 0x1d, 20] => self.number = parse_number(value)?,
            [0x55, 0x1d, 27] => {
                self.base_number = Some(parse_number(value)?.ok_or(Error::Malformed)?);
            }
            [0x55, 0x1d, 28] => self.scope = Some(parse_issuing_distribution_point(value)?),
            [0x55, 0x1d, 35] => {
                // A hint which key to try: without it every key is tried.
                self.authority_key_identifier = parse_authority_key_identifier(value).ok();
            }
            [0x55, 0x1d, 60] => {
                let date = parse_single(value, Tag::GENERALIZED_TIME)?;
                self.expired_since_unix_s = Some(parse_generalized_time(date.content)?);
            }
            // freshestCRL says where to look for a delta and permits nothing.
            [0x55, 0x1d, 46] => {}
            _ => self.has_unknown_critical |= extension.is_critical,
        }
        Ok(())
    }
}

/// Extensions of a list (own choice: seven are defined).
const MOST_EXTENSIONS: usize = 100;

/// CRLNumber and BaseCRLNumber, RFC 5280 §5.2.3: INTEGER (0..MAX); `None` for a negative one.
fn parse_number(value: &[u8]) -> Read<Option<Box<[u8]>>> {
    let number = parse_single(value, Tag::INTEGER)?.content;
    match number.first() {
        None => Err(Error::Malformed),
        Some(first) => Ok((*first < 0x80).then(|| minimal_integer(number).into())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
