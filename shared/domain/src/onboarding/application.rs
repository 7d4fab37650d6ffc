//! The application of an institution.

use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{chatbot::ChatbotType, contact::Contact, name::Name, uri::ChatbotUri, versions::Versions},
    credentials::{csr::Csr, secret::Secret},
};

/// The chatbot that an institution wants enrolled. Whose it is the invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The key.
    pub name: Name,
    /// Where DMRs would send messages.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The owner's e-mail address.
    pub contact: Contact,
    /// What it runs, where that is known.
    #[serde(default)]
    pub versions: Versions,
}

/// What the bearer of a code sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// From the letter.
    pub code: Secret,
    /// The chatbot.
    pub chatbot: Proposal,
    /// The request for its certificate.
    pub csr: Csr,
}

/// What was applied for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The chatbot.
    pub chatbot: Proposal,
    /// The request for its certificate.
    pub csr: Csr,
    /// Who applied: the token's subject.
    pub by: String,
}
