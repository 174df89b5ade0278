//! Digests of many inputs at once (RFC 1319, RFC 1321, RIPEMD-160, FIPS 180-4, FIPS 202), with the
//! line ends of RFC 8551 §3.1.1 made on the way.
//!
//! Contexts live on the stack and inputs are hashed where they lie; converting line ends goes
//! through a small fixed buffer, never through a copy of the message.

pub(crate) mod line_ends;

use crate::aws_lc::digest::{Context, Sponge};
use crate::fallback::md2;
use crate::lanes::{self, Avx512Bw, Kernels};
use crate::tape;
use std::fmt;

/// A digest algorithm this crate computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 1319; broken, kept for the oldest certificates.
    Md2,
    /// RFC 1321; broken, kept for old mail.
    Md5,
    /// ISO/IEC 10118-3, of 160 bits, as European signature cards had it.
    Ripemd160,
    /// FIPS 180-4; broken for collisions, kept for old mail.
    Sha1,
    /// FIPS 180-4.
    Sha224,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 180-4 §5.3.6.1.
    Sha512_224,
    /// FIPS 180-4 §5.3.6.2.
    Sha512_256,
    /// FIPS 202.
    Sha3_224,
    /// FIPS 202.
    Sha3_256,
    /// FIPS 202.
    Sha3_384,
    /// FIPS 202.
    Sha3_512,
    /// FIPS 202, 256 bits of output (RFC 8702 §3.1).
    Shake128,
    /// FIPS 202, 512 bits of output (RFC 8419 §2.3, RFC 8702 §3.1).
    Shake256,
}

impl Algorithm {
    /// Every algorithm, weakest family first.
    pub const ALL: [Self; 16] = [
        Self::Md2,
        Self::Md5,
        Self::Ripemd160,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512_224,
        Self::Sha512_256,
        Self::Sha3_224,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Shake128,
        Self::Shake256,
    ];

    /// Length of the digest in octets.
    pub const fn output_bytes(self) -> usize {
        match self {
            Self::Md2 | Self::Md5 => 16,
            Self::Ripemd160 | Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512_224 | Self::Sha3_224 => 28,
            Self::Sha256 | Self::Sha512_256 | Self::Sha3_256 | Self::Shake128 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 | Self::Shake256 => 64,
        }
    }
}

/// How the bytes of a job are turned into the octets that are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnds {
    /// Hash exactly the given bytes.
    AsStored,
    /// RFC 8551 §3.1.1: every LF not preceded by CR is hashed as CR LF (a piece boundary is not a
    /// line boundary).
    LfToCrlf,
}

/// One digest to compute: `pieces` are hashed as if joined.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Which digest.
    pub algorithm: Algorithm,
    /// The input, in order.
    pub pieces: &'a [&'a [u8]],
    /// Conversion while hashing.
    pub line_ends: LineEnds,
}

impl Job<'_> {
    /// Octets of input as stored.
    pub(crate) fn input_bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }
}

/// A digest value of up to 64 octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    /// Zero after `len`.
    bytes: [u8; 64],
    /// At most 64.
    len: u8,
}

impl Digest {
    /// No octets: equal to no digest.
    const NONE: Self = Self { bytes: [0; 64], len: 0 };

    /// The first octets of a hash value, at most 64.
    pub(crate) fn of_octets(octets: &[u8], len: usize) -> Self {
        let mut digest = Self { len: len as u8, ..Self::NONE };
        digest.bytes.iter_mut().zip(octets).take(len).for_each(|(place, octet)| *place = *octet);
        digest
    }

    /// The octets of the digest, as many as [`Algorithm::output_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|octet| write!(formatter, "{octet:02x}"))
    }
}

