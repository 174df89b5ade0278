//! Address lists: an address read is one that reads as itself again.

use smimebatch_core::mail::address::parse_address_list;

/// Panics where `body` shows a fault.
pub fn check(body: &[u8]) {
    for address in parse_address_list(body).addresses() {
        let again = parse_address_list(address.as_bytes());
        assert_eq!(again.addresses().collect::<Vec<_>>(), [address], "{:?}", body);
    }
}
