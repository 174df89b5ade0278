"""The extension module: Arrow in, one call into the core, Arrow out.

Everything here takes and gives Arrow data through the PyCapsule interface, so any Arrow library
will do.
"""

from collections.abc import Iterable, Sequence
from typing import Any, final

from typing_extensions import Buffer

__all__ = [
    "ArrowBatch",
    "ArrowSchema",
    "ArrowStream",
    "CryptoJobs",
    "Engine",
    "KeyFile",
    "MboxScanner",
    "ParquetEncoder",
    "Passwords",
    "Revocation",
    "RevocationFile",
    "Sealer",
    "StageTimes",
    "Tables",
    "Token",
    "Trust",
    "Vault",
    "WeakKeys",
    "algorithms",
    "codes",
    "comparable_address",
    "count_values",
    "cpu_features",
    "datasets",
    "describe_signatories",
    "describe_target",
    "fold_sightings",
    "gather_tables",
    "judge_recipients",
    "kernels",
    "lanes_choices",
    "merge_certificates",
    "merkle_root",
    "named_places",
    "new_signer",
    "parse_certificates",
    "private_floor",
    "reason_words",
    "row_leaves",
    "schema",
    "sniff_mbox_variant",
    "transport_floor",
    "version",
]

version: str
"""Version of the core and of the package."""

def schema(dataset: str) -> ArrowSchema:
    """Arrow schema of a dataset as its files hold it.

    Names: messages signatures certificates certificate_sightings encryptions recipients errors
    input parts. Field metadata `doc` holds the sentence of the column, schema metadata
    `smimebatch.schema` the version. ValueError for any other name.
    """

def algorithms() -> list[tuple[str, str, str, str, str]]:
    """(group, name, object identifier, who computes it, standard) of digests, signatures, curves.

    Where nobody computes it the fourth is empty and the last says why. The group `named` is
    everything else, never computed: its last says what it is for.
    """

def codes() -> list[tuple[str, str, str]]:
    """(vocabulary, code, sentence) of every closed vocabulary, in declaration order."""

def reason_words() -> list[tuple[str, str, str | None]]:
    """(reason, indication, sub-indication): all that each reason of the fold comes to alone."""

