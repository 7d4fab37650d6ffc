//! A participant as the store holds it: a chatbot, or a peer (DMR or classifier).

use centops_api::Problem;
use centops_domain::{
    chatbots::{Chatbot, Name},
    institutions::Institution,
    peers::Peer,
};
use centops_store::{Store, StoreError, Versioned, peers::PeerError};

use crate::participant::{HostFormat, Participant};

/// The stored record of a participant.
#[derive(Clone, Debug)]
pub(crate) enum StoredParticipant {
    Chatbot(Box<Versioned<Chatbot>>),
    Peer(Versioned<Peer>),
}

impl StoredParticipant {
    /// Reads the participant `name`.
    pub(crate) async fn find(store: &Store, name: &Name) -> Result<Self, Problem> {
        match store.chatbot(name).await {
            Ok(chatbot) => Ok(Self::Chatbot(Box::new(chatbot))),
            Err(StoreError::NotFound) => store.peer(name).await.map(Self::Peer).map_err(participant_problem),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the JSON form and the version.
    pub(crate) fn into_participant(self) -> Versioned<Participant> {
        match self {
            Self::Chatbot(found) => {
                Versioned { value: Participant::from_chatbot(&found.value), version: found.version }
            }
            Self::Peer(Versioned { value, version }) => {
                Versioned { value: Participant::from_peer(&value, HostFormat::Uri), version }
            }
        }
    }
}

/// Reads the institution `id` of a request. Older clients cannot create institutions, so it must exist.
pub(crate) async fn find_institution(store: &Store, id: &Name) -> Result<Institution, Problem> {
    match store.institution(id).await {
        Ok(institution) => Ok(institution.value),
        Err(StoreError::NotFound) => Err(unknown_institution()),
        Err(error) => Err(error.into()),
    }
}

/// Converts an error about a participant: `NotFound` becomes a 404 that names it.
pub(crate) fn participant_problem(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => Problem::not_found("There is no participant of that name."),
        error => error.into(),
    }
}

/// Converts an error of creating or updating a peer.
pub(crate) fn register_problem(error: PeerError) -> Problem {
    match error {
        PeerError::NoInstitution => unknown_institution(),
        PeerError::Store(error) => participant_problem(error),
    }
}

fn unknown_institution() -> Problem {
    Problem::invalid("#/institutionId", "there is no institution of that id")
}
