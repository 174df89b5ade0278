//! Known answers of the digests beside those of RFC 1321 and FIPS 180-4, which `digest` has itself.

use crate::vectors::from_hex;
use smimebatch_crypto::digest::{Algorithm, Job, LineEnds, many, one};

/// Algorithm, input, digest. MD2: RFC 1319 §A.5. RIPEMD-160: Dobbertin, Bosselaers, Preneel, "RIPEMD-160,
/// a strengthened version of RIPEMD" (1996), appendix B. SHA-512/t: FIPS 180-4 examples (csrc.nist.gov, "Examples
/// with Intermediate Values"). SHA-3: FIPS 202 examples, the same place. All but MD2 were checked with Python's hashlib.
const KNOWN: &[(Algorithm, &[u8], &str)] = &[
    (Algorithm::Md2, b"", "8350e5a3e24c153df2275c9f80692773"),
    (Algorithm::Md2, b"a", "32ec01ec4a6dac72c0ab96fb34c0b5d1"),
    (Algorithm::Md2, b"abc", "da853b0d3f88d99b30283a69e6ded6bb"),
    (Algorithm::Md2, b"message digest", "ab4f496bfb2a530b219ff33031fe06b0"),
    (
        Algorithm::Md2,
        b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "d5976f79d83d3a0dc9806c3c66f3efd8",
    ),
    (Algorithm::Ripemd160, b"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
    (Algorithm::Ripemd160, b"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
    (Algorithm::Sha512_224, b"", "6ed0dd02806fa89e25de060c19d3ac86cabb87d6a0ddd05c333b84f4"),
    (Algorithm::Sha512_224, b"abc", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
    (Algorithm::Sha3_224, b"", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"),
    (Algorithm::Sha3_224, b"abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
    (Algorithm::Sha3_256, b"", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
    (
        Algorithm::Sha3_256,
        b"abc",
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    ),
    (
        Algorithm::Sha3_384,
        b"",
        concat!(
            "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2a",
            "c3713831264adb47fb6bd1e058d5f004"
        ),
    ),
    (
        Algorithm::Sha3_384,
        b"abc",
        concat!(
            "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2",
            "98d88cea927ac7f539f1edf228376d25"
        ),
    ),
    (
        Algorithm::Sha3_512,
        b"",
        concat!(
            "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6",
            "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"
        ),
    ),
    (
        Algorithm::Sha3_512,
        b"abc",
        concat!(
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e",
            "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
        ),
    ),
    (Algorithm::Shake128, b"", "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"),
    (
        Algorithm::Shake128,
        b"abc",
        "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8",
    ),
    (
        Algorithm::Shake256,
        b"",
        concat!(
            "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f",
            "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be"
        ),
    ),
    (
        Algorithm::Shake256,
        b"abc",
        concat!(
            "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739",
            "d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4"
        ),
    ),
];

/// One million times "a".
const MILLION: &[(Algorithm, &str)] = &[
    (Algorithm::Ripemd160, "52783243c1697bdbe16d37f97f68f08325dc1528"),
    (Algorithm::Sha512_224, "37ab331d76f0d36de422bd0edeb22a28accd487b7a8453ae965dd287"),
    (Algorithm::Sha3_224, "d69335b93325192e516a912e6d19a15cb51c6ed5c15243e7a7fd653c"),
    (Algorithm::Sha3_256, "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1"),
    (
        Algorithm::Sha3_384,
        concat!(
            "eee9e24d78c1855337983451df97c8ad9eedf256c6334f8e948d252d5e0e7684",
            "7aa0774ddb90a842190d2c558b4b8340"
        ),
    ),
    (
        Algorithm::Sha3_512,
        concat!(
            "3c3a876da14034ab60627c077bb98f7e120a2a5370212dffb3385a18d4f38859",
            "ed311d0a9d5141ce9cc5c66ee689b266a8aa18ace8282a0e0db596c90b0a7b87"
        ),
    ),
    (Algorithm::Shake128, "9d222c79c4ff9d092cf6ca86143aa411e369973808ef97093255826c5572ef58"),
    (
        Algorithm::Shake256,
        concat!(
            "3578a7a4ca9137569cdf76ed617d31bb994fca9c1bbf8b184013de8234dfd13a",
            "3fd124d4df76c0a539ee7dd2f6e1ec346124c815d9410e145eb561bcd97b18ab"
        ),
    ),
];

#[test]
fn one_known_input_gives_published_digest() {
    for (algorithm, input, digest) in KNOWN {
        assert_eq!(one(*algorithm, input).as_bytes(), from_hex(digest), "{algorithm:?} {input:?}");
    }
}

#[test]
fn one_million_a_in_odd_pieces_gives_the_known_digest() {
    let input = vec![b'a'; 1_000_000];
    let pieces: Vec<&[u8]> = input.chunks(1_009).collect();
    for (algorithm, digest) in MILLION {
        let job = Job { algorithm: *algorithm, pieces: &pieces, line_ends: LineEnds::AsStored };
        assert_eq!(many(&[job])[0].as_bytes(), from_hex(digest), "{algorithm:?}");
    }
}

#[test]
fn rule_26_every_digest_converts_line_ends_and_can_be_cloned_under_way() {
    use smimebatch_crypto::digest::Hasher;
    for algorithm in Algorithm::ALL {
        let mut hasher = Hasher::new(algorithm, LineEnds::LfToCrlf);
        hasher.update(b"one\n");
        let mut other = hasher.clone();
        hasher.update(b"two\n");
        other.update(b"three\r\n");
        assert_eq!(hasher.finish(), one(algorithm, b"one\r\ntwo\r\n"), "{algorithm:?}");
        assert_eq!(other.finish(), one(algorithm, b"one\r\nthree\r\n"), "{algorithm:?}");
        assert_eq!(one(algorithm, b"").as_bytes().len(), algorithm.output_bytes());
    }
}
