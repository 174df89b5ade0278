//! The words of a verdict: ETSI EN 319 102-1 V1.4.1 (2024-06) §5.1.3, with EXPIRED and NOT_YET_VALID under TOTAL-FAILED.

use crate::codes::{CodeSet, codes};

codes! {
    /// Main status; ordered from best to worst, `NotSigned` standing apart.
    ///
    /// `NotEvaluated` lies between unknown and failed: what could not be read may still be good or bad, but
    /// knows less than an `Indeterminate`, which has passed every check before the one that stopped it.
    pub enum Indication {
        TotalPassed = "TOTAL_PASSED", "Every check that was made passed: the signature is valid.";
        Indeterminate = "INDETERMINATE", "What is known is not enough to say valid or invalid.";
        NotEvaluated = "NOT_EVALUATED", "The message or signature could not be evaluated by this program.";
        TotalFailed = "TOTAL_FAILED", "A check failed for good: the signature is not valid.";
        NotSigned = "NOT_SIGNED", "No S/MIME signature was found; inside encrypted content that was not opened there may be one.";
    }
}

codes! {
    /// Sub-indication, ordered from best to worst: the later in the order of judging (OUTPUT.md, Indications) a
    /// word is given, the more has been found good before it, so constraints come first and format last.
    pub enum SubIndication {
        SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE", "No good signature speaks for this sender and this message.";
        CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "An algorithm is too weak today, and nothing proves that the signature is older.";
        CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE", "An algorithm was already too weak at a control time that is proven or chosen.";
        NoPoe = "NO_POE", "Nothing proves at which time the signature existed: the words that end in _NO_POE say more closely what that leaves open; not given by this version.";
        TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE", "The time stamps contradict each other.";
        TryLater = "TRY_LATER", "Newer revocation information may settle it.";
        OutOfBoundsNotRevoked = "OUT_OF_BOUNDS_NOT_REVOKED", "A certificate of the chain had expired at the control time. None of them was revoked: revocation_result is good. Nothing proves that the signature is older.";
        OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE", "A certificate of the chain was outside its validity at the control time, and nothing proves that the signature was made within it. Where there is a poe_time and it is the control time, that lies outside too.";
        RevocationOutOfBoundsNoPoe = "REVOCATION_OUT_OF_BOUNDS_NO_POE", "The revocation list or response was itself signed outside its signer's validity: nobody believes such a one here, which is revocation_unknown where such data is required; not given by this version.";
        RevokedNoPoe = "REVOKED_NO_POE", "The certificate was revoked, and nothing proves that the signature is older.";
        RevokedCaNoPoe = "REVOKED_CA_NO_POE", "A CA of the chain was revoked, and nothing proves that what it issued is older. The revocation may be later than the control time: whoever stole the key of a CA can issue certificates that look old.";
        NoCertificateChainFoundNoPoe = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE", "The chain leads to a trust anchor that its root list did not trust at the control time, or not for certificates issued so late.";
        NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND", "No certificate chain to a trust anchor was found.";
        ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE", "The certificate chain breaks a constraint of a certificate in it.";
        CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE", "The certificate chain is broken.";
        PolicyProcessingError = "POLICY_PROCESSING_ERROR", "The validation policy could not be processed: such a file is refused before any message is read; not given by this version.";
        NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND", "The signer's certificate was not found, or is not the one the signature names.";
        SignedDataNotFound = "SIGNED_DATA_NOT_FOUND", "The content that was signed is not in the message.";
        NotYetValid = "NOT_YET_VALID", "Proof shows the signature existed before its certificate was valid.";
        Expired = "EXPIRED", "Proof shows the signature was made after its certificate had expired.";
        Revoked = "REVOKED", "Proof shows the signature was made after its certificate was revoked.";
        SigCryptoFailure = "SIG_CRYPTO_FAILURE", "The signature value is wrong.";
        HashFailure = "HASH_FAILURE", "The signed content was changed.";
        FormatFailure = "FORMAT_FAILURE", "The signature is not well-formed, contradicts itself, or deviates from the standard under --strict.";
    }
}

