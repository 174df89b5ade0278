import pyarrow as pa

from smimebatch.batch import VerifiedBatch
from smimebatch.sinks import rows as module
from smimebatch.sinks.rows import TotalsSink
from smimebatch.sources.items import ReadError, Remark

TEXTS = pa.list_(pa.string())


def batch(messages, signatures=(), sightings=()):
    def table(rows, columns):
        return pa.table({n: pa.array([r.get(n) for r in rows], t) for n, t in columns.items()})

    coded = pa.dictionary(pa.int8(), pa.string())
    return VerifiedBatch(
        messages=table(
            messages,
            {
                "source": pa.string(),
                "source_index": pa.int64(),
                "signer_count": pa.int32(),
                "kind": coded,
                "indication": coded,
                "sub_indication": coded,
                "error": coded,
                "coverage": coded,
                "flags": TEXTS,
                "reasons": TEXTS,
            },
        ),
        signatures=table(
            signatures,
            {
                "source": pa.string(),
                "source_index": pa.int64(),
                "signer_issuer": pa.string(),
                "crypto_result": coded,
                "chain_result": coded,
                "poe_kind": coded,
                "indication": coded,
                "reasons": TEXTS,
            },
        ),
        certificate_sightings=table(sightings, {"sha256": pa.binary()}),
        encryptions=pa.table({"decrypt_status": ["no_key", "failed"]}),
        recipients=pa.table({"x": [1]}),
        payload_bytes=100,
    )


def message(index, indication, **more):
    row = {
        "source": "s",
        "source_index": index,
        "kind": "signed",
        "coverage": "full",
        "signer_count": 1,
    }
    return row | {"indication": indication, "flags": [], "reasons": []} | more


def test_totals_count_every_column():
    sink = TotalsSink()
    failed = message(1, "TOTAL_FAILED", sub_indication="HASH_FAILURE", reasons=["digest_mismatch"])
    plain = message(2, "NOT_SIGNED", kind="plain", coverage="none", signer_count=0)
    signatures = [
        {"signer_issuer": "CN=A", "crypto_result": "ok", "chain_result": "expired"},
        {"signer_issuer": "CN=A", "crypto_result": "ok", "chain_result": "ok"},
        {"signer_issuer": "CN=B", "crypto_result": "malformed"},
    ]
    sightings = [{"sha256": b"a"}, {"sha256": b"b"}]
    sink.write(batch([message(0, "TOTAL_PASSED"), failed], signatures, sightings))
    sink.write(batch([plain], (), sightings[:1]))
    totals = sink.totals
    assert (totals.messages, totals.payload_bytes, totals.signatures) == (3, 200, 3)
    assert (totals.encryptions, totals.recipients, totals.certificates) == (4, 2, 2)
    assert totals.decrypt_statuses == {"no_key": 2, "failed": 2}
    assert totals.indications == {"TOTAL_PASSED": 1, "TOTAL_FAILED": 1, "NOT_SIGNED": 1}
    assert totals.sub_indications == {"HASH_FAILURE": 1}
    assert totals.kinds == {"signed": 2, "plain": 1}
    assert totals.coverage == {"full": 2}
    assert totals.crypto_results == {"ok": 2, "malformed": 1}
    assert totals.chain_results == {"ok": 1, "expired": 1}
    assert totals.issuers == {"CN=A": 2, "CN=B": 1}
    assert totals.matching(("digest_mismatch", "HASH_FAILURE")) == 2
    assert totals.matching(()) == 0
    assert totals.as_json()["indications"]["TOTAL_PASSED"] == 1


def test_totals_rule_28_list_footer_counts_only_where_the_part_itself_is_good():
    sink = TotalsSink()
    flagged = {"flags": ["list_footer_likely"], "reasons": ["no_signature_over_message"]}
    messages = [message(n, "INDETERMINATE", **flagged) for n in range(4)]
    own = [
        ("TOTAL_PASSED", []),
        ("INDETERMINATE", ["coverage_partial"]),
        ("INDETERMINATE", ["coverage_partial", "chain_expired"]),
        ("TOTAL_FAILED", ["digest_mismatch"]),
    ]
    signatures = [
        {"source": "s", "source_index": n, "indication": word, "reasons": reasons}
        for n, (word, reasons) in enumerate(own)
    ]
    sink.write(batch(messages, signatures))
    assert sink.totals.list_footers_good == 2


def test_totals_too_many_issuers_keep_the_most_frequent_and_say_so(monkeypatch):
    monkeypatch.setattr(module, "MAX_DISTINCT", 10)
    sink = TotalsSink()
    common = [{"signer_issuer": "CN=Common"}] * 5
    sink.write(batch([], common + [{"signer_issuer": f"CN={n}"} for n in range(20)]))
    assert sink.totals.issuers["CN=Common"] == 5
    assert len(sink.totals.issuers) == 5
    assert not sink.totals.issuers_are_exact


def test_totals_errors_and_remarks_are_counted_and_the_first_kept():
    sink = TotalsSink()
    for n in range(50):
        sink.write_error(ReadError("s", n, "unreadable_file", "t"))
        sink.write_remark(Remark("s", "not_mail", "t"))
    assert sink.totals.errors == sink.totals.error_codes["unreadable_file"] == 50
    assert sink.totals.remarks["not_mail"] == 50
    assert len(sink.totals.first_errors) == len(sink.totals.first_remarks) == 20
