"""Keys in other hands: a world with a time-stamp authority, and its lists and responses."""

from __future__ import annotations

import datetime as dt

import cms
import der
import mime
import pki
import responses
import time_stamps as ts
from world import ALICE, World

import contract
import smimebatch as sb

TEXT, AT = mime.TEXT, ts.GENERATED_AT
KEY_COMPROMISE, SUPERSEDED, HOLD = 1, 4, 6


def on(year: int, month: int = 1, day: int = 1) -> dt.datetime:
    return dt.datetime(year, month, day, tzinfo=dt.UTC)


def revocations(issuer, this, entries=(), digest="sha256", until=None, more=(), of=()):
    """A list of (certificate, since, reason); `more` extensions of it, and `of` each entry."""
    algorithm = pki.signature_algorithm(issuer.key, digest)
    number = pki.extension("2.5.29.20", der.integer(int(this.timestamp())))
    listed = [
        der.seq(
            who.serial,
            der.time(since),
            der.seq(pki.extension("2.5.29.21", der.tlv(0x0A, bytes([reason]))), *of),
        )
        for who, since, reason in entries
    ]
    tbs = der.seq(
        der.integer(1),
        algorithm,
        issuer.subject,
        der.time(this),
        der.time(until or on(2027)),
        der.seq(*listed) if listed else b"",
        der.explicit(0, der.seq(number, *more)),
    )
    return der.seq(tbs, algorithm, der.bits(issuer.key.sign(digest, tbs)))


class House(World):
    """A world with a time-stamp authority, and files to name on the command line."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.tsa_root = pki.authority("Time Root", pki.ec_key())
        self.service = ts.service(self.tsa_root)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def trust(self, root, lists=(), responses=()):
        given = {"crls": [self.file(f"{n}.crl", it) for n, it in enumerate(lists)]}
        given["ocsp"] = [self.file(f"{n}.ors", it) for n, it in enumerate(responses)]
        given = {name: files for name, files in given.items() if files}
        return sb.Trust.load(self.file("roots.pem", root.pem), **given)

    def stamp(self, value):
        """A time-stamp over a signature value, made at `AT`."""
        return [ts.attribute(ts.token(self.service, ts.tst_info(value)))]

    def judged(self, mail, lists=(), responses=(), **options):
        trust = self.trust(self.root, lists, responses)
        tsa = self.trust(self.tsa_root)
        batch = contract.record_batch([mail])
        found = sb.verify_batch(batch, trust=trust, tsa_trust=tsa, now=contract.NOW, **options)
        row = contract.rows(found.messages)[0]
        return row["sub_indication"] or row["indication"]


def attributes(*more, at=AT):
    return [cms.content_type(), cms.signing_time(at), cms.message_digest(TEXT), *more]


def mail_of(signed):
    return mime.lf(mime.header_block(ALICE, "x", b"") + mime.clear_signed(TEXT, signed))


def counter(signer, when, unsigned=None, digest="sha256"):
    """A countersignature, as an unsigned attribute."""

    def made(value):
        own = [cms.signing_time(when), cms.message_digest(value, digest)]
        info = cms.signer_info(signer, value, digest=digest, attributes=own, unsigned=unsigned)
        return [cms.attribute(cms.COUNTERSIGNATURE, info)]

    return made


def countersigned(signer, notary, certificates=None):
    """A signature with a countersignature of `AT`, and the certificates of both or those given."""
    return cms.signed(
        signer,
        TEXT,
        attributes=attributes(),
        unsigned=counter(notary, AT),
        certificates=certificates or [*cms.carried(signer), *cms.carried(notary)],
    )


def places():
    """Values of cRLDistributionPoints and authorityInfoAccess that name a host."""
    url = der.implicit(6, b"http://crl.example.com/")
    point = der.seq(der.explicit(0, der.explicit(0, url)))
    return der.seq(point), der.seq(der.seq(der.oid("1.3.6.1.5.5.7.48.1"), url))


def response(ca, leaf, signer, produced, this, revoked=None):
    """An OCSP response that nothing is known against a certificate, or since when."""
    status = responses.revoked(revoked) if revoked else responses.GOOD
    given = {"by": signer, "produced": produced, "this": this, "following": on(2030)}
    return responses.response(ca, leaf.serial, status, **given)
