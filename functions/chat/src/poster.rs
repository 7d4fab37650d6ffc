//! Posts messages by the API of a room, through the egress filter.

use std::time::Duration;

use centops_api::{Setup, StartError};
use centops_chat::{Answer, ApiMethod, ApiRequest, Bot, NotPosted, Room};
use centops_egress::{EgressClient, SystemResolver};
use reqwest::{
    Body, Method, Request, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, InvalidHeaderValue},
};
use serde_json::Value;

/// The longest time of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read: Slack repeats the message in it.
const MAX_ANSWER: usize = 256 * 1024;

/// Posts and changes messages.
#[derive(Debug)]
pub struct Poster(EgressClient<SystemResolver>);

/// A message was not posted or changed.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The address of the API is none.
    #[error("the address of the API is not a URL")]
    Address,
    /// The token cannot be sent.
    #[error("the token of the bot cannot be sent")]
    Token(#[from] InvalidHeaderValue),
    /// The API did not answer.
    #[error("the API did not answer: {0}")]
    NoAnswer(String),
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
        let client = EgressClient::new("centops-chat", setup.allowed_networks()?);
        client.map(Self).map_err(|error| StartError::Tls(error.to_string()))
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
        let url: Url = request.address.parse().map_err(|_| PostError::Address)?;
        let method = match request.method {
            ApiMethod::Post => Method::POST,
            ApiMethod::Put => Method::PUT,
        };
        let mut sent = Request::new(method, url);
        *sent.timeout_mut() = Some(TIMEOUT);
        let mut token = HeaderValue::try_from(format!("Bearer {}", place.bot.token()))?;
        token.set_sensitive(true);
        sent.headers_mut().insert(AUTHORIZATION, token);
        sent.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        *sent.body_mut() = Some(Body::from(request.body.to_string()));
        let no_answer = |error: String| PostError::NoAnswer(error);
        let mut response = self.0.send(sent).await.map_err(|error| no_answer(error.to_string()))?;
        let status = response.status().as_u16();
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| no_answer(error.without_url().to_string()))? {
            answer.extend_from_slice(&part);
            if answer.len() > MAX_ANSWER {
                return Err(no_answer(format!("more than {MAX_ANSWER} bytes")));
            }
        }
        let body: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(place.room.posted(status, &body)?)
    }
}