/// Hashes each job and hands the digests back in job order.
///
/// The order of work is free: jobs of one algorithm share the pipeline or the vectors of a core.
pub fn many(jobs: &[Job<'_>]) -> Vec<Digest> {
    many_with(jobs, Kernels::in_use())
}

/// [`many`] with kernels of the caller's choice, which change time, never a digest.
pub fn many_with(jobs: &[Job<'_>], kernels: Kernels) -> Vec<Digest> {
    let digests = many_of_a_job(jobs, kernels);
    tape::note_digests(jobs, &digests);
    digests
}

/// [`many_with`] as part of another job, which the tape notes as a whole.
pub(crate) fn many_of_a_job(jobs: &[Job<'_>], kernels: Kernels) -> Vec<Digest> {
    let mut digests = vec![Digest::NONE; jobs.len()];
    for (_, algorithm) in lanes::digests::WITH_KERNELS {
        let of_algorithm = |(_, job): &(usize, &Job<'_>)| job.algorithm == algorithm;
        if jobs.iter().enumerate().filter(of_algorithm).nth(1).is_none() {
            continue;
        }
        let chosen = jobs.iter().enumerate().filter(of_algorithm).collect();
        kernels.digests.digest(algorithm, kernels.line_ends, chosen, |index, digest| {
            if let Some(place) = digests.get_mut(index) {
                *place = digest;
            }
        });
    }
    for (job, digest) in jobs.iter().zip(&mut digests) {
        if *digest == Digest::NONE {
            *digest = hash(job, kernels);
        }
    }
    digests
}

fn hash(job: &Job<'_>, kernels: Kernels) -> Digest {
    let mut hasher = Hasher::with_kernels(job.algorithm, job.line_ends, kernels);
    job.pieces.iter().for_each(|piece| hasher.update(piece));
    hasher.finish()
}

/// Hashes one input exactly as it is.
pub fn one(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm, LineEnds::AsStored);
    hasher.update(bytes);
    hasher.finish()
}

/// Fills `out` with the output of SHAKE128 or SHAKE256 over `seed` (FIPS 202 §6.2), of any length;
/// false for another algorithm.
pub(crate) fn extend(algorithm: Algorithm, seed: &[u8], out: &mut [u8]) -> bool {
    let extendable = matches!(algorithm, Algorithm::Shake128 | Algorithm::Shake256);
    let Some(mut sponge) = Sponge::new(algorithm).filter(|_| extendable) else {
        return false;
    };
    sponge.update(seed);
    sponge.squeeze(out);
    true
}

/// Text that is converted before it is hashed; small enough for the stack and the first-level
/// cache.
const CONVERSION_BYTES: usize = 2048;

/// A digest under way, for input that arrives piecewise.
#[derive(Clone)]
pub struct Hasher {
    state: State,
    algorithm: Algorithm,
    line_ends: LineEnds,
    converter: Option<Avx512Bw>,
    /// The last octet so far was CR (kept for [`LineEnds::LfToCrlf`] only).
    after_cr: bool,
}

/// Where the digest is computed.
#[derive(Clone)]
enum State {
    Library(Context),
    Md2(md2::Context),
}

impl State {
    fn new(algorithm: Algorithm) -> Self {
        match (algorithm, Context::new(algorithm)) {
            (_, Some(context)) => Self::Library(context),
            (Algorithm::Md2, None) => Self::Md2(md2::Context::default()),
            (other, None) => panic!("no digest {other:?}"),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Library(context) => context.update(bytes),
            Self::Md2(context) => context.update(bytes),
        }
    }

    fn finish(self) -> [u8; 64] {
        match self {
            Self::Library(context) => context.finish(),
            Self::Md2(context) => context.finish(),
        }
    }
}

impl Hasher {
    /// Starts a digest of nothing yet.
    pub fn new(algorithm: Algorithm, line_ends: LineEnds) -> Self {
        Self::with_kernels(algorithm, line_ends, Kernels::in_use())
    }

    fn with_kernels(algorithm: Algorithm, line_ends: LineEnds, kernels: Kernels) -> Self {
        let state = State::new(algorithm);
        Self { state, algorithm, line_ends, converter: kernels.line_ends, after_cr: false }
    }

    /// Appends a piece of the input.
    pub fn update(&mut self, piece: &[u8]) {
        match self.line_ends {
            LineEnds::AsStored => self.state.update(piece),
            LineEnds::LfToCrlf => self.update_converted(piece),
        }
    }

    fn update_converted(&mut self, mut piece: &[u8]) {
        let mut buffer = [0; CONVERSION_BYTES];
        while !piece.is_empty() {
            let done = line_ends::convert(self.converter, piece, self.after_cr, &mut buffer);
            self.state.update(buffer.get(..done.written).unwrap_or_default());
            self.after_cr = done.after_cr;
            piece = done.rest;
        }
    }

    /// The digest of everything appended.
    pub fn finish(self) -> Digest {
        // At most 64, as `output_bytes` says.
        let len = self.algorithm.output_bytes() as u8;
        Digest { bytes: self.state.finish(), len }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hasher")
            .field("algorithm", &self.algorithm)
            .field("line_ends", &self.line_ends)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(digest: Digest) -> String {
        format!("{digest:?}")
    }

    /// The empty string and "abc": RFC 1321 §A.5; FIPS 180-4 examples (csrc.nist.gov, "Examples
    /// with Intermediate Values"); checked against Python's hashlib.
    const KNOWN: [(Algorithm, &str, &str); 7] = [
        (Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"),
        (
            Algorithm::Sha1,
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        ),
        (
            Algorithm::Sha224,
            "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            Algorithm::Sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            Algorithm::Sha384,
            concat!(
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743",
                "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
            ),
            concat!(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163",
                "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
        ),
        (
            Algorithm::Sha512,
            concat!(
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce",
                "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            ),
            concat!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
        (
            Algorithm::Sha512_256,
            "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        ),
    ];

    #[test]
    fn one_known_inputs_give_published_digests() {
        for (algorithm, empty, abc) in KNOWN {
            assert_eq!(hex(one(algorithm, b"")), empty);
            assert_eq!(hex(one(algorithm, b"abc")), abc);
            assert_eq!(one(algorithm, b"abc").as_bytes().len(), algorithm.output_bytes());
        }
    }

    #[test]
    fn one_million_a_gives_published_digests() {
        let input = vec![b'a'; 1_000_000];
        for (algorithm, expected) in [
            (Algorithm::Sha1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
            (Algorithm::Sha256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ] {
            assert_eq!(hex(one(algorithm, &input)), expected);
        }
    }

    #[test]
    fn many_mixed_jobs_answer_in_job_order() {
        let pieces: [&[u8]; 3] = [b"a", b"", b"bc"];
        let jobs: Vec<Job<'_>> = Algorithm::ALL
            .iter()
            .rev()
            .map(|&algorithm| Job { algorithm, pieces: &pieces, line_ends: LineEnds::AsStored })
            .collect();
        let expected: Vec<Digest> =
            Algorithm::ALL.iter().rev().map(|&algorithm| one(algorithm, b"abc")).collect();
        assert_eq!(many(&jobs), expected);
    }

    #[test]
    fn rule_26_bare_lf_is_hashed_as_crlf_across_piece_boundaries() {
        let expected = one(Algorithm::Sha256, b"\r\na\r\nb\r\n\r\r\n\r\n");
        let cases: [&[&[u8]]; 4] = [
            &[b"\na\r\nb\n\r\r\n\n"],
            &[b"\n", b"a\r", b"\nb", b"\n\r", b"", b"\r", b"\n", b"\n"],
            &[b"", b"\na\r", b"", b"\nb\n\r\r\n\n"],
            &[b"\r\na\r\nb\r\n\r\r\n\r\n"],
        ];
        for pieces in cases {
            let job = Job { algorithm: Algorithm::Sha256, pieces, line_ends: LineEnds::LfToCrlf };
            assert_eq!(many(&[job]), [expected], "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn many_cut_anywhere_equals_slow_twin(
            input in proptest::collection::vec(
                prop_oneof![3 => Just(b'\n'), 3 => Just(b'\r'), 20 => any::<u8>()], 0..600),
            cuts in proptest::collection::vec(0usize..600, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= input.len()).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &input[cut[0]..cut[1]]).collect();
            let job = |line_ends| Job { algorithm: Algorithm::Md5, pieces: &pieces, line_ends };
            let digests = many(&[job(LineEnds::AsStored), job(LineEnds::LfToCrlf)]);
            prop_assert_eq!(digests[0], one(Algorithm::Md5, &input));
            prop_assert_eq!(digests[1], one(Algorithm::Md5, &line_ends::slow_lf_to_crlf(&input)));
        }
    }
}
