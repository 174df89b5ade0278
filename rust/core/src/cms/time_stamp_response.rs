//! TimeStampResp: what an authority answers → the token in it (RFC 3161 §2.4.2).
//!
//! Some services and files hold the token alone; both are taken. What the token is, is for whoever asked.

use super::cursor::{Cursor, Object, small_number};
use super::error::{CmsError, Field};
use crate::asn1::reader::{self, Tag};

/// The highest status with which a token is granted: `granted(0)` and `grantedWithMods(1)`.
const GRANTED_WITH_MODS: u32 = 1;

/// An authority's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStampAnswer<'a> {
    /// It gave a token: a ContentInfo, whole.
    Token(&'a [u8]),
    /// It gave none, with this status.
    Refused(u32),
}

/// Parses an answer, or a token that stands alone; nothing may stand behind it.
///
/// ```text
/// TimeStampResp ::= SEQUENCE {
///   status PKIStatusInfo,
///   timeStampToken TimeStampToken OPTIONAL }
///
/// PKIStatusInfo ::= SEQUENCE {
///   status PKIStatus,
///   statusString PKIFreeText OPTIONAL,
///   failInfo PKIFailureInfo OPTIONAL }
/// ```
///
/// # Errors
/// A [`CmsError`] for what is neither.
pub fn parse_time_stamp_answer(bytes: &[u8]) -> Result<TimeStampAnswer<'_>, CmsError> {
    let object = Object::of(bytes);
    let mut whole = Cursor::new(bytes, object);
    let answer = whole.read(Tag::SEQUENCE, Field::TimeStampResp)?;
    check_end(&whole)?;
    let mut fields = whole.inside(&answer);
    if fields.peek_tag() == Some(Tag::OID) {
        return Ok(TimeStampAnswer::Token(bytes));
    }
    let info = fields.read(Tag::SEQUENCE, Field::TimeStampResp)?;
    let status = fields.inside(&info).read(Tag::INTEGER, Field::TimeStampResp)?;
    let status = small_number(status.content);
    if status > GRANTED_WITH_MODS {
        return Ok(TimeStampAnswer::Refused(status));
    }
    let token = fields.read(Tag::SEQUENCE, Field::TimeStampToken)?;
    check_end(&fields)?;
    Ok(TimeStampAnswer::Token(token.raw))
}

/// A file that holds more is none that an authority wrote.
fn check_end(cursor: &Cursor<'_>) -> Result<(), CmsError> {
    if cursor.is_empty() {
        return Ok(());
    }
    Err(cursor.error(Field::TimeStampResp, reader::Error::Malformed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use TimeStampAnswer::{Refused, Token};

    const TOKEN: &[u8] = include_bytes!("../../../../tests/data/time/token.der");

    /// An answer with a status, and what stands behind it.
    fn answer(status: u8, rest: &[u8]) -> Vec<u8> {
        let content = [&[0x30, 3, 2, 1, status], rest].concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82][..], &length, &content].concat()
    }

    #[test]
    fn token_is_taken_alone_and_out_of_the_answer_that_grants_it() {
        assert_eq!(parse_time_stamp_answer(TOKEN), Ok(Token(TOKEN)));
        for status in [0, 1] {
            assert_eq!(parse_time_stamp_answer(&answer(status, TOKEN)), Ok(Token(TOKEN)));
        }
    }

    #[test]
    fn answer_that_grants_nothing_is_a_refusal_whatever_comes_with_it() {
        for status in [2, 5, 0x7f, 0x80] {
            for rest in [&[][..], TOKEN] {
                let answer = answer(status, rest);
                let found = parse_time_stamp_answer(&answer);
                assert!(matches!(found, Ok(Refused(2..))), "{status}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_no_answer_or_more_than_one_is_refused() {
        let expected = |bytes: &[u8]| parse_time_stamp_answer(bytes).unwrap_err().expected;
        assert_eq!(expected(b""), Field::TimeStampResp);
        assert_eq!(expected(b"<html>"), Field::TimeStampResp);
        assert_eq!(expected(&TOKEN[..TOKEN.len() - 1]), Field::TimeStampResp);
        assert_eq!(expected(&[TOKEN, &[0]].concat()), Field::TimeStampResp);
        assert_eq!(expected(&answer(0, b"")), Field::TimeStampToken);
        assert_eq!(expected(&answer(0, &[TOKEN, TOKEN].concat())), Field::TimeStampResp);
    }
}
