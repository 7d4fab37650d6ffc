//! Posts messages by the API of a room, through the egress filter.

use std::time::Duration;

use centops_api::{Setup, StartError};
use centops_chat::{Answer, ApiMethod, ApiRequest, Bot, NotPosted, Room};
use reqwest::Method;
use serde_json::Value;

use crate::http::{ChatHttp, JsonRequest, NoResponse};

/// The longest time of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read: Slack repeats the message in it.
const MAX_ANSWER: usize = 256 * 1024;

/// Posts and changes messages.
#[derive(Debug)]
pub struct Poster(ChatHttp);

/// A message was not posted or changed.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The request has no response.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// The response ended early, or was too long.
    #[error("the answer of the API was not read: {0}")]
    NotRead(String),
    /// The API refused.
    #[error(transparent)]
    Refused(#[from] NotPosted),
}

/// A channel of a room, and the account that posts there.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub room: &'a (dyn Room + Send + Sync),
    pub bot: &'a Bot,
    pub channel: &'a str,
}

impl Poster {
    /// Makes the client.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        ChatHttp::from_setup(setup).map(Self)
    }

    /// Posts `message`, into the thread of the message `thread` if one is given. Returns the id of the message.
    ///
    /// # Errors
    /// [`PostError`]. The message may have been posted if the API did not answer.
    pub async fn post(&self, place: Place<'_>, thread: Option<&str>, message: &Answer) -> Result<String, PostError> {
        self.send(place, place.room.post(place.bot, place.channel, thread, message)).await
    }

    /// Replaces the message `id`.
    ///
    /// # Errors
    /// [`PostError`].
    pub async fn edit(&self, place: Place<'_>, id: &str, message: &Answer) -> Result<(), PostError> {
        self.send(place, place.room.edit(place.bot, place.channel, id, message)).await.map(|_| ())
    }

    async fn send(&self, place: Place<'_>, request: ApiRequest) -> Result<String, PostError> {
        let method = match request.method {
            ApiMethod::Post => Method::POST,
            ApiMethod::Put => Method::PUT,
        };
        let (address, body) = (request.address.as_str(), &request.body);
        let sent = JsonRequest { method: &method, address, token: Some(place.bot.token()), body, timeout: TIMEOUT };
        let mut response = self.0.send(sent).await?;
        let status = response.status().as_u16();
        let mut answer = Vec::new();
        while let Some(part) =
            response.chunk().await.map_err(|error| PostError::NotRead(error.without_url().to_string()))?
        {
            answer.extend_from_slice(&part);
            if answer.len() > MAX_ANSWER {
                return Err(PostError::NotRead(format!("more than {MAX_ANSWER} bytes")));
            }
        }
        let body: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(place.room.posted(status, &body)?)
    }
}
