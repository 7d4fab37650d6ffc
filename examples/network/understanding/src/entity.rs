//! Finds entities in a sentence: values of lookup tables in any case of Estonian, and regular expressions.

use regex_lite::{Regex, RegexBuilder};

use crate::training::Training;
use crate::vector::words;

/// Endings of the cases of Estonian, singular. A name that ends in a vowel takes them as they are.
const ENDINGS: [&str; 17] =
    ["", "t", "d", "s", "st", "sse", "l", "lt", "le", "ni", "ks", "ga", "ta", "na", "as", "ast", "asse"];

/// An entity that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: String,
    /// Its value: that of the lookup table, or the text that a regular expression matches.
    pub value: String,
}

/// Finds entities.
#[derive(Clone, Debug, Default)]
pub struct Extractor {
    lookups: Vec<(String, String)>,
    regexes: Vec<(String, Regex)>,
}

impl Extractor {
    /// Takes the lookup tables and regular expressions of a training file.
    ///
    /// # Errors
    /// Returns a message that names the expression.
    pub fn new(training: &Training) -> Result<Self, String> {
        let mut extractor = Self::default();
        for lookup in &training.lookups {
            extractor.lookups.extend(lookup.values.iter().map(|value| (lookup.name.clone(), value.clone())));
        }
        for regex in &training.regexes {
            for value in &regex.values {
                let built = RegexBuilder::new(value).case_insensitive(true).build();
                let built = built.map_err(|error| format!("regex {} ({value}): {error}", regex.name))?;
                extractor.regexes.push((regex.name.clone(), built));
            }
        }
        Ok(extractor)
    }

    /// Returns the entities of a sentence; the first of each name.
    #[must_use]
    pub fn find(&self, sentence: &str) -> Vec<Entity> {
        let spoken = words(sentence);
        let looked_up = self.lookups.iter().filter(|(_, value)| spoken.iter().any(|word| is_case_of(word, value)));
        let matched = self.regexes.iter().filter_map(|(name, regex)| {
            regex.find(sentence).map(|found| Entity { name: name.clone(), value: found.as_str().to_owned() })
        });
        let mut found: Vec<Entity> = Vec::new();
        let all = looked_up.map(|(name, value)| Entity { name: name.clone(), value: value.clone() }).chain(matched);
        for entity in all {
            if found.iter().all(|other| other.name != entity.name) {
                found.push(entity);
            }
        }
        found
    }
}

fn is_case_of(word: &str, value: &str) -> bool {
    let stem = value.to_lowercase();
    let genitive = word.strip_prefix(&stem).is_some_and(|ending| ENDINGS.contains(&ending));
    // "Haapsalu" and "Tartus" as they are; of "Kadriorg" the genitive is "Kadrioru".
    let weak = stem.strip_suffix("org").map(|start| format!("{start}oru"));
    genitive || weak.is_some_and(|weak| word.strip_prefix(&weak).is_some_and(|ending| ENDINGS.contains(&ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extractor() -> Extractor {
        let yaml = "nlu:\n- lookup: place\n  examples: |\n    - Tallinn\n    - Võru\n    - Kadriorg\n- regex: card\n  examples: |\n    - L\\d{6}\n";
        Extractor::new(&Training::parse(yaml).expect("valid")).expect("valid")
    }

    fn found(text: &str) -> Vec<(String, String)> {
        extractor().find(text).into_iter().map(|entity| (entity.name, entity.value)).collect()
    }

    #[test]
    fn lookup_values_are_found_in_every_case() {
        for (text, place) in [("Kas Võrus sajab?", "Võru"), ("ilm tallinnas", "Tallinn"), ("Kadriorus", "Kadriorg")] {
            assert_eq!(found(text), [("place".to_owned(), place.to_owned())], "{text}");
        }
        assert_eq!(found("Võrumaalane"), []);
    }

    #[test]
    fn regexes_are_found() {
        assert_eq!(found("Minu kaart on l123456."), [("card".to_owned(), "l123456".to_owned())]);
    }
}
