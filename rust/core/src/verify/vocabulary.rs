//! The closed vocabularies of rows that no single stage owns.

use crate::codes::codes;

codes! {
    /// OUTPUT.md `messages.kind`.
    pub enum MessageKind {
        Plain = "plain", "No S/MIME or OpenPGP object was found in it.";
        Signed = "signed", "Holds an S/MIME signature, good or not.";
        SignedReceipt = "signed_receipt", "A signed receipt for another message (RFC 2634).";
        Encrypted = "encrypted", "Encrypted with S/MIME, and no signature was found; one may lie inside where it was not opened (decrypt_status of encryptions).";
        SignedAndEncrypted = "signed_and_encrypted", "Holds an S/MIME signature, good or not, and S/MIME encryption.";
        CertsOnly = "certs_only", "An S/MIME object that carries certificates only, and no signature.";
        Compressed = "compressed", "Compressed with S/MIME, without signature.";
        OtherCms = "other_cms", "Holds a CMS object of a type that mail has no use for; not examined.";
        PgpMime = "pgp_mime", "OpenPGP in MIME parts; not examined.";
        PgpInline = "pgp_inline", "OpenPGP in the text; not examined.";
        Unreadable = "unreadable", "The message could not be read.";
    }
}

codes! {
    /// OUTPUT.md `signatures.canonicalization`.
    pub enum Canonicalization {
        AsStored = "as_stored", "The stored bytes as they are; they have CRLF line ends.";
        LfToCrlf = "lf_to_crlf", "Stored with LF line ends, checked with CRLF.";
        StoredLf = "stored_lf", "Stored with LF line ends and signed so, against RFC 8551. It is no quirk, and --strict lets it pass: nothing of the message was changed.";
        Decoded = "decoded", "The content inside the signature object, decoded and not changed further; of a countersignature, the value that it signs.";
    }
}

codes! {
    /// OUTPUT.md `signatures.sid_kind`.
    pub enum SidKind {
        IssuerAndSerial = "issuer_and_serial", "The signature names its certificate by issuer and serial number.";
        SubjectKeyIdentifier = "subject_key_identifier", "The signature names its certificate by the identifier of its key.";
    }
}

codes! {
    /// OUTPUT.md `signatures.certificate_source`.
    pub enum CertificateSource {
        Message = "message", "The certificate came with the message.";
        Store = "store", "The certificate came from --intermediates or --trust.";
    }
}

codes! {
    /// OUTPUT.md `encryptions.integrity`, from the best to the worst.
    pub enum Integrity {
        Aead = "aead", "Authenticated encryption: a change is noticed when the layer is opened; it does not say who wrote it.";
        AeadShort = "aead_short", "Authenticated encryption with a tag below 12 octets, which an attacker may guess.";
        SignedInside = "signed_inside", "A signature that passes (TOTAL_PASSED, the sender included) lies inside the layer and covers all of it.";
        None = "none", "No cipher and no passed signature protects the plaintext from change on its way.";
    }
}

codes! {
    /// OUTPUT.md `encryptions.decrypt_status`.
    pub enum DecryptStatus {
        Decrypted = "decrypted", "The layer was opened with a key that was given (key_id).";
        NoKey = "no_key", "No key of a recipient was given, or its certificate was not.";
        Failed = "failed", "The encrypted object is damaged, or no key that its recipients name opens it; which of them is not told on purpose.";
        Unsupported = "unsupported", "The layer uses algorithms this program does not have.";
        Limit = "limit", "A limit on hostile input stopped the reading or the opening of the encrypted object.";
    }
}

codes! {
    /// OUTPUT.md `messages.header_protection`.
    pub enum HeaderProtection {
        None = "none", "Header fields are not protected.";
        Wrapped = "wrapped", "A copy of the header lies in a message/rfc822 inside the signature (RFC 8551 §3.1).";
        Rfc9788Clear = "rfc9788_clear", "Header fields are protected by the signature (RFC 9788).";
        Rfc9788Cipher = "rfc9788_cipher", "Header fields are protected by the signature, whose signer says that they were sent encrypted (hp=cipher, RFC 9788): the message is stored opened.";
    }
}

