//! The message around a signature: multipart/signed (RFC 8551 §3.5.3) or application/pkcs7-mime (§3.5.2).

use smimebatch_crypto::digest::{self, Algorithm};

use super::choice::{SignedForm, Way};
use crate::asn1::values::hex;
use crate::envelope::entity::{VERSION, kept_header, line_break, says_version};
use crate::mail::header::Headers;
use crate::mail::transfer::encode_base64_lines;

/// The header that was, and behind it the entity with its signature; lines end as those of the header.
pub(super) fn written(
    message: &[u8],
    header: &Headers<'_>,
    (form, way): (SignedForm, &Way),
    (entity, object): (&[u8], &[u8]),
) -> Option<Vec<u8>> {
    let end = line_break(header);
    let mut written = kept_header(message, header)?;
    if !says_version(header) {
        written.extend_from_slice(VERSION);
        written.extend_from_slice(end);
    }
    let behind = match form {
        SignedForm::Clear => clear(way, entity, object),
        SignedForm::Opaque => opaque(object),
    };
    if end == b"\n" {
        written.extend_from_slice(&with_lf(&behind));
    } else {
        written.extend_from_slice(&behind);
    }
    Some(written)
}

fn clear(way: &Way, entity: &[u8], object: &[u8]) -> Vec<u8> {
    let (boundary, micalg) = (boundary_of(entity), way.micalg());
    let head = format!(
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n\
         \tmicalg={micalg}; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
    );
    let between = format!(
        "\r\n--{boundary}\r\n\
         Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"
    );
    let end = format!("--{boundary}--\r\n");
    let lines = encode_base64_lines(object);
    [head.as_bytes(), entity, between.as_bytes(), &lines, end.as_bytes()].concat()
}

fn opaque(object: &[u8]) -> Vec<u8> {
    const HEAD: &[u8] = b"Content-Type: application/pkcs7-mime; smime-type=signed-data;\r\n\
        \tname=\"smime.p7m\"\r\n\
        Content-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
    [HEAD, &encode_base64_lines(object)].concat()
}

/// What stands in no line of the entity: its digest, so that the same message comes out when it is made again, and `=_`,
/// which neither base64 nor quoted-printable has (RFC 2045 §6.7).
fn boundary_of(entity: &[u8]) -> String {
    let mut number = 0_u32;
    loop {
        let seed = [&number.to_be_bytes()[..], entity].concat();
        let hash = hex(digest::one(Algorithm::Sha256, &seed).as_bytes());
        let boundary = format!("=_signed_{}", hash.get(..32).unwrap_or_default());
        if memchr::memmem::find(entity, boundary.as_bytes()).is_none() {
            return boundary;
        }
        number += 1;
    }
}

fn with_lf(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        written.extend_from_slice(rest.get(..at).unwrap_or_default());
        written.push(b'\n');
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    written.extend_from_slice(rest);
    written
}
