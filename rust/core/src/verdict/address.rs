//! Address binding: do the addresses a certificate certifies meet the visible sender? RULES 20 and 21.
//!
//! Takes addr-specs that were already parsed out of header fields and certificates, gives the fact and the rule
//! that made the match. Domains compare without regard to case and as A-labels (RFC 5890), local parts exactly, then
//! ASCII case-folded (recorded). Knows nothing of common names and of `--bind`: options are applied by the judge.

use super::facts::{AddressMatch, AddressMatchRule};
use crate::mail::mailbox::{split_address, to_a_labels};

/// One address of the signer's certificate: rfc822Name, SmtpUTF8Mailbox or the subject's emailAddress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedAddress<'a> {
    /// The addr-spec as text.
    pub text: &'a str,
    /// Whether it is a SmtpUTF8Mailbox (RFC 9598).
    pub is_smtp_utf8: bool,
    /// Whether the encoded value holds a NUL; such an address matches nothing.
    pub contains_nul: bool,
}

/// Compares the addresses of the signer's certificate with those of From, all of which must be covered, then of Sender.
///
/// `from` holds the addr-specs of the one From field, empty when there is none usable. The rule is that of the
/// laxest comparison the match rests on; `None` when nothing matched.
#[must_use]
pub fn match_addresses(
    certified: &[CertifiedAddress<'_>],
    from: &[&str],
    sender: Option<&str>,
) -> (AddressMatch, Option<AddressMatchRule>) {
    if certified.is_empty() {
        return (AddressMatch::NoAddressInCertificate, None);
    }
    if from.is_empty() {
        return (AddressMatch::NoFrom, None);
    }
    let rules = from.iter().map(|mailbox| match_any(certified, mailbox));
    let (laxest, all) =
        rules.fold((None, true), |(laxest, all), rule| (rule.max(laxest), all && rule.is_some()));
    if all {
        return (AddressMatch::From, laxest);
    }
    if laxest.is_some() {
        return (AddressMatch::Partial, laxest);
    }
    match sender.and_then(|mailbox| match_any(certified, mailbox)) {
        Some(rule) => (AddressMatch::SenderOnly, Some(rule)),
        None => (AddressMatch::None, None),
    }
}

/// The strictest rule by which any of the certified addresses is `mailbox`.
fn match_any(certified: &[CertifiedAddress<'_>], mailbox: &str) -> Option<AddressMatchRule> {
    certified.iter().filter_map(|address| match_one(address, mailbox)).min()
}

fn match_one(certified: &CertifiedAddress<'_>, mailbox: &str) -> Option<AddressMatchRule> {
    // RULES 20: a NUL inside hides the rest of the text from programs written in C.
    if certified.contains_nul || certified.text.contains('\0') || mailbox.contains('\0') {
        return None;
    }
    let (certified_local, certified_domain) = split_address(certified.text)?;
    let (local, domain) = split_address(mailbox)?;
    let by_local = match_local_parts(&certified_local, &local)?;
    let by_domain = match_domains(certified_domain, domain)?;
    let by_kind =
        if certified.is_smtp_utf8 { AddressMatchRule::Smtputf8 } else { AddressMatchRule::Exact };
    Some(by_local.max(by_domain).max(by_kind))
}

fn match_local_parts(certified: &str, local: &str) -> Option<AddressMatchRule> {
    if certified == local {
        Some(AddressMatchRule::Exact)
    } else if certified.eq_ignore_ascii_case(local) {
        Some(AddressMatchRule::CaseFolded)
    } else {
        None
    }
}

fn match_domains(certified: &str, domain: &str) -> Option<AddressMatchRule> {
    if certified.eq_ignore_ascii_case(domain) {
        return Some(AddressMatchRule::Exact);
    }
    if certified.is_ascii() && domain.is_ascii() {
        return None;
    }
    // RFC 9598 §5: labels outside ASCII are compared as A-labels; a domain that has none is no domain.
    (to_a_labels(certified)? == to_a_labels(domain)?).then_some(AddressMatchRule::Idna)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn certified(text: &str) -> CertifiedAddress<'_> {
        CertifiedAddress { text, is_smtp_utf8: false, contains_nul: false }
    }

    fn match_single(text: &str, from: &str) -> (AddressMatch, Option<AddressMatchRule>) {
        match_addresses(&[certified(text)], &[from], None)
    }

    const NO_MATCH: (AddressMatch, Option<AddressMatchRule>) = (AddressMatch::None, None);

    #[test]
    fn rule_20_domain_case_is_ignored_and_local_case_is_recorded() {
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_single("ann@example.org", "ann@EXAMPLE.Org"), exact);
        let folded = (AddressMatch::From, Some(AddressMatchRule::CaseFolded));
        assert_eq!(match_single("ann@example.org", "Ann@example.org"), folded);
    }

    #[test]
    fn rule_20_local_part_folds_ascii_only() {
        assert_eq!(match_single("\u{e4}nn@example.org", "\u{c4}nn@example.org"), NO_MATCH);
        assert_eq!(match_single("\u{212a}@example.org", "k@example.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_domain_compares_as_a_labels() {
        let idna = (AddressMatch::From, Some(AddressMatchRule::Idna));
        assert_eq!(match_single("ann@xn--bcher-kva.example", "ann@B\u{fc}cher.example"), idna);
        assert_eq!(match_single("ann@b\u{fc}cher.example", "ann@xn--bcher-kva.example"), idna);
        assert_eq!(match_single("ann@b\u{fc}cher.example", "ann@bucher.example"), NO_MATCH);
        assert_eq!(match_single("ann@\u{fffd}.example", "ann@\u{fffd}.example.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_domain_that_only_maps_to_the_certified_one_is_another() {
        for from in [
            "ann@\u{ff45}xample.org",
            "ann@exam\u{ad}ple.org",
            "ann@exam\u{200b}ple.org",
            "ann@example\u{3002}org",
            "ann@\u{435}xample.org",
            "ann@\u{1d41e}xample.org",
        ] {
            assert_eq!(match_single("ann@example.org", from), NO_MATCH, "{from}");
        }
        assert_eq!(
            match_single("ann@xn--bcher-kva.example", "ann@bu\u{308}cher.example"),
            NO_MATCH
        );
    }

    #[test]
    fn rule_20_case_folded_local_part_outweighs_the_domain_rule() {
        let folded = (AddressMatch::From, Some(AddressMatchRule::CaseFolded));
        assert_eq!(match_single("ANN@xn--bcher-kva.example", "ann@b\u{fc}cher.example"), folded);
    }

    #[test]
    fn rule_20_smtp_utf8_mailbox_says_so() {
        let address = CertifiedAddress { is_smtp_utf8: true, ..certified("\u{e4}nn@example.org") };
        let expected = (AddressMatch::From, Some(AddressMatchRule::Smtputf8));
        assert_eq!(match_addresses(&[address], &["\u{e4}nn@example.org"], None), expected);
    }

    #[test]
    fn rule_20_nul_inside_never_matches() {
        assert_eq!(match_single("ann@example.org\0.evil", "ann@example.org\0.evil"), NO_MATCH);
        let cut = CertifiedAddress { contains_nul: true, ..certified("ann@example.org") };
        assert_eq!(match_addresses(&[cut], &["ann@example.org"], None), NO_MATCH);
    }

    #[test]
    fn rule_20_certificate_without_address_is_its_own_answer() {
        let expected = (AddressMatch::NoAddressInCertificate, None);
        assert_eq!(match_addresses(&[], &["ann@example.org"], None), expected);
        assert_eq!(match_addresses(&[], &[], None), expected);
    }

    #[test]
    fn rule_20_strictest_of_several_certified_addresses_counts() {
        let addresses = [certified("ANN@example.org"), certified("ann@example.org")];
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_addresses(&addresses, &["ann@example.org"], None), exact);
    }

    #[test]
    fn rule_20_quoting_without_meaning_is_no_difference() {
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_single("\"ann\"@example.org", "ann@example.org"), exact);
        assert_eq!(match_single("\"a\\ n\"@example.org", "\"a n\"@example.org"), exact);
        assert_eq!(match_single("\"x@evil.org\"@example.org", "x@evil.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_neighbouring_addresses_do_not_match() {
        for from in ["ann@example.org.evil", "bann@example.org", "ann@sub.example.org", "ann", "@"]
        {
            assert_eq!(match_single("ann@example.org", from), NO_MATCH, "{from}");
        }
        assert_eq!(match_single("@example.org", "@example.org"), NO_MATCH);
        assert_eq!(match_single("example.org", "example.org"), NO_MATCH);
        assert_eq!(match_single("", ""), NO_MATCH);
    }

    #[test]
    fn rule_21_all_from_mailboxes_must_be_covered() {
        let both = [certified("ann@example.org"), certified("bob@example.org")];
        let from = ["ann@example.org", "bob@example.org"];
        let exact = Some(AddressMatchRule::Exact);
        assert_eq!(match_addresses(&both, &from, None), (AddressMatch::From, exact));
        let (one, _) = both.split_at(1);
        assert_eq!(match_addresses(one, &from, None), (AddressMatch::Partial, exact));
        let sender = Some("ann@example.org");
        assert_eq!(match_addresses(one, &from, sender), (AddressMatch::Partial, exact));
    }

    #[test]
    fn rule_21_sender_counts_only_where_from_does_not_match() {
        let addresses = [certified("list@example.org")];
        let sender = Some("list@example.org");
        let exact = Some(AddressMatchRule::Exact);
        let matched = match_addresses(&addresses, &["ann@example.org"], sender);
        assert_eq!(matched, (AddressMatch::SenderOnly, exact));
        let from = match_addresses(&addresses, &["list@example.org"], sender);
        assert_eq!(from, (AddressMatch::From, exact));
    }

    #[test]
    fn rule_21_message_without_from_matches_nothing() {
        let addresses = [certified("ann@example.org")];
        let matched = match_addresses(&addresses, &[], Some("ann@example.org"));
        assert_eq!(matched, (AddressMatch::NoFrom, None));
    }
}
