//! The visible sender of a message: From, Sender and Reply-To, parsed and never guessed (RULES 21).
//!
//! A From field in the form of nearly all mail is recognised without the parser of address lists, which is asked about
//! every other and would say the same of it.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::OnceCell;

use hashbrown::HashSet;

use super::address::{AddressList, Mailbox, parse_address_list};
use super::encoded_word::decode_encoded_words;
use super::field_name::FieldName;
use super::header::{Headers, unfold_text};
use super::lexer::skip_cfws;
use super::plain_from::plain_address;
use crate::codes::codes;
use crate::limits;

codes! {
    /// What the From field is like (OUTPUT.md `from_status`).
    pub enum FromStatus {
        Ok = "ok", "There is one From field with one address.";
        MultipleMailboxes = "multiple_mailboxes", "The From field names several mailboxes.";
        DuplicateField = "duplicate_field", "There is more than one From field; readers differ in which they show. from_raw is the first, from_addresses holds those of all.";
        Unparseable = "unparseable", "The From field holds no address, something that looks like one and is none, or what programs read as different addresses.";
        Empty = "empty", "The From field is empty.";
        Missing = "missing", "There is no From field.";
    }
}

/// The From field or fields of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromFacts<'a> {
    /// What the field is like.
    pub status: FromStatus,
    /// The first field's body, unfolded, encoded words as they are, what is not UTF-8 replaced;
    /// null if missing.
    pub raw: Option<Cow<'a, str>>,
    /// The addresses of every From field, in order, repetitions too; of many the first
    /// [`limits::MAILBOXES_PER_FIELD`].
    pub addresses: Vec<String>,
    /// There are more of them.
    pub cut: bool,
    /// A display name, a group's name or a comment shows an address that the field does not name there.
    pub name_shows_address: bool,
    /// It holds characters that readers do not show, or that turn the others around.
    pub hidden_characters: bool,
}

/// Reads every From field of `headers`.
#[must_use]
pub fn parse_from<'a>(headers: &Headers<'a>) -> FromFacts<'a> {
    let mut bodies = headers.all(FieldName::From);
    match (bodies.next(), bodies.next()) {
        (None, _) => FromFacts::missing(),
        (Some(body), None) => FromFacts::of_plain(body).unwrap_or_else(|| read_fields(&[body])),
        (Some(_), Some(_)) => read_fields(&headers.all(FieldName::From).collect::<Vec<_>>()),
    }
}

/// What the bodies of all From fields say together.
fn read_fields<'a>(bodies: &[&'a [u8]]) -> FromFacts<'a> {
    let Some(&first) = bodies.first() else {
        return FromFacts::missing();
    };
    let lists: Vec<AddressList> = bodies.iter().map(|body| parse_address_list(body)).collect();
    let status = match lists.as_slice() {
        [list] => status_of(first, list),
        // RFC 5322 §3.6: exactly one From field.
        _ => FromStatus::DuplicateField,
    };
    let addresses = FieldAddresses::of(&lists);
    FromFacts {
        status,
        raw: Some(unfold_text(first)),
        addresses: addresses.texts,
        cut: addresses.cut,
        name_shows_address: lists.iter().any(shows_address_it_does_not_name),
        hidden_characters: bodies.iter().any(|body| has_hidden_characters(body)),
    }
}

impl<'a> FromFacts<'a> {
    /// What a single field in the form of nearly all mail says; `None` for one in any other form.
    fn of_plain(body: &'a [u8]) -> Option<Self> {
        let address = plain_address(body)?;
        Some(Self {
            status: FromStatus::Ok,
            raw: Some(unfold_text(body)),
            addresses: vec![address.to_owned()],
            ..Self::missing()
        })
    }

    /// Whether readers take it for the same sender or senders (RULES 21), all of which are at hand.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self.status, FromStatus::Ok | FromStatus::MultipleMailboxes) && !self.cut
    }

    /// What is known where there is no From field.
    #[must_use]
    pub const fn missing() -> Self {
        Self {
            status: FromStatus::Missing,
            raw: None,
            addresses: Vec::new(),
            cut: false,
            name_shows_address: false,
            hidden_characters: false,
        }
    }
}

