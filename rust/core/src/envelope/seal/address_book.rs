//! Address book: addresses → targets, as RULES 20 compares them: domains in any case and as A-labels, local parts exactly
//! or, where nobody has that very one, in any ASCII case.

use hashbrown::HashMap;

use crate::mail::mailbox::address_key;

/// An address so that those are equal which are one: its local part as it is, its domain as A-labels in lower case; as it
/// stands where it is none.
#[must_use]
pub fn comparable_address(address: &str) -> String {
    let parts = address_key(address);
    let spelled =
        parts.and_then(|(local, key)| Some(format!("{local}@{}", key.rsplit_once('@')?.1)));
    spelled.unwrap_or_else(|| address.to_owned())
}

/// Targets by address.
#[derive(Default)]
pub(super) struct AddressBook(HashMap<String, Vec<Entry>, foldhash::fast::RandomState>);

/// A target under one of its addresses.
struct Entry {
    local: String,
    position: usize,
}

impl AddressBook {
    pub(super) fn of(addresses: Vec<(String, usize)>) -> Self {
        let mut book = Self::default();
        for (address, position) in addresses {
            if let Some((local, key)) = address_key(&address) {
                let entry = Entry { local: local.into_owned(), position };
                book.0.entry(key).or_default().push(entry);
            }
        }
        book
    }

    /// Positions of the targets of an address; none where it could be that of several people.
    pub(super) fn find(&self, address: &str) -> Vec<usize> {
        let Some((local, key)) = address_key(address) else { return Vec::new() };
        let entries = self.0.get(&key).map(Vec::as_slice).unwrap_or_default();
        let positions_of = |local: &str| -> Vec<usize> {
            let same = entries.iter().filter(|it| it.local == local);
            same.map(|it| it.position).collect()
        };
        let exact = positions_of(&local);
        match entries {
            [first, rest @ ..] if exact.is_empty() => {
                let is_one = rest.iter().all(|it| it.local == first.local);
                if is_one { positions_of(&first.local) } else { exact }
            }
            _ => exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(addresses: &[&str]) -> AddressBook {
        AddressBook::of(addresses.iter().zip(0..).map(|(it, at)| ((*it).to_owned(), at)).collect())
    }

    #[test]
    fn rule_20_exact_local_part_comes_before_another_case_of_it() {
        let book = book(&["mark@x.example", "Mark@x.example", "ann@x.example"]);
        assert_eq!(book.find("mark@X.Example"), [0]);
        assert_eq!(book.find("Mark@x.example"), [1]);
        assert_eq!(book.find("MARK@x.example"), [0; 0], "either could be meant");
        assert_eq!(book.find("Ann@x.example"), [2]);
        assert_eq!(book.find("\"ann\"@x.example"), [2]);
        assert_eq!(book.find("mar\u{212a}@x.example"), [0; 0], "a Kelvin sign is no k");
        assert_eq!(book.find("nobody"), [0; 0]);
    }

    #[test]
    fn rule_20_domain_is_compared_as_a_labels() {
        let book = book(&["bob@xn--bcher-kva.example", "eve@b\u{fc}cher.example"]);
        assert_eq!(book.find("bob@B\u{fc}cher.example"), [0]);
        assert_eq!(book.find("eve@XN--bcher-kva.example"), [1]);
    }
}
