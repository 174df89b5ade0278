//! The one table of datasets and columns (OUTPUT.md): name, type and sentence of each.
//!
//! From one entry come the row struct the stages fill, the builder that turns rows into arrays, and the schema that
//! Python and the reference page read. `null` means "does not apply or was not reached", never "false".

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::evidence::TimeEvidence;
use super::input::input_schema;
use super::kinds::{
    ByteStrings, Bytes, Coded, CodedSet, ColumnKind, Count, Instant, Number, Oids, Text, Texts,
    Truth,
};
use super::revocation_list::Revocations;
use crate::cms::ess_services::EssService;
use crate::cms::quirk::Quirk;
use crate::cms::recipient_info::RecipientKind;
use crate::envelope::objects::{ObjectReason, ObjectState};
use crate::error::Unexpected;
use crate::mail::from::FromStatus;
use crate::mail::restore::Repair;
use crate::verdict::evidence::EvidenceKind;
use crate::verdict::facts::{
    AddressMatch, AddressMatchRule, AlgorithmProtection, AlgorithmStatus, ChainResult, Coverage,
    CryptoResult, EssCertificateId, RevocationResult,
};
use crate::verdict::flag::MessageFlag;
use crate::verdict::indication::{Indication, Reason, SubIndication};
use crate::verdict::message::SignatureFormat;
use crate::verify::vocabulary::{
    Canonicalization, CertificateSource, DecryptStatus, ErrorCode, HeaderProtection, Integrity,
    LimitHit, MessageKind, PartRole, SidKind,
};
use crate::weak_keys::WeakKey;

/// Version of the table; raised when a column is renamed or dropped.
pub const SCHEMA_VERSION: &str = "1";

/// Name, sentence and types of one column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// What it means.
    pub sentence: &'static str,
    /// Type in files.
    pub file_type: DataType,
    /// Type in memory.
    pub memory_type: DataType,
}

/// A dataset: its columns in order.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Name.
    pub name: &'static str,
    /// What one row is.
    pub sentence: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Dataset {
    /// The Arrow schema of files: plain types, the sentences as field metadata `doc`.
    #[must_use]
    pub fn file_schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|column| {
            Field::new(column.name, column.file_type.clone(), true)
                .with_metadata([("doc".to_owned(), column.sentence.to_owned())].into())
        });
        let metadata = [("smimebatch.schema".to_owned(), SCHEMA_VERSION.to_owned())];
        Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), metadata.into()))
    }
}

/// The name of what sources produce, among the datasets.
const INPUT: &str = "input";

/// The Arrow schema of a dataset as files hold it, or of `input`.
///
/// # Errors
/// [`Unexpected`] for any other name.
pub fn schema_named(dataset: &str) -> Result<SchemaRef, Unexpected> {
    if dataset == INPUT {
        return Ok(input_schema());
    }
    let known = all_datasets();
    let found = known.iter().find(|known| known.name == dataset).map(Dataset::file_schema);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|known| known.name).chain([INPUT]).collect();
        Unexpected::new("a dataset", format!("one of {}", names.join(", ")), dataset)
    })
}

