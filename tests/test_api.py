import os

import pyarrow as pa
import pytest
from tests.plain_mail import mbox_of, plain_message

import smimebatch as sb
from contract import NOW


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(n) for n in range(5)]))
    return path


def test_all_names_are_there_and_have_docs():
    for name in sb.__all__:
        assert getattr(sb, name) is not None
        assert name.startswith("__") or getattr(sb, name).__doc__


def test_verify_gives_totals_and_datasets(archive, tmp_path):
    run = sb.verify(archive, output=tmp_path / "out", jobs=2)
    assert run.totals.messages == 5
    assert run.messages().count_rows() == 5
    assert run.signatures().count_rows() == 0
    assert run.dataset("errors").count_rows() == 0
    assert run.exit_code == 0


def test_verify_without_output_has_totals_only(archive):
    run = sb.verify([archive])
    assert run.totals.indications == {"NOT_SIGNED": 5}
    with pytest.raises(sb.OutputError, match="output="):
        run.messages()


def test_verify_wrong_option_is_an_error_before_anything_is_written(archive, tmp_path):
    with pytest.raises(sb.OptionError):
        sb.verify(archive, bind="nobody", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_verify_batch_gives_rows_in_the_order_of_the_input():
    raw = [plain_message(n) for n in range(4)]
    batch = pa.record_batch({"raw": pa.array(raw, pa.binary()), "source_index": [9, 8, 7, 6]})
    verified = sb.verify_batch(batch)
    assert verified.messages["source_index"].to_pylist() == [9, 8, 7, 6]
    assert verified.messages["message_id"].to_pylist()[0].strip("<>") == "0@example.com"
    assert verified.signatures.num_rows == verified.certificates.num_rows == 0
    assert verified.encryptions.num_rows == verified.recipients.num_rows == 0


@pytest.mark.parametrize("trust", ["roots.pem", 7, ""])
def test_trust_of_another_type_is_refused(archive, tmp_path, trust):
    with pytest.raises(sb.OptionError, match="a Trust"):
        sb.verify(archive, trust=trust, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(sb.OptionError, match="a Trust"):
        sb.verify_batch(pa.record_batch({"raw": [b"x"]}), trust=trust)


@pytest.mark.parametrize("name", ["raw", "source_index"])
def test_verify_batch_with_two_columns_of_one_name_is_refused(name):
    columns = {"raw": pa.array([b"x"]), "source_index": pa.array([0])}
    names = [*columns, name]
    batch = pa.RecordBatch.from_arrays([*columns.values(), columns[name]], names)
    for data in (batch, pa.Table.from_batches([batch])):
        with pytest.raises(sb.InputError, match=f"one column '{name}'"):
            sb.verify_batch(data)


def test_output_below_the_input_is_no_input(tmp_path):
    (tmp_path / "a.eml").write_bytes(plain_message(1))
    for overwrite in (False, True):
        run = sb.verify(tmp_path, output=tmp_path / "out", now=NOW, overwrite=overwrite)
        assert (run.totals.messages, sum(run.totals.remarks.values())) == (1, 0)
    assert sb.verify(tmp_path, output=tmp_path / "out", now=NOW).was_finished


@pytest.mark.parametrize("given", ["out", "out/messages"])
def test_input_is_never_taken_away_for_its_result(tmp_path, given):
    (tmp_path / "a.eml").write_bytes(plain_message(1))
    sb.verify(tmp_path / "a.eml", output=tmp_path / "out", now=NOW)
    before = sorted(os.walk(tmp_path / "out"))
    with pytest.raises(sb.OutputError, match="no input"):
        sb.verify(tmp_path / given, output=tmp_path / "out", now=NOW, overwrite=True)
    assert sorted(os.walk(tmp_path / "out")) == before
