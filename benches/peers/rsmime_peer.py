"""rsmime: OpenSSL's PKCS#7 behind a Rust binding for Python."""

from __future__ import annotations

from peers.python_peer import PythonPeer


class Rsmime(PythonPeer):
    """Its `verify`."""

    name = "rsmime"
    does_less = "no chain is built and no root asked for, no sender compared, no rows"
    packages = ("rsmime==0.7.0",)
    version = "import importlib.metadata as m; print('rsmime', m.version('rsmime'))"
    setup = """
import rsmime
def verify(raw):
    rsmime.Rsmime.verify(raw, raise_on_expired=False)
"""


PEER = Rsmime()
