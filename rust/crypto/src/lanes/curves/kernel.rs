//! The ways of computing, the same for each curve.

use crate::lanes::Choice;
use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;

/// The way of computing that was chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kernel {
    Ifma(Ifma),
    Portable(Portable),
}

impl Kernel {
    /// What a choice comes to on this CPU.
    pub(in crate::lanes) fn of(choice: Choice) -> Option<Self> {
        match choice {
            Choice::Auto | Choice::Avx512 => Ifma::detect().map(Self::Ifma),
            Choice::Portable => Some(Self::Portable(Portable)),
            Choice::Avx2 | Choice::Off => None,
        }
    }

    pub(in crate::lanes) fn name(self) -> &'static str {
        match self {
            Self::Ifma(_) => "8 x AVX-512 IFMA",
            Self::Portable(_) => "8 x emulated",
        }
    }
}
