//! An addr-spec taken apart to be compared: with a sender, or with the subtrees of name constraints (RULES 20).

use std::borrow::Cow;

/// RFC 5322 §3.4.1: local part and domain, the local part without the quoting that carries no meaning (§3.2.4).
pub(crate) fn split_address(address: &str) -> Option<(Cow<'_, str>, &str)> {
    let (local, domain) = address.rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    Some((unquote(local), domain))
}

/// An addr-spec as it is looked up among others: in each spelling, two that are the same have equal texts.
#[derive(Debug)]
pub(crate) struct Spellings {
    /// The local part as it is, the domain in lower case.
    pub(crate) exact: String,
    /// The domain as A-labels, where it is not ASCII and has any.
    pub(crate) idna: String,
    /// So, and the local part in lower case.
    pub(crate) folded: String,
}

impl Spellings {
    /// Nothing of what is no address.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let (local, spelled) = split_address(address)?;
        let domain = spelled.to_ascii_lowercase();
        let labels = if domain.is_ascii() { None } else { to_a_labels(spelled) };
        let exact = format!("{local}@{domain}");
        let idna = labels.map_or_else(|| exact.clone(), |labels| format!("{local}@{labels}"));
        let folded = idna.to_ascii_lowercase();
        Some(Self { exact, idna, folded })
    }
}

fn unquote(local: &str) -> Cow<'_, str> {
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        None => Cow::Borrowed(local),
        Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner),
        Some(inner) => {
            let mut text = String::with_capacity(inner.len());
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                text.push(if character == '\\' {
                    characters.next().unwrap_or('\\')
                } else {
                    character
                });
            }
            Cow::Owned(text)
        }
    }
}

/// No domain is longer: 254 octets as A-labels (RFC 1035 §2.3.4), which no character makes shorter, four in UTF-8 for each.
const MOST_DOMAIN_BYTES: usize = 4 * 254;

/// The A-labels of a domain whose other labels are U-labels (RFC 5890 §2.3.2.1) in any case.
///
/// What UTS #46 would map besides (wide letters, ideographic full stops, characters without a shape) is refused: it
/// looks like another domain, or hides that it does not.
pub(crate) fn to_a_labels(domain: &str) -> Option<String> {
    if domain.len() > MOST_DOMAIN_BYTES {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (unicode, _) = idna::domain_to_unicode(&ascii);
    let is_same = |(spelled, shown): (&str, &str)| {
        spelled.is_ascii() || spelled.chars().flat_map(char::to_lowercase).eq(shown.chars())
    };
    let count = |text: &str| text.split('.').count();
    let labels = domain.split('.').zip(unicode.split('.'));
    (count(domain) == count(&unicode) && labels.into_iter().all(is_same)).then_some(ascii)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn domain_longer_than_any_has_no_a_labels() {
        let label = "\u{fc}".repeat(20);
        let of_labels = |count: usize| vec![label.as_str(); count].join(".");
        assert!(to_a_labels(&of_labels(8)).is_some());
        for count in 13..60 {
            let domain = of_labels(count);
            assert_eq!(to_a_labels(&domain), None);
            assert!(idna::domain_to_ascii_strict(&domain).is_err(), "nor has it without our bound");
        }
    }
}
