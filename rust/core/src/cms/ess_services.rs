//! Enhanced security services asked for by a signer: receipts, security labels, lists, references (RFC 2634, RFC 5035).
//!
//! Read only from the signed attributes, and only to be told: nothing here changes a verdict, and what cannot be read
//! is named without its value.

use super::attributes::Attribute;
use super::signed_attributes::SignedAttributes;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Element, Reader, Tag};
use crate::asn1::values::{parse_u32, text_of};
use crate::codes::{CodeSet, codes};
use crate::limits;

codes! {
    /// OUTPUT.md `ess`: what of the enhanced security services a signature carries.
    pub enum EssService {
        SignedReceipt = "signed_receipt", "The signed content is itself a receipt for another message (RFC 2634 §2.8).";
        ReceiptRequest = "receipt_request", "The signer asks for signed receipts (RFC 2634 §2.7).";
        ContentIdentifier = "content_identifier", "The content has an identifier, for receipts and references (RFC 2634 §2.9.2).";
        ContentHints = "content_hints", "A description of the innermost content, for those outside an encryption (RFC 2634 §2.9).";
        ContentReference = "content_reference", "The message refers to another signed message (RFC 2634 §2.11).";
        MessageSignatureDigest = "message_signature_digest", "A receipt's digest of the message it is for (RFC 2634 §2.10).";
        SecurityLabel = "security_label", "The content has a security label (RFC 2634 §3.2).";
        EquivalentLabels = "equivalent_labels", "Security labels of other policies that mean the same (RFC 2634 §3.4).";
        MlExpansionHistory = "ml_expansion_history", "Secure mailing lists have expanded the message (RFC 2634 §4.4).";
        SigningCertificate = "signing_certificate", "The signer names its certificate, by SHA-1 (RFC 2634 §5.4).";
        SigningCertificateV2 = "signing_certificate_v2", "The signer names its certificate (RFC 5035 §3).";
    }
}

/// What a signer's attributes say of these services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EssServices {
    /// Which there are.
    pub services: CodeSet<EssService>,
    /// The security label in words, then the equivalent ones.
    pub labels: Vec<String>,
    /// Addresses that a receipt is asked to be sent to.
    pub receipts_to: Vec<String>,
}

/// id-aa (RFC 2634 Appendix A), which all of them start with.
const ID_AA: [u8; 10] = [42, 134, 72, 134, 247, 13, 1, 9, 16, 2];

/// Reads the signed attributes of one signer over content of type `content_type`.
#[must_use]
pub fn read_services(
    attributes: &SignedAttributes<'_>,
    content_type: Option<Oid<'_>>,
) -> EssServices {
    let (mut found, mut equivalent) = (EssServices::default(), Vec::new());
    if content_type == Some(oid::RECEIPT) {
        found.services.insert(EssService::SignedReceipt);
    }
    for attribute in &attributes.list {
        let Some(service) = service_named(attribute.oid) else { continue };
        found.services.insert(service);
        match service {
            EssService::SecurityLabel => found.labels.extend(values(attribute).map(label_of)),
            EssService::EquivalentLabels => {
                let labels = values(attribute).flat_map(|value| elements(value.reader()));
                equivalent.extend(labels.take(limits::ESS_TEXTS).map(label_of));
            }
            EssService::ReceiptRequest => {
                found.receipts_to.extend(values(attribute).flat_map(receipts_to));
            }
            _ => {}
        }
    }
    found.labels.append(&mut equivalent);
    found.labels.truncate(limits::ESS_TEXTS);
    found.receipts_to.truncate(limits::ESS_TEXTS);
    found
}

