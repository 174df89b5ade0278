//! DER: what is rebuilt to be hashed again (RULES 1), and nothing more.
