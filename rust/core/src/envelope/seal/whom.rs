//! Whom: the header of a message, or who could read it before → the targets that it is for.

use super::{NotSealed, Sealer, Target, comparable_address};
use crate::envelope::objects::ObjectReason;
use crate::envelope::owners::{FormerReaders, Owner};
use crate::mail::address::{AddressDefects, Mailbox, parse_address_list};
use crate::mail::field_name::FieldName;
use crate::mail::header::Headers;

/// What the addresses of somebody lead to.
enum Owned {
    /// Positions of targets.
    By(Vec<usize>),
    /// Nothing, or what may be another's: the addresses without a certificate.
    Missing(Vec<String>),
    /// Different targets, of which one may be another's.
    Ambiguous,
}

impl Sealer {
    /// Whom a message goes to; who has no certificate is named.
    ///
    /// Of a message that was opened that is whoever could read it before: its header is in clear, and anybody could have
    /// put himself there beside another's ciphertext.
    pub(super) fn targets_of(
        &self,
        header: &Headers<'_>,
        before: Option<&FormerReaders>,
    ) -> Result<Vec<&Target>, NotSealed> {
        let looked_up = match before {
            _ if !self.looks_up => Vec::new(),
            Some(before) => self.of_readers(before)?,
            None => self.of_header(header)?,
        };
        let mut positions = [self.always.as_slice(), &looked_up].concat();
        if positions.is_empty() {
            return Err(ObjectReason::NoRecipient.into());
        }
        positions.extend(&self.escrow);
        positions.sort_unstable();
        positions.dedup();
        Ok(positions.iter().filter_map(|&it| self.targets.get(it)).collect())
    }

    /// Those of all who could read a message.
    fn of_readers(&self, before: &FormerReaders) -> Result<Vec<usize>, NotSealed> {
        let (mut positions, mut missing) = (Vec::new(), Vec::new());
        for one in &before.owners {
            match self.of_owner(one) {
                Owned::By(targets) => positions.extend(targets),
                Owned::Missing(addresses) => missing.extend(addresses),
                Owned::Ambiguous => {
                    let missing = one.addresses.clone();
                    return Err(NotSealed { reason: ObjectReason::Ambiguous, missing });
                }
            }
        }
        let is_nobodys = positions.is_empty() && self.always.is_empty();
        if missing.is_empty() && is_nobodys {
            missing.extend(before.others.iter().cloned());
        }
        missed_none(missing).map(|()| positions)
    }

    /// Those of somebody, by his addresses; the certificate that he had is one only where there is no other.
    ///
    /// Where an address leads nowhere, one that another leads to counts only if it is for no address but his: it may be
    /// somebody else's who shares that address with him, as of an office.
    fn of_owner(&self, one: &Owner) -> Owned {
        let (known, unknown): (Vec<&String>, Vec<&String>) =
            one.addresses.iter().partition(|it| !self.by_address.find(it).is_empty());
        let found: Vec<Vec<usize>> = known.into_iter().map(|it| self.by_address.find(it)).collect();
        let certificate = |at: &usize| self.targets.get(*at).and_then(Target::certificate);
        let is_old =
            |at: &usize| certificate(at).is_some_and(|it| one.certificates.contains(&it.sha256));
        let has_new = found.iter().any(|targets| !targets.iter().all(is_old));
        let is_meant = |targets: &&Vec<usize>| !has_new || !targets.iter().all(is_old);
        let meant: Vec<&Vec<usize>> = found.iter().filter(is_meant).collect();
        let is_shared = |at: &usize| {
            let addresses = certificate(at).map(|it| it.address_texts().collect::<Vec<_>>());
            addresses.is_some_and(|its| !are_in(&its, &one.addresses))
        };
        match meant.split_first() {
            Some(_) if !unknown.is_empty() && meant.iter().copied().flatten().any(is_shared) => {
                Owned::Missing(unknown.into_iter().cloned().collect())
            }
            // One of them may be somebody else's by now.
            Some((first, others)) if others.iter().any(|it| it != first) => Owned::Ambiguous,
            Some((first, _)) => Owned::By((*first).clone()),
            None => Owned::Missing(one.addresses.clone()),
        }
    }

    /// Those of the addresses in a header.
    fn of_header(&self, header: &Headers<'_>) -> Result<Vec<usize>, NotSealed> {
        let names = [FieldName::To, FieldName::Cc, FieldName::Bcc];
        let (mut positions, mut missing) = (Vec::new(), unreadable(header, &names));
        let of = |address: &String| self.by_address.find(address);
        for address in addresses(header, &names) {
            match of(&address) {
                found if found.is_empty() => missing.push(address),
                found => positions.extend(found),
            }
        }
        missed_none(missing)?;
        // Who wrote it may read it too, but need not.
        if !(positions.is_empty() && self.always.is_empty()) {
            positions.extend(addresses(header, &[FieldName::From]).iter().flat_map(of));
        }
        Ok(positions)
    }
}

/// Whether `some` names no other place for mail than `all`.
fn are_in(some: &[String], all: &[String]) -> bool {
    let comparable = |it: &String| comparable_address(it).to_ascii_lowercase();
    let all: Vec<String> = all.iter().map(comparable).collect();
    some.iter().all(|it| all.contains(&comparable(it)))
}

/// Nothing, where nobody is without a certificate.
fn missed_none(mut missing: Vec<String>) -> Result<(), NotSealed> {
    if missing.is_empty() {
        return Ok(());
    }
    missing.sort_unstable();
    missing.dedup();
    Err(NotSealed { reason: ObjectReason::NoCertificate, missing })
}

/// What stands in fields of addresses and is none that every reader reads alike: whoever is meant would be left out.
fn unreadable(header: &Headers<'_>, names: &[FieldName]) -> Vec<String> {
    let bodies = names.iter().flat_map(|&name| header.all(name));
    let is_doubtful = |body: &&[u8]| {
        let list = parse_address_list(body);
        let is_none = |it: &Mailbox| it.malformed || it.addr_spec.is_none();
        let AddressDefects { unterminated, junk, encoded_word_in_address, .. } = list.defects;
        unterminated || junk || encoded_word_in_address || list.mailboxes.iter().any(is_none)
    };
    let shown = |body: &[u8]| String::from_utf8_lossy(body.trim_ascii()).into_owned();
    bodies.filter(is_doubtful).map(shown).collect()
}

/// The addresses of fields, as they stand.
fn addresses(header: &Headers<'_>, names: &[FieldName]) -> Vec<String> {
    let bodies = names.iter().flat_map(|&name| header.all(name));
    let lists = bodies.map(parse_address_list);
    lists.flat_map(|list| list.addresses().map(str::to_owned).collect::<Vec<_>>()).collect()
}
