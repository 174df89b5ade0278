//! Options as texts: each by its name on the command line, with its value → [`Options`].
//!
//! The table says of every option what it may be and where it goes; of an option with one value the last text counts,
//! and a switch comes without a value or not at all. What is asked of files (trust, lists of revoked certificates) is
//! not spelled, and what an option means is said where it is kept.

use core::str::FromStr;

use super::{At, Options};
use crate::asn1::oid::parse_dotted;
use crate::cms::algorithms::digest_named;
use crate::codes::{codes, parse_code};
use crate::error::Unexpected;
use crate::verdict::sunset::KeySunset;

/// One option: its name, what it may be, and what puts a value where it goes, or nothing where it is none.
struct Spelling {
    name: &'static str,
    expected: &'static str,
    put: fn(&mut Options, &str) -> Option<()>,
}

const fn spelling(
    name: &'static str,
    expected: &'static str,
    put: fn(&mut Options, &str) -> Option<()>,
) -> Spelling {
    Spelling { name, expected, put }
}

/// Algorithms whose keys come in sizes, as the column `key_algorithm` shows them: a misspelt one would never be weak.
const SIZED_KEYS: [&str; 4] = ["rsa", "rsassa-pss", "dsa", "ec"];

/// Of a switch.
const ALONE: &str = "without a value";

const SPELLINGS: [Spelling; 17] = [
    spelling(
        "at",
        "evidence, now, claimed, date or instant:<microseconds since 1970>",
        |options, text| parse_at(text).map(|at| options.at = at),
    ),
    spelling("bind", "from, from-or-sender or off", |options, text| {
        parse_code(text).map(|bind| options.bind = bind)
    }),
    spelling("bind-missing", "refuse or allow", |options, text| {
        parse_code(text)
            .map(|it: BindMissing| options.bind_missing_allowed = it == BindMissing::Allow)
    }),
    spelling("strict", ALONE, |options, text| switch(text, &mut options.strict)),
    spelling("inner-facts", ALONE, |options, text| switch(text, &mut options.inner_facts)),
    spelling("write-mail", ALONE, |options, text| switch(text, &mut options.writes_mail)),
    spelling("hash-mail", ALONE, |options, text| switch(text, &mut options.hashes_mail)),
    spelling("prove-mail", ALONE, |options, text| switch(text, &mut options.proves_mail)),
    spelling("revocation", "off, if-available or required", |options, text| {
        parse_code(text).map(|mode| options.path_rules.revocation.mode = mode)
    }),
    spelling(
        "vouch",
        "received:HOST, mbox-from, column:NAME, date-header or notary:<SHA-256 in hex>",
        put_vouch,
    ),
    spelling("digest-until", "<digest>:<last good second, Unix>", put_digest_until),
    spelling("key-until", "<algorithm>:<bits below>:<last good second, Unix>", put_key_until),
    spelling("initial-policy", "an object identifier in dotted decimals", |options, text| {
        parse_dotted(text).map(|policy| options.path_rules.initial_policies.push(policy))
    }),
    spelling("require-explicit-policy", ALONE, |options, text| {
        switch(text, &mut options.path_rules.require_explicit_policy)
    }),
    spelling("inhibit-policy-mapping", ALONE, |options, text| {
        switch(text, &mut options.path_rules.inhibit_policy_mapping)
    }),
    spelling("inhibit-any-policy", ALONE, |options, text| {
        switch(text, &mut options.path_rules.inhibit_any_policy)
    }),
    spelling("chain-model", "shell, chain or hybrid", |options, text| {
        parse_code(text).map(|model| options.path_rules.model = model)
    }),
];

codes! {
    /// What becomes of a signature whose certificate has no address (`--bind-missing`).
    enum BindMissing {
        Refuse = "refuse", "It does not name the sender.";
        Allow = "allow", "It passes.";
    }
}

impl Options {
    /// The defaults of a run at `now_unix_us`, with what the texts say: options by their names, and their values.
    ///
    /// # Errors
    /// [`Unexpected`] for a name that is no option's, and for a value that the option does not take.
    pub fn parse<N: AsRef<str>, V: AsRef<str>>(
        now_unix_us: i64,
        texts: &[(N, V)],
    ) -> Result<Self, Unexpected> {
        let mut options = Self::at_now(now_unix_us);
        for (name, text) in texts {
            options.put(name.as_ref(), text.as_ref())?;
        }
        Ok(options)
    }

    fn put(&mut self, name: &str, text: &str) -> Result<(), Unexpected> {
        let known = SPELLINGS.iter().find(|known| known.name == name).ok_or_else(|| {
            let names: Vec<&str> = SPELLINGS.iter().map(|known| known.name).collect();
            Unexpected::new("an option", format!("one of {}", names.join(", ")), name)
        })?;
        (known.put)(self, text).ok_or_else(|| Unexpected::new(name, known.expected, text))
    }
}

