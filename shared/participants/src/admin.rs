//! The first generation's paths for administrators, `/admin/participants`: the functions of chatbots answer them.

use centops_api::{Problem, Reply, caller, etag, reply, request};
use centops_domain::{
    address::AllowedNetworks,
    caller::Role,
    chatbot::{Chatbot, ChatbotChange, ChatbotType, NewChatbot, Versions},
    institution::Institution,
    name::Name,
    peer::{Peer, PeerKind},
    uri::ChatbotUri,
};
use centops_egress::reach;
use centops_store::{Store, StoreError, Versioned, audit::Act, peers::RegisterError};
use lambda_http::{Request, RequestExt, http::StatusCode};
use serde::Deserialize;

use crate::{
    LONGEST,
    participant::{Hosts, Participant, ParticipantStatus, ParticipantType, Types},
};

/// Where these paths start.
const PATH: &str = "/admin/participants";
/// A status that a chatbot cannot be given here.
const FOLLOWS: &str = "the status of a chatbot follows its health: PUT /chatbots/{name}/control forces it";

/// Whether `request` came by one of these paths.
#[must_use]
pub fn asked(request: &Request) -> bool {
    request::resource(request).starts_with(PATH)
}

/// The types that `request` asks for.
#[must_use]
pub fn types(request: &Request) -> Types {
    let asked = request.query_string_parameters_ref().and_then(|parameters| parameters.all("type"));
    Types::asked(asked.unwrap_or_default())
}

/// What an administrator registers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewParticipant {
    name: ParticipantName,
    institution_id: Name,
    host: Host,
    #[serde(rename = "type")]
    kind: ParticipantType,
    status: Option<ParticipantStatus>,
}

/// What an administrator puts in place of a participant: what a `GET` gave can be sent back.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ParticipantUpdate {
    id: Option<Name>,
    name: Name,
    institution_id: Name,
    host: Host,
    #[serde(rename = "type")]
    kind: ParticipantType,
    status: Option<ParticipantStatus>,
}

/// A name of 4 to 50 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Name")]
struct ParticipantName(Name);

/// An address of 5 to 100 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "ChatbotUri")]
struct Host(ChatbotUri);

