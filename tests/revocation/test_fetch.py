"""revocation fetch against a server on loopback: what it asks, whom it does not, what it keeps."""

import hashlib
import json
import os
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_crl, ocsp

from smimebatch.errors import OutputError
from smimebatch.revocation import hosts
from smimebatch.revocation.fetching import Fetcher, Manners
from smimebatch.revocation.hosts import AllowList, RefusedError
from smimebatch.revocation.http import Limits
from smimebatch.revocation.places import Wanted, named_in, wanted_by
from smimebatch.revocation.store import Store

QUICK = Limits(max_bytes=1 << 20, timeout_s=0.5, total_timeout_s=1.5)


@pytest.fixture
def fetched(tmp_path):
    """Fetches lists from URLs; returns statuses by URL as the index has them."""

    def fetch(*wanted, allow, limits=QUICK, slept=None, delay_s=0.0):
        manners = Manners(
            limits, delay_s, 0.25, sleep=(lambda _: None) if slept is None else slept.append
        )
        store = Store(str(tmp_path / "store"))
        try:
            fetcher = Fetcher(store, AllowList(allow), manners)
            fetcher.fetch([it if isinstance(it, Wanted) else Wanted("crl", it) for it in wanted])
        finally:
            store.close()
        return {entry["url"]: entry["status"] for entry in index(tmp_path / "store")}

    return fetch


def index(store):
    return [json.loads(line) for line in (store / "index.jsonl").read_text().splitlines()]


def test_list_is_stored_by_its_content_with_where_and_when(server, authority, fetched, tmp_path):
    server.answers["/a.crl"] = (200, {}, authority.crl())
    url = server.url("/a.crl")
    assert fetched(url, allow=[f"127.0.0.1:{server.port}"]) == {url: "stored"}
    (entry,) = index(tmp_path / "store")
    content = (tmp_path / "store" / f"{entry['sha256']}.crl").read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert load_der_x509_crl(content).issuer == authority.name
    assert entry["bytes"] == len(content)
    assert entry["time"].endswith("Z")
    ((method, _, head, _),) = server.asked
    assert method == "GET"
    assert head["User-Agent"].startswith("smimebatch/")
    assert head["Host"] == f"127.0.0.1:{server.port}"
    assert sorted(os.listdir(tmp_path / "store")) == [f"{entry['sha256']}.crl", "index.jsonl"]


def test_what_was_answered_is_not_asked_again_and_what_was_not_is(server, authority, fetched):
    allow = [f"127.0.0.1:{server.port}"]
    server.answers["/a.crl"] = (200, {}, authority.crl())
    urls = server.url("/a.crl"), server.url("/b.crl")
    assert fetched(*urls, allow=allow) == {urls[0]: "stored", urls[1]: "http_404"}
    server.answers["/b.crl"] = (200, {}, authority.crl())
    assert fetched(*urls, allow=allow) == {urls[0]: "stored", urls[1]: "stored"}
    assert server.paths() == ["/a.crl", "/b.crl", "/b.crl"]


def test_lost_file_is_fetched_again(server, authority, fetched, tmp_path):
    server.answers["/a.crl"] = (200, {}, authority.crl())
    allow = [f"127.0.0.1:{server.port}"]
    fetched(server.url("/a.crl"), allow=allow)
    (tmp_path / "store" / f"{index(tmp_path / 'store')[0]['sha256']}.crl").unlink()
    fetched(server.url("/a.crl"), allow=allow)
    assert server.paths() == ["/a.crl"] * 2


def test_killed_fetch_leaves_a_store_that_goes_on(server, authority, fetched, tmp_path):
    server.answers["/a.crl"] = (200, {}, authority.crl())
    (tmp_path / "store" / ".staging").mkdir(parents=True)
    (tmp_path / "store" / ".staging" / "0").write_bytes(b"half")
    (tmp_path / "store" / "index.jsonl").write_text('{"kind":"crl","url":"http')
    store = Store(str(tmp_path / "store"))
    assert list(store.entries()) == []
    with pytest.raises(OutputError):
        Store(str(tmp_path / "store"))
    store.close()
    store = Store(str(tmp_path / "store"))
    store.note(Wanted("crl", "http://x.example/"), "2026-01-01T00:00:00Z", "http_404")
    assert [entry["url"] for entry in store.entries()] == ["http://x.example/"]
    store.close()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((404, {}, b"no"), "http_404"),
        ((204, {}, b""), "http_204"),
        ((200, {}, b"<html>not found</html>"), "not_a_crl"),
        ((200, {}, b""), "not_a_crl"),
        ((200, {}, b"\x30\x82\xff\xff123"), "not_a_crl"),
        ((200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"), "encoded"),
        ((200, {"Content-Length": str(3 << 30)}, b"0"), "too_large"),
        ((200, {"Content-Length": "100"}, b"\x30\x00"), "connection"),
    ],
)
def test_answers_that_are_no_list_are_named_and_not_kept(server, fetched, tmp_path, answer, status):
    server.answers["/x"] = answer
    assert fetched(server.url("/x"), allow=[f"127.0.0.1:{server.port}"]).popitem()[1] == status
    assert os.listdir(tmp_path / "store") == ["index.jsonl"]


