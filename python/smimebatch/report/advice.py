"""What to do next, by what was found: one sentence per code, for someone who must decide.

`inspect` shows them for one message, the reference page beside each code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BY_REASON = {
    "digest_mismatch": "Do not rely on the content: it is not what was signed. Gateways, lists and "
    "virus scanners are the usual causes; another copy of the message may be intact.",
    "signature_mismatch": "Do not rely on the signature: it was not made by this key over this.",
    "malformed": "Do not rely on the signature. Another copy of the message may be intact.",
    "content_missing": "Find the signed content: it was stored or sent apart from the signature.",
    "signer_certificate_missing": "Give the signer's certificate with --intermediates; for that of "
    "a time-stamp --tsa-trust must be given too.",
    "ess_certificate_mismatch": "Do not rely on who signed: another certificate is named.",
    "algorithm_protection_mismatch": "Do not rely on the signature: its algorithms were exchanged.",
    "unsupported_algorithm": "Ask another program: this one lacks the algorithm and says nothing.",
    "limit": "Look at the message by hand: it exceeds a limit that protects against hostile mail.",
    "internal_error": "Please report it, with the message if you may.",
    "repaired": "The signature is good for the text before an archive or list changed it. Repair "
    "the stored copy, or find another one, before relying on it.",
    "strict_quirk": "Without --strict the deviations listed as quirks are tolerated.",
    "chain_untrusted_root": "If you trust this root for e-mail, name it with --trust; the root of "
    "a time-stamp with --tsa-trust.",
    "chain_anchor_not_trusted": "`smimebatch trust list` shows the dates of the root. If it was "
    "trusted when the message was sent, judge it then (--at date, which proves nothing); "
    "certificates that were issued after its distrust-after date pass at no time.",
    "chain_no_path": "Give the missing issuer's certificate with --intermediates, or with --trust "
    "if it is a root that you trust; for that of a time-stamp --tsa-trust must be given too.",
    "chain_expired": "See whether it held when it was made: --at date or --at claimed (which prove "
    "nothing); only a proof of time can make it pass today.",
    "chain_not_yet_valid": "Compare the clocks: the time judged at lies before the certificate.",
    "chain_signature_invalid": "Do not rely on who signed: a certificate of the chain is forged or "
    "damaged.",
    "chain_not_a_ca": "Do not rely on who signed: someone issued a certificate without being a CA.",
    "chain_path_length": "Do not rely on who signed: a CA issued more than it was permitted to.",
    "chain_malformed": "Do not rely on who signed: a certificate of the chain is not well-formed.",
    "chain_budget": "Look at the message by hand: it brings certificates that lead into too many "
    "ways.",
    "chain_critical_extension": "Have the chain judged by another program; this one does not know "
    "what the extension asks for.",
    "chain_name_constraints": "Do not rely on who signed: a CA certified a name that it may not.",
    "chain_policy": "If no certificate policy is needed, leave --require-explicit-policy out; "
    "without that option a CA of the chain asks for one itself.",
    "chain_key_usage": "Ask the issuer: the certificate was not made for this use.",
    "chain_extended_key_usage": "Ask the issuer: the certificate was not made for e-mail.",
    "address_mismatch": "Ask whether this signer may speak for this sender; --bind off judges the "
    "signature without that question.",
    "address_sender_only": "If Sender is enough for you, say --bind from-or-sender.",
    "address_partial": "Somebody named in From did not sign: rely on the signer only.",
    "address_missing_in_certificate": "If certificates without address are enough, say "
    "--bind-missing allow.",
    "no_from_address": "Look at the header: there is no sender to compare the signer with.",
    "no_signature_over_message": "Rely on the signed part only, and only where its own signature "
    "is TOTAL_PASSED; anybody may have written the rest.",
    "signed_ciphertext_only": "Open the message first: what is signed is the encrypted form.",
    "content_not_opened": "Open what is inside with another program: nobody here saw what was "
    "signed.",
    "coverage_partial": "Rely on the signed part only; anybody may have written the rest.",
    "headers_mismatched": "Rely on the protected header fields, not on the visible ones.",
    "chain_revoked": "Only a proof of time from before the revocation can make it pass; "
    "revocation and its reason are in the row.",
    "chain_on_hold": "Ask the issuer, or give a later list: a hold is lifted or becomes final.",
    "chain_revocation_unknown": "Give the missing lists or responses with --crls and --ocsp.",
    "revocation_stale": "Give lists or responses made after the control time with --crls and "
    "--ocsp.",
    "timestamp_order": "Look at the time-stamps: one that is signed is younger than the proof.",
    "existed_before_validity": "Compare the times: the certificate began after the signature.",
    "made_after_expiry": "Do not rely on it: it was made when the certificate was no longer good.",
    "made_after_revocation": "Do not rely on it: it was made with a revoked certificate.",
    "weak_now": "Only a proof of time from before the algorithm fell can make it pass today; where "
    "algorithm_status is weak_unproven, only one of the whole message (--vouch).",
    "weak_then": "Do not rely on it: the algorithm was already too weak.",
}
BY_ERROR = {
    "null_value": "Look at the source of the Parquet file: this row has no message.",
    "internal_error": "Please report it, with the message if you may.",
    "message_too_large": "Look at the message by hand; in memory above 256 MiB: give it as a file.",
    "unsupported_algorithm": "Ask another program: this one lacks the algorithm and says nothing.",
    "limit": "Look at the message by hand: it exceeds a limit that protects against hostile mail.",
    "incomplete": "Get the whole message: let Mail download a partial .emlx, find an undamaged "
    "copy of a file that breaks off; where it changed, run again.",
    "unreadable_file": "See whether the file exists and may be read, then run again.",
    "corrupt_compression": "Find an undamaged copy; the messages before that place are judged.",
    "corrupt_parquet": "Find an undamaged copy; its other rows are in the results.",
    "column_missing": "Name the column of raw messages with --column.",
    "unknown_format": "If it is mail all the same, say which kind with --input-format.",
    "corrupt_archive": "Find an undamaged copy; the other members are in the results.",
    "encrypted_member": "Extract it with its password, and verify what comes out.",
    "unsupported_member": "Extract it with another program, and verify what comes out.",
    "envelope_kept": "Keep its key; reencrypt gives it other recipients, or open it by hand.",
    "archive_limit": "Make sure that it is no bomb; then extract it, and verify what comes out.",
}
BY_FLAG = {
    "other_signer_failed": "See the rows of the other signers; the best one decided.",
    "outer_signature_failed": "See the row of the outer signature; often a gateway made it.",
    "list_footer_likely": "Rely on the signed part only, and only where its own row passes; "
    "anybody may have written the rest.",
    "from_rewritten_likely": "Compare the signer's address with the From and Reply-To fields.",
    "signed_data_without_signers": "Nothing: nobody signed.",
    "econtent_in_detached": "Nothing; who compares with other programs: they may show the copy.",
    "content_is_signed_attributes": "Treat it as an attack.",
    "recipientinfo_reuse": "Treat it as an attack on the key, and do not answer with what it says.",
    "signer_certificate_ambiguous": "See certificate_sha256 for the one that was chosen.",
    "domain_signer": "Decide whether a signature of the domain is enough for you.",
    "compressed_not_opened": "Open it with another program.",
    "split_suspicious": "Look at the mbox at source_offset; --mbox-variant may split it better.",
    "reply_to_differs": "Nothing, but answer with care: usual for lists, and for fraud.",
    "sender_differs": "Nothing: usual for mail through a list.",
    "from_name_shows_address": "Believe the address, not the name.",
    "from_hidden_characters": "Believe from_addresses, not what a mail program shows.",
    "control_time_missing": "See control_time: the time of the run was taken instead.",
    "time_inconsistent": "See time_evidence, signing_time_claim and date: a clock was wrong, or "
    "one of them is not what it seems.",
    "time_evidence_conflict": "See time_evidence: what you vouch for lies before the certificate "
    "was valid, so that one of the two is wrong.",
    "vouched_claim": "Nothing, if the Date headers of this archive can be relied on.",
    "resent_fields": "Nothing: the From address is still the author's.",
}
BY_KIND = {
    "plain": "Nothing: there is no S/MIME in this message.",
    "encrypted": "Open it with the key of one of the recipients: smimebatch decrypt --keys KEYS.",
    "signed_receipt": "See which message it acknowledges; it says nothing by itself.",
    "certs_only": "The certificates can be kept for other messages (--intermediates).",
    "compressed": "Nothing: there is no signature in it. Where compressed_not_opened is said, open "
    "it with another program.",
    "other_cms": "Open it with the program that made it: it is no kind of mail.",
    "pgp_mime": "Ask an OpenPGP program: this one does not examine OpenPGP.",
    "pgp_inline": "Ask an OpenPGP program: this one does not examine OpenPGP.",
    "unreadable": "Look at the source: no message could be read here.",
}
PASSED = "Nothing: keep the message as it is stored."
OTHERWISE = "Look at the facts below."


def advice(message: dict[str, Any]) -> Iterable[str]:
    """Give what to do next about a message, the most pressing first, each sentence once."""
    given = [BY_REASON[reason] for reason in message["reasons"] or () if reason in BY_REASON]
    if message["indication"] == "TOTAL_PASSED":
        return [*given, PASSED] if "headers_mismatched" in message["reasons"] else [PASSED]
    if not given and message["error"] in BY_ERROR:
        return [BY_ERROR[message["error"]]]
    if not given or message["indication"] == "NOT_SIGNED":
        given.append(BY_KIND.get(message["kind"], OTHERWISE))
    return dict.fromkeys(given)
