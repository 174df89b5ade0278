"""The options of every command that judges an archive, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from smimebatch.cli.formats import is_flag
from smimebatch.cli.options import (
    WORK_PANEL,
    AtOption,
    BindMissingOption,
    BindOption,
    ColumnOption,
    ConfigOption,
    DebianWeakKeysOption,
    FilesFromOption,
    FormatOption,
    InputFormatOption,
    InputsArgument,
    IntermediatesOption,
    LimitOption,
    MboxVariantOption,
    NowOption,
    PolicyOption,
    StrictOption,
    TrustOption,
    TsaTrustOption,
    VouchOption,
    loaded_trust,
    loaded_tsa_trust,
    one_of,
    parsed_now,
    word_or_path,
)
from smimebatch.cli.path_options import (
    ChainModelOption,
    InhibitAnyPolicyOption,
    InhibitPolicyMappingOption,
    InitialPolicyOption,
    RequireExplicitPolicyOption,
)
from smimebatch.cli.progress import STYLES, new_progress
from smimebatch.cli.result_options import FailOnOption, SignWithOption, StampWithOption
from smimebatch.cli.revocation_options import CrlsOption, OcspOption, RevocationOption
from smimebatch.cli.rows import new_lines
from smimebatch.cli.settings import MAY_BE_FOUND, given_settings
from smimebatch.cli.watchers import Watchers, metrics_file, progress_file
from smimebatch.errors import OptionError
from smimebatch.job.shard import UNIT_MESSAGES, Shard
from smimebatch.options import (
    Policy,
    VerifyOptions,
    parse_fail_on,
    parse_size,
)
from smimebatch.sinks.lines import FORMATS, LinesSink
from smimebatch.sinks.watching import Watcher
from smimebatch.sources.reading import DEFAULT_BATCH_BYTES
from smimebatch.trust import Trust


def asked(
    context: typer.Context,
    inputs: InputsArgument = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Directory for the Parquet datasets; without it the rows of messages go to "
            "stdout.",
            rich_help_panel=WORK_PANEL,
            autocompletion=word_or_path(),
        ),
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
    debian_weak_keys: DebianWeakKeysOption = None,
    form: FormatOption = None,
    config: ConfigOption = None,
    input_format: InputFormatOption = None,
    mbox_variant: MboxVariantOption = None,
    files_from: FilesFromOption = None,
    column: ColumnOption = None,
    limit: LimitOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            metavar="N",
            help="Threads; as many as this process may use by default.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = None,
    batch_bytes: Annotated[
        str,
        typer.Option(
            "--batch-bytes",
            metavar="SIZE",
            help="Bytes of mail per batch, such as 8M; changes memory and speed, never results.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = f"{DEFAULT_BATCH_BYTES >> 20}M",
    fail_on: FailOnOption = "",
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            metavar="auto|bar|plain|json|none",
            help="How progress is shown on stderr; auto: a bar on a terminal, lines otherwise.",
            rich_help_panel=WORK_PANEL,
            autocompletion=one_of(*STYLES),
        ),
        MAY_BE_FOUND,
    ] = "auto",
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics-file",
            metavar="FILE",
            help="Keep counts and rates there in the text format of Prometheus.",
            rich_help_panel=WORK_PANEL,
            autocompletion=word_or_path(),
        ),
    ] = None,
    sign_with: SignWithOption = None,
    stamp_with: StampWithOption = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="i/N",
            help="Work on every N-th unit only, from the i-th on, counted from 0: one of N "
            "processes with an OUT each, which smimebatch merge joins.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = None,
    unit_messages: Annotated[
        int,
        typer.Option(
            "--unit-messages",
            metavar="N",
            help="Messages that are committed together: what an interrupt can cost.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = UNIT_MESSAGES,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Begin anew, and replace what OUT holds; without it an interrupted run goes on.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = False,
) -> Asked:
    """Take the options; what is wrong with one is raised before anything is read."""
    options = VerifyOptions(
        policy=Policy.given(
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
        ),
        now=parsed_now(now),
        jobs=jobs,
        batch_bytes=parse_size("--batch-bytes", batch_bytes),
        input_format=input_format,
        mbox_variant=mbox_variant,
        files_from=files_from,
        column=column,
        limit=limit,
        fail_on=parse_fail_on(fail_on),
        debian_weak_keys=debian_weak_keys,
        unit_messages=unit_messages,
        shard=Shard() if shard is None else Shard.parse(shard),
    )
    is_asked = is_flag(context, "form")
    lines = lines_for(form if is_asked or output is None else None, output)
    shown = new_progress(quiet_beside_rows(progress, lines), sys.stderr)
    return Asked(
        inputs=inputs or (),
        trust=loaded_trust(trust, intermediates, crls, ocsp),
        options=options,
        tsa_trust=loaded_tsa_trust(tsa_trust),
        output=output,
        overwrite=overwrite,
        watcher=Watchers(watchers_for(shown, output, metrics)),
        lines=lines,
        settings=given_settings(context, config),
        sign_with=sign_with,
        stamp_with=of_output("--stamp-with", stamp_with, output),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command that judges come to."""

    inputs: Sequence[str]
    trust: Trust
    options: VerifyOptions
    tsa_trust: Trust | None
    output: str | None
    overwrite: bool
    watcher: Watchers
    lines: LinesSink | None
    """Where rows go that go to no file."""
    settings: Mapping[str, Any]
    sign_with: str | None
    stamp_with: str | None


def watchers_for(shown: Watcher | None, output: str | None, metrics: str | None) -> list[Watcher]:
    """Return who watches the run: a person, `smimebatch status`, a collector of metrics."""
    watchers: list[Watcher] = [] if shown is None else [shown]
    if output is not None:
        watchers.append(progress_file(output))
    if metrics is not None:
        watchers.append(metrics_file(metrics))
    return watchers


def lines_for(form: str | None, output: str | None) -> LinesSink | None:
    """Return the writer of rows to stdout; there is none where they go to files."""
    if output is None:
        return new_lines(form or FORMATS[0])
    if form is not None:
        found = f"--output {output}, which takes Parquet datasets"
        raise OptionError("--format", expected="rows on stdout", found=found)
    return None


def of_output(option: str, value: str | None, output: str | None) -> str | None:
    """Refuse an option that is about a run directory where there is none."""
    if value is not None and output is None:
        raise OptionError(option, expected="a run with --output", found="rows on stdout")
    return value


def quiet_beside_rows(progress: str, lines: LinesSink | None) -> str:
    """Show no progress between rows on the same terminal, unless asked to."""
    rows_are_seen = lines is not None and sys.stdout.isatty() and sys.stderr.isatty()
    return "none" if rows_are_seen and progress == "auto" else progress
