//! What `scan` and `decode` find in a chunk: flat arrays of messages, texts and layers, linked by index.
//!
//! A *text* is MIME bytes still to be walked: a stored message, or the content of a CMS object. A *layer* is one CMS
//! object. Both lists only grow; two cursors say how far `scan` and `decode` have come, so that CMS inside CMS costs
//! a turn of the loop and no stack.

use std::ops::Range;

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::Authentication;
use crate::cms::compressed_data::CompressedData;
use crate::cms::content_info::ContentKind;
use crate::cms::enveloped_data::Envelope;
use crate::cms::error::CmsError;
use crate::cms::quirk::Quirk;
use crate::cms::signed_data::SignedData;
use crate::cms::signer_info::SignerInfo;
use crate::cms::time_stamps::TimeStampKind;
use crate::codes::CodeSet;
use crate::envelope::closed::Opening;
use crate::envelope::large::Streamed;
use crate::limits;
use crate::mail::entity::{SmimeType, Walk};
use crate::mail::from::{FieldAddresses, FromFacts};
use crate::mail::transfer::TransferEncoding;
use crate::verdict::flag::MessageFlag;

use super::chunk::StoredMessage;
use super::coverage::{Gap, Gaps};
use super::outline::{Octets, Outline};
use super::vocabulary::{DecryptStatus, HeaderProtection, LimitHit};

/// Index into [`Found::messages`].
pub(crate) type MessageId = u32;
/// Index into [`Found::layers`].
pub(crate) type LayerId = u32;
/// Index into [`Found::authors`].
pub(crate) type AuthorId = u32;

/// Everything found in a chunk.
pub(crate) struct Found<'a> {
    /// One per stored message, in order.
    pub(crate) messages: Vec<Message<'a>>,
    /// Whose From a signature is compared with: one per message, then one per nested message that holds a layer.
    pub(crate) authors: Vec<Author<'a>>,
    /// Texts, stored messages first.
    pub(crate) texts: Vec<Text<'a>>,
    /// CMS objects in the order of discovery.
    pub(crate) layers: Vec<Layer<'a>>,
    /// Texts before this one have been scanned.
    pub(crate) scanned: usize,
    /// Layers before this one have been decoded.
    pub(crate) decoded: usize,
    /// Layers before this one were opened, if they could be.
    pub(crate) opened: usize,
    /// Bytes held of compressed layers of the chunk that were inflated.
    pub(crate) inflated_bytes: usize,
    /// Keep each text's walk, for `inspect`.
    pub(crate) keep_walks: bool,
    /// Room for one text after another, out of its transfer encoding.
    pub(crate) room: Vec<u8>,
}

/// One stored message and its header facts.
pub(crate) struct Message<'a> {
    pub(crate) stored: &'a StoredMessage<'a>,
    pub(crate) message_id: Option<&'a str>,
    pub(crate) date_unix_s: Option<i64>,
    pub(crate) sender: Option<String>,
    pub(crate) reply_to: FieldAddresses,
    /// Fields that only mailing lists write.
    pub(crate) from_list: bool,
    /// Addresses that a list says stood in From before.
    pub(crate) original_from: FieldAddresses,
    pub(crate) pgp: Option<Pgp>,
    pub(crate) flags: CodeSet<MessageFlag>,
    pub(crate) limits: CodeSet<LimitHit>,
    /// Bytes that came out of its compressed layers so far.
    pub(crate) inflated_bytes: usize,
    /// Time-stamp tokens found so far.
    pub(crate) time_stamps: usize,
    /// Bytes that may still be decoded or joined for its layers.
    pub(crate) decodable_bytes: usize,
    /// Keys that were tried at its envelopes.
    pub(crate) keys_tried: usize,
    /// It is too large to be held, and what is kept of it does not tell its MIME tree.
    pub(crate) unjudged: bool,
    /// It is too large to be held, and what lies in its envelope was not looked into.
    pub(crate) unjudged_inside: bool,
}

/// Which OpenPGP a message uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pgp {
    Mime,
    Inline,
}

/// A visible author: the From and Sender of a message or of a nested one.
pub(crate) struct Author<'a> {
    pub(crate) from: FromFacts<'a>,
    pub(crate) sender: Option<String>,
}

impl Author<'_> {
    /// An author of whom nothing is known.
    const fn unread() -> Self {
        Self { from: FromFacts::missing(), sender: None }
    }

    /// The From addresses that a signature has to cover; none when there is no single usable From (RULES 21).
    pub(crate) fn visible_from(&self) -> &[String] {
        if self.from.is_usable() { &self.from.addresses } else { &[] }
    }
}

