//! The one table of datasets and columns (OUTPUT.md): name, type and sentence of each.
//!
//! From one entry come the row struct the stages fill, the builder that turns rows into arrays, and the schema that
//! Python and the reference page read. `null` means "does not apply or was not reached", never "false".

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::kinds::{
    ByteStrings, Bytes, Coded, CodedSet, ColumnKind, Count, Instant, Number, Oids, RevocationList,
    Text, Texts, TimeEvidenceList, Truth, Unfilled,
};
use crate::cms::ess_services::EssService;
use crate::cms::quirk::Quirk;
use crate::cms::recipient_info::RecipientKind;
use crate::mail::from::FromStatus;
use crate::mail::restore::Repair;
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
        source_offset: Number, "First byte of the stored message in its source, after decompression; null where a message is no byte range (rows of Parquet).";
        source_length: Number, "Bytes of the stored message in its source, after decompression; null where a message is no byte range (rows of Parquet).";
        message_sha256: Bytes, "SHA-256 of the stored bytes, mbox quoting left as it is; null where there are none.";
        message_id: Text, "Message-ID header; null where there is none.";
        date: Instant, "Date header, in UTC: the sender's claim; null where it is missing or no date.";
        mbox_from_date: Instant, "Date of the mbox From_ line, taken as UTC where it names no zone; null outside mbox or where it is no date.";
        from_raw: Text, "From header as it stands, folded lines joined; null where there is none.";
        from_addresses: Texts, "Addresses of the From header, without display names; null for a message that was not read.";
        from_status: Coded<FromStatus>, "What the From header looks like; null for a message that was not read.";
        sender_address: Text, "Address of the Sender header; null where there is none.";
        reply_to_addresses: Texts, "Addresses of the Reply-To header; empty where there is none.";
        kind: Coded<MessageKind>, "What the message is, by the S/MIME and OpenPGP objects found in it.";
        layers: Text, "Its S/MIME layers in short, outermost first, joined by '>', layers side by side by '+'; null where there are none.";
        indication: Coded<Indication>, "The verdict on the message: the best signer of the innermost signed layer that covers it decides.";
        sub_indication: Coded<SubIndication>, "What kind of shortcoming decided; null where nothing falls short, or there is nothing to judge.";
        reasons: CodedSet<Reason>, "Every fact that is not good, of the deciding signature and of the message; empty where all are.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know; flags never make a verdict better.";
        signer_count: Count, "Signers found, anywhere in the message, countersignatures not counted.";
        signers_passed: Count, "Signers of those whose own verdict is TOTAL_PASSED.";
        deciding_signature: Text, "layer_path and signer_index of the row of signatures that decided, joined by '#'; null where none did.";
        control_time: Instant, "Time at which the deciding signature's chain was judged; null where no signature decided.";
        coverage: Coded<Coverage>, "Whether the deciding layer covers everything a reader sees.";
        header_protection: Coded<HeaderProtection>, "Whether header fields are protected with the content; null for a message that was not read.";
        headers_mismatched: Texts, "Names of protected header fields that differ from the visible ones; null for a message that was not read.";
        protected_headers: Texts, "Protected header fields as they were signed, each as 'Name: value'; null where none are protected.";
        repair: CodedSet<Repair>, "Repairs of the stored bytes that made the digest of the deciding signature match, in order; empty where none was needed or none helped.";
        limits_hit: CodedSet<LimitHit>, "Limits on hostile input that were reached; what lies beyond them was not examined.";
        error: Coded<ErrorCode>, "Why the message could not be evaluated; null unless indication is NOT_EVALUATED.";
    }
    "signatures", "One row per SignerInfo and countersignature." => SignatureRow, SignaturesBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the signature lies: IMAP part numbers and CMS layers, outermost first, joined by '>'; 'signed' is the root of the message, '1>signed' its first part.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        format: Coded<SignatureFormat>, "How signature and content are stored.";
        signer_index: Count, "Position among the SignerInfos of the layer, counted from 0 in stored order; of a countersignature, among those of its signer.";
        cms_sha256: Bytes, "SHA-256 of the CMS object; equal for every signer of one object.";
        signature_value_sha256: Bytes, "SHA-256 of the signature value octets; null where there is no readable signature.";
        sid_kind: Coded<SidKind>, "How the signature names its certificate; null where that cannot be read.";
        signer_subject: Text, "Subject of the signer's certificate (RFC 4514 text); null where no certificate was found.";
        signer_issuer: Text, "Issuer of the signer's certificate (RFC 4514 text), else as the signature names it; null where neither is known.";
        signer_serial: Text, "Serial number of the signer's certificate, hexadecimal, else as the signature names it; null where neither is known.";
        certificate_sha256: Bytes, "SHA-256 of the signer's certificate, to join with certificates; null where none was found.";
        certificate_source: Coded<CertificateSource>, "Where the signer's certificate was found; null where none was.";
        signer_addresses: Texts, "E-mail addresses in the signer's certificate; null where no certificate was found.";
        digest_algorithm: Text, "Digest algorithm over the content, by name; dotted numbers where it has none here; null where the signature cannot be read.";
        signature_algorithm: Text, "Signature algorithm as the signature names it; dotted numbers where it has no name here; null where the signature cannot be read.";
        signature_parameters: Text, "Parameters of the signature algorithm: for RSASSA-PSS hash, mask hash and salt length in octets; null for all others.";
        key_algorithm: Text, "Algorithm of the signer's key; null where no certificate was found.";
        key_bits: Count, "Size of the signer's key in bits (RSA and DSA modulus, curve order); null where the key cannot be used.";
        curve: Text, "Curve of the signer's key (SEC 2 and RFC 5639 names); null for keys without one.";
        signed_bytes_sha256: Bytes, "SHA-256 of the content octets in the form that matched, else in the first that was tried; null where the content is missing.";
        message_digest_claimed: Bytes, "messageDigest attribute: the digest that was signed, in digest_algorithm; null without signed attributes.";
        signed_offset: Number, "First byte of the signed content within the stored message; null where it was decoded first (opaque, inside another layer).";
        signed_length: Number, "Bytes of the signed content within the stored message, line ends as stored; null where it was decoded first.";
        canonicalization: Coded<Canonicalization>, "Form of the content in which the digest matched; null where none did.";
        repair: CodedSet<Repair>, "Repairs of the stored bytes that made the digest match, in order; empty where none was needed or none helped.";
        eligible: Truth, "Whether this signature may decide the message: nothing but signed, encrypted or compressed layers stands around it.";
        quirks: CodedSet<Quirk>, "Deviations from the standards that were tolerated; --strict refuses each of them.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know about this signature.";
        digest_ok: Truth, "The content has the digest that was signed; null when not reached, or without signed attributes (then signature_ok says both).";
        signature_ok: Truth, "The signature value fits the signer's key; null when not reached.";
        crypto_result: Coded<CryptoResult>, "Outcome of digest and signature together: the mathematics, whoever signed and whenever.";
        signed_attributes: Oids, "Object identifiers of the signed attributes, in stored order; null without signed attributes.";
        signing_time_claim: Instant, "signingTime attribute, in UTC: the signer's claim, proof of nothing; null where there is none.";
        algorithm_protection: Coded<AlgorithmProtection>, "CMSAlgorithmProtection attribute (RFC 6211) against the algorithms in use; null where the signature cannot be read.";
        ess_certificate_id: Coded<EssCertificateId>, "ESS signing-certificate attribute (RFC 5035) against the certificate used; null where the signature cannot be read.";
        ess: CodedSet<EssService>, "Enhanced security services among the signed attributes (RFC 2634, RFC 5035): receipts, labels, lists; empty where there are none.";
        security_labels: Texts, "Security label in words, then equivalent ones; null without one.";
        receipts_to: Texts, "Addresses that signed receipts are asked to be sent to; null where none are asked for.";
        chain_result: Coded<ChainResult>, "Certificate chain at the control time; where it does not hold, the most telling reason; null where no certificate of the signer was found.";
        chain_sha256: ByteStrings, "SHA-256 of the certificates of the chain, signer first, as far as it leads, the trust anchor included; null where no certificate was found.";
        trust_anchor_sha256: Bytes, "SHA-256 of the trust anchor that the chain reached; null where it reached none.";
        policy_oids: Texts, "Certificate policies that hold for the whole chain, as dotted numbers; null until policies are judged.";
        revocation_result: Coded<RevocationResult>, "Revocation of the worst element of the chain; null where no certificate of the signer was found.";
        revocation: Unfilled<RevocationList>, "Per chain element, signer first: its certificate_sha256, the result, when (time) and why (reason) it was revoked, since when its key is suspect (invalidity_date), the list or response that says so (source_sha256) and its this_update and next_update; null until revocation is judged.";
        address_match: Coded<AddressMatch>, "How the addresses of the certificate meet the visible sender; null when not compared (--bind off, no certificate, countersignatures).";
        address_match_rule: Coded<AddressMatchRule>, "How equal the matching addresses are; null where none matches.";
        algorithm_status: Coded<AlgorithmStatus>, "Strength of all algorithms by the sunset table; null until that table is asked.";
        weak_elements: Texts, "Which elements are weak: signer, certificates, lists, tokens, each with its algorithm; null until the sunset table is asked.";
        poe_time: Instant, "Earliest trusted proof that the signature existed (proof of existence); null where there is none.";
        poe_kind: Text, "Kind of that proof: time-stamp, countersignature, archive, received, mbox_from or date; null where there is none.";
        poe_source: Text, "Source of that proof: a certificate, host, column or header; null where there is none.";
        not_before_evidence: Instant, "Evidence that the signature is not older than this; null where there is none.";
        best_signature_time: Instant, "Earliest trusted time at which the signature existed; null until time evidence is judged.";
        control_time: Instant, "Time at which the chain was judged (--at).";
        time_evidence: Unfilled<TimeEvidenceList>, "Every candidate time, trusted or not: its kind, the time, its source, and whether it is trusted; null until time evidence is judged.";
        indication: Coded<Indication>, "The verdict on this signature over what it covers, be it the message or a part.";
        sub_indication: Coded<SubIndication>, "What kind of shortcoming decided; null where nothing falls short.";
        reasons: CodedSet<Reason>, "Every fact about this signature that is not good; empty where all are.";
        indication_now: Coded<Indication>, "The verdict were the control time now, whatever --at says.";
        indication_at_claimed_time: Coded<Indication>, "The verdict were the control time the claimed signing time; null without one.";
    }
    "certificate_sightings", "One row per certificate and batch; the certificates dataset is merged from these." => SightingRow, SightingsBuilder {
        sha256: Bytes, "SHA-256 of the certificate.";
        der: Bytes, "The certificate, DER as it was found.";
        messages: Number, "Messages of the batch that carry it.";
        first_seen: Instant, "Earliest Date header of those messages; null where none has one.";
        last_seen: Instant, "Latest Date header of those messages; null where none has one.";
    }
    "certificates", "One row per distinct certificate seen." => CertificateRow, CertificatesBuilder {
        sha256: Bytes, "SHA-256 of the certificate: its name in every dataset.";
        spki_sha256: Bytes, "SHA-256 of its SubjectPublicKeyInfo: equal for certificates of one key.";
        subject: Text, "Subject (RFC 4514 text).";
        issuer: Text, "Issuer (RFC 4514 text).";
        serial: Text, "Serial number, hexadecimal.";
        not_before: Instant, "Start of validity, in UTC; null where it is no time.";
        not_after: Instant, "End of validity, in UTC; null where it is no time.";
        ski: Bytes, "Subject key identifier; null when absent.";
        aki: Bytes, "Authority key identifier; null when absent.";
        addresses: Texts, "E-mail addresses, of the subject alternative name and of the subject; empty when there are none.";
        key_usage: Texts, "Key usage by the names of RFC 5280; null when absent, which permits all.";
        extended_key_usage: Texts, "Extended key usage as dotted numbers; null when absent, which permits all.";
        policies: Texts, "Certificate policies as dotted numbers; empty when there are none.";
        key_algorithm: Text, "Algorithm of its key; dotted numbers where it has no name here.";
        key_bits: Count, "Size of its key in bits; null where the key cannot be used.";
        signature_algorithm: Text, "Algorithm of the issuer's signature; dotted numbers where it has no name here.";
        is_ca: Truth, "Whether basic constraints say that it is a CA; false without them.";
        self_signed: Truth, "Subject and issuer are the same name; its signature is not checked for this.";
        weak_key: Texts, "Known weaknesses of its key; null until that check exists.";
        messages: Number, "Messages that carry it.";
        first_seen: Instant, "Earliest Date header of those messages; null where none has one.";
        last_seen: Instant, "Latest Date header of those messages; null where none has one.";
        der: Bytes, "The certificate, DER as it was found.";
    }
    "encryptions", "One row per enveloped layer." => EncryptionRow, EncryptionsBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the encrypted layer lies, as in signatures.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        content_algorithm: Text, "Content encryption algorithm, by name; dotted numbers where it has none here; null where the layer cannot be read.";
        key_bits: Count, "Size of the content key in bits; null where the algorithm does not say.";
        integrity: Coded<Integrity>, "What protects the plaintext from change; null where the layer cannot be read.";
        recipients: Count, "Number of RecipientInfos; null where the layer cannot be read.";
        decrypt_status: Coded<DecryptStatus>, "What became of decryption.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know.";
        key_id: Text, "Key that opened it; null where none did.";
        original_integrity: Coded<Integrity>, "After re-encryption, what protected the source's plaintext; null before.";
    }
    "recipients", "One row per RecipientInfo." => RecipientRow, RecipientsBuilder {
        source: Text, "File the message came from, as in messages.";
        source_index: Number, "Position of the message in that source, as in messages.";
        layer_path: Text, "Where the encrypted layer lies, as in encryptions.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        recipient_index: Count, "Position among the recipients of the layer, counted from 0; every encrypted key of a key agreement counts.";
        kind: Coded<RecipientKind>, "How the content key reaches the recipient; null where that cannot be read.";
        rid_issuer: Text, "Issuer that names the recipient's certificate (RFC 4514 text); null where it is named otherwise.";
        rid_serial: Text, "Serial number that names the recipient's certificate, hexadecimal; null where it is named otherwise.";
        rid_ski: Bytes, "Key identifier that names the recipient's certificate or shared key; null where it is named otherwise.";
        algorithm: Text, "Key encryption algorithm, by name; dotted numbers where it has none here; null where it cannot be read.";
        key_available: Truth, "Whether the recipient is one of the keys given (--keys); false where none were.";
    }
    "errors", "One row per place of the input that could not be read." => ErrorRow, ErrorsBuilder {
        source: Text, "File, relative to the deepest folder that holds all inputs.";
        offset: Number, "Byte (after decompression), or row of Parquet, at which reading stopped; null where nothing was read.";
        code: Coded<ErrorCode>, "What happened.";
        text: Text, "What happened, in words, for people; its wording may change.";
    }
    "parts", "One row per MIME part and CMS layer of an inspected message, outermost first." => PartRow, PartsBuilder {
        layer_path: Text, "CMS layer it lies in; null at the outermost.";
        part_path: Text, "IMAP part numbers within that layer, joined by '.'; empty at the root.";
        depth: Count, "Levels below the root of the message, counted from 0.";
        role: Coded<PartRole>, "What the part is to a reader and to a signature.";
        media_type: Text, "Media type of its Content-Type, lower case.";
        encoding: Text, "Transfer encoding.";
        offset: Number, "First byte of the part within its layer's decoded content, or within the stored message at the outermost.";
        length: Number, "Bytes of the part, header included.";
        note: Text, "What else there is to say; null where nothing is.";
    }
}
