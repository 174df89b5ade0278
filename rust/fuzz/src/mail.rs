//! Mail by lines and header fields, and the CMS object in its base64 by elements.

use crate::random::Random;
use crate::{asn1, mutate_bytes};

/// Lines that decide something.
const LINES: &[&str] = &[
    "",
    "\r",
    "--",
    "--=-signed-boundary",
    "--=-signed-boundary--",
    "From a@b Tue Jun  1 12:00:00 2021",
    ">From x",
    "From: alice@example.org",
    "From: Alice <alice@example.org>, bob@example.org",
    "Sender: alice@example.org",
    "Reply-To: bob@example.org",
    "Resent-From: bob@example.org",
    "Date: Tue, 01 Jun 2021 12:00:00 +0000",
    "MIME-Version: 1.0",
    "Content-Type: message/rfc822",
    "Content-Type: text/plain",
    "Content-Type: text/html",
    "Content-Type: multipart/mixed; boundary=b",
    "Content-Type: multipart/alternative; boundary=\"=-signed-boundary\"",
    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b",
    "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
    "Content-Type: application/pkcs7-signature; name=smime.p7s",
    "Content-Type: application/octet-stream; name=a.p7m",
    "Content-Type: multipart/digest; boundary=b",
    "Content-Type: multipart/encrypted; boundary=b",
    "--b",
    "--b--",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Transfer-Encoding: 8bit",
    "Content-Disposition: attachment; filename=smime.p7m",
    "Content-Disposition: inline",
    " folded",
    "\tboundary*0=\"=-signed\"; boundary*1=\"-boundary\"",
    "Subject: =?utf-8?q?a=40b?=",
    "-----BEGIN PKCS7-----",
    "-----END PKCS7-----",
    "-----BEGIN PGP MESSAGE-----",
    "begin 644 smime.p7m",
    "not a field",
];
/// A run of base64 lines shorter than this is text.
const MIN_OBJECT_CHARACTERS: usize = 200;

/// Changes a mail: half of the time its lines, else the CMS object in it.
pub fn mutate(mail: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    if random.below(2) == 0 {
        return Some(mutate_lines(mail, random));
    }
    mutate_object(mail, random).or_else(|| Some(mutate_lines(mail, random)))
}

/// Changes one to three lines.
#[must_use]
pub fn mutate_lines(mail: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> =
        mail.split_inclusive(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=random.below(3) {
        let (at, other) = (random.below(lines.len()), random.below(lines.len()));
        let known = [random.of(LINES), "\n"].concat().into_bytes();
        if lines.is_empty() {
            lines.push(known);
            continue;
        }
        match random.below(10) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 => drop(lines[at].pop()),
            4 => lines[at] = [lines[at].trim_ascii_end(), b"\r\n"].concat(),
            5 => lines[at] = [lines[at].trim_ascii_end(), b" \n"].concat(),
            6 => mutate_bytes(&mut lines[at], 200),
            7 => lines[at] = known,
            8 => {
                // A stretch moves: parts, header blocks and whole messages change places.
                let (from, to) = (at.min(other), at.max(other).min(at.min(other) + 30));
                let stretch: Vec<_> = lines.drain(from..to).collect();
                let behind = random.below(lines.len() + 1);
                lines.splice(behind..behind, stretch);
            }
            _ => lines.insert(at, known),
        }
    }
    lines.concat()
}

/// Changes the elements of one of the CMS objects in base64.
fn mutate_object(mail: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let objects = base64_runs(mail);
    let (start, end) = *objects.get(random.below(objects.len()))?;
    let object = asn1::mutate(&decode(&mail[start..end]), random)?;
    let mut text = encode(&object);
    text.push(b'\n');
    Some([&mail[..start], &text, &mail[end..]].concat())
}

/// Where lines of base64 characters run long enough to be an object.
fn base64_runs(mail: &[u8]) -> Vec<(usize, usize)> {
    let (mut runs, mut start, mut at) = (Vec::new(), 0, 0);
    for line in mail.split_inclusive(|octet| *octet == b'\n') {
        let text = line.trim_ascii_end();
        if text.is_empty() || !text.iter().all(|octet| sextet(*octet).is_some() || *octet == b'=') {
            runs.push((start, at));
            start = at + line.len();
        }
        at += line.len();
    }
    runs.push((start, at));
    runs.retain(|(start, end)| end - start >= MIN_OBJECT_CHARACTERS);
    runs
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn sextet(octet: u8) -> Option<u32> {
    ALPHABET.iter().position(|other| *other == octet).map(|at| at as u32)
}

fn decode(text: &[u8]) -> Vec<u8> {
    let sextets: Vec<u32> = text.iter().filter_map(|octet| sextet(*octet)).collect();
    let group = |group: &[u32]| {
        let bits = group.iter().fold(0, |bits, six| bits << 6 | six) << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    sextets.chunks(4).flat_map(group).collect()
}

fn encode(octets: &[u8]) -> Vec<u8> {
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet))
            << (8 * (3 - group.len()));
        (0..4)
            .map(|at| {
                if at > group.len() {
                    b'='
                } else {
                    ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]
                }
            })
            .collect::<Vec<u8>>()
    };
    let characters: Vec<u8> = octets.chunks(3).flat_map(group).collect();
    characters.chunks(64).collect::<Vec<_>>().join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_an_object_is_found_and_written_back() {
        let mail = include_bytes!("../../../tests/data/mail/plain-signed.eml");
        let runs = base64_runs(mail);
        assert_eq!(runs.len(), 1);
        let text = &mail[runs[0].0..runs[0].1];
        assert_eq!(encode(&decode(text)), text.trim_ascii_end());
        for octets in [&b""[..], b"a", b"ab", b"abc", b"abcd"] {
            assert_eq!(decode(&encode(octets)), octets);
        }
    }
}
