"""What was said against a certificate stands: whoever may say it, by whichever list, and however
the rest of it is spelled (RULES 22; RFC 5280 §5.3.1, §6.3.3).

And what anybody could have made up afterwards proves no failure.
"""

from __future__ import annotations

import subprocess
from hashlib import sha256

import cms
import der
import pki
import pytest
import responses
import time_stamps as ts
from cryptography.hazmat.primitives import serialization
from world import ALICE

import contract
import smimebatch as sb
from stolen import (
    HOLD,
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    attributes,
    mail_of,
    on,
    revocations,
)

REASON, NUMBER, SCOPE, EXPIRED_SINCE = (f"2.5.29.{last}" for last in (21, 20, 28, 60))
CUTOFF = "1.3.6.1.5.5.7.48.1.6"
REVOKED = "REVOKED_NO_POE"


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def signed_by(leaf, *more, **options):
    return mail_of(cms.signed(leaf, TEXT, attributes=attributes(*more), **options))


@pytest.mark.parametrize("whose", ["the authority's", "a CA's"])
def test_rule_22_hold_is_not_lifted_by_what_may_have_forgotten_it(house, whose):
    ends = on(2018)
    if whose == "a CA's":
        held = pki.authority("Issuing X", pki.ec_key(), house.root, not_after=ends)
        issuer = house.root
        mail = signed_by(pki.leaf("A", pki.ec_key(), held, ALICE), unsigned=house.stamp)
        word = "REVOKED_CA_NO_POE"
    else:
        held, issuer = ts.service(house.tsa_root, "T18", not_after=ends), house.tsa_root
        leaf = pki.leaf("A", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
        stamp = lambda value: [ts.attribute(ts.token(held, ts.tst_info(value)))]  # noqa: E731
        mail, word = signed_by(leaf, unsigned=stamp), "OUT_OF_BOUNDS_NO_POE"
    own = house.trust(house.root), house.trust(house.tsa_root)
    assert judged_by(mail, *own) == "TOTAL_PASSED"
    entries = [(held, on(2016, 6), HOLD)]
    hold = revocations(issuer, on(2016, 7), entries, until=on(2016, 8))
    later = {
        "nothing": [],
        "after it expired": [revocations(issuer, on(2025, 6))],
        "before": [revocations(issuer, on(2016, 9))],
    }
    for when, lists in later.items():
        trusts = [house.trust(root, [hold, *lists]) for root in (house.root, house.tsa_root)]
        expected = "TOTAL_PASSED" if when == "before" else word
        assert judged_by(mail, *trusts) == expected, when


def judged_by(mail, trust, tsa_trust):
    batch = contract.record_batch([mail])
    found = sb.verify_batch(batch, trust=trust, tsa_trust=tsa_trust, now=contract.NOW)
    row = contract.rows(found.messages)[0]
    return row["sub_indication"] or row["indication"]


@pytest.mark.parametrize("usage", ["none", "timeStamping"])
def test_rule_22_list_by_the_next_key_of_a_ca_counts_whatever_its_ca_is_for(house, usage):
    more = [] if usage == "none" else [ts.usage(ts.TIME_STAMPING, critical=False)]
    above = pki.authority("TS Policy CA", pki.ec_key(), house.tsa_root, more=more)
    ca, following = (pki.authority("TS CA", pki.ec_key(), above, more=more) for _ in range(2))
    service = ts.service(ca, "TSA")
    leaf = pki.leaf("A", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    chain = [service.der, ca.der, above.der]

    def stamp(value):
        return [ts.attribute(ts.token(service, ts.tst_info(value), certificates=chain))]

    mail = signed_by(leaf, unsigned=stamp)
    stolen = revocations(following, on(2025, 6), [(service, on(2016, 6), KEY_COMPROMISE)])
    for lists, word in (([], "TOTAL_PASSED"), ([stolen], "OUT_OF_BOUNDS_NO_POE")):
        trusts = [house.trust(it, lists, (), [following]) for it in (house.root, house.tsa_root)]
        assert judged_by(mail, *trusts) == word


@pytest.mark.parametrize("date", ["trusted-until: 2017-06-01", "distrust-after: 2017-01-01"])
def test_rule_22_list_by_the_next_key_counts_although_its_root_is_trusted_no_more(house, date):
    root, since = house.root, on(2017, 7) if "distrust" in date else on(2014)
    ca = pki.authority("CA", pki.ec_key(), root)
    following = pki.authority("CA", pki.ec_key(), root, not_before=since)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    brought = [leaf.der, ca.der, following.der]
    mail = signed_by(leaf, unsigned=house.stamp, certificates=brought)
    head = (
        "# smimebatch trust store 1\n# origin: x\n#\n# subject: CN=Root\n"
        f"# sha256: {sha256(root.der).hexdigest()}\n# {date}T00:00:00Z\n"
    )
    roots = house.file("store.pem", head.encode() + root.pem)
    stolen = revocations(following, on(2018), [(leaf, on(2016, 6), KEY_COMPROMISE)])
    tsa = house.trust(house.tsa_root)
    assert judged_by(mail, sb.Trust.load(roots), tsa) == "TOTAL_PASSED"
    told = sb.Trust.load(roots, crls=[house.file("told.crl", stolen)])
    assert judged_by(mail, told, tsa) == REVOKED


def crl(ca, entry, *extensions, following=b""):
    """A list of 2025 with one entry."""
    algorithm = pki.signature_algorithm(ca.key, "sha256")
    dates = [der.time(on(2025, 6)), following]
    more = der.explicit(0, der.seq(*extensions)) if extensions else b""
    tbs = der.seq(der.integer(1), algorithm, ca.subject, *dates, der.seq(entry), more)
    return der.seq(tbs, algorithm, der.bits(ca.key.sign("sha256", tbs)))


def reason(number):
    return pki.extension(REASON, der.tlv(0x0A, bytes([number])))


NONE = der.NULL
LISTS = {
    "as it should be": ([], []),
    "reason 8 in a complete list": ([reason(8)], []),
    "reason twice": ([reason(1), reason(8)], []),
    "number unreadable": ([], [pki.extension(NUMBER, NONE)]),
    "number twice": ([], [pki.extension(NUMBER, der.integer(1))] * 2),
    "expiredCertsOnCRL unreadable": ([], [pki.extension(EXPIRED_SINCE, NONE)]),
    "nextUpdate unreadable": ([], []),
}


@pytest.mark.parametrize("case", LISTS)
def test_rule_22_entry_of_a_list_stands_however_the_rest_is_spelled(house, case):
    leaf = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    of_entry, of_list = LISTS[case]
    more = der.seq(*of_entry) if of_entry else b""
    entry = der.seq(leaf.serial, der.time(on(2016)), more)
    following = der.tlv(0x17, b"991301000000Z") if case.startswith("next") else b""
    told = crl(house.ec_issuing, entry, *of_list, following=following)
    assert house.judged(signed_by(leaf), [told]) == REVOKED


def test_rule_22_list_that_is_not_wholly_read_clears_nobody(house):
    leaf = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    entry = der.seq(der.integer(9), der.time(on(2016)))
    above = revocations(house.root, on(2025, 6))
    late, unreadable = der.time(on(2030)), der.tlv(0x17, b"991301000000Z")
    number = LISTS["number unreadable"][1]
    for following, extensions, passes in (
        (late, [], True),
        (late, number, False),
        (unreadable, [], False),
    ):
        told = crl(house.ec_issuing, entry, *extensions, following=following)
        found = house.judged(signed_by(leaf), [told, above], revocation="required")
        assert (found == "TOTAL_PASSED") == passes, found


def answer(ca, leaf, status, following=b"20300601000000Z", beside=b"", more=b""):
    """An OCSP response of 2025."""

    def time(text):
        return der.tlv(0x18, text)

    names = [ca.subject, der.parse(ca.key.spki()).at(1).content[1:]]
    hashes = [der.octets(pki.hashed("sha1", it)) for it in names]
    asked = der.seq(pki.digest_algorithm("sha1"), *hashes, leaf.serial)
    day = time(b"20250601000000Z")
    single = der.seq(asked, status, day, der.explicit(0, time(following)), more)
    data = der.seq(der.explicit(1, ca.subject), day, der.seq(single, beside))
    algorithm = pki.signature_algorithm(ca.key, "sha256")
    basic = der.seq(data, algorithm, der.bits(ca.key.sign("sha256", data)))
    inside = der.explicit(0, der.seq(der.oid(responses.BASIC), der.octets(basic)))
    return der.seq(der.tlv(0x0A, b"\0"), inside)


def revoked(number=1, time=b"20160101000000Z"):
    told = der.explicit(0, der.tlv(0x0A, bytes([number])))
    return der.explicit(1, der.tlv(0x18, time), told)


ANSWERS = {
    "as it should be": (revoked(), {}),
    "reason 8": (revoked(8), {}),
    "revocationTime unreadable": (revoked(time=b"20161301000000Z"), {}),
    "nextUpdate unreadable": (revoked(), {"following": b"20301301000000Z"}),
    "another answer unreadable": (revoked(), {"beside": der.seq(NONE)}),
    "cutoff unreadable": (
        revoked(),
        {"more": der.explicit(1, der.seq(pki.extension(CUTOFF, NONE)))},
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_rule_22_revocation_in_a_response_stands_however_the_rest_is_spelled(house, case):
    leaf = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    status, options = ANSWERS[case]
    told = answer(house.ec_issuing, leaf, status, **options)
    assert house.judged(signed_by(leaf), [], [told]) == REVOKED
    cleared = answer(house.ec_issuing, leaf, responses.GOOD, **options)
    above = revocations(house.root, on(2025, 6))
    is_whole = case in ("as it should be", "reason 8", "revocationTime unreadable")
    word = "TOTAL_PASSED" if is_whole else "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    assert house.judged(signed_by(leaf), [above], [cleared], revocation="required") == word


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_failure_is_not_proven_by_a_list_that_anybody_may_have_made(house, digest):
    leaf = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    content = ts.attribute(ts.token(house.service, ts.tst_info(TEXT)), ts.CONTENT)
    mail = signed_by(leaf, content)
    told = revocations(
        house.ec_issuing, on(2016, 7), [(leaf, on(2016, 6), KEY_COMPROMISE)], digest=digest
    )
    found = verdict(house, mail, [told])
    proven, open_yet = ("TOTAL_FAILED", "REVOKED"), ("INDETERMINATE", REVOKED)
    assert found == (proven if digest == "sha256" else open_yet)


def verdict(house, mail, lists):
    trust, tsa = house.trust(house.root, lists), house.trust(house.tsa_root)
    batch = contract.record_batch([mail])
    row = contract.rows(
        sb.verify_batch(batch, trust=trust, tsa_trust=tsa, now=contract.NOW).messages
    )[0]
    return row["indication"], row["sub_indication"]


def test_failure_is_not_proven_by_a_ca_whose_key_was_stolen(house):
    ca = pki.authority("CA", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    content = ts.attribute(ts.token(house.service, ts.tst_info(TEXT)), ts.CONTENT)
    mail = signed_by(leaf, content)
    told = revocations(ca, on(2016, 7), [(leaf, on(2016, 6), SUPERSEDED)])
    assert verdict(house, mail, [told]) == ("TOTAL_FAILED", "REVOKED")
    stolen = revocations(house.root, on(2025, 6), [(ca, on(2019), KEY_COMPROMISE)])
    assert verdict(house, mail, [told, stolen])[0] == "INDETERMINATE"


@pytest.mark.parametrize("by", ["issuer and serial", "identifier", "issuer and serial, ESS"])
def test_rule_16_forged_namesake_does_not_hide_the_certificate_in_the_store(house, by):
    serial = der.integer(77)
    leaf = pki.leaf("L", pki.ec_key(), house.ec_issuing, ALICE, serial=serial)
    more = [cms.signing_certificate_v2(leaf)] if by.endswith("ESS") else []
    given = {}
    if by == "identifier":
        identifier = pki.extension("2.5.29.14", der.octets(leaf.ski))
        forged = pki.certificate(pki.person("F"), pki.ec_key(), None, extensions=[identifier])
        given = {"sid": cms.by_key_identifier(leaf), "version": 3}
    else:
        forger = pki.authority("Issuing EC", pki.ec_key())
        forged = pki.leaf("F", pki.ec_key(), forger, "x@y", serial=serial)
    for brought in ([], [forged.der]):
        brought = [house.ec_issuing.der, *brought]
        mail = signed_by(leaf, *more, certificates=brought, **given)
        assert house.judged(mail, intermediates=[leaf]) == "TOTAL_PASSED"
    mail = signed_by(leaf, *more, certificates=[house.ec_issuing.der, forged.der], **given)
    alone = "NO_SIGNING_CERTIFICATE_FOUND" if more else "SIG_CRYPTO_FAILURE"
    assert house.judged(mail) == alone


def test_rule_15_dsa_key_is_no_stronger_than_its_order(house, tmp_path):
    alice = pki.leaf("Alice", dsa_key(tmp_path), house.ec_issuing, ALICE)
    batch = contract.record_batch([signed_by(alice, unsigned=house.stamp)])
    found = sb.verify_batch(
        batch,
        trust=house.trust(house.root),
        tsa_trust=house.trust(house.tsa_root),
        now=contract.NOW,
    )
    (row,) = (it for it in contract.rows(found.signatures) if it["format"] == "detached")
    assert (row["key_bits"], row["algorithm_status"]) == (2048, "weak_then")


def dsa_key(folder):
    """One of 2,048 bits with an order of 160, which `cryptography` makes none of."""
    parameters, key = folder / "parameters.pem", folder / "key.pem"
    options = [f"dsa_paramgen_{it}" for it in ("bits:2048", "q_bits:160", "md:sha1")]
    made = [word for option in options for word in ("-pkeyopt", option)]
    for command in (
        ["-genparam", "-algorithm", "DSA", *made, "-out", parameters],
        ["-paramfile", parameters, "-out", key],
    ):
        subprocess.run(["openssl", "genpkey", *command], check=True, capture_output=True)
    return pki.PycaKey(serialization.load_pem_private_key(key.read_bytes(), None), "dsa")
