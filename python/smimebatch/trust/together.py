"""What trust in signers and trust in time-stamp authorities may have apart."""

from __future__ import annotations

from smimebatch.errors import OptionError
from smimebatch.trust import Trust
from smimebatch.trust.revocation import no_revocation


def check_lists(trust: Trust, tsa_trust: Trust | None) -> None:
    """Refuse lists and responses that come with `tsa_trust` alone: nobody would be asked there."""
    if tsa_trust is None or tsa_trust.revocation in (trust.revocation, no_revocation()):
        return
    raise OptionError(
        "tsa_trust",
        expected="anchors and intermediates",
        found="certificate lists or OCSP responses that trust does not have",
        remedy="give them to trust: what it has is asked about time-stamp authorities too",
    )
