//! Object identifiers as content octets (X.690 §8.19), and their dotted form.

use super::reader::{Error, Reader, Result, Tag};

/// An object identifier, as the content octets of its encoding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid<'a>(pub &'a [u8]);

/// Reads an object identifier; one that breaks off or pads a number would be another one to another reader.
///
/// # Errors
/// [`Error::Malformed`] for one that is not well-formed, and any [`Error`] of reading.
pub fn read_oid<'a>(fields: &mut Reader<'a>) -> Result<&'a [u8]> {
    let content = fields.read(Tag::OID)?.content;
    if Oid(content).is_well_formed() { Ok(content) } else { Err(Error::Malformed) }
}

impl Oid<'_> {
    /// X.690 §8.19.2: at least one number, each ended and without leading zeros.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let is_last = |octet: &u8| octet & 0x80 == 0;
        let mut numbers = self.0.split_inclusive(is_last);
        self.0.last().is_some_and(is_last) && numbers.all(|number| number.first() != Some(&0x80))
    }

    /// Writes the dotted decimals; arcs beyond 128 bits are shown as `?`.
    ///
    /// Generic, for columns of thousands: a string at hand takes a quarter of the time of a formatter.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_dotted(&self, out: &mut impl core::fmt::Write) -> core::fmt::Result {
        let is_last = |octet: &u8| octet & 0x80 == 0;
        let mut arcs =
            self.0.split_inclusive(is_last).filter(|arc| arc.last().is_some_and(is_last));
        if let Some(first) = arcs.next() {
            let (arc, _) = read_arc(first);
            // Divided only where it may be less than 2 (X.690 §8.19.4).
            let root = if arc < 80 { u128::from(arc >= 40) } else { 2 };
            out.write_char(char::from(b'0' + root as u8))?;
            write_dot_and(arc - root * 40, out)?;
        }
        for octets in arcs {
            match octets {
                [arc] => write_dot_and_small(u32::from(*arc), out)?,
                _ => match read_arc(octets) {
                    (_, true) => out.write_str(".?")?,
                    (arc, false) => write_dot_and(arc, out)?,
                },
            }
        }
        Ok(())
    }
}

/// The number of one arc, and whether it is beyond 128 bits.
fn read_arc(octets: &[u8]) -> (u128, bool) {
    let bits = |octet: &u8| octet & 0x7f;
    // Arithmetic of 128 bits takes many times as long, and nearly no arc needs it.
    if octets.len() <= 9 {
        let arc = octets.iter().fold(0_u64, |arc, octet| arc << 7 | u64::from(bits(octet)));
        return (u128::from(arc), false);
    }
    let mut overflow = false;
    let arc = octets.iter().fold(0_u128, |arc, octet| {
        overflow |= arc >> 121 != 0;
        arc << 7 | u128::from(bits(octet))
    });
    (arc, overflow)
}

impl core::fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.write_dotted(f)
    }
}

fn write_dot_and(arc: u128, out: &mut impl core::fmt::Write) -> core::fmt::Result {
    match u32::try_from(arc) {
        Ok(arc) => write_dot_and_small(arc, out),
        Err(_) => write!(out, ".{arc}"),
    }
}

