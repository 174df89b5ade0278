//! Proofs of CPU features: who holds one may call functions compiled for them.

use std::collections::BTreeMap;

/// Features of this CPU that choose between kernels or inside the library, by their names: for records of measurements.
#[must_use]
pub fn cpu_features() -> BTreeMap<&'static str, bool> {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("avx512ifma", std::arch::is_x86_feature_detected!("avx512ifma")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("sha", std::arch::is_x86_feature_detected!("sha")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features = [];
    features.into()
}

/// What a proof holds: nothing, or on other architectures what cannot exist.
#[cfg(target_arch = "x86_64")]
type Proof = ();
#[cfg(not(target_arch = "x86_64"))]
type Proof = std::convert::Infallible;

/// A value of this type exists only where the CPU has the features of one kernel, so that whoever
/// holds it may call functions compiled for them.
macro_rules! proof_of_features {
    ($(#[$doc:meta])* $name:ident: $($feature:tt)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(pub(super) Proof);

        impl $name {
            #[cfg(target_arch = "x86_64")]
            pub(crate) fn detect() -> Option<Self> {
                let offered = [$(std::arch::is_x86_feature_detected!($feature)),+];
                (offered == [true; _]).then_some(Self(()))
            }

            #[cfg(not(target_arch = "x86_64"))]
            pub(crate) fn detect() -> Option<Self> {
                None
            }
        }
    };
}

proof_of_features! {
    /// The SHA extensions, and what loads their operands.
    ShaNi: "sha" "sse4.1" "ssse3"
}

proof_of_features! {
    /// 64 octets to a register, with a mask for each octet.
    Avx512Bw: "avx512f" "avx512bw"
}

proof_of_features! {
    /// Octets looked up in a table of 128, and those of a mask squeezed together.
    Avx512Vbmi: "avx512f" "avx512bw" "avx512vbmi" "avx512vbmi2"
}

proof_of_features! {
    /// Products of 52 bits, eight to a register.
    Ifma: "avx512f" "avx512ifma"
}

proof_of_features! {
    /// Products of doubles with one rounding, four to a register.
    Avx2Fma: "avx2" "fma"
}

proof_of_features! {
    /// Integers, 256 bits to a register.
    Avx2: "avx2"
}

proof_of_features! {
    /// Integers, 512 bits to a register, with rotations and functions of three.
    Avx512: "avx512f"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_by_name_are_those_of_the_proofs() {
        let features = cpu_features();
        let has = |name| features.get(name).copied().unwrap_or_default();
        assert_eq!(Avx2::detect().is_some(), has("avx2"));
        assert_eq!(Avx2Fma::detect().is_some(), has("avx2") && has("fma"));
        assert!(Ifma::detect().is_none() || has("avx512ifma"));
        assert!(ShaNi::detect().is_none() || has("sha"));
    }
}
