"""Decrypting from Python: `decrypt`, which is `verify` with keys and mail that is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from smimebatch.api import Place, verify_archive
from smimebatch.batch import given_trust
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError
from smimebatch.given import places_of
from smimebatch.keys import Vault
from smimebatch.options import Policy, VerifyOptions
from smimebatch.run import Run
from smimebatch.sinks.scanning import Scan
from smimebatch.trust import Trust


def decrypt(
    inputs: Place | Sequence[Place],
    *,
    vault: Vault,
    output: Place | None = None,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    overwrite: bool = False,
    inner_facts: bool = False,
    scan: Scan | None = None,
    output_format: str | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Run:
    """Decrypt every message of the inputs that a key of the vault opens.

    Writes the datasets of `verify`, in which what lay inside envelopes is judged too, and under
    `mail/` every message, without its envelope where that is gone: as `output_format`, which is
    `mbox`, `eml`, `maildir` or `parquet`, or as the inputs are. With a `scan`, that callable is
    handed each message (a ScannedMessage) in order, and none is written. With `dry_run` nothing is
    written at all: `planned` of the result says what would be. `options` are those of `verify`.
    Files of mail can be read by their owner alone.
    """
    check_vault(vault)
    if output is None and not dry_run:
        raise OptionError("output", expected="a directory", found="None")
    if scan is not None and (dry_run or output_format is not None):
        found = "dry_run" if dry_run else f"output_format {output_format}"
        raise OptionError("scan", expected="a run that hands the messages on", found=found)
    places = places_of(inputs, "inputs")
    return verify_archive(
        places,
        given_trust(trust),
        verify_options(options),
        tsa_trust=tsa_trust,
        output=output,
        overwrite=overwrite,
        envelopes=Envelopes(
            vault,
            inner_facts=inner_facts,
            writes_mail=True,
            mail_format=output_format,
            scan=scan,
        ),
        dry_run=dry_run,
    )


def check_vault(vault: object) -> None:
    """Refuse what is no vault."""
    if not isinstance(vault, Vault):
        raise OptionError(
            "vault", expected="a Vault", found=type(vault).__name__, remedy="Vault.load(…)"
        )


def verify_options(given: Mapping[str, Any]) -> VerifyOptions:
    """Return options given by the names of `verify`: of reading and working, and of judging."""
    names = {field.name for field in fields(VerifyOptions)} - {"policy"}
    working = {name: value for name, value in given.items() if name in names}
    judging = {name: value for name, value in given.items() if name not in names}
    return VerifyOptions(policy=Policy.given(**judging), **working)
