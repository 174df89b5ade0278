//! Pull: a part of a large message → the octets of its CMS object, a few at a time, and BER elements cut out of them
//! (X.690 §8.1).

use crate::asn1::reader::Tag;
use crate::limits;
use crate::mail::transfer::{Base64Defects, Base64Pieces};
use crate::verify::outline::Pieces;

/// Why reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The source cannot be read, or the target cannot be written.
    Fault,
    /// No object of the grammar.
    Broken,
    /// An object, and no envelope.
    Other,
    /// More than is held of it.
    Limit,
}

impl Stop {
    /// What it is, where nothing is known of the object yet.
    pub(super) fn or_other(self) -> Self {
        if self == Self::Fault { Self::Fault } else { Self::Other }
    }
}

/// How the octets stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Base64,
    Identity,
}

/// Where a constructed element ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// At a position.
    At(u64),
    /// At end-of-contents.
    Marked,
}

pub(super) struct Header {
    pub(super) tag: Tag,
    /// None where it is indefinite.
    pub(super) length: Option<u64>,
}

/// The octets of an object, in order.
pub(super) struct Pull<'o> {
    text: Pieces<'o>,
    base64: Option<Base64Pieces>,
    defects: Base64Defects,
    room: Vec<u8>,
    octets: Vec<u8>,
    /// How many of them were taken.
    taken: usize,
    /// Where the next one stands in the object.
    pub(super) position: u64,
}

impl<'o> Pull<'o> {
    pub(super) fn new(text: Pieces<'o>, coding: Coding) -> Self {
        Self {
            text,
            base64: (coding == Coding::Base64).then(Base64Pieces::default),
            defects: Base64Defects::default(),
            room: Vec::new(),
            octets: Vec::new(),
            taken: 0,
            position: 0,
        }
    }

    /// Octets that come next, some of them; none at the end.
    pub(super) fn next(&mut self) -> Result<&[u8], Stop> {
        while self.taken >= self.octets.len() {
            self.taken = 0;
            self.octets.clear();
            if !self.text.read(&mut self.room).map_err(|_| Stop::Fault)? {
                let Some(base64) = self.base64.take() else { break };
                self.defects = base64.finish(&mut self.octets);
            } else if let Some(base64) = &mut self.base64 {
                base64.push(&self.room, &mut self.octets);
            } else {
                std::mem::swap(&mut self.octets, &mut self.room);
            }
        }
        Ok(self.octets.get(self.taken..).unwrap_or_default())
    }

    /// What was wrong with the text, once everything was taken.
    pub(super) const fn defects(&self) -> Base64Defects {
        self.defects
    }

    /// Octets were looked at and count as read.
    pub(super) fn take(&mut self, count: usize) {
        self.taken += count;
        self.position += count as u64;
    }

    pub(super) fn peek(&mut self) -> Result<Option<u8>, Stop> {
        self.next().map(|octets| octets.first().copied())
    }

    fn octet(&mut self) -> Result<u8, Stop> {
        let octet = self.peek()?.ok_or(Stop::Broken)?;
        self.take(1);
        Ok(octet)
    }

    /// Gives `each` the next `count` octets.
    pub(super) fn pass(
        &mut self,
        count: u64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut left = count;
        while left > 0 {
            let octets = self.next()?;
            if octets.is_empty() {
                return Err(Stop::Broken);
            }
            let now = usize::try_from(left).map_or(octets.len(), |it| it.min(octets.len()));
            each(octets.get(..now).unwrap_or_default())?;
            self.take(now);
            left -= now as u64;
        }
        Ok(())
    }

    /// Identifier and length; the octets are appended to `raw`.
    pub(super) fn header(&mut self, raw: &mut Vec<u8>) -> Result<Header, Stop> {
        let mut octet = || {
            let octet = self.octet()?;
            raw.push(octet);
            Ok(octet)
        };
        let identifier = octet()?;
        let mut tag = Tag::low(identifier);
        if identifier & 0x1f == 0x1f {
            tag.number = 0;
            loop {
                let next = octet()?;
                tag.number = tag.number << 7 | u32::from(next & 0x7f);
                match next & 0x80 {
                    0 => break,
                    _ if tag.number >> 21 != 0 => return Err(Stop::Broken),
                    _ => {}
                }
            }
        }
        let length = match octet()? {
            short @ 0..=0x7f => Some(u64::from(short)),
            0x80 if tag.is_constructed() => None,
            0x80 | 0xff => return Err(Stop::Broken),
            count => {
                let mut length = 0_u64;
                for _ in 0..count & 0x7f {
                    if length >> 56 != 0 {
                        return Err(Stop::Broken);
                    }
                    length = length << 8 | u64::from(octet()?);
                }
                Some(length)
            }
        };
        Ok(Header { tag, length })
    }

    /// Opens a constructed element with that tag.
    pub(super) fn open(&mut self, tag: Tag) -> Result<End, Stop> {
        let header = self.header(&mut Vec::new())?;
        if header.tag != tag {
            return Err(Stop::Broken);
        }
        self.end_of(&header)
    }

    pub(super) fn end_of(&self, header: &Header) -> Result<End, Stop> {
        match header.length {
            Some(length) => self.position.checked_add(length).map(End::At).ok_or(Stop::Broken),
            None => Ok(End::Marked),
        }
    }

    pub(super) fn is_at(&mut self, end: End) -> Result<bool, Stop> {
        match end {
            End::At(position) if self.position > position => Err(Stop::Broken),
            End::At(position) => Ok(self.position == position),
            End::Marked => Ok(self.peek()? == Some(0)),
        }
    }

    /// Leaves an element, of which nothing may be left.
    pub(super) fn close(&mut self, end: End) -> Result<(), Stop> {
        if !self.is_at(end)? {
            return Err(Stop::Broken);
        }
        match end {
            End::At(_) => Ok(()),
            End::Marked if self.octet()? == 0 && self.octet()? == 0 => Ok(()),
            End::Marked => Err(Stop::Broken),
        }
    }

    /// Appends the next element, whole, to `raw`, which may become `most` octets long (RULES 42: never by what a
    /// length says).
    pub(super) fn element(&mut self, raw: &mut Vec<u8>, most: usize) -> Result<(), Stop> {
        let mut open = 0_usize;
        loop {
            let header = self.header(raw)?;
            match header.length {
                None if open >= limits::ASN1_DEPTH => return Err(Stop::Limit),
                None => open += 1,
                Some(0) if open > 0 && header.tag == Tag::low(0) => open -= 1,
                Some(length) => {
                    let room = most.saturating_sub(raw.len()) as u64;
                    if length > room {
                        return Err(Stop::Limit);
                    }
                    self.pass(length, &mut |octets| {
                        raw.extend_from_slice(octets);
                        Ok(())
                    })?;
                }
            }
            if raw.len() > most {
                return Err(Stop::Limit);
            }
            if open == 0 {
                return Ok(());
            }
        }
    }
}
