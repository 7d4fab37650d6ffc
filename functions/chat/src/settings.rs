//! The settings of chats and webhooks, from the secret `ChatSecret`.

use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use centops_api::{Problem, Setup, StartError};
use centops_chat::Settings;
use centops_signing::secret::CachedSecret;
use jiff::Timestamp;

/// The settings, at most five minutes old.
#[derive(Debug)]
pub struct ChatSecret(CachedSecret<Settings>);

impl ChatSecret {
    /// Returns the secret (`CHAT_SECRET_ARN`). The first use reads it.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self(CachedSecret::new(Client::new(setup.config()), setup.variable("CHAT_SECRET_ARN")?)))
    }

    /// Returns the settings.
    ///
    /// # Errors
    /// 503.
    pub async fn value(&self, now: Timestamp) -> Result<Arc<Settings>, Problem> {
        self.0.value(now).await.map_err(Problem::unavailable)
    }
}
