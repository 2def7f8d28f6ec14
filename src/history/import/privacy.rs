//! Pseudonyms: keyed hashes of whoever is named, made before anything is kept.
//!
//! BLAKE3 in keyed mode (O'Connor, Aumasson, Neves and Wilcox-O'Hearn 2020), cut to 64 bits. Without the key
//! nobody can tell whose pseudonym it is; with it the same name gives the same pseudonym on every import.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The environment variable with the key.
pub const KEY_VARIABLE: &str = "CWM_PSEUDONYM_KEY";

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IdKind {
    /// A signed-in user.
    User,
    /// A normalised e-mail address.
    Email,
    /// A customer of the processor.
    Customer,
    /// A device or a browser.
    Device,
    /// A company.
    Account,
}

impl IdKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::User, Self::Email, Self::Customer, Self::Device, Self::Account];

    /// Its name in words and in pseudonyms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Email => "email",
            Self::Customer => "customer",
            Self::Device => "device",
            Self::Account => "account",
        }
    }
}

/// The pseudonym of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    /// What it names.
    pub kind: IdKind,
    /// The keyed hash.
    pub hash: u64,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.kind.name(), self.hash)
    }
}

/// Makes pseudonyms.
#[derive(Clone, Debug)]
pub struct Pseudonyms {
    key: [u8; 32],
    keyed: bool,
}

impl Pseudonyms {
    /// From a secret; without one, pseudonyms can be recomputed by whoever knows an identifier.
    #[must_use]
    pub fn new(secret: Option<&str>) -> Self {
        let keyed = secret.is_some_and(|secret| !secret.is_empty());
        Self { key: blake3::derive_key("cwm import pseudonyms v1", secret.unwrap_or("").as_bytes()), keyed }
    }

    /// Whether there is a secret.
    #[must_use]
    pub const fn is_keyed(&self) -> bool {
        self.keyed
    }

    /// Tells keys apart without telling them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        blake3::keyed_hash(&self.key, b"fingerprint").to_hex()[..16].to_owned()
    }

    /// A keyed hash of parts that cannot run into each other.
    #[must_use]
    pub fn hash(&self, parts: &[&str]) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(bytes)
    }

    /// The pseudonym of an identifier. E-mail addresses are trimmed and in small letters first.
    #[must_use]
    pub fn id(&self, kind: IdKind, text: &str) -> Id {
        let hash = match kind {
            IdKind::Email => self.hash(&["email", &text.trim().to_lowercase()]),
            other => self.hash(&[other.name(), text.trim()]),
        };
        Id { kind, hash }
    }
}

/// Put in the place of an e-mail address inside a text.
pub const WITHHELD: &str = "(address)";

/// A text without the e-mail addresses in it, plain or as they are in links (`ann%40example.com`); none if it has none.
#[must_use]
pub fn without_addresses(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut clean, mut from) = (String::new(), 0);
    for at in memchr::memchr2_iter(b'@', b'%', bytes) {
        if let Some((start, end)) = address(bytes, at).filter(|(_, end)| *end > from) {
            clean.push_str(&text[from..start.max(from)]);
            clean.push_str(WITHHELD);
            from = end;
        }
    }
    (from > 0).then(|| clean + &text[from..])
}

/// Where the address is whose `@` or `%40` is at a place.
fn address(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let host = at + if bytes[at] == b'@' { 1 } else { 3 };
    if bytes[at] == b'%' && !bytes[at..].starts_with(b"%40") {
        return None;
    }
    // Letters of all scripts belong to it, so it begins and ends between characters.
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let is_local = |byte: &u8| is_letter(byte) || b"._%+-'".contains(byte);
    let is_host = |byte: &u8| is_letter(byte) || b".-".contains(byte);
    let start = at - bytes[..at].iter().rev().take_while(|byte| is_local(byte)).count();
    let long = host + bytes.get(host..)?.iter().take_while(|byte| is_host(byte)).count();
    let end = long - bytes[host..long].iter().rev().take_while(|byte| b".-".contains(byte)).count();
    let top = bytes[host..end].rsplit(|&byte| byte == b'.').next().filter(|top| top.len() < end - host)?;
    let is_domain = top.len() >= 2 && !top.iter().any(u8::is_ascii_digit);
    (start < at && is_domain).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_texts_are_withheld_and_nothing_else_is() {
        let clean = |text: &str| without_addresses(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(clean("Invited ann.o'x+1@mail.example.com, bo@x.org."), "Invited (address), (address).");
        assert_eq!(clean("/reset?email=ann%2Bx%40example.com&a=1"), "/reset?email=(address)&a=1");
        assert_eq!(clean("für jürgen@müller.de…"), "für (address)");
        assert_eq!(clean("a@bb.de%c@dd.de, x@y.zz@ab.cd"), "(address)(address), (address)(address)");
        for other in ["@handle", "50% @ 3", "react@18.2.0", "a@b", "100%40", "x@", "%40x.com", "", "é@"] {
            assert_eq!(without_addresses(other), None, "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_clean_stays(text in "[a-zé@%40.… ]{0,40}") {
            if let Some(clean) = without_addresses(&text) {
                proptest::prop_assert_eq!(without_addresses(&clean), None);
            }
        }
    }

    #[test]
    fn an_email_is_the_same_however_it_is_written_and_another_under_another_key() {
        let one = Pseudonyms::new(Some("a"));
        assert_eq!(one.id(IdKind::Email, "U4@Example.com "), one.id(IdKind::Email, "u4@example.com"));
        assert_ne!(one.id(IdKind::Email, "x@y.z"), Pseudonyms::new(Some("b")).id(IdKind::Email, "x@y.z"));
        assert_ne!(one.hash(&["ab", "c"]), one.hash(&["a", "bc"]));
    }
}
