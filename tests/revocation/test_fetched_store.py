"""What `revocation fetch` brings from OpenSSL's CA and responder, as `--crls` and `--ocsp`."""

import subprocess
import sys

import pyarrow.dataset as ds
import pytest
from tests.revocation.server import serving

from smimebatch.report.gaps import gaps_of

CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {folder}/root.pem
private_key = {folder}/root.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
subjectAltName = email:alice@example.org
keyUsage = digitalSignature
authorityInfoAccess = OCSP;URI:{url}/ocsp
crlDistributionPoints = URI:{url}/ca.crl
[responder]
extendedKeyUsage = OCSPSigning
keyUsage = digitalSignature
noCheck = ignored
"""


class OpenSsl:
    """A CA with a responder, as OpenSSL's tools keep them."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder, url=server.url("")))
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self.run(
            "req",
            "-x509",
            *new,
            "-subj",
            "/CN=Fetched CA",
            "-days",
            "60",
            "-config",
            "ca.cnf",
            "-extensions",
            "root",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
        )
        for name, kind in (("good", "signer"), ("bad", "signer"), ("responder", "responder")):
            self.run(
                "req",
                *new,
                "-subj",
                f"/CN={name}",
                "-config",
                "ca.cnf",
                "-keyout",
                f"{name}.key",
                "-out",
                f"{name}.csr",
            )
            self.run(
                "ca",
                "-batch",
                "-notext",
                "-config",
                "ca.cnf",
                "-extensions",
                kind,
                "-in",
                f"{name}.csr",
                "-out",
                f"{name}.pem",
            )
        self.run("ca", "-config", "ca.cnf", "-revoke", "bad.pem", "-crl_reason", "keyCompromise")
        self.run("ca", "-config", "ca.cnf", "-gencrl", "-out", "ca.crl")
        self.run("crl", "-in", "ca.crl", "-outform", "DER", "-out", "ca.der")
        server.answers["/ca.crl"] = (200, {}, (folder / "ca.der").read_bytes())
        server.answers["/ocsp"] = self.answer

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def answer(self, handler):
        (self.folder / "request.der").write_bytes(self.server.asked[-1][3])
        self.run(
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "root.pem",
            "-rsigner",
            "responder.pem",
            "-rkey",
            "responder.key",
            "-reqin",
            "request.der",
            "-ndays",
            "30",
            "-respout",
            "response.der",
        )
        response = (self.folder / "response.der").read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(response)))
        handler.end_headers()
        handler.wfile.write(response)

    def mail(self, name):
        text = self.folder / "text"
        text.write_bytes(b"Content-Type: text/plain\r\n\r\nhello\r\n")
        self.run(
            "cms",
            "-sign",
            "-signer",
            f"{name}.pem",
            "-inkey",
            f"{name}.key",
            "-from",
            "alice@example.org",
            "-subject",
            name,
            "-in",
            "text",
            "-out",
            f"{name}.eml",
        )


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fetched")
    with serving() as server:
        ca = OpenSsl(folder, server)
        mails = folder / "mails"
        mails.mkdir()
        for name in ("good", "bad"):
            ca.mail(name)
            (folder / f"{name}.eml").rename(mails / f"{name}.eml")
        command("verify", mails, "--trust", folder / "root.pem", "-o", folder / "first")
        command(
            "revocation",
            "fetch",
            folder / "first",
            "--trust",
            folder / "root.pem",
            "-o",
            folder / "store",
            "--allow",
            f"127.0.0.1:{server.port}",
            "--delay",
            "0",
        )
        assert sorted(server.paths()) == ["/ca.crl", "/ocsp", "/ocsp"]
    return folder


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "smimebatch", *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("kinds", [["crls"], ["ocsp"], ["crls", "ocsp"]])
def test_store_is_what_crls_and_ocsp_take(fetched, tmp_path, kinds):
    store = fetched / "store"
    (store / ".staging").mkdir(exist_ok=True)
    (store / ".staging" / "0").write_bytes(b"half")
    assert len(list(store.glob("*.crl"))) == 1
    assert len(list(store.glob("*.ocsp"))) == 2
    options = [text for kind in kinds for text in (f"--{kind}", store)]
    said = command(
        "verify",
        fetched / "mails",
        "--trust",
        fetched / "root.pem",
        "--revocation",
        "required",
        *options,
        "-o",
        tmp_path / "out",
    )
    assert "left out" not in said
    rows = ds.dataset(tmp_path / "out" / "signatures").to_table().to_pylist()
    found = {row["signer_subject"]: row for row in rows}
    words = {name: (row["indication"], row["sub_indication"]) for name, row in found.items()}
    assert words == {
        "CN=good": ("TOTAL_PASSED", None),
        "CN=bad": ("INDETERMINATE", "REVOKED_NO_POE"),
    }
    (element,) = found["CN=bad"]["revocation"]
    assert element["reason"] == "key_compromise"
    if kinds == ["crls"]:
        # (Of a response it is the hash of what is signed, without the envelope that the file has.)
        (stored,) = store.glob("*.crl")
        assert element["source_sha256"].hex() == stored.stem


def test_without_the_store_nothing_is_known(fetched, tmp_path):
    command(
        "verify",
        fetched / "mails",
        "--trust",
        fetched / "root.pem",
        "--revocation",
        "required",
        "-o",
        tmp_path / "out",
    )
    rows = ds.dataset(tmp_path / "out" / "signatures").to_table().to_pylist()
    assert {row["chain_result"] for row in rows} == {"revocation_unknown"}


def revocation_gaps(out):
    return [gap for gap in gaps_of(str(out)).gaps if gap.kind == "revocation_data"]


def test_gap_names_the_issuer_and_where_its_lists_are(fetched, tmp_path):
    options = ("--trust", fetched / "root.pem", "--revocation", "required", "-o", tmp_path / "out")
    command("verify", fetched / "mails", *options)
    (gap,) = revocation_gaps(tmp_path / "out")
    assert (gap.name, gap.messages, gap.signatures) == ("CN=Fetched CA", 2, 2)
    assert [place.rsplit("/", 1)[1] for place in gap.places] == ["ca.crl", "ocsp"]


@pytest.mark.parametrize("option", ["--crls", "--ocsp"])
def test_gap_is_closed_by_the_store(fetched, tmp_path, option):
    options = ("--trust", fetched / "root.pem", "--revocation", "required")
    store = (option, fetched / "store", "-o", tmp_path / "out")
    command("verify", fetched / "mails", *options, *store)
    assert revocation_gaps(tmp_path / "out") == []


def test_gap_of_some_stays_where_a_response_is_of_another(fetched, tmp_path):
    store = tmp_path / "half"
    store.mkdir()
    first = min((fetched / "store").glob("*.ocsp"))
    (store / first.name).write_bytes(first.read_bytes())
    options = ("--trust", fetched / "root.pem", "--revocation", "required", "--ocsp", store)
    command("verify", fetched / "mails", *options, "-o", tmp_path / "out")
    (gap,) = revocation_gaps(tmp_path / "out")
    assert (gap.name, gap.messages) == ("CN=Fetched CA", 1)


@pytest.mark.parametrize("mode", ["off", "if-available"])
def test_nothing_waits_where_nothing_is_required(fetched, tmp_path, mode):
    options = ("--trust", fetched / "root.pem", "--revocation", mode, "-o", tmp_path / "out")
    command("verify", fetched / "mails", *options)
    gaps = gaps_of(str(tmp_path / "out"))
    assert (gaps.gaps, gaps.unknown + gaps.not_checked, gaps.signatures) == ((), 2, 2)
