//! Address book: addresses → targets, as RULES 20 compares them: domains in any case and as A-labels, local parts exactly
//! or, where nobody has that very one, in any ASCII case.

use hashbrown::HashMap;

use crate::mail::mailbox::Spellings;

/// An address so that those are equal which are one: its local part as it is, its domain as A-labels in lower case; as it
/// stands where it is none.
#[must_use]
pub fn comparable_address(address: &str) -> String {
    Spellings::of(address).map_or_else(|| address.to_owned(), |it| it.idna)
}

/// Targets by address.
#[derive(Default)]
pub(super) struct AddressBook(HashMap<String, Vec<Entry>, foldhash::fast::RandomState>);

/// A target under one of its addresses.
struct Entry {
    /// As [`comparable_address`].
    spelled: String,
    position: usize,
}

impl AddressBook {
    pub(super) fn of(addresses: Vec<(String, usize)>) -> Self {
        let mut book = Self::default();
        for (address, position) in addresses {
            if let Some(Spellings { idna, folded, .. }) = Spellings::of(&address) {
                book.0.entry(folded).or_default().push(Entry { spelled: idna, position });
            }
        }
        book
    }

    /// Positions of the targets of an address; none where it could be that of several people.
    pub(super) fn find(&self, address: &str) -> Vec<usize> {
        let Some(Spellings { idna, folded, .. }) = Spellings::of(address) else {
            return Vec::new();
        };
        let entries = self.0.get(&folded).map(Vec::as_slice).unwrap_or_default();
        let positions_of = |spelled: &str| -> Vec<usize> {
            let same = entries.iter().filter(|it| it.spelled == spelled);
            same.map(|it| it.position).collect()
        };
        let exact = positions_of(&idna);
        match entries {
            [first, rest @ ..] if exact.is_empty() => {
                let is_one = rest.iter().all(|it| it.spelled == first.spelled);
                if is_one { positions_of(&first.spelled) } else { exact }
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
