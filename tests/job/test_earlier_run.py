"""One time-stamp over a run proves the age of every message in it to a later run."""

from __future__ import annotations

import shutil

import cms
import pki
import pyarrow.parquet as pq
import pytest
import time_stamps as ts
from tests.job.jobs import parts
from world import ALICE

import contract
import smimebatch as sb
from smimebatch.api import verify_archive
from smimebatch.errors import DamagedRunError, OptionError, OutputError
from smimebatch.job.merging import merge
from smimebatch.job.output import ROOM, TIME_STAMP_FILE
from smimebatch.job.shard import Shard
from smimebatch.job.stamping import finished_checkpoint
from smimebatch.options import Policy, VerifyOptions
from smimebatch.vouching import Vouches
from stolen import AT, KEY_COMPROMISE, SUPERSEDED, TEXT, House, attributes, mail_of, on, revocations

NEW = "signed-later.eml"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def signers(house):
    return {
        "expired": pki.leaf(
            "Alice 1", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3)
        ),
        "valid": pki.leaf("Alice 2", pki.ec_key(), house.ec_issuing, ALICE),
    }


def signed_mail(signer, *more):
    return mail_of(cms.signed(signer, TEXT, attributes=attributes(*more)))


@pytest.fixture(scope="module")
def archive(signers, tmp_path_factory):
    """Ten mails; every third is none that is signed."""
    folder = tmp_path_factory.mktemp("archive")
    for n in range(10):
        signer = signers["expired" if n % 2 else "valid"]
        mail = b"Subject: plain\n\ntext\n" if n % 3 == 2 else signed_mail(signer)
        (folder / f"m{n}.eml").write_bytes(b"X-Number: %d\n" % n + mail)
    return folder


def verify(
    house, place, out, *, lists=(), vouch=(), tsa=None, sinks=(), overwrite=False, **options
):
    """A run; `tsa` is the root of time-stamp authorities, by default that of the house."""
    algorithms = options.pop("policy", None)
    policy = Policy.given(vouch=[f"run:{it}" for it in vouch], policy=algorithms)
    options = {"now": contract.NOW, "jobs": 1, "unit_messages": 3, **options}
    return verify_archive(
        [place],
        house.trust(house.root, lists),
        VerifyOptions(policy=policy, batch_bytes=1 << 14, **options),
        tsa_trust=house.trust(tsa or house.tsa_root),
        output=out,
        overwrite=overwrite,
        sinks=sinks,
    )


def keep(out, token):
    (out / ROOM / TIME_STAMP_FILE).write_bytes(token)
    return out


def head_of(out):
    return finished_checkpoint(str(out)).text.encode()


@pytest.fixture(scope="module")
def stamped(house, archive, tmp_path_factory):
    """A run over the archive that was time-stamped at `AT`."""
    out = tmp_path_factory.mktemp("earlier") / "out"
    verify(house, archive, out)
    return keep(out, ts.token(house.service, ts.tst_info(head_of(out))))


@pytest.fixture
def earlier(stamped, tmp_path):
    """The same, to be changed."""
    shutil.copytree(stamped, tmp_path / "earlier")
    return tmp_path / "earlier"


def words(out):
    rows = pq.read_table(out / "messages").to_pylist()
    return {row["source"]: row["sub_indication"] or row["indication"] for row in rows}


def signatures(out):
    return {row["source"]: row for row in pq.read_table(out / "signatures").to_pylist()}


def test_certificate_that_expired_since_held_when_the_run_was_stamped(
    house, archive, stamped, tmp_path
):
    verify(house, archive, tmp_path / "alone")
    assert words(tmp_path / "alone")["m1.eml"] == "OUT_OF_BOUNDS_NO_POE"
    verify(house, archive, tmp_path / "out", vouch=[stamped])
    assert set(words(tmp_path / "out").values()) == {"TOTAL_PASSED", "NOT_SIGNED"}
    for row in signatures(tmp_path / "out").values():
        assert (row["poe_kind"], row["poe_time"]) == ("earlier_run", AT)
        assert row["control_time"] == AT
        origin = head_of(stamped).decode().split("\n")[0]
        assert row["poe_source"].endswith(f" over {origin}") and "Time" in row["poe_source"]
        [evidence] = row["time_evidence"]
        assert evidence["trusted"] and evidence["kind"] == "earlier_run"


