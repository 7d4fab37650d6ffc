//! `GET /admin/participants`: lists all registered participants, with any status.

use centops_api::{Reply, caller, reply};
use centops_domain::caller::Role;
use centops_store::Store;
use lambda_http::{Request, http::StatusCode};

use crate::{
    list_size,
    participant::{HostFormat, Participant, ParticipantType},
    type_filter::TypeFilter,
};

/// Lists all participants. An owner gets those of the owner's institutions.
///
/// # Errors
/// 403; errors of the store.
pub async fn list(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let filter = TypeFilter::from_request(request);
    let chatbots = if filter.includes(ParticipantType::Chatbot) { store.all_chatbots().await? } else { Vec::new() };
    let peers = store.peers().await?;
    let peers = peers.iter().map(|peer| Participant::from_peer(peer, HostFormat::Uri));
    let mut listed: Vec<_> = chatbots.iter().map(Participant::from_chatbot).chain(peers).collect();
    listed.retain(|participant| filter.includes(participant.kind) && person.reaches(&participant.institution_id));
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    list_size::checked(reply::json(StatusCode::OK, &listed))
}
