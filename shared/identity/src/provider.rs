//! The identity provider at which people sign in: the address to send them to, and the exchange of the code that they come
//! back with (`OpenID` Connect Core 1.0, section 3.1; TARA's technical specification).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::{
    http::{Client, HttpError},
    identity_token::{Identity, IdentityPolicy, InvalidIdentity, REQUIRED_LEVEL, verify},
    jwks::{JwksCache, JwksUnavailable},
    token::key_id,
};

/// The provider, and us as its client.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The address that people are sent to.
    pub authorization: Url,
    /// The address at which codes are exchanged.
    pub token: Url,
    /// The address of its keys.
    pub keys: Url,
    /// Our id.
    pub client: String,
    /// The address that people come back to. The provider knows it.
    pub redirect: Url,
}

/// The identity provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    policy: IdentityPolicy,
    client: Client,
    keys: JwksCache,
}

/// A person was not identified.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The provider refuses the code: it is unknown, used, or older than 30 seconds.
    #[error("the identity provider refuses the code")]
    Code,
    /// The identity token is not accepted.
    #[error(transparent)]
    Identity(#[from] InvalidIdentity),
    /// The provider does not answer, or not as it should.
    #[error("the identity provider does not answer: {0}")]
    Http(HttpError),
    /// Its answer is no answer.
    #[error("the answer of the identity provider cannot be read")]
    Unreadable,
    /// Its keys are not available.
    #[error(transparent)]
    Keys(#[from] JwksUnavailable),
}

impl LoginError {
    /// Returns whether the person, and not the provider or the network, is the reason.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Code | Self::Identity(_))
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

impl Provider {
    /// Returns the provider of `settings`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(settings: ProviderSettings) -> Result<Self, JwksUnavailable> {
        let policy = IdentityPolicy { issuer: settings.issuer.clone(), client: settings.client.clone() };
        let keys = JwksCache::new(settings.keys.to_string())?;
        Ok(Self { policy, client: Client::new()?, keys, settings })
    }

    /// Returns the address at which a person signs in, in the `language` of its pages.
    #[must_use]
    pub fn login_url(&self, state: &str, nonce: &str, language: &str) -> Url {
        let mut url = self.settings.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client)
            .append_pair("redirect_uri", self.settings.redirect.as_str())
            .append_pair("scope", "openid")
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("acr_values", REQUIRED_LEVEL)
            .append_pair("ui_locales", language);
        url
    }

    /// Exchanges `code`, which answers the attempt with this `nonce`, for the person who signed in. `secret` is ours at the
    /// provider.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn identify(&self, code: &str, nonce: &str, secret: &str) -> Result<Identity, LoginError> {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
        let credentials = STANDARD.encode(format!("{}:{}", encoded(&self.settings.client), encoded(secret)));
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.settings.redirect.as_str())
            .finish();
        let answer = self.client.post_form(self.settings.token.as_str(), format!("Basic {credentials}"), form).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(HttpError::Status(400)) => return Err(LoginError::Code),
            Err(error) => return Err(LoginError::Http(error)),
        };
        let TokenAnswer { id_token } = serde_json::from_slice(&answer).map_err(|_| LoginError::Unreadable)?;
        let keys = self.keys.get(&key_id(&id_token).map_err(InvalidIdentity::from)?).await?;
        Ok(verify(&id_token, &keys, &self.policy, nonce)?)
    }
}
