//! What was found out about one signature: one enum per fact, variants ordered from good to bad.

use crate::codes::codes;

codes! {
    /// Outcome of the cryptographic checks: digest and signature (OUTPUT.md `crypto_result`).
    pub enum CryptoResult {
        Ok = "ok", "The digest and the signature are right.";
        Repaired = "repaired", "The digest and the signature are right over the content as it was probably sent, not as it is stored (see repair).";
        SignerCertificateMissing = "signer_certificate_missing", "No certificate for the signer was found, so the signature could not be checked.";
        ContentMissing = "content_missing", "The signed content is not in the message.";
        Limit = "limit", "A limit on hostile input stopped the check; signature_ok false beside it says only that no key that was tried fits.";
        UnsupportedAlgorithm = "unsupported_algorithm", "The signature uses an algorithm this program does not have.";
        SignatureMismatch = "signature_mismatch", "The signature value does not fit the signer's key and the signed attributes.";
        DigestMismatch = "digest_mismatch", "The content is not the content that was signed: it was changed after signing.";
        Malformed = "malformed", "The signature, or the key it is checked with, is not well-formed or contradicts itself.";
    }
}

codes! {
    /// Outcome of path building and validation at one control time, the most telling reason (OUTPUT.md `chain_result`).
    ///
    /// The order follows the words of the verdict: constraints on algorithms, then time, then the chain itself.
    pub enum ChainResult {
        Ok = "ok", "The certificate chain leads to a trust anchor and held at the control time.";
        WeakAlgorithm = "weak_algorithm", "A certificate of the chain has an algorithm that was too weak: a chain is sound or not whatever its algorithms, and algorithm_status tells that; not given by this version.";
        Expired = "expired", "A certificate of the chain had expired at the control time.";
        NotYetValid = "not_yet_valid", "A certificate of the chain was not yet valid at the control time.";
        Revoked = "revoked", "A certificate of the chain was revoked, or on hold (reason chain_on_hold), at the control time.";
        AnchorNotTrusted = "anchor_not_trusted", "The chain leads to a trust anchor that its root list did not trust at the control time, or not for certificates issued so late.";
        UntrustedRoot = "untrusted_root", "The chain ends in a root that is not among the trust anchors, or there are no trust anchors.";
        NoPath = "no_path", "No chain from the signer's certificate to a trust anchor could be built: an issuer is missing.";
        Policy = "policy", "The chain holds under none of the certificate policies asked for (--initial-policy), and --require-explicit-policy, or a CA of it, insists on one.";
        ExtendedKeyUsage = "extended_key_usage", "A certificate of the chain is not meant for this: for e-mail, or of a time-stamp authority for nothing but time stamps.";
        KeyUsage = "key_usage", "A certificate of the chain does not permit this use of its key.";
        NameConstraints = "name_constraints", "A name lies outside what a CA of the chain may certify.";
        PathLength = "path_length", "The chain is longer than a CA of it permits.";
        CriticalExtension = "critical_extension", "A certificate of the chain carries a critical extension, or constrains a form of name, that this program does not process.";
        NotACa = "not_a_ca", "A certificate of the chain was issued by one that is not a CA.";
        RevocationUnknown = "revocation_unknown", "With --revocation required: no list or response was found that counts at the control time (reason revocation_stale where one was too old or too new).";
        SignatureInvalid = "signature_invalid", "The signature on a certificate of the chain is wrong.";
        Malformed = "malformed", "A certificate of the chain is not well-formed.";
        Budget = "budget", "The search for a certificate chain was stopped: there were too many ways to try.";
    }
}

codes! {
    /// How the certificate's addresses meet the visible sender (OUTPUT.md `address_match`).
    ///
    /// From good to bad, except that `no_address_in_certificate` cannot be compared with `sender_only` and
    /// `partial`: `--bind from-or-sender` forgives the one and `--bind-missing allow` the other.
    pub enum AddressMatch {
        From = "from", "An address of the signer's certificate is the From address.";
        SenderOnly = "sender_only", "An address of the signer's certificate is the Sender address, but not the From address.";
        Partial = "partial", "The certificate covers only some of the From addresses.";
        NoAddressInCertificate = "no_address_in_certificate", "The signer's certificate names no e-mail address.";
        NoFrom = "no_from", "The message has no usable From address to compare with: from_status is neither ok nor multiple_mailboxes, or it names too many (addresses of limits_hit).";
        None = "none", "No address of the signer's certificate is the From address, nor the Sender address; or it names too many to be compared (addresses of limits_hit).";
    }
}

