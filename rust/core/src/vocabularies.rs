//! Every closed vocabulary and every column by name, for the summary, `inspect` and the reference page.

use crate::codes::Code;
use crate::columns::schema::all_datasets;
use crate::{cms, envelope, mail, verdict, verify, weak_keys, x509};

/// (vocabulary, code, sentence) of every code, vocabularies in the order of their columns.
#[must_use]
pub fn all_codes() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    add::<verdict::indication::Indication>(&mut all, "indication");
    add::<verdict::indication::SubIndication>(&mut all, "sub_indication");
    add::<verdict::indication::Reason>(&mut all, "reason");
    add::<verdict::flag::MessageFlag>(&mut all, "flag");
    add::<verify::vocabulary::MessageKind>(&mut all, "kind");
    add::<mail::from::FromStatus>(&mut all, "from_status");
    add::<verdict::facts::Coverage>(&mut all, "coverage");
    add::<verify::vocabulary::HeaderProtection>(&mut all, "header_protection");
    add::<verify::vocabulary::LimitHit>(&mut all, "limit");
    add::<verify::vocabulary::ErrorCode>(&mut all, "error");
    add::<verdict::message::SignatureFormat>(&mut all, "format");
    add::<verify::vocabulary::SidKind>(&mut all, "sid_kind");
    add::<verify::vocabulary::CertificateSource>(&mut all, "certificate_source");
    add::<verify::vocabulary::Canonicalization>(&mut all, "canonicalization");
    add::<mail::restore::Repair>(&mut all, "repair");
    add::<cms::quirk::Quirk>(&mut all, "quirk");
    add::<verdict::facts::CryptoResult>(&mut all, "crypto_result");
    add::<verdict::facts::AlgorithmProtection>(&mut all, "algorithm_protection");
    add::<verdict::facts::EssCertificateId>(&mut all, "ess_certificate_id");
    add::<cms::ess_services::EssService>(&mut all, "ess");
    add::<verdict::facts::ChainResult>(&mut all, "chain_result");
    add::<verdict::facts::RevocationResult>(&mut all, "revocation_result");
    add::<x509::crl_entry::RevocationReason>(&mut all, "revocation_reason");
    add::<verdict::facts::AddressMatch>(&mut all, "address_match");
    add::<verdict::facts::AddressMatchRule>(&mut all, "address_match_rule");
    add::<verdict::facts::AlgorithmStatus>(&mut all, "algorithm_status");
    add::<weak_keys::WeakKey>(&mut all, "weak_key");
    add::<verdict::evidence::EvidenceKind>(&mut all, "evidence_kind");
    add::<verify::vocabulary::Integrity>(&mut all, "integrity");
    add::<verify::vocabulary::DecryptStatus>(&mut all, "decrypt_status");
    add::<cms::recipient_info::RecipientKind>(&mut all, "recipient_kind");
    add::<envelope::objects::ObjectState>(&mut all, "object_state");
    add::<envelope::objects::ObjectReason>(&mut all, "object_reason");
    add::<envelope::seal::ContentChoice>(&mut all, "content_choice");
    add::<envelope::seal::TransportChoice>(&mut all, "transport_choice");
    add::<envelope::seal::OuterSignature>(&mut all, "outer_signature");
    add::<envelope::seal::Unfit>(&mut all, "unfit");
    add::<envelope::seal::Against>(&mut all, "against_recipient");
    add::<envelope::sign::DigestChoice>(&mut all, "digest_choice");
    add::<envelope::sign::RsaPadding>(&mut all, "rsa_padding");
    add::<envelope::sign::SignedForm>(&mut all, "signed_form");
    add::<envelope::sign::SignAs>(&mut all, "sign_as");
    add::<envelope::sign::Unfit>(&mut all, "unfit_signer");
    add::<verify::vocabulary::PartRole>(&mut all, "part_role");
    add::<mail::mbox::MboxVariant>(&mut all, "mbox_variant");
    all
}

/// (name, type, sentence) of every column of a dataset, in order.
pub type Columns = Vec<(&'static str, String, &'static str)>;

/// (name, sentence, columns) of every dataset that the core writes.
#[must_use]
pub fn all_columns() -> Vec<(&'static str, &'static str, Columns)> {
    let all = all_datasets().into_iter().map(|dataset| {
        let columns = dataset.columns.into_iter();
        let columns = columns.map(|one| (one.name, one.file_type.to_string(), one.sentence));
        (dataset.name, dataset.sentence, columns.collect())
    });
    all.collect()
}

/// (reason, indication, sub-indication or nothing) of every reason and every pair of words that it gives.
#[must_use]
pub fn all_reason_words() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    let all = verdict::words::words_of_reasons().into_iter();
    all.map(|(reason, indication, sub)| (reason.code(), indication.code(), sub.map(Code::code)))
        .collect()
}

fn add<T: Code>(
    all: &mut Vec<(&'static str, &'static str, &'static str)>,
    vocabulary: &'static str,
) {
    all.extend(T::ALL.iter().map(|code| (vocabulary, code.code(), code.sentence())));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_within_their_vocabulary_and_have_a_sentence() {
        let all = all_codes();
        let distinct: HashSet<_> =
            all.iter().map(|(vocabulary, code, _)| (vocabulary, code)).collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|(_, code, sentence)| !code.is_empty() && sentence.ends_with('.')));
    }
}
