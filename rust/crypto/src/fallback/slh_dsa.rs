//! FIPS 205 SLH-DSA verification, pure (FIPS 205 §10.3), all twelve parameter sets.

use crate::signature::{KeyError, SlhDsa};
use fips205::traits::{SerDes, Verifier};

/// One variant per parameter set, for the type that the crate has for it.
macro_rules! keys {
    ($($set:ident => $module:ident),* $(,)?) => {
        /// A public key.
        pub(crate) enum Key {
            $($set(fips205::$module::PublicKey),)*
        }

        impl Key {
            pub(crate) fn new(set: SlhDsa, octets: &[u8]) -> Result<Self, KeyError> {
                match set {
                    $(SlhDsa::$set => {
                        let octets = octets.try_into().map_err(|_| KeyError::Malformed)?;
                        let key = fips205::$module::PublicKey::try_from_bytes(octets);
                        key.map(Self::$set).map_err(|_| KeyError::Malformed)
                    })*
                }
            }

            pub(crate) fn set(&self) -> SlhDsa {
                match self {
                    $(Self::$set(_) => SlhDsa::$set,)*
                }
            }

            /// A signature of another length than the set's is wrong.
            pub(crate) fn verify(&self, context: &[u8], message: &[u8], signature: &[u8]) -> bool {
                match self {
                    $(Self::$set(key) => signature
                        .try_into()
                        .is_ok_and(|signature| key.verify(message, signature, context)),)*
                }
            }
        }
    };
}

keys! {
    Sha2_128s => slh_dsa_sha2_128s,
    Sha2_128f => slh_dsa_sha2_128f,
    Sha2_192s => slh_dsa_sha2_192s,
    Sha2_192f => slh_dsa_sha2_192f,
    Sha2_256s => slh_dsa_sha2_256s,
    Sha2_256f => slh_dsa_sha2_256f,
    Shake128s => slh_dsa_shake_128s,
    Shake128f => slh_dsa_shake_128f,
    Shake192s => slh_dsa_shake_192s,
    Shake192f => slh_dsa_shake_192f,
    Shake256s => slh_dsa_shake_256s,
    Shake256f => slh_dsa_shake_256f,
}
