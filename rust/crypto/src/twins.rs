//! What tests beside this crate compare: the blocks that kernels recover, where answers would only
//! say that both refuse them.

use crate::aws_lc;
use crate::lanes::Choice;
use crate::lanes::rsa::{Arithmetic, Kernel, Keys, Signature};
use crate::signature::KeyError;

/// The block that each number received as a signature stands for (RFC 8017 §5.2.2, RSAVP1), of which
/// None is out of range; None altogether where the choice comes to no kernel for the key.
type Blocks = Option<Vec<Option<Vec<u8>>>>;

/// Through the kernel of a choice, and one after the other through the library for
/// [`Choice::Off`].
pub fn recover(
    modulus_be: &[u8],
    exponent_be: &[u8],
    received: &[&[u8]],
    choice: Choice,
) -> Result<Blocks, KeyError> {
    let key = aws_lc::rsa::Key::new(modulus_be, exponent_be)?;
    Ok(match Kernel::of(choice) {
        Some(Kernel::Ifma(ifma)) => in_groups(ifma, &key, received),
        Some(Kernel::Avx2(avx2)) => in_groups(avx2, &key, received),
        Some(Kernel::Portable(portable)) => in_groups(portable, &key, received),
        None if choice == Choice::Off => {
            let mut scratch = aws_lc::rsa::Scratch::new();
            Some(received.iter().map(|received| one(&key, received, &mut scratch)).collect())
        }
        None => None,
    })
}

fn one(
    key: &aws_lc::rsa::Key,
    received: &[u8],
    scratch: &mut aws_lc::rsa::Scratch,
) -> Option<Vec<u8>> {
    let mut block = vec![0; key.modulus_octets().checked_sub(received.len())?];
    block.extend_from_slice(received);
    key.raw_public(&mut block, scratch).then_some(block)
}

fn in_groups<A: Arithmetic>(
    arithmetic: A,
    library: &aws_lc::rsa::Key,
    received: &[&[u8]],
) -> Blocks {
    let keys = Keys::default();
    let key = keys.of::<A>(library)?;
    let signature = |received: &&[u8]| Signature::new(key, library.modulus_be(), received);
    let mut blocks = Vec::new();
    for group in received.chunks(A::LANES) {
        let taken: Vec<Option<_>> = group.iter().map(signature).collect();
        let is_taken: Vec<bool> = taken.iter().map(Option::is_some).collect();
        let mut signatures: Vec<_> = taken.into_iter().flatten().collect();
        arithmetic.power(&mut signatures, key.kind().1);
        let mut recovered = signatures.iter().map(|signature| signature.block().to_vec());
        blocks.extend(is_taken.iter().map(|taken| taken.then(|| recovered.next()).flatten()));
    }
    Some(blocks)
}
