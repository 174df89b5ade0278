"""Certificates, lists and responses for the tests of revocation: one leaf, and what is said of it.

`python generate.py` writes objects.txt: a kind, a label and DER in hexadecimal a line. The keys are
fixed numbers and no secret: trust none of these certificates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

KEYS = Path(__file__).with_name("keys.txt")
EXPIRED_CERTS_ON_CRL = ObjectIdentifier("2.5.29.60")
ARCHIVE_CUTOFF = ObjectIdentifier("1.3.6.1.5.5.7.48.1.6")
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
REASONS = x509.ReasonFlags
USAGES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
    "key_cert_sign crl_sign encipher_only decipher_only"
)
LEAF, CA_SERIAL = 0x10, 0x20


def time(text: str) -> datetime:
    """Return the instant that begins `year` or `year-month`."""
    year, _, month = text.partition("-")
    return datetime(int(year), int(month or 1), 1, tzinfo=UTC)


def general_time(text: str) -> bytes:
    """Return a GeneralizedTime."""
    return b"\x18\x0f" + time(text).strftime("%Y%m%d%H%M%SZ").encode()


def key(name: str) -> rsa.RSAPrivateKey:
    """Return the fixed key of a name."""
    for line in KEYS.read_text().splitlines():
        label, p, q = line.split()
        if label == name:
            p, q, e = int(p, 16), int(q, 16), 65537
            d = pow(e, -1, (p - 1) * (q - 1))
            numbers = rsa.RSAPrivateNumbers(
                p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q)
            )
            return numbers.private_key()
    raise KeyError(name)


def name(text: str) -> x509.Name:
    """Return a name of one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, issuer, serial, begin, end, *extensions, ca=False, usage=None, by=None):
    """Return a certificate for the key of `subject`, signed with that of `by` or `issuer`."""
    builder = x509.CertificateBuilder(
        name(issuer), name(subject), key(subject).public_key(), serial, time(begin), time(end)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if usage is not None:
        flags = dict.fromkeys(USAGES.split(), False)
        builder = builder.add_extension(
            x509.KeyUsage(**flags | dict.fromkeys(usage.split(), True)), critical=True
        )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key(by or issuer), hashes.SHA256())


def revoked(date, reason=None, invalid=None, serial=LEAF, unknown=False, issuer=None):
    """Return an entry."""
    builder = x509.RevokedCertificateBuilder(serial, time(date))
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags[reason]), critical=False)
    if invalid is not None:
        builder = builder.add_extension(x509.InvalidityDate(time(invalid)), critical=False)
    if unknown:
        builder = builder.add_extension(UNKNOWN, critical=True)
    if issuer is not None:
        names = [x509.DirectoryName(name(issuer))]
        builder = builder.add_extension(x509.CertificateIssuer(names), critical=True)
    return builder.build()


def scope(**fields):
    """Return an issuing distribution point."""
    usual = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**usual | fields)


def crl(this, after, *entries, issuer="ca", by=None, number=None, base=None, extensions=()):
    """Return a list."""
    builder = x509.CertificateRevocationListBuilder(name(issuer), time(this), time(after))
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key(by or issuer), hashes.SHA256())


def response(this, after, status="good", *, by="ca", certs=(), date=None, reason=None, cutoff=None,
             algorithm=hashes.SHA1, named=None, hashed=False, forger=None,
             about="leaf"):  # fmt: skip
    """Return an OCSP response about the leaf, or about another that the CA issued."""
    subjects = {it.subject: it for it in CERTIFICATES.values()}
    leaf, ca = CERTIFICATES[about], CERTIFICATES["ca"]
    who = named or subjects[name(by)]
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf,
        issuer=ca,
        algorithm=algorithm(),
        cert_status=ocsp.OCSPCertStatus[status.upper()],
        this_update=time(this),
        next_update=time(after) if after else None,
        revocation_time=time(date) if date else None,
        revocation_reason=x509.ReasonFlags[reason] if reason else None,
    )
    encoding = ocsp.OCSPResponderEncoding.HASH if hashed else ocsp.OCSPResponderEncoding.NAME
    builder = builder.responder_id(encoding, who)
    if certs:
        builder = builder.certificates(list(certs))
    if cutoff:
        extension = x509.UnrecognizedExtension(ARCHIVE_CUTOFF, general_time(cutoff))
        builder = builder.add_extension(extension, critical=False)
    return produced_at(this, builder.sign(key(by), hashes.SHA256()), forger or by)


