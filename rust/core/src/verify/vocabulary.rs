//! The closed vocabularies of rows that no single stage owns.

use crate::codes::codes;

codes! {
    /// OUTPUT.md `messages.kind`.
    pub enum MessageKind {
        Plain = "plain", "Neither signed nor encrypted.";
        Signed = "signed", "Signed with S/MIME.";
        SignedReceipt = "signed_receipt", "A signed receipt for another message (RFC 2634).";
        Encrypted = "encrypted", "Encrypted with S/MIME.";
        SignedAndEncrypted = "signed_and_encrypted", "Signed and encrypted with S/MIME.";
        CertsOnly = "certs_only", "Carries certificates only.";
        Compressed = "compressed", "Compressed with CMS.";
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
        StoredLf = "stored_lf", "Stored with LF line ends and signed so, against RFC 8551.";
        Decoded = "decoded", "The content inside the signature object, decoded and not changed further.";
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
    /// OUTPUT.md `encryptions.integrity`.
    pub enum Integrity {
        Aead = "aead", "Authenticated encryption: a change is noticed when the layer is opened; it does not say who wrote it.";
        AeadShort = "aead_short", "Authenticated encryption with a tag below 12 octets, which an attacker may guess.";
        SignedInside = "signed_inside", "A valid signature lies inside the layer.";
        None = "none", "Nothing protects the plaintext from change on its way.";
    }
}

codes! {
    /// OUTPUT.md `encryptions.decrypt_status`.
    pub enum DecryptStatus {
        Decrypted = "decrypted", "The layer was opened.";
        NoKey = "no_key", "None of the keys given is a recipient's.";
        Failed = "failed", "A key given is a recipient's, and opening failed; the cause is not told on purpose.";
        Unsupported = "unsupported", "The layer uses algorithms this program does not have.";
        Limit = "limit", "A limit on hostile input stopped it.";
    }
}

codes! {
    /// OUTPUT.md `messages.header_protection`.
    pub enum HeaderProtection {
        None = "none", "Header fields are not protected.";
        Wrapped = "wrapped", "A copy of the header lies in a message/rfc822 inside the signature (RFC 8551 §3.1).";
        Rfc9788Clear = "rfc9788_clear", "Header fields are protected by the signature (RFC 9788).";
        Rfc9788Cipher = "rfc9788_cipher", "Header fields are protected by signature and encryption (RFC 9788).";
    }
}

codes! {
    /// OUTPUT.md `messages.limits_hit`.
    pub enum LimitHit {
        MessageBytes = "message_bytes", "The message is larger than what is held in memory, and not all of it could be judged.";
        HeaderBlock = "header_block", "The header block is longer than examined.";
        MimeDepth = "mime_depth", "MIME parts are nested deeper than examined.";
        MimeParts = "mime_parts", "There are more MIME parts than examined.";
        CmsLayers = "cms_layers", "CMS objects are nested deeper than examined.";
        InflatedBytes = "inflated_bytes", "Compressed layers hold more than is inflated.";
        Asn1 = "asn1", "A CMS object is nested deeper, or has more elements, than examined.";
        Certificates = "certificates", "A CMS object has more certificates than used.";
        Signers = "signers", "A CMS object has more signers than examined.";
        Work = "work", "The signatures of the message together ask for more checks or hashing than done.";
        DecodedBytes = "decoded_bytes", "The layers of the message together hold more than is decoded.";
        Recipients = "recipients", "A CMS object has more recipients than examined.";
        Path = "path", "A certificate path takes more steps than are tried.";
        TextColumn = "text_column", "A header value was cut for its column.";
    }
}

codes! {
    /// OUTPUT.md `messages.error` and `errors.code`.
    pub enum ErrorCode {
        NullValue = "null_value", "The row holds no message.";
        InternalError = "internal_error", "This program failed on this message; please report it.";
        MessageTooLarge = "message_too_large", "The message is larger than what is read.";
        UnsupportedAlgorithm = "unsupported_algorithm", "An algorithm of the deciding signature is not supported.";
        Limit = "limit", "A limit on hostile input stopped the evaluation.";
        Incomplete = "incomplete", "The stored message is incomplete.";
        UnreadableFile = "unreadable_file", "The file could not be opened or read.";
        CorruptCompression = "corrupt_compression", "The compressed data is damaged; what came before was done.";
        CorruptParquet = "corrupt_parquet", "The Parquet file is damaged; what came before was done.";
        ColumnMissing = "column_missing", "The Parquet file has no column of raw messages.";
        UnknownFormat = "unknown_format", "The file is of no kind that holds mail.";
        CorruptArchive = "corrupt_archive", "The zip or tar archive, or one member of it, is damaged; the rest was done.";
        EncryptedMember = "encrypted_member", "The member of the zip archive is encrypted.";
        UnsupportedMember = "unsupported_member", "The member of the archive is stored in a way that is not supported.";
        ArchiveLimit = "archive_limit", "Archives lie too deep inside each other, or hold more than an archive of this size may.";
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
