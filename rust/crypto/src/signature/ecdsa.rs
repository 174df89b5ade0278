//! ECDSA verification (FIPS 186-5 §6.4.2): one job through the library, or those of P-256 several
//! at once through a vector kernel, which leaves to the library whatever is unusual.

use super::{Answer, Curve, Input, Job, KeyError, Scheme};
use crate::aws_lc;
use crate::lanes::p256::{self, Finding, GROUP, Kernel, Signature, SignedLanes, Table};
use std::sync::OnceLock;

/// Jobs whose keys have no tables yet, for which tables are made sooner than the library verifies.
const FEWEST_NEW: usize = 4;
/// Fewer signatures than this are sooner done by the library: one inversion alone takes as long as it does for one.
const FEWEST: usize = 3;

/// A public key with what either way of verification prepares once.
pub(super) struct Key {
    library: aws_lc::ec::Key,
    lanes: Option<LanesKey>,
}

/// A point of P-256, and its table, made when it first meets a kernel.
struct LanesKey {
    /// x and y.
    point: [u8; 64],
    table: OnceLock<Option<Table>>,
}

impl Key {
    /// As [`aws_lc::ec::Key::new`]. A point of P-256 that is not compressed has a kernel.
    pub(super) fn new(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError> {
        let library = aws_lc::ec::Key::new(curve, point_sec1)?;
        let point = match point_sec1 {
            [0x04, point @ ..] if curve == Curve::P256 => point.try_into().ok(),
            _ => None,
        };
        let lanes = point.map(|point| LanesKey { point, table: OnceLock::new() });
        Ok(Self { library, lanes })
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

fn verify_in_groups<L: SignedLanes>(lanes: L, jobs: &[Job<'_>], answers: &mut [Option<Answer>]) {
    let mut taken = Vec::new();
    for (job, answer) in jobs.iter().zip(answers) {
        if let Some((key, signature)) = of(job) {
            taken.push((key, signature, answer));
        }
    }
    make_tables(lanes, &taken);
    let mut signatures = Vec::with_capacity(taken.len());
    let mut waiting = Vec::with_capacity(taken.len());
    for (key, signature, answer) in taken {
        if let Some(Some(table)) = key.table.get() {
            signatures.push((table, signature));
            waiting.push(answer);
        }
    }
    let rest = signatures.len() % GROUP;
    if rest < FEWEST {
        signatures.truncate(signatures.len() - rest);
    }
    for (finding, answer) in p256::verify(lanes, &signatures).into_iter().zip(waiting) {
        *answer = match finding {
            Finding::Valid => Some(Answer::Valid),
            Finding::Invalid => Some(Answer::Invalid),
            Finding::Unusual => None,
        };
    }
}

/// None if the job is not of this kind, or unusual in any way.
fn of<'a>(job: &Job<'a>) -> Option<(&'a LanesKey, Signature)> {
    let (super::Key::Ec(key), Scheme::Ecdsa, Input::Digest(digest @ [_, ..])) =
        (&*job.key.0, job.scheme, job.input)
    else {
        return None;
    };
    let key = key.lanes.as_ref()?;
    let [r, s] = numbers(job.signature)?;
    Some((key, Signature::new(&r, &s, digest)?))
}

/// Makes tables of the keys that have none, a group at a time, where enough jobs wait for them and
/// there is room for more.
fn make_tables<L: SignedLanes>(lanes: L, taken: &[(&LanesKey, Signature, &mut Option<Answer>)]) {
    let mut new: Vec<&LanesKey> =
        taken.iter().map(|(key, ..)| *key).filter(|key| key.table.get().is_none()).collect();
    new.sort_by_key(|key| std::ptr::from_ref(*key));
    let keys: Vec<&[&LanesKey]> = new.chunk_by(|a, b| std::ptr::eq(*a, *b)).collect();
    for group in keys.chunks(GROUP) {
        let waiting: usize = group.iter().map(|jobs| jobs.len()).sum();
        if waiting < FEWEST_NEW || !Table::may_be_made() {
            continue;
        }
        let group: Vec<&LanesKey> = group.iter().filter_map(|jobs| jobs.first().copied()).collect();
        let points: Vec<&[u8; 64]> = group.iter().map(|key| &key.point).collect();
        for (key, table) in group.iter().zip(p256::tables(lanes, &points)) {
            // Another thread may have been faster, with the same.
            let _ = key.table.set(table);
        }
    }
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