macro_rules! datasets {
    ($($dataset:literal, $sentence:literal => $row:ident, $builder:ident {
        $($name:ident: $kind:ty, $doc:literal;)+
    })+) => {
        $(
            #[doc = $sentence]
            pub struct $row<'a> { $(#[doc = $doc] pub $name: <$kind as ColumnKind>::Value<'a>,)+ }

            #[doc = concat!("Builds the dataset `", $dataset, "`.")]
            pub struct $builder { rows: usize, $($name: $kind,)+ }

            impl $builder {
                /// An empty builder with room for `rows` rows.
                #[must_use]
                pub fn with_capacity(rows: usize) -> Self {
                    Self { rows: 0, $($name: ColumnKind::with_capacity(rows),)+ }
                }

                /// Appends one row.
                pub fn push(&mut self, row: $row<'_>) {
                    self.rows += 1;
                    $(self.$name.append(row.$name);)+
                }

                /// Rows appended since the last `finish`.
                #[must_use]
                pub const fn len(&self) -> usize {
                    self.rows
                }

                /// Whether no row was appended.
                #[must_use]
                pub const fn is_empty(&self) -> bool {
                    self.rows == 0
                }

                /// The rows as a record batch.
                #[must_use]
                pub fn finish(&mut self) -> RecordBatch {
                    self.rows = 0;
                    let arrays: Vec<ArrayRef> = vec![$(self.$name.finish(),)+];
                    // One value per column and row, by construction.
                    RecordBatch::try_new(Self::memory_schema(), arrays).expect("columns of one length")
                }

                /// The dataset this builds.
                #[must_use]
                pub fn dataset() -> Dataset {
                    Dataset { name: $dataset, sentence: $sentence, columns: vec![$(Column {
                        name: stringify!($name),
                        sentence: $doc,
                        file_type: <$kind as ColumnKind>::file_type(),
                        memory_type: <$kind as ColumnKind>::memory_type(),
                    },)+] }
                }

                /// The Arrow schema in memory.
                #[must_use]
                pub fn memory_schema() -> SchemaRef {
                    static SCHEMA: std::sync::OnceLock<SchemaRef> = std::sync::OnceLock::new();
                    Arc::clone(SCHEMA.get_or_init(|| Arc::new(Schema::new(vec![$(
                        Field::new(stringify!($name), <$kind as ColumnKind>::memory_type(), true),
                    )+]))))
                }
            }
        )+

        /// Every dataset that the core writes.
        #[must_use]
        pub fn all_datasets() -> Vec<Dataset> {
            vec![$($builder::dataset(),)+]
        }
    };
}

