//! Envelopes opened and made anew: what is written of a message proves what it should, and held or piece by piece it is
//! the same.
//!
//! ```text
//!  input ─▶ reencrypt, held ────────────▶ read again: what would be written of it, with the same plaintext
//!       └─▶ reencrypt, piece by piece ──▶ the same state and plaintext, where that way can open it at all
//! ```
//!
//! Nothing else is ever written than the message as it was.

use std::sync::{Arc, LazyLock, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, LargeBinaryArray, RecordBatch};
use smimebatch_core::engine::Engine;
use smimebatch_core::envelope::seal::{ContentChoice, SealJob, Sealer, Target, TransportChoice};
use smimebatch_core::envelope::writing::Maker;
use smimebatch_core::keys::{KeyFile, Passwords, Vault};
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::bundle::parse_certificates;
use smimebatch_core::verify::context::Options;
use smimebatch_core::verify::outline::{ByteSource, ByteTarget, SourceFault, TargetFault};
use smimebatch_core::weak_keys::WeakKeys;
use smimebatch_core::x509::certificate::parse_certificate;
use smimebatch_crypto::secret::Secret;

const RSA: &[u8] = include_bytes!("../../../../tests/data/envelopes/rsa.key");
const P256: &[u8] = include_bytes!("../../../../tests/data/envelopes/p256.key");
const RSA_CERTIFICATE: &[u8] = include_bytes!("../../../../tests/data/envelopes/rsa.crt");
const P256_CERTIFICATE: &[u8] = include_bytes!("../../../../tests/data/envelopes/p256.crt");
const SHARED: &[u8] = b"c0ffee:000102030405060708090a0b0c0d0e0f";
const PASSWORD: &[u8] = b"a password of the tests";
const NOW_S: i64 = 1_780_272_000;

static WRITING: LazyLock<Engine> = LazyLock::new(|| engine(false));
static PROVING: LazyLock<Engine> = LazyLock::new(|| engine(true));

fn vault() -> Vault {
    let files = [RSA, P256, RSA_CERTIFICATE, P256_CERTIFICATE]
        .map(|bytes| KeyFile::read(bytes, &Passwords::none()));
    let shared = [
        KeyFile::of_shared_keys(SHARED),
        KeyFile::of_shared_passwords(vec![Secret::copy_of(PASSWORD)]),
    ];
    Vault::of_files(files.iter().chain(&shared))
}

fn engine(proves_mail: bool) -> Engine {
    let der = parse_certificates(P256_CERTIFICATE).expect("PEM").remove(0);
    let certificate = Arc::new(parse_certificate(&der).expect("DER"));
    let target = Target::of(certificate, NOW_S, &WeakKeys::default()).expect("fit");
    let choices = (ContentChoice::Aes256Gcm, TransportChoice::Oaep);
    let sealer = Sealer::new(SealJob::Reencrypt, vec![target], vec![0], None, choices);
    let options = Options { writes_mail: true, proves_mail, ..Options::at_now(NOW_S * 1_000_000) };
    Engine::new(options, Arc::new(TrustStore::build(Vec::new(), Vec::new())), 1)
        .with_vault(Arc::new(vault()))
        .with_maker(Arc::new(Maker::Sealer(sealer)))
        .with_proof_key(Secret::copy_of(&[7; 32]))
}

/// Panics where `input` shows a fault.
pub fn check(input: &[u8]) {
    let held = Mail::of(&WRITING.verify(&row(Some(input))).expect("raw").mail);
    match held.state.as_str() {
        "WRITTEN" => prove(&held, &PROVING.verify(&row(held.raw.as_deref())).expect("raw").mail),
        _ => assert_eq!(held.raw.as_deref(), Some(input), "{}", held.reason),
    }
    let written = Written::default();
    let pieces = WRITING.write_large(&row(None), &Octets(input), Some(&written));
    let pieces = Mail::of(&pieces.expect("one row").mail);
    if pieces.state == "WRITTEN" {
        assert_eq!(held.state, "WRITTEN", "{} of what is held", held.reason);
        assert_eq!(pieces.recipients_after.as_ref(), held.recipients_after.as_ref());
        // Envelopes in one another are taken off where they are held, and one of them is not.
        if [&pieces.reason, &held.reason].iter().all(|it| *it != "inner_envelope") {
            assert_eq!(pieces.plaintext, held.plaintext);
        }
        let text = written.0.into_inner().expect("nobody panicked");
        assert_eq!(text.len() as i64, pieces.octets.expect("octets of what was written"));
        prove(&pieces, &PROVING.verify_large(&row(None), &Octets(&text)).expect("one row").mail);
    }
}

/// What was written and is read again is what would be written of it, and holds the same.
fn prove(written: &Mail, again: &[RecordBatch]) {
    let found = Mail::of(again);
    assert_eq!(found.as_written, Some(true));
    assert!(written.plaintext.is_some());
    assert_eq!(found.plaintext, written.plaintext);
    assert_eq!(found.recipients_before.as_ref(), written.recipients_after.as_ref());
}

fn row(raw: Option<&[u8]>) -> RecordBatch {
    let raw: ArrayRef = Arc::new(LargeBinaryArray::from_iter([raw]));
    RecordBatch::try_from_iter([("raw", raw)]).expect("one column")
}

/// The one row of the table `mail`.
struct Mail {
    raw: Option<Vec<u8>>,
    state: String,
    reason: String,
    plaintext: Option<Vec<u8>>,
    recipients_before: ArrayRef,
    recipients_after: ArrayRef,
    as_written: Option<bool>,
    octets: Option<i64>,
}

impl Mail {
    fn of(batches: &[RecordBatch]) -> Self {
        let [batch] = batches else { panic!("{} batches", batches.len()) };
        assert_eq!(batch.num_rows(), 1);
        let column = |name: &str| batch.column_by_name(name).expect("a column of the table");
        let octets = |name: &str| {
            let column = column(name);
            column.is_valid(0).then(|| column.as_binary::<i32>().value(0).to_vec())
        };
        let text = |name: &str| column(name).as_string::<i32>().value(0).to_owned();
        let (as_written, number) = (column("as_written"), column("output_octets"));
        Self {
            raw: octets("raw"),
            state: text("state"),
            reason: text("reason"),
            plaintext: octets("plaintext_hmac"),
            recipients_before: Arc::clone(column("recipients_before")),
            recipients_after: Arc::clone(column("recipients_after")),
            as_written: as_written.is_valid(0).then(|| as_written.as_boolean().value(0)),
            octets: number.is_valid(0).then(|| number.as_primitive::<Int64Type>().value(0)),
        }
    }
}

struct Octets<'a>(&'a [u8]);

impl ByteSource for Octets<'_> {
    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

#[derive(Default)]
struct Written(Mutex<Vec<u8>>);

impl ByteTarget for Written {
    fn write(&self, bytes: &[u8]) -> Result<(), TargetFault> {
        self.0.lock().map_err(|_| TargetFault)?.extend_from_slice(bytes);
        Ok(())
    }
}
