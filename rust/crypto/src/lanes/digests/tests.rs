//! Every kernel against the library.

use crate::digest::{Algorithm, Job, LineEnds, many_with};
use crate::lanes::cases::{self, Random};
use crate::lanes::{Choice, Kernels};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Digests with a kernel somewhere.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// The digests under every choice beside AWS-LC's; `SMIMEBATCH_LANES` names those that this CPU
/// lacks.
fn check(jobs: &[Job<'_>]) {
    let library = many_with(jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert_eq!(many_with(jobs, Kernels::of(choice)), library, "{choice:?}");
    }
}

/// The kernels by themselves: none of their jobs may be left to the library, so that all are seen.
fn check_kernels(algorithm: Algorithm, jobs: &[Job<'_>]) {
    for (kernel, done) in done_by_kernels(algorithm, jobs) {
        // Where jobs are few, they may be left to the library.
        let few = jobs.len() < super::MOST_STREAMS;
        assert!(few || (done == jobs.len()) == kernel.is_some(), "{algorithm:?} {kernel:?}");
    }
}

/// How many of the jobs each kernel has done, and as the library does.
fn done_by_kernels(algorithm: Algorithm, jobs: &[Job<'_>]) -> Vec<(Option<&'static str>, usize)> {
    let library = many_with(jobs, Kernels::of(Choice::Off));
    let mut done = Vec::new();
    let choices = [Choice::Avx512, Choice::Avx2, Choice::Portable];
    for choice in choices.into_iter().filter(|choice| cases::is_wanted(choice.name())) {
        let kernels = Kernels::of(choice);
        // Beside the SHA instructions, the vectors too.
        let without = super::Kernels { instructions: None, ..kernels.digests };
        for digests in [kernels.digests, without] {
            let mut found = vec![None; jobs.len()];
            let jobs = jobs.iter().enumerate().collect();
            digests.digest(algorithm, kernels.line_ends, jobs, |index, digest| {
                found[index] = Some(digest);
            });
            for (found, library) in found.iter().zip(&library) {
                assert!(found.is_none_or(|found| found == *library), "{algorithm:?} {choice:?}");
            }
            done.push((digests.name(algorithm), found.iter().flatten().count()));
        }
    }
    done
}

fn ways() -> impl Iterator<Item = (Algorithm, LineEnds)> {
    let both = |algorithm| [LineEnds::AsStored, LineEnds::LfToCrlf].map(|ends| (algorithm, ends));
    ALGORITHMS.into_iter().flat_map(both)
}

fn text(octets: usize) -> Vec<u8> {
    let lines = (0_u32..).flat_map(|line| {
        let end: &[u8] = if line % 5 == 3 { b"\r\n" } else { b"\n" };
        let length = line.wrapping_mul(0x9e37_79b9) >> 26;
        let letters = (0..length).map(move |letter| b'a' + (line ^ letter) as u8 % 26);
        letters.chain(end.iter().copied())
    });
    lines.take(octets).collect()
}

#[test]
fn digest_many_each_length_to_300_equals_library() {
    let text = text(300);
    let pieces: Vec<[&[u8]; 1]> = (0..=300).map(|length| [&text[..length]]).collect();
    for (algorithm, line_ends) in ways() {
        let jobs: Vec<Job<'_>> =
            pieces.iter().map(|pieces| Job { algorithm, pieces, line_ends }).collect();
        check_kernels(algorithm, &jobs);
        for jobs in jobs.chunks(17) {
            check_kernels(algorithm, jobs);
        }
        check(&jobs);
        jobs.windows(3).for_each(check);
    }
}

/// Sizes around where pieces are handed out in place, and where the buffer is full.
#[test]
fn digest_many_lengths_around_buffer_sizes_equal_library() {
    let text = text(5_000);
    let lengths = || (1_000..1_100).chain(2_030..2_130).chain(4_000..4_100);
    let pieces: Vec<[&[u8]; 3]> = lengths()
        .flat_map(|length| [0, 1, 63, 64, 65].map(|start| (start, length)))
        .map(|(start, length)| [&text[..start], &text[start..length], &text[length - 1..length]])
        .collect();
    for (algorithm, line_ends) in ways() {
        let jobs: Vec<Job<'_>> =
            pieces.iter().map(|pieces| Job { algorithm, pieces, line_ends }).collect();
        check_kernels(algorithm, &jobs);
    }
}

/// FIPS 180-4's own examples do not reach a length of 2^32 bits; the padding counts in 64.
#[test]
fn digest_many_over_2_to_32_bits_counts_on() {
    let piece = vec![0x5a; 1 << 20];
    let pieces: Vec<&[u8]> = vec![&piece; 513];
    let job = |pieces| Job { algorithm: Algorithm::Sha256, pieces, line_ends: LineEnds::AsStored };
    let jobs = [job(&pieces[..]), job(&pieces[1..])];
    let library = many_with(&jobs, Kernels::of(Choice::Off));
    assert_eq!(many_with(&jobs, Kernels::of(Choice::Auto)), library);
}

/// One very long job among short ones would be alone in its lanes for most of its length.
#[test]
fn worthwhile_leaves_out_jobs_without_company() {
    let bytes = vec![0; 100_000];
    let pieces: Vec<[&[u8]; 1]> =
        [100_000, 50_000, 900, 800, 700, 10].map(|length| [&bytes[..length]]).to_vec();
    let jobs: Vec<Job<'_>> = pieces
        .iter()
        .map(|pieces| Job { algorithm: Algorithm::Md5, pieces, line_ends: LineEnds::AsStored })
        .collect();
    let kept = |jobs: &[Job<'_>]| {
        let jobs: Vec<_> = jobs.iter().enumerate().collect();
        let kept = super::worthwhile::<64, super::sha256::Sha256>(&jobs).len();
        (kept, super::worthwhile::<64, super::md5::Md5<super::Portable>>(&jobs).len())
    };
    assert_eq!(kept(&jobs), (4, 0));
    assert_eq!(kept(&jobs[2..]), (4, 0));
    assert_eq!(kept(&jobs[..1]), (0, 0));
    assert_eq!(kept(&[jobs[2]; 3]), (3, 3));
    assert_eq!(kept(&[]), (0, 0));
}

/// Lengths as mail has them: most short, some long.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![0usize..200, 0usize..3_000, 0usize..20_000]
}

proptest! {
    #[test]
    fn digest_many_mixed_jobs_cut_anywhere_equal_library(
        shapes in proptest::collection::vec(
            (
                lengths(),
                prop::sample::select(ways().collect::<Vec<_>>()),
                proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
            ),
            0..=60,
        ),
    ) {
        let text = text(20_000);
        let pieces: Vec<Vec<&[u8]>> = shapes
            .iter()
            .map(|(length, _, cuts)| {
                let mut cuts: Vec<usize> =
                    cuts.iter().map(|cut| cut.index(length + 1)).chain([0, *length]).collect();
                cuts.sort_unstable();
                cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
            })
            .collect();
        let jobs: Vec<Job<'_>> = shapes
            .iter()
            .zip(&pieces)
            .map(|((_, (algorithm, line_ends), _), pieces)| {
                Job { algorithm: *algorithm, pieces, line_ends: *line_ends }
            })
            .collect();
        check(&jobs);
    }
}

/// Octets of which many end lines.
fn octets(random: &mut Random) -> Vec<u8> {
    let octet = |random: &mut Random| match random.below(8) {
        0 => b'\n',
        1 => b'\r',
        _ => random.octet(),
    };
    (0..4_096).map(|_| octet(random)).collect()
}

/// Often near the end of a block, of which the padding makes one more.
fn length(random: &mut Random) -> usize {
    let length = match random.below(4) {
        0 => random.below(300),
        1 => 64 * random.below(20) + random.below(20),
        2 => 64 * random.below(20) + 44 + random.below(20),
        _ => random.below(4_096),
    };
    length as usize
}

fn cut<'t>(random: &mut Random, octets: &'t [u8]) -> Vec<&'t [u8]> {
    let mut cuts = vec![0, octets.len()];
    for _ in 0..random.below(4) {
        cuts.push(random.below(octets.len() as u64 + 1) as usize);
    }
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| &octets[cut[0]..cut[1]]).collect()
}

