//! Address lists of header fields → mailboxes (RFC 5322 §3.4, obsolete forms §4.4, RFC 6532, groups
//! in From RFC 6854).
//!
//! What a reader takes for an address and what the field names must not differ unnoticed (RULES
//! 21): a display name is never an address, an address that cannot be parsed exactly is none, and
//! every oddity is a defect in the answer. Encoded words are not decoded here.

use super::addr_spec::parse_addr_spec;
use super::lexer::{Lexeme, Lexer, Token, unescape};
use super::visible::trim_blanks;

/// One mailbox of a list.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Mailbox {
    /// The phrase before the angle bracket, or the comment behind a bare address; quotes undone,
    /// encoded words as they are.
    pub display_name: Option<String>,
    /// `local@domain` without comments, blanks and needless quotes; null if there is none or it is
    /// malformed.
    pub addr_spec: Option<String>,
    /// Inside a group.
    pub in_group: bool,
    /// Something that looks like an address is there and could not be parsed.
    pub malformed: bool,
}

/// What was wrong or odd with a list, though it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AddressDefects {
    /// A comment, string or domain literal never closed, so what follows it is anyone's guess.
    pub unterminated: bool,
    /// An angle bracket never closed.
    pub unclosed_angle: bool,
    /// Words or specials behind the address, or between two addresses.
    pub junk: bool,
    /// An unquoted display name holds `@`.
    pub at_sign_in_name: bool,
    /// A route before the address (RFC 5322 §4.4).
    pub route: bool,
    /// Dots at the start, the end or next to each other in a local part, as some providers gave
    /// out.
    pub loose_dots: bool,
    /// An address with the look of an encoded word; some readers decode it and show another.
    pub encoded_word_in_address: bool,
}

/// The mailboxes of one address-list field.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AddressList {
    /// In order, those of groups too.
    pub mailboxes: Vec<Mailbox>,
    /// Number of groups, empty ones too.
    pub group_count: u32,
    /// The names of the groups that have one, as [`Mailbox::display_name`].
    pub group_names: Vec<String>,
    /// Every comment, which some readers show: escapes undone, encoded words as they are.
    pub comments: Vec<String>,
    /// What was odd.
    pub defects: AddressDefects,
}

impl AddressList {
    /// The addresses of all mailboxes that have one.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.mailboxes.iter().filter_map(|mailbox| mailbox.addr_spec.as_deref())
    }
}

/// Reads the body of an address-list field.
#[must_use]
pub fn parse_address_list(body: &[u8]) -> AddressList {
    let mut parser = Parser { lexer: Lexer::new(body), ..Parser::default() };
    while let Some(lexeme) = parser.lexer.next_lexeme() {
        match lexeme.token {
            Token::Comment(comment) => parser.keep_comment(comment),
            Token::Special(b',') => parser.end_mailbox(),
            Token::Special(b';') => {
                parser.end_mailbox();
                parser.list.defects.junk |= !parser.in_group;
                parser.in_group = false;
            }
            Token::Special(b':') if parser.may_begin_group() => parser.begin_group(),
            Token::Special(b'<') => parser.read_angle_address(),
            _ => parser.keep_word(lexeme),
        }
    }
    parser.end_list()
}

/// The address between angle brackets of the open mailbox.
struct AngleAddress {
    display_name: Option<String>,
    addr_spec: Option<String>,
}

#[derive(Default)]
struct Parser<'a> {
    lexer: Lexer<'a>,
    list: AddressList,
    in_group: bool,
    /// What came since the last separator or angle bracket.
    words: Vec<Lexeme<'a>>,
    /// Whether one of them is `@`: every colon asks, and there may be as many as words.
    has_at_sign: bool,
    /// The last one of the open mailbox.
    comment: Option<String>,
    angle: Option<AngleAddress>,
}

impl<'a> Parser<'a> {
    fn end_list(mut self) -> AddressList {
        let unterminated = self.lexer.is_unterminated;
        let before = self.list.mailboxes.len();
        self.end_mailbox();
        if unterminated {
            self.list.defects.unterminated = true;
            // What follows the open comment or string is anyone's guess: the last mailbox names
            // nobody.
            let is_new = self.list.mailboxes.len() > before;
            if let Some(last) = self.list.mailboxes.last_mut().filter(|_| is_new) {
                last.malformed = true;
                last.addr_spec = None;
            }
        }
        self.list
    }

    fn keep_word(&mut self, lexeme: Lexeme<'a>) {
        self.has_at_sign |= lexeme.token == Token::Special(b'@');
        self.words.push(lexeme);
    }

    fn clear_words(&mut self) {
        self.words.clear();
        self.has_at_sign = false;
    }

