"""Sections of the page: one function for each suite beside the reference."""

from __future__ import annotations

import pathlib

from charts import bars
from tables import INSIDE, WHOLE, Row, distinct, median, ratio, select, shown, spread, table


def matrix(rows: list[Row], drawn: pathlib.Path) -> list[str]:
    """One property of the mail differs at a time."""
    lines, drawing = [], []
    for what in distinct(rows, "what"):
        for value in distinct(select(rows, what=what), "value"):
            found = select(rows, what=what, value=value)
            ours, peer, floor = (
                select(found, tool=tool) for tool in ("smimebatch", "openssl_cms", "floor")
            )
            each = ours[0]["bytes"] / ours[0]["messages"]
            share = ratio(median(ours, INSIDE), median(floor, WHOLE))
            times = ratio(median(ours, INSIDE), median(peer, INSIDE))
            lines.append(
                [
                    f"{what}: {value}",
                    f"{each / 1e3:,.1f}",
                    spread(ours, INSIDE),
                    spread(ours, "mb_per_s_inside"),
                    shown(share, "{:.0%}"),
                    spread(peer, INSIDE),
                    shown(times, "{:,.1f}"),
                ]
            )
            if times:
                drawing.append((f"{what}: {value}", times, f"{times:,.1f} times", True))
    columns = (
        "mail", "KB each", "messages/s", "MB/s", "of the floor", "openssl_cms, messages/s", "ratio",
    )  # fmt: skip
    chart = bars(drawn / "matrix.svg", "Times as fast as OpenSSL's API, one thread", drawing)
    picture = [f"![Times as fast as OpenSSL's API by mail]({drawn.name}/{chart})\n"]
    said = (
        "One thread, inside. The first row is the reference mail; every other differs from it in"
        " what is named. Corpora are small (8,000 mails unless `--full`, fewer of large mails,"
        " 1,000 with a signer each), so that fixed costs weigh more than above; with as many keys"
        " as mails most of the time goes into comparing all of them for shared primes."
        " *Unsigned* and *damaged* are shares of the mails; OpenSSL"
        " reads no more than the header of an unsigned mail.\n"
    )
    return [said, *(picture if chart else []), *table(columns, lines)]


def unsigned(rows: list[Row]) -> list[str]:
    """Ordinary list mail by its mean size."""
    lines = []
    for mean in distinct(rows, "mean"):
        for threads in distinct(rows, "threads"):
            found = select(rows, mean=mean, threads=threads)
            cells = [mean, str(threads), spread(found, "mb_per_s_inside"), spread(found, INSIDE)]
            lines.append([*cells, f"{max(row['peak_mib'] for row in found):.0f}"])
    said = "Mail of a list, all datasets written: every message is hashed and gets its row.\n"
    return [said, *table(("mean size", "threads", "MB/s", "messages/s", "peak MiB"), lines)]


def unsigned_stages(rows: list[Row]) -> list[str]:
    """The profile of ordinary mail, one thread."""
    means = distinct(rows, "mean")
    lines = []
    for stage in distinct(rows, "stage"):
        times = [median(select(rows, mean=mean, stage=stage), "us") or 0.0 for mean in means]
        if max(times) >= 0.05:
            lines.append([stage, *(f"{us:.2f}" for us in times)])
    sums = (sum(row["us"] for row in select(rows, mean=mean)) for mean in means)
    lines.append(["all", *(f"{us:.2f}" for us in sums)])
    said = "Where the time of one thread goes, in µs a message, by mean size:\n"
    return [said, *table(("stage", *means), lines)]


def memory(rows: list[Row]) -> list[str]:
    """Peaks by number of messages."""
    ordered = sorted(rows, key=lambda row: (row["threads"], row["messages"]))
    lines = [
        [
            str(row["threads"]),
            f"{row['messages']:,}",
            f"{row['bytes'] / 1e6:,.0f}",
            f"{row['peak_mib']:.0f}",
            f"{row[INSIDE]:,.0f}",
        ]
        for row in ordered
    ]
    said = (
        "Peak resident size of the process; half of the mails are signed by 50 people. A run holds"
        " one row group of every dataset and, on several threads, up to 16 batches that wait for"
        " their turn; few messages do not fill them.\n"
    )
    return [said, *table(("threads", "messages", "MB of mail", "peak MiB", "messages/s"), lines)]


def hostile(rows: list[Row]) -> list[str]:
    """One hostile message in a hundred."""
    clean = next((it for it in distinct(rows, "corpus") if it.startswith("signed-")), None)
    base = median(select(rows, corpus=clean), "mb_per_s_inside")
    lines = []
    for corpus in distinct(rows, "corpus"):
        found = select(rows, corpus=corpus)
        share = ratio(median(found, "mb_per_s_inside"), base)
        lines.append([corpus, spread(found, "mb_per_s_inside"), shown(share, "{:.0%}")])
    said = "One hostile message in a hundred of the reference mails (`benches/hostile.py`).\n"
    return [said, *table(("archive", "MB/s", "of the clean one"), lines)]


