//! One private key of a token: the bare operations, and nothing around them.

use std::sync::{Arc, OnceLock};

use cryptoki::error::{Error, Result};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use smimebatch_crypto::private_key::Holder;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::transport::RawError;

use crate::keeper::{Keeper, WRONG_ANSWER};

/// How a key is asked. Raw RSA is the same power whether it is called decryption or signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Decrypt,
    Sign,
    Derive,
}

/// What a key may be used for, and how it is asked; what it may be used for is whoever filled the token's to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) way: Way,
    pub(crate) opens: bool,
    pub(crate) signs: bool,
}

/// A private key.
pub(crate) struct TokenKey {
    keeper: Arc<Keeper>,
    handle: ObjectHandle,
    used_for: Use,
    /// What it was asked first, and answered.
    proven: OnceLock<Vec<u8>>,
}

impl TokenKey {
    pub(crate) fn new(keeper: &Arc<Keeper>, handle: ObjectHandle, used_for: Use) -> Self {
        let keeper = Arc::clone(keeper);
        Self { keeper, handle, used_for, proven: OnceLock::new() }
    }

    /// Asks for an operation; the first that it does is asked again to see whether the token is still there.
    fn ask<T>(
        &self,
        input: &[u8],
        operation: impl Fn(&Session, &[u8]) -> Result<T>,
    ) -> core::result::Result<T, RawError> {
        let proven = self.proven.get().map_or(input, Vec::as_slice);
        let answer = self
            .keeper
            .ask(|session| operation(session, input), |session| operation(session, proven))?;
        self.proven.get_or_init(|| input.to_vec());
        Ok(answer)
    }
}

impl Holder for TokenKey {
    /// CKM_RSA_X_509 (PKCS#11 2.40 §2.1.8).
    fn rsa_power(&self, number: &[u8]) -> core::result::Result<Secret, RawError> {
        let power = self.ask(number, |session, number| match self.used_for.way {
            Way::Sign => session.sign(&Mechanism::RsaX509, self.handle, number),
            _ => session.decrypt(&Mechanism::RsaX509, self.handle, number),
        })?;
        Ok(padded(power.into(), number.len()))
    }

    /// CKM_ECDH1_DERIVE without a derivation function (PKCS#11 2.40 §2.3.10): the coordinate, as a key that is read and
    /// dropped.
    fn shared_coordinate(&self, point: &[u8]) -> core::result::Result<Secret, RawError> {
        if !self.used_for.opens {
            return Err(RawError::Unavailable);
        }
        let octets = point.len() / 2;
        let secret = self.ask(point, |session, point| {
            let parameters = Ecdh1DeriveParams::new(EcKdf::null(), point);
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::ValueLen(octets.try_into()?),
                Attribute::Token(false),
                Attribute::Sensitive(false),
                Attribute::Extractable(true),
            ];
            let mechanism = Mechanism::Ecdh1Derive(parameters);
            let derived = session.derive_key(&mechanism, self.handle, &template)?;
            let value = session.get_attributes(derived, &[AttributeType::Value]);
            session.destroy_object(derived)?;
            let value = value?.into_iter().find_map(|attribute| match attribute {
                Attribute::Value(value) => Some(Secret::from(value)),
                _ => None,
            });
            value.ok_or(Error::InvalidValue)
        })?;
        Ok(padded(secret, octets))
    }

    /// CKM_ECDSA (PKCS#11 2.40 §2.3.6).
    fn sign_digest(&self, digest: &[u8]) -> core::result::Result<Vec<u8>, RawError> {
        if !self.used_for.signs {
            return Err(RawError::Unavailable);
        }
        self.ask(digest, |session, digest| session.sign(&Mechanism::Ecdsa, self.handle, digest))
    }

    fn opens(&self) -> bool {
        self.used_for.opens
    }

    fn signs(&self) -> bool {
        self.used_for.signs
    }

    fn distrust(&self) {
        self.keeper.fail(WRONG_ANSWER.to_owned());
    }

    fn failure(&self) -> Option<String> {
        self.keeper.failure()
    }
}

/// Some tokens leave out zeros at the beginning of a number.
fn padded(number: Secret, octets: usize) -> Secret {
    match octets.checked_sub(number.len()) {
        None | Some(0) => number,
        Some(missing) => Secret::joined(&[&vec![0; missing], number.as_bytes()]),
    }
}
