//! AlgorithmIdentifier (RFC 5280 §4.1.1.2): an object identifier and its parameters.

use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Tag};

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// Which algorithm.
    pub oid: Oid<'a>,
    /// Its parameters; absent and NULL are kept apart.
    pub parameters: Option<Element<'a>>,
}

/// The content of an AlgorithmIdentifier, which may be implicitly tagged.
///
/// # Errors
/// As the reader.
pub fn parse_algorithm_content(content: &[u8]) -> Result<AlgorithmIdentifier<'_>, Error> {
    let mut fields = Reader::new(content);
    let oid = Oid(fields.read(Tag::OID)?.content);
    let parameters = match fields.is_empty() {
        true => None,
        false => Some(fields.read_element()?),
    };
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    Ok(AlgorithmIdentifier { oid, parameters })
}