def test_answer_without_end_is_cut_at_the_cap(server, fetched, tmp_path):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    server.answers["/x"] = endless
    allow = [f"127.0.0.1:{server.port}"]
    assert list(fetched(server.url("/x"), allow=allow).values()) == ["too_large"]
    assert os.listdir(tmp_path / "store") == ["index.jsonl"]


@pytest.mark.parametrize("pause_s", [0.2, 5.0])
def test_slow_and_dripping_servers_end(server, fetched, pause_s):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(40):
                handler.wfile.write(b"\x30")
                time.sleep(pause_s)
                if pause_s > 1:
                    return
        except OSError:
            pass

    server.answers["/x"] = drip
    started = time.monotonic()
    status = fetched(server.url("/x"), allow=[f"127.0.0.1:{server.port}"])
    assert list(status.values()) == ["timeout"]
    assert time.monotonic() - started < 8


def test_busy_server_is_asked_again_later_each_time(server, authority, fetched):
    busy = (503, {}, b"")
    server.answers["/x"] = [busy, busy, (200, {}, authority.crl())]
    slept = []
    allow = [f"127.0.0.1:{server.port}"]
    assert list(fetched(server.url("/x"), allow=allow, slept=slept).values()) == ["stored"]
    assert slept == [0.25, 0.5]
    server.answers["/y"] = busy
    assert fetched(server.url("/y"), allow=allow)[server.url("/y")] == "http_503"
    assert server.paths() == ["/x"] * 3 + ["/y"] * 3


def test_host_is_asked_one_after_another_with_a_pause(server, authority, fetched):
    for name in "abc":
        server.answers[f"/{name}"] = (200, {}, authority.crl())
    slept = []
    urls = [server.url(f"/{name}") for name in "abc"]
    fetched(*urls, allow=[f"127.0.0.1:{server.port}"], slept=slept, delay_s=1.5)
    assert slept == [1.5, 1.5]
    assert server.paths() == ["/a", "/b", "/c"]


def test_redirect_is_followed_only_where_the_list_allows(server, authority, fetched):
    server.answers["/to"] = (200, {}, authority.crl())
    server.answers["/relative"] = (302, {"Location": "/to"}, b"")
    forbidden = f"http://localhost:{server.port}/to"
    server.answers["/elsewhere"] = (302, {"Location": forbidden}, b"")
    server.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    server.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    paths = ("/relative", "/elsewhere", "/file", "/loop")
    found = fetched(*map(server.url, paths), allow=[f"127.0.0.1:{server.port}"])
    assert [found[server.url(path)] for path in paths] == [
        "stored",
        "not_allowed",
        "unsupported_scheme",
        "too_many_redirects",
    ]
    assert server.paths().count("/to") == 1


def test_host_that_is_not_allowed_is_never_asked(server, fetched):
    urls = [server.url("/x"), server.url("/x", "localhost"), "ldap://x.example/cn=x", "http:///"]
    found = fetched(*urls, allow=["crl.example.com", ".example.org"])
    assert [found[url] for url in urls] == [
        "not_allowed",
        "not_allowed",
        "unsupported_scheme",
        "bad_url",
    ]
    assert server.asked == []


def test_name_that_leads_to_a_private_address_is_refused(server, authority, fetched, monkeypatch):
    """The name is allowed, what it resolves to is not: only an entry for the address helps."""
    server.answers["/x"] = (200, {}, authority.crl())
    url = server.url("/x", "localhost")
    name = f"localhost:{server.port}"
    assert fetched(url, allow=[name]) == {url: "private_address"}
    assert server.asked == []
    monkeypatch.setattr(hosts, "resolved", lambda _: [hosts.address_of("127.0.0.1")])
    assert fetched(url, allow=[name, "127.0.0.0/8"])[url] == "stored"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_of_the_public_internet_are_refused(address):
    assert not hosts.is_public(hosts.address_of(address))