/// MIME bytes to walk.
pub(crate) struct Text<'a> {
    pub(crate) message: MessageId,
    /// The layer whose content this is; `None` for the stored message.
    pub(crate) layer: Option<LayerId>,
    pub(crate) author: AuthorId,
    pub(crate) bytes: &'a [u8],
    /// Only signed, enveloped or compressed layers lie between the root and here.
    pub(crate) eligible: bool,
    pub(crate) walk: Option<Walk>,
}

/// One CMS object.
pub(crate) struct Layer<'a> {
    pub(crate) message: MessageId,
    pub(crate) parent: Option<LayerId>,
    pub(crate) author: AuthorId,
    /// CMS objects around this one.
    pub(crate) depth: u32,
    /// OUTPUT.md `layer_path`; until the object is decoded, only its part numbers.
    pub(crate) path: String,
    /// What the path calls it; settled with the path.
    pub(crate) word: LayerWord,
    pub(crate) eligible: bool,
    /// It is the whole content of what it lies in.
    pub(crate) content_root: bool,
    /// A file to be saved, which no reader of mail opens in its place.
    pub(crate) is_file: bool,
    /// Why it covers less than a reader sees, or what was not read.
    pub(crate) gaps: Gaps,
    /// The header that its content carries for the message (RFC 9788, RFC 8551 §3.1).
    pub(crate) protected: Option<ProtectedHeader<'a>>,
    /// The compressed layer that is its whole content.
    pub(crate) compressed_inside: Option<LayerId>,
    /// Bytes that `source` counts in.
    pub(crate) bytes: &'a [u8],
    /// Whether those are the stored message.
    pub(crate) stored: bool,
    /// What `bytes` leave out of the stored message, where that is too large to be held.
    pub(crate) outline: Option<&'a Outline<'a>>,
    pub(crate) source: Source<'a>,
    /// The CMS object, out of its transfer encoding.
    pub(crate) cms: &'a [u8],
    pub(crate) object: Object<'a>,
    /// What authenticates an AuthEnvelopedData.
    pub(crate) authentication: Option<Authentication<'a>>,
    /// Of an envelope that is not held, where its content lies; `cms` is then all of it but that.
    pub(crate) streamed: Option<Box<Streamed>>,
    /// What became of an enveloped layer where there are keys.
    pub(crate) opening: Option<Box<Opening<'a>>>,
    /// What the object encapsulates, in one piece.
    pub(crate) content: Option<&'a [u8]>,
    /// Countersignatures, with the position of the SignerInfo they sign.
    pub(crate) countersignatures: Vec<(u32, Result<SignerInfo<'a>, CmsError>)>,
    pub(crate) quirks: CodeSet<Quirk>,
    pub(crate) flags: CodeSet<MessageFlag>,
}

/// A header block inside a layer that is meant for the message around it.
#[derive(Clone, Copy)]
pub(crate) struct ProtectedHeader<'a> {
    pub(crate) kind: HeaderProtection,
    /// The author it names; `None` where it has no From field of its own.
    pub(crate) author: Option<AuthorId>,
    /// The block, the empty line at its end included.
    pub(crate) block: &'a [u8],
}

/// Where the bytes of a CMS object stand.
pub(crate) enum Source<'a> {
    /// A multipart/signed: the signed part with its header fields, and the signature's body.
    Detached {
        content: Range<usize>,
        signature: Range<usize>,
        encoding: TransferEncoding,
        /// The second part is named as a signature, which no reader shows.
        named: bool,
    },
    /// An S/MIME part that holds the object.
    Part { body: Range<usize>, encoding: TransferEncoding, smime_type: Option<SmimeType> },
    /// The content of another CMS object, which said that it is one, by object identifier.
    Cms { content_type: &'a [u8], content: &'a [u8] },
    /// A time-stamp token that a signer of the layer around carries.
    TimeStamp(TimeStampSource<'a>),
}

/// Where a time-stamp token stands in the layer around it.
#[derive(Clone, Copy)]
pub(crate) struct TimeStampSource<'a> {
    pub(crate) kind: TimeStampKind,
    /// Position of the SignerInfo that carries it, or whose countersignature does.
    pub(crate) signer: u32,
    /// Position of the countersignature that carries it, among those of the signer.
    pub(crate) countersignature: Option<u32>,
    /// Position among the tokens of the layer.
    pub(crate) index: u32,
    pub(crate) token: &'a [u8],
}

