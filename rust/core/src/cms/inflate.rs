//! Inflating: the octets of a CompressedData → what was compressed, never more than a bound (RULES 38).
//!
//! RFC 3274 §2 knows one algorithm, zlib (RFC 1950). A bound is kept before memory is taken: what does not fit a small
//! buffer is measured first, and only then inflated into a place of its exact size, so that a bomb costs the time of
//! reaching its bound and nothing else.

use bumpalo::Bump;
use flate2::{Decompress, FlushDecompress, Status};

/// Octets inflated into memory before their number is known (own choice: nearly every mail's).
const MEASURED_FROM: usize = 1 << 20;

/// Why there is no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InflateError {
    /// No whole zlib stream.
    Malformed,
    /// More octets than the bound.
    TooLarge,
}

/// What the pieces hold as one zlib stream, at most `left` octets; what follows the stream is ignored.
///
/// Whatever comes out is taken off `left`, also where it ends in an error, so that many streams share one bound.
///
/// # Errors
/// [`InflateError`].
pub fn inflate<'a>(
    pieces: &[&[u8]],
    left: &mut usize,
    arena: &'a Bump,
) -> Result<&'a [u8], InflateError> {
    let mut small = Vec::new();
    let octets = run(pieces, left, |output| {
        let room = MEASURED_FROM.saturating_sub(small.len());
        small.extend_from_slice(output.get(..room).unwrap_or(output));
    })?;
    if octets <= MEASURED_FROM {
        return Ok(arena.alloc_slice_copy(&small));
    }
    drop(small);
    let place = arena.alloc_slice_fill_copy(octets, 0_u8);
    let mut filled = 0;
    run(pieces, &mut { octets }, |output| {
        if let Some(rest) = place.get_mut(filled..filled + output.len()) {
            rest.copy_from_slice(output);
        }
        filled += output.len();
    })?;
    Ok(place)
}

/// Gives the output piece by piece, and says how long it was.
fn run(
    pieces: &[&[u8]],
    left: &mut usize,
    mut take: impl FnMut(&[u8]),
) -> Result<usize, InflateError> {
    let mut stream = Decompress::new(true);
    let mut buffer = vec![0; 64 << 10];
    let mut octets = 0_usize;
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let (before_in, before_out) = (stream.total_in(), stream.total_out());
            let Ok(status) = stream.decompress(rest, &mut buffer, FlushDecompress::None) else {
                // How much came out of it before is not said.
                *left = left.saturating_sub(buffer.len());
                return Err(InflateError::Malformed);
            };
            let read = usize::try_from(stream.total_in() - before_in).unwrap_or(usize::MAX);
            let written = usize::try_from(stream.total_out() - before_out).unwrap_or(usize::MAX);
            if written > *left {
                *left = 0;
                return Err(InflateError::TooLarge);
            }
            *left -= written;
            octets += written;
            take(buffer.get(..written).unwrap_or_default());
            rest = rest.get(read..).unwrap_or_default();
            if status == Status::StreamEnd {
                return Ok(octets);
            }
            // Nothing more comes out of this piece.
            if written < buffer.len() && (rest.is_empty() || read == 0 && written == 0) {
                break;
            }
        }
    }
    Err(InflateError::Malformed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(pieces: &[&[u8]], most: usize) -> Result<Vec<u8>, InflateError> {
        inflate(pieces, &mut { most }, &Bump::new()).map(<[u8]>::to_vec)
    }

    #[test]
    fn inflate_stops_at_its_bound_and_not_before() {
        for octets in [0, 1, 65_535, 65_536, 65_537, MEASURED_FROM, MEASURED_FROM + 1, 3_000_000] {
            let content = vec![b'a'; octets];
            let stream = deflated(&content);
            assert_eq!(inflated(&[&stream], octets).unwrap(), content, "{octets}");
            if octets > 0 {
                assert_eq!(inflated(&[&stream], octets - 1), Err(InflateError::TooLarge));
            }
        }
    }

    #[test]
    fn rule_38_bomb_takes_no_memory_of_the_arena() {
        let stream = deflated(&vec![0; 64 << 20]);
        assert!(stream.len() < 70_000);
        let arena = Bump::new();
        let mut left = 32 << 20;
        assert_eq!(inflate(&[&stream], &mut left, &arena), Err(InflateError::TooLarge));
        assert_eq!((left, arena.allocated_bytes()), (0, 0));
    }

    #[test]
    fn rule_38_what_comes_out_is_taken_off_even_of_a_damaged_stream() {
        let mut stream = deflated(&[b'a'; 1000]);
        let mut left = 2_500;
        inflate(&[&stream], &mut left, &Bump::new()).unwrap();
        assert_eq!(left, 1_500);
        *stream.last_mut().unwrap() ^= 1;
        assert!(inflate(&[&stream], &mut left, &Bump::new()).is_err());
        assert!(left < 1_500);
    }

    #[test]
    fn inflate_of_anything_but_a_whole_stream_is_malformed() {
        let stream = deflated(b"Content-Type: text/plain\r\n\r\nhello\r\n");
        for cut in 0..stream.len() {
            assert_eq!(inflated(&[&stream[..cut]], 1000), Err(InflateError::Malformed), "{cut}");
        }
        let mut damaged = stream.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(inflated(&[&damaged], 1000), Err(InflateError::Malformed));
        assert_eq!(inflated(&[], 1000), Err(InflateError::Malformed));
        // gzip and raw deflate are other things.
        assert_eq!(inflated(&[b"\x1f\x8b\x08\0\0\0\0\0\0\x03"], 9), Err(InflateError::Malformed));
        let after = [&stream[..], b"\r\n"].concat();
        assert!(inflated(&[&after], 1000).is_ok());
    }

    proptest! {
        #[test]
        fn inflate_in_any_pieces_gives_the_content(
            content in proptest::collection::vec(any::<u8>(), 0..3000),
            repeats in 1_usize..200,
            cuts in proptest::collection::vec(0_usize..4000, 0..6),
        ) {
            let content = content.repeat(repeats);
            let stream = deflated(&content);
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= stream.len()).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
            prop_assert_eq!(inflated(&pieces, content.len()).unwrap(), content);
        }

        #[test]
        fn inflate_of_any_bytes_never_panics(mut bytes: Vec<u8>) {
            let _ = inflated(&[&bytes], 100_000);
            bytes.splice(0..0, [0x78, 0x9c]);
            let _ = inflated(&[&bytes], 100_000);
        }
    }
}
