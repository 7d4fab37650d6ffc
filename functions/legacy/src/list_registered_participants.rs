//! `GET /admin/participants`: lists all registered participants, with any status.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::{
    list_size,
    participant::{HostFormat, Participant, ParticipantType},
    type_filter::TypeFilter,
};

/// Lists all participants. An owner gets those of the owner's institutions.
#[derive(Debug)]
pub struct ListRegisteredParticipants;

impl Operation for ListRegisteredParticipants {
    const CONTRACT: contract::Operation = operations::LIST_REGISTERED_PARTICIPANTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let scope = call.scope();
        let filter = TypeFilter::parse(call.query_values("type"));
        let chatbots = if filter.includes(ParticipantType::Chatbot) { store.all_chatbots().await? } else { Vec::new() };
        let peers = store.peers().await?;
        let peers = peers.iter().map(|peer| Participant::from_peer(peer, HostFormat::Uri));
        let mut listed: Vec<_> = chatbots.iter().map(Participant::from_chatbot).chain(peers).collect();
        listed.retain(|participant| filter.includes(participant.kind) && scope.includes(&participant.institution_id));
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        list_size::checked(reply::json(StatusCode::OK, &listed))
    }
}
