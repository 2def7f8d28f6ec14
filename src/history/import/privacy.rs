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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_the_same_however_it_is_written_and_another_under_another_key() {
        let one = Pseudonyms::new(Some("a"));
        assert_eq!(one.id(IdKind::Email, "U4@Example.com "), one.id(IdKind::Email, "u4@example.com"));
        assert_ne!(one.id(IdKind::Email, "x@y.z"), Pseudonyms::new(Some("b")).id(IdKind::Email, "x@y.z"));
        assert_ne!(one.hash(&["ab", "c"]), one.hash(&["a", "bc"]));
    }
}
