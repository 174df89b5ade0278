import errno
import io
import os
import socket
from threading import Thread

import pytest
from tests.sources.reading import given_by

from smimebatch.errors import InputError, OutputError
from smimebatch.sources.items import Remark
from smimebatch.sources.places import Inputs


def make(root, *names):
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"x")


def sources(inputs):
    return [place.source for place in inputs]


def test_inputs_directory_is_walked_in_byte_order_of_paths(tmp_path):
    make(tmp_path, "b/1.eml", "a/2.eml", "a.eml", "a/1.eml", "B.eml", ".hidden/x.eml", "a-b/1.eml")
    found = sources(Inputs([str(tmp_path)]))
    assert found == sorted(found, key=os.fsencode)
    assert found == [
        ".hidden/x.eml",
        "B.eml",
        "a-b/1.eml",
        "a.eml",
        "a/1.eml",
        "a/2.eml",
        "b/1.eml",
    ]


def test_inputs_one_file_is_named_by_itself(tmp_path):
    make(tmp_path, "deep/down/x.mbox")
    assert sources(Inputs([tmp_path / "deep/down/x.mbox"])) == ["x.mbox"]


def test_inputs_moved_archive_keeps_its_sources(tmp_path):
    make(tmp_path, "one/2019/x.mbox", "one/2020/x.mbox")
    before = sources(Inputs([tmp_path / "one/2019/x.mbox", tmp_path / "one/2020/x.mbox"]))
    os.rename(tmp_path / "one", tmp_path / "two")
    after = sources(Inputs([tmp_path / "two/2019/x.mbox", tmp_path / "two/2020/x.mbox"]))
    assert before == after == ["2019/x.mbox", "2020/x.mbox"]


def test_inputs_same_place_twice_is_read_once(tmp_path, monkeypatch):
    make(tmp_path, "d/1.eml", "d/2.eml")
    monkeypatch.chdir(tmp_path)
    assert sources(Inputs(["d/1.eml", "d", "./d/../d"])) == ["1.eml", "2.eml"]


def test_inputs_behind_a_link_are_read_once_wherever_they_are_named(tmp_path, monkeypatch):
    make(tmp_path, "a/1.eml", "a/b/2.eml", "elsewhere/3.eml")
    os.symlink("../elsewhere", tmp_path / "a/link")
    os.symlink("a", tmp_path / "same")
    monkeypatch.chdir(tmp_path)
    below = ["a/1.eml", "a/b/2.eml"]
    linked = "a linked directory: not followed"
    for given in (["a", "a/link"], ["a/link", "a", "same", "same/b", "a/b/../b/2.eml"]):
        found = given_by(*given)
        assert sorted(found.sources) == ["1.eml", "b/2.eml", "link/3.eml"]
        assert [it.text for it in found.remarks] == [linked]
    assert sources(Inputs(["same", "elsewhere", "a"])) == ["elsewhere/3.eml", *below, "a/link"]


def test_inputs_glob_is_expanded_in_byte_order(tmp_path):
    make(tmp_path, "b.mbox", "a.mbox", "c.txt")
    assert sources(Inputs([str(tmp_path / "*.mbox")])) == ["a.mbox", "b.mbox"]


@pytest.mark.parametrize("name", ["missing.mbox", "*.nothing"])
def test_inputs_nothing_there_is_an_error_before_reading(tmp_path, name):
    with pytest.raises(InputError) as caught:
        Inputs([str(tmp_path / name)])
    assert name in str(caught.value)
    assert caught.value.exit_code == 2


