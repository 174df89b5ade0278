"""Whatever a message is, it comes out of every format as it went in, or is told and kept apart."""

import hashlib
import pathlib
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.mail_formats.written import PLAIN_FORMATS, files, findings, read
from tests.sealing.keyring import NOW, as_parquet

import smimebatch as sb
from smimebatch.sinks.indexed_mail import IndexedMail
from smimebatch.sinks.mail_formats import CONTAINERS, new_mail
from smimebatch.sinks.mail_tree import safe_name
from smimebatch.sinks.opened_mail import OpenedMail
from smimebatch.sources.mbox_quoting import quoted, unquoted

FIELD = b"From: a@example.com\n"
ODD = {
    "empty": b"",
    "no final line end": FIELD + b"\nno end",
    "no line end, and a bare CR last": FIELD + b"\nno end\r",
    "bare CR": FIELD + b"\na\rFrom b\rc\n",
    "NUL": FIELD + b"\n\0\0\n",
    "From_ line": FIELD + b"\nDear\n\nFrom a@b Thu Jan  1 00:00:00 2015\nSubject: x\n\nend\n",
    "From_ line at the beginning": b"From a@b Thu Jan  1 00:00:00 2015\nSubject: x\n\nend\n",
    "quoted From_ lines": FIELD + b"\n>From a\n>>From b\nFrom c\n >From d\n",
    "empty lines at the end": FIELD + b"\nend\n\n\n\n",
    "CR LF": FIELD.replace(b"\n", b"\r\n") + b"\r\nFrom a\r\n\r\n",
    "CR LF, then no line end": FIELD.replace(b"\n", b"\r\n") + b"\r\nno end",
    "no header": b"just a line\n",
    "begins with an empty line": b"\n" + FIELD + b"\nbody\n",
    "gzip": b"\x1f\x8b\x08\x00 is how it begins\n",
    "Parquet": b"PAR1 is how it begins\n",
    "zip": b"PK\x03\x04 is how it begins\n",
    "emlx": b"12\nFrom: a@example.com\n\nbody\n",
    "Thunderbird": FIELD + b"\nFrom - Thu Jan  1 00:00:00 2015\nX-Mozilla-Status: 0001\n\nend\n",
    "Content-Length": b"Content-Length: 3\n" + FIELD + b"\nlonger than it says\n\n\n",
    "open multipart": FIELD + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nend\n',
    "no body": FIELD,
    "a line only": b"From: a",
    "8 bit": FIELD + b"\n\xff\xfe\x80\n",
    "byte order mark": b"\xef\xbb\xbf" + FIELD + b"\nbody\n",
}
APART = {
    "mbox": {"empty", "no header", "begins with an empty line", "gzip", "Parquet", "zip", "emlx"}
    | {"byte order mark"},
    "eml": {"empty", "gzip", "Parquet", "zip", "emlx"},
    "maildir": {"empty", "gzip"},
}


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_odd_mail_is_as_it_was_or_told_and_kept(keyring, tmp_path, form):
    messages = [*ODD.values(), None]
    archive = as_parquet(messages, tmp_path / "odd.parquet")
    options = {"vault": keyring.vault("p256"), "now": NOW, "output_format": form}
    run = sb.decrypt(archive, output=tmp_path / "run", **options)
    assert [row["raw"] for row in read(tmp_path / "run" / "mail")] == messages
    index = pq.read_table(tmp_path / "run" / "mail_index").to_pylist()
    apart = {name for name, row in zip(ODD, index, strict=False) if row["raw"] is not None}
    assert apart == APART[form]
    assert run.totals.mail_in_index == len(apart)
    assert findings(tmp_path / "run") == []


@pytest.mark.parametrize("form", PLAIN_FORMATS)
@pytest.mark.parametrize("job", ["encrypt", "reencrypt"])
def test_odd_mail_in_new_envelopes_comes_out_alike_from_every_format(keyring, tmp_path, form, job):
    archive = as_parquet(list(ODD.values()), tmp_path / "odd.parquet")
    options = {"vault": keyring.vault("p256"), "now": NOW, "to": keyring.certificate("p256")}
    found = {}
    for name in (form, "parquet"):
        run = getattr(sb, job)(archive, output=tmp_path / name, output_format=name, **options)
        assert not run.totals.objects["COMMITTED_UNVERIFIED"]
        opened = tmp_path / f"{name}-opened"
        sb.decrypt(tmp_path / name / "mail", output=opened, vault=options["vault"], now=NOW)
        found[name] = (run.totals.objects, read(opened / "mail"))
    assert found[form] == found["parquet"]


PIECES = st.sampled_from(
    (
        *(b"From ", b"From a\n", b">From ", b">", b"\n", b"\r\n", b"\r", b"\0", b"a", b" ", b":"),
        *(b"From x@y Thu Jan  1 00:00:00 2015\n", b"Subject: x\n", b"X-Mozilla-Status: 0\n"),
        *(b"Content-Length: 2\n", b"From - Thu Jan  1 00:00:00 2015\n", b"--b\n"),
        *(b"\xff", b"PK", b"12\n"),
    )
)
BODIES = st.lists(PIECES, max_size=24).map(b"".join)
MESSAGES = st.one_of(BODIES, BODIES.map(lambda body: FIELD + body))


