"""Writes the certificates `odd-*.der`: oddities of thirty years that no common tool still makes (RULES 18).

Own DER writer, Ed25519 with a fixed key (RFC 8032 signatures are deterministic), so every run writes the same bytes.
Needs the package `cryptography`. Usage: python make_odd.py
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HERE = Path(__file__).parent


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    n = len(content)
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    length = bytes([n]) if n < 128 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def oid(dotted: str) -> bytes:
    arcs = [int(arc) for arc in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.insert(0, arc & 0x7F | 0x80)
        out += bytes(octets)
    return tlv(0x06, out)


def rdn(*attributes: tuple[str, int, bytes]) -> bytes:
    return tlv(0x31, *(seq(oid(kind), tlv(tag, value)) for kind, tag, value in attributes))


CN, O, OU, EMAIL = "2.5.4.3", "2.5.4.10", "2.5.4.11", "1.2.840.113549.1.9.1"
PLAIN = seq(rdn((CN, 0x0C, b"Odd")))
ED25519 = seq(oid("1.3.101.112"))
TRUE, ONE, FALSE = tlv(0x01, b"\xff"), tlv(0x01, b"\x01"), tlv(0x01, b"\x00")


def extension(dotted: str, value: bytes, critical: bytes = b"") -> bytes:
    return seq(oid(dotted), critical, tlv(0x04, value))


def certificate(
    *,
    version: bytes = tlv(0xA0, tlv(0x02, b"\x02")),
    serial: bytes = b"\x01",
    name: bytes = PLAIN,
    not_before: bytes = tlv(0x17, b"000101000000Z"),
    not_after: bytes = tlv(0x17, b"491231235959Z"),
    extensions: tuple[bytes, ...] = (),
    trailing: bytes = b"",
    indefinite: bool = False,
) -> bytes:
    spki = seq(ED25519, tlv(0x03, b"\x00" + KEY.public_key().public_bytes_raw()))
    fields = [version, tlv(0x02, serial), ED25519, name, seq(not_before, not_after), name, spki]
    if extensions:
        fields.append(tlv(0xA3, seq(*extensions)))
    sequence = (lambda *parts: b"\x30\x80" + b"".join(parts) + b"\x00\x00") if indefinite else seq
    tbs = sequence(*fields)
    return sequence(tbs, ED25519, tlv(0x03, b"\x00" + KEY.sign(tbs))) + trailing


SAN = "2.5.29.17"
ODD = {
    "utctime-without-seconds": certificate(not_before=tlv(0x17, b"9607010000Z")),
    "utctime-with-offset": certificate(not_before=tlv(0x17, b"960701000000+0200")),
    "generalizedtime-with-fraction": certificate(not_before=tlv(0x18, b"19960701000000.25Z")),
    "time-without-zone": certificate(not_before=tlv(0x17, b"960701000000")),
    "true-as-01": certificate(extensions=(extension("2.5.29.19", seq(ONE), ONE),)),
    "explicit-defaults": certificate(
        version=tlv(0xA0, tlv(0x02, b"\x00")),
        extensions=(extension("2.5.29.19", seq(FALSE), FALSE),),
    ),
    "v1-with-extensions": certificate(
        version=b"", extensions=(extension("2.5.29.19", seq(TRUE), TRUE),)
    ),
    "name-t61-bmp-universal": certificate(
        name=seq(
            rdn((O, 0x14, "Müller".encode("latin-1"))),
            rdn((OU, 0x1E, "Ünit  Ω".encode("utf-16-be"))),
            rdn((CN, 0x1C, "Ünïversal".encode("utf-32-be"))),
        )
    ),
    "name-utf8-twin": certificate(
        name=seq(
            rdn((O, 0x0C, "MÜLLER".encode())),
            rdn((OU, 0x0C, " ünit ω ".encode())),
            rdn((CN, 0x0C, "ünïversal".encode())),
        )
    ),
    "name-unsorted-set": certificate(name=seq(rdn((OU, 0x13, b'B, "x" '), (CN, 0x13, b"#a+b")))),
    "name-sorted-set": certificate(name=seq(rdn((CN, 0x13, b"#a+b"), (OU, 0x13, b'B, "x" ')))),
    "addresses": certificate(
        name=seq(rdn((CN, 0x0C, b"cn@example.org")), rdn((EMAIL, 0x16, b"dn@example.org"))),
        extensions=(
            extension(
                SAN,
                seq(
                    tlv(0x82, b"dns.example.org"),
                    tlv(0x81, b"Alice@Example.ORG"),
                    tlv(0x81, b"alice@example.org\x00.evil.example"),
                    tlv(0x81, "älice@example.org".encode("latin-1")),
                    tlv(
                        0xA0,
                        oid("1.3.6.1.5.5.7.8.9"),
                        tlv(0xA0, tlv(0x0C, "老師@example.org".encode())),
                    ),
                    tlv(
                        0xA0,
                        oid("1.3.6.1.4.1.311.20.2.3"),
                        tlv(0xA0, tlv(0x0C, b"upn@example.org")),
                    ),
                    tlv(0x86, b"mailto:uri@example.org"),
                ),
            ),
        ),
    ),
    "alternative-name-malformed": certificate(
        extensions=(extension(SAN, tlv(0x16, b"alice@example.org")),)
    ),
    "key-usage-malformed": certificate(extensions=(extension("2.5.29.15", b"\x03\x02\x09\x80"),)),
    "key-identifier-malformed": certificate(extensions=(extension("2.5.29.14", b"\x01\x01\x00"),)),
    "key-usage-empty": certificate(extensions=(extension("2.5.29.15", tlv(0x03, b"\x00"), TRUE),)),
    "serial-zero": certificate(serial=b"\x00"),
    "serial-21-octets": certificate(serial=b"\x7f" + b"\x00" * 20),
    "trailing-bytes": certificate(trailing=b"\r\n\x00"),
    "indefinite-lengths": certificate(indefinite=True),
}

for name, der in ODD.items():
    (HERE / f"odd-{name}.der").write_bytes(der)