def test_inputs_name_that_is_no_utf8_stays_distinct(tmp_path):
    for name in (b"\xff.eml", b"\xfe.eml"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
            pass
    assert sources(Inputs([str(tmp_path)])) == ["\\xfe.eml", "\\xff.eml"]


def test_inputs_names_that_spell_what_another_holds_stay_distinct(tmp_path):
    names = [b"\xff.eml", b"\\xff.eml", b"\\x5cxff.eml", b"a.zip!b.eml", "ü\\.eml".encode()]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
            pass
    found = sources(Inputs([str(tmp_path)]))
    assert sorted(found) == sorted(
        ["\\xff.eml", "\\x5cxff.eml", "\\x5cx5cxff.eml", "a.zip\\x21b.eml", "ü\\x5c.eml"]
    )


def test_inputs_linked_directory_is_told_not_followed(tmp_path):
    make(tmp_path, "real/1.eml")
    os.symlink(tmp_path, tmp_path / "real" / "loop")
    os.symlink(tmp_path / "real" / "1.eml", tmp_path / "real" / "link.eml")
    found = list(Inputs([str(tmp_path)]))
    assert sources(found) == ["real/1.eml", "real/link.eml", "real/loop"]
    assert isinstance(found[2], Remark)


def test_inputs_what_is_no_regular_file_is_told_and_hangs_nothing(tmp_path):
    make(tmp_path, "archive/1.eml", "elsewhere/2.eml")
    archive = tmp_path / "archive"
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(archive / "a-pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.relpath(archive / "a-socket"))
    for name, target in {
        "to-pipe": tmp_path / "pipe",
        "to-device": "/dev/zero",
        "to-nothing": "absent",
        "to-itself": "to-itself",
        "to-mail": tmp_path / "elsewhere/2.eml",
    }.items():
        os.symlink(target, archive / name)
    found = given_by(archive, input_format="eml")
    listening.close()
    assert found.sources == ["1.eml", "to-mail"]
    unread = ["a-pipe", "a-socket", "to-device", "to-itself", "to-nothing", "to-pipe"]
    assert [error.source for error in found.errors] == unread
    assert set(found.codes) == {"unreadable_file"}


def test_inputs_pipe_of_a_glob_or_a_list_is_told_and_hangs_nothing(tmp_path):
    make(tmp_path, "1.eml")
    os.mkfifo(tmp_path / "2.eml")
    (tmp_path / "list").write_text(f"{tmp_path}/1.eml\n{tmp_path}/2.eml\n")
    listed = {"files_from": tmp_path / "list"}
    for given in (given_by(tmp_path / "*.eml"), given_by(input_format="eml", **listed)):
        assert [error.source for error in given.errors if error.source == "2.eml"] == ["2.eml"]


def test_inputs_pipe_that_is_named_itself_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(b"Subject: x\n\nx\n",))
    writer.start()
    found = given_by(tmp_path / "pipe", input_format="eml")
    writer.join()
    assert found.raws == [b"Subject: x\n\nx\n"]


def test_inputs_run_directory_inside_is_not_read(tmp_path):
    make(tmp_path, "1.eml", "_smimebatch/staging/messages/part-00000.parquet")
    assert sources(Inputs([str(tmp_path)])) == ["1.eml"]


def test_size_counts_files_and_bytes(tmp_path):
    make(tmp_path, "a/1.eml", "a/2.eml")
    size = Inputs([str(tmp_path)]).size()
    assert (size.files, size.stored_bytes, size.is_exact) == (2, 2, True)


@pytest.mark.parametrize("separator", ["\n", "\0"])
def test_files_from_a_list_adds_inputs(tmp_path, separator, monkeypatch):
    make(tmp_path, "a/1.eml", "a/2.eml", "b/*.eml", "c d.eml", "given.eml")
    monkeypatch.chdir(tmp_path)
    listed = ["a", "b/*.eml", "c d.eml", "a/1.eml"]
    (tmp_path / "list").write_text(separator.join(listed) + separator)
    found = sources(Inputs(["given.eml"], "list"))
    assert found == ["given.eml", "a/1.eml", "a/2.eml", "b/*.eml", "c d.eml"]
    assert sources(Inputs([], "list")) == found[1:]


def test_files_from_a_list_may_name_what_is_missing(tmp_path):
    make(tmp_path, "1.eml")
    (tmp_path / "list").write_text(f"{tmp_path}/1.eml\n{tmp_path}/gone.eml\n")
    found = given_by(files_from=tmp_path / "list", input_format="eml")
    assert (found.sources, found.codes) == (["1.eml"], ["unreadable_file"])


def test_files_from_standard_input(tmp_path, monkeypatch):
    make(tmp_path, "1.eml")
    names = io.TextIOWrapper(io.BytesIO(os.fsencode(tmp_path / "1.eml")))
    monkeypatch.setattr("sys.stdin", names)
    assert sources(Inputs([], "-")) == ["1.eml"]


@pytest.mark.parametrize("content", [None, b""])
def test_files_from_nothing_is_an_error_before_reading(tmp_path, content):
    if content is not None:
        (tmp_path / "list").write_bytes(content)
    with pytest.raises(InputError):
        Inputs([], tmp_path / "list")


def test_inputs_what_the_run_writes_below_them_is_left_out(tmp_path):
    make(tmp_path, "a.eml", "out/mail/b.eml", "other/out/c.eml", "made.parquet")
    inputs = Inputs([tmp_path])
    inputs.leave_out(tmp_path / "out", str(tmp_path / "made.parquet"))
    assert sources(inputs) == ["a.eml", "other/out/c.eml"]


def test_inputs_by_a_link_what_the_run_writes_is_left_out(tmp_path):
    make(tmp_path, "in/a.eml", "in/out/b.eml")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    inputs = Inputs([tmp_path / "link"])
    inputs.leave_out(tmp_path / "in/out")
    assert sources(inputs) == ["a.eml"]


@pytest.mark.parametrize("given", ["out", "out/mail", "link", "out/*"])
def test_inputs_that_the_run_would_replace_are_refused(tmp_path, given):
    make(tmp_path, "out/mail/b.eml")
    (tmp_path / "link").symlink_to(tmp_path / "out")
    with pytest.raises(OutputError, match="no input"):
        Inputs([tmp_path / given]).check_apart_from(tmp_path / "out")


def close(monkeypatch, name):
    """Let no directory of that name be listed, not even by root."""
    listing = os.scandir

    def scandir(path):
        if os.path.basename(path) == name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_inputs_directory_that_may_not_be_listed_is_told_with_the_reason(tmp_path, monkeypatch):
    make(tmp_path, "a.eml", "b/c.eml")
    close(monkeypatch, "b")
    found = given_by(tmp_path)
    assert [error.source for error in found.errors] == ["b"]
    assert os.strerror(errno.EACCES) in found.errors[0].text


def test_inputs_recursive_glob_tells_a_directory_that_may_not_be_listed(tmp_path, monkeypatch):
    make(tmp_path, "a.eml", "b/c.eml")
    close(monkeypatch, "b")
    found = given_by(str(tmp_path / "**/*.eml"))
    assert found.sources == ["a.eml"]
    assert [(it.source, it.code) for it in found.errors] == [("b", "unreadable_file")]


@pytest.mark.parametrize("glob", ["**//*.eml", "x//**//*.eml", "x/**/**/*.eml"])
def test_inputs_recursive_glob_with_separators_twice_stays_where_it_is(tmp_path, monkeypatch, glob):
    make(tmp_path, "x/a.eml", "x/y/b.eml")
    monkeypatch.chdir(tmp_path)
    assert sources(Inputs([glob])) == ["a.eml", "y/b.eml"]


def test_inputs_recursive_glob_follows_no_links_and_takes_a_place_once(tmp_path, monkeypatch):
    make(tmp_path, "gl/a.eml", "gl/d/b.eml", "gl/d/e/c.eml", "gl/.hidden/x.eml", "other/o.eml")
    os.symlink("..", tmp_path / "gl/d/up")
    os.symlink("..", tmp_path / "gl/d/e/up")
    os.symlink("../other", tmp_path / "gl/link")
    monkeypatch.chdir(tmp_path)
    below = ["a.eml", "d/b.eml", "d/e/c.eml"]
    assert sources(Inputs([str(tmp_path / "gl/**/*.eml")])) == below
    assert sources(Inputs(["gl/**/*.eml"])) == below
    assert sources(Inputs(["**/*.eml"])) == [*[f"gl/{name}" for name in below], "other/o.eml"]
    assert sources(Inputs(["gl/**/e/**/*.eml"])) == ["c.eml"]
    os.symlink("d", tmp_path / "gl/z")
    assert sources(Inputs(["gl/*/b.eml"])) == ["b.eml"]
    assert sources(Inputs(["gl/l*"])) == ["o.eml"]
