//! Names to small numbers: content kinds, features, ways and tones of messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SessionError;
use crate::history::{
    event::{Event, EventKind},
    name::Name,
    session::{CONTENT_KINDS, FEATURES, WAYS},
};

/// Name of the kind that pools those without one of their own.
pub const POOLED: &str = "(other)";

/// The names of everything that observations hold as numbers, in the order of the numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Catalogues {
    /// Content kinds, at most [`CONTENT_KINDS`].
    pub contents: Vec<Name>,
    /// Features of the product, at most [`FEATURES`].
    pub features: Vec<Name>,
    /// Ways in which the company writes, at most [`WAYS`].
    pub channels: Vec<Name>,
    /// Tones in which it writes, at most [`WAYS`].
    pub styles: Vec<Name>,
}

impl Catalogues {
    /// The most frequent names of a history.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        Self {
            contents: frequent(events, content, CONTENT_KINDS),
            features: frequent(events, feature, FEATURES),
            channels: frequent(events, channel, WAYS),
            styles: frequent(events, style, WAYS),
        }
    }

    /// Checks names that somebody gave.
    ///
    /// # Errors
    /// [`SessionError::Catalogue`], if there are too many of a sort or one twice.
    pub fn checked(self) -> Result<Self, SessionError> {
        let sorts = [(&self.contents, CONTENT_KINDS), (&self.features, FEATURES), (&self.channels, WAYS)];
        for (names, most) in sorts.into_iter().chain([(&self.styles, WAYS)]) {
            let mut sorted = names.clone();
            sorted.sort_unstable();
            let repeated = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone());
            if repeated.is_some() || names.len() > most {
                return Err(SessionError::Catalogue { found: names.len(), most, repeated });
            }
        }
        Ok(self)
    }

    /// The same, with a pool wherever there are names without a kind and room for one.
    #[must_use]
    pub fn pooling(mut self, events: &[Event]) -> Self {
        let sorts: [(&mut Vec<Name>, Sort, usize); 4] = [
            (&mut self.contents, content, CONTENT_KINDS),
            (&mut self.features, feature, FEATURES),
            (&mut self.channels, channel, WAYS),
            (&mut self.styles, style, WAYS),
        ];
        for (names, sort, most) in sorts {
            let unknown = |name: &Name| !names.contains(name);
            if events.iter().filter_map(|event| sort(&event.kind)).any(unknown) {
                pool(names, most);
            }
        }
        self
    }
}

impl Catalogues {
    /// The same, with a pool wherever there is room for one, for names that are still to come. Features stay none
    /// where there are none: a history without them says nothing about them.
    #[must_use]
    pub fn with_room(mut self) -> Self {
        let has_features = !self.features.is_empty();
        let sorts = [(&mut self.contents, CONTENT_KINDS), (&mut self.channels, WAYS), (&mut self.styles, WAYS)];
        let features = has_features.then_some((&mut self.features, FEATURES));
        for (names, most) in sorts.into_iter().chain(features) {
            pool(names, most);
        }
        self
    }
}

/// Adds a pool, if there is room and none yet.
fn pool(names: &mut Vec<Name>, most: usize) {
    if names.len() < most && !names.iter().any(|name| name.as_str() == POOLED) {
        names.push(POOLED.into());
    }
}

type Sort = fn(&EventKind) -> Option<&Name>;

const fn content(kind: &EventKind) -> Option<&Name> {
    if let EventKind::Content { item } = kind { Some(item) } else { None }
}

const fn feature(kind: &EventKind) -> Option<&Name> {
    if let EventKind::Feature { name } = kind { Some(name) } else { None }
}

const fn channel(kind: &EventKind) -> Option<&Name> {
    if let EventKind::Message { channel, .. } = kind { Some(channel) } else { None }
}

const fn style(kind: &EventKind) -> Option<&Name> {
    if let EventKind::Message { style, .. } = kind { Some(style) } else { None }
}

/// The most frequent names, of equals the first; all of them if they fit. Sorted by name, so that a kind's number
/// does not change with how often it is met.
fn frequent(events: &[Event], sort: Sort, most: usize) -> Vec<Name> {
    let mut counts: BTreeMap<&Name, u64> = BTreeMap::new();
    for name in events.iter().filter_map(|event| sort(&event.kind)) {
        *counts.entry(name).or_insert(0) += 1;
    }
    let kept = if counts.len() <= most { most } else { most - 1 };
    let mut ranked: Vec<(&Name, u64)> = counts.into_iter().collect();
    ranked.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let mut names: Vec<Name> = ranked.into_iter().take(kept).map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

/// Numbers by name.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    kinds: BTreeMap<Name, u8>,
    pooled: Option<u8>,
}

impl Kinds {
    pub fn of(names: &[Name]) -> Self {
        let kinds: BTreeMap<Name, u8> =
            names.iter().enumerate().map(|(kind, name)| (name.clone(), kind as u8)).collect();
        Self { pooled: kinds.get(POOLED).copied(), kinds }
    }

    /// The number of a name; none, if it has none and there is no pool.
    pub fn kind(&self, name: &Name) -> Option<u8> {
        self.kinds.get(name).copied().or(self.pooled)
    }

    pub fn any(&self) -> bool {
        !self.kinds.is_empty()
    }
}