fn switch(text: &str, is_on: &mut bool) -> Option<()> {
    text.is_empty().then(|| *is_on = true)
}

fn parse_at(text: &str) -> Option<At> {
    match text {
        "evidence" => Some(At::Evidence),
        "now" => Some(At::Now),
        "claimed" => Some(At::Claimed),
        "date" => Some(At::Date),
        _ => number(text.strip_prefix("instant:")?).map(At::Instant),
    }
}

fn put_vouch(options: &mut Options, text: &str) -> Option<()> {
    let vouches = &mut options.vouches;
    match text.split_once(':') {
        None if text == "mbox-from" => vouches.mbox_from = true,
        None if text == "date-header" => vouches.date_header = true,
        Some(("received", host)) if !host.is_empty() => vouches.received.push(host.to_owned()),
        // There is room for one.
        Some(("column", name)) if !name.is_empty() && vouches.column.is_none() => {
            vouches.column = Some(name.to_owned());
        }
        Some(("notary", sha256)) => vouches.notaries.push(parse_sha256(sha256)?),
        _ => return None,
    }
    Some(())
}

/// As programs write it: without a plus.
fn number<T: FromStr>(text: &str) -> Option<T> {
    (!text.starts_with('+')).then(|| text.parse().ok())?
}

fn parse_sha256(hex: &str) -> Option<[u8; 32]> {
    let is_hex = hex.len() == 64 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    let octet = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let octets: Option<Vec<u8>> = (0..64).step_by(2).map(octet).collect();
    octets.filter(|_| is_hex)?.try_into().ok()
}

fn put_digest_until(options: &mut Options, text: &str) -> Option<()> {
    let (name, until) = text.split_once(':')?;
    options.path_rules.sunset.add_digest(digest_named(name)?, number(until)?);
    Some(())
}

