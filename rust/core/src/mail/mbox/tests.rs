#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::*;
use crate::codes::Code;
use crate::mail::header::is_name_byte;
use proptest::prelude::*;

type Cut = (Vec<u8>, Vec<u8>, bool);

/// Every message of `file`, fed in pieces that end at `cuts`.
fn scan_in_pieces(file: &[u8], cuts: &[usize]) -> Vec<Cut> {
    scan_variant_in_pieces(MboxVariant::Mboxrd, file, cuts)
}

fn scan_variant_in_pieces(variant: MboxVariant, file: &[u8], cuts: &[usize]) -> Vec<Cut> {
    let mut scanner = MboxScanner::of_variant(variant);
    let (mut buffer, mut fed, mut messages) = (Vec::new(), 0, Vec::new());
    for cut in cuts.iter().copied().chain([file.len()]) {
        let cut = cut.clamp(fed, file.len());
        buffer.extend_from_slice(&file[fed..cut]);
        fed = cut;
        scan_once(&mut scanner, &mut buffer, false, &mut messages);
    }
    scan_once(&mut scanner, &mut buffer, true, &mut messages);
    assert!(buffer.is_empty());
    messages
}

fn scan_once(scanner: &mut MboxScanner, buffer: &mut Vec<u8>, at_end: bool, to: &mut Vec<Cut>) {
    let scan = scanner.scan(buffer, at_end);
    for found in scan.messages {
        let (from_line, message) = (found.from_line, found.message);
        to.push((buffer[from_line].to_vec(), buffer[message].to_vec(), found.split_suspicious));
    }
    buffer.drain(..scan.consumed);
}

fn messages_of(file: &[u8]) -> Vec<String> {
    variant_messages_of(MboxVariant::Mboxrd, file)
}

fn variant_messages_of(variant: MboxVariant, file: &[u8]) -> Vec<String> {
    let cuts = scan_variant_in_pieces(variant, file, &[]);
    cuts.into_iter().map(|cut| String::from_utf8(cut.1).unwrap()).collect()
}

fn is_empty_line(line: &[u8]) -> bool {
    line == b"\n" || line == b"\r\n"
}

/// The obvious way: line by line over the whole file.
struct Slow<'f> {
    file: &'f [u8],
    lines: Vec<&'f [u8]>,
    variant: MboxVariant,
}

impl<'f> Slow<'f> {
    fn new(variant: MboxVariant, file: &'f [u8]) -> Self {
        let lines = file.split_inclusive(|&byte| byte == b'\n').collect();
        Self { file, lines, variant }
    }

    fn is_header(line: &[u8]) -> bool {
        let name: Vec<u8> = line.iter().copied().take_while(|&byte| is_name_byte(byte)).collect();
        let behind = line[name.len()..].iter().find(|byte| !b" \t".contains(byte));
        line.starts_with(b">From ") || (!name.is_empty() && behind == Some(&b':'))
    }

    fn is_from_line(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(|line| line.starts_with(b"From ") && line.ends_with(b"\n"))
            && self.lines.get(at + 1).is_some_and(|line| Self::is_header(line))
    }

    fn starts(&self, at: usize, is_first: bool) -> bool {
        let dated = || parse_from_line(self.lines[at]).date_unix_s.is_some();
        self.is_from_line(at)
            && (at == 0
                || is_empty_line(self.lines[at - 1])
                || (self.variant == MboxVariant::Loose || is_first) && dated()
                || self.lines[at].starts_with(b"From - ")
                    && self.lines[at + 1].starts_with(b"X-Mozilla-Status")
                    && dated())
    }

    fn offset(&self, line: usize) -> usize {
        self.lines[..line].iter().map(|line| line.len()).sum()
    }

    /// Where the body of the message whose header begins at line `first` starts, and its
    /// Content-Length.
    fn length(&self, first: usize) -> Option<(usize, usize)> {
        let header_end = (first..self.lines.len()).find(|&at| is_empty_line(self.lines[at]))?;
        let mut values = (first..header_end).filter_map(|at| {
            let folded = self.lines[at + 1..].iter().take_while(|line| line.starts_with(b" "));
            let field = [self.lines[at], &folded.copied().collect::<Vec<_>>().concat()].concat();
            let field = String::from_utf8(field).ok()?;
            let (name, value) = field.split_once(':')?;
            (name.trim_end() == "Content-Length").then(|| value.trim().parse::<usize>().ok())
        });
        let length = values.next()??;
        if values.any(|other| other != Some(length)) {
            return None;
        }
        Some((self.offset(header_end + 1), length))
    }

