//! Objects: the private keys of a token with their public halves, and its certificates.
//!
//! A private key of a curve does not say which point is its own. What does is found by CKA_ID, which joins a private key with a
//! public one and a certificate (PKCS#11 2.40 §4.4.1); then the key has to compute with it. Certificates of whatever CKA_ID
//! are handed on: the vault finds by the key itself whose they are.

use std::sync::Arc;

use cryptoki::error::{Error, Result, RvError};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use smimebatch_core::keys::error::{KeyFileError, KeyProblemKind};
use smimebatch_core::keys::{HeldKey, PublicHalf};
use smimebatch_core::x509::certificate::parse_certificate;

use crate::error::{TokenError, TokenProblem, text_of};
use crate::keeper::{Keeper, WRONG_ANSWER};
use crate::key::{TokenKey, Use, Way};

/// What a token holds.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) keys: Vec<HeldKey>,
    /// DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) problems: Vec<TokenProblem>,
}

/// An object that may have the public half of a key, by its CKA_ID.
type Public = (Vec<u8>, PublicHalf);

/// RFC 8017 §A.1.1 names none, and nearly every key has it.
const USUAL_EXPONENT: [u8; 3] = [1, 0, 1];

pub(crate) fn read(keeper: &Arc<Keeper>) -> core::result::Result<Held, TokenError> {
    let mut held = Held::default();
    let (publics, certified) = keeper.sessions().with(|session| {
        Ok((public_keys(session)?, certificates(session, &mut held.certificates)?))
    })?;
    let private = keeper.sessions().with(|session| {
        let handles = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
        Ok(handles.into_iter().map(|it| (it, Private::of(session, it))).collect::<Vec<_>>())
    })?;
    for (handle, private) in private {
        let problem = match private {
            Ok(private) => match private.held(handle, keeper, &publics, &certified) {
                Ok(key) => {
                    held.keys.push(key);
                    continue;
                }
                Err((kind, why)) => (kind, format!("key {}: {why}", private.name())),
            },
            Err(error) => (KeyProblemKind::Damaged, format!("a key: {}", text_of(&error))),
        };
        held.problems.push(TokenProblem { kind: problem.0, text: problem.1 });
    }
    Ok(held)
}

/// What a private key says of itself.
#[derive(Default)]
struct Private {
    kind: Option<KeyType>,
    id: Vec<u8>,
    label: String,
    may_decrypt: Option<bool>,
    may_sign: Option<bool>,
    may_derive: Option<bool>,
    asks_always: bool,
    spki: Vec<u8>,
    modulus: Vec<u8>,
    public_exponent: Vec<u8>,
}

