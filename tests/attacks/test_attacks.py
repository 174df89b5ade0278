"""No attack of the catalogue passes for what it wants to be, and each is called by its name."""

from __future__ import annotations

import pathlib

import pytest
from tests.attacks import (  # noqa: F401  (they fill the catalogue)
    arithmetic,
    outer_layers,
    polyglot,
    sender,
    signed_object,
    structure,
    unopened,
    wrapping,
)
from tests.attacks.catalogue import CATALOGUE, GOOD, alices, alices_opaque, mail
from world import ALICE, World

import contract
import smimebatch as sb


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def trust(world: World, tmp_path_factory: pytest.TempPathFactory) -> sb.Trust:
    path: pathlib.Path = tmp_path_factory.mktemp("attacks") / "root.pem"
    path.write_bytes(world.root.pem)
    return sb.Trust.load(path)


def verify(raw: bytes, trust: sb.Trust, **options: object) -> tuple[dict, list[dict]]:
    options.setdefault("now", contract.NOW)
    result = sb.verify_batch(contract.record_batch([raw]), trust=trust, **options)
    (message,) = contract.rows(result.messages)
    return message, contract.signer_rows(contract.rows(result.signatures))


@pytest.mark.parametrize("name", CATALOGUE)
def test_attack_is_refused_or_told(name: str, world: World, trust: sb.Trust) -> None:
    attack = CATALOGUE[name](world)
    message, signatures = verify(attack.mail, trust, **attack.outcome.options)
    wrong = contract.differences(message, attack.outcome.message)
    if attack.outcome.signatures is not None:
        wrong += contract.row_differences(signatures, attack.outcome.signatures)
    assert not wrong, "\n".join(wrong)
    if message["indication"] == "TOTAL_PASSED":
        said = [*attack.outcome.message["flags"], *attack.outcome.message["reasons"]]
        assert said, "passes, and nothing says what is wrong with it"


def test_catalogue_is_whole() -> None:
    assert len(CATALOGUE) > 150


@pytest.mark.parametrize("entity", [alices, alices_opaque])
def test_mail_the_attacks_are_made_of_passes(entity: object, world: World, trust: sb.Trust) -> None:
    """Else every attack would be refused for the wrong reason."""
    message, signatures = verify(mail(entity(world)), trust)
    expected = {
        "indication": "TOTAL_PASSED",
        "coverage": "full",
        "flags": [],
        "from_addresses": [ALICE],
    }
    assert not contract.differences(message, expected)
    assert signatures[0]["quirks"] == []
    assert GOOD.split(b"\r\n\r\n")[1][:4] in mail(entity(world)) or entity is alices_opaque
