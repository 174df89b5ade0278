//! An mbox cut piecewise gives the messages of the mbox cut whole, and loses no byte but those between messages.

use smimebatch_core::mail::from_line::parse_from_line;
use smimebatch_core::mail::mbox::{MboxMessage, MboxScanner};

/// Panics where `input` shows a fault; its first octet says how long the pieces are.
pub fn check(input: &[u8]) {
    let Some((step, mbox)) = input.split_first() else { return };
    let step = usize::from(*step) + 1;
    let whole = MboxScanner::new().scan(mbox, true);
    assert_eq!(whole.consumed, mbox.len());
    let mut end = 0;
    for found in &whole.messages {
        assert!(end <= found.from_line.start && found.from_line.end <= found.message.start);
        assert!(found.message.end <= mbox.len());
        end = found.message.end;
        let _ = parse_from_line(&mbox[found.from_line.clone()]);
    }
    assert_eq!(piecewise(mbox, step), whole.messages);
}

/// The messages of an mbox that arrives `step` bytes at a time, with their places in the whole.
fn piecewise(mbox: &[u8], step: usize) -> Vec<MboxMessage> {
    let mut scanner = MboxScanner::new();
    let (mut messages, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        end = (end + step).min(mbox.len());
        let found = scanner.scan(&mbox[start..end], end == mbox.len());
        messages.extend(found.messages.into_iter().map(|found| MboxMessage {
            from_line: found.from_line.start + start..found.from_line.end + start,
            message: found.message.start + start..found.message.end + start,
            ..found
        }));
        start += found.consumed;
        if end == mbox.len() {
            return messages;
        }
    }
}
