//! Texts picked from a line of JSON: of millions of calls only the few cells that a format reads are kept.

use std::{fmt, ops::Range};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Which cells are picked, by their paths; `a.b` is `b` inside `a`.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    paths: &'static [&'static str],
    root: Node,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Which of the paths ends here.
    path: Option<usize>,
    parts: Vec<(&'static str, Self)>,
}

/// Texts of some cells, as [`text`](super::row::text) gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    paths: &'static [&'static str],
    /// All texts after each other.
    texts: String,
    /// Where each path's is among them; none if it is blank, a structure or missing.
    places: Vec<Option<Range<usize>>>,
}

impl Picker {
    /// Picks these.
    #[must_use]
    pub fn new(paths: &'static [&'static str]) -> Self {
        let mut root = Node::default();
        for (index, path) in paths.iter().enumerate() {
            path.split('.').fold(&mut root, Node::part).path = Some(index);
        }
        Self { paths, root }
    }

    /// Whether it picks nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The cells of a line; none if it is no object, or has no text at the first path: such a line is read as a whole.
    ///
    /// # Errors
    /// When the line is no JSON.
    pub fn pick(&self, line: &str) -> serde_json::Result<Option<Picked>> {
        let mut picked =
            Picked { paths: self.paths, texts: String::with_capacity(256), places: vec![None; self.paths.len()] };
        let mut input = serde_json::Deserializer::from_str(line);
        At { node: &self.root, picked: &mut picked }.deserialize(&mut input)?;
        input.end()?;
        let is_known = picked.places.first().is_some_and(Option::is_some);
        Ok(is_known.then_some(picked))
    }
}

impl Node {
    fn part(&mut self, name: &'static str) -> &mut Self {
        let place = self.parts.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.parts.push((name, Self::default()));
            self.parts.len() - 1
        });
        &mut self.parts[place].1
    }
}

impl Picked {
    /// The text of a cell.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        let place = self.paths.iter().position(|known| *known == path)?;
        self.places[place].clone().map(|range| &self.texts[range])
    }

    fn forget(&mut self, node: &Node) {
        if let Some(path) = node.path {
            self.places[path] = None;
        }
        node.parts.iter().for_each(|(_, part)| self.forget(part));
    }

    fn put(&mut self, node: &Node, text: &str) {
        let text = text.trim();
        if let Some(path) = node.path.filter(|_| !text.is_empty()) {
            let from = self.texts.len();
            self.texts.push_str(text);
            self.places[path] = Some(from..self.texts.len());
        }
    }
}

/// A value at a place of the tree of what is wanted.
struct At<'a> {
    node: &'a Node,
    picked: &'a mut Picked,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Of two cells of one name the last one counts, even if it is blank.
        self.picked.forget(self.node);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(part) = map.next_key_seed(Key(&self.node.parts))? {
            match part {
                Some(node) => map.next_value_seed(At { node, picked: self.picked })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // A text may hold a structure; one that does not is none of the cells inside.
        if !self.node.parts.is_empty() && text.starts_with('{') {
            let mut input = serde_json::Deserializer::from_str(text);
            let inner = At { node: self.node, picked: &mut *self.picked };
            if input.deserialize_map(inner).and_then(|()| input.end()).is_ok() {
                return Ok(());
            }
            self.picked.forget(self.node);
        }
        self.picked.put(self.node, text);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.picked.put(self.node, if truth { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.picked.put(self.node, &number.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.picked.put(self.node, &number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        let number = serde_json::Number::from_f64(number);
        self.picked.put(self.node, &number.map(|number| number.to_string()).unwrap_or_default());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A name, if it is one of those.
struct Key<'a>(&'a [(&'static str, Node)]);

impl<'de, 'a> DeserializeSeed<'de> for Key<'a> {
    type Value = Option<&'a Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a> {
    type Value = Option<&'a Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|(known, _)| *known == name).map(|(_, node)| node))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::history::import::row::Row;

    const PATHS: &[&str] = &["id", "a", "a.b", "a.b.c", "d.a"];

    /// What the whole row says, and what is picked from its text.
    fn both(value: &Value) -> (Vec<Option<String>>, Option<Vec<Option<String>>>) {
        let picked = Picker::new(PATHS).pick(&value.to_string()).unwrap();
        let picked = picked.map(|picked| PATHS.iter().map(|path| picked.text(path).map(str::to_owned)).collect());
        let cells = value.as_object().cloned().unwrap_or_default();
        let mut row = Row::new(cells, false);
        row.unfold(PATHS);
        (PATHS.iter().map(|path| row.text(path)).collect(), picked)
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| json!(number)),
            any::<u64>().prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            "[ a\"\\\\é\n]{0,5}".prop_map(Value::String),
            prop::sample::select(vec![
                r#"{"b":"x"}"#,
                r#"{"b":{"c":1},"b":2}"#,
                r#"{"b":"{\"c\":true}"}"#,
                "{",
                r#"{"b":1} x"#
            ])
            .prop_map(|text| Value::String(text.to_owned())),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let name = prop::sample::select(vec!["id", "a", "b", "c", "d", "other"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::vec((name, inner), 0..6)
                    .prop_map(|cells| cells.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_picked_is_what_the_whole_row_says(value in values()) {
            let (whole, picked) = both(&value);
            match picked {
                Some(picked) => prop_assert_eq!(whole, picked),
                None => prop_assert!(whole[0].is_none()),
            }
        }
    }

    #[test]
    fn what_is_no_json_is_an_error_and_the_last_of_two_cells_counts() {
        let picker = Picker::new(PATHS);
        let twice = picker.pick(r#"{"id": 1, "a": {"b": "x"}, "id": " 2 ", "a": ""}"#).unwrap().unwrap();
        assert_eq!((twice.text("id"), twice.text("a"), twice.text("a.b")), (Some("2"), None, None));
        for bad in ["{\"id\":1} {}", "{\"id\":1, \"x\": [", "{\"id\":01}", ""] {
            assert!(picker.pick(bad).is_err(), "{bad}");
        }
    }
}
