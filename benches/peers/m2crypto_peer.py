"""M2Crypto: the system's OpenSSL through SWIG."""

from __future__ import annotations

from peers.python_peer import PythonPeer


class M2Crypto(PythonPeer):
    """Its SMIME module, with chains to the root."""

    name = "M2Crypto"
    does_less = "no sender compared, no rows"
    packages = ("setuptools==80.9.0", "wheel==0.48.0", "swig==4.5.1", "M2Crypto==0.51.0")
    pip_options = ("--no-build-isolation",)
    version = (
        "import M2Crypto; said = M2Crypto.m2.OPENSSL_VERSION_TEXT.split(); "
        "print('M2Crypto', M2Crypto.__version__, 'with', *said[:2])"
    )
    setup = """
from M2Crypto import BIO, SMIME, X509
store = X509.X509_Store()
store.load_info(root)
def verify(raw):
    smime = SMIME.SMIME()
    smime.set_x509_store(store)
    smime.set_x509_stack(X509.X509_Stack())
    p7, data = SMIME.smime_load_pkcs7_bio(BIO.MemoryBuffer(raw))
    smime.verify(p7, data)
"""


PEER = M2Crypto()