def test_key_that_was_stolen_since_had_not_signed_what_was_stamped(
    house, signers, archive, stamped, tmp_path
):
    for year, expected in [(2019, "TOTAL_PASSED"), (2015, "REVOKED_NO_POE")]:
        stolen = revocations(
            house.ec_issuing, on(2025, 6), [(signers["valid"], on(year), KEY_COMPROMISE)]
        )
        verify(house, archive, tmp_path / f"{year}", lists=[stolen], vouch=[stamped])
        assert words(tmp_path / f"{year}")["m0.eml"] == expected
        verify(house, archive, tmp_path / f"{year}-alone", lists=[stolen])
        assert words(tmp_path / f"{year}-alone")["m0.eml"] == "REVOKED_NO_POE"


def test_mail_that_was_not_in_the_run_byte_for_byte_profits_nothing(
    house, signers, archive, stamped, tmp_path
):
    known = (archive / "m1.eml").read_bytes()
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "same.eml").write_bytes(known)
    # Whoever came by the key may write any time of signing, and send old words again.
    (folder / NEW).write_bytes(
        signed_mail(signers["expired"], cms.signing_certificate_v2(signers["expired"]))
    )
    (folder / "crlf.eml").write_bytes(known.replace(b"\n", b"\r\n"))
    (folder / "header.eml").write_bytes(b"X-Spam: no\n" + known)
    (folder / "end.eml").write_bytes(known + b"\n")
    verify(house, folder, tmp_path / "out", vouch=[stamped])
    expected = dict.fromkeys((NEW, "crlf.eml", "header.eml", "end.eml"), "OUT_OF_BOUNDS_NO_POE")
    assert words(tmp_path / "out") == {**expected, "same.eml": "TOTAL_PASSED"}


def test_mail_is_found_wherever_its_bytes_lie(house, archive, stamped, tmp_path):
    line = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
    mails = [path.read_bytes() for path in sorted(archive.iterdir())]
    (tmp_path / "all.mbox").write_bytes(b"".join(line + mail + b"\n" for mail in mails))
    verify(house, tmp_path / "all.mbox", tmp_path / "out", vouch=[stamped])
    assert {row["poe_kind"] for row in signatures(tmp_path / "out").values()} == {"earlier_run"}


def refused(error, house, archive, earlier, tmp_path, **options):
    with pytest.raises(error) as raised:
        verify(house, archive, tmp_path / "refused", vouch=[earlier], **options)
    assert raised.value.exit_code == 2
    assert not (tmp_path / "refused" / "messages").exists()
    return str(raised.value)


def test_time_stamp_that_is_not_believed_is_refused_with_the_reason(
    house, archive, earlier, tmp_path
):
    def why(**options):
        return refused(OptionError, house, archive, earlier, tmp_path, **options)

    assert "no_path" in why(tsa=house.other_root)
    stolen = [(house.service, on(2019), KEY_COMPROMISE)]
    assert "revoked" in why(lists=[revocations(house.tsa_root, on(2025, 6), stolen)])
    replaced = [(house.service, on(2019), SUPERSEDED)]
    verify(
        house,
        archive,
        tmp_path / "replaced",
        lists=[revocations(house.tsa_root, on(2025, 6), replaced)],
        vouch=[earlier],
    )
    before = [(house.service, on(2015), SUPERSEDED)]
    assert "revoked" in why(lists=[revocations(house.tsa_root, on(2025, 6), before)])


