//! EMSA-PKCS1-v1_5 (RFC 8017 §9.2): the expected block is built and compared whole; nothing
//! recovered is parsed.

use crate::digest::Algorithm;

/// Whether `block`, as long as the modulus, is the encoding of the digest, with the hash's
/// parameters NULL or absent: RULES 10 and RFC 8017 §A.2.4 know these two forms. `expected` is
/// working memory.
pub(super) fn is_block_of(
    block: &[u8],
    hash: Algorithm,
    digest: &[u8],
    expected: &mut Vec<u8>,
) -> bool {
    [NULL, ABSENT].into_iter().any(|parameters| {
        build_block(block.len(), hash, digest, parameters, expected) && block == expected
    })
}

/// The block to be signed: with NULL, as RFC 8017 §A.2.4 asks of those who make one.
pub(crate) fn block_of(octets: usize, hash: Algorithm, digest: &[u8]) -> Option<Vec<u8>> {
    let mut block = Vec::with_capacity(octets);
    build_block(octets, hash, digest, NULL, &mut block).then_some(block)
}

/// DER of NULL.
const NULL: &[u8] = &[0x05, 0x00];
const ABSENT: &[u8] = &[];

/// 00 01 FF … FF 00 DigestInfo; false where fewer than eight FF would fit (RFC 8017 §9.2 step 3), and
/// for a hash that PKCS#1 v1.5 does not go with.
fn build_block(
    octets: usize,
    hash: Algorithm,
    digest: &[u8],
    parameters: &[u8],
    block: &mut Vec<u8>,
) -> bool {
    let Some(oid) = oid(hash) else {
        return false;
    };
    let algorithm_octets = 2 + oid.len() + parameters.len();
    let info_octets = 2 + algorithm_octets + 2 + digest.len();
    let Some(fill) = octets.checked_sub(2 + 1 + 2 + info_octets).filter(|fill| *fill >= 8) else {
        return false;
    };
    block.clear();
    block.extend_from_slice(&[0x00, 0x01]);
    block.resize(2 + fill, 0xff);
    block.push(0x00);
    // Every length is below 128 (at most 2 + 13 + 2 + 64), so one octet of DER.
    block.extend_from_slice(&[0x30, info_octets as u8, 0x30, algorithm_octets as u8]);
    block.extend_from_slice(&[0x06, oid.len() as u8]);
    block.extend_from_slice(oid);
    block.extend_from_slice(parameters);
    block.extend_from_slice(&[0x04, digest.len() as u8]);
    block.extend_from_slice(digest);
    true
}

