//! The responses of a bot, with the texts that its owner changed: in memory, and in a file that is read at the next start.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use network_understanding::responses::{Filled, Responses, Variation, placeholders};
use network_understanding::{Bot, Language};
use serde::{Deserialize, Serialize};
use tracing::warn;

/// The longest text, in characters.
const LONGEST: usize = 1000;

/// A changed text of one variation of a response.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// `et` or `en`.
    pub language: String,
    /// The name of the response, such as `utter_land_tax`.
    pub response: String,
    /// The number of the variation, from 0.
    pub variation: usize,
    /// The new text.
    pub text: String,
}

impl Edit {
    fn is_of_same_text(&self, other: &Self) -> bool {
        (&self.language, &self.response, self.variation) == (&other.language, &other.response, other.variation)
    }
}

/// The reason why a text is not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// There is no such language, response or variation.
    #[error("the bot has no variation {2} of {1} in the language {0:?}")]
    Unknown(String, String, usize),
    /// The text is empty or too long.
    #[error("the text must have 1 to {LONGEST} characters")]
    Length,
    /// The text has a placeholder that the former one does not have; it would never be filled.
    #[error("the text may not have the placeholder {{{0}}}: the former text does not have it")]
    Placeholder(String),
    /// The file cannot be read or written.
    #[error("{path}: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
    /// The file has another form.
    #[error("{path}: {1}", path = .0.display())]
    Form(PathBuf, serde_json::Error),
}

/// The responses in both languages.
#[derive(Debug)]
pub struct EditedResponses {
    /// As in the folder: they say which placeholders a text may have.
    original: [Responses; 2],
    current: RwLock<[Responses; 2]>,
    /// Held while the file is written.
    edits: Mutex<Vec<Edit>>,
    file: Option<PathBuf>,
}

fn index(language: Language) -> usize {
    match language {
        Language::Et => 0,
        Language::En => 1,
    }
}

impl EditedResponses {
    /// Takes the responses of a bot, and applies the edits of a file. An edit that does not fit the folder any more is left
    /// out, and named in the log.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read. A missing one has no edits.
    pub fn load(bot: &Bot, file: Option<PathBuf>) -> Result<Self, EditError> {
        let original = [Language::Et, Language::En].map(|language| bot.knowledge(language).responses.clone());
        let stored = file.as_deref().map(read).transpose()?.unwrap_or_default();
        let mut current = original.clone();
        let mut edits = Vec::new();
        for edit in stored {
            match check(&original, &edit) {
                Ok(()) => {
                    apply(&mut current, &edit);
                    edits.push(edit);
                }
                Err(error) => warn!(%error, "edit of a response left out"),
            }
        }
        Ok(Self { original, current: RwLock::new(current), edits: Mutex::new(edits), file })
    }

    /// Fills a response: see [`Responses::fill`].
    #[must_use]
    pub fn fill(&self, language: Language, name: &str, slots: &BTreeMap<String, String>) -> Option<Filled> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current[index(language)].fill(name, slots)
    }

    /// Returns whether the bot has a response of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.original[index(Language::Et)].responses.contains_key(name)
    }

    /// Returns all texts.
    #[must_use]
    pub fn list(&self) -> Vec<Edit> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let mut texts = Vec::new();
        for language in Language::ALL {
            for (response, variations) in &current[index(language)].responses {
                for (variation, Variation { text, .. }) in variations.iter().enumerate() {
                    let (language, response, text) = (language.to_string(), response.clone(), text.clone());
                    texts.push(Edit { language, response, variation, text });
                }
            }
        }
        texts
    }

    /// Changes a text: in the file, then in memory.
    ///
    /// # Errors
    /// [`EditError`]: nothing was changed.
    pub fn edit(&self, edit: &Edit) -> Result<(), EditError> {
        check(&self.original, edit)?;
        let mut edits = self.edits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed: Vec<Edit> = edits.iter().filter(|former| !former.is_of_same_text(edit)).cloned().collect();
        changed.push(edit.clone());
        if let Some(file) = &self.file {
            write(file, &changed)?;
        }
        *edits = changed;
        apply(&mut self.current.write().unwrap_or_else(PoisonError::into_inner), edit);
        Ok(())
    }
}

