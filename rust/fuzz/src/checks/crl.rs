//! Certificate lists: the index finds every entry, and what is read has views within its bytes.

use smimebatch_core::x509::crl::parse_crl;

/// Entries asked for of one list.
const ENTRIES: usize = 100;

/// Panics where `der` shows a fault.
pub fn check(der: &[u8]) {
    let Ok(list) = parse_crl(der) else { return };
    assert!(list.signed.der.len() <= der.len());
    assert_eq!(list.entries().count(), list.entry_count());
    for entry in list.entries().take(ENTRIES) {
        let mut found = list.entries_of(entry.serial);
        assert!(found.any(|it| it.revoked == entry.revoked && it.issuer == entry.issuer));
        assert!(entry.revoked.since_unix_s() <= entry.revoked.revoked_unix_s);
    }
    let again = parse_crl(&list.signed.der).expect("its own bytes");
    assert_eq!(again.signed.sha256, list.signed.sha256);
    assert_eq!((&again.number, &again.scope), (&list.number, &list.scope));
}
