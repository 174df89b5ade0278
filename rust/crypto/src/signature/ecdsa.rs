//! ECDSA verification (FIPS 186-5 §6.4.2): one job through the library, or those of P-256 several
//! at once through a vector kernel, which leaves to the library whatever is unusual.

use super::in_lanes::{self, LanesKey};
use super::{Answer, Curve, Input, Job, KeyError, Scheme};
use crate::aws_lc;
use crate::lanes::curves::Kernel;
use crate::lanes::p256::{self, Compiled, Finding, Signature};

/// A public key with what either way of verification prepares once.
pub(super) struct Key {
    library: aws_lc::ec::Key,
    /// x and y of a point of P-256.
    lanes: Option<LanesKey<64, p256::Entry>>,
}

impl Key {
    /// As [`aws_lc::ec::Key::new`]. A point of P-256 that is not compressed has a kernel.
    pub(super) fn new(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError> {
        let library = aws_lc::ec::Key::new(curve, point_sec1)?;
        let point = match point_sec1 {
            [0x04, point @ ..] if curve == Curve::P256 => point.try_into().ok(),
            _ => None,
        };
        Ok(Self { library, lanes: point.map(LanesKey::new) })
    }

    pub(super) fn curve(&self) -> Curve {
        self.library.curve()
    }

    /// Through the library.
    pub(super) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        self.library.verify(digest, signature)
    }
}

/// Answers what the kernel is for, and leaves the rest None.
pub(super) fn verify_in_lanes(kernel: Kernel, jobs: &[Job<'_>], answers: &mut [Option<Answer>]) {
    match kernel {
        Kernel::Ifma(ifma) => verify_in_groups(ifma, jobs, answers),
        Kernel::Portable(portable) => verify_in_groups(portable, jobs, answers),
    }
}

fn verify_in_groups<L: Compiled>(lanes: L, jobs: &[Job<'_>], answers: &mut [Option<Answer>]) {
    let mut taken = Vec::new();
    for (job, answer) in jobs.iter().zip(answers) {
        if let Some((key, signature)) = of(job) {
            taken.push((key, (signature, answer)));
        }
    }
    let ready = in_lanes::with_tables(taken, |points| p256::tables(lanes, points));
    let signatures: Vec<_> =
        ready.iter().map(|(table, (signature, _))| (*table, *signature)).collect();
    let findings = p256::verify(lanes, &signatures);
    for (finding, (_, (_, answer))) in findings.into_iter().zip(ready) {
        *answer = match finding {
            Finding::Valid => Some(Answer::Valid),
            Finding::Invalid => Some(Answer::Invalid),
            Finding::Unusual => None,
        };
    }
}

/// None if the job is not of this kind, or unusual in any way.
fn of<'a>(job: &Job<'a>) -> Option<(&'a LanesKey<64, p256::Entry>, Signature)> {
    let (super::Key::Ec(key), Scheme::Ecdsa, Input::Digest(digest @ [_, ..])) =
        (&*job.key.0, job.scheme, job.input)
    else {
        return None;
    };
    let key = key.lanes.as_ref()?;
    let [r, s] = numbers(job.signature)?;
    Some((key, Signature::new(&r, &s, digest)?))
}

/// r and s of the strict DER of both (RFC 3279 §2.2.3), if neither is negative or longer than 32
/// octets. Anything else is the library's to judge.
fn numbers(signature: &[u8]) -> Option<[[u8; 32]; 2]> {
    let [0x30, length, rest @ ..] = signature else {
        return None;
    };
    if usize::from(*length) != rest.len() || *length >= 0x80 {
        return None;
    }
    let (r, rest) = read_number(rest)?;
    let (s, rest) = read_number(rest)?;
    rest.is_empty().then_some([r, s])
}

fn read_number(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = der else {
        return None;
    };
    let (octets, rest) = rest.split_at_checked(usize::from(*length))?;
    let magnitude = match octets {
        [0, magnitude @ ..] if magnitude.first().is_some_and(|octet| *octet >= 0x80) => magnitude,
        [0x01..=0x7f, ..] => octets,
        _ => return None,
    };
    let mut number = [0; 32];
    number.get_mut(32_usize.checked_sub(magnitude.len())?..)?.copy_from_slice(magnitude);
    Some((number, rest))
}