#[derive(Debug, thiserror::Error)]
#[error("a {0} of a participant has {1} to {2} characters")]
struct Length(&'static str, usize, usize);

impl TryFrom<Name> for ParticipantName {
    type Error = Length;

    fn try_from(name: Name) -> Result<Self, Length> {
        if (4..=50).contains(&name.as_str().len()) { Ok(Self(name)) } else { Err(Length("name", 4, 50)) }
    }
}

impl TryFrom<ChatbotUri> for Host {
    type Error = Length;

    fn try_from(uri: ChatbotUri) -> Result<Self, Length> {
        if (5..=100).contains(&uri.as_str().chars().count()) { Ok(Self(uri)) } else { Err(Length("host", 5, 100)) }
    }
}

/// `GET /admin/participants`: all of them, those of an owner's institutions for an owner.
///
/// # Errors
/// 403; what the store says.
pub async fn list(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let types = types(request);
    let chatbots = if types.has(ParticipantType::Chatbot) { store.all_chatbots().await? } else { Vec::new() };
    let peers = store.peers().await?;
    let peers = peers.iter().map(|peer| Participant::of_peer(peer, Hosts::Whole));
    let mut listed: Vec<_> = chatbots.iter().map(Participant::of_chatbot).chain(peers).collect();
    listed.retain(|one| types.has(one.kind) && person.reaches(&one.institution_id));
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    let response = reply::json(StatusCode::OK, &listed);
    if response.body().len() > LONGEST {
        return Err(Problem::internal("the list of participants is longer than an answer may be"));
    }
    Ok(response)
}

/// `GET /admin/participants/{name}`.
///
/// # Errors
/// 403; 404.
pub async fn get(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let Versioned { value: found, version } = find(store, &request::name(request)?).await?.shown();
    if !person.reaches(&found.institution_id) {
        return Err(Problem::forbidden("The participant is another institution's."));
    }
    if etag::is_known(request.headers(), version) {
        return Ok(reply::not_modified(version));
    }
    Ok(reply::versioned(StatusCode::OK, version, &found))
}

/// `POST /admin/participants`: enrols a chatbot, or registers a peer.
///
/// # Errors
/// 400 that names the field; 403; 409.
pub async fn create(store: &Store, allowed: &AllowedNetworks, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let new: NewParticipant = request::body(request)?;
    let institution = institution(store, &new.institution_id).await?;
    let created = if let Some(kind) = peer_kind(new.kind) {
        Found::Peer(store.create_peer(act, peer(new, kind, act)).await.map_err(refused)?)
    } else {
        let chatbot = chatbot(new, institution)?;
        reach::check(&chatbot.uri, allowed).await.map_err(|why| Problem::invalid("#/host", why))?;
        Found::Chatbot(store.create_chatbot(act, Chatbot::enrol(chatbot, act.now)).await?)
    };
    let created = created.shown();
    let location = format!("{PATH}/{}", created.value.name);
    reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
}

/// `PUT /admin/participants/{name}`.
///
/// # Errors
/// 400 that names the field; 403; 404; 412.
pub async fn update(store: &Store, allowed: &AllowedNetworks, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let name = request::name(request)?;
    let update: ParticipantUpdate = request::body(request)?;
    let expected = etag::if_match(request.headers())?;
    let found = find(store, &name).await?;
    let shown = found.clone().shown().value;
    stays(&update, &shown)?;
    institution(store, &update.institution_id).await?;
    let changed = match found {
        Found::Peer(_) => {
            let ParticipantUpdate { institution_id, host: Host(host), status, .. } = update;
            let active = status == Some(ParticipantStatus::Active);
            let change = |peer| Peer {
                host: host.clone(),
                institution: institution_id.clone(),
                active,
                updated_at: act.now,
                ..peer
            };
            Found::Peer(store.update_peer(act, &name, expected, change).await.map_err(refused)?)
        }
        Found::Chatbot(chatbot) => {
            if update.status.is_some_and(|status| status != shown.status) {
                return Err(Problem::invalid("#/status", FOLLOWS));
            }
            let Host(host) = update.host;
            if host != chatbot.value.uri {
                reach::check(&host, allowed).await.map_err(|why| Problem::invalid("#/host", why))?;
            }
            let (uri, institution) = (Some(host), Some(update.institution_id));
            let change = ChatbotChange { uri, institution, ..ChatbotChange::default() };
            Found::Chatbot(store.update_chatbot(act, &name, expected, &change).await?)
        }
    };
    let changed = changed.shown();
    Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
}

/// `DELETE /admin/participants/{name}`.
///
/// # Errors
/// 403; 404; 412.
pub async fn delete(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let name = request::name(request)?;
    let expected = etag::if_match(request.headers())?;
    match find(store, &name).await? {
        Found::Peer(_) => store.delete_peer(act, &name, expected).await.map_err(missing)?,
        Found::Chatbot(_) => {
            let policies = store.policy().await?.value;
            store.delete_chatbot(act, &name, expected, &policies).await.map_err(missing)?;
        }
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// What a participant is kept as.
#[derive(Clone, Debug)]
enum Found {
    Chatbot(Versioned<Chatbot>),
    Peer(Versioned<Peer>),
}

impl Found {
    fn shown(self) -> Versioned<Participant> {
        match self {
            Self::Chatbot(Versioned { value, version }) => {
                Versioned { value: Participant::of_chatbot(&value), version }
            }
            Self::Peer(Versioned { value, version }) => {
                Versioned { value: Participant::of_peer(&value, Hosts::Whole), version }
            }
        }
    }
}

async fn find(store: &Store, name: &Name) -> Result<Found, Problem> {
    match store.chatbot(name).await {
        Ok(chatbot) => Ok(Found::Chatbot(chatbot)),
        Err(StoreError::NotFound) => store.peer(name).await.map(Found::Peer).map_err(missing),
        Err(error) => Err(error.into()),
    }
}

fn missing(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => Problem::not_found("There is no participant of that name."),
        error => error.into(),
    }
}

/// The institution `id`, which has to have a record here.
async fn institution(store: &Store, id: &Name) -> Result<Institution, Problem> {
    match store.institution(id).await {
        Ok(institution) => Ok(institution.value),
        Err(StoreError::NotFound) => Err(no_institution()),
        Err(error) => Err(error.into()),
    }
}

fn no_institution() -> Problem {
    Problem::invalid("#/institutionId", "there is no institution of that id")
}

fn refused(error: RegisterError) -> Problem {
    match error {
        RegisterError::NoInstitution => no_institution(),
        RegisterError::Store(error) => missing(error),
    }
}

/// The chatbot that `new` is, of `institution`.
fn chatbot(new: NewParticipant, institution: Institution) -> Result<NewChatbot, Problem> {
    if new.status == Some(ParticipantStatus::Disabled) {
        return Err(Problem::invalid("#/status", FOLLOWS));
    }
    let contact = institution.contact.ok_or_else(|| {
        Problem::invalid("#/institutionId", "the institution has no contact, and a chatbot needs one: put it there")
    })?;
    let (ParticipantName(name), Host(uri)) = (new.name, new.host);
    let kind = institution.kind.unwrap_or(ChatbotType::Institution);
    Ok(NewChatbot { name, uri, kind, institution: institution.id, contact, versions: Versions::default() })
}

/// The peer of `kind` that `new` is.
fn peer(new: NewParticipant, kind: PeerKind, act: &Act<'_>) -> Peer {
    let NewParticipant { name: ParticipantName(name), host: Host(host), institution_id: institution, status, .. } = new;
    let active = status == Some(ParticipantStatus::Active);
    Peer { name, host, kind, institution, active, created_at: act.now, updated_at: act.now }
}

fn peer_kind(kind: ParticipantType) -> Option<PeerKind> {
    match kind {
        ParticipantType::Chatbot => None,
        ParticipantType::Dmr => Some(PeerKind::Dmr),
        ParticipantType::Classifier => Some(PeerKind::Classifier),
    }
}

/// Checks that `update` changes nothing of `shown` that cannot change.
fn stays(update: &ParticipantUpdate, shown: &Participant) -> Result<(), Problem> {
    if update.id.as_ref().is_some_and(|id| *id != shown.id) {
        return Err(Problem::invalid("#/id", "an id cannot change"));
    }
    if update.name != shown.name {
        return Err(Problem::invalid("#/name", "a name cannot change"));
    }
    if update.kind != shown.kind {
        return Err(Problem::invalid("#/type", "a type cannot change"));
    }
    Ok(())
}
