"""Options about certificate chains that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.options import one_of
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.path_rules import CHAIN_MODELS

CHAIN_PANEL = "Certificate chains"

InitialPolicyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--initial-policy",
        metavar="OID",
        help="Certificate policy that counts; any without it. Alone it refuses nothing: "
        "see the next option. Repeatable.",
        rich_help_panel=CHAIN_PANEL,
    ),
    MAY_BE_FOUND,
]
RequireExplicitPolicyOption = Annotated[
    bool,
    typer.Option(
        "--require-explicit-policy",
        help="Refuse chains under none of the policies asked for.",
        rich_help_panel=CHAIN_PANEL,
    ),
    MAY_BE_FOUND,
]
InhibitPolicyMappingOption = Annotated[
    bool,
    typer.Option(
        "--inhibit-policy-mapping",
        help="Do not let CAs call a policy of another CA equal to their own.",
        rich_help_panel=CHAIN_PANEL,
    ),
    MAY_BE_FOUND,
]
InhibitAnyPolicyOption = Annotated[
    bool,
    typer.Option(
        "--inhibit-any-policy",
        help="Do not let the policy 'any policy' of a certificate stand for others.",
        rich_help_panel=CHAIN_PANEL,
    ),
    MAY_BE_FOUND,
]
ChainModelOption = Annotated[
    str,
    typer.Option(
        "--chain-model",
        metavar="MODEL",
        help="When CA certificates must be valid: shell, at the time that is judged at; chain, "
        "each when it issued the next one; hybrid, when the signer's was issued.",
        rich_help_panel=CHAIN_PANEL,
        autocompletion=one_of(*CHAIN_MODELS),
    ),
]