    /// Where such a body ends, and the line of the boundary there.
    fn landing(&self, (body, length): (usize, usize)) -> Option<(usize, usize)> {
        let end = body + length;
        let rest = self.file.get(end..)?;
        let separator = [&b"\n"[..], b"\r\n"].into_iter().find(|line| rest.starts_with(line));
        let at = end + separator.map_or(0, |line| line.len());
        let line = (0..=self.lines.len()).find(|&line| self.offset(line) == at)?;
        let is_line_start = at == 0 || self.file[at - 1] == b'\n' || at == self.file.len();
        (is_line_start && (at == self.file.len() || self.is_from_line(line))).then_some((end, line))
    }

    fn messages(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let (mut messages, mut wrong) = (Vec::new(), 0);
        let mut at = 0;
        while at < self.lines.len() {
            let has_from_line = self.starts_here(at);
            let from_line = if has_from_line { self.lines[at].to_vec() } else { Vec::new() };
            let first = at + usize::from(has_from_line);
            let ordinary = (at + 1..self.lines.len())
                .find(|&next| self.starts(next, !has_from_line))
                .unwrap_or(self.lines.len());
            let (mut end, mut next) = (None, ordinary);
            let has_lengths =
                matches!(self.variant, MboxVariant::Mboxcl | MboxVariant::Mboxcl2) && wrong < 8;
            if has_lengths && let Some(length) = self.length(first) {
                let landing = self.landing(length);
                wrong += usize::from(landing.is_none());
                if let Some((length_end, line)) = landing
                    && (self.variant == MboxVariant::Mboxcl2 || line <= ordinary)
                {
                    (end, next) = (Some(length_end), line);
                }
            }
            let mut body = self.lines[first..next.max(first)].concat();
            match end {
                Some(end) if end < self.offset(next) => {
                    body.truncate(end.saturating_sub(self.offset(first)));
                }
                _ if next > first && is_empty_line(self.lines[next - 1]) => {
                    body.truncate(body.len() - self.lines[next - 1].len());
                }
                _ => {}
            }
            if has_from_line || !is_blank(&body) {
                messages.push((from_line, body));
            }
            at = next;
        }
        messages
    }

    /// What ended the message before was a boundary already.
    fn starts_here(&self, at: usize) -> bool {
        if at == 0 { self.starts(0, true) } else { self.is_from_line(at) }
    }
}

#[test]
fn rule_29_mbox_boundary_needs_empty_line_and_header() {
    let file = b"From a Mon\nDate: 1\n\nFrom here on\nno boundary\n\nFrom me: none\n\nFrom b Tue\nDate: 2\n\nx\nFrom c\nDate: 3\n\n";
    let expected = [
        "Date: 1\n\nFrom here on\nno boundary\n\nFrom me: none\n",
        "Date: 2\n\nx\nFrom c\nDate: 3\n",
    ];
    assert_eq!(messages_of(file), expected);
}

#[test]
fn rule_29_colon_without_a_name_before_it_is_no_header() {
    assert_eq!(messages_of(b"From a\nDate: 1\n\nx\n\nFrom b\n: y\n\nz\n").len(), 1);
    assert_eq!(messages_of(b"From a\nDate: 1\n\nx\n\nFrom b\nY: y\n\nz\n").len(), 2);
}

#[test]
fn rule_29_endless_from_line_or_field_name_is_decided_before_the_file_ends() {
    for endless in
        [format!("From {}", "x".repeat(1 << 16)), "From b\n".to_owned() + &"n".repeat(1 << 16)]
    {
        let file = format!("From a\nDate: 1\n\n{endless}\n\nFrom c\nDate: 3\n\nz\n");
        let scan = MboxScanner::new().scan(file.as_bytes(), false);
        assert_eq!(scan.messages.len(), 1);
        assert_eq!(file[scan.consumed..].find("From c"), Some(0));
    }
}

