//! Bare LF becomes CR LF (RFC 8551 §3.1.1), 64 octets at a time.
//!
//! A whole register is stored; for each bare LF in it the CR is put in place and the text from the
//! LF on is stored again one further. Two insertions are made without asking how many there are:
//! where the lines of a text end no branch predictor knows, and guessing cost more than storing.

use super::Avx512Bw;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Octets that one step converts.
const STEP_BYTES: usize = 64;
/// Octets that one step looks at: a register from any octet of the step on.
#[cfg(target_arch = "x86_64")]
const WINDOW_BYTES: usize = 2 * STEP_BYTES;
/// Octets that one step may write, rubbish included: a register behind 63 octets and 64 CRs.
pub(crate) const ROOM_BYTES: usize = 3 * STEP_BYTES;
/// Insertions that are made in any case; lines are rarely shorter than 20 octets.
#[cfg(target_arch = "x86_64")]
const UNASKED: usize = 2;

/// Converts as much of `input` as leaves fewer than [`ROOM_BYTES`] of `out`, or all of it: the
/// octets taken and written.
#[cfg(target_arch = "x86_64")]
pub(crate) fn convert(_: Avx512Bw, input: &[u8], after_cr: bool, out: &mut [u8]) -> (usize, usize) {
    // SAFETY: an `Avx512Bw` exists only where the CPU has the features.
    unsafe { convert_steps(input, after_cr, out) }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn convert(proof: Avx512Bw, _: &[u8], _: bool, _: &mut [u8]) -> (usize, usize) {
    match proof.0 {}
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn convert_steps(input: &[u8], after_cr: bool, out: &mut [u8]) -> (usize, usize) {
    let mut after_cr = u64::from(after_cr);
    let (mut taken, mut written) = (0, 0);
    let mut last = [0; WINDOW_BYTES];
    while let (Some(rest @ [_, ..]), Some(room)) =
        (input.get(taken..), out.get_mut(written..).and_then(<[u8]>::first_chunk_mut))
    {
        let window = rest.first_chunk().unwrap_or_else(|| padded(rest, &mut last));
        written += convert_step(window, &mut after_cr, room);
        let octets = rest.len().min(STEP_BYTES);
        // What was converted beyond the end are zeros, none of them LF.
        written -= STEP_BYTES - octets;
        taken += octets;
    }
    (taken, written)
}

/// The last octets of an input, zeros after them.
#[cfg(target_arch = "x86_64")]
fn padded<'a>(rest: &[u8], window: &'a mut [u8; WINDOW_BYTES]) -> &'a [u8; WINDOW_BYTES] {
    window.fill(0);
    window.iter_mut().zip(rest).for_each(|(place, octet)| *place = *octet);
    window
}

/// Converts the first half of the window; the octets written. `after_cr` is 1 if the octet before
/// was CR.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn convert_step(
    window: &[u8; WINDOW_BYTES],
    after_cr: &mut u64,
    room: &mut [u8; ROOM_BYTES],
) -> usize {
    let (window, room) = (window.as_ptr(), room.as_mut_ptr());
    // SAFETY: 128 octets to read.
    let text = unsafe { _mm512_loadu_si512(window.cast()) };
    let crs = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(b'\r' as i8));
    let lfs = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(b'\n' as i8));
    let mut bare_lfs = lfs & !(crs << 1 | *after_cr);
    *after_cr = crs >> 63;
    let written = STEP_BYTES + bare_lfs.count_ones() as usize;
    // SAFETY: 192 octets of room.
    unsafe { _mm512_storeu_si512(room.cast(), text) }
    let mut inserted = 0;
    while inserted < UNASKED || bare_lfs != 0 {
        let at = bare_lfs.trailing_zeros() as usize;
        // SAFETY: `at` is at most 64, so the window holds 64 octets from there on. `inserted`,
        // counted before, is below 64 (below 2 where `at` is 64), so the store ends at octet
        // 64 + 1 + 63 + 64 = 192 at most; what it writes beyond `written` is rubbish, but in room.
        unsafe {
            *room.add(at + inserted) = b'\r';
            inserted += 1;
            let from_lf = _mm512_loadu_si512(window.add(at).cast());
            _mm512_storeu_si512(room.add(at + inserted).cast(), from_lf);
        }
        bare_lfs &= bare_lfs.wrapping_sub(1);
    }
    written
}