def datasets() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Each dataset with its sentence and its columns as (name, type in files, sentence)."""

def cpu_features() -> dict[str, bool]:
    """Features of this processor that choose between implementations."""

lanes_choices: list[str]
"""What SMIMEBATCH_LANES may be."""

def kernels() -> list[tuple[str, str, str]]:
    """(kind of job, kernel or `library`, why) of the cryptography in this process.

    ValueError where SMIMEBATCH_LANES is none of `lanes_choices`.
    """

def parse_certificates(data: bytes) -> list[bytes]:
    """DER of each certificate of a PEM bundle (text around it allowed), PKCS#7 or one DER file.

    ValueError says what was expected and what was found.
    """

def row_leaves(rows: Any) -> bytes:
    """Rows to their leaf hashes, 32 bytes each, one after another (RFC 9162 §2.1.1).

    A row is spelled column by column: nothing as 00; a value as 01 and then a truth value as one
    byte, a number or time in µs as eight, text and binary as their length in four and their bytes,
    a list as the number of its values in four and each of them so. Numbers are big endian.
    """

def merkle_root(leaf_hashes: bytes) -> bytes:
    """Leaf hashes, one after another, to the root of their tree."""

def fold_sightings(sightings: Any) -> ArrowStream:
    """Sightings, with any repeats, to one per SHA-256, sorted by it."""

def merge_certificates(sightings: Any, weak_keys: WeakKeys | None = None) -> ArrowStream:
    """Sightings, with any repeats, to rows of `certificates`: one per SHA-256, sorted by it.

    `weak_keys` has seen the keys of the whole run; without it, primes are shared among these rows.
    """

def named_places(
    der: bytes,
) -> tuple[tuple[list[str], list[str], list[str]], tuple[bytes, bytes, bytes, bytes]]:
    """((CRLs, OCSP responders, issuers), (subject, issuer, key octets, serial)) of a certificate.

    The first are URIs as they stand. Names are DER; the serial number is its content octets.
    ValueError for what is no certificate.
    """

def gather_tables(parts: Sequence[Tables]) -> Tables:
    """The tables of consecutive batches as those of one, each certificate in one sighting."""

def count_values(rows: Any, column: str, positive: str | None = None) -> list[tuple[str, int]]:
    """Values of a column of text, codes, or lists of these, with how often each occurs.

    In the order of first occurrence; null is no value. With `positive`, only of rows in which that
    column of int32 is above 0. ValueError for any other column.
    """

def sniff_mbox_variant(head: bytes) -> str:
    """Variant of the mbox that begins with these bytes: a code of the vocabulary `mbox_variant`."""

@final
class ArrowSchema:
    """A schema that `pyarrow.schema` takes over."""

    def __arrow_c_schema__(self) -> object: ...

@final
class ArrowBatch:
    """A record batch that `pyarrow.record_batch` takes over without a copy."""

    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

@final
class ArrowStream:
    """A table that `pyarrow.table` and every other Arrow library can take over without a copy."""

    @property
    def num_rows(self) -> int: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class MboxScanner:
    """Splits the bytes of one mbox into messages; holds nothing but its position.

    It may begin later than the file: at a message, told how many lie before and at which offset.
    """

    def __new__(
        cls, source: str, variant: str = "mboxrd", first_index: int = 0, first_offset: int = 0
    ) -> MboxScanner: ...
    def scan(self, window: Any, at_end: bool) -> tuple[ArrowBatch, int]:
        """(record batch of schema `input` whose raw column lies in `window`, bytes consumed).

        `window` is an Arrow array of uint8. Call again with what follows the consumed bytes, and
        more. Nothing consumed and no rows: more bytes are needed.
        """

    def open_message(self, buffer: bytes) -> tuple[int, bool]:
        """(length of the From_ line, whether to doubt it) of the message that `buffer` begins."""

    def pass_scanned(self) -> int:
        """Bytes of the open message that hold no boundary, past which `skip` goes on."""

    def skip(self, buffer: bytes, at_end: bool) -> tuple[int, int | None, bool]:
        """(bytes consumed, where in `buffer` the message ends, holds_from_line), past one not held.

        `holds_from_line`: a From_ line with a date and a header behind it began no message in it.
        Call again with buffer[consumed:] and more while the end is None, then `scan`.
        """

@final
class ParquetEncoder:
    """One Parquet file in the making: rows in, the bytes of the file out.

    The bytes depend on the rows alone, not on how they were cut; a file has plain strings and no
    Arrow schema. `metadata` are entries of its footer. `threads` encode a row group together.
    """

    def __new__(
        cls, schema: Any, metadata: Sequence[tuple[str, str]], threads: int = 1
    ) -> ParquetEncoder: ...
    def write(self, rows: Any) -> bytes:
        """Add rows; the next bytes of the file, as far as they are whole.

        Columns are those of the schema in its order; text may come as dictionaries, in all rows of
        a file or in none. ValueError for other columns.
        """

    def finish(self) -> bytes:
        """The rest of the bytes."""

@final
class Trust:
    """Anchors and intermediate certificates, parsed once and frozen."""

    def __new__(
        cls,
        anchors: Sequence[tuple[bytes, tuple[int | None, int | None, int | None]]],
        intermediates: Sequence[bytes] = ...,
    ) -> Trust:
        """Take DER; certificates that cannot be parsed are left out and listed in `skipped`.

        Each anchor has its limits: trusted from and until (control times), distrusted for signers'
        certificates issued after, in Unix seconds.
        """

    @property
    def counts(self) -> tuple[int, int]:
        """(anchors, intermediates) in use."""

    @property
    def skipped(self) -> list[tuple[str, int, str]]:
        """(anchors or intermediates, position, reason) of what could not be parsed."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over the sorted anchors with their limits and the intermediates."""