fn put_key_until(options: &mut Options, text: &str) -> Option<()> {
    let (algorithm, numbers) = text.split_once(':')?;
    let algorithm = SIZED_KEYS.into_iter().find(|known| *known == algorithm)?;
    let (below_bits, until) = numbers.split_once(':')?;
    options.path_rules.sunset.add_key(KeySunset {
        algorithm: algorithm.into(),
        below_bits: number(below_bits)?,
        good_until_unix_s: number(until)?,
    });
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use smimebatch_crypto::digest::Algorithm;

    use super::super::Vouches;
    use super::*;
    use crate::codes::Code;
    use crate::path::model::ChainModel;
    use crate::path::revocation::RevocationMode;
    use crate::verdict::facts::Bind;

    fn parsed(texts: &[(&str, &str)]) -> Options {
        Options::parse(7, texts).unwrap()
    }

    fn refused(name: &str, text: &str) -> Unexpected {
        Options::parse(7, &[(name, text)]).err().unwrap()
    }

    #[test]
    fn options_without_texts_are_the_defaults() {
        let (found, expected) = (parsed(&[]), Options::at_now(7));
        assert_eq!((found.now_unix_us, found.at, found.bind), (7, expected.at, expected.bind));
        assert_eq!((found.strict, found.bind_missing_allowed), (false, false));
        assert_eq!((found.vouches, found.path_rules), (expected.vouches, expected.path_rules));
    }

    #[test]
    fn control_time_is_named_or_an_instant() {
        let at = |text| parsed(&[("at", text)]).at;
        let named = ["evidence", "now", "claimed", "date"].map(at);
        assert_eq!(named, [At::Evidence, At::Now, At::Claimed, At::Date]);
        assert_eq!(at("instant:-1559347200000001"), At::Instant(-1_559_347_200_000_001));
    }

    #[test]
    fn choices_are_taken_by_their_codes() {
        let bind = |bind: &Bind| parsed(&[("bind", bind.code())]).bind == *bind;
        assert!(Bind::ALL.iter().all(bind));
        let model = |it: &ChainModel| parsed(&[("chain-model", it.code())]).path_rules.model == *it;
        assert!(ChainModel::ALL.iter().all(model));
        let mode = |it: &RevocationMode| {
            parsed(&[("revocation", it.code())]).path_rules.revocation.mode == *it
        };
        assert!(RevocationMode::ALL.iter().all(mode));
        let missing = |text| parsed(&[("bind-missing", text)]).bind_missing_allowed;
        assert_eq!(["refuse", "allow"].map(missing), [false, true]);
    }

    #[test]
    fn switch_sets_what_it_is_named_after_and_nothing_else() {
        let switches = |options: &Options| {
            let rules = &options.path_rules;
            let of_paths = [
                rules.require_explicit_policy,
                rules.inhibit_policy_mapping,
                rules.inhibit_any_policy,
            ];
            (options.strict, of_paths)
        };
        for (name, expected) in [
            ("strict", (true, [false; 3])),
            ("require-explicit-policy", (false, [true, false, false])),
            ("inhibit-policy-mapping", (false, [false, true, false])),
            ("inhibit-any-policy", (false, [false, false, true])),
        ] {
            assert_eq!(switches(&parsed(&[(name, "")])), expected, "{name}");
        }
    }

    #[test]
    fn vouches_are_gathered() {
        let sha256 = "00ff".repeat(16);
        let notary = format!("notary:{sha256}");
        let words =
            ["received:a.example", "received:b", "mbox-from", "column:c:d", "date-header", &notary];
        let expected = Vouches {
            received: vec!["a.example".into(), "b".into()],
            mbox_from: true,
            column: Some("c:d".into()),
            date_header: true,
            notaries: vec![[0, 0xff].repeat(16).try_into().unwrap()],
            runs: Vec::new(),
        };
        assert_eq!(parsed(&words.map(|word| ("vouch", word))).vouches, expected);
    }

    #[test]
    fn one_column_is_vouched_for_and_a_second_is_refused() {
        let twice = [("vouch", "column:a"), ("vouch", "column:b")];
        assert_eq!(&*Options::parse(7, &twice).err().unwrap().found, "column:b");
    }

    #[test]
    fn rule_15_last_days_are_of_digests_by_name_and_of_keys_by_size() {
        let options =
            parsed(&[("digest-until", "sha1:30"), ("key-until", "rsa:2048:-5"), ("at", "now")]);
        let sunset = options.path_rules.sunset;
        let digests = [Algorithm::Sha1, Algorithm::Md5].map(|it| sunset.digest_until(it));
        assert_eq!(digests, [Some(30), None]);
        let keys = [2047, 2048].map(|bits| sunset.key_until("rsa", bits));
        assert_eq!((keys, sunset.key_until("dsa", 512)), ([Some(-5), None], None));
    }

    #[test]
    fn initial_policies_are_gathered_as_octets() {
        let options = parsed(&[("initial-policy", "1.2.3"), ("initial-policy", "2.5.29.32.0")]);
        let policies: Vec<&[u8]> =
            options.path_rules.initial_policies.iter().map(|it| &**it).collect();
        assert_eq!(policies, [&[0x2a, 3][..], &[0x55, 0x1d, 0x20, 0]]);
    }

    #[test]
    fn value_that_an_option_does_not_take_is_refused_by_its_name() {
        for (name, wrong) in [
            (
                "at",
                &["", "then", "instant:", "instant:x", "instant:+5", "instant:9223372036854775808"]
                    [..],
            ),
            ("bind", &["", "From", "sender"]),
            ("bind-missing", &["", "true"]),
            ("strict", &["true"]),
            ("revocation", &["", "on", "if_available"]),
            (
                "vouch",
                &[
                    "",
                    "received",
                    "received:",
                    "mbox-from:",
                    "mbox-from:x",
                    "column:",
                    "date-header:",
                    "date-header:y",
                ],
            ),
            ("digest-until", &["", "sha1", "sha1:", "sha1:x", "sha1:+3", "sha-1:30", ":30"]),
            (
                "key-until",
                &[
                    "",
                    "rsa",
                    "rsa:2048",
                    "rsa:2048:",
                    "rsa:x:3",
                    "rsa:-1:3",
                    "rsa:+1:3",
                    "RSA:2048:3",
                    "rsaa:2048:3",
                    ":1024:3",
                ],
            ),
            ("initial-policy", &["", "1", "x", "1.2.", "3.4"]),
            ("require-explicit-policy", &["yes"]),
            ("inhibit-policy-mapping", &["yes"]),
            ("inhibit-any-policy", &["yes"]),
            ("chain-model", &["", "pem"]),
        ] {
            for text in wrong {
                let refused = refused(name, text);
                assert_eq!((&*refused.subject, &*refused.found), (name, *text));
            }
        }
    }

    #[test]
    fn notary_is_named_by_64_digits_and_nothing_near_them() {
        for wrong in ["", "00", &"0".repeat(63), &"0".repeat(65), &"+f".repeat(32), &"é".repeat(32)]
        {
            assert_eq!(refused("vouch", &format!("notary:{wrong}")).subject, "vouch", "{wrong}");
        }
    }

    #[test]
    fn name_of_no_option_is_refused_with_those_there_are() {
        let refused = refused("binds", "from");
        assert_eq!(refused.found, "binds");
        assert!(SPELLINGS.iter().all(|known| refused.expected.contains(known.name)));
    }

    #[test]
    fn what_is_expected_names_every_code() {
        let expected = |name| SPELLINGS.iter().find(|known| known.name == name).unwrap().expected;
        assert!(Bind::ALL.iter().all(|it| expected("bind").contains(it.code())));
        assert!(BindMissing::ALL.iter().all(|it| expected("bind-missing").contains(it.code())));
        assert!(RevocationMode::ALL.iter().all(|it| expected("revocation").contains(it.code())));
        assert!(ChainModel::ALL.iter().all(|it| expected("chain-model").contains(it.code())));
    }
}