def produced_at(this, made, signer):
    """Return a response's DER with its producedAt set, which is the clock's otherwise."""
    old = made.produced_at_utc.strftime("%Y%m%d%H%M%SZ").encode()
    tbs = made.tbs_response_bytes.replace(old, general_time(this)[2:], 1)
    signature = key(signer).sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    der = made.public_bytes(Encoding.DER)
    return der.replace(made.tbs_response_bytes, tbs).replace(made.signature, signature)


SIGNING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
CA = "key_cert_sign crl_sign"
CERTIFICATES = {
    "root": certificate("root", "root", 1, "2000", "2040", ca=True, usage=CA),
    "ca": certificate("ca", "root", CA_SERIAL, "2005", "2035", ca=True, usage=CA),
    "leaf": certificate("leaf", "ca", LEAF, "2010", "2014", usage="digital_signature"),
    "no-crl-sign": certificate("ca", "root", 0x21, "2005", "2035", ca=True, usage="key_cert_sign"),
    "other": certificate("other", "other", 2, "2000", "2040", ca=True, usage=CA),
    "responder": certificate("responder", "ca", 0x30, "2010", "2016", SIGNING, x509.OCSPNoCheck()),
    "checked": certificate("checked", "ca", 0x31, "2010", "2016", SIGNING),
    "no-usage": certificate("responder", "ca", 0x32, "2010", "2016"),
    "not-issued-here": certificate("ca", "root", 0x22, "2005", "2035", ca=True, usage=CA,
                                   by="other"),
    "forged": certificate("responder", "ca", 0x34, "2010", "2016", SIGNING, x509.OCSPNoCheck(),
                          by="other"),
    "stranger": certificate("responder", "root", 0x33, "2010", "2016", SIGNING, x509.OCSPNoCheck()),
}
REVOKED_CA = revoked("2012", "ca_compromise", serial=CA_SERIAL)
EXPIRED = x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, general_time("2013"))
SOME = frozenset({REASONS.key_compromise, REASONS.ca_compromise})
REST = frozenset(REASONS) - SOME - {REASONS.unspecified, REASONS.remove_from_crl}
LISTS = {
    "root-clean": crl("2001", "2039", issuer="root"),
    "root-revoked": crl("2013", "2014", REVOKED_CA, issuer="root"),
    "absent-2011": crl("2011", "2011-07", number=1),
    "absent-2012": crl("2012", "2012-07", number=3),
    "absent-2013": crl("2013", "2013-07", number=9),
    "absent-2015": crl("2015", "2016", number=12),
    "absent-2015-archive": crl("2015", "2016", number=12, extensions=[(EXPIRED, False)]),
    "revoked-2012": crl("2012-06", "2012-12", revoked("2012-03", "key_compromise"), number=5),
    "revoked-invalid": crl("2012-06", "2012-12", revoked("2012-03", invalid="2011-03"), number=5),
    "revoked-unspecified": crl("2012-06", "2012-12", revoked("2012-03"), number=5),
    "hold-2011": crl("2011-06", "2011-12", revoked("2011-05", "certificate_hold"), number=2),
    "hold-2012": crl("2012", "2012-07", revoked("2011-05", "certificate_hold"), number=3),
    "hold-and-revoked": crl("2012", "2012-07", revoked("2011-05", "certificate_hold"),
                            revoked("2011-06", "key_compromise"), number=3),
    "delta-removal": crl("2012-02", "2012-03", revoked("2012-02", "remove_from_crl"), number=4,
                         base=3),
    "delta-absent": crl("2012-09", "2012-10", number=4, base=3),
    "delta-far": crl("2012-09", "2012-10", number=8, base=7),
    "delta-revoked": crl("2012-09", "2012-10", revoked("2012-08", "superseded"), number=4, base=3),
    "unknown-list": crl("2012", "2012-07", extensions=[(UNKNOWN, True)]),
    "unknown-entry": crl("2012", "2012-07", revoked("2012", serial=99, unknown=True)),
    "issuer-named": crl("2012-06", "2012-12", revoked("2012-03", serial=99, issuer="other"),
                        revoked("2012-03")),
    "user-only": crl("2012", "2012-07", extensions=[(scope(only_contains_user_certs=True), True)]),
    "ca-only": crl("2012", "2012-07", extensions=[(scope(only_contains_ca_certs=True), True)]),
    "attribute-only": crl(
        "2012", "2012-07", extensions=[(scope(only_contains_attribute_certs=True), True)]
    ),
    "some-reasons": crl("2012", "2012-07", extensions=[(scope(only_some_reasons=SOME), True)]),
    "rest-reasons": crl("2012", "2012-07", extensions=[(scope(only_some_reasons=REST), True)]),
    "elsewhere": crl("2012", "2012-07", extensions=[
        (scope(full_name=[x509.UniformResourceIdentifier("http://a.example/1")]), True)]),
    "wrong-key": crl("2012", "2012-07", by="other"),
    "revoked-wrong-key": crl("2012-06", "2012-12", revoked("2012-03"), by="other"),
    "other-issuer": crl("2012-06", "2012-12", revoked("2012-03"), issuer="other"),
    "checked-revoked": crl("2012", "2012-07", revoked("2011", "key_compromise", serial=0x31),
                           extensions=[(scope(only_some_reasons=SOME), True)]),
    "responder-revoked": crl("2012", "2012-07", revoked("2011", "key_compromise", serial=0x30),
                             extensions=[(scope(only_some_reasons=SOME), True)]),
}  # fmt: skip
CERT = CERTIFICATES
RESPONSES = {
    "good-2012": response("2012", "2012-02"),
    "good-2012-sha256": response("2012", "2012-02", algorithm=hashes.SHA256, hashed=True),
    "good-no-next": response("2012", None),
    "good-2015": response("2015", "2015-02"),
    "good-2015-cutoff": response("2015", "2015-02", cutoff="2013"),
    "good-delegated": response("2012", "2012-02", by="responder", certs=[CERT["responder"]]),
    "good-checked": response("2012", "2012-02", by="checked", certs=[CERT["checked"]]),
    "good-no-usage": response("2012", "2012-02", by="responder", certs=[CERT["no-usage"]],
                              named=CERT["no-usage"]),
    "good-stranger": response("2012", "2012-02", by="responder", certs=[CERT["stranger"]],
                              named=CERT["stranger"]),
    "good-forged": response("2012", "2012-02", by="responder", certs=[CERT["forged"]],
                            named=CERT["forged"]),
    "good-of-itself": response("2012", "2012-02", by="checked", certs=[CERT["checked"]],
                               about="checked"),
    "good-wrong-key": response("2012", "2012-02", forger="other"),
    "revoked": response("2012-06", "2012-07", "revoked", date="2012-03", reason="key_compromise"),
    "hold": response("2012-06", "2012-07", "revoked", date="2012-03", reason="certificate_hold"),
    "good-after-hold": response("2012-09", "2012-10"),
    "not-issued": response("2012", "2012-02", "revoked", date="1970", reason="certificate_hold"),
    "not-issued-2015": response("2015", "2015-02", "revoked", date="1970",
                                reason="certificate_hold"),
    "unknown": response("2012", "2012-02", "unknown"),
}  # fmt: skip


def main() -> None:
    """Write every object."""
    lines = []
    for kind, objects in (("cert", CERTIFICATES), ("crl", LISTS), ("ocsp", RESPONSES)):
        for label, made in objects.items():
            der = made if isinstance(made, bytes) else made.public_bytes(Encoding.DER)
            lines.append(f"{kind} {label} {der.hex()}\n")
    Path(__file__).with_name("objects.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
