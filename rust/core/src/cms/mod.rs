//! Cryptographic Message Syntax, read in place: RFC 5652 and what grew around it, PKCS#7 1.5 (RFC
//! 2315) included.
//!
//! One file per type of the standard, each a view of slices into the given bytes. [`content_info`]
//! opens an object and says what it is; [`signed_data`], [`enveloped_data`],
//! [`auth_enveloped_data`] and [`compressed_data`] read the four kinds that mail uses; the rest is
//! recognised by its object identifier only. [`signed_attributes`], [`ess`] and [`ess_services`]
//! read single attributes, [`time_stamps`] and [`tst_info`] time-stamp tokens,
//! [`time_stamp_response`] what an authority answers, [`reencode`] rebuilds them as DER for signers that hashed something else than they
//! sent.
//!
//! Nothing here computes a digest, checks a signature or decides; deviations are [`quirk`]s,
//! breakage is [`error`]. [`inflate`] undoes compression.

pub mod algorithms;
pub mod attributes;
pub mod auth_enveloped_data;
mod certificate_set;
pub mod compressed_data;
pub mod content_info;
mod cursor;
pub mod encapsulated_content;
pub mod encrypted_content;
pub mod enveloped_data;
pub mod error;
pub mod ess;
pub mod ess_services;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
pub(crate) mod fixtures;
pub mod hash_index;
pub mod inflate;
pub mod quirk;
pub mod recipient_details;
pub mod recipient_info;
pub mod reencode;
pub mod revocation_values;
pub mod signed_attributes;
pub mod signed_data;
pub mod signer_info;
pub mod time_stamp_response;
pub mod time_stamps;
pub mod tst_info;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::auth_enveloped_data::parse_auth_enveloped_data;
    use super::compressed_data::parse_compressed_data;
    use super::content_info::{ContentKind, parse_content_info, parse_inner_content};
    use super::enveloped_data::parse_enveloped_data;
    use super::fixtures::{self, OBJECTS};
    use super::signed_data::parse_signed_data;
    use super::signer_info::SignerInfo;
    use crate::asn1::oid;

    /// Calls everything that reads, whatever the object is; says how many parts there were.
    fn read_everything(bytes: &[u8]) -> usize {
        let _ = parse_inner_content(oid::SIGNED_DATA, bytes);
        let _ = super::attributes::looks_like_signed_attributes(&[bytes]);
        let _ = super::time_stamp_response::parse_time_stamp_answer(bytes);
        let Ok((mut info, _)) = parse_content_info(bytes) else {
            return 0;
        };
        let mut parts = 0;
        for content_type in
            [oid::SIGNED_DATA, oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA, oid::COMPRESSED_DATA]
        {
            // The claimed type is no protection: each reader must stand every content.
            info.content_type = content_type;
            if let Ok(signed) = parse_signed_data(&info) {
                parts += signed.certificates.len() + signed.content.octet_count();
                for signer in signed.signer_infos.iter().flatten() {
                    parts += read_signer(signer);
                }
            }
            if let Ok(enveloped) = parse_enveloped_data(&info) {
                parts += enveloped.envelope.recipients.len();
                let _ = enveloped.envelope.content.cipher();
            }
            if let Ok(enveloped) = parse_auth_enveloped_data(&info) {
                parts += enveloped.envelope.recipients.len() + enveloped.authentication.mac.len();
            }
            if let Ok(compressed) = parse_compressed_data(&info) {
                parts += compressed.content.content.octet_count();
            }
        }
        parts
    }

    fn read_signer(signer: &SignerInfo<'_>) -> usize {
        let mut parts = signer.time_stamps().len() + signer.countersignatures().len();
        if let Some(attributes) = &signer.signed_attributes {
            let _ = attributes.content_type();
            let _ = attributes.message_digest();
            let _ = attributes.signing_time_unix_s();
            let _ = attributes.signing_certificate();
            let _ = attributes.signing_certificate_v2();
            let _ = signer.algorithm_protection_matches();
            parts += attributes.other_encodings().len() + attributes.as_set()[1].len();
        }
        parts
    }

    #[test]
    fn objects_of_other_tools_are_all_read() {
        for (file, bytes) in OBJECTS {
            let (info, quirks) = parse_content_info(bytes).unwrap();
            assert!(quirks.is_empty(), "{file}: {quirks:?}");
            let known_only_by_name =
                matches!(info.kind(), ContentKind::DigestedData | ContentKind::EncryptedData);
            assert!(read_everything(bytes) > 0 || known_only_by_name, "{file}");
        }
    }

    #[test]
    fn rule_41_depth_of_100_000_in_every_place_ends() {
        for bomb in [[0x30, 0x80], [0x24, 0x80], [0xa0, 0x80], [0x31, 0x80]] {
            let bomb = bomb.repeat(100_000);
            let certificates = fixtures::element(0xa0, &[&bomb]);
            let attributes = fixtures::element(0xa0, &[&bomb]);
            let unsigned = fixtures::element(0xa1, &[&bomb]);
            let content = fixtures::element(
                0x30,
                &[&fixtures::object_identifier(oid::DATA), &fixtures::element(0xa0, &[&bomb])],
            );
            let digests = fixtures::element(0x31, &[&bomb]);
            let signer = fixtures::signer_info_with(&attributes, &unsigned);
            let plain = fixtures::signer_info_with(&[], &unsigned);
            let parts = fixtures::signed_parts(&digests, &content, &certificates, &[&signer]);
            read_everything(&parts);
            read_everything(&fixtures::signed(&[&signer, &plain, &bomb]));
            read_everything(&fixtures::content_info(oid::SIGNED_DATA, &bomb));
            read_everything(&bomb);
        }
    }

    proptest::proptest! {
        #[test]
        fn object_of_any_bytes_never_panics(bytes: Vec<u8>) {
            read_everything(&bytes);
        }

        #[test]
        fn object_with_damage_never_panics(
            object in 0..OBJECTS.len(),
            flips in proptest::collection::vec((0_usize..16_384, 0_u8..8), 1..6),
            cut in 0_usize..4_096,
        ) {
            let mut bytes = OBJECTS[object].1.to_vec();
            for (at, bit) in flips {
                let at = at % bytes.len();
                bytes[at] ^= 1 << bit;
            }
            if cut < 64 {
                bytes.truncate(bytes.len() - cut);
            }
            read_everything(&bytes);
        }
    }
}
