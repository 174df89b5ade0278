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

/// The local part, and what is equal for addresses that RULES 20 may take for one: all of it folded, the domain as A-labels.
pub(crate) fn address_key(address: &str) -> Option<(Cow<'_, str>, String)> {
    let (local, domain) = split_address(address)?;
    let labels = if domain.is_ascii() { None } else { to_a_labels(domain) };
    let domain = labels.as_deref().unwrap_or(domain);
    let key = format!("{local}@{domain}").to_ascii_lowercase();
    Some((local, key))
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

/// The A-labels of a domain whose other labels are U-labels (RFC 5890 §2.3.2.1) in any case.
///
/// What UTS #46 would map besides (wide letters, ideographic full stops, characters without a shape) is refused: it
/// looks like another domain, or hides that it does not.
pub(crate) fn to_a_labels(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (unicode, _) = idna::domain_to_unicode(&ascii);
    let is_same = |(spelled, shown): (&str, &str)| {
        spelled.is_ascii() || spelled.chars().flat_map(char::to_lowercase).eq(shown.chars())
    };
    let count = |text: &str| text.split('.').count();
    let labels = domain.split('.').zip(unicode.split('.'));
    (count(domain) == count(&unicode) && labels.into_iter().all(is_same)).then_some(ascii)
}
