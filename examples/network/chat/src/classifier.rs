//! Decides which chatbot a message is for.

use std::path::Path;

use network_understanding::training::Training;
use network_understanding::{Decision, Language, Limits, LoadError, Model};

/// The intent that every chatbot has; it says nothing about which is meant.
const GREETING: &str = "greet";

/// A model for each language, whose labels are chatbots.
#[derive(Debug)]
pub struct Classifier {
    names: Vec<String>,
    models: Vec<(Language, Model)>,
}

impl Classifier {
    /// Learns from the training files of all folders in `folder`.
    ///
    /// # Errors
    /// Returns an error that names the file.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let failed = |path: &Path, message: String| LoadError { path: path.to_owned(), message };
        let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, error.to_string()))?;
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let mut models = Vec::new();
        for language in Language::ALL {
            let mut sentences = Vec::new();
            for name in &names {
                let path = folder.join(name).join(format!("nlu.{language}.yml"));
                let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error.to_string()))?;
                let training = Training::parse(&text).map_err(|error| failed(&path, error.to_string()))?;
                let kept = training.sentences.into_iter().filter(|sentence| sentence.intent != GREETING);
                sentences.extend(kept.map(|sentence| (name.clone(), sentence.text)));
            }
            models.push((language, Model::new(&sentences, Limits { threshold: 0.12, margin: 0.04, floor: 0.08 })));
        }
        Ok(Self { names, models })
    }

    /// Returns the names of all chatbots.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the chatbot that is meant; `None` if it is not clear: then the visitor is asked.
    #[must_use]
    pub fn classify(&self, message: &str, language: Language) -> Option<String> {
        let (_, model) = self.models.iter().find(|(of, _)| *of == language)?;
        match model.decide(message) {
            Decision::Understood(first) => Some(first.label),
            Decision::Ambiguous(_) | Decision::Unknown => None,
        }
    }
}
