//! Keys whose private half lives elsewhere, such as in a token: what is public of one, and who holds the rest → a key.
//!
//! A token states the public half in whatever form it has: numbers, a point, or a whole SubjectPublicKeyInfo, its own or
//! that of a certificate. None is believed before the holder has computed with the private half of it.

use std::sync::Arc;

use smimebatch_crypto::private_key::{Holder, PrivateKey};
use smimebatch_crypto::signature::KeyError;

use super::contents::Contents;
use super::error::{Damage, KeyFileError, Part, Within as _};
use super::held_key::{HeldKey, refused};
use super::key_file::KeyFile;
use super::numbers::curve_of;
use super::oids;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Reader, Tag, parse_single};
use crate::asn1::values::{parse_bit_string, unsigned_magnitude};
use crate::cms::algorithms::{parse_algorithm, pss_shake_key};

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicHalf {
    /// A SubjectPublicKeyInfo (RFC 5280 §4.1).
    Spki(Vec<u8>),
    /// Unsigned numbers, big-endian.
    Rsa {
        /// n.
        modulus: Vec<u8>,
        /// e.
        public_exponent: Vec<u8>,
    },
    /// A point.
    Ec {
        /// ECParameters (RFC 5480 §2.1.1), in DER.
        parameters: Vec<u8>,
        /// The point, alone or as the OCTET STRING that PKCS#11 asks for.
        point: Vec<u8>,
    },
}

impl HeldKey {
    /// The key of a public half, if the holder has the private one.
    ///
    /// # Errors
    /// `Damaged` for a public half that cannot be read or is another's, `Unsupported` for an algorithm of which nothing
    /// can live elsewhere.
    pub fn elsewhere(public: &PublicHalf, holder: Arc<dyn Holder>) -> Result<Self, KeyFileError> {
        match public {
            PublicHalf::Spki(spki) => of_spki(spki, holder),
            PublicHalf::Rsa { modulus, public_exponent } => rsa(modulus, public_exponent, holder),
            PublicHalf::Ec { parameters, point } => {
                let parameters = Reader::new(parameters).read_element().within(Part::PublicKey)?;
                // Some tokens state a bare point, which begins as an OCTET STRING does, and may even look like one.
                match parse_single(point, Tag::OCTET_STRING) {
                    Ok(wrapped) => ec(Some(parameters), wrapped.content, Arc::clone(&holder))
                        .or_else(|_| ec(Some(parameters), point, holder)),
                    Err(_) => ec(Some(parameters), point, holder),
                }
            }
        }
    }
}

impl KeyFile {
    /// What a token holds: keys, and the DER of certificates.
    #[must_use]
    pub fn of_token(keys: Vec<HeldKey>, certificates: &[Vec<u8>]) -> Self {
        let mut contents = Contents::default();
        keys.into_iter().for_each(|key| contents.add_key(key));
        certificates.iter().for_each(|der| contents.add_certificate(der));
        let Contents { keys, certificates, problems } = contents;
        Self { keys, certificates, problems, ..Self::default() }
    }
}

fn of_spki(spki: &[u8], holder: Arc<dyn Holder>) -> Result<HeldKey, KeyFileError> {
    let part = Part::PublicKey;
    let mut fields = Reader::new(spki).read(Tag::SEQUENCE).within(part)?.reader();
    let algorithm = parse_algorithm(&fields.read(Tag::SEQUENCE).within(part)?).within(part)?;
    let bits = fields.read(Tag::BIT_STRING).within(part)?;
    let bits = parse_bit_string(bits.content).and_then(|it| it.whole_octets()).within(part)?;
    match algorithm.oid {
        oids::RSA | oids::RSAES_OAEP | oids::RSASSA_PSS => of_rsa_bits(bits, holder),
        oids::EC | oids::ECDH => ec(algorithm.parameters, bits, holder),
        other if pss_shake_key(other).is_some() => of_rsa_bits(bits, holder),
        other => Err(KeyFileError::unsupported(other)),
    }
}

