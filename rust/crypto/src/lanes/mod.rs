//! Kernels that work on several jobs at once, chosen when the program runs by what the CPU offers.
//!
//! Verification and hashing only: everything that enters a kernel is public (keys, signatures,
//! mail), so nothing here is constant time and no private key, content key or password may ever
//! come here. Each kernel gives the answers of the AWS-LC path, which is always compiled in, does
//! what no kernel takes, and is what the kernels are tested against.
//!
//! `SMIMEBATCH_LANES` chooses among [`Choice`]s and is read once.

pub(crate) mod base64;
mod choice;
mod features;
mod feeder;
pub(crate) mod limbs;
pub(crate) mod line_ends;
pub(crate) mod rsa;
pub(crate) mod sha256;

pub use choice::{Choice, UnknownChoice, VARIABLE};
use features::{Avx2Fma, Ifma};
pub(crate) use features::{Avx512Bw, Avx512Vbmi, ShaNi};
use std::fmt;
use std::sync::OnceLock;

/// The kernels that a batch may use.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    choice: Choice,
    pub(crate) sha256: Option<ShaNi>,
    pub(crate) line_ends: Option<Avx512Bw>,
    pub(crate) base64: Option<Avx512Vbmi>,
    pub(crate) rsa: Option<rsa::Kernel>,
}

/// What one kind of job is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The kind of job.
    pub job: &'static str,
    /// The kernel, or `library`.
    pub kernel: &'static str,
    /// What led to it.
    pub why: &'static str,
}

impl Kernels {
    /// What this process uses: `SMIMEBATCH_LANES` as it was on the first call, on this CPU. A value
    /// that names no choice is taken as `auto`: [`Choice::of_environment`] tells who can say so.
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Kernels> = OnceLock::new();
        *IN_USE.get_or_init(|| Self::of(Choice::of_environment().unwrap_or_default()))
    }

    /// What a choice comes to on this CPU.
    pub fn of(choice: Choice) -> Self {
        let sha = matches!(choice, Choice::Auto | Choice::Avx512 | Choice::Avx2);
        let avx512 = matches!(choice, Choice::Auto | Choice::Avx512);
        Self {
            choice,
            sha256: ShaNi::detect().filter(|_| sha),
            line_ends: Avx512Bw::detect().filter(|_| avx512),
            base64: Avx512Vbmi::detect().filter(|_| avx512),
            rsa: rsa::Kernel::of(choice),
        }
    }

    /// What each kind of job is done with, and why.
    pub fn chosen(&self) -> Vec<Chosen> {
        let sha256 = self.sha256.map(|_| "4 x SHA-NI");
        let line_ends = self.line_ends.map(|_| "AVX-512");
        let base64 = self.base64.map(|_| "AVX-512");
        let rsa = self.rsa.map(rsa::Kernel::name);
        let is_offered = Ifma::detect().is_some() || Avx2Fma::detect().is_some();
        vec![
            self.why("sha256", sha256, ShaNi::detect().is_some()),
            self.why("line ends", line_ends, Avx512Bw::detect().is_some()),
            self.why("base64", base64, Avx512Vbmi::detect().is_some()),
            self.why("rsa", rsa, is_offered),
        ]
    }

    fn why(&self, job: &'static str, kernel: Option<&'static str>, is_offered: bool) -> Chosen {
        let why = match (kernel, is_offered, self.choice) {
            (_, _, Choice::Off) => "switched off by SMIMEBATCH_LANES=off",
            (Some(_), _, Choice::Auto) => "the fastest that this CPU offers",
            (Some(_), ..) => "chosen by SMIMEBATCH_LANES",
            (None, true, _) => "no kernel of the kind that SMIMEBATCH_LANES names",
            (None, false, _) => "no kernel for what this CPU offers",
        };
        Chosen { job, kernel: kernel.unwrap_or("library"), why }
    }
}

/// One line for people: each kernel, or `library` in its place.
impl fmt::Display for Kernels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = self.chosen();
        let words: Vec<String> =
            chosen.iter().map(|one| format!("{} {}", one.job, one.kernel)).collect();
        formatter.write_str(&words.join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn kernels_off_are_none_and_the_name_says_so() {
        let off = Kernels::of(Choice::Off);
        assert!(off.sha256.is_none() && off.line_ends.is_none() && off.rsa.is_none());
        assert!(off.base64.is_none());
        let shown = "sha256 library, line ends library, base64 library, rsa library";
        assert_eq!(off.to_string(), shown);
        let why = "switched off by SMIMEBATCH_LANES=off";
        assert!(off.chosen().iter().all(|one| one.why == why));
    }

    #[test]
    fn chosen_tells_why_a_kernel_is_not_used() {
        let on = Kernels::of(Choice::Auto);
        let why = |kernels: &Kernels, kernel, offered| kernels.why("rsa", kernel, offered).why;
        assert_eq!(why(&on, Some("lanes"), true), "the fastest that this CPU offers");
        assert_eq!(why(&on, None, false), "no kernel for what this CPU offers");
        let avx2 = Kernels::of(Choice::Avx2);
        assert_eq!(why(&avx2, Some("lanes"), true), "chosen by SMIMEBATCH_LANES");
        assert!(why(&avx2, None, true).starts_with("no kernel of the kind"));
    }
}