impl Private {
    fn of(session: &Session, handle: ObjectHandle) -> Result<Self> {
        let mut private = Self::default();
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Id,
            AttributeType::Label,
            AttributeType::Decrypt,
            AttributeType::Sign,
            AttributeType::Derive,
            AttributeType::AlwaysAuthenticate,
            AttributeType::PublicKeyInfo,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
        ];
        for attribute in session.get_attributes(handle, &wanted)? {
            match attribute {
                Attribute::KeyType(kind) => private.kind = Some(kind),
                Attribute::Id(id) => private.id = id,
                Attribute::Label(label) => {
                    private.label = String::from_utf8_lossy(&label).into_owned();
                }
                Attribute::Decrypt(may) => private.may_decrypt = Some(may),
                Attribute::Sign(may) => private.may_sign = Some(may),
                Attribute::Derive(may) => private.may_derive = Some(may),
                Attribute::AlwaysAuthenticate(asks) => private.asks_always = asks,
                Attribute::PublicKeyInfo(spki) => private.spki = spki,
                Attribute::Modulus(modulus) => private.modulus = modulus,
                Attribute::PublicExponent(exponent) => private.public_exponent = exponent,
                _ => {}
            }
        }
        Ok(private)
    }

    /// Its label and CKA_ID, as somebody with the program of the token finds it.
    fn name(&self) -> String {
        let id: String = self.id.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("{:?} (id {id})", self.label)
    }

    /// The ways in which to ask it; what a token does not say of a key may be so.
    fn uses(&self) -> Vec<Use> {
        let [decrypts, signs, derives] =
            [self.may_decrypt, self.may_sign, self.may_derive].map(|may| may != Some(false));
        let both = |way, opens| Use { way, opens, signs };
        let uses = if self.kind == Some(KeyType::RSA) {
            [(decrypts, both(Way::Decrypt, decrypts)), (signs, both(Way::Sign, decrypts))]
        } else {
            [(derives, both(Way::Derive, derives)), (signs, both(Way::Sign, false))]
        };
        uses.into_iter().filter(|(may, _)| *may).map(|(_, used_for)| used_for).collect()
    }

    /// What may be its public half, the most likely first.
    fn public_halves(&self, publics: &[Public], certified: &[Public]) -> Vec<PublicHalf> {
        let mut halves = Vec::new();
        if self.kind == Some(KeyType::RSA) && !self.modulus.is_empty() {
            let exponent = match &self.public_exponent[..] {
                [] => &USUAL_EXPONENT,
                exponent => exponent,
            };
            let (modulus, public_exponent) = (self.modulus.clone(), exponent.to_vec());
            halves.push(PublicHalf::Rsa { modulus, public_exponent });
        }
        if !self.spki.is_empty() {
            halves.push(PublicHalf::Spki(self.spki.clone()));
        }
        let of_id = publics.iter().chain(certified).filter(|(id, _)| *id == self.id);
        halves.extend(of_id.map(|(_, half)| half.clone()));
        halves
    }

    /// The key, once it has shown what it is.
    fn held(
        &self,
        handle: ObjectHandle,
        keeper: &Arc<Keeper>,
        publics: &[Public],
        certified: &[Public],
    ) -> core::result::Result<HeldKey, (KeyProblemKind, String)> {
        let unsupported = |why: &str| (KeyProblemKind::UnsupportedAlgorithm, why.to_owned());
        if !matches!(self.kind, Some(KeyType::RSA | KeyType::EC)) {
            return Err(unsupported("neither RSA nor of a named curve"));
        }
        if self.asks_always {
            return Err(unsupported("wants its PIN for every single use"));
        }
        let halves = self.public_halves(publics, certified);
        let mut why = unsupported("may neither decrypt, agree nor sign");
        if halves.is_empty() {
            why = (KeyProblemKind::Damaged, "no public key and no certificate of its id".into());
        }
        for used_for in self.uses() {
            for half in &halves {
                let key = Arc::new(TokenKey::new(keeper, handle, used_for));
                let made = HeldKey::elsewhere(half, key);
                let failure = keeper.take_failure();
                match (made, failure) {
                    (Ok(key), _) => return Ok(key),
                    // A wrong answer is the right one of another public half.
                    (Err(KeyFileError::Damaged { .. }), Some(failure))
                        if failure != WRONG_ANSWER =>
                    {
                        why = unsupported(&self.refusal(&failure));
                    }
                    (Err(error), _) => why = (error.kind(), error.to_string()),
                }
            }
        }
        Err(why)
    }

    fn refusal(&self, failure: &str) -> String {
        let operation = match self.kind {
            Some(KeyType::RSA) => "raw RSA (CKM_RSA_X_509)",
            _ => "ECDH with a key that can be read (CKM_ECDH1_DERIVE), or ECDSA",
        };
        format!("the token does not do {operation} with it: {failure}")
    }
}

fn public_keys(session: &Session) -> Result<Vec<Public>> {
    let wanted = [
        AttributeType::Id,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
    ];
    let mut found = Vec::new();
    for handle in session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY)])? {
        let Some(attributes) = unless_odd(session.get_attributes(handle, &wanted))? else {
            continue;
        };
        let [mut id, mut modulus, mut exponent, mut curve, mut position] =
            [const { Vec::new() }; 5];
        for attribute in attributes {
            match attribute {
                Attribute::Id(it) => id = it,
                Attribute::Modulus(it) => modulus = it,
                Attribute::PublicExponent(it) => exponent = it,
                Attribute::EcParams(it) => curve = it,
                Attribute::EcPoint(it) => position = it,
                _ => {}
            }
        }
        if !modulus.is_empty() && !exponent.is_empty() {
            found.push((id, PublicHalf::Rsa { modulus, public_exponent: exponent }));
        } else if !curve.is_empty() && !position.is_empty() {
            found.push((id, PublicHalf::Ec { parameters: curve, point: position }));
        }
    }
    Ok(found)
}

/// Puts the DER of all certificates into `all`, and gives their keys.
fn certificates(session: &Session, all: &mut Vec<Vec<u8>>) -> Result<Vec<Public>> {
    let mut found = Vec::new();
    let x509 = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    for handle in session.find_objects(&x509)? {
        let wanted = [AttributeType::Id, AttributeType::Value];
        let Some(attributes) = unless_odd(session.get_attributes(handle, &wanted))? else {
            continue;
        };
        let [mut id, mut der] = [const { Vec::new() }; 2];
        for attribute in attributes {
            match attribute {
                Attribute::Id(it) => id = it,
                Attribute::Value(it) => der = it,
                _ => {}
            }
        }
        // Some tokens only say where a certificate is (CKA_URL).
        if der.is_empty() {
            continue;
        }
        if let Ok(certificate) = parse_certificate(&der)
            && let Some(spki) = certificate.der.get(certificate.spki.clone())
        {
            found.push((id, PublicHalf::Spki(spki.to_vec())));
        }
        all.push(der);
    }
    Ok(found)
}

/// None for an object of which the token says something that cannot be read; what it holds beside that counts.
fn unless_odd<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error @ Error::Pkcs11(RvError::DeviceRemoved | RvError::DeviceError, _)) => Err(error),
        Err(_) => Ok(None),
    }
}
