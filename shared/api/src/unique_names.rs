//! Refusal of JSON objects that have a name twice.
//!
//! RFC 8259, section 4, leaves open what a reader does with such an object, and readers differ: two of them could read
//! two requests from one body. serde refuses a repeated field of a struct, but not a repeated key of a map.

use std::{cell::RefCell, collections::HashSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

use crate::pointer;

/// Returns the pointer to the first name of `json` that its object has already; `None` if each object has each name
/// once. One pass, without a tree of the values.
///
/// # Errors
/// When `json` does not begin with a JSON value.
pub(crate) fn repeated(json: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let found = RefCell::new(None);
    let value = Value { place: &Place::Root, found: &found };
    let read = value.deserialize(&mut serde_json::Deserializer::from_slice(json));
    match found.into_inner() {
        Some(pointer) => Ok(Some(pointer)),
        None => read.map(|()| None),
    }
}

/// The place of a value, as a list from the value to the root.
enum Place<'a> {
    Root,
    Member { parent: &'a Place<'a>, name: &'a str },
    Element { parent: &'a Place<'a>, index: usize },
}

impl Place<'_> {
    fn pointer(&self) -> String {
        let (mut tokens, mut place) = (Vec::new(), self);
        loop {
            place = match place {
                Self::Root => break,
                Self::Member { parent, name } => {
                    tokens.push((*name).to_owned());
                    parent
                }
                Self::Element { parent, index } => {
                    tokens.push(index.to_string());
                    parent
                }
            };
        }
        tokens.reverse();
        pointer::fragment(tokens)
    }
}

/// Reads a value and drops it. The pointer to a repeated name is put into `found`, and ends the reading.
#[derive(Clone, Copy)]
struct Value<'a> {
    place: &'a Place<'a>,
    found: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        for index in 0.. {
            let place = Place::Element { parent: self.place, index };
            if elements.next_element_seed(Value { place: &place, ..self })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let place = Place::Member { parent: self.place, name: &name };
            if names.contains(&name) {
                self.found.replace(Some(place.pointer()));
                return Err(A::Error::custom("a name is given more than once"));
            }
            members.next_value_seed(Value { place: &place, ..self })?;
            names.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(json: &str) -> Option<String> {
        repeated(json.as_bytes()).expect(json)
    }

    #[test]
    fn repeated_name_is_found_wherever_it_stands() {
        for (json, pointer) in [
            (r#"{"a":1,"a":1}"#, "#/a"),
            (r#"{"a":{"b":1,"c":2,"b":3}}"#, "#/a/b"),
            (r#"[0,{"a":[{},{"b":1,"b":{"b":2}}]}]"#, "#/1/a/1/b"),
            (r#"{"a":1,"\u0061":2}"#, "#/a"),
            (r#"{"a/b":1,"a\/b":2}"#, "#/a~1b"),
            (r#"{"":1,"":2}"#, "#/"),
            (r#"{"a":{"x":1,"x":2},"a":3}"#, "#/a/x"),
        ] {
            assert_eq!(find(json).as_deref(), Some(pointer), "{json}");
        }
    }

    #[test]
    fn equal_names_of_several_objects_are_no_repetition() {
        for json in [
            r#"{"a":{"a":{"a":[]}},"b":{"a":null}}"#,
            r#"[{"a":1},{"a":1.5},{"a":-1},{"a":true},{"a":"a"}]"#,
            r#"{"a":1,"A":1,"a ":1}"#,
            "17",
            "{}",
        ] {
            assert_eq!(find(json), None, "{json}");
        }
        assert!(repeated(b"{").is_err() && repeated(b"").is_err());
    }

    /// A body of the largest size with as many names as fit.
    #[test]
    fn largest_body_is_read_in_one_pass() {
        let names: Vec<String> = (0..20_000).map(|number| format!("\"{number}\":0")).collect();
        let json = format!("{{{},\"19999\":0}}", names.join(","));
        assert!(json.len() < crate::request::MAX_BODY);
        assert_eq!(find(&json).as_deref(), Some("#/19999"));
    }
}
