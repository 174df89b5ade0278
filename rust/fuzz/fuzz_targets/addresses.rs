//! Address lists: an address read is one that reads as itself again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smimebatch_core::mail::address::parse_address_list;

fuzz_target!(|body: &[u8]| {
    for address in parse_address_list(body).addresses() {
        let again = parse_address_list(address.as_bytes());
        assert_eq!(again.addresses().collect::<Vec<_>>(), [address], "{:?}", body);
    }
});