codes! {
    /// How the address comparison succeeded; from strict to lax.
    pub enum AddressMatchRule {
        Exact = "exact", "What stands before the @ is equal, the domain is equal without regard to case.";
        Idna = "idna", "As exact, after an international domain was converted to its xn-- form.";
        Smtputf8 = "smtputf8", "Compared as an internationalised mailbox (RFC 9598).";
        CaseFolded = "case_folded", "What stands before the @ is equal only without regard to upper and lower case.";
    }
}

codes! {
    /// RFC 6211 CMSAlgorithmProtection.
    pub enum AlgorithmProtection {
        Absent = "absent", "The signature carries no algorithm protection attribute; most do not.";
        Match = "match", "The algorithm protection attribute names the algorithms in use.";
        Mismatch = "mismatch", "The algorithm protection attribute names other algorithms than those in use.";
    }
}

codes! {
    /// RFC 5035 ESSCertID and ESSCertIDv2.
    pub enum EssCertificateId {
        Absent = "absent", "The signature does not name its certificate among the signed attributes; most do not.";
        MatchV1 = "match_v1", "The signed attributes name the signer's certificate (SHA-1).";
        MatchV2 = "match_v2", "The signed attributes name the signer's certificate (ESSCertIDv2).";
        Mismatch = "mismatch", "The signed attributes name another certificate than the signer's.";
    }
}

codes! {
    /// Revocation of the worst element of the chain.
    pub enum RevocationResult {
        Good = "good", "Lists or responses that count at the control time say that no certificate of the chain was revoked then.";
        NotChecked = "not_checked", "Revocation was not checked: it is off (--revocation off), no chain leads to a trust anchor, the chain fails for what no other time mends, or the signer's certificate is a self-signed trust anchor.";
        Unknown = "unknown", "No usable revocation information was found for a certificate of the chain, or none that counts at the control time.";
        Revoked = "revoked", "A certificate of the chain was revoked, or on hold, at the control time.";
    }
}

codes! {
    /// Revocation of the chain as of the control time, as the verdict needs it (docs/design/17); from good to bad.
    pub enum RevocationState {
        Good = "good", "No certificate of the chain was revoked.";
        NotChecked = "not_checked", "Revocation was not checked.";
        Unknown = "unknown", "No usable revocation information was found, and none was required.";
        Stale = "stale", "Revocation information was required, and all that was found is too old or too new.";
        OnHold = "on_hold", "A certificate of the chain was on hold.";
        Revoked = "revoked", "The signer's certificate was revoked.";
        RevokedCa = "revoked_ca", "The certificate of a CA of the chain was revoked.";
    }
}

impl RevocationState {
    /// The word of the column `revocation_result`.
    #[must_use]
    pub const fn result(self) -> RevocationResult {
        match self {
            Self::Good => RevocationResult::Good,
            Self::NotChecked => RevocationResult::NotChecked,
            Self::Unknown | Self::Stale => RevocationResult::Unknown,
            Self::OnHold | Self::Revoked | Self::RevokedCa => RevocationResult::Revoked,
        }
    }
}

codes! {
    /// State of the algorithms by the sunset table.
    pub enum AlgorithmStatus {
        Ok = "ok", "All algorithms that the table of dates knows were strong enough at the control time, and are today.";
        WeakNow = "weak_now", "An algorithm is too weak today, but was strong enough at the control time, or the control time is that of the run, since nothing older is proven or chosen.";
        WeakUnproven = "weak_unproven", "An algorithm of the chain is too weak today. There is a proof of the age of the signature, but not of that certificate, list or response: anybody may have made it since. The reason is weak_now.";
        WeakThen = "weak_then", "An algorithm was already too weak at a control time that a proof or --at sets; of a time-stamp, at the time it gives.";
    }
}