/// RSAPublicKey (RFC 8017 §A.1.1).
fn of_rsa_bits(bits: &[u8], holder: Arc<dyn Holder>) -> Result<HeldKey, KeyFileError> {
    let part = Part::PublicKey;
    let mut fields = parse_single(bits, Tag::SEQUENCE).within(part)?.reader();
    let modulus = unsigned_magnitude(fields.read(Tag::INTEGER).within(part)?.content);
    let exponent = unsigned_magnitude(fields.read(Tag::INTEGER).within(part)?.content);
    rsa(modulus, exponent, holder)
}

fn rsa(modulus: &[u8], exponent: &[u8], holder: Arc<dyn Holder>) -> Result<HeldKey, KeyFileError> {
    let key = PrivateKey::rsa_elsewhere(modulus, exponent, holder);
    key.map(HeldKey::new).map_err(|error| not_its_own(error, oids::RSA))
}

fn ec(
    parameters: Option<Element<'_>>,
    point: &[u8],
    holder: Arc<dyn Holder>,
) -> Result<HeldKey, KeyFileError> {
    let no_name = || KeyFileError::Unsupported("a curve that has no name".into());
    let curve = curve_of(parameters)?.ok_or_else(no_name)?;
    let key = PrivateKey::ec_elsewhere(curve, point, holder);
    key.map(HeldKey::new).map_err(|error| not_its_own(error, oids::EC))
}

fn not_its_own(error: KeyError, algorithm: Oid<'_>) -> KeyFileError {
    match error {
        KeyError::Malformed => KeyFileError::damaged(Part::PublicKey, Damage::OtherPublicKey),
        KeyError::Unsupported => refused(error, algorithm),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::x509::curves::TABLE;
    use smimebatch_crypto::agreement::agree;
    use smimebatch_crypto::private_key::PrivateKeyAlgorithm;
    use smimebatch_crypto::secret::Secret;
    use smimebatch_crypto::signature::Curve;
    use smimebatch_crypto::transport::RawError;

    struct Token(PrivateKey);

    impl Holder for Token {
        fn shared_coordinate(&self, point: &[u8]) -> Result<Secret, RawError> {
            agree(&self.0, point).map_err(|_| RawError::OutOfRange)
        }

        fn distrust(&self) {}

        fn failure(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn key_elsewhere_has_the_id_of_the_key_in_whatever_form_its_public_half_is_stated() {
        let generate = || PrivateKey::generate(PrivateKeyAlgorithm::Ec(Curve::P256)).unwrap();
        let (here, other) = (HeldKey::new(generate()), HeldKey::new(generate()));
        let token: Arc<dyn Holder> = Arc::new(Token(here.private_key().clone()));
        let oid = TABLE.iter().find(|it| it.curve == Some(Curve::P256)).unwrap().oid;
        let parameters = [&[6, oid.len() as u8], oid].concat();
        let point = here.public_key_bits().to_vec();
        let wrapped = [&[4, point.len() as u8], &point[..]].concat();
        let ec =
            |point: &[u8]| PublicHalf::Ec { parameters: parameters.clone(), point: point.to_vec() };
        for public in [PublicHalf::Spki(here.spki().to_vec()), ec(&point), ec(&wrapped)] {
            let held = HeldKey::elsewhere(&public, Arc::clone(&token)).unwrap();
            assert_eq!((held.id(), held.spki()), (here.id(), here.spki()));
        }
        let others =
            [PublicHalf::Spki(other.spki().to_vec()), ec(other.public_key_bits()), ec(b"")];
        for public in others {
            let refused = HeldKey::elsewhere(&public, Arc::clone(&token)).unwrap_err();
            let expected = KeyFileError::damaged(Part::PublicKey, Damage::OtherPublicKey);
            assert_eq!(refused, expected);
        }
        let rsa = PublicHalf::Rsa { modulus: vec![0xff; 256], public_exponent: vec![3] };
        for public in [rsa, PublicHalf::Spki(vec![0x30, 0])] {
            assert!(HeldKey::elsewhere(&public, Arc::clone(&token)).is_err());
        }
    }
}