@final
class RevocationFile:
    """The certificate lists (kind crls) or OCSP responses (kind ocsp) of one file, DER or PEM."""

    def __new__(cls, kind: str, data: bytes) -> RevocationFile: ...
    @property
    def faults(self) -> list[tuple[int, bool, str]]:
        """(position, kept, reason) of what could not be parsed, kept: of which one entry could not.

        Such a list counts against those whom it names, and clears nobody.
        """

@final
class Revocation:
    """Certificate lists and OCSP responses of the operator, indexed once and frozen."""

    def __new__(cls, files: Sequence[RevocationFile]) -> Revocation: ...
    @property
    def counts(self) -> tuple[int, int]:
        """(certificate lists, OCSP responses) in use, each once."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over the sorted lists and responses."""

@final
class Passwords:
    """Passwords in the order in which they are tried; the empty one comes last by itself."""

    def __new__(cls, given: Sequence[bytes]) -> Passwords: ...

@final
class KeyFile:
    """The private keys and certificates of one file: PKCS#12, PKCS#8, PEM, or certificates."""

    def __new__(cls, data: Buffer, passwords: Passwords) -> KeyFile:
        """Read the octets of a file, which may be anything; nothing of them is kept but keys."""

    @property
    def counts(self) -> tuple[int, int]:
        """(private keys, certificates) in it."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(kind, text) of what could not be read."""

    @staticmethod
    def of_shared_keys(data: Buffer) -> KeyFile:
        """Read lines `IDENTIFIER:KEY` in hexadecimal: keys that senders have, too."""

    @staticmethod
    def of_shared_passwords(given: Sequence[bytes]) -> KeyFile:
        """Take passwords of messages, in the order in which they are tried."""

    @property
    def shared(self) -> list[str]:
        """What columns call the keys and passwords that senders have, too."""

@final
class Token:
    """A PKCS#11 token that is open; as long as a vault has its keys, it stays so."""

    def __new__(cls, module: str, label: str | None, pin: bytes | None) -> Token:
        """Open it; ValueError((`module`, `token` or `pin`; expected; found; remedy))."""

    @property
    def label(self) -> str:
        """What it calls itself."""

    @property
    def file(self) -> KeyFile:
        """Its keys and certificates."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(kind, text) of what cannot be used."""

@final
class Vault:
    """The private keys of an operator, indexed once and frozen; they never leave it."""

    def __new__(cls, files: Sequence[KeyFile]) -> Vault: ...
    @property
    def bare_keys(self) -> int:
        """How many keys no certificate is here for."""

    @property
    def counts(self) -> tuple[int, int]:
        """(private keys, certificates) in it, each once."""

    @property
    def keys(self) -> list[tuple[str, str, bytes]]:
        """(id, algorithm, DER of the SubjectPublicKeyInfo) of each key, sorted by id."""

    def find(self, issuer: bytes, serial: bytes) -> list[tuple[str, bytes | None]]:
        """Return (key id, certificate) by a DER Name and the content octets of a serial number."""

    def find_key_identifier(self, identifier: bytes) -> list[tuple[str, bytes | None]]:
        """Return (key id, certificate or None) by subject key identifier."""

    def find_certificate(self, certificate: bytes) -> str | None:
        """Return the id of the key of a certificate, which need not be in the vault."""

def private_floor(vault: Vault, count: int, threads: int) -> float:
    """Seconds for so many raw private operations of its RSA keys; ValueError without one."""

def transport_floor(vault: Vault, count: int, threads: int) -> float:
    """Seconds for so many content keys under OAEP for its certificates; ValueError without one."""

