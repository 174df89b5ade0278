"""The columns of mail that jobs write: `mail` as Parquet, `evidence`, and `mail_index`.

They are no datasets of the core. The schemas are those that the sinks write with; a column without
a sentence is an error here, and fails `tests/test_reference.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smimebatch.sinks.mail_part import part_schema
from smimebatch.sources.mail_index import index_schema

IN_FILES = {"large_binary": "binary"}
"""Parquet has one type of octets, and ours have no schema of Arrow beside it (OUTPUT.md)."""
WHERE_FROM = {
    "source": "File the message came from, as in messages.",
    "source_index": "Position of the message in that source, as in messages.",
    "source_offset": "First byte of the message in its source, as in messages: not of what was "
    "written.",
    "source_length": "Bytes of the message in its source, as in messages: not of what was written.",
    "mbox_from": "From_ line that it had in its source; null where it had none.",
    "split_suspicious": "Whether the flag of that name is due, since the boundary of the message "
    "in its source is in doubt. [flag](codes.md#flag)",
    "read_error": "Why it could not be read in its source; null where it could. "
    "[error](codes.md#error)",
    "original_integrity": "The weakest of what protected the plaintext from change so far; the "
    "next run reads it; null where nothing is known of an envelope. "
    "[integrity](codes.md#integrity)",
}
OPENED = (
    "Whether the envelope that the source has is gone: after decrypt the message stands there "
    "without one, after reencrypt and rewrap in a new one. False for what is as it was, and always "
    "after encrypt and sign."
)
MAIL = {
    **WHERE_FROM,
    "raw": "The message as it was written; null where it could not be read, or is too large for a "
    "value of Parquet.",
    "opened": OPENED,
}
EVIDENCE = {
    **WHERE_FROM,
    "raw": "The message as it was in its source: with the signature, and inside it the envelope of "
    "before.",
    "opened": "As in mail, of which it is the other side: true, though raw is not opened.",
}
INDEX = {
    **WHERE_FROM,
    "opened": OPENED,
    "file": "Where it lies: what comes behind the name of this part without .parquet. '.mbox' with "
    "the part part-1-a is mail/part-1-a.mbox, '/cur/x' is mail/part-1-a/cur/x; null where no file "
    "has it.",
    "offset": "First byte of it in that file, of an mbox behind the From_ line; null where file "
    "is.",
    "length": "Bytes of it in that file, quoting and an added line end included, else of raw; null "
    "where nothing was written.",
    "quoted": "Whether lines that begin with From_ were quoted (mboxrd), which a reader of the "
    "file has to take back; null where file is.",
    "line_end_added": "Whether it has a line end more than it should, since an mbox needs one; "
    "null where file is.",
    "message_sha256": "SHA-256 of the message as it was written, quoting and line end taken back: "
    "output_sha256 of objects, not message_sha256 of messages, which is of the source; null where "
    "nothing was written.",
    "raw": "The message itself, where no file of the format can hold it; null otherwise.",
}
TABLES: tuple[tuple[str, str, Any, Mapping[str, str]], ...] = (
    (
        "mail",
        "One row per message that decrypt, encrypt, reencrypt, rewrap or sign wrote, in the order "
        "of the input; with --output-format parquet only. In any other format mail holds files, "
        "and mail_index has the rows.",
        part_schema,
        MAIL,
    ),
    (
        "evidence",
        "One row per message that lost a signature around its envelope (reencrypt, "
        "--outer-signature keep-original), as it was; always Parquet; without that option it is "
        "not there.",
        part_schema,
        EVIDENCE,
    ),
    (
        "mail_index",
        "One row per message of mail that was written as mbox, eml or maildir, in the order of the "
        "input: where it came from, and where it lies. Metadata `smimebatch.mail_format` names the "
        "format. Columns that begin with source are of the source, all from file on are of what "
        "was written.",
        index_schema,
        INDEX,
    ),
)


def mail_sections() -> list[str]:
    """The lines of the sections, in the form of the datasets'."""
    lines = []
    for name, said, schema, sentences in TABLES:
        lines += [f"## {name}\n", f"{said}\n", "| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| {it.name} | `{IN_FILES.get(str(it.type), it.type)}` | {sentences[it.name]} |"
            for it in schema()
        ]
        lines.append("")
    return lines