codes! {
    /// OUTPUT.md `messages.limits_hit`.
    pub enum LimitHit {
        MessageBytes = "message_bytes", "The message is above 256 MiB, or above 160 MiB and written by a job, and not all of it could be judged, as what lies in its envelope; above 4 GiB it is not read at all.";
        HeaderBlock = "header_block", "A header block is longer than 1 MiB or has more than 10,000 fields; the rest was not examined.";
        MimeDepth = "mime_depth", "MIME parts lie more than 64 deep inside each other.";
        MimeParts = "mime_parts", "There are more than 10,000 MIME parts.";
        CmsLayers = "cms_layers", "CMS objects lie more than 16 deep inside each other.";
        InflatedBytes = "inflated_bytes", "Compressed layers hold more than 64 MiB, or 100 times the message.";
        Asn1 = "asn1", "A CMS object is nested more than 64 deep, or has more than 1,000,000 elements.";
        Certificates = "certificates", "A CMS object has more than 1,000 certificates, or more than 16 that fit one signer; the others were not tried.";
        Signers = "signers", "A CMS object has more than 256 signers.";
        TimeStamps = "time_stamps", "A signer carries more than 32 time-stamp tokens, or the signers of the message together more than 256; the others were not looked at.";
        Work = "work", "The signatures of the message together ask for more than 1,024 checks (one by a key of unusual size counts as several), or for hashing more than 64 MiB and more than 16 times the message.";
        Repairs = "repairs", "What a signature does not fit is so long that not every way in which the archive may have changed it was tried (128 MiB are gone through for a message).";
        DecodedBytes = "decoded_bytes", "The layers of the message together hold more than 512 MiB.";
        Keys = "keys", "An envelope names more than 64 of the keys that were given (more than 1,024, where all its readers are to be known), or they give more than 64 content keys (more than 8 content keys, where it is too large to be held), or the envelopes of the message more than four times as many, or their recipients by password ask for more than 10,000,000 iterations; the others were not tried.";
        Recipients = "recipients", "A CMS object has more than 100,000 recipients.";
        Path = "path", "The search for a certificate chain takes more than 100 signature checks (2,000 for the whole message; one by a key of unusual size counts as several) or 250,000 comparisons of names.";
        Addresses = "addresses", "From, Reply-To or X-Original-From names more than 1,000 mailboxes, or the signer's certificate more than 1,000 addresses, or 256 KiB of them; the others were not looked at, and such a From or certificate matches no sender.";
        TextColumn = "text_column", "A header value, or a name or number of the signer's certificate, was cut at 4,096 bytes for its column, or a list of header fields at 100.";
    }
}

codes! {
    /// OUTPUT.md `messages.error` and `errors.code`.
    pub enum ErrorCode {
        NullValue = "null_value", "The row of Parquet holds no message (null).";
        InternalError = "internal_error", "This program failed on this message; please report it.";
        MessageTooLarge = "message_too_large", "The message is larger than what is read: 4 GiB in a file, 256 MiB in memory.";
        UnsupportedAlgorithm = "unsupported_algorithm", "An algorithm of the deciding signature is not supported.";
        Limit = "limit", "A limit on hostile input stopped the evaluation; limits_hit says which.";
        Incomplete = "incomplete", "Only a part of the message is stored, such as a partial .emlx or the message at which a damaged file breaks off, or it changed while it was read.";
        UnreadableFile = "unreadable_file", "The file could not be opened or read.";
        CorruptCompression = "corrupt_compression", "The compressed file is damaged or breaks off; the whole messages before that place are judged, the one that breaks off is a row with the error incomplete.";
        CorruptParquet = "corrupt_parquet", "The Parquet file, or the rows that text names, cannot be read; its other rows were done.";
        ColumnMissing = "column_missing", "The Parquet file has no column of raw messages; --column names it.";
        UnknownFormat = "unknown_format", "The content of a file that was named is of no kind that holds mail, or a file is of one that may and is not read, as 7-Zip.";
        CorruptArchive = "corrupt_archive", "The zip or tar archive, or one member of it, is damaged; the rest was done.";
        EncryptedMember = "encrypted_member", "The member of the zip archive is encrypted.";
        UnsupportedMember = "unsupported_member", "The member of the archive is stored in a way that is not supported.";
        EnvelopeKept = "envelope_kept", "The message lies in mail/ as it was, although its envelope opened: something stands around, beside or behind it, or what lay inside is no message; text says which.";
        ArchiveLimit = "archive_limit", "Archives lie too deep inside each other, hold more than archives of their size may, or take more memory to unpack than is allowed.";
    }
}

