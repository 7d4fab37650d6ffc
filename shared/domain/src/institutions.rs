//! Institutions, which own chatbots. A chatbot may name an institution without a record. A record cannot be removed
//! while a chatbot names it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot_type::ChatbotType,
        contact::{self, Contact},
        name::Name,
    },
    json::non_null,
    text,
};

/// The allowed number of characters of a name.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=50;

/// The most characters of [`InstitutionName::comparable`]: a sort key has at most 1024 bytes.
const MAX_COMPARABLE: usize = 250;

/// The name of an institution: 4 to 50 characters, no control characters, no surrounding spaces, not all invisible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstitutionName(String);

/// A text that is not an [`InstitutionName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an institution's name has 4 to 50 characters, no control characters and no spaces around it")]
pub struct InvalidInstitutionName;

impl InstitutionName {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name for comparison: of two names that people cannot tell apart, it is the same.
    #[must_use]
    pub fn comparable(&self) -> String {
        text::comparable(&self.0).chars().take(MAX_COMPARABLE).collect()
    }

    /// Returns the default id for this name: its letters and digits, Estonian letters without diacritics, and `-` for
    /// everything between. None if fewer than two characters remain.
    #[must_use]
    pub fn id(&self) -> Option<Name> {
        let mut id = String::with_capacity(self.0.len());
        for character in text::composed(&self.0).chars().flat_map(char::to_lowercase) {
            match character {
                'a'..='z' | '0'..='9' => id.push(character),
                'ä' => id.push('a'),
                'õ' | 'ö' => id.push('o'),
                'ü' => id.push('u'),
                'š' => id.push('s'),
                'ž' => id.push('z'),
                _ if id.is_empty() || id.ends_with('-') => {}
                _ => id.push('-'),
            }
        }
        id.trim_end_matches('-').parse().ok()
    }
}

impl TryFrom<String> for InstitutionName {
    type Error = InvalidInstitutionName;

    fn try_from(text: String) -> Result<Self, InvalidInstitutionName> {
        let fits = LENGTH.contains(&text.chars().count()) && !text.chars().any(char::is_control) && text.trim() == text;
        let is_visible = !text::comparable(&text).is_empty();
        if fits && is_visible { Ok(Self(text)) } else { Err(InvalidInstitutionName) }
    }
}

impl From<InstitutionName> for String {
    fn from(name: InstitutionName) -> Self {
        name.0
    }
}

impl fmt::Display for InstitutionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The participation status of an institution. It has no effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstitutionStatus {
    /// Not set.
    #[default]
    Unknown,
    /// The institution takes part.
    Active,
    /// The institution does not take part.
    Disabled,
}

/// An institution as an administrator records it. A `PUT` may repeat the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInstitution {
    /// The id; without it, the default id of the name.
    #[serde(default, deserialize_with = "non_null")]
    pub id: Option<Name>,
    /// The name.
    pub name: InstitutionName,
    /// The status.
    #[serde(default)]
    pub status: InstitutionStatus,
    /// The contact for its chatbots.
    #[serde(default, deserialize_with = "non_null")]
    pub contact: Option<Contact>,
    /// The type of its chatbots.
    #[serde(rename = "type", default, deserialize_with = "non_null")]
    pub kind: Option<ChatbotType>,
}

/// An institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// The id, which is the key and the value of a chatbot's `institution`. It cannot change.
    pub id: Name,
    /// The name, unique among institutions: no two that people cannot tell apart.
    pub name: InstitutionName,
    /// The status.
    pub status: InstitutionStatus,
    /// The contact of its chatbots that are enrolled as participants.
    #[serde(default, deserialize_with = "contact::stored_optional", skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The type of these chatbots; without it, [`ChatbotType::Institution`].
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChatbotType>,
}

impl Institution {
    /// Returns the institution `id` described by `new`.
    #[must_use]
    pub fn new(id: Name, new: NewInstitution) -> Self {
        let NewInstitution { name, status, contact, kind, .. } = new;
        Self { id, name, status, contact, kind }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<InstitutionName, InvalidInstitutionName> {
        InstitutionName::try_from(text.to_owned())
    }

    #[test]
    fn name_has_4_to_50_characters() {
        assert!(parse("Maks").is_ok() && parse(&"õ".repeat(50)).is_ok());
        for bad in ["", "EMT", &"õ".repeat(51), " Maks", "Maks ", "Ma\nks", &"\u{200b}".repeat(4)] {
            assert_eq!(parse(bad), Err(InvalidInstitutionName), "{bad:?}");
        }
    }

    #[test]
    fn id_is_the_name_without_diacritics() {
        for (name, id) in [
            ("Maksu- ja Tolliamet", Some("maksu-ja-tolliamet")),
            ("Põhja Šokolaad & Žanr OÜ", Some("pohja-sokolaad-zanr-ou")),
            ("Po\u{303}hja S\u{30c}okolaad", Some("pohja-sokolaad")),
            ("Maksu\u{200b}amet", Some("maksuamet")),
            ("  ".trim(), None),
            ("(RIA) 2.0", Some("ria-2-0")),
            ("警察警察", None),
            ("警察警a", None),
        ] {
            let found = parse(name).ok().and_then(|name| name.id());
            assert_eq!(found, id.map(|id| id.parse().expect("a name")), "{name}");
        }
    }

    #[test]
    fn names_that_look_alike_have_one_key() {
        let comparable = |name: &str| parse(name).expect("a good name").comparable();
        assert_eq!(comparable("Põhja Regionaalhaigla"), comparable("po\u{303}hja\u{200b} regionaalhaigla"));
        assert_ne!(comparable("Põhja"), comparable("Pohja"));
        // One character that stands for eighteen.
        assert!(comparable(&"\u{fdfa}".repeat(50)).len() <= 1000);
    }

    #[test]
    fn absent_fields_get_defaults_and_null_is_refused() {
        let new: NewInstitution = serde_json::from_str(r#"{"name":"Maksuamet"}"#).expect("enough");
        let institution = Institution::new(new.name.id().expect("an id"), new);
        let text = r#"{"id":"maksuamet","name":"Maksuamet","status":"Unknown"}"#;
        assert_eq!(serde_json::to_string(&institution).expect("json"), text);
        for bad in [r#","contact":null"#, r#","status":"Deleted""#, r#","status":1"#, r#","apiKey":"x""#] {
            let text = format!(r#"{{"name":"Maksuamet"{bad}}}"#);
            assert!(serde_json::from_str::<NewInstitution>(&text).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn names_round_trip_and_ids_are_trimmed(text in ".{0,60}") {
            if let Ok(name) = parse(&text) {
                prop_assert_eq!(String::from(name.clone()), text);
                if let Some(id) = name.id() {
                    prop_assert!(!id.as_str().starts_with('-') && !id.as_str().ends_with('-'));
                }
            }
        }
    }
}
