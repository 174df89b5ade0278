"""What to do next, by what was found: one sentence per reason, for someone who must decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BY_REASON = {
    "digest_mismatch": "Do not rely on the content: it is not what was signed. Gateways, lists and "
    "virus scanners are the usual causes; another copy of the message may be intact.",
    "signature_mismatch": "Do not rely on the signature: it was not made by this key over this.",
    "malformed": "Do not rely on the signature. Another copy of the message may be intact.",
    "content_missing": "Find the signed content: it was stored or sent apart from the signature.",
    "signer_certificate_missing": "Give the signer's certificate with --intermediates.",
    "ess_certificate_mismatch": "Do not rely on who signed: another certificate is named.",
    "algorithm_protection_mismatch": "Do not rely on the signature: its algorithms were exchanged.",
    "unsupported_algorithm": "Ask another program: this one lacks the algorithm and says nothing.",
    "limit": "Look at the message by hand: it exceeds a limit that protects against hostile mail.",
    "internal_error": "Please report it, with the message if you may.",
    "repaired": "The signature is good for the text before an archive or list changed it. Repair "
    "the stored copy, or find another one, before relying on it.",
    "strict_quirk": "Without --strict the deviations listed as quirks are tolerated.",
    "chain_untrusted_root": "If you trust this root for e-mail, name it with --trust.",
    "chain_anchor_not_trusted": "Judge it at the time of the message (--at date, which proves "
    "nothing); `smimebatch trust list` shows the dates of the root.",
    "chain_no_path": "Give the missing issuer's certificate with --intermediates.",
    "chain_expired": "See whether it held when it was made: --at date or --at claimed (which prove "
    "nothing); only a proof of time can make it pass today.",
    "chain_not_yet_valid": "Compare the clocks: the time judged at lies before the certificate.",
    "chain_signature_invalid": "Do not rely on who signed: a certificate of the chain is forged.",
    "chain_not_a_ca": "Do not rely on who signed: someone issued a certificate without being a CA.",
    "chain_critical_extension": "Have the chain judged by another program; this version refuses "
    "chains with constraints it does not process yet.",
    "chain_key_usage": "Ask the issuer: the certificate was not made for this use.",
    "chain_extended_key_usage": "Ask the issuer: the certificate was not made for e-mail.",
    "address_mismatch": "Ask whether this signer may speak for this sender; --bind off judges the "
    "signature without that question.",
    "address_sender_only": "If Sender is enough for you, say --bind from-or-sender.",
    "address_partial": "Somebody named in From did not sign: rely on the signer only.",
    "address_missing_in_certificate": "If certificates without address are enough, say "
    "--bind-missing allow.",
    "no_from_address": "Look at the header: there is no sender to compare the signer with.",
    "no_signature_over_message": "Rely on the signed part only; anybody may have written the rest.",
    "signed_ciphertext_only": "Open the message first: what is signed is the encrypted form.",
    "coverage_partial": "Rely on the signed part only; anybody may have written the rest.",
    "headers_mismatched": "Rely on the protected header fields, not on the visible ones.",
    "weak_now": "Only a proof of time from before the algorithm fell can make it pass today.",
    "weak_then": "Do not rely on it: the algorithm was already too weak.",
}
BY_KIND = {
    "plain": "Nothing: there is no S/MIME in this message.",
    "encrypted": "Open it with the key of one of the recipients; this version lists them and does "
    "not decrypt.",
    "signed_receipt": "See which message it acknowledges; it says nothing by itself.",
    "certs_only": "The certificates can be kept for other messages (--intermediates).",
    "compressed": "Nothing: there is no signature in it. Where compressed_not_opened is said, open "
    "it with another program.",
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
    if not given or message["indication"] == "NOT_SIGNED":
        given.append(BY_KIND.get(message["kind"], OTHERWISE))
    return dict.fromkeys(given)
