//! From facts to one indication, in the vocabulary of ETSI EN 319 102-1.
//!
//! [`facts`] holds what was found out about a signature, each as its own ordered enum; [`indication`] the words of
//! the verdict; [`judge`] the pure fold from one to the other; [`message`] the fold over the signatures of a message.
//! Nothing here looks at mail, CMS or certificates.

pub mod facts;
pub mod indication;
