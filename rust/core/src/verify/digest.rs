//! Digest: every digest the chunk still needs, hashed together.
//!
//! The first turn brings the fingerprints of messages, CMS objects and signature values, and for every open signer
//! its content in the first form (RFC 5652 §5.4, line ends made canonical while hashing, RFC 8551 §3.1.1) and its
//! signed attributes. Later turns bring only what did not hold. One content is hashed once per form and algorithm,
//! however many signers it has.

use smallvec::SmallVec;
use smimebatch_crypto::digest::{self as batch, Algorithm, Digest, Job, LineEnds};

use super::found::{Found, LayerId};
use super::outline::Octets;
use super::resolve::Signer;
use super::vocabulary::Canonicalization;

/// The digests of a chunk, found again by what they are of.
pub(crate) struct Digests {
    /// SHA-256 of each stored message; `None` for a null row.
    pub(crate) messages: Vec<Option<Digest>>,
    /// SHA-256 of each layer's CMS object.
    pub(crate) objects: Vec<Digest>,
    /// SHA-256 of each signer's signature value; `None` without one.
    pub(crate) signatures: Vec<Option<Digest>>,
    /// SHA-256 of each signer's content in the form that was checked; `None` when there is none.
    pub(crate) signed_bytes: Vec<Option<Digest>>,
    /// Content digests per layer; countersigned values stay with their signer.
    contents: Vec<SmallVec<[(ContentKey, Digest); 1]>>,
    /// Digest of each signer's signed attributes in the encoding being tried.
    attributes: Vec<Option<Digest>>,
}

/// What a content digest is of: the content's place in memory, its form and the algorithm.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ContentKey {
    start: usize,
    octets: usize,
    form: Canonicalization,
    algorithm: Algorithm,
}

impl ContentKey {
    fn of(content: Octets<'_>, form: Canonicalization, algorithm: Algorithm) -> Self {
        let (start, octets) = content.place();
        Self { start, octets, form, algorithm }
    }

    const fn line_ends(&self) -> LineEnds {
        match self.form {
            Canonicalization::LfToCrlf => LineEnds::LfToCrlf,
            _ => LineEnds::AsStored,
        }
    }
}

impl Digests {
    /// The fingerprints of messages, objects and signature values.
    pub(super) fn of(found: &Found<'_>, signers: &[Signer<'_>]) -> Self {
        let messages: Vec<Option<&[u8]>> =
            found.messages.iter().map(|message| message.stored.raw).collect();
        let objects = found.layers.iter().map(|layer| Some(layer.cms));
        let signatures = signers.iter().map(|signer| signer.info.map(|info| &*info.signature));
        let all: Vec<Option<&[u8]>> =
            messages.into_iter().chain(objects).chain(signatures).collect();
        let mut digests = sha256_of(&all).into_iter();
        let mut of_messages: Vec<_> = digests.by_ref().take(found.messages.len()).collect();
        for (digest, message) in of_messages.iter_mut().zip(&found.messages) {
            *digest = message.stored.outline.map_or(*digest, |outline| Some(*outline.sha256()));
        }
        Self {
            messages: of_messages,
            objects: digests.by_ref().take(found.layers.len()).flatten().collect(),
            signatures: digests.collect(),
            signed_bytes: vec![None; signers.len()],
            contents: vec![SmallVec::new(); found.layers.len()],
            attributes: vec![None; signers.len()],
        }
    }

    /// The content digest a signer waits for.
    pub(super) fn content(&self, signer: &Signer<'_>, algorithm: Algorithm) -> Option<&Digest> {
        let key = ContentKey::of(signer.content?.octets, signer.form()?, algorithm);
        self.find(signer.layer, key)
    }

    /// The digest of a signer's attributes in the encoding being tried.
    pub(super) fn attributes(&self, signer: usize) -> Option<&Digest> {
        self.attributes.get(signer)?.as_ref()
    }

    /// Makes the content digest of a signer in the form that has matched, or is to be tried.
    pub(super) fn add_content(&mut self, signer: &Signer<'_>, algorithm: Algorithm) {
        make_contents(core::iter::once(wanted_content(signer, algorithm)), self);
    }

    fn keep(&mut self, layer: LayerId, key: ContentKey, digest: Digest) {
        if let Some(known) = self.contents.get_mut(layer as usize) {
            known.push((key, digest));
        }
    }

    fn find(&self, layer: LayerId, key: ContentKey) -> Option<&Digest> {
        let known = self.contents.get(layer as usize)?;
        known.iter().find(|(other, _)| *other == key).map(|(_, digest)| digest)
    }
}

