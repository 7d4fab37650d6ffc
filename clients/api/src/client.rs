//! The client: settings, and one HTTP client for each API.

use std::{fmt, sync::OnceLock, time::Duration};

use reqwest::{Certificate, Identity, redirect::Policy};
use url::Url;

use crate::{
    ClientError,
    call::Call,
    contract::{Api, Operation},
    error::with_causes,
};

const USER_AGENT: &str = concat!("centops-client/", env!("CARGO_PKG_VERSION"));

/// A text that no log and no debug output shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the secret of a text, without the white space around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Returns the text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// The settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base URL of the Admin API.
    pub admin: Option<Url>,
    /// The base URL of the Network API.
    pub network: Option<Url>,
    /// The bearer token of the Admin API.
    pub token: Option<Secret>,
    /// The API key of the certificate's holder, for operations of older clients.
    pub api_key: Option<Secret>,
    /// The client certificate of the Network API and its private key, in PEM.
    pub identity: Option<Secret>,
    /// The trusted authorities in PEM; those of the system if absent.
    pub authorities: Option<Vec<u8>>,
    /// The limit of one attempt.
    pub timeout: Duration,
    /// The limit of attempts of a request that may be repeated; at least one is made.
    pub attempts: u32,
    /// The longest wait between two attempts. A longer `Retry-After` ends the attempts.
    pub longest_wait: Duration,
    /// The name and version of the program, for the server's logs.
    pub user_agent: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            admin: None,
            network: None,
            token: None,
            api_key: None,
            identity: None,
            authorities: None,
            timeout: Duration::from_secs(30),
            attempts: 4,
            longest_wait: Duration::from_secs(30),
            user_agent: USER_AGENT,
        }
    }
}

/// A client of both APIs. The methods of the operations are in the order of the contract's areas.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    // Made at the first request: reading the system's authorities takes longer than all else before a request.
    admin: OnceLock<reqwest::Client>,
    network: OnceLock<reqwest::Client>,
}

impl Client {
    /// Makes a client. It connects at the first request.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, admin: OnceLock::new(), network: OnceLock::new() }
    }

    /// Returns a call of an operation. `path` has the values of the parameters of the path, in its order.
    pub fn call(&self, operation: &'static Operation, path: &[&str]) -> Call<'_, serde_json::Value> {
        Call::new(self, operation, path)
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the base URL of an API. Secrets are not sent over a network without encryption.
    pub(crate) fn base(&self, api: Api) -> Result<&Url, ClientError> {
        let base = match api {
            Api::Admin => &self.settings.admin,
            Api::Network => &self.settings.network,
        };
        let base = base.as_ref().ok_or(ClientError::NoAddress(api))?;
        if base.cannot_be_a_base() {
            return Err(ClientError::BaseUrl(base.clone()));
        }
        if base.scheme() == "https" || is_this_machine(base) {
            Ok(base)
        } else {
            Err(ClientError::Unencrypted(base.clone()))
        }
    }

    pub(crate) fn http(&self, api: Api) -> Result<&reqwest::Client, ClientError> {
        let cell = match api {
            Api::Admin => &self.admin,
            Api::Network => &self.network,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.connect(api)?;
        Ok(cell.get_or_init(|| client))
    }

    fn connect(&self, api: Api) -> Result<reqwest::Client, ClientError> {
        let failed = |error: reqwest::Error| ClientError::Tls(with_causes(&error));
        let settings = &self.settings;
        let mut builder = reqwest::Client::builder()
            .user_agent(settings.user_agent)
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .redirect(Policy::none());
        if let Some(pem) = &settings.authorities {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(failed)?);
        }
        // The Admin API rejects certificates.
        if let (Api::Network, Some(pem)) = (api, &settings.identity) {
            builder = builder.identity(Identity::from_pem(pem.reveal().as_bytes()).map_err(failed)?);
        }
        builder.build().map_err(failed)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
