"""smimebatch inspect: one message as a tree, with every fact and the reason for its verdict."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.console import Group

from smimebatch import _native
from smimebatch.batch import current_time, new_engine
from smimebatch.cli.options import (
    AtOption,
    BindMissingOption,
    BindOption,
    ColumnOption,
    ConfigOption,
    InputFormatOption,
    IntermediatesOption,
    MboxVariantOption,
    NowOption,
    PolicyOption,
    StrictOption,
    TrustOption,
    TsaTrustOption,
    VouchOption,
    loaded_trust,
    loaded_tsa_trust,
    parsed_now,
)
from smimebatch.cli.path_options import (
    ChainModelOption,
    InhibitAnyPolicyOption,
    InhibitPolicyMappingOption,
    InitialPolicyOption,
    RequireExplicitPolicyOption,
)
from smimebatch.cli.revocation_options import CrlsOption, OcspOption, RevocationOption
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.errors import InputError, OptionError
from smimebatch.gathering import verification
from smimebatch.options import Policy
from smimebatch.report.console import print_to
from smimebatch.report.inspect import inspected, report
from smimebatch.sources import Archive, InputBatch, Inputs, ReadError
from smimebatch.sources.reading import ReadingOptions


def inspect(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="An mbox, EML or Parquet file, also compressed, or -."),
    ],
    index: Annotated[
        int | None,
        typer.Option("--index", metavar="N", min=0, help="Which message, counted from 0."),
        MAY_BE_FOUND,
    ] = None,
    message_id: Annotated[
        str | None,
        typer.Option("--message-id", metavar="ID", help="Which message, by its Message-ID."),
        MAY_BE_FOUND,
    ] = None,
    trust: TrustOption = None,
    intermediates: IntermediatesOption = None,
    crls: CrlsOption = None,
    ocsp: OcspOption = None,
    revocation: RevocationOption = "if-available",
    tsa_trust: TsaTrustOption = None,
    at: AtOption = "evidence",
    vouch: VouchOption = None,
    bind: BindOption = "from",
    bind_missing: BindMissingOption = "refuse",
    now: NowOption = None,
    strict: StrictOption = False,
    policy: PolicyOption = None,
    initial_policy: InitialPolicyOption = None,
    require_explicit_policy: RequireExplicitPolicyOption = False,
    inhibit_policy_mapping: InhibitPolicyMappingOption = False,
    inhibit_any_policy: InhibitAnyPolicyOption = False,
    chain_model: ChainModelOption = "shell",
    input_format: InputFormatOption = None,
    mbox_variant: MboxVariantOption = None,
    column: ColumnOption = None,
    config: ConfigOption = None,
) -> int:
    """Show one message as a tree: parts, layers, signers, every fact, and why the verdict."""
    if index is not None and message_id is not None:
        raise OptionError("--index", expected="no --message-id beside it", found="both")
    rules = Policy.given(
        at=at,
        bind=bind,
        bind_missing=bind_missing,
        strict=strict,
        revocation=revocation,
        vouch=vouch or (),
        policy=policy,
        initial_policies=initial_policy or (),
        require_explicit_policy=require_explicit_policy,
        inhibit_policy_mapping=inhibit_policy_mapping,
        inhibit_any_policy=inhibit_any_policy,
        chain_model=chain_model,
    )
    time = parsed_now(now) or current_time()
    store = loaded_trust(trust, intermediates, crls, ocsp)
    engine = new_engine(store, rules, time, 1, loaded_tsa_trust(tsa_trust))
    reading = ReadingOptions(
        input_format=input_format,
        mbox_variant=mbox_variant,
        column=column,
        vouched_column=rules.vouches.column,
    )
    archive = Archive(Inputs([file]), reading)
    if message_id is not None:
        batch, row = row_with_message_id(archive, engine, message_id)
    else:
        batch, row = row_at(archive, index or 0)
    batch = replace(batch, rows=rules.vouches.believed(batch.rows, input_format))
    print_to(sys.stdout, Group(*report(inspected(tables_of(engine, batch, row), store, time))))
    return 0


def tables_of(engine: _native.Engine, batch: InputBatch, row: int) -> _native.Tables:
    """Look into one message, wherever its bytes lie."""
    if batch.stored is not None:
        return engine.inspect_large(batch.rows, batch.stored)
    return engine.inspect(batch.rows, row)


def row_at(archive: Archive, index: int) -> tuple[InputBatch, int]:
    """Return the batch that holds the message at this position, and its row there."""
    first = 0
    troubles: list[ReadError] = []
    for item in archive:
        if isinstance(item, InputBatch):
            if index < first + item.rows.num_rows:
                return item, index - first
            first += item.rows.num_rows
        elif isinstance(item, ReadError):
            troubles.append(item)
    raise no_such(archive, f"a message at index {index}", f"{first} messages", troubles)


def row_with_message_id(
    archive: Archive, engine: _native.Engine, message_id: str
) -> tuple[InputBatch, int]:
    """Return the batch that holds the first message with this Message-ID, and its row there.

    Where there are several, stderr says how many: a later one may be another message.
    """
    wanted = message_id.strip().removeprefix("<").removesuffix(">")
    operation = verification(engine)
    spellings = pa.array([wanted, f"<{wanted}>"])
    troubles: list[ReadError] = []
    first: tuple[InputBatch, int] | None = None
    count = 0
    for item in archive:
        if isinstance(item, InputBatch):
            ids = pa.table(operation(item).tables.rows("messages"))["message_id"]
            found = pc.is_in(ids, spellings)
            count += pc.sum(found).as_py() or 0
            if first is None and count:
                first = item, pc.index(found, value=True).as_py()
                if item.stored is not None:  # its bytes are there until the next is read
                    return first
        elif isinstance(item, ReadError):
            troubles.append(item)
    if count > 1:
        say(f"smimebatch: {count} messages have this Message-ID, and this is the first of them")
    if first is not None:
        return first
    raise no_such(archive, f"a message with Message-ID <{wanted}>", "none", troubles)


def no_such(archive: Archive, expected: str, found: str, troubles: list[ReadError]) -> InputError:
    """Say what was there instead, and what could not be read."""
    told = "; ".join([found, *(f"{it.source}: {it.text}" for it in troubles[:3])])
    return InputError(", ".join(archive.inputs.given), expected=expected, found=told)