/// The addresses of all fields of one name, as far as they are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FieldAddresses {
    /// In order, repetitions too; of many the first [`limits::MAILBOXES_PER_FIELD`].
    pub texts: Vec<String>,
    /// There are more of them.
    pub cut: bool,
}

impl FieldAddresses {
    fn of(lists: &[AddressList]) -> Self {
        let mut all = lists.iter().flat_map(AddressList::addresses);
        let texts = all.by_ref().take(limits::MAILBOXES_PER_FIELD).map(str::to_owned).collect();
        Self { texts, cut: all.next().is_some() }
    }
}

/// RULES 21: whether a name or comment, as a reader shows it, reads like an address that the field does not name there.
fn shows_address_it_does_not_name(list: &AddressList) -> bool {
    list.mailboxes.iter().any(shows_other_address)
        || any_is_not_of(list.group_names.iter().chain(&list.comments), list)
}

/// Whether any of `texts` reads like an address that no mailbox of the list has.
fn any_is_not_of<'t>(mut texts: impl Iterator<Item = &'t String>, list: &AddressList) -> bool {
    // Made for all texts together, and only where one shows an address at all.
    let named = OnceCell::new();
    let is_named = |local: &str, domain: &str| {
        named
            .get_or_init(|| list.addresses().map(str::to_ascii_lowercase).collect::<Named>())
            .contains(&format!("{local}@{domain}").to_ascii_lowercase())
    };
    texts.any(|text| shows_beside(text, is_named))
}

/// Addresses in lower case.
type Named = HashSet<String, foldhash::fast::RandomState>;

/// Whether a display name reads like an address that is not the mailbox's.
fn shows_other_address(mailbox: &Mailbox) -> bool {
    let own = mailbox.addr_spec.as_deref().and_then(|own| own.rsplit_once('@'));
    let is_own = |local: &str, domain: &str| {
        own.is_some_and(|(own_local, own_domain)| {
            local.eq_ignore_ascii_case(own_local) && domain.eq_ignore_ascii_case(own_domain)
        })
    };
    mailbox.display_name.as_deref().is_some_and(|name| shows_beside(name, is_own))
}

/// Whether `text`, decoded, reads like an address that is not named.
fn shows_beside(text: &str, is_named: impl Fn(&str, &str) -> bool) -> bool {
    if !may_show_address(text) {
        return false;
    }
    let text = decode_encoded_words(text.as_bytes());
    text.match_indices(is_at_sign)
        .filter_map(|(at, sign)| address_around(&text, at, at + sign.len()))
        .any(|(local, domain)| !is_named(local, domain))
}

/// The words at both sides of a sign that looks like `@`. With blanks between, as in "dinner @ home", only a domain
/// with a dot makes it an address.
fn address_around(text: &str, before: usize, behind: usize) -> Option<(&str, &str)> {
    let is_edge = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'));
    let ends_word = |c: char| c.is_whitespace() || is_at_sign(c);
    let (left, right) = (text.get(..before)?, text.get(behind..)?);
    let (near_left, near_right) = (left.trim_end(), right.trim_start());
    let local = near_left.rsplit(ends_word).next()?.trim_matches(is_edge);
    let domain = near_right.split(ends_word).next()?.trim_matches(is_edge);
    let is_together = near_left.len() == left.len() && near_right.len() == right.len();
    let is_address = is_together || domain.contains('.');
    (is_address && !local.is_empty() && !domain.is_empty()).then_some((local, domain))
}

/// `@`, and two signs that look like it: FULLWIDTH and SMALL COMMERCIAL AT.
const fn is_at_sign(character: char) -> bool {
    matches!(character, '@' | '\u{ff20}' | '\u{fe6b}')
}

/// Most names hold neither, and need no decoding.
fn may_show_address(name: &str) -> bool {
    name.contains(is_at_sign) || name.contains("=?")
}

