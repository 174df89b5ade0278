"""The page of strength: until when algorithms were strong enough, from the table in the package."""

# ruff: noqa: E501 (a row of a table is a line)

from __future__ import annotations

import os
import tomllib
from typing import Any

from smimebatch import policies

HEAD = """# Algorithm strength

Made by `make docs` from the table in the package, `python/smimebatch/policies/{file}`
(named `{name}`, of {date}).

Algorithms grow weak: what nobody could forge in 2005 somebody may forge today. A signature is
therefore judged by the day at which it can be shown to have existed. `algorithm_status` says what
came of it, `weak_elements` which algorithms it is about:

| algorithm_status | when | verdict |
|---|---|---|
| `ok` | all that the table knows were strong enough, at the control time and today | goes on to the next question |
| `weak_now` | one is too weak today, and was strong enough at the control time, or the control time is that of the run, since nothing older is proven or chosen | passes with a proof of its age; else `INDETERMINATE` / `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` |
| `weak_unproven` | one of the chain is too weak today, and the proof is of the signature alone, not of that certificate, list or response; the reason is `weak_now`, and what mends it is a proof of the whole message (`--vouch`) | `INDETERMINATE` / `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` |
| `weak_then` | one was too weak already at a control time that a proof or `--at` sets, or a time-stamp gives | `INDETERMINATE` / `CRYPTO_CONSTRAINTS_FAILURE` |

A proof is a time-stamp or what you vouch for ([at which time](../guide/verify.md#at-which-time)); a
time that you only choose (`--at date`, `--at claimed`, an instant) is none. Weak is not wrong:
`crypto_result` says whether digest and signature are right, whatever their strength.

Whoever breaks the key of a CA, years later, can issue certificates that look as old as he likes. A
time-stamp or countersignature shows how old a *signature* is; of the certificates it shows only
that of the signer, and only where the signature names it (`ess_certificate_id` is a match). What you
vouch for is the whole message with all it brings, so that it mends a weak chain too. Certificates
that you give with `--intermediates` are taken as being as old as they say: give none there that you
only found in mail (`certs harvest`) of people you do not trust. A CA that was revoked later, for a
reason that does not exclude that its key was stolen, is treated alike: `REVOKED_CA_NO_POE`.
Countersigners and notaries count with strong algorithms and keys that nobody stole alone.

Looked at are: of the signature, the digest of its content, the digest that was signed and the
signer's key; of its chain, the digest of the signature on each certificate, except the trust anchor,
and the key of each certificate that issued one; and the same of the revocation lists and responses that
the verdict rests on, as of when they were made if that is later than the control time. Of several
good chains one without a weak algorithm is taken.

## The table

Of several rows about one thing the earliest day holds. What is in no row has no last day: of
md4, whose signatures are `unsupported_algorithm` anyway, `ok` says nothing.

| element | strong until | why |
|---|---|---|"""
TAIL = """
A 1024-bit RSA key is below 2048 and not below 1024, so it was strong until {rsa_1024}. Sizes are
those of `key_bits`; a key whose size is not known (`key_bits` null) is in no row and never weak.

This is another question than [`weak_key`](codes.md#weak_key) of `certificates`, which tells of keys
that others can have, whenever they were used: there `small_modulus` begins below 1024 bits, and no
verdict changes.

## weak_elements

Each entry is a place and an algorithm: `signer:sha1`.

| place | |
|---|---|
| `signer` | the signature itself: `signer:sha1` its digest, `signer:rsa1024` the signer's key, with its bits |
| `certificate[0]` | the signer's certificate: `certificate[0]:md5`, its issuer signed it with MD5 |
| `certificate[1]` and so on | its issuer, further up the chain: `certificate[1]:sha1` the signature on it, `certificate[1]:rsa1024` its key |
| `revocation[0]` and so on | the list or response that says whether that certificate of the chain was revoked: `revocation[0]:sha1` the signature on it, `revocation[0]:rsa1024` the key of somebody outside the chain who signed it |

Listed is what is weak by now, or was at the control time: with `weak_now` and `weak_then` at least
one, with `ok` none but lists and responses that say nothing against a certificate, where none are
required (`--revocation`): they are named, and count for nothing. Empty means that nothing is weak; null, where `algorithm_status` is null too,
that no key of the signer is known, so that nothing was computed.

## Mail with SHA-1, MD5 or RSA-1024

Much of the signed mail of before 2013 is such mail. What you can do:

1. Nothing: it stays `INDETERMINATE`, with `weak_now` or `weak_then` among its `reasons`. All other
   facts are in the row all the same.
2. Prove its age. Mail that you have had in an archive since 2010 existed in 2010, and SHA-1 was
   strong then: `--vouch mbox-from`, `--vouch received:HOST` or `--vouch column:NAME` says that you
   answer for the time there. That time is the control time then, and the signature passes with the
   reason `weak_now`, if its certificates held at that time. Where the proof is younger than the last
   day of the algorithm, it does not help: then the signature is `weak_then`.
3. Judge by other days: a table of your own.

## A table of your own

Copy the file, give it another `name`, change days, and name it:

```
smimebatch verify archive.mbox --trust roots.pem --policy mine.toml -o results/
```

It takes the place of the whole table: a digest or key that your file does not list is never weak. A
file looks like this:

```toml
format = 1
name = "mine"
date = 2026-11-26 # of the table, for people

[[digest]]
names = ["sha1", "ripemd160"]
good_until = 2016-12-31 # the last good day, UTC
source = "why, for people" # may be left out

[[key]]
algorithms = ["rsa", "rsassa-pss", "dsa"]
below_bits = 2048
good_until = 2015-12-31
```

`names` may be {digests}; `algorithms` may be {keys}. Anything else is an error, so that a misspelt
name is not an algorithm that is never weak. The name and a hash of all rules stand in `run.json` under
`policy` and in the metadata `smimebatch.policy` of every file, so that results show by which table
they were made.
"""


def strength_page() -> str:
    path = os.path.join(os.path.dirname(policies.__file__), policies.DEFAULT_FILE)
    with open(path, "rb") as file:
        table = tomllib.load(file)
    lines = [HEAD.format(file=policies.DEFAULT_FILE, name=table["name"], date=table["date"])]
    lines += [f"| {element(row)} | {row['good_until']} | {row['source']} |" for row in rows(table)]
    rsa_1024 = min(
        row["good_until"]
        for row in table["key"]
        if "rsa" in row["algorithms"] and row["below_bits"] > 1024
    )
    lines.append(
        TAIL.format(
            rsa_1024=rsa_1024,
            digests=words(policies.digest_names()),
            keys=words(policies.KEY_ALGORITHMS),
        )
    )
    return "\n".join(lines)


def rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [*table["digest"], *table["key"]]


def element(row: dict[str, Any]) -> str:
    """What a row of the table is about."""
    if "names" in row:
        return words(row["names"])
    return f"keys {words(row['algorithms'])} below {row['below_bits']} bits"


def words(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
