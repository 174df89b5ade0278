//! x

pub mod codes;
pub mod mail;
