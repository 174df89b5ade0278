"""Who there was in 25 years: roots, CAs, signers, time-stamp authorities, and what they published.

Everything is made twice at once: as DER, and as the plain facts (`Issued`, `Published`) from which
`expected` works out what must come out. A fact here is what was put into the DER by hand, never
what a parser found in it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import der
import pki
import responses

from archive25 import keys
from archive25.days import DAY, NOW, on
from archive25.told import Published, Revoked, indirect, publish

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


@dataclass(eq=False)
class Issued:
    """A certificate and what is true of it."""

    certificate: pki.Certificate
    serial: int
    key_kind: str
    not_before: dt.datetime
    not_after: dt.datetime
    digest: str
    """With which its issuer signed it."""
    issuer: Issued | None
    """None: a root."""
    revoked: Revoked | None = None
    remembers_since: dt.datetime | None = None
    """From when on its lists keep expired certificates."""
    publishes: bool = False
    """Whether the operator has its lists."""
    lister: Issued | None = None
    """Who else issues lists about it."""
    clients: list[Issued] = field(default_factory=list)

    @property
    def chain(self) -> list[Issued]:
        """Below the anchor, the leaf first."""
        return [] if self.issuer is None else [self, *self.issuer.chain]

    @property
    def anchor(self) -> Issued:
        return self if self.issuer is None else self.issuer.anchor

    @cached_property
    def lists(self) -> list[Published]:
        """Two a year as long as it was there: from the second of January, the second of July."""
        found = []
        for year in range(self.not_before.year, NOW.year + 1):
            for this in (on(year, 1, 2), on(year, 7, 2)):
                if self.not_before <= this <= min(self.not_after, NOW) and not self.is_gone(this):
                    found.append(self.list_of(this, this + 185 * DAY))
        return found

    def is_gone(self, when: dt.datetime) -> bool:
        return self.revoked is not None and self.revoked.suspect_since <= when

    def list_of(self, this: dt.datetime, following: dt.datetime) -> Published:
        """What it knew at a time; expired certificates are dropped unless it remembers them."""
        entries = {}
        for client in self.clients:
            entry = client.revoked
            if entry is None or entry.since > this or (entry.lifted and entry.lifted <= this):
                continue
            if client.not_after >= this or self.remembers_since:
                entries[client.serial] = entry
        return publish(self, this, following, entries, remembers_since=self.remembers_since)


def serial_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 2 | 1


class House:
    """Everyone; signers are made when first asked for."""

    def __init__(self) -> None:
        root = self.root
        self.root_1996 = root("Root 1996", "rsa1024", "md5", on(1996), on(2010))
        self.root_2004 = root("Root 2004", "rsa2048", "sha1", on(2004), on(2024))
        self.root_2012 = root("Root 2012", "rsa4096", "sha256", on(2012), on(2037))
        self.root_2016 = root("Root 2016", "p384", "sha384", on(2016), on(2041))
        self.stranger = root("Root of a stranger", "rsa2048", "sha256", on(1999), on(2030))
        ca = self.ca
        self.ca_1998 = ca("CA 1998", self.root_1996, "rsa1024", "md5", on(1998), on(2007))
        self.ca_2003 = ca("CA 2003", self.root_1996, "rsa1024", "sha1", on(2002), on(2009))
        self.ca_2005 = ca("CA 2005", self.root_2004, "rsa2048", "sha1", on(2005), on(2015))
        self.ca_2013 = ca("CA 2013", self.root_2012, "rsa2048", "sha256", on(2012, 6), on(2024))
        self.ca_2016 = ca("CA 2016", self.root_2016, "p256", "sha256", on(2016, 2), on(2026))
        self.ca_2020 = ca("CA 2020", self.root_2012, "rsa4096", "sha256", on(2019, 6), on(2030))
        self.ca_gone = ca("CA gone", self.root_2004, "rsa2048", "sha1", on(2006), on(2016))
        self.ca_gone.revoked = Revoked(on(2011, 3), "ca_compromise")
        self.ca_2020.remembers_since = on(2019, 6)
        self.ca_strange = ca("CA strange", self.stranger, "rsa2048", "sha256", on(2000), on(2028))
        self.given: list[Published] = []
        """What the operator has besides the lists of those who publish."""
        for issuer in (
            *(self.root_2004, self.root_2012),
            *(self.ca_2005, self.ca_2020, self.ca_gone),
        ):
            issuer.publishes = True
        self.make_cross()
        self.make_time()
        self.make_tellers()
        self.make_witnesses()

    def make_cross(self) -> None:
        """A root that nobody trusts by itself, certified by one that is trusted."""
        self.bridge_root = self.root("Bridge", "rsa2048", "sha1", on(2005), on(2025))
        bridge = self.bridge_root.certificate
        crossed = self.issue(
            "Bridge", self.root_2004, "rsa2048", "sha1", on(2008), on(2016), key=bridge.key
        )
        self.crossed = crossed
        self.ca_bridge = self.ca("CA Bridge", crossed, "rsa2048", "sha1", on(2008), on(2015))

    def make_time(self) -> None:
        self.time_root = self.root("Time Root", "rsa2048", "sha256", on(2000), on(2035))
        self.time_root.publishes = True
        self.other_time_root = self.root("Other Time Root", "rsa2048", "sha256", on(2000), on(2035))
        tsa = self.time_stamper
        self.tsa_2000 = tsa("TSA 2000", "rsa1024", "sha1", on(2000), on(2010))
        self.tsa_2005 = tsa("TSA 2005", "rsa2048", "sha1", on(2005), on(2016))
        self.tsa_2011 = tsa("TSA 2011", "rsa2048", "sha256", on(2011), on(2022))
        self.tsa_2016 = tsa("TSA 2016", "p256", "sha256", on(2016), on(2028))
        self.tsa_stolen = tsa("TSA stolen", "rsa2048", "sha256", on(2008), on(2020))
        self.tsa_stolen.revoked = Revoked(on(2015, 5, 5), "key_compromise")
        self.tsa_replaced = tsa("TSA replaced", "rsa2048", "sha256", on(2008), on(2020))
        self.tsa_replaced.revoked = Revoked(on(2015, 5, 5), "superseded")
        other = self.other_time_root
        self.tsa_strong = tsa("TSA strong", "rsa2048", "sha256", on(2000), on(2028))
        self.tsa_untrusted = tsa("TSA nobody knows", "p256", "sha256", on(2000), on(2028), other)
        self.tsa_of_mail = tsa(
            "TSA of mail", "p256", "sha256", on(2000), on(2028), usages=[pki.EKUS["email"]]
        )
        self.tsa_of_both = tsa(
            *("TSA of both", "p256", "sha256", on(2000), on(2028)),
            usages=[TIME_STAMPING, pki.EKUS["email"]],
        )
        self.tsa_not_critical = tsa(
            "TSA not critical", "p256", "sha256", on(2000), on(2028), critical=False
        )

    def make_tellers(self) -> None:
        """CAs whose certificates others tell of, and those others, one of each kind robbed."""
        root, begin, end = self.root_2012, on(2013), on(2028)
        self.ca_told = self.ca("CA told", root, "rsa2048", "sha256", begin, end)
        self.ca_lists = self.ca("CA of listers", root, "rsa2048", "sha256", begin, end)
        self.ca_robbed = self.ca("CA robbed", root, "rsa2048", "sha256", begin, end)
        self.ca_lists.publishes = True
        robbed = Revoked(on(2022, 5, 5), "key_compromise")
        self.ca_robbed.revoked = robbed
        self.responder = self.delegate("Responder")
        self.responder_robbed = self.delegate("Responder robbed", robbed)
        self.lister = self.list_signer("Lister")
        self.lister_robbed = self.list_signer("Lister robbed", robbed)
        told = {self.responder_robbed.serial: robbed}
        self.given.append(publish(self.ca_told, on(2022, 6), on(2022, 7), told))

    def delegate(self, name: str, revoked: Revoked | None = None) -> Issued:
        """Who answers for the CA that is told of."""
        issuer, begin, end = self.ca_told, on(2013), on(2028)
        serial, key = serial_of(name), keys.key("p256", name)
        made = responses.delegate(
            *(name, key, issuer.certificate),
            not_before=begin,
            not_after=end,
            serial=der.integer(serial),
        )
        return self.known(Issued(made, serial, "p256", begin, end, "sha256", issuer, revoked))

    def list_signer(self, name: str, revoked: Revoked | None = None) -> Issued:
        """Who issues lists about what another CA certified."""
        usages = ("crl_sign",)
        begin, end, issuer = on(2013), on(2028), self.ca_lists
        made = self.issue(name, issuer, "p256", "sha256", begin, end, usages=usages)
        made.revoked = revoked
        return made

    def make_witnesses(self) -> None:
        """Who countersigned, or is a notary by the operator's word."""
        root, begin, end = self.root_2012, on(2013), on(2028)
        ca = self.ca("CA of witnesses", root, "rsa2048", "sha256", begin, end)
        ca.publishes = True
        robbed = Revoked(on(2022, 5, 5), "key_compromise")

        def witness(name: str, key: str, issuer: Issued, since: dt.datetime, **more: Revoked):
            address = f"{name.replace(' ', '.').lower()}@example.org"
            return self.signer(name, issuer, key, "sha256", since, end, address, **more)

        self.witness = witness("Witness", "p256", ca, begin)
        self.witness_robbed = witness("Witness robbed", "p256", ca, begin, revoked=robbed)
        self.notary = witness("Notary", "p256", self.ca_strange, on(2000))
        self.notary_weak = witness("Notary weak", "rsa1024", self.ca_strange, on(2000))
        self.notary_robbed = witness("Notary robbed", "p256", ca, begin, revoked=robbed)
        self.witness_weak = witness("Witness weak", "rsa1024", ca, begin)

    @property
    def notaries(self) -> list[Issued]:
        """Whose claims the operator vouches for, where he vouches for notaries."""
        return [self.notary, self.notary_weak, self.notary_robbed]

    @property
    def anchors(self) -> list[Issued]:
        return [self.root_1996, self.root_2004, self.root_2012, self.root_2016]

    @property
    def publishers(self) -> list[Issued]:
        """Whose lists the operator has."""
        everyone = [*self.anchors, self.time_root]
        below = [client for root in everyone for client in root.clients]
        return [issuer for issuer in (*everyone, *below) if issuer.publishes]

    # Making ----------------------------------------------------------------------------------

    def root(
        self, name: str, kind: str, digest: str, begin: dt.datetime, end: dt.datetime
    ) -> Issued:
        key, serial = keys.key(kind, name), serial_of(name)
        made = pki.authority(
            *(name, key),
            not_before=begin,
            not_after=end,
            serial=der.integer(serial),
            digest=digest,
        )
        return Issued(made, serial, kind, begin, end, digest, None)

    def ca(
        self,
        name: str,
        issuer: Issued,
        kind: str,
        digest: str,
        begin: dt.datetime,
        end: dt.datetime,
    ) -> Issued:
        return self.issue(name, issuer, kind, digest, begin, end)

    def issue(
        self,
        name: str,
        issuer: Issued,
        kind: str,
        digest: str,
        begin: dt.datetime,
        end: dt.datetime,
        *,
        key: pki.Key | None = None,
        usages: tuple[str, ...] = ("cert_sign", "crl_sign"),
    ) -> Issued:
        key = key or keys.key(kind, name)
        serial = serial_of(f"{name} by {issuer.serial}")
        made = pki.authority(
            *(name, key, issuer.certificate),
            not_before=begin,
            not_after=end,
            serial=der.integer(serial),
            digest=digest,
            usages=usages,
        )
        return self.known(Issued(made, serial, kind, begin, end, digest, issuer))

    def known(self, issued: Issued) -> Issued:
        assert issued.issuer is not None
        issued.issuer.clients.append(issued)
        return issued

    def signer(
        self,
        name: str,
        issuer: Issued,
        kind: str,
        digest: str,
        begin: dt.datetime,
        end: dt.datetime,
        address: str,
        revoked: Revoked | None = None,
        lister: Issued | None = None,
        **options: object,
    ) -> Issued:
        """A person with a certificate for mail."""
        serial = serial_of(name)
        if lister:
            options["more"] = [indirect(lister)[0]]
        above = (it.certificate.key for it in issuer.chain)
        others = tuple(key.n for key in above if isinstance(key, keys.PrimesKey))
        made = pki.leaf(
            *(name, keys.key(kind, name, others), issuer.certificate, address),
            not_before=begin,
            not_after=end,
            serial=der.integer(serial),
            digest=digest,
            **options,
        )
        issued = Issued(made, serial, kind, begin, end, digest, issuer, revoked, lister=lister)
        return self.known(issued)

    def time_stamper(
        self,
        name: str,
        kind: str,
        digest: str,
        begin: dt.datetime,
        end: dt.datetime,
        issuer: Issued | None = None,
        usages: list[str] | None = None,
        critical: bool = True,
    ) -> Issued:
        issuer, serial = issuer or self.time_root, serial_of(name)
        usage = der.seq(*(der.oid(each) for each in usages or [TIME_STAMPING]))
        made = pki.certificate(
            *(pki.person(name), keys.key(kind, name), issuer.certificate),
            extensions=[
                pki.key_usage("digital_signature"),
                pki.extension("2.5.29.37", usage, critical),
            ],
            not_before=begin,
            not_after=end,
            serial=der.integer(serial),
            digest=digest,
        )
        return self.known(Issued(made, serial, kind, begin, end, digest, issuer))
