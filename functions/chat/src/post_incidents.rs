//! Tells rooms about incidents: one message an incident, what is new in its thread, and the message changed with its state.
//!
//! `announce` sends the id of an incident when its timeline has an entry. The queue delivers the messages of one incident one
//! after another, 15 seconds late: by then several entries are one, and an incident may be part of a network incident. What a
//! room is told follows from what the table says it was told, so a message that is repeated tells nothing twice, but for one
//! case: the room took a message, and the table did not answer after that.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Problem, Setup, StartError, clock};
use centops_chat::{Action, Answer, Button, Link, NotPosted, Room, action::Incident as IncidentOf, button::Offer};
use centops_domain::{
    chat::{IncidentFacts, IncidentPost, News, is_posted},
    incidents::{Author, Incident, State},
};
use centops_queues::{PostIncident, redeliver};
use centops_store::{Store, StoreError, chat::NewNotes};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;

use crate::{
    incident_texts::IncidentTexts,
    poster::{Place, PostError, Poster},
    settings::ChatSecret,
    texts::Texts,
};

/// The time for which a button holds.
const BUTTON_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// The most lines that one message of a thread has.
const MAX_LINES: usize = 20;

/// An incident was not told. Telling it again is harmless.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the settings of chats are not available: {0}")]
    Settings(Problem),
    #[error("{room}: {error}")]
    Room { room: &'static str, error: PostError },
}

/// The function.
#[derive(Debug)]
pub struct PostIncidents {
    store: Store,
    secret: ChatSecret,
    poster: Poster,
    console: String,
}

impl Consumer for PostIncidents {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            secret: ChatSecret::from_setup(setup)?,
            poster: Poster::from_setup(setup)?,
            console: setup.variable("CONSOLE_ORIGIN")?,
        })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let mut failed = Vec::new();
        for record in event.records {
            if let Err(error) = self.handle_message(record.body.as_deref().unwrap_or_default()).await {
                let id = record.message_id.unwrap_or_default();
                tracing::error!(%error, message = id, "failed to tell rooms about an incident message={id}");
                failed.push(id);
            }
        }
        Ok(redeliver(failed))
    }
}

