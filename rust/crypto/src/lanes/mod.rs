//! Kernels that work on several jobs at once, chosen when the program runs by what the CPU offers.
//!
//! Verification and hashing only: everything that enters a kernel is public (keys, signatures,
//! mail), so nothing here is constant time and no private key, content key or password may ever
//! come here. Each kernel gives the answers of the AWS-LC path, which is always compiled in, does
//! what no kernel takes, and is what the kernels are tested against.
//!
//! `SMIMEBATCH_LANES` chooses among [`Choice`]s and is read once.

pub(crate) mod base64;
#[cfg(test)]
mod cases;
mod choice;
pub(crate) mod curves;
pub(crate) mod digests;
pub(crate) mod ed25519;
mod features;
pub(crate) mod limbs;
pub(crate) mod line_ends;
pub(crate) mod p256;
mod registers;
pub(crate) mod rsa;

pub use choice::{Choice, UnknownChoice, VARIABLE};
pub use features::cpu_features;
pub(crate) use features::{Avx512Bw, Avx512Vbmi};
use std::fmt;
use std::sync::OnceLock;

/// The kernels that a batch may use.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    choice: Choice,
    pub(crate) digests: digests::Kernels,
    pub(crate) line_ends: Option<Avx512Bw>,
    pub(crate) base64: Option<Avx512Vbmi>,
    pub(crate) rsa: Option<rsa::Kernel>,
    pub(crate) curves: Option<curves::Kernel>,
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
        let avx512 = matches!(choice, Choice::Auto | Choice::Avx512);
        Self {
            choice,
            digests: digests::Kernels::of(choice),
            line_ends: Avx512Bw::detect().filter(|_| avx512),
            base64: Avx512Vbmi::detect().filter(|_| avx512),
            rsa: rsa::Kernel::of(choice),
            curves: curves::Kernel::of(choice),
        }
    }

    /// What each kind of job is done with, and why.
    pub fn chosen(&self) -> Vec<Chosen> {
        let best = Self::of(Choice::Auto);
        let rsa = |kernels: &Self| kernels.rsa.map(rsa::Kernel::name);
        let mut chosen = vec![self.why("rsa", rsa(self), rsa(&best))];
        let curves = |kernels: &Self| kernels.curves.map(curves::Kernel::name);
        for job in ["ecdsa p256", "ed25519"] {
            chosen.push(self.why(job, curves(self), curves(&best)));
        }
        for (job, algorithm) in digests::WITH_KERNELS {
            let name = |kernels: &Self| kernels.digests.name(algorithm);
            chosen.push(self.why(job, name(self), name(&best)));
        }
        let line_ends = |kernels: &Self| kernels.line_ends.map(|_| "AVX-512");
        chosen.push(self.why("line ends", line_ends(self), line_ends(&best)));
        let base64 = |kernels: &Self| kernels.base64.map(|_| "AVX-512");
        chosen.push(self.why("base64", base64(self), base64(&best)));
        chosen
    }

    /// `best` is the kernel that the CPU would have.
    fn why(
        &self,
        job: &'static str,
        kernel: Option<&'static str>,
        best: Option<&'static str>,
    ) -> Chosen {
        let why = match (kernel, best, self.choice) {
            (_, _, Choice::Off) => "switched off by SMIMEBATCH_LANES=off",
            (Some(_), _, Choice::Auto) => "the fastest that this CPU offers",
            (Some(_), ..) => "chosen by SMIMEBATCH_LANES",
            (None, Some(_), _) => "no kernel of the kind that SMIMEBATCH_LANES names",
            (None, None, _) => "no kernel for what this CPU offers",
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
        assert!(off.line_ends.is_none() && off.rsa.is_none() && off.curves.is_none());
        assert!(off.base64.is_none());
        let expected = "rsa library, ecdsa p256 library, ed25519 library, sha1 library, \
                        sha256 library, sha384 library, sha512 library, md5 library, line ends library, base64 library";
        assert_eq!(off.to_string(), expected);
        let why = "switched off by SMIMEBATCH_LANES=off";
        assert!(off.chosen().iter().all(|one| one.why == why));
    }

    #[test]
    fn chosen_tells_why_a_kernel_is_not_used() {
        let on = Kernels::of(Choice::Auto);
        let why = |kernels: &Kernels, kernel, best| kernels.why("rsa", kernel, best).why;
        assert_eq!(why(&on, Some("lanes"), Some("lanes")), "the fastest that this CPU offers");
        assert_eq!(why(&on, None, None), "no kernel for what this CPU offers");
        let avx2 = Kernels::of(Choice::Avx2);
        assert_eq!(why(&avx2, Some("lanes"), Some("wider")), "chosen by SMIMEBATCH_LANES");
        assert!(why(&avx2, None, Some("wider")).starts_with("no kernel of the kind"));
    }
}
