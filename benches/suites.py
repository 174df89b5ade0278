"""The suites of run.py, each a generator of rows: what is measured, on what, in which turn.

Within a round everything is measured once, one after another, so that what disturbs the machine
disturbs all of it. Every row holds the verdicts that came out, and whether they are right.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gen_corpus
from machine import lanes_of_this_machine
from measure import (
    Corpus,
    first_of,
    measure_floor,
    measure_smimebatch,
    measure_stages,
    python_command,
    run,
)
from peers import ENVELOPES, VERIFYING, NotRunError, Peer, openssl_api

from smimebatch.bench.machine import thread_counts

HERE = pathlib.Path(__file__).parent
Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    reference_messages: int
    matrix_messages: int
    matrix_rounds: int
    memory_messages: tuple[int, ...]
    unsigned_bytes: int
    envelope_messages: int
    hostile_messages: int
    list_messages: tuple[int, ...]
    list_entries: int
    container_bytes: int
    tiny_messages: int
    scaling_messages: int


DEFAULT = Extent(
    rounds=5,
    reference_messages=50_000,
    matrix_messages=8_000,
    matrix_rounds=3,
    memory_messages=(10_000, 100_000, 1_000_000),
    unsigned_bytes=400_000_000,
    envelope_messages=2_000,
    hostile_messages=20_000,
    list_messages=(2_000,),
    list_entries=1_000_000,
    container_bytes=100_000_000,
    tiny_messages=1_000_000,
    scaling_messages=300_000,
)
FULL = Extent(
    rounds=9,
    reference_messages=50_000,
    matrix_messages=20_000,
    matrix_rounds=5,
    memory_messages=(10_000, 100_000, 1_000_000),
    unsigned_bytes=1_000_000_000,
    envelope_messages=10_000,
    hostile_messages=50_000,
    list_messages=(2_000, 50_000),
    list_entries=5_000_000,
    container_bytes=200_000_000,
    tiny_messages=10_000_000,
    scaling_messages=1_000_000,
)
SMOKE = Extent(
    rounds=1,
    reference_messages=2_000,
    matrix_messages=400,
    matrix_rounds=1,
    memory_messages=(4_000, 8_000),
    unsigned_bytes=20_000_000,
    envelope_messages=100,
    hostile_messages=2_000,
    list_messages=(2_000,),
    list_entries=100_000,
    container_bytes=10_000_000,
    tiny_messages=100_000,
    scaling_messages=4_000,
)
"""Whether everything works, not how fast."""


def corpus(kind: str, name: str, **shape: Any) -> Corpus:
    """A corpus of the cache (benches/corpora, ignored by git), made when it is not there."""
    found = Corpus(name, HERE / "corpora" / name)
    whole = "issuing.key" if kind == "signed" else "truth.json"
    if not (found.folder / whole).exists():
        print(f"making the corpus {name} …", file=sys.stderr)
        gen_corpus.make(kind, found.folder, **shape)
        for part in found.folder.parent.glob(f"{name}-first-*"):
            shutil.rmtree(part)
    return found


def reference(extent: Extent, scratch: pathlib.Path) -> Rows:
    """The reference corpus: ours by kernels and threads, its floor, and every peer."""
    size = extent.reference_messages
    mails = corpus("signed", f"signed-{size}", messages=size)
    small = first_of(mails, 2_000) if size > 2_000 else mails
    peers = yield from prepared(VERIFYING)
    for turn in range(extent.rounds):
        head = {"round": turn, "suite": "reference"}
        for lanes in lanes_of_this_machine():
            for threads in (1, 2):
                yield head | measure_smimebatch(
                    python_command(), mails, threads, scratch, lanes=lanes
                )
            for found in measure_floor(mails, (1, 2), lanes):
                yield head | found
        for threads in (1, 2):
            yield head | measure_smimebatch(python_command(), small, threads, scratch)
        for peer in peers:
            given = mails if peer.messages is None else first_of(mails, min(size, peer.messages))
            for threads in peer.threads:
                yield head | peer.measure(given, threads)
            if peer.messages is None and given is not small:
                yield head | peer.measure(small, 1)
    for peer in peers:
        peer.close()
    yield from stages(mails)


def prepared(peers: tuple[Peer, ...]) -> Iterator[dict[str, Any]]:
    """Tells of every peer what it is or why it is not run; gives those that are ready."""
    ready = []
    for peer in peers:
        row = {"suite": "peers", "tool": peer.name, "does_less": peer.does_less, "correct": True}
        try:
            yield row | {"version": peer.prepare()}
            ready.append(peer)
        except NotRunError as reason:
            yield row | {"not_run": str(reason)}
    return ready


def stages(mails: Corpus) -> Rows:
    """Where the time of a job on one thread goes."""
    for found in measure_stages(mails):
        yield {"suite": "stages"} | found


def matrix(extent: Extent, scratch: pathlib.Path) -> Rows:
    """One thing at a time differs from the reference mail: ours and OpenSSL's API, one thread."""
    peers = yield from prepared((openssl_api.PEER,))
    cells = list(matrix_corpora(extent.matrix_messages))
    for turn in range(extent.matrix_rounds):
        for what, value, mails in cells:
            head = {"round": turn, "suite": "matrix", "what": what, "value": value}
            yield head | measure_smimebatch(python_command(), mails, 1, scratch)
            for found in measure_floor(mails, (1,)):
                yield head | found
            for peer in peers:
                yield head | peer.measure(mails, 1)


