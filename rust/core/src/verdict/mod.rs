//! From facts to one indication, in the vocabulary of ETSI EN 319 102-1.
//!
//! [`facts`] holds what was found out about a signature, each as its own ordered enum; [`indication`] the words of
//! the verdict; [`flag`] what else is remarkable; [`address`] how a certificate's addresses meet the visible sender;
//! [`evidence`] what may speak for a time; [`judge`] the pure fold from facts to words; [`message`] the fold over the
//! signatures of a message; [`sunset`] until when algorithms were strong enough; [`words`] which reason gives which words.
//! Nothing here looks at mail, CMS or certificates, and nothing here has a clock.

pub mod address;
pub mod evidence;
pub mod facts;
pub mod flag;
pub mod indication;
pub mod judge;
pub mod message;
pub mod sunset;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod truth_table;
pub mod words;