#[test]
fn rule_29_mbox_with_crlf_is_cut_alike() {
    let file = b"From a\r\nDate: 1\r\n\r\nx\r\n\r\nFrom b\r\n>From c\r\nDate: 2\r\n\r\n\r\n";
    assert_eq!(messages_of(file), ["Date: 1\r\n\r\nx\r\n", ">From c\r\nDate: 2\r\n\r\n"]);
}

#[test]
fn rule_29_mbox_quoting_is_left_as_it_is() {
    let file = b"From a\nDate: 1\n\n>From b\nDate: 2\n>>From c\n\n";
    assert_eq!(messages_of(file), ["Date: 1\n\n>From b\nDate: 2\n>>From c\n"]);
}

#[test]
fn mbox_bytes_before_the_first_from_line_are_a_suspicious_message() {
    let cuts = scan_in_pieces(b"Date: 0\n\nlost\n\nFrom a\nDate: 1\n\n", &[]);
    assert_eq!(cuts[0], (b"".to_vec(), b"Date: 0\n\nlost\n".to_vec(), true));
    assert_eq!(cuts[1], (b"From a\n".to_vec(), b"Date: 1\n".to_vec(), false));
    assert_eq!(scan_in_pieces(b"\n\r\nFrom a\nDate: 1\n", &[]).len(), 1);
    assert!(scan_in_pieces(b"", &[]).is_empty());
}

#[test]
fn rule_29_mbox_piece_after_an_unclosed_part_is_suspicious() {
    let file =
        b"From a\nDate: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nattached:\n\n\
        From x\nDate: 9\n\n--b--\n\nFrom c\nDate: 2\n\nFrom d\nSubject: bare\n\n";
    let suspicious: Vec<bool> = scan_in_pieces(file, &[]).into_iter().map(|cut| cut.2).collect();
    assert_eq!(suspicious, [true, true, false, true]);
}

#[test]
fn rule_29_mbox_last_message_with_an_open_multipart_is_not_suspicious() {
    let open = "Date: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ncut off\n";
    let file = format!("From a\nDate: 0\n\nx\n\nFrom b\n{open}");
    let cuts: Vec<usize> = (0..file.len()).collect();
    for cuts in [&[][..], &cuts] {
        let found = scan_in_pieces(file.as_bytes(), cuts);
        assert_eq!(found.iter().map(|cut| cut.2).collect::<Vec<_>>(), [false, false]);
    }
}

const DATED: &str = "From a@b Thu Jan  1 03:04:05 2004\n";

#[test]
fn rule_29_mbox_message_that_holds_a_dated_from_line_is_suspicious() {
    let swallowed = format!("{DATED}Date: 1\n\nx\n{DATED}Date: 2\n\ny\n\n");
    let prose = format!("{DATED}Date: 3\n\nx\nFrom here\nDate: no\n{DATED}\nno header\n\n");
    let length = format!(
        "{DATED}Date: 4\nContent-Length: 50\n\n{DATED}Date: 2\n\nyyyyyy\n\n{DATED}Date: 5\n"
    );
    let file = swallowed.clone() + &prose + &swallowed + &prose;
    let cuts: Vec<usize> = (0..file.len()).collect();
    for variant in [MboxVariant::Mboxrd, MboxVariant::Mboxo, MboxVariant::Mboxcl2] {
        for cuts in [&[][..], &cuts, &[100, 200, 300]] {
            let found = scan_variant_in_pieces(variant, file.as_bytes(), cuts);
            let suspicious: Vec<bool> = found.iter().map(|cut| cut.2).collect();
            assert_eq!(suspicious, [true, false, true, false], "{variant:?}");
        }
    }
    let found = scan_variant_in_pieces(MboxVariant::Mboxcl2, length.as_bytes(), &[]);
    assert_eq!(found.iter().map(|cut| cut.2).collect::<Vec<_>>(), [true, false]);
    let loose = scan_variant_in_pieces(MboxVariant::Loose, swallowed.as_bytes(), &[]);
    assert_eq!(loose.iter().map(|cut| cut.2).collect::<Vec<_>>(), [false, false]);
}

