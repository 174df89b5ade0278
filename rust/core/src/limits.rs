//! Every cap on hostile input, with its unit, default and origin. Hitting one is a row with `limits_hit`.

/// Bytes of one message held in memory (RULES, Budgets).
pub const MESSAGE_BYTES: usize = 256 << 20;
/// Bytes of one message read piece by piece (RULES, Budgets).
pub const STREAMED_MESSAGE_BYTES: u64 = 4 << 30;
/// Bytes of one header block (RULES, Budgets).
pub const HEADER_BYTES: usize = 1 << 20;
/// Fields of one header block (RULES, Budgets).
pub const HEADER_FIELDS: usize = 10_000;
/// Mailboxes looked at of all From fields of a message, and of all Reply-To and X-Original-From fields (own choice: From
/// names one author, rarely a few).
pub const MAILBOXES_PER_FIELD: usize = 1_000;
/// E-mail addresses shown of a certificate, and the most that one may name that is compared with a sender (own choice: a
/// person has a handful, a gateway's domains a few hundred).
pub const ADDRESSES_PER_CERTIFICATE: usize = 1_000;
/// Bytes of them (own choice: as many addresses of 254 octets, the longest there are; each signer has its list in a row).
pub const ADDRESS_BYTES_PER_CERTIFICATE: usize = 256 << 10;
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
/// Keys tried for one envelope, and content keys that they give (RULES 33, Budgets).
pub const KEYS_PER_ENVELOPE: usize = 64;
/// Keys tried for one envelope whose readers are all to be known (own choice: mail to everybody at a place, of whom each is to
/// read it again; RSA of 2,048 bits takes 300 ms).
pub const READERS_PER_ENVELOPE: usize = 1_024;
/// Content keys tried for one envelope that is not held, each of which goes through all of it (own choice: a minute or two for
/// 4 GiB at the worst).
pub const KEYS_PER_LARGE_ENVELOPE: usize = 8;
/// Bytes of an envelope that is not held, without its content (own choice: some 40,000 recipients; a thread holds four
/// times as many).
pub const LARGE_ENVELOPE_BYTES: usize = 16 << 20;
/// Keys tried for one message, over all its envelopes, as a multiple of those for one (own choice; the slowest takes 100 ms,
/// and a second where all readers are to be known).
pub const KEYS_PER_MESSAGE_RATIO: usize = 4;
/// Keys tried for one SignerInfo, where certificates share its identifier (own choice: two are seen, of renewed
/// certificates; 256 signers with 1,000 namesakes of 16,384 bits would take hours).
pub const KEYS_PER_SIGNER: usize = 16;
/// Bits of an RSA modulus (RULES 14).
pub const RSA_BITS: usize = 16_384;
/// Signature checks of one path building, one by a key of unusual size counted as several (RULES 23, Budgets).
pub const PATH_SIGNATURE_CHECKS: u32 = 100;
/// Certificates of one path (RULES 23, Budgets).
pub const PATH_DEPTH: usize = 16;
/// Name comparisons of one path building, of issuers and of names with name constraints (RULES 23, Budgets).
pub const PATH_NAME_COMPARISONS: u32 = 250_000;
/// Nodes of all policy graphs of one path building (RULES 23, Budgets).
pub const PATH_POLICY_NODES: u32 = 10_000;
/// Attributes looked at in one SignerInfo: far above any seen (the longest carries about 20), low enough to bound work.
pub const ATTRIBUTES: usize = 1_000;
/// Time-stamp tokens looked at of one signer (own choice: renewed every few years, a signature has a handful).
pub const TIME_STAMPS_PER_SIGNER: usize = 32;
/// Time-stamp tokens looked at in one message (own choice: as many as one object may have signers).
pub const TIME_STAMPS_PER_MESSAGE: usize = SIGNERS;
/// Received fields looked at for a time (own choice: three times the hosts that a message passes within one house).
pub const RECEIVED_FIELDS: usize = 32;
/// Bytes of one text column taken from mail: keeps a row group bounded whatever the mail (own choice).
pub const TEXT_COLUMN_BYTES: usize = 4096;
/// Protected header fields listed of one message, and of those that differ (own choice: three times the fields of a
/// long header).
pub const PROTECTED_FIELDS: usize = 100;
/// Security labels, and addresses for receipts, told of one signer (own choice: far above any seen).
pub const ESS_TEXTS: usize = 32;
/// Ways considered in which a content may have been sent (RULES 30).
pub const REPAIR_CANDIDATES: usize = 32;
/// Ways of sending whose digest is made (RULES 30).
pub const REPAIR_DIGESTS: usize = 8;
/// Bytes gone through and copied for the repairs of one message (own choice: signed parts of 4 MiB get every
/// candidate, larger ones fewer, and a thread holds no more than this besides).
pub const REPAIR_BYTES: usize = 128 << 20;
/// Signatures checked for one message, over all its signers and what is tried for each (own choice: four for each of
/// as many signers as one object may have). One takes a millisecond at most: a check by a key that takes longer counts as
/// several (`PublicKey::check_cost`).
pub const SIGNATURE_CHECKS_PER_MESSAGE: u32 = 1_024;
/// Bytes hashed for the signatures of one message, whatever its length (own choice: 100 ms).
pub const HASHED_BYTES_PER_MESSAGE: usize = 64 << 20;
/// Bytes hashed for the signatures of one message for each byte of it (own choice: as many as there may be layers,
/// each of which covers all that lies inside it).
pub const HASHED_BYTES_PER_BYTE: usize = CMS_LAYERS;
/// Signature checks of all path buildings for one message (own choice: the whole budget of twenty; an honest path
/// costs two or three).
pub const PATH_SIGNATURE_CHECKS_PER_MESSAGE: u32 = 2_000;
/// Bytes of all CMS objects of one message, those inside others counted again (own choice: twice the largest message;
/// each may be copied once out of its transfer encoding and once from its pieces).
pub const DECODED_BYTES_PER_MESSAGE: usize = 2 * MESSAGE_BYTES;
/// Bytes of one certificate list or OCSP response out of a message (RULES, Budgets).
pub const REVOCATION_BYTES_FROM_MESSAGE: usize = 64 << 20;
/// Bytes of one certificate list or OCSP response that the operator gives (RULES, Budgets).
pub const REVOCATION_BYTES_FROM_OPERATOR: usize = 2 << 30;
/// Certificate lists and OCSP responses used of one CMS object (own choice: as many as certificates).
pub const REVOCATION_OBJECTS_PER_OBJECT: usize = 1_000;
/// Entries of one serial number in a certificate list; a list with more is refused (own choice: an indirect list may
/// hold the same serial number for each of its issuers).
pub const CRL_ENTRIES_PER_SERIAL: usize = 1_000;
/// Distribution points of a certificate, names of one point, responders (own choice: three are a lot).
pub const DISTRIBUTION_POINTS: usize = 100;
/// SingleResponses of one OCSP response (own choice: responders pack a few thousand at most).
pub const OCSP_SINGLE_RESPONSES: usize = 10_000;
/// Certificates used of one OCSP response (own choice: a responder and its chain).
pub const OCSP_CERTIFICATES: usize = 16;
/// Certificate lists and OCSP responses looked at for one certificate of a path, so that it is ten years of daily ones
/// (own choice; looking at one takes about a microsecond).
pub const REVOCATION_CONSIDERED: usize = 4_096;
/// Levels of certificates that sign lists and responses about one another (own choice: an issuer of lists, its
/// responder, and one more).
pub const REVOCATION_DEPTH: u8 = 3;
/// Certificates of one key of which a theft is told, and which are asked about for another of it (own choice: a key is
/// certified two or three times).
pub const STOLEN_TWINS: usize = 32;
/// Bits below which a modulus of RSA or DSA is called small (own choice: the longest that was factored in public has
/// 829; keys of 1,024 bits, the norm until 2010, are left to the sunset table).
pub const SMALL_MODULUS_BITS: u32 = 1_024;
/// Bytes of distinct RSA moduli of one run that are compared for shared primes: 131,072 of 2,048 bits (own choice: minutes
/// on two cores; more would let a mailbox full of made-up certificates keep a run busy for hours).
pub const SHARED_PRIME_BYTES: usize = 32 << 20;
/// Bytes of moduli whose products are held as one tree while comparing (own choice: 14 levels, about 100 MB).
pub const SHARED_PRIME_BLOCK_BYTES: usize = 4 << 20;
/// Pairs compared one by one, where all primes of a modulus occur in others (own choice: half a minute).
pub const SHARED_PRIME_PAIRS: u32 = 1_000_000;
/// Entries of Debian blacklists (own choice: the complete lists of all key lengths have under two millions).
pub const BLACKLIST_ENTRIES: usize = 10_000_000;
/// Places of one kind told of one certificate (own choice: certificates name one to three).
pub const NAMED_PLACES: usize = 32;
/// Bytes of one file of keys (own choice: a thousand keys with their chains have ten).
pub const KEY_FILE_BYTES: usize = 64 << 20;
/// Iterations of one derivation from a password (RULES, Budgets).
pub const PASSWORD_ITERATIONS: u32 = 10_000_000;
/// Iterations of all derivations for one file, over all passwords tried (own choice: a hundred passwords on three bags of
/// 600,000 each, which OWASP asked for in 2023; a minute or two).
pub const PASSWORD_ITERATIONS_PER_FILE: u64 = 200_000_000;
/// Iterations of all derivations for the recipients by password of one message, over all passwords tried (own choice: sixteen
/// of 600,000, which OWASP asked for in 2023, or as many as one file of keys may ask for at once; two or three seconds).
pub const PASSWORD_ITERATIONS_PER_MESSAGE: u64 = 10_000_000;
/// Keys that are kept of those made of one password, for messages with the same salt (own choice: as many senders as write at
/// once; 32 octets each).
pub const DERIVED_KEYS_PER_PASSWORD: usize = 64;
/// Bags looked at in one PKCS#12 file (own choice: a thousand keys with their chains).
pub const PKCS12_BAGS: usize = 10_000;
/// Levels of SafeContents inside one another in PKCS#12 (own choice: none nested is known).
pub const PKCS12_DEPTH: usize = 8;
/// Keys tried for one recipient (RULES, Budgets: trial decrypts).
pub const KEYS_PER_RECIPIENT: usize = 64;
/// Bits below which nothing is encrypted to an RSA key (RFC 8551 §4.5).
pub const TARGET_RSA_BITS: u32 = 2_048;
/// Bits below which nothing is encrypted to an elliptic curve (SP 800-57 part 1, table 2: as strong as RSA of 2,048).
pub const TARGET_CURVE_BITS: u32 = 224;
