//! `POST /chat/{room}/requests`: answers a command or a button of a chat.
//!
//! The signature of the request is its authentication. Whoever sent it is checked for each request: the account has to be
//! linked with a person, and the operations that a command calls check the roles that the person has now. Everything is
//! answered in the response, but for buttons of Slack, which takes those answers at an address of its own.

use std::{fmt::Write as _, time::Duration};

use centops_api::{Anyone, Call, FromSetup, Operation, Problem, Raw, Reply, Setup, StartError, StatusCode, reply};
use centops_chat::{
    Action, Answer, Button, Command, Content, Message, Posted, Refused, Room, Visibility,
    button::{NoOffer, Offer},
    room::Occasion,
    slack,
};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Role,
    chat::{Account, Link},
    credentials::Secret,
};
use centops_store::{
    Store,
    audit::AuditContext,
    chat::{LinkError, Take},
};
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::HeaderMap;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    invoke::StackFunctions,
    people::{self, Actor},
    respond::Responder,
    run::{Outcome, Run},
    settings::ChatSecret,
    texts::Texts,
};

/// The time for which a request is not taken again: twice the window in which its signature holds.
const TAKEN_FOR: SignedDuration = SignedDuration::from_mins(10);
/// The time for which a person waits. Slack gives three seconds.
const ANSWERED_WITHIN: Duration = Duration::from_millis(2500);
/// The time for which a button holds.
const BUTTON_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// The time for which a button that another person has to press holds.
const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// The operation.
#[derive(Debug)]
pub struct ReceiveChatRequest {
    store: Store,
    secret: ChatSecret,
    operations: StackFunctions,
    responder: Responder,
    console: String,
}

impl FromSetup for ReceiveChatRequest {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            secret: ChatSecret::from_setup(setup)?,
            operations: StackFunctions::from_setup(setup)?,
            responder: Responder::from_setup(setup)?,
            console: setup.variable("CONSOLE_ORIGIN")?,
        })
    }
}

impl Operation for ReceiveChatRequest {
    const CONTRACT: contract::Operation = operations::RECEIVE_CHAT_REQUEST;
    type Caller = Anyone;
    type Body = Raw;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let settings = state.secret.value(call.now()).await?;
        let name: String = call.path("room")?;
        // The answer does not tell which rooms there are.
        let room = settings.room(&name).ok_or_else(|| problem(Refused::Signature))?;
        let message = room.read(&posted(&call), call.now()).map_err(problem)?;
        if message.content == Content::Check {
            return Ok(reply::json(StatusCode::OK, &json!({})));
        }
        if let Content::Button { respond_to: Some(address), .. } = &message.content
            && !room.may_respond_to(address)
        {
            return Err(Problem::invalid("#/response_url", "an address of the chat"));
        }
        let id = hash(&[room.name().as_bytes(), &message.unique]);
        if state.store.take_request(&id, TAKEN_FOR, call.now()).await? != Take::First {
            return Err(Problem::conflict("The request was taken already."));
        }
        let audit = call.audit.clone().via(Some(room.name().to_owned()));
        let conversation = Conversation { state, room, audit, message: &message };
        let (answer, occasion) = conversation.answer().await?;
        let rendered = room.render(&answer, occasion);
        match &message.content {
            Content::Button { respond_to: Some(address), .. } => {
                if let Err(error) = state.responder.send(address, &rendered).await {
                    tracing::error!(%error, room = room.name(), "answer to a button not sent");
                }
                // Slack takes any answer with 200 for the button's.
                Ok(reply::json(StatusCode::OK, &json!({})))
            }
            _ => Ok(reply::json(StatusCode::OK, &rendered)),
        }
    }
}

/// One request and its answer.
struct Conversation<'a> {
    state: &'a ReceiveChatRequest,
    room: &'a (dyn Room + Send + Sync),
    audit: AuditContext<'a>,
    message: &'a Message,
}

