import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from tests.revocation.server import serving

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2034, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def server():
    with serving() as found:
        yield found


class Authority:
    """A CA that makes certificates naming places, lists and answers."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fetch CA")])
        self.certificate = self.issued(self.name, self.key, 1, is_ca=True)

    def issued(self, name, key, serial, crls=(), responders=(), is_ca=False):
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), serial, START, END)
        builder = builder.add_extension(x509.BasicConstraints(is_ca, None), True)
        if crls:
            names = [x509.UniformResourceIdentifier(url) for url in crls]
            points = [x509.DistributionPoint([name], None, None, None) for name in names]
            builder = builder.add_extension(x509.CRLDistributionPoints(points), False)
        if responders:
            access = [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url)
                )
                for url in responders
            ]
            builder = builder.add_extension(x509.AuthorityInformationAccess(access), False)
        return builder.sign(self.key, hashes.SHA256())

    def person(self, serial=7, **places):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Person {serial}")])
        return self.issued(name, ec.generate_private_key(ec.SECP256R1()), serial, **places)

    def crl(self):
        builder = x509.CertificateRevocationListBuilder(self.name, START, END)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def response(self, certificate):
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate,
            self.certificate,
            hashes.SHA1(),
            ocsp.OCSPCertStatus.GOOD,
            START,
            END,
            None,
            None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, self.certificate)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="session")
def authority():
    return Authority()


@pytest.fixture
def harvest(tmp_path, authority):
    """Writes a certificates dataset of these certificates and the CA; returns its path."""

    def write(*certificates, name="certificates.parquet"):
        ders = [it.public_bytes(Encoding.DER) for it in (authority.certificate, *certificates)]
        path = tmp_path / name
        pq.write_table(pa.table({"der": ders}), path)
        return path

    return write
