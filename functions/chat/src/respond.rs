//! Answers to buttons that a chat takes at an address of its own.

use std::time::Duration;

use centops_api::{Setup, StartError};
use reqwest::Method;
use serde_json::Value;

use crate::http::{ChatHttp, JsonRequest, NoResponse};

/// The longest time of one answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends answers, through the egress filter.
#[derive(Debug)]
pub struct Responder(ChatHttp);

/// An answer that did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The request has no response.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// The answer is no success.
    #[error("the chat answered {0}")]
    Refused(u16),
}

impl Responder {
    /// Makes the client.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        ChatHttp::from_setup(setup).map(Self)
    }

    /// Sends `answer` to `address`, which the room has checked.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, address: &str, answer: &Value) -> Result<(), NotSent> {
        let request = JsonRequest { method: &Method::POST, address, token: None, body: answer, timeout: TIMEOUT };
        let status = self.0.send(request).await?.status();
        if status.is_success() { Ok(()) } else { Err(NotSent::Refused(status.as_u16())) }
    }
}
