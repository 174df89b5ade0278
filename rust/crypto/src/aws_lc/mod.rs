//! The only module that names aws-lc-sys.