/// Whether a field holds characters without a shape of their own, as spelled or in its encoded words.
///
/// Controls but for folding (an encoded line end or tab moves what follows out of sight), and of Unicode's format characters those that hide or reorder: zero-width ones, bidirectional
/// controls (UAX #9), the invisible operators and the tags.
fn has_hidden_characters(body: &[u8]) -> bool {
    let is_folding = |byte: u8| matches!(byte, b'\t' | b'\r' | b'\n');
    if body.iter().any(|&byte| byte < 0x20 && !is_folding(byte) || byte == 0x7f) {
        return true;
    }
    let may_hide = !body.is_ascii() || memchr::memmem::find(body, b"=?").is_some();
    may_hide && {
        // Without folding, so that what the encoded words bring of it stands out.
        let spelled = unfold_text(body).replace(['\t', '\r'], " ");
        decode_encoded_words(spelled.as_bytes()).chars().any(is_hidden)
    }
}

const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn status_of(body: &[u8], list: &AddressList) -> FromStatus {
    let is_empty = skip_cfws(body, 0) >= body.len() || list.group_count > 0;
    match list.mailboxes.as_slice() {
        // Readers differ in where an address without its closing bracket ends.
        _ if list.defects.unterminated || list.defects.unclosed_angle => FromStatus::Unparseable,
        // Some decode it and show another address, some end the field at a NUL.
        _ if list.defects.encoded_word_in_address || body.contains(&0) => FromStatus::Unparseable,
        // Words beside an address that are none of its name: some take them for another address.
        mailboxes if list.defects.junk && shows_more(body, mailboxes) => FromStatus::Unparseable,
        [] if is_empty => FromStatus::Empty,
        mailboxes if mailboxes.iter().any(|mailbox| mailbox.malformed) => FromStatus::Unparseable,
        // Without quotes a name has no `@` (RFC 5322 §3.2.3): some take the first address, some the second.
        mailboxes if list.defects.at_sign_in_name && mailboxes.iter().any(shows_other_address) => {
            FromStatus::Unparseable
        }
        mailboxes if mailboxes.iter().all(|mailbox| mailbox.addr_spec.is_none()) => {
            FromStatus::Unparseable
        }
        // A name without an address, or of a group, that reads like an address: some show it alone.
        mailboxes
            if mailboxes.iter().any(|it| it.addr_spec.is_none() && shows_other_address(it))
                || any_is_not_of(list.group_names.iter(), list) =>
        {
            FromStatus::Unparseable
        }
        [_] => FromStatus::Ok,
        _ => FromStatus::MultipleMailboxes,
    }
}

/// Whether a field has more that reads like an address, or like an encoded one, than its mailboxes.
fn shows_more(body: &[u8], mailboxes: &[Mailbox]) -> bool {
    let known = mailboxes.iter().filter(|it| it.addr_spec.is_some()).count();
    memchr::memchr_iter(b'@', body).count() > known || memchr::memmem::find(body, b"=?").is_some()
}

/// The address of the Sender field (RFC 5322 §3.6.2): null unless there is one field with one
/// mailbox that every reader reads alike, as is asked of From.
#[must_use]
pub fn parse_sender(headers: &Headers<'_>) -> Option<String> {
    let mut bodies = headers.all(FieldName::Sender);
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return None;
    };
    let list = parse_address_list(body);
    match list.mailboxes.as_slice() {
        [mailbox] if status_of(body, &list) == FromStatus::Ok => mailbox.addr_spec.clone(),
        _ => None,
    }
}

/// The addresses of every Reply-To field.
#[must_use]
pub fn parse_reply_to(headers: &Headers<'_>) -> FieldAddresses {
    addresses_of(headers, FieldName::ReplyTo)
}

/// The addresses of every X-Original-From field, in which lists keep the From they replace.
#[must_use]
pub fn parse_original_from(headers: &Headers<'_>) -> FieldAddresses {
    addresses_of(headers, FieldName::XOriginalFrom)
}

fn addresses_of(headers: &Headers<'_>, name: FieldName) -> FieldAddresses {
    FieldAddresses::of(&headers.all(name).map(parse_address_list).collect::<Vec<_>>())
}