fn check(original: &[Responses; 2], edit: &Edit) -> Result<(), EditError> {
    let unknown = || EditError::Unknown(edit.language.clone(), edit.response.clone(), edit.variation);
    let language: Language = edit.language.parse().map_err(|_| unknown())?;
    let variations = original[index(language)].responses.get(&edit.response);
    let former = variations.and_then(|variations| variations.get(edit.variation)).ok_or_else(unknown)?;
    if edit.text.trim().is_empty() || edit.text.chars().count() > LONGEST {
        return Err(EditError::Length);
    }
    match placeholders(&edit.text).difference(&former.placeholders()).next() {
        Some(added) => Err(EditError::Placeholder((*added).to_owned())),
        None => Ok(()),
    }
}

/// Applies an edit that was checked.
fn apply(responses: &mut [Responses; 2], edit: &Edit) {
    let found = edit
        .language
        .parse::<Language>()
        .ok()
        .and_then(|language| responses[index(language)].responses.get_mut(&edit.response)?.get_mut(edit.variation));
    if let Some(variation) = found {
        variation.text.clone_from(&edit.text);
    }
}

fn read(file: &Path) -> Result<Vec<Edit>, EditError> {
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| EditError::Form(file.to_owned(), error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(EditError::File(file.to_owned(), error)),
    }
}

/// Writes the file anew, and renames it into place: a bot that stops in between has the former one.
fn write(file: &Path, edits: &[Edit]) -> Result<(), EditError> {
    let failed = |error| EditError::File(file.to_owned(), error);
    let text = serde_json::to_vec_pretty(edits).map_err(|error| EditError::Form(file.to_owned(), error))?;
    let new = file.with_extension("new");
    let mut out = std::fs::File::create(&new).map_err(failed)?;
    out.write_all(&text).and_then(|()| out.sync_all()).map_err(failed)?;
    std::fs::rename(&new, file).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bot() -> Bot {
        Bot::load(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bots/maks")).expect("a folder")
    }

    fn edit(response: &str, variation: usize, text: &str) -> Edit {
        Edit { language: "et".to_owned(), response: response.to_owned(), variation, text: text.to_owned() }
    }

    fn text(responses: &EditedResponses) -> Option<String> {
        responses.fill(Language::Et, "utter_greet", &BTreeMap::new()).map(|filled| filled.text)
    }

    #[test]
    fn changed_text_is_said_at_once_and_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("edits.json");
        let responses = EditedResponses::load(&bot(), Some(file.clone())).expect("no file yet");
        for text in ["Tere hommikust!", "Tere õhtust!"] {
            responses.edit(&edit("utter_greet", 0, text)).expect("changed");
        }
        assert_eq!(text(&responses).as_deref(), Some("Tere õhtust!"));
        let again = EditedResponses::load(&bot(), Some(file.clone())).expect("a file");
        assert_eq!(text(&again).as_deref(), Some("Tere õhtust!"));
        assert_eq!(again.list().iter().filter(|one| one.text == "Tere õhtust!").count(), 1);
        assert_eq!(read(&file).expect("a file").len(), 1);
    }

    #[test]
    fn text_that_could_not_be_said_is_refused_and_changes_nothing() {
        let responses = EditedResponses::load(&bot(), None).expect("no file");
        let before = responses.list();
        let refused = |one: Edit| responses.edit(&one).expect_err("refused");
        assert!(
            matches!(refused(edit("utter_greet", 0, "Tere, {name}!")), EditError::Placeholder(name) if name == "name")
        );
        assert!(matches!(refused(edit("utter_greet", 0, " ")), EditError::Length));
        assert!(matches!(refused(edit("utter_greet", 0, &"ä".repeat(1001))), EditError::Length));
        assert!(matches!(refused(edit("utter_greet", 9, "Tere!")), EditError::Unknown(..)));
        assert!(matches!(refused(edit("utter_none", 0, "Tere!")), EditError::Unknown(..)));
        let french = Edit { language: "fr".to_owned(), ..edit("utter_greet", 0, "Salut!") };
        assert!(matches!(refused(french), EditError::Unknown(..)));
        assert_eq!(responses.list(), before);
        responses.edit(&edit("utter_return_deadline", 0, "{year}: 30. aprill.")).expect("it keeps its placeholder");
    }

    #[test]
    fn edits_that_do_not_fit_any_more_are_left_out_and_a_broken_file_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("edits.json");
        write(&file, &[edit("utter_gone", 0, "Tere!"), edit("utter_greet", 0, "Tere!")]).expect("written");
        let responses = EditedResponses::load(&bot(), Some(file.clone())).expect("a file");
        assert_eq!(text(&responses).as_deref(), Some("Tere!"));
        std::fs::write(&file, "[{").expect("written");
        assert!(matches!(EditedResponses::load(&bot(), Some(file)), Err(EditError::Form(..))));
    }
}
