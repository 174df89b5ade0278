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
KEY_COMPROMISE, CA_COMPROMISE, SUPERSEDED, HOLD = 1, 2, 4, 6
HARMLESS = [SUPERSEDED, HOLD, 5, 9]
"""What happens to a certificate and not to its key; cessation of operation and withdrawn too."""
CRL_POINTS, CRL_SCOPE = "2.5.29.31", "2.5.29.28"


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


def without_reason(ca, this, who, since):
    """A list with an entry that gives no reason."""
    algorithm = pki.signature_algorithm(ca.key, "sha256")
    entry = der.seq(who.serial, der.time(since))
    dates = [der.time(this), der.time(on(2027))]
    number = pki.extension("2.5.29.20", der.integer(int(this.timestamp())))
    more = der.explicit(0, der.seq(number))
    tbs = der.seq(der.integer(1), algorithm, ca.subject, *dates, der.seq(entry), more)
    return der.seq(tbs, algorithm, der.bits(ca.key.sign("sha256", tbs)))


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

    def trust(self, root, lists=(), responses=(), intermediates=()):
        given = {"crls": [self.file(f"{n}.crl", it) for n, it in enumerate(lists)]}
        given["ocsp"] = [self.file(f"{n}.ors", it) for n, it in enumerate(responses)]
        given["intermediates"] = [
            self.file(f"{n}.pem", it.pem) for n, it in enumerate(intermediates)
        ]
        given = {name: files for name, files in given.items() if files}
        return sb.Trust.load(self.file("roots.pem", root.pem), **given)

    def stamp(self, value):
        """A time-stamp over a signature value, made at `AT`."""
        return [ts.attribute(ts.token(self.service, ts.tst_info(value)))]

    def judged(self, mail, lists=(), responses=(), intermediates=(), **options):
        trust = self.trust(self.root, lists, responses, intermediates)
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


def indirect(issuer):
    """For a certificate, who issues lists about it; for his lists, that they are of others."""
    name = der.explicit(4, issuer)
    point = der.explicit(0, der.explicit(0, name))
    points = pki.extension(CRL_POINTS, der.seq(der.seq(point, der.explicit(2, name))))
    scope = der.seq(point, der.tlv(0x84, b"\xff"))
    return points, pki.extension(CRL_SCOPE, scope, critical=True)


class Outside:
    """A CA, and another who signs the lists about its certificates under his own name."""

    def __init__(self, house):
        self.house = house
        self.ca = pki.authority("CA", pki.rsa_key(2048), house.root)
        self.above = pki.authority("Above lists", pki.ec_key(), house.root)
        self.lister = pki.authority("Lister", pki.ec_key(), self.above, usages=("crl_sign",))
        points, self.scope = indirect(self.lister.subject)
        self.leaf = pki.leaf("Alice", pki.ec_key(), self.ca, ALICE, more=[points])

    def list(self, this, entries=(), until=None):
        of = pki.extension("2.5.29.29", der.seq(der.explicit(4, self.ca.subject)), True)
        return revocations(self.lister, this, entries, until=until, more=[self.scope], of=[of])

    def mail(self, *more):
        """Of the leaf, stamped, and it brings everybody's certificates."""
        brought = [*cms.carried(self.leaf), self.lister.der, self.above.der]
        given = {"unsigned": self.house.stamp, "certificates": brought}
        return mail_of(cms.signed(self.leaf, TEXT, attributes=attributes(*more), **given))
