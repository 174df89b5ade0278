//! Every cap on hostile input, with its unit, default and origin. Hitting one is a row with `limits_hit`.

/// Bytes of one message held in memory (RULES, Budgets).
pub const MESSAGE_BYTES: usize = 256 << 20;
/// Bytes of one header block (RULES, Budgets).
pub const HEADER_BYTES: usize = 1 << 20;
/// Fields of one header block (RULES, Budgets).
pub const HEADER_FIELDS: usize = 10_000;
/// Levels of MIME entities below the root (RULES, Budgets).
pub const MIME_DEPTH: usize = 64;
/// MIME entities of one message (RULES, Budgets).
pub const MIME_PARTS: usize = 10_000;
/// CMS objects inside one another (RULES, Budgets).
pub const CMS_LAYERS: usize = 16;
/// Bytes that the compressed layers of one message may inflate to, whatever its size (RULES 38).
pub const INFLATED_BYTES: usize = 64 << 20;
/// Bytes that they may inflate to for each byte of a larger message, up to [`MESSAGE_BYTES`] (RULES 38).
pub const INFLATED_RATIO: usize = 100;
/// Bytes inflated for one chunk of messages before it is taken in halves: bounds memory, changes no row (own choice).
pub const CHUNK_INFLATED_BYTES: usize = 64 << 20;
/// Levels of ASN.1 elements followed into one another (RULES, Budgets).
pub const ASN1_DEPTH: usize = 64;
/// Elements looked at in one scan (RULES, Budgets).
pub const ASN1_NODES: usize = 1_000_000;
/// Octets of one object identifier (RULES, Budgets).
pub const OID_BYTES: usize = 256;
/// Certificates used of one CMS object (RULES, Budgets).
pub const CERTIFICATES_PER_OBJECT: usize = 1_000;
/// SignerInfos of one SignedData (RULES, Budgets).
pub const SIGNERS: usize = 256;
/// RecipientInfos of one EnvelopedData (RULES, Budgets).
pub const RECIPIENTS: usize = 100_000;
/// Keys tried for one SignerInfo, where certificates share its identifier (own choice: two are seen, of renewed
/// certificates; 256 signers with 1,000 namesakes of 16,384 bits would take hours).
pub const KEYS_PER_SIGNER: usize = 16;
/// Bits of an RSA modulus (RULES 14).
pub const RSA_BITS: usize = 16_384;
/// Signature checks of one path building (RULES 23, Budgets).
pub const PATH_SIGNATURE_CHECKS: u32 = 100;
/// Certificates of one path (RULES 23, Budgets).
pub const PATH_DEPTH: usize = 16;
/// Name comparisons of one path building (RULES 23, Budgets).
pub const PATH_NAME_COMPARISONS: u32 = 250_000;
/// Attributes looked at in one SignerInfo: far above any seen (the longest carries about 20), low enough to bound work.
pub const ATTRIBUTES: usize = 1_000;
/// Bytes of one text column taken from mail: keeps a row group bounded whatever the mail (own choice).
pub const TEXT_COLUMN_BYTES: usize = 4096;
