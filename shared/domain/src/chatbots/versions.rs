//! The component versions that a chatbot runs.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::chatbots::name::Name;

/// The most components of one chatbot.
pub const MAX_COMPONENTS: usize = 64;
/// The most characters of a version.
pub const MAX_VERSION_LENGTH: usize = 64;

/// The versions of a chatbot's components, by component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Name, Version>", into = "BTreeMap<Name, Version>")]
pub struct Versions(BTreeMap<Name, Version>);

/// The reason why a map is not [`Versions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersions {
    /// More than [`MAX_COMPONENTS`] components.
    #[error("a chatbot runs at most {MAX_COMPONENTS} components")]
    TooMany,
    /// A version longer than [`MAX_VERSION_LENGTH`].
    #[error("a version has at most {MAX_VERSION_LENGTH} characters")]
    TooLong,
}

impl Versions {
    /// Returns the version of `component`, if the chatbot runs it.
    #[must_use]
    pub fn get(&self, component: &Name) -> Option<&Version> {
        self.0.get(component)
    }

    /// Returns each component with its version, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Version)> {
        self.0.iter()
    }
}

impl TryFrom<BTreeMap<Name, Version>> for Versions {
    type Error = InvalidVersions;

    fn try_from(versions: BTreeMap<Name, Version>) -> Result<Self, InvalidVersions> {
        if versions.len() > MAX_COMPONENTS {
            return Err(InvalidVersions::TooMany);
        }
        if versions.values().any(|version| version.to_string().len() > MAX_VERSION_LENGTH) {
            return Err(InvalidVersions::TooLong);
        }
        Ok(Self(versions))
    }
}

impl From<Versions> for BTreeMap<Name, Version> {
    fn from(versions: Versions) -> Self {
        versions.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_bounded_and_semver() {
        let parse = |text: &str| serde_json::from_str::<Versions>(text);
        assert!(parse(r#"{"ruuter":"1.2.3-rc.1"}"#).is_ok());
        assert!(parse(r#"{"ruuter":"1.2"}"#).is_err());
        assert!(parse(r#"{"Ruuter":"1.2.3"}"#).is_err());
        assert!(parse(&format!(r#"{{"ruuter":"1.2.3-{}"}}"#, "a".repeat(64))).is_err());
        let many: Vec<_> = (0..=MAX_COMPONENTS).map(|i| format!(r#""c-{i}":"1.0.0""#)).collect();
        assert!(parse(&format!("{{{}}}", many.join(","))).is_err());
    }
}