datasets! {
    "messages", "One row per input message, always, even for an unreadable one." => MessageRow, MessagesBuilder {
        source: Text, "File the message came from, relative to the deepest folder that holds all inputs; archive!member inside .zip and .tar.";
        source_index: Number, "Position of the message in that source, counted from 0; with source it names the message in every dataset.";
        source_offset: Number, "First byte of the stored message in its source, after decompression; in mbox that behind the From_ line; null where a message is no byte range (rows of Parquet).";
        source_length: Number, "Bytes of the stored message in its source, after decompression; in mbox without the From_ line and the empty line before the next; of a message that was not read its length all the same, of one that breaks off what is there of it (of .emlx what its first line says); null where a message is no byte range (rows of Parquet).";
        message_sha256: Bytes, "SHA-256 of the stored bytes (source_length at source_offset), mbox quoting left as it is; null where there are none, or not all of them could be read.";
        message_id: Text, "Message-ID header as it stands, with its < and >; null where there is none.";
        date: Instant, "Date header, in UTC: the sender's claim; null where it is missing or no date.";
        mbox_from_date: Instant, "Date of the mbox From_ line, taken as UTC where it names no zone (as a proof, with --vouch mbox-from, 14 hours later); null outside mbox or where it is no date.";
        from_raw: Text, "From header as it stands, folded lines joined; null where there is none.";
        from_addresses: Texts, "Addresses of the From header, without display names, of many the first 1,000 (addresses of limits_hit); null for a message that was not read.";
        from_status: Coded<FromStatus>, "What the From header looks like; null for a message that was not read.";
        sender_address: Text, "Address of the Sender header; null where there is none.";
        reply_to_addresses: Texts, "Addresses of the Reply-To header, of many the first 1,000; empty where there is none, null for a message that was not read.";
        kind: Coded<MessageKind>, "What the message is, by the S/MIME and OpenPGP objects found in it.";
        layers: Text, "Its S/MIME layers in short, outermost first, joined by '>', layers side by side by '+': signed(detached), signed(opaque), enveloped(algorithm), compressed, certs (certificates only), malformed (cannot be read; layer_path has what it is called), limited (stopped by a limit), other; null where there are none.";
        indication: Coded<Indication>, "The verdict on the message: the best signer of the innermost signed layer that covers it decides; of equally good ones the first.";
        sub_indication: Coded<SubIndication>, "At which step it falls short; null where nothing falls short, nothing is signed, or it was not evaluated.";
        reasons: CodedSet<Reason>, "Every fact that is not good, of the deciding signature and of the message; empty where all are, nothing is signed, or no message could be read (then error says why).";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know of the message and of every signature in it; a flag by itself changes no verdict.";
        signer_count: Count, "Signers found, anywhere in the message, countersignatures and time-stamps not counted.";
        signers_passed: Count, "How many of signer_count have TOTAL_PASSED in their own row of signatures, be it over the message or over a part.";
        deciding_signature: Text, "layer_path and signer_index of the row of signatures that decided, joined by '#', as in signed#0; of that row eligible is true, so it is no part (1>signed), countersignature or time-stamp; null where none did: nothing is signed, or only a part is.";
        control_time: Instant, "control_time of the deciding signature: the time at which its chain was judged; null where no signature decided.";
        coverage: Coded<Coverage>, "Whether the deciding layer covers everything a reader sees; where no signature decided, the same of the one that covers most.";
        header_protection: Coded<HeaderProtection>, "Whether header fields are protected with the content; null for a message that was not read.";
        headers_mismatched: Texts, "Names of protected header fields that differ from the visible ones; empty where none does or none is protected, null for a message that was not read.";
        protected_headers: Texts, "Protected header fields as they were signed, each as 'Name: value'; null where none are protected, and of a message with an envelope that was opened, unless --inner-facts.";
        repair: CodedSet<Repair>, "Repairs of the stored bytes that made the digest of the deciding signature match; empty where none was needed or none helped.";
        limits_hit: CodedSet<LimitHit>, "Limits on hostile input that were reached; what lies beyond them was not examined.";
        error: Coded<ErrorCode>, "Why the message could not be evaluated; null unless indication is NOT_EVALUATED.";
    }
    "signatures", "One row per signer of each signature object (SignerInfo), per countersignature and per time-stamp token." => SignatureRow, SignaturesBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the signature lies: IMAP part numbers and CMS layers, outermost first, joined by '>'; 'signed' is the root of the message, '1>signed' its first part, 'signed>timestamp' a time-stamp of it.";
        parent_layer_path: Text, "Path of the CMS layer around it; of a time-stamp, the layer whose signature it is for; null at the outermost.";
        format: Coded<SignatureFormat>, "How signature and content are stored.";
        signer_index: Count, "Position among the SignerInfos of the layer, counted from 0 in stored order; of a countersignature, among the countersignatures of its signer; of a time-stamp, among the time-stamps of parent_layer_path.";
        cms_sha256: Bytes, "SHA-256 of the S/MIME (CMS) object that holds the signature, as DER or BER (decoded from base64, without the lines of PEM); equal for every signer of one object; null of one that lay in an envelope that was opened, unless --inner-facts.";
        signature_value_sha256: Bytes, "SHA-256 of the signature value octets; a countersignature of it has the same in signed_bytes_sha256; messages with the same value hold the same signature, as copies of one mail do, and each is judged over what it has itself; null where there is no readable signature.";
        sid_kind: Coded<SidKind>, "How the signature names its certificate; null where that cannot be read.";
        signer_subject: Text, "Subject of the signer's certificate (RFC 4514 text); empty where it has none, null where no certificate was found.";
        signer_issuer: Text, "Issuer of the signer's certificate (RFC 4514 text), else as the signature names it; null where neither is known.";
        signer_serial: Text, "Serial number of the signer's certificate, lower-case hexadecimal without sign octet, else as the signature names it; null where neither is known.";
        certificate_sha256: Bytes, "SHA-256 of the signer's certificate, to join with certificates (which lack it where certificate_source is store); null where none was found.";
        certificate_source: Coded<CertificateSource>, "Where the signer's certificate was found; null where none was.";
        signer_addresses: Texts, "E-mail addresses in the signer's certificate, as in addresses of certificates: once for each place that names one, of the subject alternative name and of the subject, of many the first 1,000 (addresses of limits_hit); null where no certificate was found.";
        digest_algorithm: Text, "Digest algorithm over the content as the signature names it (some write the name of a signature algorithm, whose digest is meant); dotted numbers where it has no name here; null where the signature cannot be read.";
        signature_algorithm: Text, "Signature algorithm as the signature names it; dotted numbers where it has no name here; null where the signature cannot be read.";
        signature_parameters: Text, "Parameters of RSASSA-PSS, such as 'hash=sha256 mgf1=sha256 salt=32': hash, hash of the mask (mgf for SHAKE) and salt length in octets; null for all others.";
        key_algorithm: Text, "Algorithm of the signer's key; null where no certificate was found.";
        key_bits: Count, "Size of the signer's key in bits: RSA and DSA modulus, curve order, else the length of the public key; null where the certificate does not tell (foreign parameters), the curve or algorithm is not offered, or no certificate was found.";
        curve: Text, "Curve of the signer's key (SEC 2 and RFC 5639 names); null for keys without one, and where parameters are spelled out that are of no curve offered here.";
        signed_bytes_sha256: Bytes, "SHA-256 of the content octets in the form that matched, else in the first that was tried; of a time-stamp, of its own text (TSTInfo), not of what it is for; null where the content is missing or the signature cannot be read, and in an envelope that was opened, unless --inner-facts.";
        message_digest_claimed: Bytes, "messageDigest attribute: the digest that was signed, in digest_algorithm; null without signed attributes, where they are not as they must be (crypto_result malformed), and in an envelope that was opened, unless --inner-facts.";
        signed_offset: Number, "First byte of the signed content, counted from the start of the stored message (source_offset) as 0; null where it was decoded first (opaque, or inside an opaque, compressed or encrypted layer), and of countersignatures and time-stamps.";
        signed_length: Number, "Bytes of the signed content within the stored message, line ends as stored; null where signed_offset is.";
        canonicalization: Coded<Canonicalization>, "Form of the content in which the digest matched, after the repair where there was one (repair); null where none did or none was compared.";
        repair: CodedSet<Repair>, "Repairs of the stored bytes that made the digest match; empty where none was needed or none helped.";
        eligible: Truth, "Whether this signature may decide the message: nothing but signed, encrypted or compressed layers stands around it, it is not of a forwarded message, and it is neither countersignature nor time-stamp.";
        quirks: CodedSet<Quirk>, "Deviations from the standards that were tolerated; --strict refuses each of them.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know about this signature; each is among the flags of messages too.";
        digest_ok: Truth, "The content, as it is stored, has the digest that was signed; false too where only a repair makes it fit (repair); null when not reached, as without a certificate of the signer (then nothing is compared; whoever needs it compares signed_bytes_sha256 with message_digest_claimed), where signed_attributes is null for crypto_result malformed, or without signed attributes (then signature_ok says both).";
        signature_ok: Truth, "The signature value fits the signer's key; false where none of the keys that were tried fits, whatever a limit left untried; null when not reached.";
        crypto_result: Coded<CryptoResult>, "Outcome of digest and signature together: the mathematics, whoever signed and whenever.";
        signed_attributes: Oids, "Object identifiers of the signed attributes, in stored order; null without signed attributes, or where they are not as they must be (crypto_result malformed).";
        signing_time_claim: Instant, "signingTime attribute, in UTC: the signer's claim, proof of nothing; null where there is none.";
        algorithm_protection: Coded<AlgorithmProtection>, "Whether the signed attributes name the algorithms in use (CMSAlgorithmProtection, RFC 6211); null where the signature cannot be read.";
        ess_certificate_id: Coded<EssCertificateId>, "Whether the signed attributes name the certificate used (RFC 5035); null where the signature cannot be read.";
        ess: CodedSet<EssService>, "Enhanced security services that the signer asks for or mentions, signed with the content (RFC 2634, RFC 5035): receipts, labels, lists; empty where there are none.";
        security_labels: Texts, "Security label in words, then equivalent ones, such as 'policy 1.2.3, secret, \"eyes only\"'; at most 32; null without one, and in an envelope that was opened, unless --inner-facts.";
        receipts_to: Texts, "Addresses that signed receipts are asked to be sent to, at most 32; null where none are asked for, and in an envelope that was opened, unless --inner-facts.";
        chain_result: Coded<ChainResult>, "Certificate chain at the control time; where it does not hold, the most telling reason; null where no certificate of the signer was found, or its key cannot be used.";
        chain_sha256: ByteStrings, "SHA-256 of the certificates of the chain, signer first, as far as it leads, the root or trust anchor last if it was reached; joined with certificates they say which of them had expired at control_time (not_after); null where chain_result is.";
        trust_anchor_sha256: Bytes, "SHA-256 of the trust anchor that the chain reached, be the chain good or not; it is a row of certificates only if a message carried it; null where it reached none.";
        policy_oids: Texts, "Certificate policies that hold for the whole chain and that --initial-policy asks for, as dotted numbers (RFC 5280, section 6.1.6); 2.5.29.32.0 is any policy; empty where none holds, null where the chain does not hold.";
        revocation_result: Coded<RevocationResult>, "Revocation of the worst certificate of the chain at the control time, by the lists and responses of the message and of --crls and --ocsp; not_checked with --revocation off, and where the chain fails before that is asked; null where chain_result is.";
        revocation: Revocations, "Per certificate of the chain below its anchor, signer first: its certificate_sha256, the result, when (time) and why (reason) it was revoked, also where that is later than the control time, since when its key is suspect (invalidity_date), the list or response that says so (source_sha256) and its this_update and next_update, each null where it does not apply; null as a whole where no list and no response about any of them was found.";
        address_match: Coded<AddressMatch>, "How the addresses of the certificate meet the visible sender; null when not compared (--bind off, no usable certificate, countersignatures, time-stamps).";
        address_match_rule: Coded<AddressMatchRule>, "How equal the matching addresses are; null where none matches.";
        algorithm_status: Coded<AlgorithmStatus>, "Strength of all algorithms, of the signature, of its chain and of the revocation lists and responses that the verdict rests on, by the policy's table of dates until which each was strong; null where no key of the signer is known.";
        weak_elements: Texts, "Which elements are weak, each with its algorithm: signer, or certificate with its place in the chain (0 is the signer's), as in certificate[1]:sha1, or the list or response that says whether that certificate was revoked, as in revocation[0]:sha1; where revocation data is not required (--revocation), one that says nothing against the certificate is named without counting in algorithm_status.";
        poe_time: Instant, "Earliest trusted proof that the signature existed (proof of existence, POE), no later than now; of a time-stamp the latest moment that it allows, its time plus its accuracy; null where there is none.";
        poe_kind: Coded<EvidenceKind>, "Kind of that proof; null where there is none.";
        poe_source: Text, "Who says so: the subject of a certificate, a host, a column or a header; null where there is no proof.";
        not_before_evidence: Instant, "Evidence that the signature is not older than this: the latest trusted time-stamp that it covers, at the earliest moment that it allows, its time less its accuracy; null where there is none.";
        best_signature_time: Instant, "Earliest trusted time at which the signature existed: poe_time, else the time of the run.";
        control_time: Instant, "Time at which the chain was judged: what --at says, the time of the run where the message lacks that time; of a time-stamp, the time it gives. In whole seconds: a proof is rounded up, any other time down. Never null.";
        time_evidence: TimeEvidence, "What speaks for a time, trusted or not, best kind first: its kind, the time, its source, and whether it is trusted, that is, counts; empty where there are no time-stamps, no countersignatures, and nothing that --vouch names.";
        indication: Coded<Indication>, "The verdict on this signature over what it covers, be it the message or a part; a signature in a forwarded message is compared with the From address of that one.";
        sub_indication: Coded<SubIndication>, "At which step it falls short; null where nothing falls short, or it was not evaluated.";
        reasons: CodedSet<Reason>, "Every fact about this signature that is not good, also where it did not decide or an option forgave it; empty where all are good.";
        indication_now: Coded<Indication>, "The verdict were the control time now, whatever --at says; never null.";
        indication_at_claimed_time: Coded<Indication>, "The verdict were the control time the claimed signing time (signing_time_claim): not to be relied on, for whoever has the key can claim any time; null without one.";
    }
    "certificate_sightings", "One row per certificate and batch (verify_batch in Python), in files per certificate and unit of the run; certificates is all of them merged, and mostly what you want." => SightingRow, SightingsBuilder {
        sha256: Bytes, "SHA-256 of the certificate.";
        der: Bytes, "The certificate, DER as it was found.";
        messages: Number, "Messages of the batch or unit that carry it.";
        first_seen: Instant, "Earliest Date header of those messages; null where none has one.";
        last_seen: Instant, "Latest Date header of those messages; null where none has one.";
    }
    "certificates", "One row per distinct certificate that a message carried; those of --trust and --intermediates are not listed." => CertificateRow, CertificatesBuilder {
        sha256: Bytes, "SHA-256 of the certificate: its name in every dataset.";
        spki_sha256: Bytes, "SHA-256 of its SubjectPublicKeyInfo: equal for certificates of one key.";
        subject: Text, "Subject (RFC 4514 text); empty where it has none, # and hexadecimal where it cannot be read.";
        issuer: Text, "Issuer (RFC 4514 text); as subject.";
        serial: Text, "Serial number, lower-case hexadecimal without sign octet, a negative one behind '-'.";
        not_before: Instant, "Start of validity, in UTC; null where it is no time.";
        not_after: Instant, "End of validity, in UTC; null where it is no time.";
        ski: Bytes, "Subject key identifier; null when absent.";
        aki: Bytes, "Authority key identifier; null when absent.";
        addresses: Texts, "E-mail addresses, of the subject alternative name and of the subject; empty when there are none.";
        key_usage: Texts, "Key usage by the names of RFC 5280; null when absent, which permits all.";
        extended_key_usage: Texts, "Extended key usage as dotted numbers; null when absent, which permits all.";
        policies: Texts, "Certificate policies as dotted numbers, most of them of the CA's own making; empty when there are none.";
        key_algorithm: Text, "Algorithm of its key; dotted numbers where it has no name here.";
        key_bits: Count, "Size of its key in bits, as in signatures; null where the certificate does not tell, or the curve or algorithm is not offered.";
        signature_algorithm: Text, "Algorithm of the issuer's signature; dotted numbers where it has no name here.";
        is_ca: Truth, "Whether basic constraints say that it is a CA; false without them.";
        self_signed: Truth, "Subject and issuer are the same name; its signature is not checked for this.";
        weak_key: CodedSet<WeakKey>, "What is publicly known to be wrong with its key; empty where nothing is. Shared primes are looked for among the RSA keys of the whole run, Debian's where --debian-weak-keys lists them.";
        messages: Number, "Messages that carry it.";
        first_seen: Instant, "Earliest Date header of those messages; null where none has one.";
        last_seen: Instant, "Latest Date header of those messages; null where none has one.";
        der: Bytes, "The certificate, DER as it was found.";
    }
    "encryptions", "One row per enveloped layer (EnvelopedData, AuthEnvelopedData); EncryptedData, which has no recipients, has no row." => EncryptionRow, EncryptionsBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the encrypted layer lies, as in signatures.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        content_algorithm: Text, "Content encryption algorithm, by name; dotted numbers where it has none here; null where the layer cannot be read.";
        key_bits: Count, "Size of the content key in bits, as far as they count: 168 of des-ede3-cbc, the effective ones of rc2-cbc; null where the algorithm does not say.";
        integrity: Coded<Integrity>, "What protects the plaintext from change; null where the layer cannot be read.";
        recipients: Count, "Rows of recipients of this layer; null where the layer cannot be read.";
        decrypt_status: Coded<DecryptStatus>, "What became of decryption.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know of the layer; each is among the flags of messages too.";
        key_id: Text, "Key that opened it: SHA-256 of its SubjectPublicKeyInfo, in hex; shared-key: and its identifier; password: and its place among those given; null where none did.";
        original_integrity: Coded<Integrity>, "Of mail that a job of this program wrote, which carries it, the weakest of what protected the plaintext before and does now; only as good as the file that says so; null in any other, and of layers further inside.";
    }
    "recipients", "One row per RecipientInfo: a key with which the encrypted layer can be opened." => RecipientRow, RecipientsBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the encrypted layer lies, as in encryptions.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        recipient_index: Count, "Position among the recipients of the layer, counted from 0; every encrypted key of a key agreement counts.";
        kind: Coded<RecipientKind>, "How the content key reaches the recipient; null where that cannot be read.";
        rid_issuer: Text, "Issuer that names the recipient's certificate (RFC 4514 text); null where it is named otherwise.";
        rid_serial: Text, "Serial number that names the recipient's certificate, as in certificates; null where it is named otherwise.";
        rid_ski: Bytes, "Key identifier that names the recipient's certificate or shared key; null where it is named otherwise.";
        algorithm: Text, "Key encryption algorithm, of kari the key agreement (its key wrap is in no column), by name; how strong it is nobody judges here; dotted numbers where it has none here; null where it cannot be read.";
        encrypted_key_sha256: Bytes, "SHA-256 of the wrapped content key: equal in two layers of one message it was put where it does not belong (flag recipientinfo_reuse); equal in two messages these are copies of one mail, or one of them was made of the other; null where there is none.";
        key_available: Truth, "Whether a key that the recipient names was given and tried; of recipients behind the first 16 such keys none is; of a recipient by password, whether one that was given opened the envelope.";
    }
    "objects", "One row per message of a job that encrypts or signs: what became of it, and the proof; no other job has it." => ObjectRow, ObjectsBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        output: Text, "Where it was written, as in mail#17: the row, counted from 0, of the part of mail (Parquet), or of mail_index (any other format), that has the name of this part; null where it is not written.";
        state: Coded<ObjectState>, "What became of it. PENDING, WRITTEN and VERIFIED are steps on the way, of which no file shows any.";
        source_sha256: Bytes, "SHA-256 of the stored message, as in messages.";
        output_sha256: Bytes, "SHA-256 of the message as it was written, and as it was read again from the disk; null where it is not written.";
        plaintext_hmac: Bytes, "HMAC with SHA-256, under a key of the run (_smimebatch/proof.key), of the header fields outside and the entity inside, or signed: equal in the source and in what was read again from the disk; null where nothing was encrypted or signed.";
        content_equal: Truth, "What was read again from the disk, opened with a key at hand where it is encrypted, has the same plaintext_hmac; null where no key at hand opens it, or nothing was encrypted or signed.";
        signatures_equal: Truth, "Every signature inside has the same facts before and after: signer, value, digest, cryptography and verdict; null where they were not compared: where content_equal is null, where the proof fails before that, and of a message above 160 MiB.";
        recipients_before: Texts, "Recipients of the outermost envelope of the source, sorted, each as serial number and issuer ('0a1b of CN=…'), as 'key identifier c0ffee' (of a certificate or a shared key), as 'unnamed' (a password) or 'unreadable'; empty unless the message was re-encrypted or re-wrapped (recipients has them all).";
        recipients_after: Texts, "Recipients of what was written, so named; empty where nothing was encrypted.";
        missing_recipients: Texts, "Addresses of the message, in From where it should be signed, without a certificate that is fit, and fields of addresses that cannot be read; of a message that was re-encrypted by --recipients, recipients of before who are not among those of after, as their key was not at hand or did not open it, each as in recipients_before; empty where there is none.";
        algorithms_before: Texts, "Content cipher of the source's outermost envelope, then how its key reaches recipients, each once; empty unless the message was re-encrypted or re-wrapped (encryptions and recipients have them all).";
        algorithms_after: Texts, "The same of what was written; of a new signature, its digest and signature algorithm.";
        signer: Text, "Certificate that the message was signed with, as serial number and issuer ('0a1b of CN=…'); null where nothing was signed.";
        transfer_encoded: Texts, "Parts that were put into another transfer encoding so that the signature survives transport, each as part number and encoding ('1.2 base64'); what they say is the same; empty where there is none.";
        original_integrity: Coded<Integrity>, "The weakest of what protected the plaintext from change in the source, of envelopes in one another that are off in any of them, and, where mail of an earlier run was read, before that: a new envelope adds nothing to it; null where nothing is known of an envelope.";
        key_id: Text, "Key that opened the source, as in encryptions; null where none did.";
        reason: Coded<ObjectReason>, "Why it is not COMMITTED; null where it is, but for inner_envelope where another envelope stays inside the new one, readers_lost where somebody could read it before, signed_outside where a signature around the envelope is gone (--outer-signature keep-original; evidence has the message as it was), the first of these that holds, and made_opaque where a message could not be signed in clear.";
    }
    "errors", "One row per place of the input that could not be read." => ErrorRow, ErrorsBuilder {
        source: Text, "File, relative to the deepest folder that holds all inputs.";
        offset: Number, "Byte (after decompression) at which the trouble begins; of a message of an mbox that breaks off, the begin of its From_ line; null where there is no such place, as in Parquet (then text names the rows) or a file that cannot be opened.";
        code: Coded<ErrorCode>, "What happened.";
        text: Text, "What happened, in words, for people; its wording may change.";
    }
    "parts", "One row per MIME part of an inspected message, outermost first; the structure that inspect shows, in no file and no result of the Python API." => PartRow, PartsBuilder {
        layer_path: Text, "CMS layer it lies in; null at the outermost. Only this and note are ever null.";
        part_path: Text, "IMAP part numbers within that layer, joined by '.'; empty at the root.";
        depth: Count, "Levels below the root of the message, counted from 0.";
        role: Coded<PartRole>, "What the part is to a reader and to a signature.";
        media_type: Text, "Media type of its Content-Type, lower case; empty where it names none, which means text/plain.";
        encoding: Text, "Transfer encoding: 7bit, 8bit, binary, base64, quoted-printable or other.";
        offset: Number, "First byte of the part within its layer's decoded content, or within the stored message at the outermost.";
        length: Number, "Bytes of the part, header included.";
        note: Text, "What the CMS object in it turned out to be, in words; null where there is none.";
    }
}
