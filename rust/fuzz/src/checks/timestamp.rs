//! TSTInfo by itself, and the tokens that signers carry, with everything that is read from them later on.

use smimebatch_core::cms::content_info::parse_content_info;
use smimebatch_core::cms::hash_index::parse_hash_index;
use smimebatch_core::cms::signed_data::parse_signed_data;
use smimebatch_core::cms::tst_info::parse_tst_info;

/// Tokens are followed into one another no deeper than this.
const DEPTH: u32 = 3;

/// Panics where `bytes` shows a fault.
pub fn check(bytes: &[u8]) {
    check_info(bytes);
    check_index(bytes);
    check_object(bytes, DEPTH);
}

fn check_info(bytes: &[u8]) {
    let Ok(info) = parse_tst_info(bytes) else { return };
    assert!(info.earliest_unix_us() <= info.gen_time_unix_us);
    assert!(info.gen_time_unix_us <= info.latest_unix_us());
    assert!(info.imprint.hash.len() <= bytes.len());
    assert!(!info.has_critical_extension || info.extensions.is_some());
}

fn check_index(bytes: &[u8]) {
    let Some(index) = parse_hash_index(bytes) else { return };
    let hashes = index.attribute_values.iter().map(|hash| hash.len());
    assert!(hashes.sum::<usize>() + index.algorithm.0.len() < bytes.len());
}

fn check_object(bytes: &[u8], depth: u32) {
    let Ok((object, _)) = parse_content_info(bytes) else { return };
    let Ok(signed) = parse_signed_data(&object) else { return };
    check_info(&signed.content.pieces().unwrap_or_default().concat());
    for signer in signed.signer_infos.iter().flatten() {
        assert!(signer.fields.len() < signer.raw.len());
        let index = signer.archive_hash_index().unwrap_or_default();
        assert!(index.len() < signer.raw.len());
        check_index(index);
        for stamp in signer.time_stamps().iter().filter(|_| depth > 0) {
            assert!(stamp.token.len() < signer.raw.len());
            check_object(stamp.token, depth - 1);
        }
    }
}
