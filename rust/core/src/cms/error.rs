//! Why bytes are not the CMS object they should be: which field, what stood there, at which byte.

use crate::asn1::reader;
use crate::codes::{Code, codes};

codes! {
    /// The field of the grammar that was being read.
    pub enum Field {
        ContentInfo = "ContentInfo", "The outermost SEQUENCE (RFC 5652 §3).";
        ContentType = "contentType", "The object identifier that says what the content is (RFC 5652 §3).";
        Content = "content", "The explicitly tagged content (RFC 5652 §3).";
        SignedData = "SignedData", "The signed-data content (RFC 5652 §5.1).";
        Version = "version", "A version number.";
        DigestAlgorithms = "digestAlgorithms", "The set of digest algorithms (RFC 5652 §5.1).";
        EncapsulatedContentInfo = "encapContentInfo", "The signed or compressed content (RFC 5652 §5.2).";
        EncapsulatedContentType = "eContentType", "The type of the encapsulated content (RFC 5652 §5.2).";
        EncapsulatedContent = "eContent", "The encapsulated content (RFC 5652 §5.2).";
        Certificates = "certificates", "The set of certificates (RFC 5652 §10.2.3).";
        Crls = "crls", "The set of revocation information (RFC 5652 §10.2.1).";
        SignerInfos = "signerInfos", "The set of signers (RFC 5652 §5.1).";
        SignerInfo = "SignerInfo", "One signer (RFC 5652 §5.3).";
        SignerIdentifier = "sid", "The name of a signer's certificate (RFC 5652 §5.3).";
        IssuerAndSerialNumber = "IssuerAndSerialNumber", "Issuer and serial number of a certificate (RFC 5652 §10.2.4).";
        SubjectKeyIdentifier = "subjectKeyIdentifier", "The key identifier of a certificate (RFC 5652 §5.3).";
        DigestAlgorithm = "digestAlgorithm", "The digest algorithm of a signer (RFC 5652 §5.3).";
        SignedAttributes = "signedAttrs", "The signed attributes (RFC 5652 §5.3).";
        SignatureAlgorithm = "signatureAlgorithm", "The signature algorithm of a signer (RFC 5652 §5.3).";
        Signature = "signature", "The signature value (RFC 5652 §5.3).";
        UnsignedAttributes = "unsignedAttrs", "The unsigned attributes (RFC 5652 §5.3).";
        Attribute = "Attribute", "One attribute (RFC 5652 §5.3).";
        AttributeType = "attrType", "The object identifier of an attribute (RFC 5652 §5.3).";
        AttributeValues = "attrValues", "The set of values of an attribute (RFC 5652 §5.3).";
        EnvelopedData = "EnvelopedData", "The enveloped-data content (RFC 5652 §6.1).";
        AuthEnvelopedData = "AuthEnvelopedData", "The authenticated-enveloped-data content (RFC 5083 §2.1).";
        OriginatorInfo = "originatorInfo", "The originator's certificates (RFC 5652 §6.1).";
        RecipientInfos = "recipientInfos", "The set of recipients (RFC 5652 §6.1).";
        RecipientInfo = "RecipientInfo", "One recipient (RFC 5652 §6.2).";
        RecipientIdentifier = "rid", "The name of a recipient's certificate (RFC 5652 §6.2.1).";
        Originator = "originator", "The sender's key in key agreement (RFC 5652 §6.2.2).";
        KeyEncryptionAlgorithm = "keyEncryptionAlgorithm", "How the content key is encrypted (RFC 5652 §6.2).";
        RecipientEncryptedKeys = "recipientEncryptedKeys", "The recipients of one key agreement (RFC 5652 §6.2.2).";
        EncryptedKey = "encryptedKey", "The encrypted content key (RFC 5652 §6.2).";
        KekIdentifier = "kekid", "The name of a shared key (RFC 5652 §6.2.3).";
        EncryptedContentInfo = "encryptedContentInfo", "The encrypted content with its algorithm (RFC 5652 §6.1).";
        ContentEncryptionAlgorithm = "contentEncryptionAlgorithm", "How the content is encrypted (RFC 5652 §6.1).";
        EncryptedContent = "encryptedContent", "The ciphertext (RFC 5652 §6.1).";
        AuthenticatedAttributes = "authAttrs", "The authenticated attributes (RFC 5083 §2.1).";
        Mac = "mac", "The authentication code (RFC 5083 §2.1).";
        TimeStampResp = "TimeStampResp", "What a time-stamp authority answers (RFC 3161 §2.4.2).";
        TimeStampToken = "timeStampToken", "The token in the answer of a time-stamp authority (RFC 3161 §2.4.2).";
        TstInfo = "TSTInfo", "What a time-stamp token says (RFC 3161 §2.4.2).";
        MessageImprint = "messageImprint", "The digest that a time-stamp token is over (RFC 3161 §2.4.2).";
        SerialNumber = "serialNumber", "The serial number of a time-stamp token (RFC 3161 §2.4.2).";
        GenTime = "genTime", "The time of a time-stamp token (RFC 3161 §2.4.2).";
        Accuracy = "accuracy", "How exact the time of a time-stamp token is (RFC 3161 §2.4.2).";
        CompressedData = "CompressedData", "The compressed-data content (RFC 3274 §1.1).";
        CompressionAlgorithm = "compressionAlgorithm", "How the content is compressed (RFC 3274 §1.1).";
    }
}

codes! {
    /// A cap of [`crate::limits`] that cut a list short; what was read before it is kept.
    pub enum CmsLimit {
        Signers = "signers", "There are more signers than are looked at.";
        Recipients = "recipients", "There are more recipients than are listed.";
        CertificatesPerObject = "certificates_per_object", "There are more certificates or revocation lists than are looked at.";
        Attributes = "attributes", "A signer carries more unsigned attributes than are looked at.";
    }
}

/// A CMS object, or a part of it, that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CmsError {
    /// What was expected.
    pub expected: Field,
    /// What was wrong with what stood there.
    pub found: reader::Error,
    /// Where, in bytes from the start of the object.
    pub offset: usize,
}

impl CmsError {
    /// Whether a cap on hostile input stopped the reading, rather than the grammar.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.found == reader::Error::Limit
    }
}

impl core::fmt::Display for CmsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (field, offset) = (self.expected.code(), self.offset);
        match self.found {
            reader::Error::Truncated => {
                write!(f, "expected {field} at byte {offset}, found the end of the data")
            }
            reader::Error::UnexpectedTag { expected, found } => write!(
                f,
                "expected {field} (tag 0x{:02x}) at byte {offset}, found tag 0x{:02x}",
                expected.identifier, found.identifier
            ),
            reader::Error::Malformed => {
                write!(f, "expected {field} at byte {offset}, found bytes that are none")
            }
            reader::Error::Limit => {
                write!(f, "{field} at byte {offset} is nested too deeply or has too many parts")
            }
        }
    }
}

impl core::error::Error for CmsError {}