/// Makes the digests that the open signers wait for.
pub(super) fn digest(signers: &[Signer<'_>], digests: &mut Digests) {
    let open: Vec<(usize, &Signer<'_>)> =
        signers.iter().enumerate().filter(|(_, signer)| signer.is_open()).collect();
    digest_contents(&open, digests);
    digest_attributes(&open, digests);
}

/// SHA-256 of every content in the form that held, else in the first (OUTPUT.md, `signed_bytes_sha256`).
pub(super) fn digest_signed_bytes(signers: &[Signer<'_>], digests: &mut Digests) {
    let wanted = |signer: &Signer<'_>| {
        let (octets, form) = signer.content_to_tell()?;
        Some((signer.layer, ContentKey::of(octets, form, Algorithm::Sha256)))
    };
    let contents = signers.iter().map(|signer| {
        let (layer, key) = wanted(signer)?;
        Some((layer, key, signer.content_to_tell()?.0))
    });
    make_contents(contents, digests);
    digests.signed_bytes = signers
        .iter()
        .map(|signer| wanted(signer).and_then(|(layer, key)| digests.find(layer, key).copied()))
        .collect();
}

type Wanted<'f> = Option<(LayerId, ContentKey, Octets<'f>)>;

fn wanted_content<'f>(signer: &Signer<'f>, algorithm: Algorithm) -> Wanted<'f> {
    let octets = signer.content?.octets;
    Some((signer.layer, ContentKey::of(octets, signer.form()?, algorithm), octets))
}

fn digest_contents(open: &[(usize, &Signer<'_>)], digests: &mut Digests) {
    let wanted = open.iter().map(|(_, signer)| wanted_content(signer, signer.content_digest()?));
    make_contents(wanted, digests);
}

/// Hashes each wanted content that is not known yet, once.
fn make_contents<'f>(wanted: impl Iterator<Item = Wanted<'f>>, digests: &mut Digests) {
    let mut missing: Vec<(LayerId, ContentKey, [&[u8]; 1])> = Vec::new();
    for (layer, key, octets) in wanted.flatten() {
        // Signers of one layer follow each other, so a repetition is found at the end of the list.
        let repeated = missing
            .iter()
            .rev()
            .take_while(|(other, ..)| *other == layer)
            .any(|(_, k, _)| *k == key);
        if repeated || digests.find(layer, key).is_some() {
            continue;
        }
        match octets {
            Octets::Held(bytes) => missing.push((layer, key, [bytes])),
            Octets::Streamed { outline, start, end } => {
                let digest = outline.digest(&(start..end), key.algorithm, key.line_ends());
                digest.into_iter().for_each(|digest| digests.keep(layer, key, digest));
            }
        }
    }
    let jobs: Vec<Job<'_>> = missing
        .iter()
        .map(|(_, key, pieces)| Job {
            algorithm: key.algorithm,
            pieces,
            line_ends: key.line_ends(),
        })
        .collect();
    for ((layer, key, _), digest) in missing.iter().zip(batch::many(&jobs)) {
        digests.keep(*layer, *key, digest);
    }
}

/// RFC 5652 §5.4: signed attributes are hashed with a SET tag in place of their own (RULES 1).
fn digest_attributes(open: &[(usize, &Signer<'_>)], digests: &mut Digests) {
    let mut whose = Vec::with_capacity(open.len());
    let mut pieces = Vec::with_capacity(open.len());
    for &(index, signer) in open {
        if let (Some(attributes), Some(algorithm)) =
            (signer.attribute_pieces(), signer.attribute_digest())
        {
            whose.push((index, algorithm));
            pieces.push(attributes);
        }
    }
    let jobs: Vec<Job<'_>> = whose
        .iter()
        .zip(&pieces)
        .map(|(&(_, algorithm), pieces)| Job { algorithm, pieces, line_ends: LineEnds::AsStored })
        .collect();
    for ((index, _), digest) in whose.iter().zip(batch::many(&jobs)) {
        if let Some(slot) = digests.attributes.get_mut(*index) {
            *slot = Some(digest);
        }
    }
}

/// SHA-256 of whatever there is, hashed together.
pub(crate) fn sha256_of(all: &[Option<&[u8]>]) -> Vec<Option<Digest>> {
    let present: Vec<[&[u8]; 1]> = all.iter().flatten().map(|bytes| [*bytes]).collect();
    let jobs: Vec<Job<'_>> = present
        .iter()
        .map(|pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends: LineEnds::AsStored })
        .collect();
    let mut digests = batch::many(&jobs).into_iter();
    all.iter().map(|bytes| bytes.and_then(|_| digests.next())).collect()
}
