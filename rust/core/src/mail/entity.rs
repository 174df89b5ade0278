//! A message as the flat tree of its MIME entities, each an exact range of the message (RFC 2045,
//! 2046, 1847).
//!
//! Entities stand in document order, parents before children, the message itself at 0. What a
//! signature covers is [`Entity::whole`]: header and body as they stand, without the line break
//! that belongs to the next delimiter (RULES 25).

use core::ops::Range;

use super::armour::PgpArmour;
use super::transfer::TransferEncoding;
pub use super::walk::{walk_entities, walk_message, walk_message_in};

/// What an entity is, as far as this program cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// `multipart/*` but signed.
    Multipart,
    /// `multipart/signed` (RFC 1847).
    MultipartSigned {
        /// By the kind of the second part, else by the parameter.
        protocol: SignatureProtocol,
    },
    /// A CMS object of any type: `application/pkcs7-mime`, or a file named like one.
    Pkcs7Mime {
        /// What the header claims it is; null if it claims nothing.
        smime_type: Option<SmimeType>,
    },
    /// A detached CMS signature: `application/pkcs7-signature`, or a file named `.p7s`.
    Pkcs7Signature,
    /// `application/pgp-encrypted`, the first part of PGP/MIME encryption.
    PgpEncrypted,
    /// `application/pgp-signature`.
    PgpSignature,
    /// `message/rfc822` and `message/global`; its only child is the message, unless it is encoded
    /// or too deep.
    MessageRfc822,
    /// `text/plain`, and what has no usable type.
    TextPlain,
    /// `text/html`.
    TextHtml,
    /// Any other text.
    TextOther,
    /// Everything else.
    Other,
}

impl EntityKind {
    /// Whether readers show its body as text.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::TextPlain | Self::TextHtml | Self::TextOther)
    }
}

/// What signs a `multipart/signed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureProtocol {
    /// S/MIME.
    Pkcs7,
    /// PGP/MIME.
    Pgp,
    /// Nobody says.
    Unknown,
}

/// RFC 8551 §3.2.2 `smime-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the value of the same name")]
pub enum SmimeType {
    SignedData,
    EnvelopedData,
    AuthEnvelopedData,
    CertsOnly,
    CompressedData,
    SignedReceipt,
    Other,
}

/// The first word of a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the type of the same name")]
pub enum MediaClass {
    Text,
    Multipart,
    Message,
    Application,
    Image,
    Audio,
    Video,
    Other,
}

/// The second word of a multipart's media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the subtype of the same name")]
pub enum MultipartSubtype {
    Mixed,
    Alternative,
    Related,
    Signed,
    Digest,
    Report,
    Encrypted,
    Other,
}

/// Small facts of a media type; the whole of it is at [`Entity::content_type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Media {
    /// The first word, or what is assumed without one.
    pub class: MediaClass,
    /// The second word of a multipart; `Other` elsewhere.
    pub multipart: MultipartSubtype,
    /// A Content-Type field names a type and subtype.
    pub is_declared: bool,
}

/// Content-Disposition (RFC 2183).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// `attachment`, or a word nobody knows.
    Attachment,
    /// `inline`.
    Inline,
    /// No field, or an empty one.
    None,
}

/// What the end of the file name says; not looked at for declared text, multiparts and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the extension of the same name")]
pub enum FileNameHint {
    P7m,
    P7s,
    P7c,
    P7z,
    Eml,
    /// Another extension.
    Other,
    /// No file name.
    None,
}

/// One entity; all ranges are of the buffer that was walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Index of the entity around it; null for the message itself.
    pub parent: Option<u32>,
    /// Index behind its last descendant, which is its next sibling if it has one.
    pub subtree_end: u32,
    /// 1-based position within the parent, as in IMAP part numbers.
    pub position: u32,
    /// Number of entities around it.
    pub depth: u32,
    /// From its first header byte to its last byte.
    pub whole: Range<usize>,
    /// Behind the empty line that ends the header; empty at the end of `whole` if there is none.
    pub body: Range<usize>,
    /// What it is.
    pub kind: EntityKind,
    /// Small facts of the media type.
    pub media: Media,
    /// Body of the first Content-Type field; empty if there is none.
    pub content_type: Range<usize>,
    /// Content-Transfer-Encoding.
    pub encoding: TransferEncoding,
    /// Content-Disposition.
    pub disposition: Disposition,
    /// What the file name ends in.
    pub file_name: FileNameHint,
    /// Readers show it as it stands, or offer to open it: any type but those of S/MIME and octets, or a file name of
    /// another kind beside or instead of one of S/MIME.
    pub is_openable: bool,
    /// A file name is the one that software gives to the object that is the mail itself (RFC 8551 §3.2.1).
    pub is_named_smime: bool,
    /// A multipart whose final delimiter is there.
    pub closed: bool,
    /// Number of children in the tree.
    pub child_count: u32,
    /// Children were left out of the tree because of a cap.
    pub is_cut: bool,
    /// What stands before a multipart's first delimiter (all of the body if it has none); empty if
    /// blank.
    pub preamble: Range<usize>,
    /// What stands behind a multipart's final delimiter; empty if blank.
    pub epilogue: Range<usize>,
    /// The header holds lines that are no field, which some readers show as body.
    pub header_junk: bool,
    /// The header is longer than is read: what the entity is may stand behind.
    pub header_cut: bool,
    /// Two Content-Type, Content-Transfer-Encoding or boundary values: readers differ in which they
    /// follow.
    pub ambiguous: bool,
    /// A multipart spelled so that some readers do not see that it is one, or where its parts begin:
    /// they show the whole body.
    pub doubtful: bool,
    /// OpenPGP in the body of a text as it stands, its transfer encoding not undone.
    pub pgp_armour: PgpArmour,
}

/// Caps of a walk; the defaults are those of RULES, Budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLimits {
    /// Entities this deep are not descended into.
    pub depth: u32,
    /// Entities in the tree.
    pub parts: u32,
    /// Bytes of one header block in which fields are read.
    pub header_bytes: usize,
    /// Fields read of one header block.
    pub header_fields: usize,
}

impl Default for WalkLimits {
    fn default() -> Self {
        Self { depth: 64, parts: 10_000, header_bytes: 1 << 20, header_fields: 10_000 }
    }
}

/// Which caps a walk hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct WalkLimitsHit {
    /// A multipart or message was too deep to be descended into.
    pub depth: bool,
    /// There are more entities than the tree holds.
    pub parts: bool,
    /// A header block was too long; its later fields were not read.
    pub header: bool,
}

impl WalkLimitsHit {
    /// Whether any cap was hit.
    #[must_use]
    pub fn any(self) -> bool {
        self.depth || self.parts || self.header
    }
}

/// The entities of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// In document order; never empty.
    pub entities: Vec<Entity>,
    /// Caps that were hit.
    pub limits_hit: WalkLimitsHit,
}

impl Walk {
    /// Indices of the children of the entity at `parent`, in order.
    pub fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        let end_of =
            |index: usize| self.entities.get(index).map_or(0, |entity| entity.subtree_end as usize);
        let end = end_of(parent);
        core::iter::successors(Some(parent + 1), move |&child| Some(end_of(child)))
            .take_while(move |&child| child < end)
    }
}
