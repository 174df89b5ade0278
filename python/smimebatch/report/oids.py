"""Names of the object identifiers that people meet in signed mail; others are shown as they are."""

from __future__ import annotations

ATTRIBUTES = {
    "1.2.840.113549.1.9.3": "content type",
    "1.2.840.113549.1.9.4": "message digest",
    "1.2.840.113549.1.9.5": "signing time",
    "1.2.840.113549.1.9.6": "countersignature",
    "1.2.840.113549.1.9.15": "S/MIME capabilities",
    "1.2.840.113549.1.9.52": "algorithm protection",
    "1.2.840.113549.1.9.16.2.1": "receipt request",
    "1.2.840.113549.1.9.16.2.2": "security label",
    "1.2.840.113549.1.9.16.2.3": "mailing list expansion history",
    "1.2.840.113549.1.9.16.2.4": "content hints",
    "1.2.840.113549.1.9.16.2.5": "message signature digest",
    "1.2.840.113549.1.9.16.2.7": "content identifier",
    "1.2.840.113549.1.9.16.2.9": "equivalent labels",
    "1.2.840.113549.1.9.16.2.10": "content reference",
    "1.2.840.113549.1.9.16.2.11": "preferred encryption certificate",
    "1.2.840.113549.1.9.16.2.12": "signing certificate",
    "1.2.840.113549.1.9.16.2.15": "signature policy",
    "1.2.840.113549.1.9.16.2.16": "commitment type",
    "1.2.840.113549.1.9.16.2.17": "signer location",
    "1.2.840.113549.1.9.16.2.18": "signer attributes",
    "1.2.840.113549.1.9.16.2.19": "other signing certificates",
    "1.2.840.113549.1.9.16.2.20": "content time-stamp",
    "1.2.840.113549.1.9.16.2.47": "signing certificate v2",
    "1.3.6.1.4.1.311.16.4": "preferred encryption certificate (Microsoft)",
}
USAGES = {
    "1.3.6.1.5.5.7.3.1": "web server",
    "1.3.6.1.5.5.7.3.2": "client authentication",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "e-mail protection",
    "1.3.6.1.5.5.7.3.5": "IPsec end system",
    "1.3.6.1.5.5.7.3.6": "IPsec tunnel",
    "1.3.6.1.5.5.7.3.7": "IPsec user",
    "1.3.6.1.5.5.7.3.8": "time stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP signing",
    "1.3.6.1.5.5.7.3.17": "IPsec key exchange",
    "1.3.6.1.4.1.311.10.3.4": "encrypted files (Microsoft)",
    "1.3.6.1.4.1.311.10.3.12": "document signing (Microsoft)",
    "1.3.6.1.4.1.311.20.2.2": "smart card logon (Microsoft)",
    "1.3.6.1.4.1.311.21.5": "key archival (Microsoft)",
    "1.3.6.1.4.1.311.21.6": "key recovery (Microsoft)",
    "2.5.29.37.0": "any purpose",
}
POLICIES = {
    "2.5.29.32.0": "any policy",
    "2.23.140.1.2.1": "web server, domain validated",
    "2.23.140.1.2.2": "web server, organisation validated",
    "2.23.140.1.2.3": "web server, individual validated",
    "2.23.140.1.5.1.1": "S/MIME mailbox validated, legacy",
    "2.23.140.1.5.1.2": "S/MIME mailbox validated, multipurpose",
    "2.23.140.1.5.1.3": "S/MIME mailbox validated, strict",
    "2.23.140.1.5.2.1": "S/MIME organisation validated, legacy",
    "2.23.140.1.5.2.2": "S/MIME organisation validated, multipurpose",
    "2.23.140.1.5.2.3": "S/MIME organisation validated, strict",
    "2.23.140.1.5.3.1": "S/MIME sponsor validated, legacy",
    "2.23.140.1.5.3.2": "S/MIME sponsor validated, multipurpose",
    "2.23.140.1.5.3.3": "S/MIME sponsor validated, strict",
    "2.23.140.1.5.4.1": "S/MIME individual validated, legacy",
    "2.23.140.1.5.4.2": "S/MIME individual validated, multipurpose",
    "2.23.140.1.5.4.3": "S/MIME individual validated, strict",
}
NAMES = ATTRIBUTES | USAGES | POLICIES
KEY_USAGES = {
    "digitalSignature": "signatures, of mail too",
    "nonRepudiation": "signatures that are to bind the signer, of mail too",
    "keyEncipherment": "keys of encrypted mail may be encrypted with it (RSA)",
    "dataEncipherment": "data may be encrypted with it directly; rare",
    "keyAgreement": "keys of encrypted mail may be agreed with it (elliptic curves)",
    "keyCertSign": "signatures of certificates: a CA's",
    "cRLSign": "signatures of revocation lists: a CA's",
    "encipherOnly": "with keyAgreement: only for encrypting",
    "decipherOnly": "with keyAgreement: only for decrypting",
}
"""Key usage bits by the names of RFC 5280 §4.2.1.3."""


def named(oids: list[str] | None) -> str:
    """Return a list of identifiers as words, separated by commas."""
    return ", ".join(NAMES.get(oid, oid) for oid in oids or ())