#[test]
fn mbox_message_passed_over_tells_of_a_dated_from_line() {
    for inside in [DATED, "From here\n"] {
        let file = format!("{DATED}Date: 1\n\nx\n{inside}Date: 2\n\ny\n\n{DATED}Date: 3\n\n");
        for held in [60, 80] {
            let mut scanner = MboxScanner::new();
            assert_eq!(scanner.scan(&file.as_bytes()[..held], false).consumed, 0);
            let passed = scanner.pass_scanned();
            let skip = scanner.skip(&file.as_bytes()[passed..], false);
            assert_eq!(skip.holds_from_line, inside == DATED);
            let rest = scanner.scan(&file.as_bytes()[passed + skip.consumed..], true);
            assert!(!rest.messages[0].split_suspicious);
        }
    }
}

#[test]
fn mbox_dated_from_line_right_behind_junk_begins_the_first_message() {
    let file = format!("junk\n{DATED}Date: 1\n\nx\n\n{DATED}Date: 2\n");
    let found = scan_in_pieces(file.as_bytes(), &[]);
    assert_eq!(found.iter().map(|cut| cut.2).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(found[1].1, b"Date: 1\n\nx\n");
}

#[test]
fn mbox_scanner_after_the_end_starts_anew() {
    let mut scanner = MboxScanner::new();
    for _ in 0..2 {
        let scan = scanner.scan(b"From a\nDate: 1\n\n", true);
        assert_eq!((scan.messages.len(), scan.consumed), (1, 16));
    }
}

#[test]
fn mbox_message_over_many_feeds_is_searched_once() {
    let mut file = b"From a\nDate: 1\n\n".to_vec();
    file.extend(b"\nFrom \n".repeat(400_000));
    let cuts: Vec<usize> = (0..file.len()).step_by(1000).collect();
    let mut scanner = MboxScanner::new();
    let begun = std::time::Instant::now();
    for cut in cuts {
        assert_eq!(scanner.scan(&file[..cut], false).consumed, 0);
    }
    assert_eq!(scanner.scan(&file, true).messages.len(), 1);
    assert!(begun.elapsed().as_secs() < 5);
}

#[test]
fn rule_29_content_length_counts_where_it_lands_on_a_boundary() {
    let first = "Date: 1\nContent-Length: 24\n\nmine\n\nFrom b\nDate: 2\n\nx";
    let second = "Date: 3\nContent-Length: 7\n\nlength\nlies\n";
    let file = format!("From a\n{first}\n\nFrom c\n{second}\nFrom d\nDate: 4\n\n");
    let file = file.as_bytes();
    let cut = scan_variant_in_pieces(MboxVariant::Mboxcl2, file, &[]);
    let expected =
        [(format!("{first}\n"), true), (second.to_owned(), false), ("Date: 4\n".to_owned(), false)];
    let found: Vec<_> =
        cut.into_iter().map(|cut| (String::from_utf8(cut.1).unwrap(), cut.2)).collect();
    assert_eq!(found, expected);
    for variant in
        [MboxVariant::Mboxrd, MboxVariant::Mboxo, MboxVariant::Mboxcl, MboxVariant::Loose]
    {
        assert_eq!(variant_messages_of(variant, file).len(), 4, "{variant:?}");
    }
}

#[test]
fn rule_29_content_length_that_lands_on_another_line_counts_for_nothing() {
    let file = b"From a\nDate: 1\nContent-Length: 5\n\nbody\nmore\n\nFrom b\nDate: 2\n\nx\n";
    for variant in [MboxVariant::Mboxcl, MboxVariant::Mboxcl2] {
        let found = variant_messages_of(variant, file);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("\n\nbody\nmore\n"), "{found:?}");
    }
}