def test_rule_22b_token_of_another_kind_is_refused(house, archive, earlier, tmp_path):
    head = head_of(earlier)
    info = ts.tst_info(head)
    mailer = ts.service(house.tsa_root, extended_key_usage=ts.usage(ts.PROTECTING_EMAIL))
    both = ts.service(
        house.tsa_root, extended_key_usage=ts.usage(ts.TIME_STAMPING, ts.PROTECTING_EMAIL)
    )
    optional = ts.usage(ts.TIME_STAMPING, critical=False)
    early = on(2012)
    for token, reason in [
        (ts.token(mailer, info), "extended_key_usage"),
        (ts.token(both, info), "extended_key_usage"),
        (ts.token(ts.service(house.tsa_root, extended_key_usage=optional), info), "extended"),
        (ts.token(house.service, info, names_certificate=None), "malformed"),
        (ts.token(house.service, info, names_certificate=mailer), "mismatch"),
        (ts.token(house.service, info, signers=2), "malformed"),
        (ts.token(house.service, info, content_type=cms.DATA), "malformed"),
        (ts.token(house.service, ts.tst_info(head, when=early)), "not_yet_valid"),
        (ts.token(house.service, ts.tst_info(head, digest="md5")), "weak_algorithm"),
        (ts.token(house.service, ts.tst_info(head + b"\n")), "something else"),
        (ts.token(house.service, ts.tst_info(head[:-1])), "something else"),
        (spoilt(ts.token(house.service, info)), "mismatch"),
        (b"", "end of the data"),
        (b"-----BEGIN", "found"),
    ]:
        keep(earlier, token)
        assert reason in refused(OptionError, house, archive, earlier, tmp_path), reason


def spoilt(token):
    """The last octet of the signature is another."""
    return token[:-1] + bytes([token[-1] ^ 1])


def token_of_sha512(house, head):
    """Nothing of it is made with another digest."""
    service = ts.service(house.tsa_root, digest="sha512")
    info = ts.tst_info(head, digest="sha512")
    named = cms.signing_certificate_v2(service, "sha512")
    own = [cms.content_type(ts.TST_INFO), cms.message_digest(info, "sha512"), named]
    signer = cms.signer_info(service, info, digest="sha512", attributes=own)
    outer = {"certificates": cms.carried(service), "content_type": ts.TST_INFO, "version": 3}
    return cms.signed_data(signer, content=info, **outer)


def test_tree_of_a_digest_that_was_given_up_proves_nothing(house, archive, earlier, tmp_path):
    policy = tmp_path / "policy.toml"
    keep(earlier, token_of_sha512(house, head_of(earlier)))
    text = contract.NO_DATES.read_text(encoding="utf-8")
    for digest in ("sha384", "sha256"):
        given_up = f'[[digest]]\nnames = ["{digest}"]\ngood_until = 2020-01-01\nsource = "a test"\n'
        policy.write_text(text + given_up)
        if digest == "sha384":
            verify(house, archive, tmp_path / "out", vouch=[earlier], policy=policy)
        else:
            said = refused(OptionError, house, archive, earlier, tmp_path, policy=policy)
            assert "weak_algorithm" in said


def test_time_stamp_over_another_run_is_refused(house, archive, signers, earlier, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / NEW).write_bytes(signed_mail(signers["expired"]))
    verify(house, folder, tmp_path / "new")
    keep(tmp_path / "new", (earlier / ROOM / TIME_STAMP_FILE).read_bytes())
    said = refused(OptionError, house, folder, tmp_path / "new", tmp_path)
    assert "something else" in said


@pytest.mark.parametrize("what", ["messages", "errors", "commits", "ledger.jsonl", "units.jsonl"])
def test_run_that_was_changed_is_refused_by_the_place(house, archive, earlier, tmp_path, what):
    place = earlier / what if (earlier / what).exists() else earlier / ROOM / what
    file = min(place.iterdir()) if place.is_dir() else place
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    said = refused(DamagedRunError, house, archive, earlier, tmp_path)
    assert file.name.split(".")[0] in said or "ledger" in said


def test_hashes_are_taken_of_the_very_bytes_that_the_commit_names(
    house, archive, earlier, tmp_path, monkeypatch
):
    """Whoever changes a file between the audit and the reading gains nothing."""
    from smimebatch.job.audit import Audit

    run = Audit.run

    def changed_after(self):
        audited = run(self)
        for file in (earlier / "messages").iterdir():
            rows = pq.read_table(file)
            names = rows.schema.names
            hashes = [bytes(32)] * rows.num_rows
            pq.write_table(
                rows.set_column(names.index("message_sha256"), "message_sha256", [hashes]), file
            )
        return audited

    monkeypatch.setattr(Audit, "run", changed_after)
    assert "SHA-256" in refused(DamagedRunError, house, archive, earlier, tmp_path)


