//! Key agreement: the sender's public key and ours → the key that wraps the content key (RFC 5753, RFC 8418).

use smimebatch_crypto::agreement::agree;
use smimebatch_crypto::kdf;
use smimebatch_crypto::private_key::PrivateKey;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::wrap;

use super::algorithms::{self, Derivation, Refusal};
use crate::asn1::reader::{Element, Tag};
use crate::asn1::writer::write_element;
use crate::cms::algorithms::AlgorithmIdentifier;
use crate::cms::recipient_details::{Agreement, Originator};

/// The content key of a recipient of a key agreement.
///
/// The sender's key must stand in the message: one of a certificate is used by nobody (RFC 5753 §3.1 asks for an
/// ephemeral one).
pub(super) fn unwrap(
    key: &PrivateKey,
    algorithm: &AlgorithmIdentifier<'_>,
    agreement: &Agreement<'_>,
    wrapped: &[u8],
) -> Result<Secret, Refusal> {
    let (derivation, wrap_identifier) = algorithms::agreement(algorithm)?;
    let key_wrap = algorithms::key_wrap(&algorithms::inner_algorithm(&wrap_identifier)?)?;
    let Originator::Key { public_key, .. } = &agreement.originator else {
        return Err(Refusal::Unsupported);
    };
    let secret = agree(key, public_key).map_err(|_| Refusal::Failed)?;
    let material = agreement.user_keying_material.as_deref();
    // RULES 37: what is shared names the wrap with its parameters NULL or without any, whatever the message has.
    for key_info in key_infos(&wrap_identifier) {
        let info = shared_info(&key_info, material, key_wrap.key_octets());
        let wrapping = derive(derivation, &secret, &info, key_wrap.key_octets())?;
        if let Ok(content_key) = wrap::unwrap(key_wrap, wrapping.as_bytes(), wrapped) {
            return Ok(content_key);
        }
    }
    Err(Refusal::Failed)
}

/// A key of `octets` from a shared secret.
pub(super) fn derive(
    derivation: Derivation,
    secret: &Secret,
    info: &[u8],
    octets: usize,
) -> Result<Secret, Refusal> {
    let derived = match derivation {
        Derivation::X963(hash) => kdf::x963(hash, secret, info, octets),
        Derivation::Hkdf(hash) => kdf::hkdf(hash, &[], secret.as_bytes(), info, octets),
    };
    derived.map_err(|_| Refusal::Unsupported)
}

/// The identifier of the wrap as it stands, then with its NULL put in or taken out.
fn key_infos(identifier: &Element<'_>) -> [Vec<u8>; 2] {
    const NULL: &[u8] = &[5, 0];
    let other = match identifier.content.strip_suffix(NULL) {
        Some(without) => without.to_vec(),
        None => [identifier.content, NULL].concat(),
    };
    let mut encoded = Vec::new();
    write_element(&mut encoded, Tag::SEQUENCE, &other);
    [identifier.raw.to_vec(), encoded]
}

/// RFC 5753 §7.2, DER:
///
/// ```text
/// ECC-CMS-SharedInfo ::= SEQUENCE {
///   keyInfo AlgorithmIdentifier,
///   entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
///   suppPubInfo [2] EXPLICIT OCTET STRING }   -- bits of the key, 32 bits
/// ```
pub(super) fn shared_info(key_info: &[u8], material: Option<&[u8]>, key_octets: usize) -> Vec<u8> {
    let mut fields = key_info.to_vec();
    if let Some(material) = material {
        write_explicit(&mut fields, 0, material);
    }
    let bits = u32::try_from(8 * key_octets).unwrap_or(u32::MAX);
    write_explicit(&mut fields, 2, &bits.to_be_bytes());
    let mut info = Vec::new();
    write_element(&mut info, Tag::SEQUENCE, &fields);
    info
}

/// `[number] EXPLICIT OCTET STRING`.
pub(super) fn write_explicit(out: &mut Vec<u8>, number: u8, octets: &[u8]) {
    let mut inner = Vec::new();
    write_element(&mut inner, Tag::OCTET_STRING, octets);
    write_element(out, Tag::context_constructed(number), &inner);
}
