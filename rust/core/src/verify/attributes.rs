//! What the signed attributes of a SignerInfo say, and whether they say it as they must (RULES 3).

use std::borrow::Cow;

use crate::asn1::oid::Oid;
use crate::cms::signed_attributes::{SignedAttributes, check_content_type};

/// The signed attributes of one signer.
pub(crate) struct AttributeFacts<'f> {
    /// messageDigest.
    pub(crate) message_digest: Cow<'f, [u8]>,
    /// signingTime, Unix seconds; `None` when absent or unreadable.
    pub(crate) signing_time_unix_s: Option<i64>,
    /// Object identifiers in order.
    pub(crate) oids: Vec<Oid<'f>>,
    attributes: &'f SignedAttributes<'f>,
    /// Encodings still to be tried after the one as received, last one first; `None` before the first was asked for.
    others: Option<Vec<Vec<u8>>>,
    /// The encoding being tried, when it is not the one as received.
    reencoded: Option<Vec<u8>>,
}

impl AttributeFacts<'_> {
    /// What is hashed, in the encoding being tried.
    pub(super) fn pieces(&self) -> [&[u8]; 2] {
        match &self.reencoded {
            Some(der) => [der, &[]],
            None => self.attributes.as_set(),
        }
    }

    /// RULES 1: goes on from the encoding as received to DER, and to DER in sorted order; `false` when none is left.
    pub(super) fn try_next_encoding(&mut self) -> bool {
        let others = self.others.get_or_insert_with(|| {
            let mut others = self.attributes.other_encodings();
            others.reverse();
            others
        });
        match others.pop() {
            Some(encoding) => {
                self.reencoded = Some(encoding);
                true
            }
            None => false,
        }
    }

    /// Whether the encoding being tried is DER made anew.
    pub(super) fn is_reencoded(&self) -> bool {
        self.reencoded.is_some()
    }
}

/// Reads the attributes; `content_type` is `None` for a countersignature, which carries none (RFC 5652 §11.4).
pub(super) fn read_attributes<'f>(
    attributes: &'f SignedAttributes<'_>,
    content_type: Option<Oid<'_>>,
) -> Result<AttributeFacts<'f>, ()> {
    if let Some(content_type) = content_type {
        check_content_type(attributes, content_type).map_err(drop)?;
    }
    Ok(AttributeFacts {
        message_digest: attributes.message_digest().map_err(drop)?,
        signing_time_unix_s: attributes.signing_time_unix_s().ok().flatten(),
        oids: attributes.list.iter().map(|attribute| attribute.oid).collect(),
        attributes,
        others: None,
        reencoded: None,
    })
}