#[test]
fn rule_29_content_length_gives_the_exact_end() {
    let file = b"From a\nDate: 1\nContent-Length: 4\n\nbody\nFrom b\nDate: 2\nContent-Length: 6\n\nbody\n\n\nFrom c\nDate: 3\nContent-Length: 0\n\n";
    for variant in [MboxVariant::Mboxcl, MboxVariant::Mboxcl2] {
        let found = variant_messages_of(variant, file);
        assert!(found[0].ends_with("\n\nbody") && found[1].ends_with("\n\nbody\n\n"), "{found:?}");
        // The empty line before the end of the file separates, as in every variant.
        assert!(found[2].ends_with("Length: 0\n"));
        assert_eq!(found.len(), 3);
    }
    let thunderbird = "From - Thu Jan  1 03:04:05 2004\nX-Mozilla-Status: 0\n";
    let file = format!("{thunderbird}Content-Length: 4\n\nbody\n{thunderbird}\nx\n");
    for variant in [MboxVariant::Mboxcl, MboxVariant::Mboxcl2] {
        let found = variant_messages_of(variant, file.as_bytes());
        assert!(found[0].ends_with("\n\nbody"), "{found:?}");
        assert_eq!(found.len(), 2);
    }
}

#[test]
fn rule_29_content_length_that_is_no_one_number_counts_for_nothing() {
    let body = "x\n\nFrom b\nDate: 2\n\ny\n";
    let length = body.len();
    for (fields, count) in [
        (format!("Content-Length: {length}\n"), 1),
        (format!("Content-Length: {length}\ncontent-length: {length} \n"), 1),
        (format!("Content-Length: 1\nContent-Length: {length}\n"), 2),
        (format!("Content-Length: {length}\nContent-Length: none\n"), 2),
        (format!("Content-Length: +{length}\n"), 2),
        ("Content-Length:\n".to_owned(), 2),
    ] {
        let file = format!("From a\nDate: 1\n{fields}\n{body}");
        let found = variant_messages_of(MboxVariant::Mboxcl2, file.as_bytes());
        assert_eq!(found.len(), count, "{fields}");
    }
}

#[test]
fn rule_29_content_length_counts_with_crlf_too_however_the_file_is_cut() {
    let body = "x\r\n\r\nFrom b\r\nDate: 2\r\n\r\ny";
    let head = format!("From a\r\nDate: 1\r\nContent-Length: {}\r\n\r\n", body.len());
    let file = format!("{head}{body}\r\nFrom c\r\nDate: 3\r\n\r\nz\r\n");
    let file = file.as_bytes();
    let whole = scan_variant_in_pieces(MboxVariant::Mboxcl2, file, &[]);
    assert_eq!(whole.len(), 2);
    assert!(whole[0].1.ends_with(b"\r\n\r\ny"));
    for cut in 0..file.len() {
        assert_eq!(scan_variant_in_pieces(MboxVariant::Mboxcl2, file, &[cut]), whole, "{cut}");
    }
}

#[test]
fn rule_29_content_length_is_not_waited_for_behind_a_long_header() {
    let header = format!("Date: 1\nSubject: {}\n\n", "x".repeat(1 << 17));
    let file = format!("From a\n{header}text\n\nFrom b\nDate: 2\n\ny\n");
    let scan = MboxScanner::of_variant(MboxVariant::Mboxcl2).scan(file.as_bytes(), false);
    assert_eq!(scan.messages.len(), 1);
}

#[test]
fn rule_29_content_length_counts_no_more_after_eight_wrong_ones() {
    let wrong = "From a\nDate: 1\nContent-Length: 3\n\nbody\n\n";
    let body = "x\n\nFrom b\nDate: 2\n\ny\n";
    let right = format!("From a\nDate: 1\nContent-Length: {}\n\n{body}", body.len());
    for (wrong_ones, count) in [(7, 7 + 1), (8, 8 + 2)] {
        let file = wrong.repeat(wrong_ones) + &right;
        let found = variant_messages_of(MboxVariant::Mboxcl2, file.as_bytes());
        assert_eq!(found.len(), count, "{found:?}");
    }
}

#[test]
fn rule_29_message_that_is_not_held_whole_is_doubted_for_the_same_reasons() {
    let is_doubted = |file: &str| {
        let mut scanner = MboxScanner::of_variant(MboxVariant::Mboxrd);
        let consumed = scanner.scan(file.as_bytes(), false).consumed;
        scanner.is_open_suspicious(&file.as_bytes()[consumed..])
    };
    let unclosed = "From a\nDate: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n";
    assert!(!is_doubted("From a\nDate: 1\n\ntext\n"));
    assert!(!is_doubted(&format!("{unclosed}--b--\n\nFrom c\nDate: 2\n\ntext\n")));
    for file in [
        "Date: 1\n\ntext\n",
        "From a\nSubject: neither date nor sender\n\ntext\n",
        &format!("{unclosed}\nFrom c\nDate: 2\n\ntext\n"),
    ] {
        assert!(is_doubted(file), "{file}");
    }
}

