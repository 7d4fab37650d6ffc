//! Requests with JSON bodies to chats, through the egress filter.

use std::time::Duration;

use centops_api::{Setup, StartError};
use centops_egress::{EgressClient, SystemResolver};
use reqwest::{
    Body, Method, Request, Response, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, InvalidHeaderValue},
};
use serde_json::Value;

/// A client of chats.
#[derive(Debug)]
pub struct ChatHttp(EgressClient<SystemResolver>);

/// A request without a response. The text has nothing of the address, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum NoResponse {
    /// The address is none.
    #[error("the address is not a URL")]
    Address,
    /// The token cannot be sent.
    #[error("the token cannot be sent")]
    Token(#[from] InvalidHeaderValue),
    /// The request failed.
    #[error("the request failed: {0}")]
    Failed(String),
}

/// A request to a chat.
#[derive(Clone, Copy, Debug)]
pub struct JsonRequest<'a> {
    pub method: &'a Method,
    pub address: &'a str,
    /// The bearer token.
    pub token: Option<&'a str>,
    pub body: &'a Value,
    /// The longest time until the response ends.
    pub timeout: Duration,
}

impl ChatHttp {
    /// Makes the client.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = EgressClient::new("centops-chat", setup.allowed_networks()?);
        client.map(Self).map_err(|error| StartError::Tls(error.to_string()))
    }

    /// Sends a request. Returns the response with any status.
    ///
    /// # Errors
    /// [`NoResponse`].
    pub async fn send(&self, request: JsonRequest<'_>) -> Result<Response, NoResponse> {
        let url: Url = request.address.parse().map_err(|_| NoResponse::Address)?;
        let mut sent = Request::new(request.method.clone(), url);
        *sent.timeout_mut() = Some(request.timeout);
        sent.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        if let Some(token) = request.token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
            value.set_sensitive(true);
            sent.headers_mut().insert(AUTHORIZATION, value);
        }
        *sent.body_mut() = Some(Body::from(request.body.to_string()));
        self.0.send(sent).await.map_err(|error| NoResponse::Failed(error.to_string()))
    }
}