codes! {
    /// What proofs of existence and evidence of youth say together about when the signature was made; from good to bad.
    ///
    /// The last three are the only ways to NOT_YET_VALID, EXPIRED and REVOKED as failures; they are established only
    /// where the rest of the chain holds, and never from a control time that the operator chose.
    pub enum TimeProof {
        Consistent = "consistent", "Nothing contradicts the control time.";
        OrderFailure = "order_failure", "A time-stamp that the signature covers is younger than the proof that the signature existed.";
        BeforeValidityVouched = "before_validity_vouched", "A time the operator vouches for lies before the signer's certificate was valid.";
        BeforeValidityProven = "before_validity_proven", "A time-stamp proves that the signature existed before its certificate was valid.";
        AfterExpiry = "after_expiry", "A time-stamp that the signature covers proves that it was made after its certificate had expired.";
        AfterRevocation = "after_revocation", "A time-stamp that the signature covers proves that it was made after its certificate was revoked.";
    }
}

codes! {
    /// What kind of control time the signature was judged at.
    pub enum ControlTimeKind {
        Proven = "proven", "A time-stamp proves that the signature existed then.";
        Vouched = "vouched", "The signature existed then, as the operator vouches or another signer attests.";
        Now = "now", "The time of the run: nothing proves that the signature is older.";
        Chosen = "chosen", "A time chosen by the operator (--at claimed, date or an instant), or a time-stamp's own; it proves nothing.";
    }
}

codes! {
    /// Whether a row may decide its message (OUTPUT.md, Message fold, rule 1).
    pub enum Eligibility {
        Eligible = "eligible", "Only signed, enveloped or compressed layers lie between the root and this signature.";
        ContentUnopened = "content_unopened", "The signature covers content that was not opened.";
        CiphertextOnly = "ciphertext_only", "The signature covers an encrypted layer that was not opened.";
        NotEligible = "not_eligible", "The signature covers a part or a nested message, not the message itself.";
    }
}

codes! {
    /// What of the visible message the deciding layer covers.
    pub enum Coverage {
        Full = "full", "The signature covers everything a reader sees.";
        Partial = "partial", "Something visible lies outside the signature, or inside it and was not opened.";
        Ciphertext = "ciphertext", "The signature covers encrypted content that was not opened, not what a reader sees.";
        None = "none", "There is no signature, or the message was not read.";
    }
}

codes! {
    /// How the operator wants the sender compared (`--bind`).
    pub enum Bind {
        From = "from", "The certificate must carry every From address.";
        FromOrSender = "from-or-sender", "The certificate must carry every From address, or failing that the Sender's.";
        Off = "off", "The sender is not compared.";
    }
}

/// Everything the judgement of one signature depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureFacts {
    /// Digest and signature.
    pub crypto: CryptoResult,
    /// RFC 6211.
    pub algorithm_protection: AlgorithmProtection,
    /// RFC 5035.
    pub ess_certificate_id: EssCertificateId,
    /// Chain at the control time; `None` when not reached (no signer certificate, signature wrong), and then never good.
    pub chain: Option<ChainResult>,
    /// What that control time is.
    pub control_time: ControlTimeKind,
    /// Revocation at the control time.
    pub revocation: RevocationState,
    /// What is proven of when the signature was made.
    pub time_proof: TimeProof,
    /// Algorithms at the control time; `None` when no table of them was asked.
    pub algorithms: Option<AlgorithmStatus>,
    /// Address binding; `None` when not compared (`--bind off`, countersignature, token).
    pub address: Option<AddressMatch>,
    /// Whether a match with Sender only is enough.
    pub bind: Bind,
    /// `--bind-missing allow`: a certificate without address passes.
    pub bind_missing_allowed: bool,
    /// Structural eligibility; a countersignature or time-stamp token, which never decides a message, is `Eligible` to its own end.
    pub eligibility: Eligibility,
    /// Coverage of the signature's own layer within the entity it speaks for; what lies unread inside it is eligibility.
    pub coverage: Coverage,
    /// `--strict` and any quirk was recorded.
    pub strict_quirk: bool,
}
