//! An update that CentOps has as accepted.

use semver::Version;

use crate::answer::{Artefact, Offer};

/// An accepted offer. Only [`UpdateClient::accept`](crate::UpdateClient::accept) returns one, after CentOps said 200 to
/// `accepted`: nobody can download or install anything before.
#[derive(Debug)]
pub struct UpdateJob(Offer);

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The artefact is being downloaded. [`UpdateClient::download`](crate::UpdateClient::download) reports it.
    Downloading,
    /// The artefact is being installed.
    Installing,
    /// The new version runs. CentOps counts it when the version is reported, too.
    Succeeded,
}

impl UpdateJob {
    /// Creates a job that is not accepted yet.
    pub(crate) fn new(offer: Offer) -> Self {
        Self(offer)
    }

    /// Returns the component.
    #[must_use]
    pub fn component(&self) -> &str {
        &self.0.component
    }

    /// Returns the version to install.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.0.to
    }

    /// Returns the number of the attempt.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// Returns the location, length and digest of the artefact.
    #[must_use]
    pub fn artefact(&self) -> &Artefact {
        &self.0.artefact
    }
}

impl Progress {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Downloading => "downloading",
            Self::Installing => "installing",
            Self::Succeeded => "succeeded",
        }
    }
}
