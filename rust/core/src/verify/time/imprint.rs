//! Imprint: what a token must be over, by its kind → the digest it should have.
//!
//! RFC 3161 Appendix A: the value octets of the signature. RFC 5126 §5.11.4: the content, as messageDigest has it.
//! ETSI EN 319 122-1 §5.5.3: content type, digest of the content, fields of the SignerInfo and hash index, one after
//! the other. The other kinds are recognised and prove nothing.

use smimebatch_crypto::digest::{Algorithm, Job, LineEnds, many};

use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::signer_info::SignerInfo;
use crate::cms::time_stamps::TimeStampKind;
use crate::verdict::facts::CryptoResult;

use super::super::digest::Digests;
use super::super::found::{Found, Object};
use super::super::resolve::Signer;
use super::super::work::Work;

/// The imprint that a token over `target` should have; `None` where it cannot be told.
pub(super) fn imprint(
    kind: TimeStampKind,
    algorithm: Algorithm,
    token: &SignerInfo<'_>,
    target: (&Signer<'_>, &Found<'_>),
    digests: &mut Digests,
    work: &mut Work,
) -> Option<Vec<u8>> {
    let (signer, found) = target;
    let info = signer.info?;
    match kind {
        TimeStampKind::Signature => Some(digest_of(algorithm, &[&info.signature])),
        TimeStampKind::Content => content_digest(algorithm, signer, digests, work),
        TimeStampKind::ArchiveV3 => {
            let Object::Signed(signed) = &found.layer(signer.layer)?.object else { return None };
            let mut content_type = Vec::new();
            write_element(&mut content_type, Tag::OID, signed.content_type.0);
            let content = content_digest(algorithm, signer, digests, work)?;
            let index = token.archive_hash_index()?;
            Some(digest_of(algorithm, &[&content_type, &content, info.fields, index]))
        }
        TimeStampKind::Complete | TimeStampKind::References | TimeStampKind::Archive => None,
    }
}

pub(super) fn digest_of(algorithm: Algorithm, pieces: &[&[u8]]) -> Vec<u8> {
    let job = Job { algorithm, pieces, line_ends: LineEnds::AsStored };
    many(&[job]).first().map(|digest| digest.as_bytes().to_vec()).unwrap_or_default()
}

/// The digest of the content in the form in which the signature holds; of one that does not hold there is none.
fn content_digest(
    algorithm: Algorithm,
    signer: &Signer<'_>,
    digests: &mut Digests,
    work: &mut Work,
) -> Option<Vec<u8>> {
    let holds = matches!(signer.result, Some(CryptoResult::Ok | CryptoResult::Repaired));
    let octets = signer.content.filter(|_| holds)?.octets;
    if digests.content(signer, algorithm).is_none() {
        if !work.spend_octets(signer.message, octets.octets()) {
            return None;
        }
        digests.add_content(signer, algorithm);
    }
    digests.content(signer, algorithm).map(|digest| digest.as_bytes().to_vec())
}
