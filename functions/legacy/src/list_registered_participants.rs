//! `GET /admin/participants`: lists all registered participants, with any status.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::{Person, Scope};
use centops_store::{Store, chatbots::ChatbotFilter};

use crate::{
    list_size,
    participant::{HostFormat, Participant, ParticipantType},
    type_filter::TypeFilter,
};

/// The chatbots of one query.
const PAGE: i32 = 1000;

/// Lists all participants. An owner gets those of the owner's institutions.
#[derive(Debug)]
pub struct ListRegisteredParticipants;

impl Operation for ListRegisteredParticipants {
    const CONTRACT: contract::Operation = operations::LIST_REGISTERED_PARTICIPANTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let filter = TypeFilter::parse(call.query_values("type"));
        let mut listed = match call.scope() {
            Scope::All => all(store, &filter).await?,
            Scope::Only(institutions) => {
                let (chatbots, peers) = store.participants_of(institutions).await?;
                let peers = peers.iter().map(|peer| Participant::from_peer(peer, HostFormat::Uri));
                chatbots.iter().map(Participant::from_chatbot).chain(peers).collect()
            }
            Scope::Nothing => Vec::new(),
        };
        listed.retain(|participant| filter.includes(participant.kind));
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        list_size::checked(reply::json(StatusCode::OK, &listed))
    }
}

/// Returns all participants. Stops with an error at more chatbots than a list can have.
async fn all(store: &Store, filter: &TypeFilter) -> Result<Vec<Participant>, Problem> {
    let mut listed = Vec::new();
    if filter.includes(ParticipantType::Chatbot) {
        let mut after = None;
        loop {
            let page = store.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
            listed.extend(page.items.iter().map(Participant::from_chatbot));
            after = page.next;
            if after.is_none() {
                break;
            }
            list_size::check_count(listed.len())?;
        }
    }
    let peers = store.peers().await?;
    listed.extend(peers.iter().map(|peer| Participant::from_peer(peer, HostFormat::Uri)));
    Ok(listed)
}