/// Nearly every arc is small: without the machinery of formatting, which takes six times as long.
fn write_dot_and_small(mut rest: u32, out: &mut impl core::fmt::Write) -> core::fmt::Result {
    let mut text = [b'.'; 11];
    let mut start = text.len();
    for place in text.iter_mut().rev().take(10) {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    let written = text.get(start - 1..).unwrap_or_default();
    out.write_str(core::str::from_utf8(written).unwrap_or_default())
}

impl core::fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// Content octets of an object identifier in dotted decimals; `None` for what is none, or has arcs beyond 128 bits.
#[must_use]
pub fn parse_dotted(text: &str) -> Option<Box<[u8]>> {
    let is_decimal = |arc: &str| {
        arc.bytes().all(|octet| octet.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    let parse_arc = |arc: &str| is_decimal(arc).then(|| arc.parse::<u128>().ok()).flatten();
    let mut arcs = text.split('.').map(parse_arc);
    let (root, second) = (arcs.next()??, arcs.next()??);
    // X.660 §7.6: the first two share a number.
    if root > 2 || root < 2 && second > 39 {
        return None;
    }
    let mut octets = Vec::new();
    for arc in core::iter::once(second.checked_add(root * 40)).chain(arcs) {
        write_arc(&mut octets, arc?);
    }
    Some(octets.into())
}

/// X.690 §8.19.2: seven bits an octet, the last without its highest.
fn write_arc(octets: &mut Vec<u8>, arc: u128) {
    let groups = (128 - arc.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let more = if group == 0 { 0 } else { 0x80 };
        octets.push((arc >> (7 * group) & 0x7f) as u8 | more);
    }
}

/// Declares identifiers by name, dotted form and octets; a test holds the two against each other.
macro_rules! oids {
    ($($(#[$meta:meta])* $name:ident = $dotted:literal, $octets:expr;)+) => {
        $($(#[$meta])* pub const $name: Oid<'static> = Oid(&$octets);)+
        #[cfg(test)]
        const DOTTED: &[(Oid<'static>, &str)] = &[$(($name, $dotted),)+];
    };
}

oids! {
    /// id-data (RFC 5652 §4).
    DATA = "1.2.840.113549.1.7.1", [42, 134, 72, 134, 247, 13, 1, 7, 1];
    /// id-signedData (RFC 5652 §5.1).
    SIGNED_DATA = "1.2.840.113549.1.7.2", [42, 134, 72, 134, 247, 13, 1, 7, 2];
    /// id-envelopedData (RFC 5652 §6.1).
    ENVELOPED_DATA = "1.2.840.113549.1.7.3", [42, 134, 72, 134, 247, 13, 1, 7, 3];
    /// signedAndEnvelopedData (RFC 2315 §11), dropped by CMS.
    SIGNED_AND_ENVELOPED_DATA = "1.2.840.113549.1.7.4", [42, 134, 72, 134, 247, 13, 1, 7, 4];
    /// id-digestedData (RFC 5652 §7).
    DIGESTED_DATA = "1.2.840.113549.1.7.5", [42, 134, 72, 134, 247, 13, 1, 7, 5];
    /// id-encryptedData (RFC 5652 §8).
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6", [42, 134, 72, 134, 247, 13, 1, 7, 6];
    /// id-ct-authData (RFC 5652 §9.1).
    AUTHENTICATED_DATA = "1.2.840.113549.1.9.16.1.2", [42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 2];
    /// id-ct-receipt (RFC 2634 §2.8).
    RECEIPT = "1.2.840.113549.1.9.16.1.1", [42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 1];
    /// id-ct-TSTInfo (RFC 3161 §2.4.2).
    TST_INFO = "1.2.840.113549.1.9.16.1.4", [42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 4];
    /// id-ct-compressedData (RFC 3274 §1.1).
    COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9", [42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 9];
    /// id-ct-authEnvelopedData (RFC 5083 §2.1).
    AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23", [42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 23];
    /// id-contentType (RFC 5652 §11.1).
    CONTENT_TYPE = "1.2.840.113549.1.9.3", [42, 134, 72, 134, 247, 13, 1, 9, 3];
    /// id-messageDigest (RFC 5652 §11.2).
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4", [42, 134, 72, 134, 247, 13, 1, 9, 4];
    /// id-signingTime (RFC 5652 §11.3).
    SIGNING_TIME = "1.2.840.113549.1.9.5", [42, 134, 72, 134, 247, 13, 1, 9, 5];
    /// id-countersignature (RFC 5652 §11.4).
    COUNTERSIGNATURE = "1.2.840.113549.1.9.6", [42, 134, 72, 134, 247, 13, 1, 9, 6];
    /// id-aa-CMSAlgorithmProtection (RFC 6211 §2).
    ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52", [42, 134, 72, 134, 247, 13, 1, 9, 52];
    /// id-aa-signingCertificate (RFC 5035 §5).
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 12];
    /// id-aa-signatureType (RFC 3183 §3.1).
    SIGNATURE_TYPE = "1.2.840.113549.1.9.16.2.28", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 28];
    /// id-sti-domainSig (RFC 3183 §3.1).
    DOMAIN_SIGNATURE = "1.2.840.113549.1.9.16.9.2", [42, 134, 72, 134, 247, 13, 1, 9, 16, 9, 2];
    /// id-aa-timeStampToken (RFC 3161 Appendix A).
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 14];
    /// id-aa-ets-contentTimestamp (RFC 5126 §5.11.4).
    CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 20];
    /// id-aa-ets-escTimeStamp (RFC 5126 §6.3.5).
    ESC_TIME_STAMP = "1.2.840.113549.1.9.16.2.25", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 25];
    /// id-aa-ets-certCRLTimestamp (RFC 5126 §6.3.6).
    CERT_CRL_TIME_STAMP = "1.2.840.113549.1.9.16.2.26", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 26];
    /// id-aa-ets-archiveTimestamp of ETSI TS 101 733 before version 1.5.
    ARCHIVE_TIME_STAMP = "1.2.840.113549.1.9.16.2.27", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 27];
    /// id-aa-ets-archiveTimestampV2 (RFC 5126 §6.4.1).
    ARCHIVE_TIME_STAMP_V2 = "1.2.840.113549.1.9.16.2.48", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 48];
    /// id-aa-ets-archiveTimestampV3 (ETSI EN 319 122-1 §5.5.3).
    ARCHIVE_TIME_STAMP_V3 = "0.4.0.1733.2.4", [4, 0, 141, 69, 2, 4];
    /// id-aa-ATSHashIndex (ETSI TS 101 733 §6.4.2).
    ATS_HASH_INDEX = "0.4.0.1733.2.5", [4, 0, 141, 69, 2, 5];
    /// id-aa-ATSHashIndex-v3 (ETSI EN 319 122-1 §5.5.2).
    ATS_HASH_INDEX_V3 = "0.4.0.19122.1.5", [4, 0, 129, 149, 50, 1, 5];
    /// id-aa-signingCertificateV2 (RFC 5035 §3).
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 47];
    /// id-aa-ets-certValues (RFC 5126 §6.3.3).
    CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 23];
    /// id-aa-ets-revocationValues (RFC 5126 §6.3.4).
    REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24", [42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 24];
    /// id-ri-ocsp-response (RFC 5940 §2).
    OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2", [43, 6, 1, 5, 5, 7, 16, 2];
    /// id-ori-kem (RFC 9629 §3).
    KEM_RECIPIENT_INFO = "1.2.840.113549.1.9.16.13.3", [42, 134, 72, 134, 247, 13, 1, 9, 16, 13, 3];
    /// id-alg-zlibCompress (RFC 3274 §2).
    ZLIB_COMPRESS = "1.2.840.113549.1.9.16.3.8", [42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 8];
    /// id-alg-AEADChaCha20Poly1305 (RFC 8103 §1).
    CHACHA20_POLY1305 = "1.2.840.113549.1.9.16.3.18", [42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 18];
    /// id-alg-cek-hkdf-sha256 (RFC 9709 §2).
    CEK_HKDF_SHA256 = "1.2.840.113549.1.9.16.3.31", [42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 31];
    /// desCBC (RFC 8018 §B.2.1).
    DES_CBC = "1.3.14.3.2.7", [43, 14, 3, 2, 7];
    /// des-ede3-cbc (RFC 3370 §5.1).
    DES_EDE3_CBC = "1.2.840.113549.3.7", [42, 134, 72, 134, 247, 13, 3, 7];
    /// rc2-cbc (RFC 3370 §5.2).
    RC2_CBC = "1.2.840.113549.3.2", [42, 134, 72, 134, 247, 13, 3, 2];
    /// id-camellia128-cbc (RFC 3657 §2).
    CAMELLIA128_CBC = "1.2.392.200011.61.1.1.1.2", [42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 2];
    /// id-camellia192-cbc (RFC 3657 §2).
    CAMELLIA192_CBC = "1.2.392.200011.61.1.1.1.3", [42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 3];
    /// id-camellia256-cbc (RFC 3657 §2).
    CAMELLIA256_CBC = "1.2.392.200011.61.1.1.1.4", [42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 4];
    /// id-seedCBC (RFC 4010 §2).
    SEED_CBC = "1.2.410.200004.1.4", [42, 131, 26, 140, 154, 68, 1, 4];
    /// cast5CBC (RFC 2984 §2).
    CAST5_CBC = "1.2.840.113533.7.66.10", [42, 134, 72, 134, 246, 125, 7, 66, 10];
    /// IDEA-CBC (RFC 3058 §2).
    IDEA_CBC = "1.3.6.1.4.1.188.7.1.1.2", [43, 6, 1, 4, 1, 129, 60, 7, 1, 1, 2];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn oid_constants_are_what_their_dotted_form_says() {
        for (oid, dotted) in DOTTED {
            assert_eq!(oid.to_string(), *dotted);
        }
    }

    #[test]
    fn oid_is_well_formed_where_every_number_ends_and_none_is_padded() {
        for good in [&b"\x2a"[..], b"\x00", b"\x2a\x83\x00\x01", b"\x88\x37", b"\x2a\x81\x80\x00"] {
            assert!(Oid(good).is_well_formed(), "{good:?}");
        }
        for bad in [&b""[..], b"\x2a\x83", b"\x80\x2a", b"\x2a\x80\x01", b"\x2a\x80", b"\x80"] {
            assert!(!Oid(bad).is_well_formed(), "{bad:?}");
        }
    }

    #[test]
    fn oid_display_is_dotted() {
        assert_eq!(
            Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]).to_string(),
            "1.2.840.113549.1.7.2"
        );
        assert_eq!(Oid(&[0x88, 0x37]).to_string(), "2.999");
        assert_eq!(Oid(&[0x2a, 0x00, 0x0a, 0x83, 0x68]).to_string(), "1.2.0.10.488");
        // 2^32 - 1 and 2^32.
        assert_eq!(Oid(&[0x2a, 0x8f, 0xff, 0xff, 0xff, 0x7f]).to_string(), "1.2.4294967295");
        assert_eq!(Oid(&[0x2a, 0x90, 0x80, 0x80, 0x80, 0x00]).to_string(), "1.2.4294967296");
    }

    /// The obvious way, bit by bit.
    fn dotted_slowly(octets: &[u8]) -> String {
        let mut arcs = Vec::new();
        let mut bits = Vec::new();
        for octet in octets {
            bits.extend((0..7).rev().map(|bit| octet >> bit & 1));
            if octet & 0x80 == 0 {
                arcs.push(std::mem::take(&mut bits));
            }
        }
        let text = |(place, bits): (usize, &Vec<u8>)| {
            let width = bits.iter().skip_while(|bit| **bit == 0).count();
            let number = bits.iter().fold(0_u128, |number, bit| number << 1 | u128::from(*bit));
            match place {
                0 if number < 40 => format!("0.{number}"),
                0 if number < 80 => format!("1.{}", number - 40),
                0 => format!("2.{}", number - 80),
                _ if width > 128 => "?".to_owned(),
                _ => number.to_string(),
            }
        };
        arcs.iter().enumerate().map(text).collect::<Vec<_>>().join(".")
    }

    proptest! {
        #[test]
        fn oid_display_of_any_octets_equals_the_slow_way(
            octets in prop::collection::vec(
                prop_oneof![4 => 0_u8..0x80, 3 => 0x80_u8.., 2 => Just(0x80_u8), 2 => Just(0xff_u8)], 0..40),
        ) {
            prop_assert_eq!(Oid(&octets).to_string(), dotted_slowly(&octets));
        }
    }

    #[test]
    fn oid_parse_dotted_is_the_opposite_of_display() {
        for (oid, dotted) in DOTTED {
            assert_eq!(parse_dotted(dotted).as_deref(), Some(oid.0));
        }
        for dotted in ["2.999", "0.0", "1.39.0", "1.2.4294967296", "2.5.29.32.0"] {
            let shown = parse_dotted(dotted).map(|octets| Oid(&octets).to_string());
            assert_eq!(shown.as_deref(), Some(dotted));
        }
    }

    #[test]
    fn oid_parse_dotted_refuses_what_is_none() {
        let too_great = format!("1.2.{}", "9".repeat(40));
        for text in
            ["", "1", "1.", ".1", "3.1", "1.40", "1.2.03", "1.2.+3", "1.2 .3", "1.-2", &too_great]
        {
            assert_eq!(parse_dotted(text), None, "{text}");
        }
    }
}
