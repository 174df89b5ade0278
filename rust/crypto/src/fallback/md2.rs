//! RFC 1319 MD2.

use md2::Digest;

/// A digest under way.
#[derive(Clone, Default)]
pub(crate) struct Context(md2::Md2);

impl Context {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest at the front of 64 octets, zeroes after it.
    pub(crate) fn finish(self) -> [u8; 64] {
        let digest = self.0.finalize();
        let mut out = [0; 64];
        out.iter_mut().zip(digest).for_each(|(place, octet)| *place = octet);
        out
    }
}
