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
        source: Text, "File the message came from, relative to the input root as given.";
        source_index: Number, "0-based position in that source.";
        source_offset: Number, "First byte of the stored message in its source (decompressed); null for rows of Parquet.";
        source_length: Number, "Bytes of the stored message in its source; null for rows of Parquet.";
        message_sha256: Bytes, "SHA-256 of the stored bytes, mbox quoting left as it is.";
        message_id: Text, "Message-ID header.";
        date: Instant, "Date header.";
        mbox_from_date: Instant, "Date of the mbox From_ line.";
        from_raw: Text, "From header as it stands, unfolded.";
        from_addresses: Texts, "Addresses of the From header, without display names.";
        from_status: Coded<FromStatus>, "What the From header looks like.";
        sender_address: Text, "Address of the Sender header.";
        reply_to_addresses: Texts, "Addresses of the Reply-To header.";
        kind: Coded<MessageKind>, "What the message is.";
        layers: Text, "Its S/MIME layers in short, outermost first.";
        indication: Coded<Indication>, "The verdict on the message, folded over its signatures.";
        sub_indication: Coded<SubIndication>, "What kind of shortcoming decided.";
        reasons: CodedSet<Reason>, "Every fact that is not good.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know.";
        signer_count: Count, "Signers found, anywhere in the message.";
        signers_passed: Count, "Signers whose own verdict is TOTAL_PASSED.";
        deciding_signature: Text, "layer_path and signer_index of the signature row that decided, joined by '#'.";
        control_time: Instant, "Time at which the deciding signature's chain was judged.";
        coverage: Coded<Coverage>, "Whether the deciding layer covers everything a reader sees.";
        header_protection: Coded<HeaderProtection>, "Whether header fields are protected with the content.";
        headers_mismatched: Texts, "Protected header fields that differ from the visible ones.";
        protected_headers: Texts, "Protected header fields as they were signed, 'Name: value'; null where none are protected.";
        repair: CodedSet<Repair>, "Repairs that made the digest of the deciding signature match, in order; empty where none was needed or none helped.";
        limits_hit: CodedSet<LimitHit>, "Limits on hostile input that were reached.";
        error: Coded<ErrorCode>, "Why the message could not be evaluated.";
    }
    "signatures", "One row per SignerInfo and countersignature." => SignatureRow, SignaturesBuilder {
        source: Text, "File the message came from.";
        source_index: Number, "0-based position in that source.";
        layer_path: Text, "Where the signature lies: MIME part numbers and CMS layers, outermost first, joined by '>'.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        format: Coded<SignatureFormat>, "How signature and content are stored.";
        signer_index: Count, "0-based position among the SignerInfos of the layer.";
        cms_sha256: Bytes, "SHA-256 of the CMS object.";
        signature_value_sha256: Bytes, "SHA-256 of the signature value octets.";
        sid_kind: Coded<SidKind>, "How the signature names its certificate.";
        signer_subject: Text, "Subject of the signer's certificate.";
        signer_issuer: Text, "Issuer of the signer's certificate (or as the signature names it).";
        signer_serial: Text, "Serial number of the signer's certificate, hexadecimal (or as the signature names it).";
        certificate_sha256: Bytes, "SHA-256 of the signer's certificate.";
        certificate_source: Coded<CertificateSource>, "Where the signer's certificate was found.";
        signer_addresses: Texts, "E-mail addresses of the signer's certificate.";
        digest_algorithm: Text, "Digest algorithm.";
        signature_algorithm: Text, "Signature algorithm.";
        signature_parameters: Text, "Parameters of the signature algorithm, where they matter (PSS).";
        key_algorithm: Text, "Algorithm of the signer's key.";
        key_bits: Count, "Size of the signer's key in bits.";
        curve: Text, "Curve of the signer's key.";
        signed_bytes_sha256: Bytes, "SHA-256 of the content octets in the canonical form that was checked.";
        message_digest_claimed: Bytes, "messageDigest attribute.";
        signed_offset: Number, "First byte of the signed content within the stored message; null where it was decoded first.";
        signed_length: Number, "Bytes of the signed content within the stored message; null where it was decoded first.";
        canonicalization: Coded<Canonicalization>, "Form of the content in which the digest matched.";
        repair: CodedSet<Repair>, "Repairs that made the digest match, in order; empty where none was needed or none helped.";
        eligible: Truth, "Whether this signature may decide the message (message fold, rule 1).";
        quirks: CodedSet<Quirk>, "Deviations from the standards that were tolerated.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know.";
        digest_ok: Truth, "The content has the digest that was signed; null when not reached or without attributes.";
        signature_ok: Truth, "The signature value fits the signer's key; null when not reached.";
        crypto_result: Coded<CryptoResult>, "Outcome of digest and signature.";
        signed_attributes: Oids, "Object identifiers of the signed attributes, in order.";
        signing_time_claim: Instant, "signingTime attribute: the signer's claim, proof of nothing.";
        algorithm_protection: Coded<AlgorithmProtection>, "CMSAlgorithmProtection attribute (RFC 6211).";
        ess_certificate_id: Coded<EssCertificateId>, "ESS signing-certificate attribute (RFC 5035).";
        ess: CodedSet<EssService>, "Enhanced security services among the signed attributes (RFC 2634, RFC 5035): receipts, labels, lists.";
        security_labels: Texts, "Security label in words, then equivalent ones; null without one.";
        receipts_to: Texts, "Addresses that signed receipts are asked to be sent to; null where none are asked for.";
        chain_result: Coded<ChainResult>, "Certificate chain at the control time, the most telling reason.";
        chain_sha256: ByteStrings, "SHA-256 of the certificates of the chain, signer first.";
        trust_anchor_sha256: Bytes, "SHA-256 of the trust anchor reached.";
        policy_oids: Texts, "Certificate policies of the chain.";
        revocation_result: Coded<RevocationResult>, "Revocation of the worst element of the chain.";
        revocation: Unfilled<RevocationList>, "Revocation per chain element.";
        address_match: Coded<AddressMatch>, "How the certificate's addresses meet the visible sender; null when not compared.";
        address_match_rule: Coded<AddressMatchRule>, "How the comparison succeeded.";
        algorithm_status: Coded<AlgorithmStatus>, "Algorithms by the sunset table.";
        weak_elements: Texts, "What is weak.";
        poe_time: Instant, "Earliest trusted proof of existence.";
        poe_kind: Text, "Kind of that proof.";
        poe_source: Text, "Source of that proof.";
        not_before_evidence: Instant, "Evidence that the signature is not older.";
        best_signature_time: Instant, "Earliest trusted time at which the signature existed.";
        control_time: Instant, "Time at which the chain was judged.";
        time_evidence: Unfilled<TimeEvidenceList>, "Every candidate time.";
        indication: Coded<Indication>, "The verdict on this signature over what it covers.";
        sub_indication: Coded<SubIndication>, "What kind of shortcoming decided.";
        reasons: CodedSet<Reason>, "Every fact that is not good.";
        indication_now: Coded<Indication>, "The verdict were the control time now.";
        indication_at_claimed_time: Coded<Indication>, "The verdict were the control time the claimed signing time; null without one.";
    }
    "certificate_sightings", "One row per certificate and batch; the certificates dataset is merged from these." => SightingRow, SightingsBuilder {
        sha256: Bytes, "SHA-256 of the certificate.";
        der: Bytes, "The certificate.";
        messages: Number, "Messages that carry it.";
        first_seen: Instant, "Earliest Date of those messages.";
        last_seen: Instant, "Latest Date of those messages.";
    }
    "certificates", "One row per distinct certificate seen." => CertificateRow, CertificatesBuilder {
        sha256: Bytes, "SHA-256 of the certificate.";
        spki_sha256: Bytes, "SHA-256 of its SubjectPublicKeyInfo.";
        subject: Text, "Subject.";
        issuer: Text, "Issuer.";
        serial: Text, "Serial number, hexadecimal.";
        not_before: Instant, "Start of validity.";
        not_after: Instant, "End of validity.";
        ski: Bytes, "Subject key identifier.";
        aki: Bytes, "Authority key identifier.";
        addresses: Texts, "E-mail addresses.";
        key_usage: Texts, "Key usage; null when absent.";
        extended_key_usage: Texts, "Extended key usage; null when absent.";
        policies: Texts, "Certificate policies.";
        key_algorithm: Text, "Algorithm of its key.";
        key_bits: Count, "Size of its key in bits.";
        signature_algorithm: Text, "Algorithm of the issuer's signature.";
        is_ca: Truth, "Basic constraints say it is a CA.";
        self_signed: Truth, "Subject and issuer are equal.";
        weak_key: Texts, "Known weaknesses of its key; null until that check exists.";
        messages: Number, "Messages that carry it.";
        first_seen: Instant, "Earliest Date of those messages.";
        last_seen: Instant, "Latest Date of those messages.";
        der: Bytes, "The certificate.";
    }
    "encryptions", "One row per enveloped layer." => EncryptionRow, EncryptionsBuilder {
        source: Text, "File the message came from.";
        source_index: Number, "0-based position in that source.";
        layer_path: Text, "Where the layer lies.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        content_algorithm: Text, "Content encryption algorithm.";
        key_bits: Count, "Size of the content key in bits.";
        integrity: Coded<Integrity>, "What protects the plaintext from change.";
        recipients: Count, "RecipientInfos.";
        decrypt_status: Coded<DecryptStatus>, "What became of decryption.";
        flags: CodedSet<MessageFlag>, "What else a careful reader should know.";
        key_id: Text, "Key that opened it.";
        original_integrity: Coded<Integrity>, "After re-encryption: what the source had.";
    }
    "recipients", "One row per RecipientInfo." => RecipientRow, RecipientsBuilder {
        source: Text, "File the message came from.";
        source_index: Number, "0-based position in that source.";
        layer_path: Text, "Where the layer lies.";
        parent_layer_path: Text, "Path of the CMS layer around it; null at the outermost.";
        recipient_index: Count, "0-based position among the RecipientInfos (for key agreement: among its encrypted keys).";
        kind: Coded<RecipientKind>, "Kind of RecipientInfo.";
        rid_issuer: Text, "Issuer naming the recipient's certificate.";
        rid_serial: Text, "Serial number naming the recipient's certificate, hexadecimal.";
        rid_ski: Bytes, "Key identifier naming the recipient's certificate.";
        algorithm: Text, "Key encryption algorithm.";
        key_available: Truth, "Whether a key of ours is named.";
    }
    "errors", "One row per place of the input that could not be read." => ErrorRow, ErrorsBuilder {
        source: Text, "File, relative to the input root as given.";
        offset: Number, "Byte (decompressed), or row of Parquet, at which reading stopped.";
        code: Coded<ErrorCode>, "What happened.";
        text: Text, "What happened, in words.";
    }
    "parts", "One row per MIME part and CMS layer of an inspected message, outermost first." => PartRow, PartsBuilder {
        layer_path: Text, "CMS layer it lies in; null at the outermost.";
        part_path: Text, "MIME part numbers within that layer; empty at the root.";
        depth: Count, "Levels below the root of the message.";
        role: Coded<PartRole>, "What the part is to a reader and to a signature.";
        media_type: Text, "Media type.";
        encoding: Text, "Transfer encoding.";
        offset: Number, "First byte of the part within its layer's bytes.";
        length: Number, "Bytes of the part.";
        note: Text, "What else there is to say.";
    }
}
