//! The fields of a header block that say what an entity is (RFC 2045 §3), of the message or of any
//! part.

use core::ops::Range;

use super::entity::WalkLimits;
use super::field_name::FieldName;
use super::header::{Field, FieldScanner, Headers};

/// What one header block says; ranges are of the buffer.
#[derive(Default)]
pub(super) struct PartHeader {
    pub(super) content_type: Option<Range<usize>>,
    pub(super) encoding: Option<Range<usize>>,
    pub(super) disposition: Option<Range<usize>>,
    pub(super) body_start: usize,
    /// It holds lines that are no field, or a field with blanks before its colon (RFC 5322 §4.5), which is none for some
    /// readers: they show it, and all behind it, as text.
    pub(super) has_junk: bool,
    /// Content-Type or Content-Transfer-Encoding occurs twice.
    pub(super) is_ambiguous: bool,
    /// The last field of a Content-Disposition that occurs more than once: readers differ in which they take.
    pub(super) last_disposition: Option<Range<usize>>,
    /// It is longer than the limits allow.
    pub(super) is_truncated: bool,
}

impl PartHeader {
    /// Reads the block that starts at `start`, where the scanner stands.
    pub(super) fn read<D: Fn(usize) -> bool>(
        mut scanner: FieldScanner<'_, D>,
        start: usize,
        limits: &WalkLimits,
    ) -> Self {
        let mut header = Self::default();
        let mut count = 0_usize;
        while let Some(field) = scanner.next_field() {
            count += 1;
            let length = field.body.end.saturating_sub(start);
            if count > limits.header_fields || length > limits.header_bytes {
                header.is_truncated = true;
            } else {
                header.take_field(&field);
            }
        }
        header.body_start = scanner.body_start();
        header.has_junk |= scanner.junk_lines > 0 || scanner.has_quoted_from_line;
        header
    }

    /// The same of a block at the start of the buffer that was parsed already.
    pub(super) fn of_parsed(headers: &Headers<'_>) -> Self {
        let mut header = Self {
            body_start: headers.body_start,
            has_junk: headers.junk_lines > 0 || headers.has_quoted_from_line,
            is_truncated: headers.truncated,
            ..Self::default()
        };
        for field in headers.fields() {
            header.take_field(field);
        }
        header
    }

    /// Keeps the first field of each name that matters.
    fn take_field(&mut self, field: &Field) {
        self.has_junk |= field.body.start > field.name_range.end + 1;
        let (to, decides) = match field.name {
            FieldName::ContentType => (&mut self.content_type, true),
            FieldName::ContentTransferEncoding => (&mut self.encoding, true),
            FieldName::ContentDisposition => (&mut self.disposition, false),
            _ => return,
        };
        self.is_ambiguous |= decides && to.is_some();
        if !decides && to.is_some() {
            self.last_disposition = Some(field.body.clone());
        }
        to.get_or_insert_with(|| field.body.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::header::parse_headers;

    #[test]
    fn part_header_with_a_repeated_field_takes_the_first_and_says_so() {
        let block = b"Content-Type: a/b\nContent-Disposition: c\nContent-Type: d/e\njunk\n\nx";
        let headers = parse_headers(block, 1 << 20, 10_000);
        let scanner = FieldScanner::new(block, 0, |_| false);
        for header in
            [PartHeader::of_parsed(&headers), PartHeader::read(scanner, 0, &WalkLimits::default())]
        {
            assert_eq!(header.content_type, Some(13..17));
            assert_eq!(header.encoding, None);
            assert!(header.is_ambiguous && header.has_junk && !header.is_truncated);
            assert_eq!(header.body_start, block.len() - 1);
            assert_eq!(header.last_disposition, None);
        }
    }

    #[test]
    fn rule_28_blanks_before_the_colon_of_any_field_make_it_none_to_some() {
        for (block, has_junk) in [
            (&b"X-Y: a\nContent-Type: a/b\n\n"[..], false),
            (b"X-Y : a\nContent-Type: a/b\n\n", true),
            (b"X-Y: a\nContent-Type\t: a/b\n\n", true),
        ] {
            let headers = parse_headers(block, 1 << 20, 10_000);
            let scanner = FieldScanner::new(block, 0, |_| false);
            let read = PartHeader::read(scanner, 0, &WalkLimits::default());
            assert_eq!(PartHeader::of_parsed(&headers).has_junk, has_junk);
            assert_eq!(read.has_junk, has_junk);
        }
    }

    #[test]
    fn rule_43_part_header_beyond_its_caps_is_truncated() {
        let block = b"A: 1\nContent-Type: d/e\n\nx";
        let mut scanner = FieldScanner::new(block, 0, |_| false);
        let ends = [scanner.next_field(), scanner.next_field()].map(|it| it.map(|it| it.body.end));
        let [_, Some(end)] = ends else { panic!("{ends:?}") };
        for (header_fields, header_bytes, is_truncated) in
            [(2, end, false), (1, end, true), (2, end - 1, true), (0, 0, true)]
        {
            let limits = WalkLimits { header_fields, header_bytes, ..WalkLimits::default() };
            let scanner = FieldScanner::new(block, 0, |_| false);
            let header = PartHeader::read(scanner, 0, &limits);
            assert_eq!(header.is_truncated, is_truncated, "{header_fields} {header_bytes}");
            assert_eq!(header.content_type.is_none(), is_truncated);
        }
    }
}
