//! Dates of header fields and From_ lines → Unix seconds (RFC 5322 §3.3, §4.3, and asctime).
//!
//! Order-free where the forms allow it: month and weekday are words, the time has colons, the first
//! other number is the day and the second the year. A wrong weekday is no matter. Seconds since
//! 1970 in UTC, years 1970 to 9999.

use super::lexer::skip_cfws;
use super::tail;

/// A point in time as read, and whether a zone was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadDate {
    pub(super) unix_s: i64,
    pub(super) zone_named: bool,
    /// Whether that zone is a number or a name with one meaning.
    pub(super) zone_known: bool,
}

/// Seconds by which a local time of an unknown zone may be later than the same time in UTC (RULES 22a).
const UNKNOWN_ZONE_S: i64 = 14 * 3600;

impl ReadDate {
    /// The latest moment that may be meant.
    pub(super) const fn latest_unix_s(&self) -> i64 {
        if self.zone_known { self.unix_s } else { self.unix_s + UNKNOWN_ZONE_S }
    }
}

/// Reads a date as [`parse_date`] does, for a proof: the latest moment that it may mean.
#[must_use]
pub fn parse_latest_date(body: &[u8]) -> Option<i64> {
    read_date(body).map(|date| date.latest_unix_s())
}

/// Reads the body of a Date field; no zone or an unknown one is read as UTC.
#[must_use]
pub fn parse_date(body: &[u8]) -> Option<i64> {
    read_date(body).map(|date| date.unix_s)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
#[must_use]
pub fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    // Years are counted from March, so that the leap day is the last of its year.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The parts collected so far; [`Reader::finish`] checks their ranges.
#[derive(Default)]
struct Reader {
    day: Option<i64>,
    month: Option<u8>,
    year: Option<i64>,
    time_s: Option<i64>,
    zone_s: Option<i64>,
    zone_is_numeric: bool,
    zone_is_known_name: bool,
}

/// Reads a date in any of the forms of RFC 5322 or asctime.
pub(super) fn read_date(bytes: &[u8]) -> Option<ReadDate> {
    read_usual_form(bytes).or_else(|| read_any_form(bytes))
}

/// The form of nearly all mail: RFC 5322 §3.3 with nothing left out and single blanks. It says what [`read_any_form`]
/// would say; `None` for any other form.
fn read_usual_form(bytes: &[u8]) -> Option<ReadDate> {
    let mut rest = tail(bytes, skip_cfws(bytes, 0));
    if let [first, second, third, b',', b' ', after @ ..] = rest
        && is_weekday(&[*first, *second, *third])
    {
        rest = after;
    }
    let day = match rest {
        [_, b' ', ..] => take_digits::<1>(&mut rest)?,
        _ => take_digits::<2>(&mut rest)?,
    };
    let [b' ', first, second, third, b' ', after @ ..] = rest else { return None };
    let month = month_named(&[*first, *second, *third])?;
    rest = after;
    let year = take_digits::<4>(&mut rest)?;
    let hour = take_after(b' ', &mut rest)?;
    let minute = take_after(b':', &mut rest)?;
    let second = take_after(b':', &mut rest)?;
    let [b' ', sign @ (b'+' | b'-'), after @ ..] = rest else { return None };
    rest = after;
    let (hours, minutes) = (take_digits::<2>(&mut rest)?, take_digits::<2>(&mut rest)?);
    let in_range = hour <= 23 && minute <= 59 && second <= 60 && hours <= 23 && minutes <= 59;
    if !in_range || skip_cfws(rest, 0) < rest.len() {
        return None;
    }
    let zone_s = hours * 3600 + minutes * 60;
    let reader = Reader {
        day: Some(day),
        month: Some(month),
        year: Some(year),
        time_s: Some(hour * 3600 + minute * 60 + second),
        zone_s: Some(if *sign == b'-' { -zone_s } else { zone_s }),
        zone_is_numeric: true,
        zone_is_known_name: false,
    };
    reader.finish()
}

/// Takes the number that exactly `N` digits are.
fn take_digits<const N: usize>(rest: &mut &[u8]) -> Option<i64> {
    let (digits, after) = rest.split_first_chunk::<N>()?;
    let are_digits = digits.iter().all(u8::is_ascii_digit);
    *rest = after;
    are_digits.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// Takes two digits behind `mark`.
fn take_after(mark: u8, rest: &mut &[u8]) -> Option<i64> {
    *rest = rest.strip_prefix(&[mark])?;
    take_digits::<2>(rest)
}

fn read_any_form(bytes: &[u8]) -> Option<ReadDate> {
    let mut reader = Reader::default();
    let mut at = 0;
    loop {
        at = skip_cfws(bytes, at);
        match tail(bytes, at) {
            [] => return reader.finish(),
            [b'0'..=b'9', ..] => at = reader.read_number(bytes, at)?,
            [b'+' | b'-', b'0'..=b'9', ..] if reader.time_s.is_some() => {
                at = reader.read_zone(bytes, at)?;
            }
            [b',' | b'-' | b'.', ..] => at += 1,
            rest => {
                let length = rest.iter().position(|byte| !byte.is_ascii_alphabetic());
                let word = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
                reader.read_word(word)?;
                at += word.len();
            }
        }
    }
}

impl Reader {
    /// A number is the hour if a colon follows, else the day, else the year.
    fn read_number(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let (value, digits, end) = digits_at(bytes, at)?;
        let behind = skip_cfws(bytes, end);
        if bytes.get(behind) == Some(&b':') && self.time_s.is_none() {
            return self.read_time(bytes, behind + 1, value);
        }
        match (self.day, self.year) {
            (None, _) if digits <= 2 => self.day = Some(value),
            (Some(_), None) => self.year = Some(full_year(value, digits)?),
            _ => return None,
        }
        Some(end)
    }

    /// RFC 5322 §3.3: `hour ":" minute [":" second]`; §4.3 lets comments and blanks stand between.
    fn read_time(&mut self, bytes: &[u8], at: usize, hour: i64) -> Option<usize> {
        let (minute, _, mut end) = digits_at(bytes, skip_cfws(bytes, at))?;
        let mut second = 0;
        let behind = skip_cfws(bytes, end);
        if bytes.get(behind) == Some(&b':') {
            (second, _, end) = digits_at(bytes, skip_cfws(bytes, behind + 1))?;
            if let [b'.', b'0'..=b'9', ..] = tail(bytes, end) {
                (_, _, end) = digits_at(bytes, end + 1)?;
            }
        }
        // 60 is the leap second.
        let in_range = hour <= 23 && minute <= 59 && second <= 60;
        self.time_s = in_range.then_some(hour * 3600 + minute * 60 + second);
        self.time_s.map(|_| end)
    }

    /// RFC 5322 §3.3: `("+" / "-") 4DIGIT`; `+01:00` and `+1` occur.
    fn read_zone(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let sign = if bytes.get(at) == Some(&b'-') { -1 } else { 1 };
        let (value, digits, mut end) = digits_at(bytes, at + 1)?;
        let (hours, minutes) = match (digits, tail(bytes, end)) {
            (1 | 2, [b':', b'0'..=b'9', ..]) => {
                let (minutes, _, minutes_end) = digits_at(bytes, end + 1)?;
                end = minutes_end;
                (value, minutes)
            }
            (1 | 2, _) => (value, 0),
            _ => (value / 100, value % 100),
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        if !self.zone_is_numeric {
            self.zone_s = Some(sign * (hours * 3600 + minutes * 60));
            self.zone_is_numeric = true;
        }
        Some(end)
    }

    /// A month, a weekday or the name of a zone; anything else before the time is not a date.
    fn read_word(&mut self, word: &[u8]) -> Option<()> {
        if word.is_empty() || word.eq_ignore_ascii_case(b"pm") {
            return None;
        }
        if self.month.is_none()
            && let Some(month) = month_named(word)
        {
            self.month = Some(month);
        } else if self.time_s.is_some() {
            if self.zone_s.is_none() {
                self.zone_is_known_name = is_known_zone(word);
                self.zone_s = Some(zone_named(word));
            }
        } else if !is_weekday(word) {
            return None;
        }
        Some(())
    }

    fn finish(self) -> Option<ReadDate> {
        let (day, month, year) = (u8::try_from(self.day?).ok()?, self.month?, self.year?);
        if !(1970..=9999).contains(&year) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let midnight_s = days_from_civil(year, month, day) * 86_400;
        let unix_s = midnight_s + self.time_s? - self.zone_s.unwrap_or(0);
        let zone_known = self.zone_is_numeric || self.zone_is_known_name;
        Some(ReadDate { unix_s, zone_named: self.zone_s.is_some(), zone_known })
    }
}

/// The number at `at`: value, count of digits (at most 4), end.
fn digits_at(bytes: &[u8], at: usize) -> Option<(i64, usize, usize)> {
    let rest = tail(bytes, at);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = |sum: i64, byte: &u8| sum * 10 + i64::from(byte - b'0');
    let fits = (1..=9).contains(&digits);
    fits.then(|| (rest.iter().take(digits).fold(0, value), digits, at + digits))
}

/// RFC 5322 §4.3: two digits below 50 are 20xx, other two digits and three digits count from 1900.
fn full_year(value: i64, digits: usize) -> Option<i64> {
    match digits {
        2 if value < 50 => Some(2000 + value),
        2 | 3 => Some(1900 + value),
        4 => Some(value),
        _ => None,
    }
}

fn days_in_month(year: i64, month: u8) -> u8 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];
const WEEKDAYS: [&[u8]; 7] =
    [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];

/// Whether `word` is `name` or its beginning of three letters or more (`Sept`, `Tues`).
fn abbreviates(word: &[u8], name: &[u8]) -> bool {
    word.len() >= 3 && name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn month_named(word: &[u8]) -> Option<u8> {
    (1..).zip(MONTHS).find(|(_, name)| abbreviates(word, name)).map(|(number, _)| number)
}

/// Whether `word` names a day of the week.
pub(super) fn is_weekday(word: &[u8]) -> bool {
    WEEKDAYS.iter().any(|name| abbreviates(word, name))
}

/// RFC 5322 §4.3: the American zones; military letters and unknown names say nothing and are read
/// as UTC.
fn zone_named(word: &[u8]) -> i64 {
    let hours = match word.to_ascii_uppercase().as_slice() {
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        _ => 0,
    };
    hours * 3600
}

/// Whether the name of a zone has one meaning (RFC 5322 §4.3).
fn is_known_zone(word: &[u8]) -> bool {
    let is_utc = [&b"UT"[..], b"UTC", b"GMT", b"Z"].iter().any(|it| it.eq_ignore_ascii_case(word));
    is_utc || zone_named(word) != 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn date_in_the_usual_form_is_read() {
        assert_eq!(parse_date(b" Fri, 21 Nov 1997 09:55:06 -0600"), Some(880_127_706));
        assert_eq!(parse_date(b"1 Jan 1970 00:00:00 +0000"), Some(0));
        assert_eq!(parse_date(b"1 Jan 1970 12:00:00 +0530"), Some((12 * 60 - 330) * 60));
        assert_eq!(parse_date(b"1 Jan 1970 12:00:00 -0545"), Some((12 * 60 + 345) * 60));
        assert_eq!(parse_date(b"Thu, 29 Feb 2024 23:59:60 +0100 (CET)"), Some(1_709_247_600));
    }

    #[test]
    fn date_in_obsolete_forms_is_read() {
        let expected = Some(880_127_706 - 6);
        for body in [
            &b"21 Nov 97 09:55 CST"[..],
            b"Fri, 21 Nov 097 09(comment):   55  :  00  -0600",
            b"Mon (wrong day), 21 November 1997 09:55:00.123 -06:00",
            b"Fri\r\n , 21\r\n Nov 1997 09:55:00 (a(nested \\) )comment) CST",
            b"Friday, 21-Nov-97 15:55:00 GMT",
            b"Fri Nov 21 15:55:00 1997",
            b"Fri Nov 21 09:55:00 CST 1997",
            b"Fri Nov 21 09:55:00 -0600 1997",
            b"21 Nov 1997 16:55 GMT+0100",
            b"21 Nov 1997 15:55 Z",
            b"21 Nov 1997 09:55 -6",
            b"21 Nov 1997 21:25 +05:30",
        ] {
            assert_eq!(parse_date(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn date_with_a_part_missing_or_out_of_range_is_none() {
        for body in [
            &b""[..],
            b"21 Nov 1997",
            b"Nov 1997 09:55:00 +0000",
            b"30 Feb 2000 00:00:00 +0000",
            b"29 Feb 1900 00:00:00 +0000",
            b"0 Jan 2000 00:00:00 +0000",
            b"1 Jan 2000 24:00:00 +0000",
            b"1 Jan 2000 00:60:00 +0000",
            b"1 Jan 2000 00:00:00 +2400",
            b"1 Jan 2000 00:00:00 +0060",
            b"1 Jan 2000 00:00:00 +9900",
            b"001 Jan 2000 00:00:00 +0000",
            b"1 Jan 2000 09:55 pm",
            b"1 Jan 2000 09:55 !",
            b"1 Jan 1969 00:00:00 +0000",
            b"1 Jan 12345 00:00:00 +0000",
            b"1 Jan 99999999999999999999 00:00:00 +0000",
            b"garbage 1 Jan 2000 00:00:00 +0000",
            b"(unterminated 1 Jan 2000 00:00:00 +0000",
            b"1 Jan 2000 00:00:00 +0000 17",
        ] {
            assert_eq!(parse_date(body), None, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn date_in_a_zone_is_that_of_its_offset() {
        let noon = |zone: &str| {
            let date = read_date(format!("2 Jan 1970 12:00 {zone}").as_bytes()).unwrap();
            assert_eq!(date.zone_named, !zone.is_empty(), "{zone}");
            date.unix_s - 36 * 3600
        };
        for (zone, east_s) in [
            ("", 0),
            ("+2359", 86_340),
            ("-2359", -86_340),
            ("+0530", 19_800),
            ("UT", 0),
            ("EDT", -4 * 3600),
            ("EST", -5 * 3600),
            ("CDT", -5 * 3600),
            ("CST", -6 * 3600),
            ("MDT", -6 * 3600),
            ("MST", -7 * 3600),
            ("PDT", -7 * 3600),
            ("pst", -8 * 3600),
            ("A", 0),
            ("Mitteleuropa", 0),
        ] {
            assert_eq!(noon(zone), -east_s, "{zone}");
        }
    }

    #[test]
    fn year_of_two_or_three_digits_is_of_its_century() {
        for (digits, year) in
            [("00", 2000), ("49", 2049), ("70", 1970), ("99", 1999), ("101", 2001), ("2024", 2024)]
        {
            let expected = Some(days_slowly(year, 1, 1) * 86_400);
            assert_eq!(parse_date(format!("1 Jan {digits} 00:00 Z").as_bytes()), expected);
        }
        for years in ["50", "69", "069", "5"] {
            assert_eq!(parse_date(format!("1 Jan {years} 00:00 Z").as_bytes()), None, "{years}");
        }
    }

    /// The obvious way: count day by day.
    fn days_slowly(year: i64, month: u8, day: u8) -> i64 {
        let whole_years: i64 = (1970..year)
            .map(|y| (1..=12).map(|m| i64::from(days_in_month(y, m))).sum::<i64>())
            .sum();
        let whole_months: i64 = (1..month).map(|m| i64::from(days_in_month(year, m))).sum();
        whole_years + whole_months + i64::from(day) - 1
    }

    #[test]
    fn date_in_the_form_of_nearly_all_mail_is_read_at_once() {
        for body in [
            " Tue, 01 Jan 2019 00:00:00 +0530\r\n",
            "1 feb 2024 23:59:60 -1200 (CET)",
            "WED, 29 Feb 2012 12:34:56 +0000",
        ] {
            assert!(read_usual_form(body.as_bytes()).is_some(), "{body}");
        }
        for body in [
            "Tue, 1 January 2019 00:00:00 +0000",
            "Tue, 01 Jan 19 00:00:00 +0000",
            "Tue, 01 Jan 2019 00:00 +0000",
            "Tue, 01 Jan 2019 24:00:00 +0000",
            "Tue, 01 Jan 2019 00:00:00 GMT",
            "Tue, 01 Jan 2019 00:00:00 +00000",
            "Tue, 01 Jan 2019 00:00:00 +0000 x",
            "Tue, 31 Feb 2019 00:00:00 +0000",
            "Xyz, 01 Jan 2019 00:00:00 +0000",
            "Jan, 01 Feb 2019 00:00:00 +0000",
            "",
        ] {
            assert!(read_usual_form(body.as_bytes()).is_none(), "{body}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn date_in_the_usual_form_equals_what_the_reader_of_any_form_says(
            body in "(Mon|tue|WED|Jan|Xx|)(,|) ?[0-3]?[0-9] (Jan|feb|MAR|Apr|May|Tue) [0-9]{3,5} [0-2]?[0-9]:[0-6][0-9](:[0-6][0-9]|) ([+-][0-9]{3,5}|GMT|) ?(\\(x\\)|x|)"
        ) {
            if let Some(date) = read_usual_form(body.as_bytes()) {
                prop_assert_eq!(Some(date), read_any_form(body.as_bytes()));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn days_from_civil_equals_counting(
            year in 1970_i64..3000,
            month in 1_u8..=12,
            day in 1_u8..=28,
        ) {
            prop_assert_eq!(days_from_civil(year, month, day), days_slowly(year, month, day));
        }

        #[test]
        fn date_of_arbitrary_bytes_does_not_panic(
            body in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = parse_date(&body);
        }

        #[test]
        fn date_of_date_like_bytes_does_not_panic(body in "[0-9:+ (),A-Zn-]{0,40}") {
            let _ = parse_date(body.as_bytes());
        }
    }
}