    /// A phrase and a colon begin a group; groups do not nest, and an address is no phrase.
    fn may_begin_group(&self) -> bool {
        !self.in_group && self.angle.is_none() && !self.has_at_sign
    }

    fn begin_group(&mut self) {
        self.list.group_names.extend(phrase(&self.words));
        self.clear_words();
        self.comment = None;
        self.in_group = true;
        self.list.group_count = self.list.group_count.saturating_add(1);
    }

    /// Ends the mailbox at a separator; nothing between two separators is no mailbox (RFC 5322
    /// §4.4).
    fn end_mailbox(&mut self) {
        match self.angle.take() {
            Some(angle) => {
                self.push(angle.display_name, angle.addr_spec, true);
                self.list.defects.junk |= !self.words.is_empty();
                if self.has_at_sign {
                    self.end_bare_mailbox();
                }
            }
            None if !self.words.is_empty() => self.end_bare_mailbox(),
            None => {}
        }
        self.clear_words();
        self.comment = None;
    }

    /// Words without angle brackets: an address, or a name alone.
    fn end_bare_mailbox(&mut self) {
        if !self.has_at_sign {
            let has_special = self.words.iter().any(|word| {
                matches!(word.token, Token::Special(byte) if byte != b'.')
                    || matches!(word.token, Token::Literal(_))
            });
            self.list.defects.junk |= has_special;
            let name = phrase(&self.words);
            return self.push(name, None, false);
        }
        let addr_spec = parse_addr_spec(&self.words, &mut self.list.defects);
        let comment = self.comment.take();
        self.push(comment, addr_spec, true);
    }

    fn keep_comment(&mut self, comment: &[u8]) {
        let mut text = Vec::new();
        unescape(comment, &mut text);
        self.comment = non_empty(&text);
        self.list.comments.extend(self.comment.clone());
    }

    fn push(&mut self, display_name: Option<String>, addr_spec: Option<String>, expected: bool) {
        let malformed = expected && addr_spec.is_none();
        let in_group = self.in_group;
        self.list.mailboxes.push(Mailbox { display_name, addr_spec, in_group, malformed });
    }

    /// RFC 5322 §3.4 `angle-addr`, §4.4 `obs-angle-addr`; a second one without a comma between ends
    /// the first mailbox.
    fn read_angle_address(&mut self) {
        let display_name = if self.angle.is_some() {
            self.end_mailbox();
            self.list.defects.junk = true;
            None
        } else {
            self.list.defects.at_sign_in_name |= self.has_at_sign;
            let is_junk = |word: &Lexeme<'_>| matches!(word.token, Token::Special(byte) if !b".@".contains(&byte));
            self.list.defects.junk |= self.words.iter().any(is_junk);
            phrase(&self.words)
        };
        self.clear_words();
        let addr_spec = self.read_angle_tokens();
        self.angle = Some(AngleAddress { display_name, addr_spec });
    }

    /// Reads up to the closing bracket, or to the separator where it should have been.
    fn read_angle_tokens(&mut self) -> Option<String> {
        let mut tokens = Vec::new();
        let (mut in_route, mut had_route) = (false, false);
        loop {
            let before = self.lexer.position();
            let Some(lexeme) = self.lexer.next_lexeme() else {
                self.list.defects.unclosed_angle = true;
                break;
            };
            match lexeme.token {
                Token::Special(b'>') => break,
                Token::Comment(comment) => self.keep_comment(comment),
                // RFC 5322 §4.4: obs-route = obs-domain-list ":"
                Token::Special(b':') if in_route => in_route = false,
                _ if in_route => {}
                Token::Special(b'@') if tokens.is_empty() && !had_route => {
                    (in_route, had_route) = (true, true);
                    self.list.defects.route = true;
                }
                Token::Special(b',' | b';') => {
                    self.list.defects.unclosed_angle = true;
                    self.lexer.rewind(before);
                    break;
                }
                _ => tokens.push(lexeme),
            }
        }
        if in_route { None } else { parse_addr_spec(&tokens, &mut self.list.defects) }
    }
}