def rows_of(messages, *, as_stored):
    """The messages as the core hands them on, out of an mbox or of files of their own."""
    count = len(messages)
    from_line = b"From x@y Thu Jan  1 00:00:00 2015\n" if as_stored else None
    return pa.table(
        {
            "source": pa.array(["a.mbox"] * count, pa.string()),
            "source_index": pa.array(range(count), pa.int64()),
            "source_offset": pa.nulls(count, pa.int64()),
            "source_length": pa.nulls(count, pa.int64()),
            "mbox_from": pa.array([from_line] * count, pa.binary()),
            "split_suspicious": pa.nulls(count, pa.bool_()),
            "read_error": pa.nulls(count, pa.string()),
            "original_integrity": pa.nulls(count, pa.string()),
            "opened": pa.array([False] * count),
            "state": pa.nulls(count, pa.string()),
            "raw": pa.array(messages, pa.large_binary()),
            "output_sha256": pa.array(map(sha256, messages), pa.binary()),
        }
    )


def sha256(octets):
    return hashlib.sha256(octets).digest()


def raws(batches):
    return [raw for rows in batches for raw in rows["raw"].to_pylist()]


@pytest.mark.parametrize("form", PLAIN_FORMATS)
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=5), as_stored=st.booleans())
@example(messages=list(ODD.values()), as_stored=True)
@example(messages=list(ODD.values()), as_stored=False)
def test_reader_of_the_format_finds_every_message(form, messages, as_stored):
    with tempfile.TemporaryDirectory() as folder:
        part = new_mail(form, folder)
        part.write(rows_of(messages, as_stored=as_stored))
        part.finish({})
        assert raws(batch.rows for batch in part.read_again()) == messages
        keep = [number % 2 == 0 for number in range(len(messages))]
        part.rewrite(keep)
        part.finish({})
        assert raws(batch.rows for batch in part.read_again()) == messages[::2]
        part.abandon()


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(message=BODIES)
def test_quoting_is_undone_exactly_and_leaves_no_from_line(message):
    stored = quoted(message)
    assert unquoted(stored) == message
    assert not any(line.startswith(b"From ") for line in stored.split(b"\n"))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(sources=st.lists(st.text(max_size=150), unique=True, max_size=6))
def test_names_are_safe_and_of_one_source_each(sources):
    names = [safe_name(source) for source in sources]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.isascii() and len(name) <= 120 and not name.startswith(".")
        assert not set(name) & set("/\\:\0 \n")


class Forgetful(CONTAINERS["mbox"]):
    """An mbox of which a reader finds no message that begins at an odd place in the row."""

    def found(self, wanted):
        everything = super().found(wanted)
        return {place: everything[place] for place in wanted[::2]}


class Batch:
    octets = None

    def __init__(self, rows):
        self.mail = rows


@pytest.mark.parametrize("held_bytes", [1 << 20, 5])
def test_message_that_a_reader_does_not_find_goes_into_the_index(tmp_path, held_bytes):
    messages = [FIELD + b"\nnumber %d\n" % number for number in range(5)]
    mail = OpenedMail(str(tmp_path), {}, "mbox")
    mail._part.abandon()
    for path in tmp_path.iterdir():
        path.unlink()
    mail._part = IndexedMail(str(tmp_path), Forgetful, held_bytes)
    mail.write(Batch(rows_of(messages, as_stored=False)))
    mail.prove()
    made = mail.finish()
    assert mail.apart == 2 and made["mail"].rows == made["mail_index"].rows == 5
    index = pq.read_table(tmp_path / "mail_index.parquet").to_pylist()
    assert [row["raw"] for row in index] == [None, messages[1], None, messages[3], None]
    assert pathlib.Path(tmp_path, "mail.mbox").read_bytes().count(b"\nnumber") == 3


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_mail_that_changed_on_its_way_to_the_disk_ends_the_run(tmp_path, form):
    rows = rows_of([FIELD + b"\nnumber %d\n" % number for number in range(3)], as_stored=False)
    changed = [FIELD + b"\nnumber %d\n" % number for number in (0, 7, 2)]
    at = rows.schema.get_field_index("raw")
    mail = OpenedMail(str(tmp_path), {}, form)
    mail.write(Batch(rows.set_column(at, "raw", pa.array(changed, pa.large_binary()))))
    with pytest.raises(sb.StoppedError, match=r"message 1 of a\.mbox"):
        mail.prove()
    mail.abandon()


def test_eml_tree_holds_the_octets_alone(keyring, tmp_path):
    archive = as_parquet([FIELD + b"\nbody\n", FIELD + b"\nFrom x\nno end"], tmp_path / "a.parquet")
    options = {"vault": keyring.vault("p256"), "now": NOW, "output_format": "eml"}
    sb.decrypt(archive, output=tmp_path / "run", **options)
    assert [it.read_bytes() for it in files(tmp_path / "run")] == [
        FIELD + b"\nbody\n",
        FIELD + b"\nFrom x\nno end",
    ]
