//! Answers to buttons that a chat takes at an address of its own.

use std::time::Duration;

use centops_api::{Setup, StartError};
use centops_egress::{EgressClient, SystemResolver};
use reqwest::{
    Body, Method, Request, Url,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::Value;

/// The longest time of one answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends answers, through the egress filter.
#[derive(Debug)]
pub struct Responder(EgressClient<SystemResolver>);

/// An answer that did not arrive. The text has nothing of the address, which is a secret.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The address is none.
    #[error("the address is not a URL")]
    Address,
    /// The request failed.
    #[error("the request failed: {0}")]
    Failed(String),
    /// The answer is no success.
    #[error("the chat answered {0}")]
    Refused(u16),
}

impl Responder {
    /// Makes the client.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = EgressClient::new("centops-chat", setup.allowed_networks()?);
        client.map(Self).map_err(|error| StartError::Tls(error.to_string()))
    }

    /// Sends `answer` to `address`, which the room has checked.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, address: &str, answer: &Value) -> Result<(), NotSent> {
        let url: Url = address.parse().map_err(|_| NotSent::Address)?;
        let mut request = Request::new(Method::POST, url);
        *request.timeout_mut() = Some(TIMEOUT);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(Body::from(answer.to_string()));
        let response = self.0.send(request).await.map_err(|error| NotSent::Failed(error.to_string()))?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(NotSent::Refused(status.as_u16())) }
    }
}
