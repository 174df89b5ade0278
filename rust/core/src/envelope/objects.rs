//! What became of a message that a job writes: the words of the dataset `objects` (OUTPUT.md), and whom an envelope is for.

use crate::asn1::values::integer_hex;
use crate::cms::algorithms::algorithm_name;
use crate::cms::enveloped_data::Envelope;
use crate::cms::recipient_info::{Recipient, RecipientIdentifier};
use crate::codes::codes;
use crate::verify::vocabulary::{DecryptStatus, ErrorCode};
use crate::x509::name;

codes! {
    /// OUTPUT.md `objects.state`.
    pub enum ObjectState {
        Pending = "PENDING", "Not written yet; in no file that can be seen.";
        Written = "WRITTEN", "Written and not compared yet, in no file that can be seen; from Python in memory, not compared, or not all of it, as COMMITTED_UNVERIFIED has it of files.";
        Verified = "VERIFIED", "Written, read again, opened and compared, in no file that can be seen; from Python in memory, all that COMMITTED says of files.";
        Committed = "COMMITTED", "Written, read again from the disk, opened with a key at hand or its new signature verified, and found equal: content, recipients or signer, algorithms and every signature inside.";
        CommittedUnverified = "COMMITTED_UNVERIFIED", "Written and read again from the disk, but not all of it was compared: no key at hand opens it, or it is too large for what lies inside to be looked into; or signed, and readers may show something that the signature does not cover.";
        Refused = "REFUSED", "Not done, for the reason given; reencrypt, rewrap and sign write the message as it was, encrypt does not write it; what fails its proof is taken out.";
        Skipped = "SKIPPED", "Nothing was to be done, for the reason given; the message is written as it was.";
    }
}

codes! {
    /// OUTPUT.md `objects.reason`: why a message is as it was, or is not written.
    pub enum ObjectReason {
        NotEncrypted = "not_encrypted", "Nothing in it is encrypted.";
        AlreadyEncrypted = "already_encrypted", "It is an envelope already; reencrypt gives it other recipients. To sign it, decrypt it first.";
        NoKey = "no_key", "No recipient of the envelope names a key that was given.";
        DecryptFailed = "decrypt_failed", "A key that was given is named, or passwords were given for a recipient by password, and the envelope did not open.";
        Unsupported = "unsupported", "An algorithm of the envelope is not supported.";
        Limit = "limit", "A limit on hostile input was reached; limits_hit of messages says which.";
        SignedOutside = "signed_outside", "A signature lies around the envelope and would break.";
        BesideOtherParts = "beside_other_parts", "The envelope is one part of several, as an attachment is.";
        TextBehind = "text_behind", "Something follows the envelope that it does not hold, as a list's footer does; line ends and zeros are nothing.";
        HeaderUnreadable = "header_unreadable", "The header has lines that are no fields.";
        BoundaryInDoubt = "boundary_in_doubt", "The archive's boundary is in doubt (split_suspicious): another message may lie in it, and its header says whom this goes to, or who wrote it. --mbox-variant may split it better; in a file of its own it is one message.";
        NoRecipient = "no_recipient", "The message names nobody, and no recipient was given for all.";
        NoCertificate = "no_certificate", "Somebody to whom it goes has no certificate that is fit (missing_recipients).";
        Ambiguous = "ambiguous_recipient", "Of somebody who could read it before two addresses have different certificates now, of which one may be another's (missing_recipients): a table of --recipients can name the same for both.";
        TooLarge = "too_large", "It, or what would be written of it, is longer than 256 MiB in a Parquet file, or than 4 GiB in any other.";
        Unreadable = "unreadable", "The message could not be read.";
        ProofFailed = "proof_failed", "What was read again from the disk was not what was to be written; it was taken away.";
        SignatureChanged = "signature_changed", "A signature inside would have other facts than before, as one over line ends that no reader keeps; it was taken away.";
        ReadersLost = "readers_lost", "Somebody who could read it before is not among its recipients now (missing_recipients); asked only where --recipients is given.";
        AlreadySigned = "already_signed", "It says that it is signed already, whatever that is worth (verify tells); --resign puts another signature around that.";
        NoSigner = "no_signer", "No certificate to sign with names everybody in From (missing_recipients), or From is none that every reader reads alike.";
        MadeOpaque = "made_opaque", "Signed, but not in clear: a clear signature would break on the way, and what would have to be changed for it is more than an encoding.";
        NotCovered = "not_covered", "Readers may show something that a signature over the message does not cover, or take another for the sender, as of a message that is all of another one.";
        NotCompared = "not_compared", "It is too large for the signatures inside to be compared: one over line ends that no reader keeps is broken now (verify of what decrypt writes tells).";
        InnerEnvelope = "inner_envelope", "In its envelope lies another one that stays: no key at hand opened it, something else lies beside, around or behind it (a signature, other parts, a message that is passed on), or the message is above 160 MiB. That one is still for whom it was for.";
        NoProofKey = "no_proof_key", "No key at hand opens what was written.";
    }
}

impl ObjectReason {
    /// Of a message that is not at hand, by what its source says of that.
    pub(super) const fn of_absent(error: Option<ErrorCode>) -> Self {
        match error {
            Some(ErrorCode::MessageTooLarge) => Self::TooLarge,
            _ => Self::Unreadable,
        }
    }

    /// Why an envelope is as it was, by what became of it.
    pub(super) const fn of(status: DecryptStatus) -> Option<Self> {
        match status {
            DecryptStatus::Decrypted => None,
            DecryptStatus::NoKey => Some(Self::NoKey),
            DecryptStatus::Failed => Some(Self::DecryptFailed),
            DecryptStatus::Unsupported => Some(Self::Unsupported),
            DecryptStatus::Limit => Some(Self::Limit),
        }
    }
}

/// The recipients of an envelope as one text each, sorted: `serial of issuer`, `key identifier HEX`, or `unnamed`.
pub(crate) fn recipient_texts(envelope: &Envelope<'_>) -> Vec<String> {
    let text = |it: &Result<Recipient<'_>, _>| match it {
        Ok(recipient) => recipient_text(&recipient.identifier),
        Err(_) => "unreadable".to_owned(),
    };
    let mut texts: Vec<String> = envelope.recipients.iter().map(text).collect();
    texts.sort_unstable();
    texts
}

pub(super) fn recipient_text(identifier: &RecipientIdentifier<'_>) -> String {
    match identifier {
        RecipientIdentifier::IssuerAndSerial(named) => {
            format!("{} of {}", integer_hex(named.serial), name::to_rfc4514(named.issuer))
        }
        RecipientIdentifier::SubjectKeyIdentifier(octets)
        | RecipientIdentifier::SharedKey(octets) => {
            format!("key identifier {}", crate::asn1::values::hex(octets))
        }
        RecipientIdentifier::None => "unnamed".to_owned(),
    }
}

/// The content cipher of an envelope, then the ways in which its key reaches recipients, each once.
pub(crate) fn algorithm_texts(envelope: &Envelope<'_>) -> Vec<String> {
    let recipients = envelope.recipients.iter().flatten();
    let mut ways: Vec<String> = recipients
        .filter_map(|it| it.algorithm)
        .map(|algorithm| algorithm_name(algorithm.oid).into_owned())
        .collect();
    ways.sort_unstable();
    ways.dedup();
    let cipher = algorithm_name(envelope.content.cipher().oid).into_owned();
    [vec![cipher], ways].concat()
}
