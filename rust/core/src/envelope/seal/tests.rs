//! Which addresses of a message are looked up, and what is said of those that lead nowhere.

#![allow(clippy::unwrap_used)]

use super::*;

fn sealer(by_address: Option<Vec<(String, usize)>>) -> Sealer {
    let choices = (ContentChoice::Aes256Gcm, TransportChoice::Oaep);
    Sealer::new(SealJob::Encrypt, Vec::new(), Vec::new(), by_address, choices)
}

fn why(sealer: &Sealer, message: &[u8]) -> (ObjectReason, Vec<String>) {
    let not_sealed = sealer.seal(message, b"\r\n", None).map(|_| ()).unwrap_err();
    (not_sealed.reason, not_sealed.missing)
}

#[test]
fn missing_recipients_are_named_once_and_in_order() {
    let message = b"To: <z@x>, a@x\nCc: Z <z@x>\nBcc: b@x\nFrom: w@x\n\n";
    let missing = ["a@x", "b@x", "z@x"].map(str::to_owned).to_vec();
    assert_eq!(why(&sealer(Some(Vec::new())), message), (ObjectReason::NoCertificate, missing));
}

#[test]
fn message_for_nobody_is_refused() {
    for by_address in [None, Some(Vec::new())] {
        let nobody = (ObjectReason::NoRecipient, Vec::new());
        assert_eq!(why(&sealer(by_address), b"From: w@x\n\n"), nobody);
    }
}

#[test]
fn header_that_is_none_is_refused() {
    let broken = (ObjectReason::HeaderUnreadable, Vec::new());
    assert_eq!(why(&sealer(None), b"no field\n\n"), broken);
}