fn service_named(oid: Oid<'_>) -> Option<EssService> {
    let [last] = oid.0.strip_prefix(&ID_AA)? else { return None };
    Some(match last {
        1 => EssService::ReceiptRequest,
        2 => EssService::SecurityLabel,
        3 => EssService::MlExpansionHistory,
        4 => EssService::ContentHints,
        5 => EssService::MessageSignatureDigest,
        7 => EssService::ContentIdentifier,
        9 => EssService::EquivalentLabels,
        10 => EssService::ContentReference,
        12 => EssService::SigningCertificate,
        47 => EssService::SigningCertificateV2,
        _ => return None,
    })
}

fn values<'a>(attribute: &Attribute<'a>) -> impl Iterator<Item = Element<'a>> + use<'a> {
    attribute.values().filter_map(Result::ok).take(limits::ESS_TEXTS)
}

fn elements(mut reader: Reader<'_>) -> impl Iterator<Item = Element<'_>> {
    core::iter::from_fn(move || if reader.is_empty() { None } else { reader.read_element().ok() })
}

/// RFC 2634 §3.2, whose SET may come in any order:
///
/// ```text
/// ESSSecurityLabel ::= SET {
///   security-policy-identifier SecurityPolicyIdentifier,
///   security-classification SecurityClassification OPTIONAL,
///   privacy-mark ESSPrivacyMark OPTIONAL,
///   security-categories SecurityCategories OPTIONAL }
/// ```
fn label_of(label: Element<'_>) -> String {
    let (mut policy, mut classification, mut mark, mut categories) = (None, None, None, 0);
    for field in elements(label.reader()).take(limits::ESS_TEXTS) {
        match field.tag {
            Tag::OID => policy = Some(Oid(field.content).to_string()),
            Tag::INTEGER => classification = parse_u32(field.content).ok(),
            Tag::SET => categories = elements(field.reader()).take(limits::ESS_TEXTS).count(),
            tag => mark = Some(text_of(tag, field.content)),
        }
    }
    let mut words =
        vec![policy.map_or_else(|| "no policy".to_owned(), |oid| format!("policy {oid}"))];
    words.extend(classification.map(classification_named));
    words.extend(mark.map(|mark| format!("\"{mark}\"")));
    words.extend((categories > 0).then(|| format!("{categories} categories")));
    words.join(", ")
}

/// RFC 2634 §3.2, the basic hierarchy.
fn classification_named(number: u32) -> String {
    let names = ["unmarked", "unclassified", "restricted", "confidential", "secret", "top secret"];
    let name = usize::try_from(number).ok().and_then(|number| names.get(number));
    name.map_or_else(|| format!("classification {number}"), |name| (*name).to_owned())
}

/// RFC 2634 §2.7: `SEQUENCE { signedContentIdentifier, receiptsFrom, receiptsTo SEQUENCE OF GeneralNames }`.
fn receipts_to(request: Element<'_>) -> Vec<String> {
    let is_list = |element: &Element<'_>| element.tag == Tag::SEQUENCE;
    let Some(to) = elements(request.reader()).take(3).filter(is_list).last() else {
        return Vec::new();
    };
    let names = elements(to.reader()).flat_map(|names| elements(names.reader()));
    names
        .take(limits::ESS_TEXTS)
        .filter(|name| name.tag == Tag::context_primitive(1))
        .map(|name| String::from_utf8_lossy(name.content).into_owned())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{
        CADES, attribute, element, object_identifier, signed, signer, signer_info_with,
    };
    use super::*;
    use crate::codes::Code;

    fn aa(last: u8) -> Vec<u8> {
        [&ID_AA[..], &[last]].concat()
    }

    fn read(attributes: &[Vec<u8>]) -> EssServices {
        let set = element(0xa0, &[&attributes.concat()]);
        let bytes = signed(&[&signer_info_with(&set, &[])]);
        let signer = signer(&bytes);
        read_services(signer.signed_attributes.as_ref().unwrap(), None)
    }

    #[test]
    fn ess_label_in_any_order_is_said_in_words() {
        let policy = object_identifier(Oid(&[0x2a, 3]));
        let (secret, mark) = (element(0x02, &[&[4]]), element(0x0c, &[b"eyes only"]));
        let label = element(0x31, &[&secret, &policy, &mark]);
        let other = element(0x31, &[&policy, &element(0x02, &[&[9]])]);
        let found = read(&[
            attribute(Oid(&aa(9)), &[&element(0x30, &[&other, &element(0x31, &[])])]),
            attribute(Oid(&aa(2)), &[&label]),
        ]);
        assert_eq!(
            found.labels,
            ["policy 1.2.3, secret, \"eyes only\"", "policy 1.2.3, classification 9", "no policy"]
        );
        let words: Vec<_> = found.services.iter().map(Code::code).collect();
        assert_eq!(words, ["security_label", "equivalent_labels"]);
    }

    #[test]
    fn ess_label_with_categories_says_how_many() {
        let policy = object_identifier(Oid(&[0x2a, 3]));
        let categories = element(0x31, &[&element(0x30, &[]), &element(0x30, &[])]);
        let found = read(&[attribute(Oid(&aa(2)), &[&element(0x31, &[&policy, &categories])])]);
        assert_eq!(found.labels, ["policy 1.2.3, 2 categories"]);
    }

    #[test]
    fn ess_services_of_each_attribute_are_told() {
        for (last, service) in [
            (1, EssService::ReceiptRequest),
            (2, EssService::SecurityLabel),
            (3, EssService::MlExpansionHistory),
            (4, EssService::ContentHints),
            (5, EssService::MessageSignatureDigest),
            (7, EssService::ContentIdentifier),
            (9, EssService::EquivalentLabels),
            (10, EssService::ContentReference),
            (12, EssService::SigningCertificate),
            (47, EssService::SigningCertificateV2),
        ] {
            let found = read(&[attribute(Oid(&aa(last)), &[])]);
            assert_eq!(found.services, CodeSet::of(service), "{last}");
        }
    }

    #[test]
    fn ess_receipt_request_names_who_receives() {
        let names = |address: &[u8]| element(0x30, &[&element(0x81, &[address])]);
        let to = element(
            0x30,
            &[&names(b"a@b"), &element(0x30, &[&element(0x82, &[b"dns"])]), &names(b"c@d")],
        );
        let request = element(0x30, &[&element(0x04, &[b"id"]), &element(0x80, &[&[0]]), &to]);
        let found = read(&[attribute(Oid(&aa(1)), &[&request])]);
        assert_eq!(found.receipts_to, ["a@b", "c@d"]);
        assert!(found.services.contains(EssService::ReceiptRequest));
    }

    #[test]
    fn ess_services_of_others_and_broken_ones_are_named_or_left_out() {
        let found = read(&[
            attribute(Oid(&aa(10)), &[]),
            attribute(Oid(&aa(100)), &[&element(0x04, &[])]),
            attribute(Oid(&aa(1)), &[&element(0x04, &[b"?"])]),
            attribute(Oid(&aa(2)), &[&element(0x04, &[b"\x30\x05"])]),
        ]);
        let words: Vec<_> = found.services.iter().map(Code::code).collect();
        assert_eq!(words, ["receipt_request", "content_reference", "security_label"]);
        assert_eq!((found.labels, found.receipts_to), (vec!["no policy".to_owned()], vec![]));
        let cades = signer(CADES);
        let cades = read_services(cades.signed_attributes.as_ref().unwrap(), Some(oid::RECEIPT));
        let words: Vec<_> = cades.services.iter().map(Code::code).collect();
        assert_eq!(words, ["signed_receipt", "signing_certificate_v2"]);
    }

    #[test]
    fn rule_43_texts_of_labels_and_receipts_are_bounded() {
        let label = element(0x31, &[]);
        let found = read(&[attribute(Oid(&aa(2)), &vec![label.as_slice(); 1_000])]);
        assert_eq!(found.labels.len(), limits::ESS_TEXTS);
    }
}
