//! CompressedData: content in a compressed form, recognised and not yet opened (RFC 3274 §1.1).

use super::algorithms::AlgorithmIdentifier;
use super::content_info::ContentInfo;
use super::encapsulated_content::{EncapsulatedContentInfo, read_encapsulated_content};
use super::error::{CmsError, Field};
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid;

/// RFC 3274 §1.1:
///
/// ```text
/// CompressedData ::= SEQUENCE {
///   version CMSVersion,
///   compressionAlgorithm CompressionAlgorithmIdentifier,
///   encapContentInfo EncapsulatedContentInfo }
/// ```
#[derive(Clone, Debug)]
pub struct CompressedData<'a> {
    /// `version`, which decides nothing.
    pub version: u32,
    /// `compressionAlgorithm`.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// `encapContentInfo`: the type of what was compressed, and the compressed octets.
    pub content: EncapsulatedContentInfo<'a>,
    /// Accepted deviations.
    pub quirks: CmsQuirks,
}

/// Parses the content of a ContentInfo whose type is id-ct-compressedData.
///
/// # Errors
/// A [`CmsError`] when it cannot be read.
pub fn parse_compressed_data<'a>(info: &ContentInfo<'a>) -> Result<CompressedData<'a>, CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let mut fields = info.open(oid::COMPRESSED_DATA, Field::CompressedData)?;
    let version = fields.read_version()?;
    let algorithm = fields.read_algorithm(Field::CompressionAlgorithm)?;
    let content = read_encapsulated_content(&mut fields, &mut quirks)?;
    if !fields.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    Ok(CompressedData {
        version,
        algorithm,
        content,
        quirks,
    })
}
