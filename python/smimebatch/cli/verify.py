"""smimebatch verify: archives in, datasets and a summary out."""

from __future__ import annotations

import sys
from contextlib import nullcontext

from smimebatch.api import verify_archive
from smimebatch.cli.asking import Asked, asked
from smimebatch.cli.memory import share_freed_memory
from smimebatch.cli.owner_only import files_for_the_owner
from smimebatch.cli.saying import say
from smimebatch.cli.shared import with_options_of
from smimebatch.cli.stamp import told_of
from smimebatch.envelopes import Envelopes
from smimebatch.report.summary import write_summary
from smimebatch.report.text import in_thousands
from smimebatch.schema import dataset_schema


@with_options_of(asked)
def verify(given: Asked) -> int:
    """Verify every message of an archive: one row per message, one row per signature."""
    return carry_out(given)


def carry_out(given: Asked, envelopes: Envelopes | None = None, *, dry_run: bool = False) -> int:
    """Run, and tell what came of it; with an `envelopes` envelopes are opened."""
    share_freed_memory(given.options.thread_count)
    output = given.output
    with files_for_the_owner() if envelopes is not None else nullcontext():
        run = verify_archive(
            given.inputs,
            given.trust,
            given.options,
            tsa_trust=given.tsa_trust,
            output=output,
            overwrite=given.overwrite,
            watcher=given.watcher.beside_output if dry_run else given.watcher,
            sinks=[given.lines] if given.lines is not None and not dry_run else [],
            settings=given.settings,
            sign_with=given.sign_with,
            stamp_with=given.stamp_with,
            envelopes=envelopes,
            dry_run=dry_run,
        )
    if given.lines is not None and not dry_run:
        given.lines.write_head(dataset_schema("messages").names)
    if run.was_finished:
        holds = f"{output} holds the result of this command already, of {run.now.isoformat()}"
        say(f"smimebatch: {holds}: nothing to do; --overwrite makes it anew")
    if run.messages_before:
        before = in_thousands(run.messages_before)
        say(f"smimebatch: went on behind {before} messages that were committed")
    write_summary(run, sys.stderr)
    if run.time_stamp is not None:
        say(told_of(run.time_stamp, str(output)))
    return run.exit_code