/// Of each algorithm so many streams through each kernel, or through those of the choice that
/// `LANES_KERNEL` names.
#[test]
fn digest_many_random_streams_equal_library() {
    let mut random = Random::of_run(0x5eed_0f1a_ae50_0d16);
    for (name, algorithm) in super::WITH_KERNELS {
        let mut done = BTreeMap::new();
        loop {
            let text = octets(&mut random);
            let streams: Vec<_> = (0..=random.below(48))
                .map(|_| {
                    let length = length(&mut random);
                    let start = random.below((text.len() - length) as u64 + 1) as usize;
                    cut(&mut random, &text[start..start + length])
                })
                .collect();
            let line_ends = [LineEnds::AsStored, LineEnds::LfToCrlf];
            let jobs: Vec<Job<'_>> = streams
                .iter()
                .zip(line_ends.iter().cycle().skip(random.below(2) as usize))
                .map(|(pieces, line_ends)| Job { algorithm, pieces, line_ends: *line_ends })
                .collect();
            for (kernel, count) in done_by_kernels(algorithm, &jobs) {
                *done.entry(kernel).or_default() += count;
            }
            done.remove(&None);
            if done.values().all(|done: &usize| *done >= cases::count(300)) {
                break;
            }
        }
        eprintln!("{name}: {done:?}");
    }
}

#[test]
fn name_without_vectors_is_still_that_of_the_sha_instructions() {
    let Some(sha_ni) = super::ShaNi::detect() else {
        eprintln!("NOT TESTED: this CPU has no SHA instructions");
        return;
    };
    let kernels = super::Kernels { instructions: Some(sha_ni), vectors: None };
    let names = ALGORITHMS.map(|algorithm| kernels.name(algorithm));
    assert_eq!(names, [None, Some("2 x SHA-NI"), Some("4 x SHA-NI"), None, None]);
}
