//! Key encapsulation: a ciphertext of ML-KEM and our key → the key that wraps the content key (RFC 9629, RFC 9936).

use smimebatch_crypto::kem::decapsulate;
use smimebatch_crypto::private_key::PrivateKey;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::wrap;

use super::agreement::{derive, write_explicit};
use super::algorithms::{self, Refusal};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::algorithms::AlgorithmIdentifier;
use crate::cms::recipient_details::Encapsulation;

/// The content key of a recipient of a key encapsulation.
pub(super) fn unwrap(
    key: &PrivateKey,
    encapsulation: &Encapsulation<'_>,
    wrapped: &[u8],
) -> Result<Secret, Refusal> {
    let derivation = algorithms::encapsulation(&encapsulation.key_derivation)?;
    let key_wrap = algorithms::key_wrap(&encapsulation.wrap)?;
    // RFC 9629 §3: kekLength is that of the wrap's key.
    if encapsulation.key_octets as usize != key_wrap.key_octets() {
        return Err(Refusal::Failed);
    }
    let secret = decapsulate(key, &encapsulation.ciphertext).map_err(|_| Refusal::Failed)?;
    let mut identifier = Vec::new();
    write_identifier(&mut identifier, &encapsulation.wrap);
    let material = encapsulation.user_keying_material.as_deref();
    let info = other_info(&identifier, key_wrap.key_octets(), material);
    let wrapping = derive(derivation, &secret, &info, key_wrap.key_octets())?;
    wrap::unwrap(key_wrap, wrapping.as_bytes(), wrapped).map_err(|_| Refusal::Failed)
}

/// RFC 9629 §5, DER:
///
/// ```text
/// CMSORIforKEMOtherInfo ::= SEQUENCE {
///   wrap KeyEncryptionAlgorithmIdentifier,
///   kekLength INTEGER (1..65535),
///   ukm [0] EXPLICIT UserKeyingMaterial OPTIONAL }
/// ```
///
/// `wrap` is encoded; wraps have keys of 32 octets at most, whose number is one octet.
pub(super) fn other_info(wrap: &[u8], key_octets: usize, material: Option<&[u8]>) -> Vec<u8> {
    let mut fields = wrap.to_vec();
    write_element(&mut fields, Tag::INTEGER, &[key_octets.to_le_bytes()[0]]);
    if let Some(material) = material {
        write_explicit(&mut fields, 0, material);
    }
    let mut info = Vec::new();
    write_element(&mut info, Tag::SEQUENCE, &fields);
    info
}

fn write_identifier(out: &mut Vec<u8>, algorithm: &AlgorithmIdentifier<'_>) {
    let mut fields = Vec::new();
    write_element(&mut fields, Tag::OID, algorithm.oid.0);
    fields.extend_from_slice(algorithm.parameters.map_or(&[], |parameters| parameters.raw));
    write_element(out, Tag::SEQUENCE, &fields);
}
