//! Out: what is written of a message that is not held → its target, counted and hashed.

use smimebatch_crypto::digest::{Algorithm, Hasher, LineEnds};

use super::{Each, Stop};
use crate::mail::transfer::Base64Lines;
use crate::verify::outline::Target;

/// Handed over at once, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// The octets of a message on their way.
pub(in crate::envelope) struct Out<'t> {
    target: Option<Target<'t>>,
    sha256: Hasher,
    octets: u64,
    held: Vec<u8>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrittenOctets {
    pub(crate) octets: u64,
    pub(crate) sha256: [u8; 32],
}

impl<'t> Out<'t> {
    /// To a target; without one, to be hashed alone.
    pub(in crate::envelope) fn new(target: Option<Target<'t>>) -> Self {
        let sha256 = Hasher::new(Algorithm::Sha256, LineEnds::AsStored);
        Self { target, sha256, octets: 0, held: Vec::new() }
    }

    pub(in crate::envelope) fn write(&mut self, octets: &[u8]) -> Result<(), Stop> {
        self.held.extend_from_slice(octets);
        if self.held.len() >= PIECE_BYTES { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        self.sha256.update(&self.held);
        self.octets += self.held.len() as u64;
        let taken = self.target.map_or(Ok(()), |target| target.0.write(&self.held));
        self.held.clear();
        taken.map_err(|_| Stop::Fault)
    }

    pub(in crate::envelope) fn finish(mut self) -> Result<WrittenOctets, Stop> {
        self.hand_over()?;
        let digest = self.sha256.finish();
        let sha256 = digest.as_bytes().try_into().map_err(|_| Stop::Fault)?;
        Ok(WrittenOctets { octets: self.octets, sha256 })
    }
}

/// An object that is written in lines of base64.
pub(in crate::envelope) struct LineWriter<'w, 't> {
    out: &'w mut Out<'t>,
    lines: Base64Lines,
    text: Vec<u8>,
}

impl<'w, 't> LineWriter<'w, 't> {
    pub(in crate::envelope) fn new(out: &'w mut Out<'t>, line_end: &'static [u8]) -> Self {
        Self { out, lines: Base64Lines::new(line_end), text: Vec::new() }
    }

    /// Octets of the lines of so many octets.
    pub(in crate::envelope) fn length_of(&self, octets: u64) -> u64 {
        self.lines.length_of(octets)
    }

    /// The same, with a header before the lines.
    pub(in crate::envelope) fn behind(self, head: &[u8]) -> Result<Self, Stop> {
        self.out.write(head)?;
        Ok(self)
    }

    pub(in crate::envelope) fn write(&mut self, octets: &[u8]) -> Result<(), Stop> {
        self.text.clear();
        self.lines.push(octets, &mut self.text);
        self.out.write(&self.text)
    }

    pub(in crate::envelope) fn finish(mut self) -> Result<(), Stop> {
        self.text.clear();
        self.lines.finish(&mut self.text);
        self.out.write(&self.text)
    }
}

/// Gives `each` what comes behind the first `skipped` octets.
pub(super) fn behind(skipped: usize, each: Each<'_>) -> impl FnMut(&[u8]) -> Result<(), Stop> {
    let mut left = skipped;
    move |octets: &[u8]| {
        let now = left.min(octets.len());
        left -= now;
        each(octets.get(now..).unwrap_or_default())
    }
}
