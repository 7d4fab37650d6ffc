//! The identity provider as the functions of signing in use it.

use aws_sdk_secretsmanager::Client as SecretsManager;
use centops_api::{FromSetup, Setup, StartError};
use centops_identity::provider::{Provider, ProviderSettings};
use centops_signing::secret::{CachedSecret, FromSecret};
use centops_store::Store;
use url::Url;

/// The identity provider, and the store of sessions.
#[derive(Debug)]
pub struct Login {
    /// The provider.
    pub provider: Provider,
    /// The table.
    pub store: Store,
}

impl FromSetup for Login {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let issuer = setup.variable("LOGIN_ISSUER")?;
        let at = |path: &str| address(&format!("{issuer}/oidc/{path}"), "LOGIN_ISSUER");
        let console = setup.variable("CONSOLE_ORIGIN")?;
        let settings = ProviderSettings {
            authorization: at("authorize")?,
            token: at("token")?,
            keys: at("jwks")?,
            client: setup.variable("LOGIN_CLIENT")?,
            redirect: address(&format!("{console}/api/session/callback"), "CONSOLE_ORIGIN")?,
            issuer,
        };
        let provider = Provider::new(settings)
            .map_err(|error| StartError::InvalidVariable { name: "LOGIN_ISSUER", reason: error.to_string() })?;
        Ok(Self { provider, store: setup.store().await? })
    }
}

fn address(text: &str, name: &'static str) -> Result<Url, StartError> {
    text.parse()
        .map_err(|_| StartError::InvalidVariable { name, reason: "a URL without a slash at its end".to_owned() })
}

/// Our secret at the identity provider.
pub struct ClientSecret(String);

/// A secret without a text.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the client secret is empty")]
pub struct EmptySecret;

impl FromSecret for ClientSecret {
    type Error = EmptySecret;

    fn from_secret(text: &str) -> Result<Self, EmptySecret> {
        if text.trim().is_empty() { Err(EmptySecret) } else { Ok(Self(text.trim().to_owned())) }
    }
}

impl ClientSecret {
    /// Returns the secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Returns our secret at the identity provider. The first use reads it.
pub(crate) fn secret(setup: &Setup) -> Result<CachedSecret<ClientSecret>, StartError> {
    Ok(CachedSecret::new(SecretsManager::new(setup.config()), setup.variable("LOGIN_SECRET_ARN")?))
}
