//! Rasa 3.1 NLU files: intents with examples, lookup tables, regexes.

use serde::Deserialize;

/// A training sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sentence {
    /// The intent.
    pub intent: String,
    /// The text, without the annotations of entities.
    pub text: String,
    /// The annotated entities: the value and its name.
    pub entities: Vec<(String, String)>,
}

/// A list of values, or a regular expression, of an entity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// The name of the entity.
    pub name: String,
    /// The values or expressions.
    pub values: Vec<String>,
}

/// The content of one NLU file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Training {
    /// The sentences of all intents, in the order of the file.
    pub sentences: Vec<Sentence>,
    /// The lookup tables.
    pub lookups: Vec<Named>,
    /// The regular expressions.
    pub regexes: Vec<Named>,
}

/// An error in a training file.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The file is no YAML of that form.
    #[error("not a Rasa 3.1 NLU file: {0}")]
    Yaml(String),
    /// An entry has no or several kinds.
    #[error("entry {0}: give one of intent, lookup and regex")]
    Kind(usize),
    /// An annotation is not closed.
    #[error("intent {intent}: the annotation in {text:?} must be [text](entity)")]
    Annotation {
        /// The intent.
        intent: String,
        /// The example.
        text: String,
    },
    /// An example is not an item of a list.
    #[error("{name}: {line:?} must begin with \"- \"")]
    Item {
        /// The intent, lookup or regex.
        name: String,
        /// The line.
        line: String,
    },
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    nlu: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    intent: Option<String>,
    lookup: Option<String>,
    regex: Option<String>,
    examples: String,
}

impl Training {
    /// Parses an NLU file.
    ///
    /// # Errors
    /// Returns an error that names the entry.
    pub fn parse(yaml: &str) -> Result<Self, TrainingError> {
        let file: File = serde_saphyr::from_str(yaml).map_err(|error| TrainingError::Yaml(error.to_string()))?;
        let mut training = Self::default();
        for (index, entry) in file.nlu.into_iter().enumerate() {
            match (entry.intent, entry.lookup, entry.regex) {
                (Some(intent), None, None) => {
                    for line in items(&intent, &entry.examples)? {
                        training.sentences.push(sentence(&intent, &line)?);
                    }
                }
                (None, Some(name), None) => {
                    training.lookups.push(Named { values: items(&name, &entry.examples)?, name });
                }
                (None, None, Some(name)) => {
                    training.regexes.push(Named { values: items(&name, &entry.examples)?, name });
                }
                _ => return Err(TrainingError::Kind(index)),
            }
        }
        Ok(training)
    }
}

fn items(name: &str, examples: &str) -> Result<Vec<String>, TrainingError> {
    examples
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let item = line.trim().strip_prefix("- ").map(|item| item.trim().to_owned());
            item.ok_or_else(|| TrainingError::Item { name: name.to_owned(), line: line.to_owned() })
        })
        .collect()
}

/// Splits `[text](entity)` annotations from an example.
fn sentence(intent: &str, example: &str) -> Result<Sentence, TrainingError> {
    let wrong = || TrainingError::Annotation { intent: intent.to_owned(), text: example.to_owned() };
    let (mut text, mut entities, mut rest) = (String::new(), Vec::new(), example);
    while let Some((before, after)) = rest.split_once('[') {
        let (value, after) = after.split_once("](").ok_or_else(wrong)?;
        let (name, after) = after.split_once(')').ok_or_else(wrong)?;
        text.push_str(before);
        text.push_str(value);
        entities.push((value.to_owned(), name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    Ok(Sentence { intent: intent.to_owned(), text, entities })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_become_entities_and_text() {
        let yaml = "version: \"3.1\"\nnlu:\n- intent: rain\n  examples: |\n    - Kas [Võrus](place) või [Narvas](place) sajab?\n- lookup: place\n  examples: |\n    - Võru\n- regex: number\n  examples: |\n    - \\d+\n";
        let training = Training::parse(yaml).expect("valid");
        assert_eq!(training.sentences[0].text, "Kas Võrus või Narvas sajab?");
        let places = [("Võrus".to_owned(), "place".to_owned()), ("Narvas".to_owned(), "place".to_owned())];
        assert_eq!(training.sentences[0].entities, places);
        assert_eq!(training.lookups[0].values, ["Võru"]);
        assert_eq!(training.regexes[0].values, ["\\d+"]);
    }

    #[test]
    fn errors_name_the_entry() {
        let message = |yaml: &str| Training::parse(yaml).expect_err("invalid").to_string();
        assert!(message("nlu:\n- intent: rain\n  examples: |\n    - Kas [Võrus sajab?\n").contains("[text](entity)"));
        assert!(message("nlu:\n- intent: rain\n  examples: |\n    Kas sajab?\n").contains("must begin with"));
        assert!(message("nlu:\n- examples: |\n    - Kas sajab?\n").contains("entry 0"));
        assert!(message("nlu: 1").contains("not a Rasa"));
    }
}
