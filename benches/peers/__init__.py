"""Programs that people use today, one file each; peer.py says what a file offers.

`VERIFYING` do what a row of `verify` does, `ENVELOPES` encrypt and decrypt what `own_envelopes.py`
does; each says how it does less.
"""

from __future__ import annotations

from peers import (
    bouncy_castle,
    envelope_openssl,
    envelope_pyca,
    gpgsm,
    m2crypto_peer,
    openssl_api,
    openssl_command,
    rsmime_peer,
)
from peers.peer import NotRunError, Peer

VERIFYING: tuple[Peer, ...] = (
    openssl_api.PEER,
    openssl_command.PEER,
    bouncy_castle.PEER,
    rsmime_peer.PEER,
    m2crypto_peer.PEER,
    gpgsm.PEER,
)
ENVELOPES = (envelope_openssl, envelope_pyca)

__all__ = ["ENVELOPES", "VERIFYING", "NotRunError", "Peer"]
