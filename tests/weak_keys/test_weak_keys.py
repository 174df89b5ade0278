"""certificates.weak_key: each kind is found, honest keys are not, and cuts change nothing."""

import hashlib
import json
import math
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.weak_keys.made import certificate, prime, roca_prime, sightings

import smimebatch as sb
from smimebatch import _native
from smimebatch.cli import exit_code_of_command
from smimebatch.errors import OptionError
from smimebatch.sinks import certificates as module
from smimebatch.sinks.certificates import CertificateStore
from smimebatch.weak_keys import load_blacklists

CHANCE = random.Random(20260101)


@pytest.fixture(scope="module")
def primes():
    return [prime(CHANCE, 512) for _ in range(12)]


def weaknesses(ders, weak_keys=None):
    rows = pa.table(_native.merge_certificates(sightings(ders), weak_keys)).to_pylist()
    by_der = {row["der"]: row["weak_key"] for row in rows}
    return [by_der[der] for der in ders]


def test_honest_keys_have_no_weakness(primes):
    ders = [certificate(p * q) for p, q in zip(primes[::2], primes[1::2], strict=True)]
    assert weaknesses(ders) == [[]] * 6


def test_small_moduli_and_exponents_are_found(primes):
    p, q, *_ = primes
    short = prime(CHANCE, 256) * prime(CHANCE, 256)
    assert weaknesses([certificate(p * q, 3), certificate(short), certificate(short, 17)]) == [
        ["small_exponent"],
        ["small_modulus"],
        ["small_exponent", "small_modulus"],
    ]


def test_key_that_cannot_be_used_is_weak_all_the_same(primes):
    p, q, *_ = primes
    assert weaknesses([certificate(p * q, 1)]) == [["small_exponent"]]
    assert weaknesses([certificate(7 * 11, 65537)]) == [["small_modulus"]]
    assert weaknesses([certificate(0), certificate(1)]) is not None


@pytest.mark.parametrize("bits", [512, 1024, 2048])
def test_roca_keys_are_found(bits):
    found = roca_prime(CHANCE, bits // 2) * roca_prime(CHANCE, bits // 2)
    expected = ["small_modulus"] * (bits < 1024) + ["roca"]
    assert weaknesses([certificate(found)]) == [expected]
    assert "roca" not in weaknesses([certificate(found + 2)])[0]


def test_shared_primes_are_found_and_renewed_certificates_are_not(primes):
    a, b, c, d, e, *_ = primes
    shared = [certificate(a * b), certificate(a * c)]
    renewed = [certificate(d * e, serial=1), certificate(d * e, serial=2)]
    assert weaknesses(shared + renewed) == [["shared_prime"]] * 2 + [[]] * 2


def test_key_whose_primes_are_both_shared_is_found_and_multiples_blame_no_honest_key(primes):
    a, b, c, d, e, f, *_ = primes
    both = [a * b, a * c, b * d]
    honest, multiple = e * f, e * f * c
    ders = [certificate(n) for n in (*both, honest, multiple)]
    assert weaknesses(ders) == [["shared_prime"]] * 3 + [[], ["shared_prime"]]


def twin(moduli):
    """Every pair, slowly."""
    return [any(1 < math.gcd(n, m) < n for m in moduli if m != n) for n in moduli]


def test_rule_24_cuts_and_threads_do_not_change_weak_keys(primes, tmp_path, monkeypatch):
    moduli = sorted({p * q for p in primes[:6] for q in primes[4:] if p != q})[::3]
    moduli += [prime(CHANCE, 512) * prime(CHANCE, 512) for _ in range(20)]
    ders = [certificate(n, serial=n % 99) for n in moduli]
    whole = pa.table(_native.merge_certificates(sightings(ders)))
    found = dict(zip(whole["der"].to_pylist(), whole["weak_key"].to_pylist(), strict=True))
    assert ["shared_prime" in found[der] for der in ders] == twin(moduli)
    monkeypatch.setattr(module, "FOLD_BYTES", 2000)
    monkeypatch.setattr(module, "SPILL_BYTES", 1000)
    monkeypatch.setattr(module, "PASS_BYTES", 3000)
    for jobs, cut in ((1, 1), (2, 5), (3, 100)):
        store = CertificateStore(str(tmp_path))
        for start in range(0, len(ders), cut):
            store.add(sightings(ders[start : start + cut]))
        rows = pa.concat_tables(store.distinct(_native.WeakKeys(), jobs))
        assert rows.to_pylist() == whole.to_pylist()
        store.close()


def blacklist(*moduli):
    lines = (
        hashlib.sha1(f"Modulus={n:X}\n".encode(), usedforsecurity=False).hexdigest()[20:]
        for n in moduli
    )
    return "# a comment\n" + "\n".join(lines) + "\n"


def test_debian_keys_are_found_where_the_list_has_them(primes, tmp_path):
    a, b, c, d, *_ = primes
    (tmp_path / "blacklist.RSA-1024").write_text(blacklist(a * b))
    (tmp_path / "README").write_text("not a list")
    ders = [certificate(a * b), certificate(c * d)]
    for place in (tmp_path, tmp_path / "blacklist.RSA-1024"):
        weak_keys = load_blacklists(str(place)).weak_keys()
        assert weaknesses(ders, weak_keys) == [["debian"], []]
    assert weaknesses(ders) == [[], []]


def test_blacklist_that_is_none_is_refused_before_the_run(tmp_path):
    (tmp_path / "blacklist.x").write_text("no list\n")
    with pytest.raises(OptionError):
        load_blacklists(str(tmp_path)).weak_keys()
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(OptionError):
            load_blacklists(str(place))


def test_run_records_what_was_compared_and_the_list(mails, mail_folder, tmp_path, monkeypatch):
    (tmp_path / "x.eml").write_bytes(mails["openssl-detached-rsa"].raw)
    (tmp_path / "blacklist").write_text(blacklist(77))
    trust = sb.Trust.load(mail_folder / "root.pem")
    records = []
    for name, lists in (("a", None), ("b", tmp_path / "blacklist")):
        sb.verify(tmp_path / "x.eml", trust=trust, output=tmp_path / name, debian_weak_keys=lists)
        files = (tmp_path / name / "_smimebatch" / kind for kind in ("run.json", "manifest.json"))
        records.append([json.loads(file.read_text()) for file in files])
        rows = pq.read_table(tmp_path / name / "certificates").to_pylist()
        assert all(row["weak_key"] == [] for row in rows)
    (without, result), (with_list, _) = records
    assert result["weak_keys"]["all_compared"] is True
    assert result["weak_keys"]["compared_moduli"] >= 1
    assert without["weak_keys"]["debian"] is None
    assert len(with_list["weak_keys"]["debian"]) == 64
    assert without["fingerprint"] != with_list["fingerprint"]
    arguments = ["smimebatch", "verify", str(tmp_path / "x.eml"), "--debian-weak-keys", "absent"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert exit_code_of_command() == 2
