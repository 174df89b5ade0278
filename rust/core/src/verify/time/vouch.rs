//! Vouch: a message → the times of its own that the operator vouches for (RULES 22a).
//!
//! Read only where there is a vouch, and only from the outermost header block of the stored message: what a nested
//! message says of its way is its sender's word. Where the archive's boundary is in doubt, the header below it is too.

use smimebatch_crypto::digest::Digest;

use crate::limits;
use crate::mail::date::parse_latest_date;
use crate::mail::field_name::FieldName;
use crate::mail::from_line::parse_from_line;
use crate::mail::header::Headers;
use crate::mail::received::{Received, parse_received};
use crate::mail::restore::Repair;
use crate::verdict::evidence::EvidenceKind;

use super::super::context::Vouches;
use super::super::found::Message;
use super::super::headers::read_headers;
use super::super::resolve::Signer;
use super::MICROSECONDS;
use super::evidence::Candidate;

/// The vouched times of one message.
#[derive(Default)]
pub(super) struct Vouched {
    candidates: Vec<Candidate>,
}

impl Vouched {
    /// Those that hold for a signer of the message.
    pub(super) fn over(&self, signer: &Signer<'_>) -> Vec<Candidate> {
        let boundary = [Repair::BlankLineAdded, Repair::BlankLineRemoved];
        let is_repaired = boundary.into_iter().any(|it| signer.repair.done.contains(it));
        let over = |candidate: &Candidate| Candidate {
            trusted: candidate.trusted && !(is_repaired && is_of_header(candidate.kind)),
            ..candidate.clone()
        };
        self.candidates.iter().map(over).collect()
    }
}

/// Whether a time stands in the header, or in the line before it.
const fn is_of_header(kind: EvidenceKind) -> bool {
    matches!(kind, EvidenceKind::Received | EvidenceKind::MboxFrom | EvidenceKind::DateHeader)
}

/// The times of a message that `vouches` speaks of; `sha256` is of the message as it is stored.
pub(super) fn vouched_times(
    message: &Message<'_>,
    sha256: Option<&Digest>,
    vouches: &Vouches,
) -> Vouched {
    if !vouches.any_of_messages() {
        return Vouched::default();
    }
    let stored = message.stored;
    let of_runs = vouches.runs.iter().filter_map(|run| run.candidate(sha256?.as_bytes()));
    let mut candidates: Vec<Candidate> = of_runs.collect();
    if let (Some(unix_us), Some(name)) = (stored.vouched_unix_us, &vouches.column) {
        let (kind, source) = (EvidenceKind::Column, name.clone());
        candidates.push(Candidate { kind, unix_us, source, trusted: true });
    }
    let has_sure_boundary = !stored.split_suspicious;
    let mut push = |kind, unix_s: i64, source: &str, trusted| {
        candidates.push(Candidate {
            kind,
            unix_us: unix_s.saturating_mul(MICROSECONDS),
            source: source.to_owned(),
            trusted: trusted && has_sure_boundary,
        });
    };
    if let Some(line) = stored.from_line.filter(|_| vouches.mbox_from)
        && let Some(unix_s) = parse_from_line(line).latest_unix_s
    {
        push(EvidenceKind::MboxFrom, unix_s, "From_ line", !stored.doubts_from_line);
    }
    if vouches.received.is_empty() && !vouches.date_header {
        return Vouched { candidates };
    }
    let headers = read_headers(stored.text().unwrap_or_default());
    for (place, (host, unix_s)) in own_run(&headers, &vouches.received).into_iter().enumerate() {
        // Those below the topmost may have come with the message, whatever host they name.
        push(EvidenceKind::Received, unix_s, host, place == 0);
    }
    let date = headers.first(FieldName::Date).filter(|_| vouches.date_header);
    if let Some(unix_s) = date.and_then(parse_latest_date) {
        push(EvidenceKind::DateHeader, unix_s, "Date header", true);
    }
    Vouched { candidates }
}

/// RULES 22a: the unbroken run of fields by own hosts, from the top; each with its host and time.
fn own_run<'v>(headers: &Headers<'_>, hosts: &'v [String]) -> Vec<(&'v str, i64)> {
    let own = |received: Received| {
        let host = hosts.iter().find(|host| received.is_by(host))?;
        Some((host.as_str(), received.latest_unix_s?))
    };
    headers
        .all(FieldName::Received)
        .take(limits::RECEIVED_FIELDS)
        .map_while(|body| parse_received(body).and_then(own))
        .collect()
}
