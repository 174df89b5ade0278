"""The archive of a job that opens envelopes, makes new ones or signs, and its keys."""

from __future__ import annotations

import pathlib
from typing import Any

FROM_LINE = b"From a@example.org Mon Jan  1 00:00:00 2024\n"


def encrypted(mboxes: list[pathlib.Path], folder: pathlib.Path, work: str, mail_format: str) -> Any:
    """Encrypt every second message of each mbox, in place; return what the job is given."""
    import pyarrow.parquet as pq
    from tests.sealing.keyring import NOW, Keyring

    import smimebatch as sb
    from smimebatch.envelopes import Envelopes
    from smimebatch.recipients import Recipients
    from smimebatch.sealing import Sealing
    from smimebatch.signing import ANY, Manner, Signing
    from smimebatch.weak_keys import load_blacklists

    keyring = Keyring(folder / "keyring")
    keyring.folder.mkdir()
    for name in ("p256", "p384"):
        keyring.add(name, not_before=NOW.replace(year=2025))
    for mbox in mboxes:
        out = folder / "sealed"
        given = {"output": out, "output_format": "parquet", "now": NOW, "overwrite": True}
        sb.encrypt(mbox, to=keyring.certificate("p256"), **given)
        sealed = {
            row["source_index"]: row["raw"] for row in pq.read_table(out / "mail").to_pylist()
        }
        plain = mbox.read_bytes().split(FROM_LINE)[1:]
        chosen = [
            sealed[at].rstrip(b"\n") if at % 2 and at in sealed else text.rstrip(b"\n")
            for at, text in enumerate(plain)
        ]
        mbox.write_bytes(b"".join(FROM_LINE + text + b"\n\n" for text in chosen))
    vault = keyring.vault("p256", "p384")
    if work == "decrypt":
        return Envelopes(vault, writes_mail=True, mail_format=mail_format)
    weak_keys = load_blacklists(None).weak_keys()
    if work == "sign":
        signer, manner = keyring.vault("p256"), Manner(sign_as=ANY)
        signing = Signing.load(signer, manner, now=NOW, signed_at=NOW, weak_keys=weak_keys)
        return Envelopes(writes_mail=True, mail_format=mail_format, sealing=signing)
    recipients = Recipients.load([keyring.certificate("p384")], now=NOW, weak_keys=weak_keys)
    sealing = Sealing(work, recipients)
    return Envelopes(vault, writes_mail=True, mail_format=mail_format, sealing=sealing)
