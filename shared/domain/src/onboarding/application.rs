//! Applications: the chatbot that an invited institution wants to enrol.

use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot_type::ChatbotType,
        contact::{self, Contact},
        name::Name,
        uri::ChatbotUri,
        versions::Versions,
    },
    credentials::{csr::Csr, secret::Secret},
};

/// The proposed chatbot of a [`NewApplication`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    name: Name,
    uri: ChatbotUri,
    #[serde(rename = "type")]
    kind: ChatbotType,
    contact: Contact,
    #[serde(default)]
    versions: Versions,
}

impl From<NewProposal> for Proposal {
    fn from(NewProposal { name, uri, kind, contact, versions }: NewProposal) -> Self {
        Self { name, uri, kind, contact, versions }
    }
}

/// The proposed chatbot. Its institution is that of the invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The name, which is the key.
    pub name: Name,
    /// The URL to which DMRs would send messages.
    pub uri: ChatbotUri,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The owner's e-mail address.
    #[serde(deserialize_with = "contact::stored")]
    pub contact: Contact,
    /// The component versions, if known.
    #[serde(default)]
    pub versions: Versions,
}

/// An application as the bearer of an invitation code submits it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// The code from the invitation mail.
    pub code: Secret,
    /// The chatbot.
    pub chatbot: NewProposal,
    /// The certificate signing request of the chatbot.
    pub csr: Csr,
}

/// A submitted application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The chatbot.
    pub chatbot: Proposal,
    /// The certificate signing request of the chatbot.
    pub csr: Csr,
    /// The applicant: the `sub` claim of the token.
    pub by: String,
}