def matrix_corpora(messages: int) -> Iterator[tuple[str, str, Corpus]]:
    """(what differs, how, the corpus); blocks of different mail are repeated to the size."""
    block = min(messages, 2_000)

    def of(what: str, value: str, name: str, **shape: Any) -> tuple[str, str, Corpus]:
        shape = {"messages": block, "repeat": max(1, messages // block)} | shape
        return what, value, corpus("signed", f"matrix-{messages}-{name}", **shape)

    yield of("content", "3 KB", "reference")
    for kilobytes in (1, 30, 300, 1_000):
        # About 200 MB of mail at most.
        few = max(20, min(block, 100_000 // kilobytes))
        shape = {"body_bytes": kilobytes * 1_000, "messages": few, "senders": min(50, few)}
        repeat = max(1, min(messages // few, 200_000 // (kilobytes * few)))
        yield of("content", f"{kilobytes:,} KB", f"{kilobytes}kb", repeat=repeat, **shape)
    for algorithm in ("rsa3072", "rsa4096", "p256", "ed25519"):
        yield of("key", algorithm, algorithm, algorithm=algorithm, senders=20)
    yield of("signers", "1", "one-signer", senders=1)
    many = min(block, 1_000)
    shape = {"messages": many, "senders": many, "repeat": 1}
    yield of("signers", "one a message", "own-signer", **shape)
    for share in (0.9, 0.99):
        yield of("unsigned", f"{share:.0%}", f"unsigned-{share}", unsigned_share=share)
    for share in (0.0, 0.1, 0.5):
        yield of("damaged", f"{share:.0%}", f"damaged-{share}", tampered_share=share)


def unsigned(extent: Extent, scratch: pathlib.Path) -> Rows:
    """Ordinary list mail of three mean sizes, on one thread and two; then where its time goes."""
    size = extent.unsigned_bytes
    cells = [
        (name, corpus("unsigned", f"unsigned-{size}-{scale}", bytes=size, scale=scale))
        for scale, name in ((1.9, "7.3 KB"), (1.0, "4.7 KB"), (0.08, "2 KB"))
    ]
    for turn in range(extent.rounds):
        for name, mails in cells:
            for threads in (1, 2):
                row = measure_smimebatch(python_command(), mails, threads, scratch)
                yield {"round": turn, "suite": "unsigned", "mean": name} | row
    for name, mails in cells:
        for found in measure_stages(mails):
            yield {"suite": "unsigned stages", "mean": name} | found


def memory(extent: Extent, scratch: pathlib.Path) -> Rows:
    """Peak resident size over few and many messages, half of them signed."""
    for messages in extent.memory_messages:
        large = Corpus(f"large-{messages}", scratch / "large")
        gen_corpus.make("large", large.folder, messages=messages)
        try:
            for threads in (1, 2):
                row = measure_smimebatch(python_command(), large, threads, scratch)
                yield {"round": 0, "suite": "memory"} | row
        finally:
            shutil.rmtree(large.folder)


def envelopes(extent: Extent, scratch: pathlib.Path) -> Rows:
    """Encrypting and decrypting: ours with its floors (own_envelopes.py), and peers."""
    del scratch
    own = [sys.executable, str(pathlib.Path(__file__).with_name("own_envelopes.py"))]
    for threads in (1, 2):
        amounts = (extent.envelope_messages, 7_000, threads, 3)
        _, output = run([*own, *map(str, amounts)])
        for line in output.splitlines():
            yield {"suite": "envelopes"} | json.loads(line)
    for peer in ENVELOPES:
        about = {"suite": "peers", "tool": peer.NAME, "does_less": peer.DOES_LESS, "correct": True}
        try:
            command = peer.prepare()
        except NotRunError as reason:
            yield about | {"not_run": str(reason)}
            continue
        yield about | {"version": peer.version()}
        for threads in peer.THREADS:
            for row in peer.measure(command, extent.envelope_messages, 7_000, threads, 3):
                yield {"suite": "envelopes"} | row


def hostile(extent: Extent, scratch: pathlib.Path) -> Rows:
    """What one hostile message in a hundred costs (hostile.py)."""
    import hostile as suite

    yield from suite.measurements(min(extent.rounds, 5), extent.hostile_messages, scratch)


def chains(extent: Extent, scratch: pathlib.Path) -> Rows:
    """Chains and revocation (chains.py)."""
    import chains as suite

    rounds = min(extent.rounds, 5)
    try:
        openssl_api.PEER.prepare()
        program = pathlib.Path(str(openssl_api.PEER.program))
    except NotRunError:
        program = None
    yield from suite.pkits.measurements(rounds, program, scratch)
    yield from suite.lists(rounds, list(extent.list_messages), scratch)
    yield from suite.large(extent.list_entries, 2_000, scratch)


def containers(extent: Extent, scratch: pathlib.Path) -> Rows:
    """How fast each container gives its messages (containers.py)."""
    import containers as suite

    folder = scratch / "containers"
    folder.mkdir()
    yield from suite.containers(extent.container_bytes, folder)
    shutil.rmtree(folder)
    yield from suite.tiny(extent.tiny_messages, scratch)


def scaling(extent: Extent, scratch: pathlib.Path) -> Rows:
    """One thread, its doublings, all cores: ours, its floor, and OpenSSL's API on fewer mails.

    Two cores are in the reference suite already.
    """
    counts = thread_counts(os.cpu_count() or 1)
    if counts[-1] <= 2:
        return
    peers = yield from prepared((openssl_api.PEER,))
    size = extent.scaling_messages
    block = min(size, 20_000)
    mails = corpus("signed", f"scaling-{size}", messages=block, repeat=size // block)
    few = first_of(mails, block)
    for turn in range(min(extent.rounds, 3)):
        head = {"round": turn, "suite": "scaling"}
        for threads in counts:
            yield head | measure_smimebatch(python_command(), mails, threads, scratch)
            for peer in peers:
                yield head | peer.measure(few, threads)
        for found in measure_floor(mails, counts):
            yield head | found
        for lanes in lanes_of_this_machine()[1:]:
            for threads in (counts[0], counts[-1]):
                yield head | measure_smimebatch(
                    python_command(), mails, threads, scratch, lanes=lanes
                )
            for found in measure_floor(mails, (counts[0], counts[-1]), lanes):
                yield head | found


SUITES = {
    suite.__name__: suite
    for suite in (
        reference, matrix, unsigned, memory, envelopes, hostile, chains, containers, scaling,
    )
}  # fmt: skip