impl Conversation<'_> {
    async fn answer(&self) -> Result<(Answer, Occasion), Problem> {
        let occasion = match self.message.content {
            Content::Button { .. } => Occasion::Button,
            Content::Command(_) | Content::Check => Occasion::Command,
        };
        if !self.room.home().permits_channel_of(&self.message.sender) {
            tracing::warn!(room = self.room.name(), "chat request from a channel that is not permitted");
            return Ok((Answer::private(self.texts().other_channel()), occasion));
        }
        let answer = match &self.message.content {
            Content::Command(text) => self.command(text).await?,
            Content::Button { value, .. } => self.button(value).await?,
            Content::Check => Answer::private(""),
        };
        Ok((answer, occasion))
    }

    fn texts(&self) -> Texts {
        Texts(self.room.home().language)
    }

    fn now(&self) -> Timestamp {
        self.audit.now
    }

    fn account(&self) -> Account {
        let sender = &self.message.sender;
        Account { room: self.room.name().to_owned(), team: sender.team.clone(), user: sender.user.clone() }
    }

    /// Returns the link of the sender; else what to do to get one.
    async fn link(&self) -> Result<Result<Link, Answer>, Problem> {
        let link = self.state.store.chat_link(&self.account(), self.now()).await?;
        Ok(link.ok_or_else(|| Answer::private(self.texts().how_to_link(&self.state.console))))
    }

    async fn command(&self, text: &str) -> Result<Answer, Problem> {
        let command = match Command::parse(text) {
            Ok(command) => command,
            Err(error) => return Ok(Answer::private(self.texts().no_command(error))),
        };
        match command {
            Command::Help => return Ok(Answer::private(self.texts().help())),
            Command::Link(None) => return Ok(Answer::private(self.texts().how_to_link(&self.state.console))),
            Command::Link(Some(code)) => return self.use_code(&code).await,
            Command::Unlink | Command::WhoAmI | Command::Run(_) => {}
        }
        let link = match self.link().await? {
            Ok(link) => link,
            Err(answer) => return Ok(answer),
        };
        if let Command::Unlink = command {
            self.state.store.unlink_chat(&self.audit, &link).await?;
            return Ok(Answer::private(self.texts().unlinked()));
        }
        let actor = self.actor(&link).await?;
        let run = self.run(&actor);
        let Command::Run(action) = command else {
            let roles: Vec<_> = actor.person.roles.iter().map(|role| role.as_str()).collect();
            let who = self.texts().who(actor.name.as_deref(), &roles.join(", "), &run.at(link.until));
            return Ok(Answer::private(who));
        };
        if action.needs_second_person() {
            return Ok(self.question(&run, action));
        }
        Ok(self.outcome(&action, within(run.action(&action), self.texts()).await))
    }

    /// Links the account with the person who got `code` in the console.
    async fn use_code(&self, code: &Secret) -> Result<Answer, Problem> {
        match self.state.store.link_chat(&self.audit, &code.hash(), self.account()).await {
            Ok(link) => {
                let actor = self.actor(&link).await?;
                let until = self.run(&actor).at(link.until);
                Ok(Answer::private(self.texts().linked(actor.name.as_deref(), &until)))
            }
            Err(LinkError::UnknownCode) => Ok(Answer::private(self.texts().unknown_code())),
            Err(LinkError::Store(error)) => Err(error.into()),
        }
    }

    /// Asks for another person. Only somebody who may do it may ask.
    fn question(&self, run: &Run<'_, StackFunctions>, action: Action) -> Answer {
        let person = &run.actor.person;
        if !person.has_any_role(&[Role::Admin, Role::Operator]) {
            return Answer::private(self.texts().refused(403, None));
        }
        let intent = run.intent(&action);
        let asked_by = self.room.seal().tag(&person.subject);
        let offer = Offer { asked_by, ..Offer::of(action, self.now() + CONFIRMATION_LIFETIME) };
        let label = self.texts().confirm_label();
        let button = self.room.seal().value(&offer).map(|value| Button { label, value });
        Answer::in_channel(self.texts().confirm(&intent)).with(button.into_iter().collect())
    }

    /// Runs the action of a button as whoever pressed it.
    async fn button(&self, value: &str) -> Result<Answer, Problem> {
        let offer = match self.room.seal().offer(value, self.now()) {
            Ok(offer) => offer,
            Err(NoOffer::Over) => return Ok(Answer::private(self.texts().button_over())),
            Err(NoOffer::Foreign) => return Err(Problem::unauthenticated("The button is not one of ours.")),
        };
        let link = match self.link().await? {
            Ok(link) => link,
            Err(answer) => return Ok(answer),
        };
        let is_own = |tag: &String| self.room.seal().is_tag_of(tag, &link.subject);
        // A person who linked two accounts is one person. A value without a tag is of an action that needs none.
        if offer.asked_by.as_ref().map_or(offer.action.needs_second_person(), is_own) {
            return Ok(Answer::private(self.texts().needs_another()));
        }
        let actor = self.actor(&link).await?;
        let outcome = within(self.run(&actor).action(&offer.action), self.texts()).await;
        let answer = self.outcome(&offer.action, outcome);
        // A message about an incident stays, and its thread gets the news.
        Ok(if offer.is_in_post { Answer { visibility: Visibility::Private, ..answer } } else { answer })
    }

    async fn actor(&self, link: &Link) -> Result<Actor, Problem> {
        let via = self.room.name().to_owned();
        Ok(people::actor(&self.state.store, &link.subject, via, self.now()).await?)
    }

    fn run<'a>(&'a self, actor: &'a Actor) -> Run<'a, StackFunctions> {
        Run { operations: &self.state.operations, actor, texts: self.texts(), now: self.now() }
    }

    /// Returns the answer: changes are for everybody in the channel.
    fn outcome(&self, action: &Action, outcome: Outcome) -> Answer {
        let is_public = outcome.is_done() && !action.is_read();
        let answer = if is_public { Answer::in_channel(outcome.text) } else { Answer::private(outcome.text) };
        let button = |action: Action| {
            let label = self.texts().label(action.kind());
            let offer = Offer::of(action, self.now() + BUTTON_LIFETIME);
            self.room.seal().value(&offer).map(|value| Button { label, value })
        };
        answer.with(outcome.next.into_iter().filter_map(button).collect())
    }
}

