"""What the project set out to reach, and what a run says of it."""

from __future__ import annotations

from tables import INSIDE, MISSED, WHOLE, Row, aim, median, ratio, select, table

ONE_GB_PER_S = 1_000
MEMORY_MIB, MEMORY_MIB_PER_THREAD = 512, 64
CRYPTOGRAPHY = ("digest", "check")
"""The stages that hold it."""
FLAT = 1.25
"""Peak over a hundred times as many messages: what counts as flat, buffers of threads included."""


def ours(rows: list[Row], corpus: str, threads: int, lanes: str = "auto") -> float | None:
    chosen = select(rows, tool="smimebatch", corpus=corpus, threads=threads, lanes=lanes)
    return median(chosen, INSIDE)


def floor(rows: list[Row], corpus: str, threads: int, lanes: str = "auto") -> float | None:
    return median(select(rows, tool="floor", corpus=corpus, threads=threads, lanes=lanes), WHOLE)


def peer(rows: list[Row], name: str, threads: int, corpus: str) -> float | None:
    return median(select(rows, tool=name, threads=threads, corpus=corpus), INSIDE)


def reference_corpus(rows: list[Row]) -> str:
    """The one whose floor was measured."""
    return next((row["corpus"] for row in rows if row["tool"] == "floor"), "")


def beginning_of(rows: list[Row], corpus: str) -> str:
    """Its first messages, where they were measured by themselves, else all of it."""
    parts = (row["corpus"] for row in rows if row.get("corpus", "").startswith(f"{corpus}, first "))
    return next(parts, corpus)


def table_of_aims(machine: Row, rows: list[Row]) -> list[str]:
    """The table of aims."""
    return table(("aim", "found", "met"), aims(machine, rows))


def aims(machine: Row, rows: list[Row]) -> list[list[str]]:
    """Each aim, what was found, and whether that is enough."""
    reference = select(rows, of="reference", suite="reference")
    lines = of_reference(machine, reference) + of_stages(select(rows, suite="stages"))
    lines += of_unsigned(rows) + of_memory(rows)
    return lines + of_chains(select(rows, of="chains"))


def why_missed(machine: Row, rows: list[Row]) -> list[str]:
    """What the missed figures are made of, by the same run."""
    lines = aims(machine, rows)
    if all(answer != MISSED for _, _, answer in lines):
        return []
    said = [
        *why_signed(select(rows, suite="stages")),
        *floors_beside_peers(select(rows, of="reference", suite="reference")),
        *why_unsigned(select(rows, suite="unsigned stages")),
        *why_memory(select(rows, suite="memory")),
    ]
    return ["What the missed figures are made of:\n", *(f"- {why}" for why in said), ""]


FEW = "signed-2000"
"""A corpus that some runs measure alone, in turn with OpenSSL's API and many times."""


def largest(stages: list[Row]) -> str:
    """The four stages that take longest."""
    whole = sum(row["us"] for row in stages)
    longest = sorted(stages, key=lambda row: -row["us"])[:4]
    return ", ".join(f"{row['stage']} {row['us'] / whole:.0%}" for row in longest)


def why_signed(stages: list[Row]) -> list[str]:
    """The profile of signed mail."""
    if not stages:
        return []
    whole = sum(row["us"] for row in stages)
    return [
        f"Signed mail, one thread, {whole:.1f} µs a message: {largest(stages)}"
        " ([all stages](#where-the-time-goes))."
    ]


def floors_beside_peers(rows: list[Row]) -> list[str]:
    """What the cryptography alone would reach against a peer that does all of its work."""
    name = reference_corpus(rows)
    openssl, bouncy = (
        peer(rows, "openssl_cms", 1, name),
        peer(rows, "Bouncy Castle", 2, beginning_of(rows, name)),
    )
    against = (
        ("OpenSSL's API with all kernels, one thread", ratio(floor(rows, name, 1), openssl)),
        ("OpenSSL's API with AVX2, one thread", ratio(floor(rows, name, 1, "avx2"), openssl)),
        ("Bouncy Castle, two threads", ratio(floor(rows, name, 2), bouncy)),
    )
    times = ", ".join(f"{times:.1f} times {whom}" for whom, times in against if times)
    if not times:
        return []
    return [
        f"The floor itself, digests and verifications with nothing else, is {times}: what an aim"
        " asks for beyond that, no reading, parsing or writing can give."
    ]


def why_unsigned(stages: list[Row]) -> list[str]:
    """The profile of ordinary mail by its size."""
    said = []
    for mean in dict.fromkeys(row["mean"] for row in stages):
        found = select(stages, mean=mean)
        whole = sum(row["us"] for row in found)
        said.append(f"{mean} on average, {whole:.1f} µs a message: {largest(found)}")
    if not said:
        return []
    return [f"Unsigned mail, one thread: {'; '.join(said)} ([more](#mail-without-signatures))."]


def why_memory(rows: list[Row]) -> list[str]:
    """Growth once the buffers are full."""
    said = []
    for threads in sorted({row["threads"] for row in rows}):
        found = sorted(select(rows, threads=threads), key=lambda row: row["messages"])
        if len(found) > 2:
            middle, last = found[-2], found[-1]
            times = last["peak_mib"] / middle["peak_mib"]
            said.append(
                f"{times:.2f} times from {middle['messages']:,} to {last['messages']:,} messages"
                f" on {threads} thread{'s' * (threads > 1)}"
            )
    if not said:
        return []
    return [
        f"Memory grows until row groups and what waits for its turn are full: {', '.join(said)}."
    ]


