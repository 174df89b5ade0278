//! Slots: the token of a label among those of a module.

use cryptoki::context::Pkcs11;
use cryptoki::slot::{Slot, TokenInfo};

use crate::error::TokenError;

/// The slot of the one token with that label, or of the only one; tokens that hold nothing yet do not count.
pub(crate) fn find(module: &Pkcs11, label: Option<&str>) -> Result<(Slot, TokenInfo), TokenError> {
    let mut tokens = Vec::new();
    for slot in module.get_slots_with_token()? {
        // One that is being pulled out or cannot be read is no reason against the others.
        if let Ok(about) = module.get_token_info(slot)
            && about.token_initialized()
        {
            tokens.push((slot, about));
        }
    }
    let labels = || {
        let mut labels: Vec<String> =
            tokens.iter().map(|(_, about)| format!("{:?}", about.label())).collect();
        labels.sort();
        labels
    };
    let is_asked_for = |about: &TokenInfo| label.is_none_or(|label| about.label() == label);
    let mut asked_for = tokens.iter().filter(|(_, about)| is_asked_for(about));
    match (asked_for.next(), asked_for.next()) {
        (Some((slot, about)), None) => Ok((*slot, about.clone())),
        (Some(_), Some(_)) => Err(TokenError::SeveralTokens(labels())),
        (None, _) => Err(TokenError::NoToken(labels())),
    }
}
