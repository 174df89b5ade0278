//! One subtree and one name, made ready to be compared, and the comparison of each form (RFC 5280 §4.2.1.10).
//!
//! Both are read once, so that a comparison costs no more than the shorter of them is long. What cannot be read is kept
//! as such: a name that is none of its form lies inside no permitted subtree, and a subtree that is none of its form
//! cannot be applied. Where a comparison could be lax or strict, it is strict for what is permitted and lax for what is
//! excluded.

use crate::mail::mailbox::{split_address, to_a_labels};
use crate::x509::certificate::{CertificateAddress, GeneralName, GeneralSubtree};
use core::net::Ipv4Addr;
use std::borrow::Cow;

/// Which subtrees a name is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'a> {
    Address,
    Dns,
    Uri,
    Directory,
    Ip,
    X400,
    EdiParty,
    RegisteredId,
    /// otherName of this type.
    Other(&'a [u8]),
}

/// A subtree.
pub(super) struct Subtree<'a> {
    pub(super) form: Form<'a>,
    /// `None` where this program cannot tell what lies inside.
    pub(super) scope: Option<Scope<'a>>,
}

/// What lies inside a subtree.
pub(super) enum Scope<'a> {
    /// Every name of the form: what an empty base means to NSS and everyone after it.
    All,
    /// One mailbox.
    Mailbox(Cow<'a, str>, &'a str),
    /// One host.
    Host(&'a str),
    /// What lies below a domain, not the domain itself.
    Below(&'a str),
    /// A domain and what lies below.
    HostAndBelow(&'a str),
    /// Names that begin with these RDNs.
    Beginning(&'a [u8]),
    /// Address and mask.
    Network(&'a [u8]),
}

/// A name of a certificate.
pub(super) struct Name<'a> {
    pub(super) form: Form<'a>,
    /// `None` where it is not one of its form.
    pub(super) value: Option<Value<'a>>,
}

/// What of a name is compared.
pub(super) enum Value<'a> {
    /// Local part and domain, the latter in A-labels.
    Mailbox(Cow<'a, str>, Cow<'a, str>),
    /// A host.
    Host(&'a str),
    /// RDNs in comparison form.
    Directory(&'a [u8]),
    /// An address.
    Ip(&'a [u8]),
    /// A form whose names are not compared.
    Opaque,
}

impl<'a> Subtree<'a> {
    /// A subtree of name constraints.
    pub(super) fn of(subtree: &'a GeneralSubtree) -> Self {
        let (form, scope) = match &subtree.base {
            GeneralName::Rfc822(base) => (Form::Address, ascii(base).and_then(address_scope)),
            // RFC 9598 §6: these are constrained by rfc822Name only.
            GeneralName::SmtpUtf8(_) => (Form::Address, None),
            GeneralName::Dns(base) => {
                (Form::Dns, ascii(base).and_then(|base| host_scope(base, Scope::HostAndBelow)))
            }
            GeneralName::Uri(base) => {
                (Form::Uri, ascii(base).and_then(|base| host_scope(base, Scope::Host)))
            }
            GeneralName::Directory(base) => (Form::Directory, Some(Scope::Beginning(base))),
            GeneralName::Ip(base) => (Form::Ip, Some(Scope::Network(base))),
            GeneralName::X400 => (Form::X400, None),
            GeneralName::EdiParty => (Form::EdiParty, None),
            GeneralName::RegisteredId(_) => (Form::RegisteredId, None),
            GeneralName::Other(type_id) => (Form::Other(type_id), None),
        };
        Self { form, scope }
    }

    /// Whether a name of its form lies inside; RFC 5280 §7.5 compares what stands before the @ exactly.
    pub(super) fn permits(&self, name: &Name<'_>) -> bool {
        self.contains(name, |base, local| base == local)
    }

    /// As [`Subtree::permits`], with what stands before the @ in any case, as a sender may be compared (RULES 20).
    pub(super) fn excludes(&self, name: &Name<'_>) -> bool {
        self.contains(name, str::eq_ignore_ascii_case)
    }

    fn contains(&self, name: &Name<'_>, is_same_local: fn(&str, &str) -> bool) -> bool {
        let (Some(scope), Some(value)) = (&self.scope, &name.value) else { return false };
        let host = match value {
            Value::Mailbox(_, domain) => domain,
            Value::Host(host) => *host,
            Value::Directory(_) | Value::Ip(_) | Value::Opaque => "",
        };
        match (scope, value) {
            (Scope::All, _) => true,
            (Scope::Mailbox(base, domain), Value::Mailbox(local, _)) => {
                domain.eq_ignore_ascii_case(host) && is_same_local(base, local)
            }
            (Scope::Host(base), _) => base.eq_ignore_ascii_case(host),
            (Scope::Below(base), _) => is_below(host, base),
            (Scope::HostAndBelow(base), _) => {
                base.eq_ignore_ascii_case(host) || is_below(host, base)
            }
            // An RDN in comparison form says how long it is, so that octets begin alike only where RDNs do.
            (Scope::Beginning(base), Value::Directory(name)) => name.starts_with(base),
            (Scope::Network(base), Value::Ip(address)) => is_in_network(address, base),
            (Scope::Mailbox(..) | Scope::Beginning(_) | Scope::Network(_), _) => false,
        }
    }
}

impl<'a> Name<'a> {
    /// A distinguished name in comparison form.
    pub(super) const fn of_directory(normalized: &'a [u8]) -> Self {
        Self { form: Form::Directory, value: Some(Value::Directory(normalized)) }
    }

    /// An address, wherever in the certificate it stands.
    pub(super) fn of_address(address: &'a CertificateAddress) -> Self {
        let text = (!address.contains_nul).then_some(&*address.text);
        Self { form: Form::Address, value: text.and_then(mailbox) }
    }

    /// An alternative name that is no address.
    pub(super) fn of_other(name: &'a GeneralName) -> Option<Self> {
        let (form, value) = match name {
            GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_) => return None,
            GeneralName::Dns(name) => (Form::Dns, ascii(name).and_then(dns_name)),
            GeneralName::Uri(name) => (Form::Uri, ascii(name).and_then(uri_host)),
            GeneralName::Directory(name) => return Some(Self::of_directory(name)),
            GeneralName::Ip(name) => {
                (Form::Ip, matches!(name.len(), 4 | 16).then_some(Value::Ip(name)))
            }
            GeneralName::X400 => (Form::X400, Some(Value::Opaque)),
            GeneralName::EdiParty => (Form::EdiParty, Some(Value::Opaque)),
            GeneralName::RegisteredId(_) => (Form::RegisteredId, Some(Value::Opaque)),
            GeneralName::Other(type_id) => (Form::Other(type_id), Some(Value::Opaque)),
        };
        Some(Self { form, value })
    }
}

fn ascii(octets: &[u8]) -> Option<&str> {
    core::str::from_utf8(octets).ok().filter(|text| text.is_ascii())
}

/// A mailbox, all of a host, or with a leading period all of every host in a domain.
fn address_scope(base: &str) -> Option<Scope<'_>> {
    if base.contains('@') {
        let (local, domain) = split_address(base)?;
        // An asterisk was meant for everyone, and RFC 5280 has no such form.
        let is_mailbox = is_domain(domain) && !local.contains('*');
        return is_mailbox.then_some(Scope::Mailbox(local, domain));
    }
    host_scope(base, Scope::Host)
}

/// A host or domain, whatever that takes in for the form; with a leading period what lies below it.
fn host_scope<'a>(base: &'a str, scope: fn(&'a str) -> Scope<'a>) -> Option<Scope<'a>> {
    if base.is_empty() {
        return Some(Scope::All);
    }
    match base.strip_prefix('.') {
        Some(domain) => is_domain(domain).then_some(Scope::Below(domain)),
        None => is_domain(base).then(|| scope(base)),
    }
}

/// RFC 9598 §5: domains are compared in A-labels.
fn mailbox(text: &str) -> Option<Value<'_>> {
    let (local, domain) = split_address(text)?;
    let domain =
        if domain.is_ascii() { Cow::Borrowed(domain) } else { Cow::Owned(to_a_labels(domain)?) };
    let is_address = is_domain(&domain) && !local.chars().any(char::is_control);
    is_address.then_some(Value::Mailbox(local, domain))
}

fn dns_name(text: &str) -> Option<Value<'_>> {
    is_domain(text.strip_prefix("*.").unwrap_or(text)).then_some(Value::Host(text))
}

/// The host of a URI's authority (RFC 3986 §3.2): RFC 5280 §4.2.1.10 refuses one without a name there.
fn uri_host(text: &str) -> Option<Value<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let is_port = |port: &str| port.bytes().all(|octet| octet.is_ascii_digit());
    let host = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(it, _)| it);
    let is_host = is_domain(host) && host.parse::<Ipv4Addr>().is_err();
    (is_scheme(scheme) && is_host).then_some(Value::Host(host))
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    let is_octet = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_octet)
}

/// Labels of letters, digits, hyphens and, as they occur, underscores (RFC 1034 §3.5), at most 253 octets.
fn is_domain(text: &str) -> bool {
    let is_octet = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_octet);
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_below(host: &str, domain: &str) -> bool {
    let split = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
    split.is_some_and(|(labels, end)| labels.ends_with('.') && end.eq_ignore_ascii_case(domain))
}

/// RFC 5280 §4.2.1.10: the base is an address and a mask of the same length.
fn is_in_network(address: &[u8], base: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    network.len() == address.len()
        && address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((one, other), mask)| (one ^ other) & mask == 0)
}
