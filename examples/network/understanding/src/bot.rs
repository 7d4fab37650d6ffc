//! One folder: training, responses and limits in Estonian and English.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::entity::{Entity, Extractor};
use crate::model::{Decision, Limits, Model};
use crate::responses::Responses;
use crate::training::Training;

/// A language of the network.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Language {
    /// Estonian.
    Et,
    /// English.
    En,
}

impl Language {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::Et, Self::En];
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Et { "et" } else { "en" })
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|language| language.to_string() == text);
        found.ok_or_else(|| format!("{text:?} is neither et nor en"))
    }
}

/// A folder that cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}", path = .path.display())]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

/// What a bot makes of a sentence.
#[derive(Clone, Debug)]
pub struct Interpretation {
    /// The language of the sentence.
    pub language: Language,
    /// The decision of that language's model.
    pub decision: Decision,
    /// The entities that were found.
    pub entities: Vec<Entity>,
}

/// What a bot knows in one language.
#[derive(Debug)]
pub struct Knowledge {
    /// The training sentences.
    pub training: Training,
    /// The responses.
    pub responses: Responses,
    model: Model,
    extractor: Extractor,
}

/// A bot in both languages.
#[derive(Debug)]
pub struct Bot {
    estonian: Knowledge,
    english: Knowledge,
}

impl Bot {
    /// Loads `nlu.<language>.yml` and `responses.<language>.yml` of a folder, for `et` and `en`.
    ///
    /// # Errors
    /// Returns an error that names the file.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        Ok(Self { estonian: load(folder, Language::Et)?, english: load(folder, Language::En)? })
    }

    /// Returns what it knows in a language.
    #[must_use]
    pub fn knowledge(&self, language: Language) -> &Knowledge {
        match language {
            Language::Et => &self.estonian,
            Language::En => &self.english,
        }
    }

    /// Interprets a sentence. Without a language, that of the more similar training sentences is taken.
    #[must_use]
    pub fn interpret(&self, sentence: &str, language: Option<Language>) -> Interpretation {
        let language = language.unwrap_or_else(|| self.language_of(sentence));
        let knowledge = self.knowledge(language);
        Interpretation {
            language,
            decision: knowledge.model.decide(sentence),
            entities: knowledge.extractor.find(sentence),
        }
    }

    fn language_of(&self, sentence: &str) -> Language {
        let best = |language| self.knowledge(language).model.rank(sentence).first().map_or(0.0, |first| first.score);
        if best(Language::En) > best(Language::Et) { Language::En } else { Language::Et }
    }
}

fn load(folder: &Path, language: Language) -> Result<Knowledge, LoadError> {
    let (nlu, training) = read(folder, &format!("nlu.{language}.yml"))?;
    let failed = |path: &Path, message: String| LoadError { path: path.to_owned(), message };
    let training = Training::parse(&training).map_err(|error| failed(&nlu, error.to_string()))?;
    let extractor = Extractor::new(&training).map_err(|message| failed(&nlu, message))?;
    let (path, responses) = read(folder, &format!("responses.{language}.yml"))?;
    let responses = Responses::parse(&responses).map_err(|message| failed(&path, message))?;
    let sentences: Vec<(String, String)> =
        training.sentences.iter().map(|sentence| (sentence.intent.clone(), sentence.text.clone())).collect();
    let missing = sentences.iter().find(|(intent, _)| !responses.responses.contains_key(&format!("utter_{intent}")));
    if let Some((intent, _)) = missing {
        return Err(failed(&path, format!("utter_{intent} is missing")));
    }
    Ok(Knowledge { model: Model::new(&sentences, Limits::default()), training, responses, extractor })
}

fn read(folder: &Path, name: &str) -> Result<(PathBuf, String), LoadError> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(LoadError { path, message: error.to_string() }),
    }
}
