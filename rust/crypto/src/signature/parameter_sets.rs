//! The parameter sets of ML-DSA (FIPS 204 §4) and SLH-DSA (FIPS 205 §11).

/// A parameter set of ML-DSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MlDsa {
    /// Category 2.
    MlDsa44,
    /// Category 3.
    MlDsa65,
    /// Category 5.
    MlDsa87,
}

impl MlDsa {
    /// Every set, weakest first.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// Length of the seed ξ of every set (FIPS 204 §5.1).
    pub const SEED_OCTETS: usize = 32;

    /// Length of an encoded public key (FIPS 204 table 2).
    pub const fn public_key_octets(self) -> u32 {
        match self {
            Self::MlDsa44 => 1_312,
            Self::MlDsa65 => 1_952,
            Self::MlDsa87 => 2_592,
        }
    }

    /// Length of an expanded private key (FIPS 204 table 2).
    pub const fn private_key_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 2_560,
            Self::MlDsa65 => 4_032,
            Self::MlDsa87 => 4_896,
        }
    }

    /// Length of a signature (FIPS 204 table 2).
    pub const fn signature_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 2_420,
            Self::MlDsa65 => 3_309,
            Self::MlDsa87 => 4_627,
        }
    }

    /// Collision strength of the commitment hash, λ (FIPS 204 table 1).
    pub const fn strength_bits(self) -> u32 {
        match self {
            Self::MlDsa44 => 128,
            Self::MlDsa65 => 192,
            Self::MlDsa87 => 256,
        }
    }
}

/// A parameter set of SLH-DSA: the hash family, its length in bits, small or fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlhDsa {
    /// SLH-DSA-SHA2-128s.
    Sha2_128s,
    /// SLH-DSA-SHA2-128f.
    Sha2_128f,
    /// SLH-DSA-SHA2-192s.
    Sha2_192s,
    /// SLH-DSA-SHA2-192f.
    Sha2_192f,
    /// SLH-DSA-SHA2-256s.
    Sha2_256s,
    /// SLH-DSA-SHA2-256f.
    Sha2_256f,
    /// SLH-DSA-SHAKE-128s.
    Shake128s,
    /// SLH-DSA-SHAKE-128f.
    Shake128f,
    /// SLH-DSA-SHAKE-192s.
    Shake192s,
    /// SLH-DSA-SHAKE-192f.
    Shake192f,
    /// SLH-DSA-SHAKE-256s.
    Shake256s,
    /// SLH-DSA-SHAKE-256f.
    Shake256f,
}

impl SlhDsa {
    /// Every set, in the order of their object identifiers.
    pub const ALL: [Self; 12] = [
        Self::Sha2_128s,
        Self::Sha2_128f,
        Self::Sha2_192s,
        Self::Sha2_192f,
        Self::Sha2_256s,
        Self::Sha2_256f,
        Self::Shake128s,
        Self::Shake128f,
        Self::Shake192s,
        Self::Shake192f,
        Self::Shake256s,
        Self::Shake256f,
    ];

    /// Length of an encoded public key (FIPS 205 table 2).
    pub const fn public_key_octets(self) -> u32 {
        self.strength_bits() / 4
    }

    /// Length of the tree's hashes, 8 n (FIPS 205 table 2).
    pub const fn strength_bits(self) -> u32 {
        match self {
            Self::Sha2_128s | Self::Sha2_128f | Self::Shake128s | Self::Shake128f => 128,
            Self::Sha2_192s | Self::Sha2_192f | Self::Shake192s | Self::Shake192f => 192,
            Self::Sha2_256s | Self::Sha2_256f | Self::Shake256s | Self::Shake256f => 256,
        }
    }
}
