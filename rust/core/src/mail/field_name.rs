//! The header fields this program looks at, told apart once by length and letters.

/// A header field's name; everything unlisted is [`FieldName::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the field of the same name")]
pub enum FieldName {
    Bcc,
    Cc,
    ContentDescription,
    ContentDisposition,
    ContentId,
    ContentTransferEncoding,
    ContentType,
    Date,
    DeliveredTo,
    From,
    HpOuter,
    InReplyTo,
    ListId,
    ListPost,
    ListUnsubscribe,
    MessageId,
    MimeVersion,
    Precedence,
    Received,
    References,
    ReplyTo,
    ResentDate,
    ResentFrom,
    ResentMessageId,
    ResentSender,
    ResentTo,
    ReturnPath,
    Sender,
    Subject,
    To,
    XOriginalFrom,
    Other,
}

use FieldName as N;

/// Names of fields as a set: one bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FieldNames(u64);

impl FieldNames {
    pub(super) fn insert(&mut self, name: FieldName) {
        self.0 |= 1 << name as u32;
    }

    pub(super) fn contains(self, name: FieldName) -> bool {
        self.0 & (1 << name as u32) != 0
    }
}

// A name beyond the bits of the set would be another's.
const _: () = assert!((N::Other as u32) < u64::BITS);

impl FieldName {
    /// Whether it is a field that only resending writes (RFC 5322 §3.6.6).
    #[must_use]
    pub fn is_resent(self) -> bool {
        matches!(
            self,
            N::ResentDate | N::ResentFrom | N::ResentMessageId | N::ResentSender | N::ResentTo
        )
    }

    /// The name spelled by `bytes`, without regard to case (RFC 5322 §1.2.2).
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        // Most fields of most mails are others: the last letter tells.
        let last = bytes.last().map_or(0, u8::to_ascii_lowercase);
        let among = |candidates: &[(&[u8], Self)]| {
            candidates
                .iter()
                .filter(|(spelling, _)| spelling.last().map(u8::to_ascii_lowercase) == Some(last))
                .find(|(spelling, _)| spelling.eq_ignore_ascii_case(bytes))
                .map_or(Self::Other, |&(_, name)| name)
        };
        match bytes.len() {
            2 => among(&[(b"To", N::To), (b"Cc", N::Cc)]),
            3 => among(&[(b"Bcc", N::Bcc)]),
            4 => among(&[(b"From", N::From), (b"Date", N::Date)]),
            6 => among(&[(b"Sender", N::Sender)]),
            7 => among(&[(b"Subject", N::Subject), (b"List-Id", N::ListId)]),
            8 => among(&[
                (b"Received", N::Received),
                (b"Reply-To", N::ReplyTo),
                (b"HP-Outer", N::HpOuter),
            ]),
            9 => among(&[(b"Resent-To", N::ResentTo), (b"List-Post", N::ListPost)]),
            10 => among(&[
                (b"Message-ID", N::MessageId),
                (b"References", N::References),
                (b"Content-ID", N::ContentId),
                (b"Precedence", N::Precedence),
            ]),
            11 => among(&[
                (b"In-Reply-To", N::InReplyTo),
                (b"Return-Path", N::ReturnPath),
                (b"Resent-From", N::ResentFrom),
                (b"Resent-Date", N::ResentDate),
            ]),
            12 => among(&[
                (b"Content-Type", N::ContentType),
                (b"MIME-Version", N::MimeVersion),
                (b"Delivered-To", N::DeliveredTo),
            ]),
            13 => among(&[(b"Resent-Sender", N::ResentSender)]),
            15 => among(&[(b"X-Original-From", N::XOriginalFrom)]),
            16 => among(&[(b"List-Unsubscribe", N::ListUnsubscribe)]),
            17 => among(&[(b"Resent-Message-ID", N::ResentMessageId)]),
            19 => among(&[
                (b"Content-Disposition", N::ContentDisposition),
                (b"Content-Description", N::ContentDescription),
            ]),
            25 => among(&[(b"Content-Transfer-Encoding", N::ContentTransferEncoding)]),
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_name_in_any_case_is_known() {
        assert_eq!(FieldName::of(b"content-TYPE"), FieldName::ContentType);
        assert_eq!(FieldName::of(b"FROM"), FieldName::From);
        assert_eq!(FieldName::of(b"Content-Transfer-Encoding"), N::ContentTransferEncoding);
        assert_eq!(FieldName::of(b"resent-message-id"), FieldName::ResentMessageId);
        assert_eq!(FieldName::of(b"Fr0m"), FieldName::Other);
        assert_eq!(FieldName::of(b""), FieldName::Other);
    }

    #[test]
    fn field_names_hold_what_was_inserted_alone() {
        let mut names = FieldNames::default();
        names.insert(N::Bcc);
        names.insert(N::Other);
        let found = [N::Bcc, N::Cc, N::From, N::Other].map(|name| names.contains(name));
        assert_eq!(found, [true, false, false, true]);
    }

    #[test]
    fn field_name_of_each_field_is_known() {
        let listed = "Bcc Cc Content-Description Content-Disposition Content-ID \
            Content-Transfer-Encoding Content-Type Date Delivered-To From HP-Outer In-Reply-To \
            List-Id List-Post List-Unsubscribe Message-ID MIME-Version Precedence Received \
            References Reply-To Resent-Date Resent-From Resent-Message-ID Resent-Sender Resent-To \
            Return-Path Sender Subject To X-Original-From";
        for spelling in listed.split(' ') {
            let name = FieldName::of(spelling.as_bytes());
            let variant = format!("{name:?}").to_ascii_lowercase();
            assert_eq!(variant, spelling.replace('-', "").to_ascii_lowercase());
            assert_eq!(name.is_resent(), spelling.starts_with("Resent-"), "{spelling}");
        }
    }
}