/// What a layer's bytes turned out to be.
pub(crate) enum Object<'a> {
    /// Not decoded yet.
    Unread,
    /// Not a CMS object, or a broken one.
    Malformed,
    /// More nested or larger than examined.
    Limited,
    Signed(Box<SignedData<'a>>),
    Enveloped(Box<Envelope<'a>>),
    Compressed(Box<CompressedData<'a>>),
    /// Another content type, known by its name only.
    Other(ContentKind),
    /// Not in the message: the archive cut it off (RULES 29).
    Missing,
}

/// What a layer is, by its object or, failing that, by what stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerWord {
    Certificates,
    Signed,
    Enveloped,
    Compressed,
    TimeStamp,
    Other,
}

impl LayerWord {
    /// As `layer_path` spells it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Certificates => "certs",
            Self::Signed => "signed",
            Self::Enveloped => "enveloped",
            Self::Compressed => "compressed",
            Self::TimeStamp => "timestamp",
            Self::Other => "other",
        }
    }
}

impl<'a> Found<'a> {
    /// The chunk with nothing scanned yet.
    pub(crate) fn new(stored: &'a [StoredMessage<'a>], keep_walks: bool) -> Self {
        let mut found = Self {
            messages: Vec::with_capacity(stored.len()),
            authors: Vec::with_capacity(stored.len()),
            texts: Vec::with_capacity(stored.len()),
            layers: Vec::new(),
            scanned: 0,
            decoded: 0,
            opened: 0,
            inflated_bytes: 0,
            keep_walks,
            room: Vec::new(),
        };
        for (id, message) in (0..).zip(stored) {
            found.texts.push(Text {
                message: id,
                layer: None,
                author: id,
                bytes: message.text().unwrap_or_default(),
                eligible: true,
                walk: None,
            });
        }
        found.messages.extend(stored.iter().map(Message::unread));
        found.authors.resize_with(stored.len(), Author::unread);
        found
    }

    /// Whether so much was inflated that the chunk is better taken in halves; a single message never is.
    pub(crate) fn is_overfull(&self) -> bool {
        self.messages.len() > 1 && self.inflated_bytes > limits::CHUNK_INFLATED_BYTES
    }

    /// Nothing, once the chunk is overfull.
    pub(crate) fn fits(&self) -> Option<()> {
        (!self.is_overfull()).then_some(())
    }

    /// Whether a text waits for `scan` or a layer for `decode`.
    pub(crate) fn has_unread(&self) -> bool {
        self.scanned < self.texts.len() || self.decoded < self.layers.len()
    }

    pub(crate) fn message_mut(&mut self, id: MessageId) -> Option<&mut Message<'a>> {
        self.messages.get_mut(id as usize)
    }

    pub(crate) fn author(&self, id: AuthorId) -> Option<&Author<'a>> {
        self.authors.get(id as usize)
    }

    pub(crate) fn layer(&self, id: LayerId) -> Option<&Layer<'a>> {
        self.layers.get(id as usize)
    }

    /// Whether an envelope that was opened stands around `layer`.
    pub(crate) fn lies_in_opened(&self, layer: &Layer<'a>) -> bool {
        let mut around = layer.parent;
        while let Some(outer) = around.and_then(|id| self.layer(id)) {
            if outer.is_opened() {
                return true;
            }
            around = outer.parent;
        }
        false
    }
}

impl<'a> Message<'a> {
    /// RULES 38: how many bytes more its compressed layers may be inflated to.
    pub(crate) fn inflatable_bytes(&self) -> usize {
        let stored = self.stored.held_bytes();
        let most = stored.saturating_mul(limits::INFLATED_RATIO);
        most.clamp(limits::INFLATED_BYTES, limits::MESSAGE_BYTES)
            .saturating_sub(self.inflated_bytes)
    }

    fn unread(stored: &'a StoredMessage<'a>) -> Self {
        let mut flags = CodeSet::EMPTY;
        if stored.split_suspicious {
            flags.insert(MessageFlag::SplitSuspicious);
        }
        Self {
            stored,
            message_id: None,
            date_unix_s: None,
            sender: None,
            reply_to: FieldAddresses::default(),
            from_list: false,
            original_from: FieldAddresses::default(),
            pgp: None,
            flags,
            limits: CodeSet::EMPTY,
            inflated_bytes: 0,
            time_stamps: 0,
            decodable_bytes: limits::DECODED_BYTES_PER_MESSAGE,
            keys_tried: 0,
            unjudged: false,
            unjudged_inside: false,
        }
    }
}

impl<'a> Layer<'a> {
    /// A layer of `bytes` inside another one, not decoded yet and not its whole content.
    pub(super) fn inside(
        outer: &Self,
        around: LayerId,
        bytes: &'a [u8],
        source: Source<'a>,
    ) -> Self {
        Self {
            message: outer.message,
            parent: Some(around),
            author: outer.author,
            depth: outer.depth + 1,
            eligible: outer.eligible,
            ..Self::alone(bytes, source)
        }
    }

