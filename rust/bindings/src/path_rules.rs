//! The rules that every certificate chain must keep, out of a dictionary.

use pyo3::prelude::*;
use smimebatch_core::asn1::oid::parse_dotted;
use smimebatch_core::path::model::ChainModel;
use smimebatch_core::path::rules::PathRules;

use crate::engine::unexpected;

/// As Python has them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PathRulesArgument {
    initial_policies: Vec<String>,
    require_explicit_policy: bool,
    inhibit_policy_mapping: bool,
    inhibit_any_policy: bool,
    chain_model: String,
}

impl PathRulesArgument {
    /// As the core has them.
    pub(crate) fn parse(&self) -> PyResult<PathRules> {
        let parse_policy = |text: &String| {
            let policy = parse_dotted(text);
            policy.ok_or_else(|| unexpected("initial_policies", "object identifiers", text))
        };
        Ok(PathRules {
            initial_policies: self
                .initial_policies
                .iter()
                .map(parse_policy)
                .collect::<PyResult<_>>()?,
            require_explicit_policy: self.require_explicit_policy,
            inhibit_policy_mapping: self.inhibit_policy_mapping,
            inhibit_any_policy: self.inhibit_any_policy,
            model: parse_chain_model(&self.chain_model)?,
            ..PathRules::DEFAULT
        })
    }
}

fn parse_chain_model(model: &str) -> PyResult<ChainModel> {
    match model {
        "shell" => Ok(ChainModel::Shell),
        "chain" => Ok(ChainModel::Chain),
        "hybrid" => Ok(ChainModel::Hybrid),
        _ => Err(unexpected("chain_model", "shell, chain or hybrid", model)),
    }
}