def test_run_without_time_stamp_or_end_is_refused_with_what_to_do(
    house, archive, earlier, tmp_path
):
    (earlier / ROOM / TIME_STAMP_FILE).unlink()
    assert "audit stamp" in refused(OptionError, house, archive, earlier, tmp_path)
    (earlier / ROOM / "manifest.json").unlink()
    assert "finished run" in refused(OptionError, house, archive, earlier, tmp_path)
    assert "finished run" in refused(OptionError, house, archive, tmp_path / "none", tmp_path)


def test_earlier_run_binds_by_what_it_holds_and_not_by_where_it_lies(
    house, archive, stamped, earlier, tmp_path
):
    class Stop(BaseException):
        pass

    class Stopper:
        def __init__(self):
            self.left = 5

        def write(self, batch):
            self.left -= batch.messages.num_rows
            if self.left < 0:
                raise Stop

        def write_error(self, error):
            pass

        write_remark = write_error

    verify(house, archive, tmp_path / "whole", vouch=[stamped])
    out = tmp_path / "out"
    with pytest.raises(Stop):
        verify(house, archive, out, vouch=[stamped], sinks=[Stopper()])
    with pytest.raises(OutputError, match=r"policy"):
        verify(house, archive, out)
    again = ts.token(house.service, ts.tst_info(head_of(earlier), when=on(2016, 12)))
    token = (earlier / ROOM / TIME_STAMP_FILE).read_bytes()
    with pytest.raises(OutputError, match=r"policy"):
        verify(house, archive, out, vouch=[keep(earlier, again)])
    verify(house, archive, out, vouch=[keep(earlier, token)])
    assert parts(out) == parts(tmp_path / "whole")


def test_rows_are_the_same_for_any_threads_batches_and_shards(house, archive, stamped, tmp_path):
    verify(house, archive, tmp_path / "one", vouch=[stamped])
    verify(house, archive, tmp_path / "two", vouch=[stamped], jobs=2)
    assert parts(tmp_path / "one") == parts(tmp_path / "two")
    for n in range(2):
        verify(house, archive, tmp_path / f"share{n}", vouch=[stamped], shard=Shard(n, 2))
    merge([str(tmp_path / f"share{n}") for n in range(2)], str(tmp_path / "merged"))
    assert parts(tmp_path / "one") == parts(tmp_path / "merged")


def test_the_earliest_of_several_runs_counts(house, archive, stamped, earlier, tmp_path):
    later = ts.token(house.service, ts.tst_info(head_of(earlier), when=on(2018)))
    verify(house, archive, tmp_path / "later", vouch=[keep(earlier, later)])
    assert words(tmp_path / "later")["m1.eml"] == "OUT_OF_BOUNDS_NOT_REVOKED" or (
        words(tmp_path / "later")["m1.eml"] == "OUT_OF_BOUNDS_NO_POE"
    )
    verify(house, archive, tmp_path / "both", vouch=[earlier, stamped])
    assert words(tmp_path / "both")["m1.eml"] == "TOTAL_PASSED"
    row = signatures(tmp_path / "both")["m1.eml"]
    assert [it["time"] for it in row["time_evidence"]] == [AT, on(2018)]


def test_batches_in_memory_take_earlier_runs_too(house, archive, stamped):
    rows = contract.record_batch([(archive / "m1.eml").read_bytes()])
    options = {"trust": house.trust(house.root), "now": contract.NOW, "vouch": [f"run:{stamped}"]}
    found = sb.verify_batch(rows, tsa_trust=house.trust(house.tsa_root), **options)
    assert contract.rows(found.messages)[0]["indication"] == "TOTAL_PASSED"
    with pytest.raises(OptionError, match="untrusted_root"):
        sb.verify_batch(rows, **options)


def test_vouch_is_known_by_the_hash_of_checkpoint_and_token(stamped):
    words = Vouches.parse([f"run:{stamped}", f"run:{stamped}/", "mbox-from"]).words
    assert len(words) == 2 and words[0] == "mbox-from"
    assert words[1].startswith("run:") and len(words[1]) == 4 + 64