def chains(rows: list[Row]) -> list[str]:
    """NIST's PKITS, revocation on and off, and long lists."""
    pkits, lists, large = (select(rows, suite=name) for name in ("pkits", "lists", "large"))
    command = median(select(pkits, tool="openssl cms"), "inside_s")
    lines = []
    for tool in distinct(pkits, "tool"):
        found = [
            row | {"inside_ms": row["inside_s"] * 1e3, "whole_ms": row["wall_s"] * 1e3}
            for row in select(pkits, tool=tool)
        ]
        right = f"{found[0]['agreed']} of {found[0]['compared']}" if "agreed" in found[0] else ""
        times = shown(ratio(command, median(found, "inside_s")), "{:.1f}")
        cells = [tool, str(found[0]["good"]), right, spread(found, "inside_ms")]
        lines.append([*cells, spread(found, "whole_ms"), times])
    columns = ("PKITS", "passed", "right", "inside, ms", "whole, ms", "`openssl cms` / inside")
    parts = [
        "The 224 signed mails of NIST's PKITS with their lists, policies and lists checked by all:"
        " `openssl cms`, one process a mail; `openssl_cms`, the C API; `verify_batch`, the library"
        " with its results in memory; `smimebatch`, the command with all datasets. *Right*: agrees"
        " with the suite on the subtests with the settings that everybody has.\n",
        *table(columns, lines),
    ]
    lines = [
        [corpus, mode, spread(select(lists, corpus=corpus, revocation=mode), INSIDE)]
        for corpus in distinct(lists, "corpus")
        for mode in ("off", "required")
    ]
    parts += table(("corpus", "`--revocation`", "messages/s"), lines)
    lines = [
        [
            row["list"],
            f"{row['entries']:,}",
            f"{row['list_bytes'] / 1e6:.0f}",
            f"{row['load_s']:.2f}",
            f"{row['load_times_size']:.2f}",
            f"{row['times_size']:.2f}",
        ]
        for row in large
        if row["entries"]
    ]
    columns = ("long list", "entries", "MB", "loaded, s", "loaded, times its size", "in a run")
    parts.append("Memory is peak resident size over the same process without the list.\n")
    return parts + table(columns, lines)


def containers(rows: list[Row]) -> list[str]:
    """Reading without judging."""
    lines = [
        [
            row["container"],
            f"{row['mb_per_s']:,.0f}",
            f"{row['decompressor_mb_per_s']:,.0f}" if "decompressor_mb_per_s" in row else "",
        ]
        for row in select(rows, suite="containers")
    ]
    parts = table(("container", "read, MB/s", "its decompressor alone, MB/s"), lines)
    lines = [
        [f"{row['messages']:,}", f"{row['wall_s']:.1f}", f"{row['peak_mib']:.0f}"]
        for row in select(rows, suite="tiny")
    ]
    if lines:
        parts.append("Messages of 80 octets:\n")
        parts += table(("messages", "seconds", "peak MiB"), lines)
    return parts


def envelopes(rows: list[Row]) -> list[str]:
    """Ours beside its floors and peers."""
    about = ("tool", "what", "form", "threads", "messages")
    kinds = dict.fromkeys(tuple(row[name] for name in about) for row in rows)
    lines = []
    for kind in kinds:
        tool, what, form, threads, count = kind
        found = select(rows, **dict(zip(about, kind, strict=True)))
        lines.append([tool, what, form, str(threads), f"{count:,}", spread(found, WHOLE)])
    said = (
        "RSA-2048, AES-256-CBC, 7 KB, one recipient. Ours are whole jobs: Parquet read and written,"
        " with every dataset; what was encrypted is read again from the disk, what was"
        " re-encrypted is opened again and compared, so that it costs two private operations a"
        " message; `memory` are `encrypt_batch` and its like over Arrow data, with all tables and"
        " without a proof. The floors are AWS-LC's operations alone. Peers hold everything in"
        " memory, as DER or as S/MIME text, which is what archives of mail hold.\n"
    )
    head = ("program", "does", "form", "threads", "messages", "messages/s")
    return [said, *table(head, lines)]


def scaling(rows: list[Row]) -> list[str]:
    """From one thread to all cores."""
    found = select(rows, suite="scaling")
    lines = []
    for lanes in distinct(found, "lanes"):
        ours, floor = (select(found, tool=tool, lanes=lanes) for tool in ("smimebatch", "floor"))
        one = median(select(ours, threads=1), INSIDE)
        one_floor = median(select(floor, threads=1), WHOLE)
        for threads in distinct(ours, "threads"):
            these, those, its = (
                select(some, threads=threads)
                for some in (ours, floor, select(found, tool="openssl_cms"))
            )
            rate, floor_rate = median(these, INSIDE), median(those, WHOLE)
            peer = its if lanes == "auto" else []
            lines.append(
                [
                    lanes,
                    str(threads),
                    spread(these, INSIDE),
                    shown(ratio(rate, one)),
                    spread(those, WHOLE),
                    shown(ratio(floor_rate, one_floor)),
                    f"{max(row['peak_mib'] for row in these):.0f}",
                    spread(peer, INSIDE) if peer else "",
                    shown(ratio(rate, median(peer, INSIDE)), "{:,.1f}") if peer else "",
                ]
            )
    columns = (
        "lanes", "threads", "messages/s inside", "times one thread", "floor, messages/s",
        "times one thread", "peak MiB", "openssl_cms, messages/s", "ours / its",
    )  # fmt: skip
    return table(columns, lines)