impl PostIncidents {
    async fn handle_message(&self, body: &str) -> Result<(), TellError> {
        let PostIncident { incident } = serde_json::from_str(body)?;
        let now = clock::now();
        let settings = self.secret.value(now).await.map_err(TellError::Settings)?;
        let rooms: Vec<_> = settings.rooms().filter(|room| room.bot().is_some()).collect();
        if rooms.is_empty() {
            return Ok(());
        }
        let incident = match self.store.incident(incident).await {
            Ok(found) => found.value,
            // Its time is over, or it is of a chatbot that was removed.
            Err(StoreError::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // A room that does not answer keeps no other from being told.
        let results = join_all(rooms.into_iter().map(|room| self.tell(room, &incident, now))).await;
        results.into_iter().collect()
    }

    /// Tells `room` what it was not told of `incident`.
    async fn tell(
        &self,
        room: &(dyn Room + Send + Sync),
        incident: &Incident,
        now: Timestamp,
    ) -> Result<(), TellError> {
        let Some(bot) = room.bot() else { return Ok(()) };
        let before = self.store.incident_post(incident.id, room.name()).await?;
        if before.is_none() && !is_posted(incident) {
            return Ok(());
        }
        let facts = IncidentFacts::of(incident);
        let read_to = before.as_ref().and_then(|post| post.read_to.as_deref());
        let notes = self.store.new_notes(incident.id, read_to, now).await?;
        let news = before.as_ref().map(|post| facts.news_since(&post.facts)).unwrap_or_default();
        let names = self.names(incident, &news, &notes).await?;
        let texts = IncidentTexts { language: room.home().language, now, names: &names };
        let message = self.message(room, incident, texts);
        let channel = before.as_ref().map_or_else(|| bot.incidents().to_owned(), |post| post.channel.clone());
        let place = Place { room, bot, channel: &channel };
        let failed = |error| TellError::Room { room: room.name(), error };
        let posted = if let Some(post) = before {
            self.change(place, &post, &message).await.map_err(failed)?;
            post
        } else {
            let id = self.poster.post(place, None, &message).await.map_err(failed)?;
            let (channel, text, facts) = (channel.clone(), message.text.clone(), facts.clone());
            let post = IncidentPost { channel, message: id, text, facts, read_to: None };
            self.store.save_incident_post(incident.id, room.name(), &post, now).await?;
            post
        };
        let lines = news.iter().map(|news| texts.news(news));
        let lines: Vec<_> = lines.chain(notes.notes.iter().filter_map(|entry| texts.note(entry))).collect();
        self.reply(place, &posted.message, &lines).await.map_err(failed)?;
        let present = IncidentPost { text: message.text, facts, read_to: notes.read_to, ..posted.clone() };
        if present != posted {
            self.store.save_incident_post(incident.id, room.name(), &present, now).await?;
        }
        Ok(())
    }

    /// Changes the message if its text is another one.
    async fn change(&self, place: Place<'_>, post: &IncidentPost, message: &Answer) -> Result<(), PostError> {
        if post.text == message.text {
            return Ok(());
        }
        skip_gone(self.poster.edit(place, &post.message, message).await)
    }

    /// Posts `lines` into the thread of the message `thread`.
    async fn reply(&self, place: Place<'_>, thread: &str, lines: &[String]) -> Result<(), PostError> {
        for lines in lines.chunks(MAX_LINES) {
            let message = Answer::in_channel(lines.join("\n"));
            skip_gone(self.poster.post(place, Some(thread), &message).await.map(|_| ()))?;
        }
        Ok(())
    }

    /// Returns the message about `incident`, with buttons while somebody may act.
    fn message(&self, room: &(dyn Room + Send + Sync), incident: &Incident, texts: IncidentTexts<'_>) -> Answer {
        let mut actions = Vec::new();
        if matches!(incident.state, State::Open | State::Acknowledged) && incident.parent.is_none() {
            if incident.state == State::Open {
                actions.push(Action::Acknowledge { incident: IncidentOf::Id(incident.id), hours: None });
            }
            if let Some(chatbot) = incident.chatbot() {
                actions.push(Action::Why { chatbot: chatbot.name.clone() });
                actions.push(Action::Logs { chatbot: chatbot.name.clone() });
            }
        }
        let labels = Texts(texts.language);
        let button = |action: Action| {
            let label = labels.label(action.kind());
            let offer = Offer { is_in_post: true, ..Offer::of(action, texts.now + BUTTON_LIFETIME) };
            room.seal().value(&offer).map(|value| Button { label, value })
        };
        let link = Link { label: texts.open(), address: format!("{}/incidents/{}", self.console, incident.id) };
        let message =
            Answer::in_channel(texts.message(incident)).with(actions.into_iter().filter_map(button).collect());
        Answer { link: Some(link), ..message }
    }

    /// Returns the names of the people that the messages name, as administrators entered them. One read unit each.
    async fn names(
        &self,
        incident: &Incident,
        news: &[News],
        notes: &NewNotes,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let of_news = news.iter().filter_map(|news| match news {
            News::Acknowledged(acknowledgement) => Some(&acknowledgement.by),
            News::Assigned(assignee) => assignee.as_ref(),
            _ => None,
        });
        let of_notes = notes.notes.iter().filter_map(|entry| match &entry.by {
            Author::Staff(subject) | Author::Owner(subject) => Some(subject),
            Author::System => None,
        });
        let present = incident.acknowledgement.iter().map(|acknowledgement| &acknowledgement.by);
        let subjects: BTreeSet<_> = of_news.chain(of_notes).chain(present).collect();
        let mut names = BTreeMap::new();
        for subject in subjects {
            if let Some(person) = self.store.person_of(subject).await? {
                names.insert(subject.clone(), person.value.name);
            }
        }
        Ok(names)
    }
}

/// A message that people of the chat removed, or that is too old to be changed, is left as it is.
fn skip_gone(result: Result<(), PostError>) -> Result<(), PostError> {
    match result {
        Err(PostError::Refused(NotPosted::Gone)) => {
            tracing::warn!("message about an incident cannot be changed any more");
            Ok(())
        }
        other => other,
    }
}