codes! {
    /// `parts.role`.
    pub enum PartRole {
        Message = "message", "A whole message.";
        Multipart = "multipart", "A container of parts.";
        Text = "text", "Visible text.";
        Attachment = "attachment", "A file or other content.";
        SignedContent = "signed_content", "The part a detached signature covers.";
        SignaturePart = "signature", "A detached signature.";
        SmimeObject = "smime_object", "An S/MIME object: opaque signed, encrypted, compressed or certificates.";
        NestedMessage = "nested_message", "A message inside the message.";
        Pgp = "pgp", "OpenPGP; not examined.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use crate::limits;

    #[test]
    fn limit_sentence_names_the_number_that_holds() {
        let mebibytes = |bytes: usize| format!("{} MiB", bytes >> 20);
        let numbers = [
            (LimitHit::MessageBytes, mebibytes(limits::MESSAGE_BYTES)),
            (LimitHit::MessageBytes, format!("{} GiB", limits::STREAMED_MESSAGE_BYTES >> 30)),
            (LimitHit::HeaderBlock, mebibytes(limits::HEADER_BYTES)),
            (LimitHit::HeaderBlock, in_thousands(limits::HEADER_FIELDS)),
            (LimitHit::MimeDepth, in_thousands(limits::MIME_DEPTH)),
            (LimitHit::MimeParts, in_thousands(limits::MIME_PARTS)),
            (LimitHit::CmsLayers, in_thousands(limits::CMS_LAYERS)),
            (LimitHit::InflatedBytes, mebibytes(limits::INFLATED_BYTES)),
            (LimitHit::InflatedBytes, format!("{} times", limits::INFLATED_RATIO)),
            (LimitHit::Asn1, in_thousands(limits::ASN1_DEPTH)),
            (LimitHit::Asn1, in_thousands(limits::ASN1_NODES)),
            (LimitHit::Certificates, in_thousands(limits::CERTIFICATES_PER_OBJECT)),
            (LimitHit::Certificates, in_thousands(limits::KEYS_PER_SIGNER)),
            (LimitHit::Signers, in_thousands(limits::SIGNERS)),
            (LimitHit::TimeStamps, in_thousands(limits::TIME_STAMPS_PER_SIGNER)),
            (LimitHit::TimeStamps, in_thousands(limits::TIME_STAMPS_PER_MESSAGE)),
            (LimitHit::Work, in_thousands(limits::SIGNATURE_CHECKS_PER_MESSAGE as usize)),
            (LimitHit::Work, mebibytes(limits::HASHED_BYTES_PER_MESSAGE)),
            (LimitHit::Work, format!("{} times", limits::HASHED_BYTES_PER_BYTE)),
            (LimitHit::Repairs, mebibytes(limits::REPAIR_BYTES)),
            (LimitHit::DecodedBytes, mebibytes(limits::DECODED_BYTES_PER_MESSAGE)),
            (LimitHit::Keys, in_thousands(limits::KEYS_PER_ENVELOPE)),
            (LimitHit::Keys, in_thousands(limits::READERS_PER_ENVELOPE)),
            (LimitHit::Keys, format!("{} content keys", limits::KEYS_PER_LARGE_ENVELOPE)),
            (LimitHit::Keys, in_thousands(limits::PASSWORD_ITERATIONS as usize)),
            (LimitHit::Keys, in_thousands(limits::PASSWORD_ITERATIONS_PER_MESSAGE as usize)),
            (LimitHit::Recipients, in_thousands(limits::RECIPIENTS)),
            (LimitHit::Path, in_thousands(limits::PATH_SIGNATURE_CHECKS as usize)),
            (LimitHit::Path, in_thousands(limits::PATH_SIGNATURE_CHECKS_PER_MESSAGE as usize)),
            (LimitHit::Path, in_thousands(limits::PATH_NAME_COMPARISONS as usize)),
            (LimitHit::Addresses, in_thousands(limits::MAILBOXES_PER_FIELD)),
            (LimitHit::Addresses, in_thousands(limits::ADDRESSES_PER_CERTIFICATE)),
            (LimitHit::Addresses, format!("{} KiB", limits::ADDRESS_BYTES_PER_CERTIFICATE >> 10)),
            (LimitHit::TextColumn, in_thousands(limits::TEXT_COLUMN_BYTES)),
            (LimitHit::TextColumn, in_thousands(limits::PROTECTED_FIELDS)),
        ];
        for (limit, number) in &numbers {
            assert!(limit.sentence().contains(number), "{}: {number}", limit.code());
        }
        let named = |limit: &LimitHit| numbers.iter().any(|(other, _)| other == limit);
        assert!(LimitHit::ALL.iter().all(named));
    }

    /// Groups of three digits, as sentences have them.
    fn in_thousands(number: usize) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }
}
