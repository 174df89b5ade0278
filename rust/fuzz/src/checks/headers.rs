//! Header fields, dates and encoded words of arbitrary bytes.

use smimebatch_core::mail::date::parse_date;
use smimebatch_core::mail::encoded_word::decode_encoded_words;
use smimebatch_core::mail::field_name::FieldName;
use smimebatch_core::mail::from::{parse_from, parse_reply_to, parse_sender};
use smimebatch_core::mail::header::{parse_headers, unfold_text};

/// Panics where `message` shows a fault.
pub fn check(message: &[u8]) {
    let headers = parse_headers(message, 1 << 16, 1000);
    assert!(headers.body_start <= message.len());
    let _ = (parse_from(&headers), parse_sender(&headers), parse_reply_to(&headers));
    for body in headers.all(FieldName::Subject).chain(headers.all(FieldName::Date)) {
        assert!(!unfold_text(body).contains('\n'));
        let _ = (parse_date(body), decode_encoded_words(body));
    }
}
