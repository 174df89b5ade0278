//! Flags: things worth a person's attention that do not by themselves change a verdict.

use crate::codes::codes;

codes! {
    /// What is remarkable about a message or one of its signatures (OUTPUT.md `flags`).
    pub enum MessageFlag {
        OtherSignerFailed = "other_signer_failed", "Another signer of the deciding layer does not pass.";
        OuterSignatureFailed = "outer_signature_failed", "An outer signature, around the one that decided, does not pass.";
        ListFooterLikely = "list_footer_likely", "Only one part is signed; what lies outside looks like a footer added by a mailing list.";
        FromRewrittenLikely = "from_rewritten_likely", "A mailing list has probably replaced the From address.";
        SignedDataWithoutSigners = "signed_data_without_signers", "There is a CMS object for signatures with nobody's signature in it; it counts as not signed.";
        EcontentInDetached = "econtent_in_detached", "A detached signature carries a copy of the content; only the visible body was checked.";
        ContentIsSignedAttributes = "content_is_signed_attributes", "The content reads as signed attributes, as a known forgery makes it, and was refused: crypto_result is malformed.";
        SignerCertificateAmbiguous = "signer_certificate_ambiguous", "Several certificates fit the signer identifier; one was chosen by rule.";
        DomainSigner = "domain_signer", "The certificate speaks for a whole domain, not for one sender (RFC 3183); its address is compared with From like any other, and is hardly ever the same.";
        SurreptitiousForwardingPossible = "surreptitious_forwarding_possible", "The signed inner recipients are not those the message was encrypted to; not given by this version.";
        CompressedNotOpened = "compressed_not_opened", "Compressed content was not opened: it is damaged, too large, or not compressed with zlib; a signature around it does not pass (content_not_opened).";
        SplitSuspicious = "split_suspicious", "The message boundary in the archive is doubtful: this may be a piece of another message, or hold another; no time of its header proves anything.";
        ReplyToDiffers = "reply_to_differs", "Answers go to an address other than the From address.";
        SenderDiffers = "sender_differs", "The Sender address is not the From address.";
        FromNameShowsAddress = "from_name_shows_address", "The display name of the From field shows an address other than the one the field names.";
        FromHiddenCharacters = "from_hidden_characters", "The From field holds characters that readers do not show, or that turn the others around.";
        ResentFields = "resent_fields", "The message was sent again by someone (Resent- fields).";
        ControlTimeMissing = "control_time_missing", "The message has no time of the kind that --at asks for, so the chain was judged at the time of the run.";
        TimeInconsistent = "time_inconsistent", "The times in the message contradict each other by more than a day, or what proves its age contradicts itself.";
        TimeEvidenceConflict = "time_evidence_conflict", "A time that you vouch for lies before the certificate was valid (reason existed_before_validity).";
        VouchedClaim = "vouched_claim", "The proof of time is a claim of the sender that you vouch for (--vouch date-header).";
        RecipientinfoReuse = "recipientinfo_reuse", "The same wrapped key occurs in two encrypted layers of the message: what was encrypted for one reader or with one cipher was put where it does not belong. Of other messages the column encrypted_key_sha256 of recipients tells.";
    }
}