@final
class Sealer:
    """What puts messages into new envelopes, or under signatures; checked once and frozen.

    Certificates to encrypt to, who gets which, and algorithms; of `new_signer` those who sign.
    """

    def __new__(
        cls,
        certificates: Sequence[bytes],
        *,
        job: str,
        now_unix_s: int,
        weak_keys: WeakKeys,
        always: Sequence[int],
        by_address: Sequence[tuple[str, int]] | None,
        content: str,
        transport: str,
        protects_header: bool = False,
        outer_signature: str = "refuse",
        escrow: Sequence[int] = ...,
        shared: Sequence[KeyFile] = ...,
    ) -> Sealer:
        """Positions are those in `certificates`; ValueError for one that is unfit.

        Every message is for what is `shared`, too; making keys of passwords takes its time.
        """

def comparable_address(address: str) -> str:
    """Return an address as it is compared: its domain in lower case and as A-labels (RULES 20)."""

def describe_target(
    certificate: bytes, now_unix_s: int, weak_keys: WeakKeys
) -> tuple[str | None, list[str], int, int, str, str]:
    """(why nothing is encrypted to it, addresses, first and last second, subject, name).

    The seconds are those of its validity, the name is that by which an envelope says whom it is
    for: serial number and issuer.
    """

def judge_recipients(
    engine: Engine, given: Sequence[tuple[bytes, bool]]
) -> tuple[list[tuple[str, str | None] | None], list[str]]:
    """Judge certificates to encrypt to by their paths and revocations (RULES 39).

    Each is DER, with whether it came with mail. Returns of each what speaks against it, a code of
    `against_recipient`, with the code of what became of its path where that is why; and the issuers
    of lists that no certificate at hand verifies. ValueError for what is no certificate.
    """

def describe_signatories(
    vault: Vault, now_unix_s: int, weak_keys: WeakKeys
) -> list[tuple[bytes, str, tuple[str | None, list[str], int, int, str, str]]]:
    """(DER, id of its key, as `describe_target` why nothing is signed with it and so on)."""

def new_signer(
    vault: Vault,
    certificates: Sequence[bytes],
    others: Sequence[bytes],
    now_unix_s: int,
    weak_keys: WeakKeys,
    options: Sequence[tuple[str, str]],
) -> Sealer:
    """Sign with `certificates`, of several for one address with the first.

    Chains are made of `others` and of the certificates of the vault. ValueError for a certificate
    that is unfit, and an option that is none.
    """

@final
class WeakKeys:
    """What is known about the keys of a run: all are gathered first, then compared."""

    def __new__(cls, blacklists: Sequence[bytes] = ...) -> WeakKeys:
        """Take files of the package openssl-blacklist; ValueError for what is none."""

    def gather(self, sightings: Any) -> None:
        """Remember the RSA moduli of sightings."""

    def find_shared_primes(self, jobs: int) -> None:
        """Compare every modulus with every other, on `jobs` threads."""

    @property
    def compared(self) -> int:
        """Distinct moduli that are compared."""

    @property
    def is_complete(self) -> bool:
        """Whether no modulus was left out of the comparison for there being too many."""

