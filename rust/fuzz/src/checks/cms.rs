//! CMS objects of every type, with everything that is read from them later on.

use smimebatch_core::cms::attributes::looks_like_signed_attributes;
use smimebatch_core::cms::auth_enveloped_data::parse_auth_enveloped_data;
use smimebatch_core::cms::compressed_data::parse_compressed_data;
use smimebatch_core::cms::content_info::parse_content_info;
use smimebatch_core::cms::enveloped_data::parse_enveloped_data;
use smimebatch_core::cms::signed_attributes::SignedAttributes;
use smimebatch_core::cms::signed_data::parse_signed_data;
use smimebatch_core::cms::signer_info::SignerInfo;

/// Panics where `bytes` shows a fault.
pub fn check(bytes: &[u8]) {
    let Ok((info, _)) = parse_content_info(bytes) else { return };
    let _ = (parse_enveloped_data(&info).is_ok(), parse_auth_enveloped_data(&info).is_ok());
    let _ = parse_compressed_data(&info).is_ok();
    let Ok(signed) = parse_signed_data(&info) else { return };
    assert!(signed.content.octet_count() <= bytes.len());
    for signer in signed.signer_infos.iter().flatten() {
        read_signer(signer);
        signer.countersignatures().iter().flatten().for_each(read_signer);
    }
}

fn read_signer(signer: &SignerInfo<'_>) {
    let _ = (signer.time_stamps(), signer.algorithm_protection_matches());
    if let Some(attributes) = &signer.signed_attributes {
        read_attributes(attributes);
    }
}

fn read_attributes(attributes: &SignedAttributes<'_>) {
    let _ = (attributes.content_type().is_ok(), attributes.signing_time_unix_s().is_ok());
    let _ = (attributes.signing_certificate().is_ok(), attributes.signing_certificate_v2().is_ok());
    let received = attributes.as_set();
    for encoding in attributes.other_encodings() {
        assert!(attributes.list.is_empty() || encoding.first() == Some(&0x31));
    }
    // RULES 2: what was signed as attributes is recognised as such when it comes as content.
    if attributes.message_digest().is_ok() {
        assert!(looks_like_signed_attributes(&received));
    }
}
