//! CompressedData: content in a compressed form (RFC 3274 §1.1); [`super::inflate`] opens it.

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
    Ok(CompressedData { version, algorithm, content, quirks })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::content_info::parse_content_info;
    use super::super::fixtures::{content_info, element, object_identifier};
    use super::*;

    #[test]
    fn compressed_data_is_recognised_with_its_pieces() {
        let algorithm = element(0x30, &[&object_identifier(oid::ZLIB_COMPRESS)]);
        let pieces = element(0x24, &[&element(0x04, &[b"x"]), &element(0x04, &[b"yz"])]);
        let content = [object_identifier(oid::DATA), element(0xa0, &[&pieces])].concat();
        let data = element(0x30, &[&[2, 1, 0], &algorithm, &element(0x30, &[&content])]);
        let bytes = content_info(oid::COMPRESSED_DATA, &data);
        let compressed = parse_compressed_data(&parse_content_info(&bytes).unwrap().0).unwrap();
        assert_eq!(compressed.algorithm.oid, oid::ZLIB_COMPRESS);
        assert_eq!(compressed.content.content.pieces().unwrap().concat(), b"xyz");
        assert!(compressed.quirks.is_empty());
    }
}