codes! {
    /// Why a verdict is not plainly TOTAL_PASSED: the facts that spoke, as codes.
    pub enum Reason {
        CryptoMalformed = "malformed", "The signature, or the key it is checked with, is not well-formed or contradicts itself.";
        DigestMismatch = "digest_mismatch", "The content was changed after signing.";
        SignatureMismatch = "signature_mismatch", "The signature value does not fit the signer's key.";
        ContentMissing = "content_missing", "The signed content is not in the message.";
        SignerCertificateMissing = "signer_certificate_missing", "The signer's certificate was not found.";
        UnsupportedAlgorithm = "unsupported_algorithm", "An algorithm is not supported by this program.";
        Limit = "limit", "A limit on hostile input was reached; limits_hit says which.";
        InternalError = "internal_error", "This program failed on this message; please report it.";
        AlgorithmProtectionMismatch = "algorithm_protection_mismatch", "The signed attributes name other algorithms than the signature uses (RFC 6211).";
        EssCertificateMismatch = "ess_certificate_mismatch", "The signature names another certificate than the signer's (RFC 5035).";
        StrictQuirk = "strict_quirk", "A deviation from the standard was found and --strict refuses it.";
        ChainNoPath = "chain_no_path", "No issuer of the signer's certificate leads to a trust anchor.";
        ChainUntrustedRoot = "chain_untrusted_root", "The chain ends in a root that is not trusted, or there are no trust anchors.";
        ChainAnchorNotTrusted = "chain_anchor_not_trusted", "The chain leads to a trust anchor that was not trusted then, or not for certificates issued so late.";
        ChainExpired = "chain_expired", "A certificate of the chain had expired at the control time.";
        ChainNotYetValid = "chain_not_yet_valid", "A certificate of the chain was not yet valid at the control time.";
        ChainRevoked = "chain_revoked", "A certificate of the chain was revoked; where revocation_result is not revoked, it is a CA, later than the control time, whose key may have been stolen.";
        ChainRevocationUnknown = "chain_revocation_unknown", "Revocation was required and could not be established.";
        ChainOnHold = "chain_on_hold", "A certificate of the chain was on hold at the control time (chain_result is revoked).";
        RevocationStale = "revocation_stale", "Revocation information was required, and all that was found is too old or too new for the control time (chain_result is revocation_unknown).";
        ChainSignatureInvalid = "chain_signature_invalid", "A certificate of the chain has a wrong signature.";
        ChainNotACa = "chain_not_a_ca", "A certificate of the chain was issued by one that is not a CA.";
        ChainPathLength = "chain_path_length", "The chain is longer than a CA of it permits.";
        ChainNameConstraints = "chain_name_constraints", "A name lies outside what a CA of the chain may certify.";
        ChainPolicy = "chain_policy", "The chain holds under none of the certificate policies that are required.";
        ChainKeyUsage = "chain_key_usage", "A certificate of the chain does not permit this use.";
        ChainExtendedKeyUsage = "chain_extended_key_usage", "A certificate of the chain is not for e-mail.";
        ChainCriticalExtension = "chain_critical_extension", "A certificate carries a critical extension, or constrains a form of name, not processed here.";
        ChainWeakAlgorithm = "chain_weak_algorithm", "A certificate of the chain has an algorithm that was too weak (weak_now and weak_then tell it); not given by this version.";
        ChainMalformed = "chain_malformed", "A certificate of the chain is not well-formed.";
        ChainBudget = "chain_budget", "The search for a certificate chain was stopped: there were too many ways to try.";
        TimestampOrder = "timestamp_order", "A time-stamp that the signature covers is younger than the proof that the signature existed.";
        ExistedBeforeValidity = "existed_before_validity", "The signature existed before the signer's certificate was valid: TOTAL_FAILED by a time-stamp over it, INDETERMINATE by a countersignature or what you vouch for.";
        MadeAfterExpiry = "made_after_expiry", "A time-stamp that the signature covers proves that it was made after the signer's certificate had expired.";
        MadeAfterRevocation = "made_after_revocation", "A time-stamp that the signature covers proves that it was made after the signer's certificate was revoked.";
        WeakNow = "weak_now", "An algorithm is too weak today (algorithm_status is weak_now or weak_unproven).";
        WeakThen = "weak_then", "An algorithm was too weak at a control time that is proven or chosen.";
        AddressMismatch = "address_mismatch", "The signer's certificate is for another address than the From address.";
        AddressSenderOnly = "address_sender_only", "The signer's certificate matches Sender, not From.";
        AddressPartial = "address_partial", "The signer's certificate covers only some of the From addresses.";
        AddressMissingInCertificate = "address_missing_in_certificate", "The signer's certificate names no e-mail address.";
        NoFromAddress = "no_from_address", "The message has no usable From address: from_status is neither ok nor multiple_mailboxes.";
        NotEligible = "not_eligible", "The signature covers a part or a nested message, so it cannot decide about the message itself; not given by this version.";
        NoSignatureOverMessage = "no_signature_over_message", "There are signatures, but none over the message as a whole.";
        SignedCiphertextOnly = "signed_ciphertext_only", "The signature covers an encrypted layer that was not opened.";
        ContentNotOpened = "content_not_opened", "The signature covers content that was not opened: it is damaged, of an unknown kind, or over a limit; what a reader sees of it is not known.";
        CoveragePartial = "coverage_partial", "Something visible in the message lies outside the signature, or readers may differ in what it covers.";
        Repaired = "repaired", "The signature holds over the content as it was probably sent, not as it is stored: archives and lists change text like this.";
        HeadersMismatched = "headers_mismatched", "A protected header differs from the visible one.";
    }
}

/// One verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Main status.
    pub indication: Indication,
    /// Sub-indication, where the indication has one.
    pub sub_indication: Option<SubIndication>,
    /// Every fact that is not good, whether or not it decided.
    pub reasons: CodeSet<Reason>,
}

impl Verdict {
    /// A verdict without reasons.
    #[must_use]
    pub const fn new(indication: Indication, sub_indication: Option<SubIndication>) -> Self {
        Self { indication, sub_indication, reasons: CodeSet::EMPTY }
    }

    /// Place in the order from best (0) to worst; equal only for the same pair of words.
    #[must_use]
    pub fn rank(&self) -> u16 {
        let sub_rank = self.sub_indication.map_or(0, |sub| sub as u16 + 1);
        (self.indication as u16) << 8 | sub_rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;

    #[test]
    fn rank_of_two_pairs_of_words_is_never_the_same() {
        let sub_indications: Vec<_> =
            core::iter::once(None).chain(SubIndication::ALL.iter().copied().map(Some)).collect();
        let pairs = Indication::ALL
            .iter()
            .flat_map(|&indication| sub_indications.iter().map(move |&sub| (indication, sub)));
        let ranks: Vec<_> = pairs.map(|(one, sub)| Verdict::new(one, sub).rank()).collect();
        assert!(ranks.is_sorted_by(|better, worse| better < worse));
    }
}