def test_public_addresses_are_public():
    for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"):
        assert hosts.is_public(hosts.address_of(address))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://crl.example.com/a", None),
        ("http://CRL.Example.com./a", None),
        ("https://crl.example.com/a", None),
        ("http://crl.example.com:8080/a", "not_allowed"),
        ("http://crl.example.com.evil.example/a", "not_allowed"),
        ("http://evil.example/crl.example.com", "not_allowed"),
        ("http://crl.example.com@evil.example/", "bad_url"),
        ("http://evil.example#@crl.example.com/", "not_allowed"),
        ("http://evil.example\\@crl.example.com/", "bad_url"),
        ("http://crl.example.com/a\r\nHost: evil.example", "bad_url"),
        ("http://crl.example.com/ü", "bad_url"),
        ("http://crl.example.com:99999/", "bad_url"),
        ("http://[::1]/", "not_allowed"),
        ("http://2130706433/", "not_allowed"),
        ("http://0x7f.1/", "not_allowed"),
        ("http://below.example.org/", None),
        ("http://example.org/", "not_allowed"),
        ("ftp://crl.example.com/", "unsupported_scheme"),
        ("crl.example.com/a", "unsupported_scheme"),
    ],
)
def test_allow_list_admits_what_it_names_and_nothing_else(url, code):
    allowed = AllowList(["crl.example.com", ".example.org"])
    if code is None:
        allowed.place(url)
        return
    with pytest.raises(RefusedError) as refused:
        allowed.place(url)
    assert refused.value.code == code


def test_question_about_a_certificate_is_what_openssl_would_ask(server, authority, fetched):
    person = authority.person(0x1234, responders=[server.url("/ocsp")])
    server.answers["/ocsp"] = (200, {}, authority.response(person))
    named = [named_in(it.public_bytes(Encoding.DER)) for it in (person, authority.certificate)]
    (wanted,) = wanted_by(named, [])
    assert fetched(wanted, allow=[f"127.0.0.1:{server.port}"]) == {wanted.url: "stored"}
    ((method, _, head, body),) = server.asked
    assert method == "POST"
    assert head["Content-Type"] == "application/ocsp-request"
    from cryptography.hazmat.primitives.hashes import SHA1

    expected = ocsp.OCSPRequestBuilder().add_certificate(person, authority.certificate, SHA1())
    assert body == expected.build().public_bytes(Encoding.DER)


def test_responder_that_refuses_is_named(server, authority, fetched):
    person = authority.person(responders=[server.url("/ocsp")])
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    server.answers["/ocsp"] = [
        (200, {}, refusal.public_bytes(Encoding.DER)),
        (200, {}, b"<html>"),
    ]
    named = [named_in(it.public_bytes(Encoding.DER)) for it in (person, authority.certificate)]
    allow = [f"127.0.0.1:{server.port}"]
    assert fetched(*wanted_by(named, []), allow=allow).popitem()[1] == "ocsp_unauthorized"
    assert fetched(*wanted_by(named, []), allow=allow).popitem()[1] == "not_an_ocsp_response"


def test_command_fetches_into_a_store(run, server, authority, harvest, tmp_path):
    person = authority.person(
        crls=[server.url("/a.crl"), "ldap://x.example/cn=y"], responders=[server.url("/ocsp")]
    )
    server.answers["/a.crl"] = (200, {}, authority.crl())
    server.answers["/ocsp"] = (200, {}, authority.response(person))
    command = ("revocation", "fetch", harvest(person), "--allow", f"127.0.0.1:{server.port}")
    code, out, err = run(*command, "-o", tmp_path / "store", "--delay", 0)
    assert (code, out) == (0, "")
    assert "2 stored" in err
    assert "1 unsupported_scheme" in err
    suffixes = sorted(name.rpartition(".")[2] for name in os.listdir(tmp_path / "store"))
    assert suffixes == ["crl", "jsonl", "ocsp"]
    code, _, err = run(*command, "-o", tmp_path / "store", "--delay", 0)
    assert "2 already_stored" in err
    assert len(server.asked) == 2


def test_command_says_3_where_something_was_not_to_be_had(
    run, server, authority, harvest, tmp_path
):
    person = authority.person(crls=[server.url("/a.crl")])
    command = ("revocation", "fetch", harvest(person), "--allow", f"127.0.0.1:{server.port}")
    code, _, err = run(*command, "-o", tmp_path / "store")
    assert code == 3
    assert "1 http_404" in err


def test_dry_run_lists_everything_and_opens_nothing(run, server, authority, harvest, monkeypatch):
    person = authority.person(crls=[server.url("/a.crl"), "http://other.example/b.crl"])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("a name was looked up"))
    command = ("revocation", "fetch", harvest(person), "--dry-run", "--format", "jsonl")
    code, out, _ = run(*command, "--allow", f"127.0.0.1:{server.port}")
    rows = {row["url"]: row["status"] for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert rows == {
        server.url("/a.crl"): "to_fetch",
        "http://other.example/b.crl": "not_allowed",
    }
    assert server.asked == []
    assert "other.example" in run("revocation", "fetch", harvest(person), "--dry-run")[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "store"), "--dry-run"),
        (("--allow", "a.example"), "--output"),
        (("-o", "store", "--allow", "not a host"), "--allow"),
        (("--dry-run", "--only", "delta"), "--only"),
    ],
)
def test_command_that_cannot_be_is_2_and_makes_nothing(run, authority, harvest, options, words):
    code, out, err = run("revocation", "fetch", harvest(), *options)
    assert (code, out) == (2, "")
    assert words in err
    assert not os.path.exists("store")
