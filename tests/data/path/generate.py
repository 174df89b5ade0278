"""Writes certificates.pem: the certificates of the path building tests, the same bytes every time.

Keys are fixed numbers on P-256 and signatures are deterministic (RFC 6979), so that running this again changes
nothing. The private keys are no secret; trust none of these certificates.

    python generate.py > certificates.pem
"""

import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ANY_POLICY = ObjectIdentifier("2.5.29.32.0")
SIGNING = {"digital_signature"}
CERTIFYING = {"key_cert_sign", "crl_sign"}
USES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
    "key_cert_sign crl_sign encipher_only decipher_only"
).split()


def key(number):
    return ec.derive_private_key(1_000_000_007 * number + 3, ec.SECP256R1())


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(uses):
    return x509.KeyUsage(**{use: use in uses for use in USES})


def policy(*oids):
    return x509.CertificatePolicies([x509.PolicyInformation(oid, None) for oid in oids])


def unrecognized(oid, der):
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), bytes.fromhex(der))


def certificate(
    label,
    subject,
    subject_key,
    issuer,
    issuer_key,
    years=(2015, 2035),
    constraints=None,
    uses=None,
    purposes=None,
    more=(),
    key_identifiers=True,
):
    """One certificate; `constraints` is (is_ca, path_length), `more` further (extension, critical)."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key(subject_key).public_key())
        .serial_number(0x1000 + len(written))
        .not_valid_before(datetime.datetime(years[0], 1, 1))
        .not_valid_after(datetime.datetime(years[1], 1, 1))
    )
    if constraints is not None:
        is_ca, path_length = constraints
        builder = builder.add_extension(x509.BasicConstraints(is_ca, path_length), True)
    if uses is not None:
        builder = builder.add_extension(usage(uses), True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
    if key_identifiers:
        own = x509.SubjectKeyIdentifier.from_public_key(key(subject_key).public_key())
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer_key).public_key())
        builder = builder.add_extension(own, False).add_extension(authority, False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(key(issuer_key), hashes.SHA256(), ecdsa_deterministic=True)
    written.append(label)
    pem = signed.public_bytes(serialization.Encoding.PEM).decode()
    sys.stdout.write(f"# {label}\n{pem}")


def ca(label, subject, subject_key, issuer, issuer_key, **options):
    options.setdefault("constraints", (True, None))
    options.setdefault("uses", CERTIFYING)
    certificate(label, subject, subject_key, issuer, issuer_key, **options)


def leaf(label, issuer="Intermediate", issuer_key=3, **options):
    options.setdefault("uses", SIGNING)
    options.setdefault("purposes", [ExtendedKeyUsageOID.EMAIL_PROTECTION])
    certificate(label, "Leaf", 4, issuer, issuer_key, **options)


written = []

# Roots, and the ordinary ladder.
ca("root", "Root", 1, "Root", 1, years=(2010, 2040))
ca("root_renewed", "Root", 1, "Root", 1, years=(2020, 2050))
ca("root_path_length_0", "Root", 1, "Root", 1, constraints=(True, 0))
ca("root_other_key", "Root", 10, "Root", 10)
ca("other_root", "Other Root", 2, "Other Root", 2, years=(2010, 2040))
ca("root_by_other_root", "Root", 1, "Other Root", 2, years=(2010, 2040))
ca("intermediate", "Intermediate", 3, "Root", 1)
leaf("leaf")

# Leaves that differ in one thing.
leaf("leaf_2020_to_2022", years=(2020, 2022))
leaf("leaf_without_extensions", uses=None, purposes=None, key_identifiers=False)
leaf("leaf_without_key_identifiers", key_identifiers=False)
leaf("leaf_non_repudiation", uses={"content_commitment"})
leaf("leaf_key_encipherment", uses={"key_encipherment"})
leaf("leaf_server", purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
leaf("leaf_any_purpose", purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
leaf("leaf_critical_unknown", more=[(unrecognized("1.2.3.4", "0500"), True)])
leaf("leaf_unknown", more=[(unrecognized("1.2.3.4", "0500"), False)])
leaf("leaf_by_root", issuer="Root", issuer_key=1)
certificate("self_signed", "Self", 5, "Self", 5, uses=SIGNING)
certificate("self_signed_not_ca", "Root", 1, "Root", 1, constraints=(False, None))

# Intermediates of the same name and key that differ in one thing.
inhibit = (x509.InhibitAnyPolicy(0), True)
mappings = (unrecognized("2.5.29.33", "300c300a06032a030406032a0305"), False)
subtree = x509.NameConstraints([x509.RFC822Name("example.org")], None)
for label, options in {
    "expired": {"years": (2015, 2018)},
    "future": {"years": (2034, 2035)},
    "not_ca": {"constraints": (False, None)},
    "without_constraints": {"constraints": None},
    "path_length_0": {"constraints": (True, 0)},
    "crl_only": {"uses": {"crl_sign"}},
    "without_uses": {"uses": None},
    "server": {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
    "mail": {"purposes": [ExtendedKeyUsageOID.EMAIL_PROTECTION]},
    "name_constraints": {"more": [(subtree, False)]},
    "policy_constraints": {"more": [(x509.PolicyConstraints(0, None), True)]},
    "policy_mappings": {"more": [mappings]},
    "inhibit_any_policy": {"more": [inhibit]},
    "critical_policies": {"more": [(policy(ANY_POLICY), True)]},
    "critical_unknown": {"more": [(unrecognized("1.2.3.4", "0500"), True)]},
}.items():
    ca(f"intermediate_{label}", "Intermediate", 3, "Root", 1, **options)
ca("intermediate_other_key", "Intermediate", 7, "Root", 1)
ca("intermediate_by_unknown", "Intermediate", 3, "Unknown Root", 11)

# Below a path length: one CA more, and a self-issued one, which does not count.
ca("sub", "Sub", 6, "Intermediate", 3)
leaf("leaf_by_sub", issuer="Sub", issuer_key=6)
ca("intermediate_rolled_over", "Intermediate", 8, "Intermediate", 3)
leaf("leaf_by_rolled_over", issuer="Intermediate", issuer_key=8)

# A and B certify each other, and nobody else does.
ca("loop_a", "A", 20, "B", 21)
ca("loop_b", "B", 21, "A", 20)
leaf("leaf_by_loop", issuer="A", issuer_key=20)

# A ladder of sixteen CAs below the root.
for depth in range(1, 17):
    issuer = ("Root", 1) if depth == 1 else (f"Deep {depth - 1}", 30 + depth - 1)
    ca(f"deep_{depth}", f"Deep {depth}", 30 + depth, *issuer)
leaf("leaf_by_deep_14", issuer="Deep 14", issuer_key=44)
leaf("leaf_by_deep_15", issuer="Deep 15", issuer_key=45)