@final
class Engine:
    """One set of options, trust and caches; safe to share between threads.

    `verify` releases the interpreter lock and works on `jobs` threads of its own; with one job it
    works on the calling thread. Caches change speed, never results.
    """

    def __new__(
        cls,
        trust: Trust,
        revocation: Revocation,
        *,
        now_unix_us: int,
        options: Sequence[tuple[str, str]] = ...,
        jobs: int = 1,
        tsa_trust: Trust | None = None,
        watch: StageTimes | None = None,
        vault: Vault | None = None,
        sealer: Sealer | None = None,
        proof_key: bytes | None = None,
        runs: Sequence[tuple[bytes, bytes, Iterable[bytes]]] = ...,
    ) -> Engine:
        """`options` are names as on the command line, without dashes before, with their values.

        `at` is evidence, now, claimed, date or instant:<microseconds since 1970>.
        `bind`, `bind-missing`, `revocation` and `chain-model` have the values of the command line.
        `vouch` is received:HOST, mbox-from, column:NAME (of which the batches have the column
        `vouched_time`), date-header or notary:<SHA-256 of a certificate in hex>.
        `digest-until` is <digest>:<second>, `key-until` <algorithm>:<bits>:<second>: until when it
        was strong enough, keys of fewer bits being meant (Unix). What is not listed is never weak.
        `initial-policy` is dotted decimals. `strict`, `require-explicit-policy`,
        `inhibit-policy-mapping`, `inhibit-any-policy`, `inner-facts` (digests of what lay inside
        opened envelopes are written) and `write-mail` (the table `mail` is filled) stand alone:
        their value is empty. With a `vault`, envelopes that name a key of it are opened; with a
        `sealer`, the table `mail` has messages in new ones; plaintexts are compared by HMAC under
        the `proof_key`.
        `vouch`, the dates and `initial-policy` may come often. ValueError for anything else.
        `runs` are earlier ones that are vouched for: checkpoint, time-stamp, and in pieces the
        SHA-256 of all messages, one after another, which are asked for when the time-stamp was
        believed; ValueError where it is not.
        """

    def judge_time_stamp(
        self, answer: bytes, over: bytes
    ) -> tuple[bytes, str, int, int, str | None]:
        """Judge a token (RFC 3161), or an answer with one, over the text of a checkpoint.

        Returns the token, the subject of its authority, genTime, the latest that this may mean
        (Unix microseconds), and the code of why it is not believed. ValueError for what is no such
        token, or whose signature or imprint is wrong.
        """

    def verify(self, batch: Any) -> Tables:
        """Verify the messages of a record batch with a column `raw`; null is an unreadable row.

        Further columns it takes: source, source_index, source_offset, source_length, mbox_from,
        split_suspicious, read_error (why `raw` is null), vouched_time (a timestamp or a date).
        """

    def verify_large(self, row: Any, mail: Any, target: Any = None) -> Tables:
        """Verify one message that is not held.

        `mail` has a `length`, and `read_at(offset, size)` which gives up to `size` bytes. What
        that raises makes an unreadable row. The `write(bytes)` of a `target` is given what a job
        that writes mail makes of the message, which counts if `lies` in the row of mail says so.
        """

    def inspect_large(self, row: Any, mail: Any) -> Tables:
        """As `verify_large`, and list in `parts` what is kept of its parts."""

    def inspect(self, batch: Any, row: int = 0) -> Tables:
        """Verify one row, and list its MIME parts and CMS layers in `parts`."""

@final
class StageTimes:
    """A watch for engines: how long their stages take, all threads together."""

    def __new__(cls) -> StageTimes: ...
    def read(self) -> list[tuple[str, str, int]]:
        """(stage, what it does, nanoseconds so far), in the order of the stages."""

@final
class CryptoJobs:
    """The digests and verifications that batches asked for, to be done again alone."""

    def __new__(cls) -> CryptoJobs: ...
    def record(self, engine: Engine, batch: Any) -> None:
        """Verify a batch on this thread and add copies of its jobs; the engine has one job."""

    @property
    def counts(self) -> tuple[int, int, int]:
        """(digests, bytes that are hashed, verifications)."""

    def play(self, threads: int = 1, *, library_alone: bool = False) -> tuple[float, float]:
        """Do the jobs again: (seconds for digests, seconds for verifications) on `threads`.

        With the kernels in use, or without any. RuntimeError where an answer differs.
        """

@final
class Tables:
    """The datasets of one verified batch; enums are dictionaries of int8 and string here."""

    def rows(self, dataset: str) -> ArrowStream:
        """Rows of messages, signatures, encryptions, recipients, certificate_sightings or parts.

        Sightings are the distinct certificates of this batch: sha256, der, messages, first_seen,
        last_seen. Parts are MIME parts and CMS layers in reading order, only after `inspect`.
        ValueError for any other name.
        """
