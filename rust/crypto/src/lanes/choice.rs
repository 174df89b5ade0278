//! What `SMIMEBATCH_LANES` asks for.

use std::fmt;

/// The environment variable that is read by [`Kernels::in_use`](super::Kernels::in_use).
pub const VARIABLE: &str = "SMIMEBATCH_LANES";

/// What [`VARIABLE`] can ask for. A kernel that the CPU lacks is the library's work under each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The fastest kernel of each kind that the CPU can run.
    #[default]
    Auto,
    /// Vectors of 512 bits, and SHA instructions.
    Avx512,
    /// Vectors of 256 bits, and SHA instructions.
    Avx2,
    /// Vectors emulated with ordinary arithmetic: the twin of the kernels, and slow.
    Portable,
    /// The library alone.
    Off,
}

/// A value of [`VARIABLE`] that names no choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownChoice {
    /// The value, as far as it is text.
    pub found: String,
}

impl fmt::Display for UnknownChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Choice::ALL.map(Choice::name).join(", ");
        write!(formatter, "{VARIABLE}: expected one of {names}; found {:?}", self.found)
    }
}

impl std::error::Error for UnknownChoice {}

impl Choice {
    /// Every choice.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Avx512, Self::Avx2, Self::Portable, Self::Off];

    /// Their names, in the same order.
    pub const NAMES: [&str; 5] = ["auto", "avx512", "avx2", "portable", "off"];

    /// As the variable has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
            Self::Off => "off",
        }
    }

    /// The choice of that name; None for a name that is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// What the environment asks for now: [`Choice::Auto`] where the variable is unset or empty.
    pub fn of_environment() -> Result<Self, UnknownChoice> {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        let found = value.to_string_lossy();
        if found.is_empty() {
            return Ok(Self::Auto);
        }
        Self::parse(&found).ok_or_else(|| UnknownChoice { found: found.into_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_knows_each_name_and_nothing_near_it() {
        assert_eq!(Choice::ALL.map(Choice::name), Choice::NAMES);
        for choice in Choice::ALL {
            assert_eq!(Choice::parse(choice.name()), Some(choice));
            assert_eq!(Choice::parse(&choice.name().to_uppercase()), None);
        }
        assert_eq!(Choice::parse(""), None);
    }

    #[test]
    fn unknown_choice_says_what_was_expected_and_found() {
        let text = UnknownChoice { found: "axv2".into() }.to_string();
        assert!(text.contains("axv2") && Choice::ALL.iter().all(|one| text.contains(one.name())));
    }
}
