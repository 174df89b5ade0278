//! Kernels that work on several jobs at once, chosen when the program runs by what the CPU offers.
//!
//! Verification and hashing only: everything that enters a kernel is public (keys, signatures,
//! mail), so nothing here is constant time and no private key, content key or password may ever
//! come here. Each kernel gives the answers of the AWS-LC path, which is always compiled in, does
//! what no kernel takes, and is what the kernels are tested against.
//!
//! `SMIMEBATCH_LANES` chooses: `auto` (or unset, or anything unknown) every kernel the CPU can run,
//! `avx512` the same as long as no other vector kernels exist, `off` AWS-LC alone. It is read once.

pub(crate) mod base64;
mod feeder;
pub(crate) mod limbs;
pub(crate) mod line_ends;
pub(crate) mod rsa_ifma;
pub(crate) mod sha256;

use std::fmt;
use std::sync::OnceLock;

/// The environment variable that is read by [`Kernels::in_use`].
pub const VARIABLE: &str = "SMIMEBATCH_LANES";

/// What `SMIMEBATCH_LANES` can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Every kernel the CPU can run.
    Auto,
    /// Kernels of the AVX-512 kind; those the CPU lacks fall back to the library.
    Avx512,
    /// The library alone.
    Off,
}

impl Choice {
    /// The choice of that name; None for a name that is none.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "avx512" => Some(Self::Avx512),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// What a proof of CPU features holds: nothing, or on other architectures what cannot exist.
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
        pub(crate) struct $name(Proof);

        impl $name {
            #[cfg(target_arch = "x86_64")]
            fn detect() -> Option<Self> {
                let offered = [$(std::arch::is_x86_feature_detected!($feature)),+];
                (offered == [true; _]).then_some(Self(()))
            }

            #[cfg(not(target_arch = "x86_64"))]
            fn detect() -> Option<Self> {
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

/// The kernels that a batch may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernels {
    pub(crate) sha256: Option<ShaNi>,
    pub(crate) line_ends: Option<Avx512Bw>,
    pub(crate) base64: Option<Avx512Vbmi>,
    pub(crate) rsa: Option<Ifma>,
}

impl Kernels {
    /// What this process uses: `SMIMEBATCH_LANES` as it was on the first call, on this CPU.
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Kernels> = OnceLock::new();
        *IN_USE.get_or_init(|| {
            let name = std::env::var(VARIABLE).unwrap_or_default();
            Self::of(Choice::parse(&name).unwrap_or(Choice::Auto))
        })
    }

    /// What a choice comes to on this CPU.
    pub fn of(choice: Choice) -> Self {
        match choice {
            Choice::Off => Self::default(),
            Choice::Auto | Choice::Avx512 => Self {
                sha256: ShaNi::detect(),
                line_ends: Avx512Bw::detect(),
                base64: Avx512Vbmi::detect(),
                rsa: Ifma::detect(),
            },
        }
    }
}

/// One line for people: each kernel, or `library` in its place.
impl fmt::Display for Kernels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sha256 = if self.sha256.is_some() { "4 x SHA-NI" } else { "library" };
        let line_ends = if self.line_ends.is_some() { "AVX-512" } else { "portable" };
        let base64 = if self.base64.is_some() { "AVX-512" } else { "portable" };
        let rsa = if self.rsa.is_some() { "8 x AVX-512 IFMA" } else { "library" };
        write!(formatter, "sha256 {sha256}, line ends {line_ends}, base64 {base64}, rsa 2048 {rsa}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn kernels_off_are_none_and_the_name_says_so() {
        assert_eq!(Choice::parse("off"), Some(Choice::Off));
        assert_eq!(Choice::parse("OFF"), None);
        assert_eq!(Choice::parse(""), None);
        let off = Kernels::of(Choice::Off);
        assert!(off.sha256.is_none() && off.line_ends.is_none() && off.rsa.is_none());
        assert!(off.base64.is_none());
        let shown = "sha256 library, line ends portable, base64 portable, rsa 2048 library";
        assert_eq!(off.to_string(), shown);
    }
}
