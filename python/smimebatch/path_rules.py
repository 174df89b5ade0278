"""What a run asks of every certificate chain, beside an anchor and a time (RFC 5280 §6.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smimebatch.errors import OptionError

CHAIN_MODELS = ("shell", "chain", "hybrid")
OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d{0,37}))+")
SECOND_ARCS = 40
"""Under the roots 0 and 1 (X.660 §7.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRules:
    """The options --initial-policy, --require-explicit-policy and their like, and --chain-model."""

    initial_policies: Sequence[str] = ()
    """Object identifiers; any policy will do when there are none."""
    require_explicit_policy: bool = False
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False
    chain_model: str = "shell"

    def __post_init__(self) -> None:
        if isinstance(self.initial_policies, str):
            expected, found = "a list of object identifiers", repr(self.initial_policies)
            raise OptionError("--initial-policy", expected=expected, found=found)
        for policy in self.initial_policies:
            check_oid("--initial-policy", policy)
        if self.chain_model not in CHAIN_MODELS:
            expected = "one of " + ", ".join(CHAIN_MODELS)
            raise OptionError("--chain-model", expected=expected, found=repr(self.chain_model))

    @property
    def given(self) -> dict[str, Any]:
        """Every rule by its name: what run.json shows and the hash covers."""
        return {
            "initial_policies": sorted(set(self.initial_policies)),
            "require_explicit_policy": self.require_explicit_policy,
            "inhibit_policy_mapping": self.inhibit_policy_mapping,
            "inhibit_any_policy": self.inhibit_any_policy,
            "chain_model": self.chain_model,
        }

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """Every option that is given, by its name on the command line, as the core takes them."""
        for policy in sorted(set(self.initial_policies)):
            yield "initial-policy", policy
        for switch in ("require-explicit-policy", "inhibit-policy-mapping", "inhibit-any-policy"):
            if getattr(self, switch.replace("-", "_")):
                yield switch, ""
        yield "chain-model", self.chain_model


def check_oid(option: str, text: str) -> None:
    """Refuse what is no object identifier in dotted decimals."""
    arcs = text.split(".", 2) if OID.fullmatch(text) else []
    if not arcs or (arcs[0] != "2" and int(arcs[1]) >= SECOND_ARCS):
        expected = "an object identifier such as 2.23.140.1.5.1.3"
        raise OptionError(option, expected=expected, found=repr(text))
