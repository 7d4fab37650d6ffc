//! Manifests: what a file says about chatbots, institutions, subscriptions, planned outages and the policy.
//!
//! A manifest has only fields that people write. Versions belong to the chatbot, the status to the health engine.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use centops_client::schema::schemas;
use serde_json::{Map, Value};

use crate::error::CliError;

pub mod schema;

/// The `apiVersion` of manifests.
pub const API_VERSION: &str = "centops.ee/v1";

/// The kind of a manifest. The order is that of application: what others refer to comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An institution. The name is its id.
    Institution,
    /// A chatbot. The name is its name.
    Chatbot,
    /// A subscription. The name is a label of the file.
    Subscription,
    /// A planned outage. The name is a label of the file.
    Outage,
    /// The policy of the health engine. There is one.
    Policy,
}

impl Kind {
    /// All kinds, in the order of application.
    pub const ALL: [Self; 5] = [Self::Institution, Self::Chatbot, Self::Subscription, Self::Outage, Self::Policy];

    /// Returns the word in a manifest.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Institution => "Institution",
            Self::Chatbot => "Chatbot",
            Self::Subscription => "Subscription",
            Self::Outage => "Outage",
            Self::Policy => "Policy",
        }
    }

    fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A valid manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The id on the server, if the file has it.
    pub id: Option<String>,
    /// The fields.
    pub spec: Map<String, Value>,
}

impl Manifest {
    /// Returns the kind and the name: `chatbot/tax-board`.
    pub fn label(&self) -> String {
        label(self.kind, &self.name)
    }

    /// Returns a text of the specification; empty if it has none.
    pub fn text(&self, field: &str) -> &str {
        self.spec.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Returns a kind and a name as a label: `chatbot/tax-board`.
pub fn label(kind: Kind, name: &str) -> String {
    format!("{}/{name}", kind.word().to_lowercase())
}

/// Reads manifests from files and from the YAML files of folders; `-` is the standard input. They are in the order of
/// application.
///
/// # Errors
/// [`CliError::Invalid`] with all violations of all files; others if a file cannot be read.
pub fn read(paths: &[String]) -> Result<Vec<Manifest>, CliError> {
    let mut violations = Vec::new();
    let mut manifests: Vec<Manifest> = Vec::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (file, text) in texts(paths)? {
        let documents: Vec<Value> = match serde_saphyr::from_multiple_with_options(&text, yaml()) {
            Ok(documents) => documents,
            Err(error) => {
                violations.push(format!("{file}: {}", error.to_string().trim_end()));
                continue;
            }
        };
        for (at, document) in documents.iter().enumerate() {
            let place = if documents.len() > 1 { format!("{file}, document {}", at + 1) } else { file.clone() };
            match parse(document) {
                Ok(manifest) => {
                    let key = if manifest.kind == Kind::Policy { "policy".to_owned() } else { manifest.label() };
                    if let Some(first) = places.insert(key, place.clone()) {
                        violations.push(format!("{place}: {} is in {first} already", manifest.label()));
                    }
                    manifests.push(manifest);
                }
                Err(found) => violations.extend(found.into_iter().map(|violation| format!("{place}: {violation}"))),
            }
        }
    }
    if violations.is_empty() {
        manifests.sort_by_key(|manifest| manifest.kind);
        Ok(manifests)
    } else {
        Err(CliError::Invalid(violations))
    }
}

/// Returns the options of YAML: `no`, `on` and `y` are texts, as in YAML 1.2.
pub fn yaml() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// Returns the manifest of a document, or all violations.
pub fn parse(document: &Value) -> Result<Manifest, Vec<String>> {
    let word = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = Kind::find(word) else {
        let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        return Err(vec![format!("/kind: must be one of {}", words.join(", "))]);
    };
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/metadata/name").unwrap_or_default();
    let subject = if name.is_empty() { kind.word().to_owned() } else { label(kind, &name) };
    let violations: Vec<_> = schemas()
        .check(schema::of(kind), document)
        .into_iter()
        .map(|violation| {
            let detail = if violation.pointer == "/spec/versions" {
                "is written by the chatbot itself (report-versions)".to_owned()
            } else {
                violation.detail
            };
            format!("{subject}: {}: {detail}", violation.pointer)
        })
        .collect();
    let spec = document.get("spec").and_then(Value::as_object);
    match spec {
        Some(spec) if violations.is_empty() => {
            Ok(Manifest { kind, name, id: text("/metadata/id"), spec: spec.clone() })
        }
        _ => Err(violations),
    }
}

fn texts(paths: &[String]) -> Result<Vec<(String, String)>, CliError> {
    let mut texts = Vec::new();
    for path in paths {
        if path == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| CliError::file(path, error))?;
            texts.push(("standard input".to_owned(), text));
            continue;
        }
        let mut files = vec![path.clone()];
        if Path::new(path).is_dir() {
            files = yaml_files(path)?;
            if files.is_empty() {
                return Err(CliError::Usage(format!("{path} has no file that ends with .yaml or .yml")));
            }
        }
        for file in files {
            let text = fs::read_to_string(&file).map_err(|error| CliError::file(&file, error))?;
            texts.push((file, text));
        }
    }
    Ok(texts)
}

fn yaml_files(folder: &str) -> Result<Vec<String>, CliError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| CliError::file(folder, error))? {
        let path = entry.map_err(|error| CliError::file(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;