#[test]
fn rule_29_thunderbird_leaves_the_empty_line_out() {
    let from = "From - Thu Jan  1 03:04:05 2004\nX-Mozilla-Status: 0001\nDate: x\n\n";
    let file =
        format!("{from}no line end at the end\n{from}x\nFrom - nowhere\nX-Mozilla-Status: 0\nx\n");
    assert_eq!(messages_of(file.as_bytes()).len(), 2);
    let other = file.replace("X-Mozilla", "X-Other");
    assert_eq!(messages_of(other.as_bytes()).len(), 1);
}

#[test]
fn rule_29_takeout_with_mixed_line_ends_is_cut() {
    let from =
        "From 1475901@xxx Thu Jan 01 03:04:05 +0000 2004\r\nX-GM-THRID: 1\r\nDate: x\r\n\r\n";
    let file = format!("{from}a\r\n\r\n{from}b\n\n{from}c\r\n\n");
    let found = scan_in_pieces(file.as_bytes(), &[]);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|cut| !cut.2));
    assert!(found[1].1.ends_with(b"\r\n\r\nb\n"));
    assert_eq!(parse_from_line(&found[0].0).date_unix_s, Some(1_072_926_245));
}

#[test]
fn rule_29_loose_mbox_is_cut_at_dated_lines() {
    let file = b"From a Thu Jan  1 03:04:05 2004\nDate: 1\n\nx\nFrom here\nDate: no\nFrom b Thu Jan  1 03:04:05 2004\nDate: 2\n\ny\n";
    let expected = ["Date: 1\n\nx\nFrom here\nDate: no\n", "Date: 2\n\ny\n"];
    assert_eq!(variant_messages_of(MboxVariant::Loose, file), expected);
    assert_eq!(messages_of(file).len(), 1);
}

#[test]
fn mbox_byte_order_mark_is_no_message() {
    let file = b"\xEF\xBB\xBFFrom a\nDate: 1\n\n";
    for cuts in [&[][..], &[1], &[2], &[3], &[4, 9]] {
        let found = scan_in_pieces(file, cuts);
        assert_eq!(found, [(b"From a\n".to_vec(), b"Date: 1\n".to_vec(), false)]);
    }
}

/// The messages of `file` as lengths, those above `held` passed over in pieces of `step`.
fn scan_with_skips(file: &[u8], held: usize, step: usize) -> Vec<(usize, usize)> {
    let mut scanner = MboxScanner::new();
    let (mut at, mut lengths) = (0, Vec::new());
    loop {
        let window = &file[at..file.len().min(at + held)];
        let at_end = at + held > file.len();
        let scan = scanner.scan(window, at_end);
        lengths.extend(scan.messages.iter().map(|m| (at + m.message.start, m.message.len())));
        at += scan.consumed;
        if at_end {
            return lengths;
        }
        if scan.consumed > 0 {
            continue;
        }
        let start = at + scanner.open_from_line_length();
        at += scanner.pass_scanned();
        let mut window = step;
        loop {
            let piece = &file[at..file.len().min(at + window)];
            let skip = scanner.skip(piece, at + window > file.len());
            if let Some(end) = skip.message_end {
                lengths.push((start, at + end - start));
                at += skip.consumed;
                break;
            }
            at += skip.consumed;
            window = if skip.consumed > 0 { step } else { window + step };
        }
        if at == file.len() {
            return lengths;
        }
    }
}