def of_reference(machine: Row, rows: list[Row]) -> list[list[str]]:
    """Ratios within the reference suite; smimebatch with Parquet written, on its own clock."""
    name = reference_corpus(rows)
    has_ifma = machine["flags"]["avx512ifma"]
    one, two = ours(rows, name, 1), ours(rows, name, 2)
    small = beginning_of(rows, name)
    openssl, bouncy = peer(rows, "openssl_cms", 1, name), peer(rows, "Bouncy Castle", 2, small)
    with_avx2 = ours(rows, name, 1, "avx2") or (None if has_ifma else one)
    with_ifma = one if has_ifma else None
    turns = len({row["round"] for row in select(rows, corpus=FEW, tool="openssl_cms", threads=1)})
    is_apart = turns and name not in (FEW, "")
    alone = [(FEW, f"2,000 mails alone in {turns} rounds")] if is_apart else []
    floor_scaling = ratio(floor(rows, name, 2), floor(rows, name, 1))
    return (
        [
            aim(
                f"whole verify job at least 50 % of the floor, {said}",
                ratio(ours(rows, name, threads), floor(rows, name, threads)),
                "{:.1%}",
                lambda value: value >= 0.5,
            )
            for threads, said in ((1, "one thread"), (2, "two threads"))
        ]
        + [
            aim(
                f"at least 7 times OpenSSL 4.0's C API, one thread, {said}",
                ratio(ours(rows, corpus, 1), peer(rows, "openssl_cms", 1, corpus)),
                "{:.1f} times",
                lambda value: value >= 7,
            )
            for corpus, said in (
                (small, "few mails, so that fixed costs weigh"),
                (name, "many mails"),
                *alone,
            )
        ]
        + [
            aim(
                "at least 20 times OpenSSL 4.0's C API, one thread, AVX2 (`SMIMEBATCH_LANES=avx2`)",
                ratio(with_avx2, openssl),
                "{:.1f} times",
                lambda value: value >= 20,
            ),
            aim(
                "at least 30 times OpenSSL 4.0's C API, one thread, AVX-512 IFMA",
                ratio(with_ifma, openssl),
                "{:.1f} times",
                lambda value: value >= 30,
            ),
            aim(
                "at least 10 times Bouncy Castle 1.72 warm, two threads each",
                ratio(ours(rows, small, 2), bouncy),
                "{:.1f} times",
                lambda value: value >= 10,
            ),
            aim(
                "two threads scale at least 95 % as well as the floor "
                + (f"({floor_scaling:.2f} times)" if floor_scaling else ""),
                ratio(ratio(two, one), floor_scaling),
                "{:.1%}",
                lambda value: value >= 0.95,
            ),
        ]
    )


def of_stages(stages: list[Row]) -> list[list[str]]:
    """What is left to do beside the cryptography."""
    rest = sum(row["us"] for row in stages if row["stage"] not in CRYPTOGRAPHY)
    return [
        aim(
            "all that is not cryptography, writing included, below 8 µs a signed mail, one thread",
            rest if stages else None,
            "{:.1f} µs",
            lambda value: value < 8,
        )
    ]


def of_unsigned(rows: list[Row]) -> list[list[str]]:
    """Throughput of ordinary mail."""
    suite = select(rows, suite="unsigned", threads=1)
    return [
        aim(
            f"unsigned mail of {mean} on average: 1 GB/s per core",
            median(select(suite, mean=mean), "mb_per_s_inside"),
            "{:,.0f} MB/s",
            lambda value: value >= ONE_GB_PER_S,
        )
        for mean in ("7.3 KB", "2 KB")
    ]


def of_memory(rows: list[Row]) -> list[list[str]]:
    """Peaks, and that they do not grow."""
    suite = sorted(select(rows, suite="memory"), key=lambda row: row["messages"])
    lines = []
    for threads in (1, 2):
        found = select(suite, threads=threads)
        few, many = (found[0], found[-1]) if len(found) > 1 else ({}, {})
        limit = MEMORY_MIB + MEMORY_MIB_PER_THREAD * threads
        lines.append(
            aim(
                f"peak memory below {limit} MiB, {threads} thread{'s' * (threads > 1)}",
                many.get("peak_mib"),
                "{:.0f} MiB",
                lambda value, limit=limit: value < limit,
            )
        )
        said = f" from {few['messages']:,} to {many['messages']:,} messages" if few else ""
        lines.append(
            aim(
                f"memory flat{said}, {threads} thread{'s' * (threads > 1)}",
                ratio(many.get("peak_mib"), few.get("peak_mib")),
                "{:.2f} times",
                lambda value: value <= FLAT,
            )
        )
    return lines


def of_chains(rows: list[Row]) -> list[list[str]]:
    """Chains and revocation."""
    pkits, lists, large = (select(rows, suite=name) for name in ("pkits", "lists", "large"))
    command = median(select(pkits, tool="openssl cms"), "inside_s")
    gain = ratio(command, median(select(pkits, tool="verify_batch"), "inside_s"))
    name = "224 PKITS mails with their lists: `verify_batch` at least 20 times `openssl cms`"
    lines = [aim(name, gain, "{:.1f} times", lambda value: value >= 20)]
    for corpus in sorted({row["corpus"] for row in lists}):
        chosen = select(lists, corpus=corpus)
        on, off = (median(select(chosen, revocation=it), "inside_s") for it in ("required", "off"))
        name = f"{corpus}: revocation required costs at most 10 % over none"
        lines.append(aim(name, ratio(on, off), "{:.3f} times", lambda value: value <= 1.1))
    worst = max((row["times_size"] for row in large if "times_size" in row), default=None)
    longest = max((row["entries"] for row in large), default=0)
    entries = f"lists of {longest:,} entries" if longest else "long lists"
    name = f"{entries}: memory at most 4 times their size"
    lines.append(aim(name, worst, "{:.2f} times", lambda value: value <= 4))
    return lines
