//! `POST /admin/participants`: enrols a chatbot, or registers a peer (DMR or classifier).

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, ChatbotType, Name, NewChatbot, Versions},
    institutions::Institution,
    json::non_null,
    peers::{Peer, PeerKind},
};
use centops_egress::filter;
use centops_store::{Store, audit::AuditContext};
use serde::Deserialize;

use crate::{
    input::{Host, ParticipantName, STATUS_FOLLOWS_HEALTH, peer_kind},
    participant::{ParticipantStatus, ParticipantType},
    stored::{StoredParticipant, find_institution, register_problem},
};

/// The body of the request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewParticipant {
    name: ParticipantName,
    institution_id: Name,
    host: Host,
    #[serde(rename = "type")]
    kind: ParticipantType,
    #[serde(default, deserialize_with = "non_null")]
    status: Option<ParticipantStatus>,
}

/// Creates the participant. `networks` are the private networks that its address may be in.
#[derive(Debug)]
pub struct CreateParticipant;

impl Operation for CreateParticipant {
    const CONTRACT: contract::Operation = operations::CREATE_PARTICIPANT;
    type Caller = Person;
    type Body = Json<NewParticipant>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        let institution = find_institution(store, &new.institution_id).await?;
        filter::check(&new.host.0, networks).await.map_err(|denied| Problem::invalid("#/host", denied))?;
        let created = if let Some(kind) = peer_kind(new.kind) {
            let created = store.create_peer(&call.audit, to_peer(new, kind, &call.audit)).await;
            StoredParticipant::Peer(created.map_err(register_problem)?)
        } else {
            let chatbot = to_chatbot(new, institution)?;
            let created = store.create_chatbot(&call.audit, Chatbot::enrol(chatbot, call.audit.now)).await?;
            StoredParticipant::Chatbot(Box::new(created))
        };
        let created = created.into_participant();
        let location = format!("/admin/participants/{}", created.value.name);
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
    }
}

/// Converts the request to a chatbot of `institution`, with the institution's contact and type.
fn to_chatbot(new: NewParticipant, institution: Institution) -> Result<NewChatbot, Problem> {
    if new.status == Some(ParticipantStatus::Disabled) {
        return Err(Problem::invalid("#/status", STATUS_FOLLOWS_HEALTH));
    }
    let contact = institution.contact.ok_or_else(|| {
        Problem::invalid("#/institutionId", "the institution has no contact, and a chatbot needs one: put it there")
    })?;
    let (ParticipantName(name), Host(uri)) = (new.name, new.host);
    let kind = institution.kind.unwrap_or(ChatbotType::Institution);
    Ok(NewChatbot { name, uri, kind, institution: institution.id, contact, versions: Versions::default() })
}

/// Converts the request to a peer of `kind`. It is active unless the request disables it.
fn to_peer(new: NewParticipant, kind: PeerKind, audit: &AuditContext<'_>) -> Peer {
    let NewParticipant { name: ParticipantName(name), host: Host(host), institution_id: institution, status, .. } = new;
    let active = status != Some(ParticipantStatus::Disabled);
    Peer { name, host, kind, institution, active, created_at: audit.now, updated_at: audit.now }
}