proptest! {
    #[test]
    fn mbox_in_any_pieces_equals_the_slow_way(
        variant in prop::sample::select(MboxVariant::ALL.to_vec()),
        words in prop::collection::vec(prop::sample::select(vec![
            "From ", "From a\n", ">From ", "Date: 1\n", "A :", "\n", "\n\n", "\r\n", "x", " ", "From a\nDate: 1\n",
            "Content-Type: multipart/mixed; boundary=b\n", "--b--\n", "Content-Length: 1\n\n", "Content-Length: 9\n",
            "From a\nContent-Length: 23\n\n", "From - Thu Jan  1 03:04:05 2004\nX-Mozilla-Status: 0\n", "From a Thu Jan  1 03:04:05 2004\nDate: 1\n",
            "\0", "\0From a Thu Jan  1 03:04:05 2004\nDate: 1\n",
        ]), 0..40),
        cuts in prop::collection::vec(0_usize..300, 0..20),
    ) {
        let file = words.concat().into_bytes();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = scan_variant_in_pieces(variant, &file, &[]);
        prop_assert_eq!(&scan_variant_in_pieces(variant, &file, &cuts), &whole);
        let every_byte: Vec<usize> = (0..file.len()).collect();
        prop_assert_eq!(&scan_variant_in_pieces(variant, &file, &every_byte), &whole);
        // The slow way knows lines that end, and no lost blocks.
        if !file.contains(&0) {
            let ranges: Vec<_> = whole.into_iter().map(|cut| (cut.0, cut.1)).collect();
            prop_assert_eq!(ranges, Slow::new(variant, &file).messages());
        }
    }

    #[test]
    fn mbox_messages_that_are_passed_over_end_where_they_would(
        words in prop::collection::vec(prop::sample::select(vec![
            "From a\nDate: 1\n", "\n", "\n\n", "\r\n", "x", "From ", "a line of text that is longer\n",
            "\0From a Thu Jan  1 03:04:05 2004\nDate: 1\n",
        ]), 0..60),
        held in 20_usize..60,
        step in 1_usize..30,
    ) {
        let file = ["From a\nDate: 1\n", &words.concat()].concat().into_bytes();
        let whole = MboxScanner::new().scan(&file, true).messages;
        let lengths: Vec<_> = whole.iter().map(|m| (m.message.start, m.message.len())).collect();
        prop_assert_eq!(scan_with_skips(&file, held, step), lengths);
    }
}

#[test]
fn rule_29_dated_from_line_behind_an_empty_line_is_told_whatever_comes_behind() {
    for behind in
        ["", "\n", "X Foo: y\n", " folded: x\n", "\u{fc}ber: x\n", "text without a header\n"]
    {
        let mbox = format!("{DATED}Date: x\n\nbody\n\n{DATED}{behind}");
        let scan = MboxScanner::default().scan(mbox.as_bytes(), true);
        let told: Vec<bool> = scan.messages.iter().map(|it| it.split_suspicious).collect();
        assert_eq!(told, [true], "{behind}");
    }
    let prose = format!("{DATED}Date: x\n\nbody\n\nFrom here on, Monday 2015\n");
    let scan = MboxScanner::default().scan(prose.as_bytes(), true);
    assert!(!scan.messages[0].split_suspicious);
}

#[test]
fn rule_29_lost_block_before_a_from_line_cuts_and_both_are_told() {
    let zeros = "\0".repeat(100);
    let plain = format!("{DATED}Date: 3\n\nlast\n");
    for variant in MboxVariant::ALL {
        let mbox = format!("{DATED}Date: 1\n\nbody{zeros}{DATED}Date: 2\n\nother\n\n{plain}");
        let found = scan_variant_in_pieces(*variant, mbox.as_bytes(), &[]);
        let told: Vec<bool> = found.iter().map(|cut| cut.2).collect();
        assert_eq!(told, [true, true, false], "{variant:?}");
        assert_eq!(found[0].1, format!("Date: 1\n\nbody{zeros}").as_bytes());
        assert_eq!(found[1].1, b"Date: 2\n\nother\n");
    }
    let told = format!("{DATED}Date: 1\n\nbody{zeros}{DATED}text\n");
    assert!(scan_in_pieces(told.as_bytes(), &[])[0].2);
    for no_boundary in [
        format!("{zeros}From here on\nA: 1\n"),
        format!("{zeros}{DATED}text\n"),
        format!("x{DATED}A: 1\n"),
    ] {
        let found = messages_of(format!("{DATED}Date: 1\n\nbody{no_boundary}").as_bytes());
        assert_eq!(found.len(), 1, "{no_boundary:?}");
    }
}