/// Returns the outcome of `running`, or that it did not come in time.
async fn within(running: impl Future<Output = Outcome>, texts: Texts) -> Outcome {
    let ran = tokio::time::timeout(ANSWERED_WITHIN, running).await;
    ran.unwrap_or_else(|_| Outcome { status: 503, text: texts.no_answer(), next: Vec::new() })
}

fn posted<'a>(call: &'a Call<'_, ReceiveChatRequest>) -> Posted<'a> {
    let headers = call.headers();
    Posted {
        content_type: single(headers, "content-type"),
        timestamp: single(headers, slack::TIMESTAMP_HEADER),
        signature: single(headers, slack::SIGNATURE_HEADER),
        body: &call.body.0,
    }
}

/// Returns the header `name`; none if it is there more than once.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// Returns the SHA-256 of the parts with their lengths, in hexadecimal digits.
pub(crate) fn hash(parts: &[&[u8]]) -> String {
    let digest = parts
        .iter()
        .fold(Sha256::new(), |hash, part| hash.chain_update((part.len() as u64).to_be_bytes()).chain_update(part));
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn problem(refused: Refused) -> Problem {
    tracing::warn!(reason = %refused, "chat request refused");
    match refused {
        Refused::ContentType => Problem::invalid("#header/Content-Type", refused),
        Refused::TooLarge => Problem::too_large(&refused.to_string()),
        Refused::Time | Refused::Signature => Problem::unauthenticated("The request is not authentic."),
        Refused::Malformed => Problem::invalid("#", refused),
        Refused::ForeignWorkspace => Problem::forbidden("The request comes from another workspace."),
    }
}
