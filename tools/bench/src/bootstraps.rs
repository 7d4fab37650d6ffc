//! The bootstraps to measure, and the check that they are release builds.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::BenchError;

/// The note of the build, in the directory of the functions.
const NOTE: &str = "profile.json";
/// The profile that is deployed.
const RELEASE: &str = "release";

/// The directories of the bootstraps: `<directory>/<function>/bootstrap`.
#[derive(Debug, Clone)]
pub struct Bootstraps {
    functions: PathBuf,
    references: PathBuf,
}

/// The note that a build leaves beside its bootstraps.
#[derive(Debug, Deserialize)]
struct BuildNote {
    profile: String,
}

impl Bootstraps {
    /// The bootstraps of the functions in `functions`, and those that they are compared with in `references`.
    #[must_use]
    pub fn new(functions: PathBuf, references: PathBuf) -> Self {
        Self { functions, references }
    }

    /// Checks that the build of the functions left a note of the profile `release`.
    ///
    /// # Errors
    /// [`BenchError::Profile`] when there is no note, or one of another profile.
    pub fn check_profile(&self) -> Result<(), BenchError> {
        let path = self.functions.join(NOTE);
        let problem = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => "is missing".to_owned(),
            Err(error) => format!("cannot be read ({error})"),
            Ok(text) => match serde_json::from_slice::<BuildNote>(&text) {
                Ok(note) if note.profile == RELEASE => return Ok(()),
                Ok(note) => format!("says that the profile is `{}`", note.profile),
                Err(error) => format!("is not a note of a build ({error})"),
            },
        };
        Err(BenchError::Profile { path, problem })
    }

    /// The bootstrap of `function`.
    #[must_use]
    pub fn function(&self, function: &str) -> PathBuf {
        bootstrap(&self.functions, function)
    }

    /// The bootstrap of the bench's own function `name`.
    #[must_use]
    pub fn reference(&self, name: &str) -> PathBuf {
        bootstrap(&self.references, name)
    }

    /// The bootstraps of all functions, by name.
    ///
    /// # Errors
    /// [`BenchError::NoBootstraps`] when there is none.
    pub fn all(&self) -> Result<Vec<PathBuf>, BenchError> {
        let none = || BenchError::NoBootstraps(self.functions.clone());
        let folders = fs::read_dir(&self.functions).map_err(|_| none())?;
        let paths = folders.filter_map(Result::ok).map(|folder| folder.path().join("bootstrap"));
        let mut paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        paths.sort();
        if paths.is_empty() { Err(none()) } else { Ok(paths) }
    }
}

fn bootstrap(directory: &Path, function: &str) -> PathBuf {
    directory.join(function).join("bootstrap")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(note: Option<&str>) -> Result<(), String> {
        let directory = tempfile::tempdir().unwrap();
        if let Some(note) = note {
            fs::write(directory.path().join(NOTE), note).unwrap();
        }
        let bootstraps = Bootstraps::new(directory.path().to_owned(), PathBuf::new());
        bootstraps.check_profile().map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_note_of_the_release_profile_is_accepted() {
        assert_eq!(checked(Some(r#"{"profile": "release", "commit": "abc"}"#)), Ok(()));
        for (note, problem) in [
            (None, "is missing"),
            (Some(r#"{"profile": "local"}"#), "says that the profile is `local`"),
            (Some(r#"{"profile": "Release"}"#), "says that the profile is `Release`"),
            (Some("{}"), "is not a note of a build"),
            (Some("release"), "is not a note of a build"),
        ] {
            let refused = checked(note).unwrap_err();
            assert!(refused.contains(problem) && refused.ends_with("run `make release`"), "{note:?}: {refused}");
        }
    }

    #[test]
    fn all_lists_directories_with_a_bootstrap_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let bootstraps = Bootstraps::new(directory.path().to_owned(), PathBuf::new());
        fs::create_dir(directory.path().join("unfinished")).unwrap();
        fs::write(directory.path().join(NOTE), "{}").unwrap();
        assert!(matches!(bootstraps.all(), Err(BenchError::NoBootstraps(_))));
        for function in ["get-routes", "get-route"] {
            fs::create_dir(directory.path().join(function)).unwrap();
            fs::write(bootstraps.function(function), "").unwrap();
        }
        assert_eq!(bootstraps.all().unwrap(), ["get-route", "get-routes"].map(|name| bootstraps.function(name)));
    }
}
