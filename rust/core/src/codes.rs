//! Closed vocabularies: enums whose every value has a stable code and one sentence for a person.
//!
//! Results carry codes, never prose; the sentence serves `inspect`, the summary and the reference page,
//! so that each is written once. The order of the variants is from good to bad wherever an order is meant.

use core::marker::PhantomData;

use crate::error::Unexpected;

/// A value of a closed vocabulary.
pub trait Code: Copy + Eq + 'static {
    /// Every value, in declaration order.
    const ALL: &'static [Self];
    /// The stable spelling in datasets and on the command line.
    fn code(self) -> &'static str;
    /// One sentence for a person who has never seen the code.
    fn sentence(self) -> &'static str;
    /// Position in [`Code::ALL`].
    fn ordinal(self) -> usize;
}

/// Declares an enum together with its codes and sentences.
macro_rules! codes {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($variant:ident = $code:literal, $sentence:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        $vis enum $name { $(#[doc = $sentence] $variant,)+ }
        impl $crate::codes::Code for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn code(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            fn sentence(self) -> &'static str { match self { $(Self::$variant => $sentence,)+ } }
            fn ordinal(self) -> usize { self as usize }
        }
    };
}
pub(crate) use codes;

/// The value that `text` spells.
pub(crate) fn parse_code<T: Code>(text: &str) -> Option<T> {
    T::ALL.iter().copied().find(|code| code.code() == text)
}

/// The value that a caller spells, by the name of what it is for.
///
/// # Errors
/// [`Unexpected`] for a text that is no code.
pub fn parse_choice<T: Code>(subject: &str, text: &str) -> Result<T, Unexpected> {
    let codes: Vec<&str> = T::ALL.iter().map(|code| code.code()).collect();
    parse_code(text)
        .ok_or_else(|| Unexpected::new(subject, format!("one of {}", codes.join(", ")), text))
}

/// A small set of codes, kept in declaration order whatever the order of insertion.
///
/// Holds vocabularies of at most 128 values.
pub struct CodeSet<T>(u128, PhantomData<T>);

impl<T: Code> CodeSet<T> {
    /// The set without members.
    pub const EMPTY: Self = Self(0, PhantomData);

    /// The set of exactly `code`.
    #[must_use]
    pub fn of(code: T) -> Self {
        Self(1 << code.ordinal(), PhantomData)
    }

    /// Adds `code`.
    pub fn insert(&mut self, code: T) {
        self.0 |= 1 << code.ordinal();
    }

    /// Adds every member of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether `code` is a member.
    #[must_use]
    pub fn contains(&self, code: T) -> bool {
        self.0 & (1 << code.ordinal()) != 0
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// The members in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<T> {
        let bits = self.0;
        T::ALL.iter().copied().filter(move |code| bits & (1 << code.ordinal()) != 0)
    }
}

impl<T> Clone for CodeSet<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for CodeSet<T> {}
impl<T> PartialEq for CodeSet<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for CodeSet<T> {}
impl<T: Code> Default for CodeSet<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}
impl<T: Code> core::fmt::Debug for CodeSet<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.iter().map(Code::code)).finish()
    }
}
impl<T: Code> FromIterator<T> for CodeSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(codes: I) -> Self {
        let mut set = Self::EMPTY;
        for code in codes {
            set.insert(code);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::revocation::RevocationKind;

    #[test]
    fn choice_is_taken_by_its_code_and_others_are_refused_with_all_of_them() {
        let choice = parse_choice::<RevocationKind>;
        assert_eq!(choice("kind", "ocsp"), Ok(RevocationKind::Responses));
        let refused = choice("kind", "OCSP").err();
        assert_eq!(refused, Some(Unexpected::new("kind", "one of crls, ocsp", "OCSP")));
    }
}
