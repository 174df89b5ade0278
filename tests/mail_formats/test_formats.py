"""Every job writes every format; what it wrote is read back as it was, from where it was."""

import mailbox
import os
import pathlib
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.mail_formats.written import FORMATS, PLAIN_FORMATS, files, findings, parts, read

import smimebatch as sb
from smimebatch.errors import OptionError
from smimebatch.job.merging import merge
from smimebatch.job.shard import Shard
from smimebatch.sinks.mail_tree import EmlTree
from smimebatch.sources.mbox_quoting import quoted

JOBS = ("decrypt", "encrypt", "reencrypt", "rewrap")


def run(house, job, out, form=None, source="mbox", **options):
    given = house.options | options
    if job != "decrypt":
        given["to"] = house.keyring.certificate("p384")
    place = house.archive(source)
    return getattr(sb, job)(place, output=out, output_format=form, **given)


@pytest.fixture(scope="module")
def as_parquet(house, tmp_path_factory):
    """What each job makes of the mbox, as Parquet."""
    folder = tmp_path_factory.mktemp("parquet")
    for job in JOBS:
        run(house, job, folder / job, "parquet")
    return folder


def places(rows):
    return [(row["source"], row["source_index"]) for row in rows]


@pytest.mark.parametrize("form", PLAIN_FORMATS)
@pytest.mark.parametrize("job", JOBS)
def test_mail_of_every_job_is_what_parquet_has(house, as_parquet, tmp_path, job, form):
    done = run(house, job, tmp_path / "run", form)
    expected = read(as_parquet / job / "mail")
    found = read(tmp_path / "run" / "mail")
    assert len(parts(tmp_path / "run")) > 1, "several units"
    assert places(found) == places(expected)
    if job == "decrypt":
        assert found == expected
        return
    assert done.totals.objects == {"SKIPPED": 4, "COMMITTED": 5} or done.totals.objects == {
        "SKIPPED": 5,
        "COMMITTED": 4,
    }
    opened = sb.decrypt(tmp_path / "run" / "mail", output=tmp_path / "opened", **house.options)
    first = sb.decrypt(as_parquet / job / "mail", output=tmp_path / "first", **house.options)
    assert opened.totals.decrypt_statuses == first.totals.decrypt_statuses
    assert read(tmp_path / "opened" / "mail") == read(tmp_path / "first" / "mail")
    assert findings(tmp_path / "run") == findings(tmp_path / "opened") == []


@pytest.mark.parametrize("form", FORMATS)
def test_verify_of_mail_gives_the_rows_of_the_sources(house, tmp_path, form):
    run(house, "decrypt", tmp_path / "run", form, "eml")
    sb.verify(tmp_path / "run" / "mail", output=tmp_path / "again")
    rows = pq.read_table(tmp_path / "again" / "messages").to_pylist()
    assert places(rows) == [(f"{number}.eml", 0) for number in range(len(house.messages))]
    # From above, or beside other mail, the name of the part comes before.
    sb.verify(tmp_path / "run", output=tmp_path / "above")
    rows = pq.read_table(tmp_path / "above" / "messages").to_pylist()
    assert len(rows) == len(house.messages)
    assert {row["source"].split("!")[1] for row in rows} == {
        f"{number}.eml" for number in range(len(house.messages))
    }


@pytest.mark.parametrize("form", FORMATS)
def test_import_of_mail_gives_its_messages(house, tmp_path, form):
    run(house, "decrypt", tmp_path / "run", form, "maildir")
    done = sb.import_mail(tmp_path / "run" / "mail", tmp_path / "all.parquet")
    assert done.errors == 0
    assert read(tmp_path / "all.parquet") == read(tmp_path / "run" / "mail")


@pytest.mark.parametrize("source", PLAIN_FORMATS)
def test_default_is_as_the_input(house, tmp_path, source):
    run(house, "decrypt", tmp_path / "run", source=source)
    suffix = ".mbox" if source == "mbox" else ""
    assert {part.suffix for part in parts(tmp_path / "run")} == {suffix}
    assert {part.is_dir() for part in parts(tmp_path / "run")} == {source != "mbox"}
    if source != "mbox":
        assert (parts(tmp_path / "run")[0] / "cur").is_dir() == (source == "maildir")
    # What a job wrote is of that kind, too.
    sb.decrypt(tmp_path / "run" / "mail", output=tmp_path / "again", **house.options)
    assert {part.suffix for part in parts(tmp_path / "again")} == {suffix}


