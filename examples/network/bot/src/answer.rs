//! Answers messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use network_understanding::responses::{Button, Filled};
use network_understanding::{Bot, Decision, Interpretation, Language, LoadError, Ranked};

use crate::edits::{EditError, EditedResponses};
use crate::integrations::{Integrations, ManifestError};
use crate::service::Reply;

/// The text of a message that is not understood; Bürokratt's Ruuter switches on it.
pub const UNKNOWN: &str = "UNKNOWN";

/// A folder that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Training or responses.
    #[error(transparent)]
    Bot(#[from] LoadError),
    /// The manifest of integrations.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The texts that the owner changed.
    #[error(transparent)]
    Edits(#[from] EditError),
}

/// What became of a message, for logs. It has no text of the visitor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Meaning {
    /// An intent was understood.
    Understood(String),
    /// The visitor is asked which intent is meant.
    Asked,
    /// Nothing is similar.
    Unknown,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The messages of the answer.
    pub replies: Vec<Reply>,
    /// What the message meant.
    pub meaning: Meaning,
    /// The error of an integration; the answer says that the service does not respond.
    pub failed_integration: Option<String>,
}

/// Answers messages from one folder.
#[derive(Debug)]
pub struct Answerer {
    bot: Bot,
    responses: EditedResponses,
    integrations: Integrations,
}

impl Answerer {
    /// Loads a folder. `edits` is the file of the texts that the owner changes. `variable` returns variables of the
    /// environment, which hold addresses and credentials.
    ///
    /// # Errors
    /// Returns an error that names the file.
    pub fn load(
        folder: &Path,
        edits: Option<PathBuf>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, FolderError> {
        let integrations = Integrations::load(&folder.join("integrations.yaml"), variable)?;
        let bot = Bot::load(folder)?;
        Ok(Self { responses: EditedResponses::load(&bot, edits)?, bot, integrations })
    }

    /// Returns the responses.
    #[must_use]
    pub fn responses(&self) -> &EditedResponses {
        &self.responses
    }

    /// Answers a message. A message such as `/renew_loan` names the intent itself, as in Rasa.
    pub async fn answer(&self, message: &str, language: Option<Language>) -> Answer {
        let mut interpretation = self.bot.interpret(message, language);
        if let Some(intent) = message.strip_prefix('/').filter(|intent| self.knows(intent)) {
            interpretation.decision = Decision::Understood(Ranked { label: intent.to_owned(), score: 1.0 });
        }
        match &interpretation.decision {
            Decision::Understood(first) => self.respond(&first.label, &interpretation).await,
            Decision::Ambiguous(offered) => self.ask(offered, interpretation.language),
            Decision::Unknown => Answer {
                replies: vec![Reply { text: UNKNOWN.to_owned(), buttons: Vec::new() }],
                meaning: Meaning::Unknown,
                failed_integration: None,
            },
        }
    }

    fn knows(&self, intent: &str) -> bool {
        intent != "question" && self.responses.has(&format!("utter_{intent}"))
    }

    async fn respond(&self, intent: &str, interpretation: &Interpretation) -> Answer {
        let mut slots: BTreeMap<String, String> =
            interpretation.entities.iter().map(|entity| (entity.name.clone(), entity.value.clone())).collect();
        let fetched = self.integrations.fetch(intent, interpretation.language, &slots).await;
        let failed_integration = match fetched {
            Ok(attributes) => {
                slots.extend(attributes);
                None
            }
            Err(error) => Some(error.to_string()),
        };
        let filled = self.responses.fill(interpretation.language, &format!("utter_{intent}"), &slots);
        let replies = filled.map_or_else(
            || vec![Reply { text: UNKNOWN.to_owned(), buttons: Vec::new() }],
            |Filled { text, buttons }| vec![Reply { text, buttons }],
        );
        Answer { replies, meaning: Meaning::Understood(intent.to_owned()), failed_integration }
    }

    /// Asks which intent is meant. The label of a button is the first training sentence of its intent.
    fn ask(&self, offered: &[Ranked], language: Language) -> Answer {
        let knowledge = self.bot.knowledge(language);
        let buttons = offered.iter().filter_map(|ranked| {
            let sentence = knowledge.training.sentences.iter().find(|one| one.intent == ranked.label)?;
            Some(Button { title: sentence.text.clone(), payload: format!("/{}", ranked.label) })
        });
        let question = self.responses.fill(language, "utter_question", &BTreeMap::new());
        let default =
            if language == Language::Et { "Kas pidasid silmas üht neist?" } else { "Did you mean one of these?" };
        let text = question.map_or_else(|| default.to_owned(), |filled| filled.text);
        Answer {
            replies: vec![Reply { text, buttons: buttons.collect() }],
            meaning: Meaning::Asked,
            failed_integration: None,
        }
    }
}
