//! Kinds of evidence of when a signature was made, and their ranks (OUTPUT.md, Time).

use crate::codes::codes;

codes! {
    /// What speaks for a time (OUTPUT.md `poe_kind` and `time_evidence`).
    pub enum EvidenceKind {
        SignatureTimestamp = "signature_timestamp", "A time-stamp over the signature: it existed then (RFC 3161).";
        ArchiveTimestamp = "archive_timestamp", "An archive time-stamp over the signature and its content: both existed then (ETSI EN 319 122-1); those of before its version 3 are shown, and not used as a proof.";
        CompleteTimestamp = "complete_timestamp", "A time-stamp over the signature and over what certificates and lists it is to be checked with; shown, and not used as a proof.";
        ReferencesTimestamp = "references_timestamp", "A time-stamp over what certificates and lists a signature is to be checked with; it says nothing of the signature.";
        ContentTimestamp = "content_timestamp", "A time-stamp that the signature covers: the signature is not older.";
        Countersignature = "countersignature", "A countersignature: the signature existed when it was made, which its own time-stamp proves.";
        Notary = "notary", "A countersignature by somebody you vouch for (--vouch notary:CERT), at the time it claims.";
        EarlierRun = "earlier_run", "The message is in an earlier run, byte for byte, and a time-stamp over that run shows how old that is (--vouch run:OUT).";
        Column = "column", "A column of the archive that you vouch for (--vouch column:NAME).";
        Received = "received", "A Received field by a host that you vouch for (--vouch received:HOST); only the topmost field is a proof.";
        MboxFrom = "mbox_from", "The From_ line of the mbox, which you vouch for (--vouch mbox-from).";
        DateHeader = "date_header", "The Date header: a claim of the sender, which you vouch for (--vouch date-header).";
    }
}

impl EvidenceKind {
    /// Whether it is of the whole message as it is stored, with the certificates and lists it brings; others are of a
    /// signature or its content alone.
    #[must_use]
    pub const fn is_of_message(self) -> bool {
        matches!(
            self,
            Self::EarlierRun | Self::Column | Self::Received | Self::MboxFrom | Self::DateHeader
        )
    }

    /// Its rank as a proof that the signature existed, 1 being the best; `None` where it can be no such proof.
    #[must_use]
    pub const fn rank(self) -> Option<u8> {
        match self {
            Self::SignatureTimestamp | Self::ArchiveTimestamp => Some(1),
            Self::Countersignature | Self::Notary => Some(2),
            Self::EarlierRun | Self::Column => Some(3),
            Self::Received => Some(4),
            Self::MboxFrom => Some(5),
            Self::DateHeader => Some(6),
            Self::CompleteTimestamp | Self::ReferencesTimestamp | Self::ContentTimestamp => None,
        }
    }
}
