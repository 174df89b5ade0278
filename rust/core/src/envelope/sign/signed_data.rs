//! SignedData of one signer over one entity (RFC 5652 §5), in DER.
//!
//! Signed attributes: contentType, messageDigest, signingTime (RFC 5652 §11), CMSAlgorithmProtection (RFC 6211),
//! signingCertificateV2 (RFC 5035). All but the second are the same for every message of a signatory. SMIMECapabilities are
//! left out: nobody here knows what the signatory's own program can read.

use super::choice::Way;
use super::signatory::Signatory;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::{element, write_set_of};
use crate::envelope::peel::content_info;
use crate::x509::certificate::Certificate;

/// The attributes that do not hang on the message.
pub(super) fn standing_attributes(
    certificate: &Certificate,
    way: &Way,
    signing_time_unix_s: i64,
) -> Vec<Vec<u8>> {
    vec![
        attribute(oid::CONTENT_TYPE, &element(Tag::OID, &[oid::DATA.0])),
        attribute(oid::SIGNING_TIME, &time(signing_time_unix_s)),
        attribute(oid::ALGORITHM_PROTECTION, &algorithm_protection(way)),
        attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(certificate)),
    ]
}

/// RFC 5652 §5.3: `SEQUENCE { attrType, attrValues SET OF }` of one value.
fn attribute(name: Oid<'_>, value: &[u8]) -> Vec<u8> {
    element(Tag::SEQUENCE, &[&element(Tag::OID, &[name.0]), &element(Tag::SET, &[value])])
}

/// RFC 6211 §2: `SEQUENCE { digestAlgorithm, signatureAlgorithm [1] }`.
fn algorithm_protection(way: &Way) -> Vec<u8> {
    // IMPLICIT: the content of the identifier under another tag.
    let mut signature = way.signature_identifier.clone();
    if let Some(tag) = signature.first_mut() {
        *tag = 0xa1;
    }
    element(Tag::SEQUENCE, &[&way.digest_identifier, &signature])
}

/// RFC 5035 §3 and §4: `SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }`, of the signer's alone.
///
/// ```text
/// ESSCertIDv2 ::= SEQUENCE {
///   hashAlgorithm AlgorithmIdentifier DEFAULT {id-sha256},
///   certHash OCTET STRING,
///   issuerSerial SEQUENCE { issuer GeneralNames, serialNumber } OPTIONAL }
/// ```
fn signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let directory_name = element(Tag::context_constructed(4), &[certificate.issuer_der()]);
    let issuer = element(Tag::SEQUENCE, &[&directory_name]);
    let serial = element(Tag::INTEGER, &[&certificate.serial]);
    let hash = element(Tag::OCTET_STRING, &[&certificate.sha256]);
    let id = element(Tag::SEQUENCE, &[&hash, &element(Tag::SEQUENCE, &[&issuer, &serial])]);
    element(Tag::SEQUENCE, &[&element(Tag::SEQUENCE, &[&id])])
}

/// RFC 5652 §11.3: UTCTime from 1950 to 2049, else GeneralizedTime.
fn time(unix_s: i64) -> Vec<u8> {
    let (year, month, day) = civil_of_days(unix_s.div_euclid(86_400));
    let second = unix_s.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    match year {
        1950..=2049 => {
            let text = format!("{:02}{rest}", year % 100);
            element(Tag::UTC_TIME, &[text.as_bytes()])
        }
        _ => element(Tag::GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()]),
    }
}

/// Year, month and day of a number of days since 1970: the way back of [`crate::mail::date::days_from_civil`].
const fn civil_of_days(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, and eras of 400 of them have 146,097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

/// What a signature is over (RFC 5652 §5.4): the attributes as the DER of a SET.
pub(super) fn signed_attributes(signatory: &Signatory, message_digest: &[u8]) -> Vec<u8> {
    let digest = element(Tag::OCTET_STRING, &[message_digest]);
    let mut attributes = signatory.attributes.clone();
    attributes.push(attribute(oid::MESSAGE_DIGEST, &digest));
    let mut set = Vec::new();
    write_set_of(&mut set, Tag::SET, attributes, true);
    set
}

/// The ContentInfo: what was signed, the value of the signature, and the content where it lies inside.
pub(super) fn signed_data(
    signatory: &Signatory,
    signed_attributes: &[u8],
    value: &[u8],
    content: Option<&[u8]>,
) -> Vec<u8> {
    let way = &signatory.way;
    // RFC 5652 §5.1: id-data, certificates of X.509 alone, issuerAndSerialNumber.
    let version = element(Tag::INTEGER, &[&[1]]);
    let digests = element(Tag::SET, &[&way.digest_identifier]);
    let content = content.map(|octets| {
        let octets = element(Tag::OCTET_STRING, &[octets]);
        element(Tag::context_constructed(0), &[&octets])
    });
    let content_type = element(Tag::OID, &[oid::DATA.0]);
    let content = content.as_deref().unwrap_or_default();
    let encapsulated = element(Tag::SEQUENCE, &[&content_type, content]);
    let mut certificates = Vec::new();
    let (tag, all) = (Tag::context_constructed(0), signatory.certificates.clone());
    write_set_of(&mut certificates, tag, all, true);
    let signer_info = signer_info(signatory, signed_attributes, value);
    let signer_infos = element(Tag::SET, &[&signer_info]);
    content_info(
        oid::SIGNED_DATA,
        &element(Tag::SEQUENCE, &[&version, &digests, &encapsulated, &certificates, &signer_infos]),
    )
}

/// RFC 5652 §5.3.
fn signer_info(signatory: &Signatory, signed_attributes: &[u8], value: &[u8]) -> Vec<u8> {
    let certificate = &signatory.certificate;
    let serial = element(Tag::INTEGER, &[&certificate.serial]);
    // IMPLICIT [0] in place of SET, as RULES 1 has it the other way round.
    let mut attributes = signed_attributes.to_vec();
    if let Some(tag) = attributes.first_mut() {
        *tag = 0xa0;
    }
    element(
        Tag::SEQUENCE,
        &[
            &element(Tag::INTEGER, &[&[1]]),
            &element(Tag::SEQUENCE, &[certificate.issuer_der(), &serial]),
            &signatory.way.digest_identifier,
            &attributes,
            &signatory.way.signature_identifier,
            &element(Tag::OCTET_STRING, &[value]),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::reader::Reader;
    use crate::asn1::values::parse_time;
    use crate::mail::date::days_from_civil;
    use proptest::prelude::*;

    #[test]
    fn time_is_utc_time_for_a_century() {
        assert_eq!(time(1_700_000_000), b"\x17\x0d231114221320Z");
        assert_eq!(time(2_524_607_999), b"\x17\x0d491231235959Z");
        assert_eq!(time(2_524_608_000), b"\x18\x0f20500101000000Z");
    }

    proptest! {
        #[test]
        fn time_is_read_as_it_was_written(unix_s in -631_152_000_i64..253_402_300_799) {
            let written = time(unix_s);
            let read = Reader::new(&written).read_element().and_then(|it| parse_time(&it));
            prop_assert_eq!(read, Ok(unix_s));
        }

        #[test]
        fn civil_is_the_way_back_of_days(days in -100_000_i64..2_000_000) {
            let (year, month, day) = civil_of_days(days);
            let (month, day) = (u8::try_from(month), u8::try_from(day));
            prop_assert_eq!(days_from_civil(year, month.unwrap_or(0), day.unwrap_or(0)), days);
        }
    }
}