def test_default_for_mixed_inputs_is_parquet(house, tmp_path):
    sb.decrypt(
        [house.archive("mbox"), house.archive("eml")], output=tmp_path / "run", **house.options
    )
    assert {part.suffix for part in parts(tmp_path / "run")} == {".parquet"}


def test_format_is_part_of_what_a_run_is(house, tmp_path):
    run(house, "decrypt", tmp_path / "run", "mbox")
    with pytest.raises(sb.errors.OutputError):
        run(house, "decrypt", tmp_path / "run", "eml")
    assert run(house, "decrypt", tmp_path / "run").was_finished, "mbox is the default here"
    run(house, "decrypt", tmp_path / "run", "eml", overwrite=True)
    assert findings(tmp_path / "run") == []
    assert all(part.is_dir() for part in parts(tmp_path / "run"))


def test_unknown_format_is_refused(house, tmp_path):
    with pytest.raises(OptionError):
        run(house, "decrypt", tmp_path / "run", "mbx")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_rule_40_mail_can_be_read_by_its_owner_alone(house, tmp_path, form):
    old = os.umask(0)
    try:
        run(house, "decrypt", tmp_path / "run", form)
    finally:
        os.umask(old)
    out = tmp_path / "run"
    for name in ("mail", "mail_index"):
        for path in [out / name, *(out / name).rglob("*")] if (out / name).exists() else []:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path
    assert not (out / "_smimebatch" / "staging").exists()


def test_python_reads_the_mbox_with_its_quoting(house, tmp_path):
    run(house, "decrypt", tmp_path / "run", "mbox", "eml")
    joined = tmp_path / "all.mbox"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts(tmp_path / "run")))
    box = mailbox.mbox(joined)
    found = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118
    box.close()
    assert [lines_of(it) for it in found] == [lines_of(quoted(it)) for it in house.clear]
    # The parts behind each other are one mbox, to our own reader as well.
    assert len(read(joined)) == len(house.messages)


def lines_of(message):
    """The lines of a body: the fields of MIME that an envelope brought are not of the message."""
    return message.replace(b"\r\n", b"\n").split(b"\n\n", 1)[1].rstrip(b"\n")


def test_python_reads_the_maildir(house, tmp_path):
    run(house, "decrypt", tmp_path / "run", "maildir", "maildir")
    found = []
    for part in parts(tmp_path / "run"):
        box = mailbox.Maildir(part, create=False)
        for key in box.keys():  # noqa: SIM118
            assert box.get_message(key).get_flags() == "S", "what the source was called says so"
            found.append(box.get_bytes(key))
    expected = [row["raw"] for row in read(tmp_path / "run" / "mail")]
    assert sorted(found) == sorted(expected)


def test_names_of_maildirs_are_unique_over_the_run(house, tmp_path):
    run(house, "decrypt", tmp_path / "run", "maildir", unit_messages=2)
    names = [file.name for file in files(tmp_path / "run")]
    assert len(names) == len(set(names)) == len(house.messages)


def test_mail_of_an_mbox_that_was_in_clear_is_as_it_was(house, tmp_path):
    run(house, "decrypt", tmp_path / "run", unit_messages=1000)
    source = house.archive("mbox").read_bytes()
    (part,) = parts(tmp_path / "run")
    written = part.read_bytes()
    for number, message in enumerate(house.messages):
        if number % 2 == 0:
            text = message.replace(b"\nFrom ", b"\n>From ").rstrip(b"\n")
            assert text in source and text in written


def test_sources_are_no_paths(house, tmp_path):
    deep = tmp_path / "in" / "..evil" / ("long" * 40)
    deep.mkdir(parents=True)
    for name in (".hidden.eml", "a b.eml", "ü.eml", os.fsdecode(b"\xff.eml")):
        (deep / name).write_bytes(house.messages[0])
    sb.decrypt(tmp_path / "in", output=tmp_path / "run", **house.options)
    names = [file.name for file in files(tmp_path / "run")]
    assert len(names) == 4
    assert all(name.isascii() and len(name) < 160 and name[0] != "." for name in names)
    assert all(file.parent.parent == tmp_path / "run" / "mail" for file in files(tmp_path / "run"))
    assert len(read(tmp_path / "run" / "mail")) == 4


