//! The From_ line of an mbox: `From sender asctime-date`, in the forms programs wrote over the
//! years.

use super::date::{is_weekday, read_date};
use super::visible::trim_blanks;

/// What a From_ line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromLine<'a> {
    /// The envelope sender as it stands; empty if there is none.
    pub sender: &'a [u8],
    /// The delivery time, read as UTC where no zone is named; null if unreadable.
    pub date_unix_s: Option<i64>,
    /// Whether a zone was named; asctime has none, so the instant is then known to 14 hours only
    /// (RULES 22a).
    pub zone_named: bool,
    /// The latest moment that the delivery time may mean.
    pub latest_unix_s: Option<i64>,
}

/// Reads a From_ line: asctime with or without seconds, a zone before or after the year, `remote
/// from HOST`, or an RFC 5322 date.
#[must_use]
pub fn parse_from_line(line: &[u8]) -> FromLine<'_> {
    let line = trim_blanks(line.strip_prefix(b"From ").unwrap_or(line));
    let remote = memchr::memmem::rfind(line, b" remote from ");
    let text = remote.and_then(|at| line.get(..at)).unwrap_or(line);
    let (sender, date) = text.split_at_checked(date_start(text)).unwrap_or((text, &[]));
    let read = read_date(date);
    FromLine {
        sender: trim_blanks(sender),
        date_unix_s: read.map(|date| date.unix_s),
        zone_named: read.is_some_and(|date| date.zone_named),
        latest_unix_s: read.map(|date| date.latest_unix_s()),
    }
}

/// Where the date starts: at the last word that names a weekday, else behind the first word.
fn date_start(text: &[u8]) -> usize {
    let mut start = None;
    let mut behind_first_word = None;
    let mut at = 0;
    for word in text.split_inclusive(|byte| matches!(byte, b' ' | b'\t')) {
        let bare = trim_blanks(word);
        let bare = bare.strip_suffix(b",").unwrap_or(bare);
        if is_weekday(bare) {
            start = Some(at);
        }
        at += word.len();
        if !bare.is_empty() && behind_first_word.is_none() {
            behind_first_word = Some(at);
        }
    }
    start.or(behind_first_word).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn from_line_in_historic_forms_is_read() {
        const AT: i64 = 1_072_926_245; // 2004-01-01 03:04:05 UTC
        for (line, date, zone_named) in [
            (&b"From a@b.c Thu Jan  1 03:04:05 2004\n"[..], AT, false),
            (b"From a@b.c  Thu Jan  1 03:04:05 2004\r\n", AT, false),
            (b"From a@b.c Thu Jan  1 03:04 2004", AT - 5, false),
            (b"From a@b.c Thu Jan  1 04:04:05 +0100 2004", AT, true),
            (b"From a@b.c Thu Jan  1 04:04:05 2004 +0100", AT, true),
            (b"From a@b.c Wed Dec 31 22:04:05 EST 2003", AT, true),
            (b"From a@b.c Thu, 1 Jan 2004 03:04:05 +0000", AT, true),
            (b"From a@b.c Thu Jan  1 03:04:05 2004 remote from host", AT, false),
            (b"From a@b.c 1 Jan 2004 03:04:05", AT, false),
        ] {
            let latest = if zone_named { date } else { date + 14 * 3600 };
            let latest_unix_s = Some(latest);
            let (sender, date_unix_s) = (&b"a@b.c"[..], Some(date));
            let expected = FromLine { sender, date_unix_s, zone_named, latest_unix_s };
            assert_eq!(parse_from_line(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn from_line_without_date_or_sender_keeps_what_there_is() {
        let none =
            |sender| FromLine { sender, date_unix_s: None, zone_named: false, latest_unix_s: None };
        assert_eq!(parse_from_line(b"From a@b.c\n"), none(&b"a@b.c"[..]));
        assert_eq!(parse_from_line(b"From "), none(b""));
        assert_eq!(parse_from_line(b"From - Thu Jan  1 03:04:05 2004").sender, b"-");
        assert_eq!(parse_from_line(b"From Thu Jan  1 03:04:05 2004").sender, b"");
        assert_eq!(
            parse_from_line(b"From \"a b\"@c Thu Jan  1 03:04:05 2004").sender,
            b"\"a b\"@c"
        );
    }

    proptest! {
        #[test]
        fn from_line_of_arbitrary_bytes_does_not_panic(
            line in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let _ = parse_from_line(&line);
        }
    }
}
