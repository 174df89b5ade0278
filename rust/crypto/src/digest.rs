//! Digests of many inputs at once.

/// A digest algorithm this crate computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 1321; broken, kept for old mail.
    Md5,
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
    /// FIPS 180-4 §5.3.6.2.
    Sha512_256,
}

/// How the bytes of a job are turned into the octets that are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnds {
    /// Hash exactly the given bytes.
    AsStored,
    /// RFC 8551 §3.1.1: every LF not preceded by CR is hashed as CR LF (a piece boundary is not a line boundary).
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

/// A digest value of up to 64 octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    bytes: [u8; 64],
    len: u8,
}

// impl Digest { pub fn as_bytes(&self) -> &[u8] }  + Debug (hex), AsRef<[u8]>
// impl Algorithm { pub const ALL; pub fn output_bytes(self) -> usize }
// pub fn many(jobs: &[Job<'_>]) -> Vec<Digest>
// pub fn one(algorithm, bytes: &[u8]) -> Digest
