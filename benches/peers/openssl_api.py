"""OpenSSL 4.0.3's C API in a loop: openssl_cms.c says how."""

from __future__ import annotations

import pathlib
from typing import Any

from measure import Corpus

from peers.peer import Peer, command_output, harness_row

HERE = pathlib.Path(__file__).parent


class OpensslApi(Peer):
    """SMIME_read_CMS and CMS_verify with chains, over an mbox in memory."""

    name = "openssl_cms"
    does_less = (
        "no sender compared, no rows written; the archive is in memory and split by one search; "
        "against it: a caller who knew the mail could keep chains"
    )
    threads = (1, 2)

    def __init__(self) -> None:
        self.program: str | None = None

    def prepare(self) -> str:
        self.program = self.program or command_output(HERE / "build_openssl.sh")
        return "OpenSSL 4.0.3 (openssl-src 400.0.2)"

    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        command = [str(self.program), str(corpus.mbox), str(corpus.root), str(threads)]
        return harness_row(self, corpus, threads, command)


PEER = OpensslApi()