/// Contents octets of the hash's OBJECT IDENTIFIER (RFC 8017 §B.1, and the registries of NIST and
/// TeleTrusT); None for the extendable functions, which no standard pairs with PKCS#1 v1.5.
pub(super) const fn oid(hash: Algorithm) -> Option<&'static [u8]> {
    Some(match hash {
        // 1.2.840.113549.2.{2, 5}
        Algorithm::Md2 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x02],
        Algorithm::Md5 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
        // 1.3.36.3.2.1
        Algorithm::Ripemd160 => &[0x2b, 0x24, 0x03, 0x02, 0x01],
        // 1.3.14.3.2.26
        Algorithm::Sha1 => &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
        // 2.16.840.1.101.3.4.2.{1 to 10}
        Algorithm::Sha256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
        Algorithm::Sha384 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
        Algorithm::Sha512 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
        Algorithm::Sha224 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04],
        Algorithm::Sha512_224 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x05],
        Algorithm::Sha512_256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x06],
        Algorithm::Sha3_224 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x07],
        Algorithm::Sha3_256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08],
        Algorithm::Sha3_384 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09],
        Algorithm::Sha3_512 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x0a],
        Algorithm::Shake128 | Algorithm::Shake256 => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn block(octets: usize, hash: Algorithm, parameters: &[u8]) -> Option<Vec<u8>> {
        let mut block = Vec::new();
        let digest = vec![0xd1; hash.output_bytes()];
        build_block(octets, hash, &digest, parameters, &mut block).then_some(block)
    }

    /// RFC 8017 §9.2 note 1 lists the DER before each digest.
    #[test]
    fn build_block_each_hash_has_the_prefix_of_rfc_8017() {
        let sha2 = |id: u8, total: u8, len: u8| {
            let mut prefix = vec![0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48];
            prefix.extend([0x01, 0x65, 0x03, 0x04, 0x02, id, 0x05, 0x00, 0x04, len]);
            prefix
        };
        let mut md5 = vec![0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86];
        md5.extend([0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10]);
        let mut md2 = md5.clone();
        md2[13] = 0x02;
        let mut ripemd160 = vec![0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x24, 0x03, 0x02];
        ripemd160.extend([0x01, 0x05, 0x00, 0x04, 0x14]);
        let mut sha1 = vec![0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02];
        sha1.extend([0x1a, 0x05, 0x00, 0x04, 0x14]);
        for (hash, prefix) in [
            (Algorithm::Md5, md5),
            (Algorithm::Sha1, sha1),
            (Algorithm::Sha224, sha2(4, 0x2d, 0x1c)),
            (Algorithm::Sha256, sha2(1, 0x31, 0x20)),
            (Algorithm::Sha384, sha2(2, 0x41, 0x30)),
            (Algorithm::Sha512, sha2(3, 0x51, 0x40)),
            (Algorithm::Sha512_224, sha2(5, 0x2d, 0x1c)),
            (Algorithm::Sha512_256, sha2(6, 0x31, 0x20)),
            (Algorithm::Md2, md2),
            (Algorithm::Ripemd160, ripemd160),
            (Algorithm::Sha3_224, sha2(7, 0x2d, 0x1c)),
            (Algorithm::Sha3_256, sha2(8, 0x31, 0x20)),
            (Algorithm::Sha3_384, sha2(9, 0x41, 0x30)),
            (Algorithm::Sha3_512, sha2(10, 0x51, 0x40)),
        ] {
            let digest = vec![0xd1; hash.output_bytes()];
            let fill = 256 - 3 - prefix.len() - digest.len();
            let expected = [&[0, 1][..], &vec![0xff; fill], &[0], &prefix, &digest].concat();
            assert_eq!(block(256, hash, NULL).unwrap(), expected);
        }
    }

    #[test]
    fn build_block_of_extendable_function_does_not_exist() {
        assert!(block(512, Algorithm::Shake128, NULL).is_none());
        assert!(block(512, Algorithm::Shake256, NULL).is_none());
    }

    #[test]
    fn build_block_needs_eight_octets_of_filling() {
        // DigestInfo of SHA-256 with NULL is 51 octets: 62 are the fewest.
        assert!(block(62, Algorithm::Sha256, NULL).is_some());
        assert!(block(61, Algorithm::Sha256, NULL).is_none());
        assert!(block(60, Algorithm::Sha256, ABSENT).is_some());
        assert!(block(64, Algorithm::Sha512, ABSENT).is_none());
        assert!(block(0, Algorithm::Md5, ABSENT).is_none());
    }

    #[test]
    fn rule_10_null_and_absent_parameters_match_and_nothing_else() {
        let hash = Algorithm::Sha256;
        let digest = vec![0xd1; 32];
        let is_block = |block: &[u8]| is_block_of(block, hash, &digest, &mut Vec::new());
        for parameters in [NULL, ABSENT] {
            let good = block(128, hash, parameters).unwrap();
            assert!(is_block(&good));
            // Every single octet counts.
            for index in 0..good.len() {
                let mut bad = good.clone();
                bad[index] ^= 0x01;
                assert!(!is_block(&bad), "octet {index}");
            }
        }
        // Other parameters; garbage after a short filling (Bleichenbacher 2006); a shorter block.
        assert!(!is_block(&block(128, hash, &[0x05, 0x81, 0x00]).unwrap()));
        assert!(!is_block(&block(128, hash, &[0x04, 0x00]).unwrap()));
        let mut shifted = block(120, hash, NULL).unwrap();
        shifted.extend([0xaa; 8]);
        assert!(!is_block(&shifted));
        assert!(!is_block(&[]));
    }
}