/// The words of a display name as a reader sees them; `None` if there are none.
fn phrase(words: &[Lexeme<'_>]) -> Option<String> {
    let mut text = Vec::new();
    for word in words {
        if word.space_before && !text.is_empty() {
            text.push(b' ');
        }
        match word.token {
            Token::Atom(bytes) | Token::Literal(bytes) | Token::Comment(bytes) => {
                text.extend_from_slice(bytes);
            }
            Token::Quoted(quoted) => unescape(quoted, &mut text),
            Token::Special(byte) => text.push(byte),
        }
    }
    non_empty(&text)
}

fn non_empty(text: &[u8]) -> Option<String> {
    let text = trim_blanks(text);
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The addresses of `body`, `-` for a name alone, `!` for a malformed one.
    fn addresses(body: &str) -> Vec<String> {
        let text = |mailbox: &Mailbox| match &mailbox.addr_spec {
            Some(address) => address.clone(),
            None if mailbox.malformed => "!".to_owned(),
            None => "-".to_owned(),
        };
        parse_address_list(body.as_bytes()).mailboxes.iter().map(text).collect()
    }

    fn names(body: &str) -> Vec<Option<String>> {
        let list = parse_address_list(body.as_bytes());
        list.mailboxes.into_iter().map(|mailbox| mailbox.display_name).collect()
    }

    #[test]
    fn address_list_in_the_usual_forms_is_read() {
        assert_eq!(addresses("a@b.c"), ["a@b.c"]);
        assert_eq!(
            addresses("John Q. Public <a.b@c>, <d@e>,\r\n \"x, y\" <f@g>"),
            ["a.b@c", "d@e", "f@g"]
        );
        let expected = [Some("John Q. Public".to_owned()), None, Some("x, y".to_owned())];
        assert_eq!(names("John Q. Public <a.b@c>, <d@e>,\r\n \"x, y\" <f@g>"), expected);
        assert_eq!(names("a@b (The \\(real\\) One)"), [Some("The (real) One".to_owned())]);
        assert_eq!(addresses(""), [""; 0]);
        assert_eq!(addresses(" , ,\t(only a comment)"), [""; 0]);
    }

    #[test]
    fn address_list_in_obsolete_forms_is_read() {
        assert_eq!(addresses("pete(A nice \\) chap) @silly.test(his host)"), ["pete@silly.test"]);
        assert_eq!(addresses("john . doe @ example . com"), ["john.doe@example.com"]);
        assert_eq!(addresses("<pete(A) @ (host) silly.test (x)>"), ["pete@silly.test"]);
        assert_eq!(addresses("<@a.b,@c.d (x) : joe@e.f>"), ["joe@e.f"]);
        assert!(parse_address_list(b"<@a.b,@c.d:joe@e.f>").defects.route);
        assert_eq!(addresses(", a@b,, c@d ,"), ["a@b", "c@d"]);
        assert_eq!(addresses("a@[192.0.2. 1]"), ["a@[192.0.2.1]"]);
    }

    #[test]
    fn rule_21_address_in_display_name_is_never_an_address() {
        assert_eq!(addresses("\"a@b.c\" <x@y>"), ["x@y"]);
        assert_eq!(addresses("a@b.c <x@y>"), ["x@y"]);
        assert!(parse_address_list(b"a@b.c <x@y>").defects.at_sign_in_name);
        assert_eq!(addresses("\"a@b.c\""), ["-"]);
        assert_eq!(addresses("=?utf-8?q?a=40b.c?= <x@y>"), ["x@y"]);
        assert_eq!(addresses("=?utf-8?q?a=40b.c?="), ["-"]);
        assert_eq!(addresses("(a@b.c) <x@y>"), ["x@y"]);
        assert_eq!(addresses("x@y (a@b.c)"), ["x@y"]);
        assert_eq!(addresses("\"<a@b.c>\" <x@y>"), ["x@y"]);
    }

    #[test]
    fn rule_21_encoded_word_in_an_address_stays_as_it_is() {
        let list = parse_address_list(b"=?utf-8?b?YUBiLmM=?==?utf-8?Q?=00?=@evil.example");
        let expected = "=?utf-8?b?YUBiLmM=?==?utf-8?Q?=00?=@evil.example";
        assert_eq!(list.addresses().collect::<Vec<_>>(), [expected]);
        assert!(list.defects.encoded_word_in_address);
    }

    #[test]
    fn rule_21_group_members_are_mailboxes() {
        let list = parse_address_list(b"The (x) team: a@b, \"c\" <d@e>; f@g");
        let found: Vec<_> =
            list.mailboxes.iter().map(|m| (m.addr_spec.as_deref().unwrap(), m.in_group)).collect();
        assert_eq!(found, [("a@b", true), ("d@e", true), ("f@g", false)]);
        assert_eq!(list.group_count, 1);
        let empty = parse_address_list(b"undisclosed recipients:;");
        assert_eq!((empty.mailboxes.len(), empty.group_count), (0, 1));
    }

    #[test]
    fn rule_21_colon_behind_an_address_or_in_a_group_begins_no_group() {
        for (body, found, groups) in [
            ("a@b: c@d", &["!"][..], 0),
            ("<a@b>: c@d;", &["a@b", "!"], 0),
            ("team: x: a@b, c@d;", &["!", "c@d"], 1),
            ("<:a@b>", &["!"], 0),
        ] {
            assert_eq!(addresses(body), found, "{body}");
            assert_eq!(parse_address_list(body.as_bytes()).group_count, groups, "{body}");
        }
    }

    #[test]
    fn rule_21_what_stands_outside_names_and_addresses_is_junk() {
        for (body, is_junk) in [
            ("a@b; c@d", true),
            ("team: a@b; c@d", false),
            ("John > Doe", true),
            ("John [Doe]", true),
            ("John Q. Public", false),
        ] {
            assert_eq!(parse_address_list(body.as_bytes()).defects.junk, is_junk, "{body}");
        }
    }

    #[test]
    fn rule_21_two_addresses_without_a_comma_are_both_named() {
        assert_eq!(addresses("<a@b> <c@d>"), ["a@b", "c@d"]);
        assert_eq!(addresses("<a@b> c@d"), ["a@b", "c@d"]);
        assert_eq!(addresses("X <a@b> Y <c@d>, <e@f>"), ["a@b", "c@d", "e@f"]);
        assert_eq!(addresses("a@b c@d"), ["!"]);
        assert!(parse_address_list(b"<a@b> <c@d>").defects.junk);
    }

    #[test]
    fn rule_20_control_bytes_in_an_address_leave_no_address() {
        for body in
            [&b"a\0b@c"[..], b"a@c\0.d", b"\"a\0\"@c", b"<a@b\x7f>", b"a@\xc2\x85b", b"a\xff@b"]
        {
            let list = parse_address_list(body);
            assert_eq!(list.mailboxes.len(), 1);
            assert!(list.mailboxes[0].malformed, "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(addresses("j\u{f6}rg@m\u{fc}ller.example"), ["j\u{f6}rg@m\u{fc}ller.example"]);
    }

    #[test]
    fn address_list_malformed_leaves_no_address() {
        for body in [
            "John Doe x@y",
            "a@b@c",
            "a@",
            "@b",
            "<>",
            "<a b@c>",
            "<<a@b>>",
            "a@b..c",
            "a@b.",
            "a@.b",
            "a\\b@c",
            "\"a\"b@c",
            "a@[b",
            "a@b (open",
            "\"open a@b",
            "<@a,@b>",
            "a@b=c",
            ".@b",
        ] {
            let found = parse_address_list(body.as_bytes());
            assert_eq!(found.addresses().count(), 0, "{body}");
            assert!(found.mailboxes.iter().all(|m| m.malformed), "{body}");
        }
        assert!(parse_address_list(b"a@b, (open").defects.unterminated);
    }

    #[test]
    fn address_list_with_common_faults_is_read_with_a_defect() {
        let read = |body: &str, address: &str| {
            let list = parse_address_list(body.as_bytes());
            assert_eq!(list.addresses().collect::<Vec<_>>(), [address], "{body}");
            list.defects
        };
        assert!(read("a..b.@c", "a..b.@c").loose_dots);
        assert!(read("X <a@b", "a@b").unclosed_angle);
        assert!(read("<a@b> via list", "a@b").junk);
        assert_eq!(addresses("X <a@b, c@d"), ["a@b", "c@d"]);
        assert!(!parse_address_list(b"X <a@b, c@d").defects.junk);
        assert_eq!(addresses("Doe, John <a@b>"), ["-", "a@b"]);
    }

    #[test]
    fn rule_41_address_list_with_100_000_nested_comments_is_linear() {
        let nested = [b"(".repeat(100_000), b")".repeat(100_000)].concat();
        let body = [b"a@b ".to_vec(), nested.clone(), nested].concat();
        assert_eq!(parse_address_list(&body).addresses().collect::<Vec<_>>(), ["a@b"]);
        let _ = parse_address_list(&b"<".repeat(300_000));
        let _ = parse_address_list(&b"a@b<".repeat(100_000));
        let _ = parse_address_list(&b"<a@b,".repeat(100_000));
        let _ = parse_address_list(&b"<a@b>(".repeat(100_000));
        let _ = parse_address_list(
            &[b"a ".repeat(250_000), b"@".to_vec(), b":".repeat(500_000)].concat(),
        );
    }

    proptest! {
        #[test]
        fn address_list_of_arbitrary_bytes_does_not_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = parse_address_list(&body);
        }

        #[test]
        fn address_list_of_address_like_bytes_gives_stable_addresses(
            body in "[ab@.,;:<>()\\[\\]\"\\\\ =?\u{e9}]{0,40}",
        ) {
            // An address read once and written into a field again is the same address.
            for address in parse_address_list(body.as_bytes()).addresses() {
                let again = parse_address_list(address.as_bytes());
                prop_assert_eq!(again.addresses().collect::<Vec<_>>(), [address]);
            }
        }
    }
}