    /// A layer of `bytes` inside nothing, of the first message of its chunk.
    pub(super) fn alone(bytes: &'a [u8], source: Source<'a>) -> Self {
        Self {
            message: 0,
            parent: None,
            author: 0,
            depth: 0,
            path: String::new(),
            word: LayerWord::Signed,
            eligible: false,
            content_root: false,
            is_file: false,
            gaps: Gaps::EMPTY,
            protected: None,
            compressed_inside: None,
            bytes,
            stored: false,
            outline: None,
            source,
            cms: &[],
            object: Object::Unread,
            authentication: None,
            streamed: None,
            opening: None,
            content: None,
            countersignatures: Vec::new(),
            quirks: CodeSet::EMPTY,
            flags: CodeSet::EMPTY,
        }
    }

    /// Where the signed part beside a detached signature lies in `bytes`.
    pub(crate) fn detached_range(&self) -> Option<Range<usize>> {
        match &self.source {
            Source::Detached { content, .. } => Some(content.clone()),
            _ => None,
        }
    }

    /// Whether it may be an envelope that is the whole of a message that is not held.
    pub(crate) fn is_whole_of_large(&self) -> bool {
        let is_part = matches!(self.source, Source::Part { .. });
        self.outline.is_some() && self.parent.is_none() && self.content_root && is_part
    }

    /// Whether it is an envelope in an entity of its own: one in the place of a signature is no signature, and what
    /// stands before it is in clear.
    pub(crate) fn is_envelope_of_entity(&self) -> bool {
        let is_beside = matches!(self.source, Source::Detached { .. });
        self.word == LayerWord::Enveloped && self.content_root && !is_beside
    }

    /// Whether it is a signature beside which its container holds nothing that a reader shows, nor may hold it.
    pub(crate) fn is_signature_alone(&self) -> bool {
        let beside = [Gap::ReadersDiffer, Gap::MoreParts, Gap::ShownSignature, Gap::Beside];
        let has_any = beside.into_iter().any(|gap| self.gaps.contains(gap));
        matches!(self.object, Object::Signed(_)) && self.content_root && !has_any
    }

    /// Whether it is a time-stamp token, which is about another layer and shows nothing.
    pub(crate) const fn is_time_stamp(&self) -> bool {
        matches!(self.source, Source::TimeStamp(_))
    }

    /// Whether it is an envelope that a key of ours opened.
    pub(crate) fn is_opened(&self) -> bool {
        self.opening.as_ref().is_some_and(|opening| opening.status == DecryptStatus::Decrypted)
    }

    /// What the object is; of one that cannot be read, what stands around it says.
    pub(super) fn find_word(&self) -> LayerWord {
        match &self.object {
            _ if self.is_time_stamp() => LayerWord::TimeStamp,
            Object::Signed(signed) if signed.is_certs_only() => LayerWord::Certificates,
            Object::Signed(_) => LayerWord::Signed,
            Object::Enveloped(_) => LayerWord::Enveloped,
            Object::Compressed(_) => LayerWord::Compressed,
            Object::Other(_) => LayerWord::Other,
            _ if self.is_called_enveloped() => LayerWord::Enveloped,
            _ if self.is_called_compressed() => LayerWord::Compressed,
            Object::Unread | Object::Malformed | Object::Limited | Object::Missing => {
                LayerWord::Signed
            }
        }
    }

    /// Whether what stands around the object calls it an envelope.
    fn is_called_enveloped(&self) -> bool {
        match &self.source {
            Source::Part { smime_type, .. } => {
                matches!(smime_type, Some(SmimeType::EnvelopedData | SmimeType::AuthEnvelopedData))
            }
            Source::Cms { content_type, .. } => {
                [oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA].contains(&Oid(content_type))
            }
            Source::Detached { .. } | Source::TimeStamp(_) => false,
        }
    }

    /// Whether what stands around the object calls it compressed.
    fn is_called_compressed(&self) -> bool {
        match &self.source {
            Source::Part { smime_type, .. } => *smime_type == Some(SmimeType::CompressedData),
            Source::Cms { content_type, .. } => Oid(content_type) == oid::COMPRESSED_DATA,
            Source::Detached { .. } | Source::TimeStamp(_) => false,
        }
    }

    /// The signed part beside a detached signature.
    pub(crate) fn detached_content(&self) -> Option<Octets<'a>> {
        let range = self.detached_range()?;
        match self.outline {
            Some(outline) => Octets::of_outline(outline, range),
            None => self.bytes.get(range).map(Octets::Held),
        }
    }
}
