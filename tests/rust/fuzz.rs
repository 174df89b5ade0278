//! What the fuzz targets found once, through the same checks; and one mail each, to show that they are reached.
//!
//! `tests/data/fuzz/TARGET` holds the inputs; its README says what each was.

#[path = "../../rust/fuzz/src/checks/mod.rs"]
mod checks;

use crate::corpus::{folder, mail};

/// A target's name and what has to hold for its inputs.
type Target = (&'static str, fn(&[u8]));

/// Gives every input of a target to its check, and says how many there were.
fn replay((target, check): Target) -> usize {
    let Ok(found) = folder("fuzz").join(target).read_dir() else { return 0 };
    let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in &paths {
        eprintln!("{}", path.display());
        check(&std::fs::read(path).unwrap());
    }
    paths.len()
}

#[test]
fn findings_of_the_fuzz_targets_stay_mended() {
    let targets: [Target; 14] = [
        ("addresses", checks::addresses::check),
        ("base64", checks::base64::check),
        ("certificate", checks::certificate::check),
        ("cms", checks::cms::check),
        ("crl", checks::crl::check),
        ("envelopes", checks::envelopes::check),
        ("headers", checks::headers::check),
        ("keys", checks::keys::check),
        ("lanes_match_library", checks::lanes_match_library::check),
        ("mbox", checks::mbox::check),
        ("mime", checks::mime::check),
        ("ocsp", checks::ocsp::check),
        ("timestamp", checks::timestamp::check),
        ("verify_batch", checks::verify_batch::check),
    ];
    let mut replayed = 0;
    for target in targets {
        target.1(&mail("mail", "plain-signed"));
        replayed += replay(target);
    }
    let kept = walk(&folder("fuzz"));
    assert_eq!(replayed, kept, "every kept input belongs to a target");
}

/// Files in the folders of `top`.
fn walk(top: &std::path::Path) -> usize {
    let Ok(entries) = top.read_dir() else { return 0 };
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.map(|folder| folder.read_dir().unwrap().count()).sum()
}
