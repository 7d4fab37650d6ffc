//! Rasa's responses: `responses: {utter_<intent>: [{text, buttons?, condition?}]}`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The responses of a bot in one language, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responses {
    /// Rasa's version of the format.
    #[serde(default)]
    pub version: Option<String>,
    /// Variations by name.
    pub responses: BTreeMap<String, Vec<Variation>>,
}

/// One variation of a response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// The text. `{name}` is replaced by the entity or attribute of that name.
    pub text: String,
    /// Buttons of the response.
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// All must hold.
    #[serde(default)]
    pub condition: Vec<Condition>,
}

/// A button: its label, and the message that it sends.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Button {
    /// The label.
    pub title: String,
    /// The message that a click sends.
    pub payload: String,
}

/// A slot that must have a value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Always `slot`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the entity or attribute.
    pub name: String,
    /// The value; any if it is absent.
    #[serde(default)]
    pub value: Option<String>,
}

/// A filled response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

impl Responses {
    /// Parses a file of responses.
    ///
    /// # Errors
    /// Returns the parser's message.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    /// Returns the first variation of `name` whose conditions hold and whose placeholders all have a value.
    #[must_use]
    pub fn fill(&self, name: &str, slots: &BTreeMap<String, String>) -> Option<Filled> {
        self.responses.get(name)?.iter().filter(|variation| variation.holds(slots)).find_map(|variation| {
            Some(Filled { text: substitute(&variation.text, slots)?, buttons: variation.buttons.clone() })
        })
    }
}

impl Variation {
    /// Returns the names of its placeholders.
    #[must_use]
    pub fn placeholders(&self) -> BTreeSet<&str> {
        placeholders(&self.text)
    }

    fn holds(&self, slots: &BTreeMap<String, String>) -> bool {
        self.condition.iter().all(|condition| {
            let slot = slots.get(&condition.name);
            condition.value.as_ref().map_or(slot.is_some(), |value| slot == Some(value))
        })
    }
}

/// Returns the names of the placeholders of a text. A brace without an end is one with the rest of the text as its name.
#[must_use]
pub fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|part| part.split_once('}').map_or(part, |(name, _)| name)).collect()
}

/// Replaces `{name}` by the slot of that name. Returns `None` if one has no value.
fn substitute(text: &str, slots: &BTreeMap<String, String>) -> Option<String> {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(slots.get(name)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_variation_with_all_values_is_taken() {
        let yaml = "responses:\n  utter_hours:\n  - text: \"{branch}: 10-20\"\n    condition: [{type: slot, name: branch}]\n  - text: \"Kõik harud: 10-19\"\n";
        let responses = Responses::parse(yaml).expect("valid");
        let slots = BTreeMap::from([("branch".to_owned(), "Nõmme".to_owned())]);
        let text = |slots| responses.fill("utter_hours", slots).map(|filled| filled.text);
        assert_eq!(text(&slots).as_deref(), Some("Nõmme: 10-20"));
        assert_eq!(text(&BTreeMap::new()).as_deref(), Some("Kõik harud: 10-19"));
        assert_eq!(responses.fill("utter_other", &slots), None);
    }

    #[test]
    fn placeholders_are_found_also_without_an_end() {
        assert_eq!(placeholders("{place}: {wind} m/s, {wind}"), BTreeSet::from(["place", "wind"]));
        assert_eq!(placeholders("a {b"), BTreeSet::from(["b"]));
        assert!(placeholders("a } b").is_empty());
    }
}
