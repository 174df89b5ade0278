"""The options about certificate chains: what is taken, what refused, and what the hash covers."""

import pytest

from smimebatch.errors import OptionError
from smimebatch.options import Policy
from smimebatch.path_rules import PathRules


@pytest.mark.parametrize("oid", ["0.0", "1.39.1", "2.999", "2.16.840.1.101.3.2.1.48.1"])
def test_path_rules_object_identifier_is_taken(oid):
    assert PathRules(initial_policies=[oid]).given["initial_policies"] == [oid]


@pytest.mark.parametrize(
    "wrong",
    ["", "1", "3.1", "1.40", "1.2.03", "1.2.", "anyPolicy", "1.2.x", "1.2." + "9" * 39],
)
def test_path_rules_wrong_object_identifier_is_refused(wrong):
    with pytest.raises(OptionError, match="--initial-policy") as caught:
        PathRules(initial_policies=[wrong])
    assert repr(wrong) in str(caught.value)


def test_path_rules_one_text_is_no_list():
    with pytest.raises(OptionError, match="--initial-policy"):
        PathRules(initial_policies="1.2.3")


def test_path_rules_wrong_model_is_refused():
    with pytest.raises(OptionError, match="--chain-model"):
        PathRules(chain_model="pem")


def test_policy_identity_changes_with_every_rule_of_chains():
    rules = [
        PathRules(),
        PathRules(initial_policies=["1.2.3"]),
        PathRules(initial_policies=["1.2.3", "1.2.4"]),
        PathRules(require_explicit_policy=True),
        PathRules(inhibit_policy_mapping=True),
        PathRules(inhibit_any_policy=True),
        PathRules(chain_model="chain"),
        PathRules(chain_model="hybrid"),
    ]
    assert len({Policy(path=path).identity for path in rules}) == len(rules)
    twice = PathRules(initial_policies=["1.2.4", "1.2.3", "1.2.4"])
    assert Policy(path=twice).identity == Policy(path=rules[2]).identity
