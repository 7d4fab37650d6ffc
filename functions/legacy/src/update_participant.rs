//! `PUT /admin/participants/{name}`: replaces a participant.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, ChatbotChange, ChatbotUri, Name},
    json::non_null,
    peers::Peer,
};
use centops_egress::filter;
use centops_store::{IfMatch, Store, Versioned, audit::AuditContext};
use serde::Deserialize;

use crate::{
    input::{Host, STATUS_CHANGED},
    participant::{Participant, ParticipantStatus, ParticipantType},
    stored::{StoredParticipant, find_institution, register_problem},
};

/// The body of the request. The body of a `GET` response is accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParticipantUpdate {
    #[serde(default, deserialize_with = "non_null")]
    id: Option<Name>,
    name: Name,
    institution_id: Name,
    host: Host,
    #[serde(rename = "type")]
    kind: ParticipantType,
    #[serde(default, deserialize_with = "non_null")]
    status: Option<ParticipantStatus>,
}

/// The caller's context and the precondition of the update.
struct UpdateContext<'a> {
    store: &'a Store,
    audit: &'a AuditContext<'a>,
    name: &'a Name,
    expected: IfMatch,
}

/// Updates the participant. `networks` are the private networks that its address may be in.
#[derive(Debug)]
pub struct UpdateParticipant;

impl Operation for UpdateParticipant {
    const CONTRACT: contract::Operation = operations::UPDATE_PARTICIPANT;
    type Caller = Person;
    type Body = Json<ParticipantUpdate>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let (name, expected) = (&call.name()?, call.if_match());
        let Json(update) = call.body;
        let stored = StoredParticipant::find(store, name).await?;
        let current = stored.clone().into_participant().value;
        check_fixed_fields(&update, &current)?;
        find_institution(store, &update.institution_id).await?;
        let context = UpdateContext { store, audit: &call.audit, name, expected };
        let updated = match stored {
            StoredParticipant::Peer(Versioned { value: peer, .. }) => {
                check_host(&update.host.0, &peer.host, networks).await?;
                StoredParticipant::Peer(context.update_peer(update).await?)
            }
            StoredParticipant::Chatbot(chatbot) => {
                if update.status.is_some_and(|status| status != current.status) {
                    // Not the caller's mistake: the status may have changed since the caller read it.
                    return Err(Problem::conflict(STATUS_CHANGED));
                }
                check_host(&update.host.0, &chatbot.value.uri, networks).await?;
                StoredParticipant::Chatbot(Box::new(context.update_chatbot(update, &chatbot.value.uri).await?))
            }
        };
        let updated = updated.into_participant();
        Ok(reply::versioned(StatusCode::OK, updated.version, &updated.value))
    }
}

impl UpdateContext<'_> {
    async fn update_peer(&self, update: ParticipantUpdate) -> Result<Versioned<Peer>, Problem> {
        let ParticipantUpdate { institution_id, host: Host(host), status, .. } = update;
        let updated_at = self.audit.now;
        let change = |peer: Peer| {
            let active = status.map_or(peer.active, |status| status == ParticipantStatus::Active);
            Peer { host: host.clone(), institution: institution_id.clone(), active, updated_at, ..peer }
        };
        self.store.update_peer(self.audit, self.name, self.expected.clone(), change).await.map_err(register_problem)
    }

    async fn update_chatbot(
        &self,
        update: ParticipantUpdate,
        current: &ChatbotUri,
    ) -> Result<Versioned<Chatbot>, Problem> {
        // The body repeats the current address if it changes other fields; that must not drop a pending one.
        let uri = Some(update.host.0).filter(|uri| uri != current);
        let institution = Some(update.institution_id);
        let change = ChatbotChange { uri, institution, ..ChatbotChange::default() };
        Ok(self.store.update_chatbot(self.audit, self.name, self.expected.clone(), &change).await?)
    }
}

/// Checks that `new` is an address that probes and DMRs may reach, unless it is the `current` one.
async fn check_host(new: &ChatbotUri, current: &ChatbotUri, networks: &AllowedNetworks) -> Result<(), Problem> {
    if new == current {
        return Ok(());
    }
    filter::check(new, networks).await.map_err(|denied| Problem::invalid("#/host", denied))
}

/// Checks that `update` keeps the id, the name and the type of `current`.
fn check_fixed_fields(update: &ParticipantUpdate, current: &Participant) -> Result<(), Problem> {
    if update.id.as_ref().is_some_and(|id| *id != current.id) {
        return Err(Problem::invalid("#/id", "an id cannot change"));
    }
    if update.name != current.name {
        return Err(Problem::invalid("#/name", "a name cannot change"));
    }
    if update.kind != current.kind {
        return Err(Problem::invalid("#/type", "a type cannot change"));
    }
    Ok(())
}
