import pytest
from cryptography import x509
from tests.trust.made import made_root


@pytest.fixture(scope="session")
def roots() -> list[x509.Certificate]:
    return [made_root(f"Root {n}") for n in range(4)]