def test_tree_messages_of_one_place_get_names_of_their_own(tmp_path):
    tree = EmlTree(str(tmp_path / "part"))
    row = {"source": "a.mbox", "source_index": 1, "message_sha256": bytes(32)}
    lies = [tree.put(row, b"From: a@example.com\n\n", as_stored=True) for _ in range(3)]
    assert [it.file for it in lies] == [f"/a.mbox-00000001{end}.eml" for end in ("", "~2", "~3")]


@pytest.mark.parametrize("form", PLAIN_FORMATS)
@pytest.mark.parametrize("job", ["decrypt", "encrypt"])
def test_messages_of_one_place_are_all_written(house, tmp_path, job, form):
    sb.import_mail(house.archive("maildir"), tmp_path / "once.parquet")
    once = pq.read_table(tmp_path / "once.parquet")
    # The third time other messages of the same places.
    at, turned = once.column_names.index("raw"), once["raw"].take([*range(len(once))][::-1])
    others = once.set_column(at, once.schema.field(at), turned)
    joined = pa.concat_tables([once, once, others])
    pq.write_table(joined.replace_schema_metadata(once.schema.metadata), tmp_path / "in.parquet")
    given = house.options | {"unit_messages": 1000}
    to = {"to": house.keyring.certificate("p256")} if job == "encrypt" else {}
    found = []
    for name, as_what in (("run", form), ("rows", "parquet")):
        places = {"output": tmp_path / name, "output_format": as_what}
        getattr(sb, job)(tmp_path / "in.parquet", **places, **given, **to)
        opened = {"output": tmp_path / f"{name}-opened", "output_format": as_what}
        sb.decrypt(tmp_path / name / "mail", **opened, **given)
        found.append(read(tmp_path / f"{name}-opened" / "mail"))
    assert found[0] == found[1]
    assert len(found[0]) == len(joined)
    assert findings(tmp_path / "run") == []
    index = pq.read_table(tmp_path / "run" / "mail_index").to_pylist()
    if form != "mbox":
        assert len({row["file"] for row in index}) == len(index) == len(joined)
    assert len({(row["source"], row["source_index"]) for row in index}) == len(joined)
    for row in index:
        assert row["file"] == ".mbox" or row["file"].startswith("/")


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_shares_are_merged_to_the_run_of_one(house, tmp_path, form):
    run(house, "decrypt", tmp_path / "one", form)
    for index in (0, 1):
        run(house, "decrypt", tmp_path / f"share-{index}", form, shard=Shard(index, 2))
    merge([str(tmp_path / f"share-{index}") for index in (0, 1)], str(tmp_path / "whole"))
    assert findings(tmp_path / "whole") == []

    def content(out):
        return {str(it.relative_to(out)): it.read_bytes() for it in files(out)}

    assert content(tmp_path / "whole") == content(tmp_path / "one")
    assert read(tmp_path / "whole" / "mail") == read(tmp_path / "one" / "mail")
    for path in (tmp_path / "whole" / "mail").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("form", FORMATS)
def test_duckdb_and_pyarrow_see_where_each_message_lies(house, tmp_path, form):
    duckdb = pytest.importorskip("duckdb")
    run(house, "decrypt", tmp_path / "run", form)
    dataset = "mail" if form == "parquet" else "mail_index"
    place = tmp_path / "run" / dataset / "*.parquet"
    rows = duckdb.sql(
        f"select source, source_index from '{place}' order by source_index"
    ).fetchall()
    assert rows == [("a.mbox", index) for index in range(len(house.messages))]
    if form != "parquet":
        table = pq.read_table(tmp_path / "run" / "mail_index")
        assert table["raw"].null_count == len(table)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_threads_and_batches_leave_no_trace(house, tmp_path, form, jobs):
    run(house, "decrypt", tmp_path / "run", form)
    run(house, "decrypt", tmp_path / "other", form, jobs=jobs, batch_bytes=1 << 16)
    one, other = (
        {
            str(it.relative_to(out)): it.read_bytes()
            for it in pathlib.Path(out).rglob("part-*")
            if it.is_file()
        }
        for out in (tmp_path / "run", tmp_path / "other")
    )
    assert one == other
