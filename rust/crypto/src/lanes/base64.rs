//! Base64 text to octets (RFC 4648 §4), 64 characters at a time.
//!
//! One table look-up gives the values of 64 characters and tells which are none; those are squeezed
//! out, so that line ends cost nothing and the lines need not be found. The values of some thousand
//! characters are then joined to octets, 64 to 48 at a time.

use super::Avx512Vbmi;
use crate::base64::Decoded;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Characters that one step looks at.
#[cfg(target_arch = "x86_64")]
const STEP_BYTES: usize = 64;
/// Octets that 64 values are.
#[cfg(target_arch = "x86_64")]
const STEP_OCTETS: usize = STEP_BYTES / 4 * 3;
/// Characters of one round: their values stay in the first-level cache.
#[cfg(target_arch = "x86_64")]
const ROUND_BYTES: usize = 2048;
/// Values kept at once: those of a round, of the round before (fewer than a step), and rubbish.
#[cfg(target_arch = "x86_64")]
const ROOM: usize = ROUND_BYTES + 2 * STEP_BYTES;
/// What the table holds for characters outside the alphabet.
#[cfg(target_arch = "x86_64")]
const NONE: u8 = 0x80;

/// As [`crate::base64::decode`].
#[cfg(target_arch = "x86_64")]
pub(crate) fn decode(_: Avx512Vbmi, text: &[u8], out: &mut [u8]) -> Decoded {
    // SAFETY: an `Avx512Vbmi` exists only where the CPU has the features.
    unsafe { decode_rounds(text, out) }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn decode(proof: Avx512Vbmi, _: &[u8], _: &mut [u8]) -> Decoded {
    match proof.0 {}
}

/// RFC 4648 §4, table 1: the value of each octet below 128.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::indexing_slicing, reason = "checked when it is compiled")]
const VALUES: [u8; 128] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NONE; 128];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Of four octets that hold 24 bits, the lower three, highest first (the fourth is zero).
#[cfg(target_arch = "x86_64")]
#[allow(clippy::indexing_slicing, reason = "checked when it is compiled")]
const OCTETS_OF_GROUPS: [u8; STEP_BYTES] = {
    let mut places = [0; STEP_BYTES];
    let mut at = 0;
    while at < STEP_OCTETS {
        places[at] = (at / 3 * 4 + 2 - at % 3) as u8;
        at += 1;
    }
    places
};

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
fn decode_rounds(text: &[u8], out: &mut [u8]) -> Decoded {
    let mut values = [0; ROOM];
    let mut round = Round { taken: 0, held: 0, stray_octets: 0, has_ended: false };
    let mut written = 0;
    loop {
        round.fill(text, &mut values);
        let is_last = round.has_ended || round.taken == text.len();
        let whole = if is_last { round.held & !3 } else { round.held & !(STEP_BYTES - 1) };
        let joined = join(values.get(..whole).unwrap_or_default(), out, &mut written);
        values.copy_within(joined..round.held, 0);
        round.held -= joined;
        if is_last || joined < whole {
            break;
        }
    }
    let left_count = round.held.min(3);
    let mut left = [0; 3];
    left.iter_mut().zip(values).take(left_count).for_each(|(to, value)| *to = value);
    let (taken, stray_octets) = (round.taken, round.stray_octets);
    Decoded { taken, written, left, left_count, stray_octets }
}

/// Characters on their way to values.
#[cfg(target_arch = "x86_64")]
struct Round {
    taken: usize,
    /// Values that wait to be joined.
    held: usize,
    stray_octets: u32,
    /// There was a `=`.
    has_ended: bool,
}

#[cfg(target_arch = "x86_64")]
impl Round {
    /// Takes the characters of one round behind the values that are held.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
    #[inline]
    fn fill(&mut self, text: &[u8], values: &mut [u8; ROOM]) {
        let end = text.len().min(self.taken + ROUND_BYTES);
        while self.taken < end && !self.has_ended {
            let rest = text.get(self.taken..).unwrap_or_default();
            let room = values.get_mut(self.held..).and_then(<[u8]>::first_chunk_mut);
            let Some(room) = room else { return };
            self.step(rest, room);
        }
    }

    /// Takes the next 64 characters, or what there is.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
    #[inline]
    fn step(&mut self, rest: &[u8], room: &mut [u8; STEP_BYTES]) {
        let octets = rest.len().min(STEP_BYTES);
        let mut within = u64::MAX >> (STEP_BYTES - octets);
        // SAFETY: only the octets of the mask are read, and `rest` has as many.
        let text = unsafe { _mm512_maskz_loadu_epi8(within, rest.as_ptr().cast()) };
        // SAFETY: the table has twice 64 octets.
        let (low, high) = unsafe {
            let table = VALUES.as_ptr();
            (_mm512_loadu_si512(table.cast()), _mm512_loadu_si512(table.add(64).cast()))
        };
        // The look-up does not see the highest bit of a character.
        let found = _mm512_permutex2var_epi8(low, text, high);
        let mut good = within & !_mm512_movepi8_mask(_mm512_or_si512(found, text));
        let is = |octet: u8| _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(octet as i8));
        let mut odd = within & !(good | is(b'\n'));
        if odd != 0 {
            let ends = odd & is(b'=');
            if ends != 0 {
                within = (1 << ends.trailing_zeros()) - 1;
                (good, odd) = (good & within, odd & within);
                self.has_ended = true;
            }
            odd &= !(is(b' ') | is(b'\t') | is(b'\r'));
            self.stray_octets = self.stray_octets.saturating_add(odd.count_ones());
        }
        let squeezed = _mm512_maskz_compress_epi8(good, found);
        // SAFETY: 64 octets of room.
        unsafe { _mm512_storeu_si512(room.as_mut_ptr().cast(), squeezed) }
        self.held += good.count_ones() as usize;
        self.taken += within.count_ones() as usize;
    }
}

/// Joins values, a multiple of four, to octets behind those written, as long as there is room; how
/// many were joined.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn join(values: &[u8], out: &mut [u8], written: &mut usize) -> usize {
    // SAFETY: the array has 64 octets.
    let places = unsafe { _mm512_loadu_si512(OCTETS_OF_GROUPS.as_ptr().cast()) };
    let mut joined = 0;
    while joined < values.len() {
        let step = values.get(joined..).unwrap_or_default();
        let count = step.len().min(STEP_BYTES);
        let octets = count / 4 * 3;
        let Some(room) = out.get_mut(*written..*written + octets) else { break };
        // SAFETY: only the octets of the mask are read, and `step` has as many.
        let sixes = unsafe {
            _mm512_maskz_loadu_epi8(u64::MAX >> (STEP_BYTES - count), step.as_ptr().cast())
        };
        let twelves = _mm512_maddubs_epi16(sixes, _mm512_set1_epi16(0x0140));
        let groups = _mm512_madd_epi16(twelves, _mm512_set1_epi32(0x0001_1000));
        let text = _mm512_permutexvar_epi8(places, groups);
        // SAFETY: only the octets of the mask are written, and `room` has as many.
        unsafe {
            _mm512_mask_storeu_epi8(
                room.as_mut_ptr().cast(),
                u64::MAX >> (STEP_BYTES - octets),
                text,
            );
        }
        joined += count;
        *written += octets;
    }
    joined
}
