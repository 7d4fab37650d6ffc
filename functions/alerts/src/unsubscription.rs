//! The page on which the recipient of a mail ends the subscription: its texts, its headers, and the check of its link.
//!
//! Whoever has the link is the recipient: it has an HMAC of the subscription and its generation. The page needs no
//! script and loads nothing. Opening it changes nothing, because mail gateways open every link.

use centops_api::{Anyone, Call, FromSetup, Operation, Problem, Setup, StartError, StatusCode, reply};
use centops_delivery::NotificationSecret;
use centops_domain::notifications::{Channel, State, Subscription, SubscriptionId};
use centops_store::{Store, StoreError, notifications::StoredSubscription};
use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, header},
};

use crate::clients;

/// The style of the page. The content security policy has its hash.
const STYLE: &str = "body{font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#1a1a1a;\
    max-width:40em;margin:2em auto;padding:0 1em}button{font-size:16px;padding:8px 16px}hr{margin:2em 0}";
/// No script, nothing loaded, no frame around it; the form goes to this site only.
const POLICY: &str = "default-src 'none'; style-src 'sha256-LaxkCtgW89ewSjwHdFjo4oYAsoNYjk5qcawLbwJYK5E='; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The content of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// It asks whether to end the subscription.
    Question,
    /// The subscription has ended.
    Ended,
    /// The link is not valid.
    Invalid,
}

impl Page {
    /// Returns the status.
    fn status(self) -> StatusCode {
        if self == Self::Invalid { StatusCode::NOT_FOUND } else { StatusCode::OK }
    }

    /// Returns the heading and the text in Estonian and English. `address` is masked.
    fn texts(self, address: &str) -> [[String; 2]; 2] {
        let texts = match self {
            Self::Question => [
                ["Teavitustest loobumine", "CentOps saadab sellele aadressile teavitusi: {}. Kas lõpetada?"],
                ["End notifications", "CentOps sends notifications to this address: {}. End them?"],
            ],
            Self::Ended => [
                ["Teavitused on lõpetatud", "CentOps ei saada sellele aadressile enam teavitusi: {}."],
                ["Notifications have ended", "CentOps no longer sends notifications to this address: {}."],
            ],
            Self::Invalid => [
                ["Link ei kehti", "Kasuta kõige uuemas kirjas olevat linki."],
                ["The link is not valid", "Use the link in the newest mail."],
            ],
        };
        texts.map(|text| text.map(|part| part.replace("{}", address)))
    }

    /// Returns the page as a response.
    pub(crate) fn response(self, address: &str) -> Response<Body> {
        let [estonian, english] = self.texts(address).map(|text| text.map(|part| escape(&part)));
        let form = |label: &str| match self {
            // Without an action, the form is sent to the address of the page, which has the token.
            Self::Question => format!("<form method=\"post\"><button type=\"submit\">{label}</button></form>\n"),
            Self::Ended | Self::Invalid => String::new(),
        };
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"et\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{} / {}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main>\n<h1>{}</h1>\n<p>{}</p>\n{}<hr>\n<div lang=\"en\">\n<h2>{}</h2>\n<p>{}</p>\n{}</div>\n\
             </main>\n</body>\n</html>\n",
            estonian[0],
            english[0],
            estonian[0],
            estonian[1],
            form("Lõpeta teavitused"),
            english[0],
            english[1],
            form("End notifications"),
        );
        let mut response = reply::text(self.status(), "text/html; charset=utf-8", html);
        for (name, value) in HEADERS {
            response.headers_mut().insert(name.clone(), HeaderValue::from_static(value));
        }
        response
    }
}

/// Headers of the page: the link is a secret, which neither caches nor other sites learn.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Returns `text` as HTML text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Finds the subscription of a link.
#[derive(Debug)]
pub struct Unsubscription {
    pub(crate) store: Store,
    pub(crate) secret: NotificationSecret,
}

impl FromSetup for Unsubscription {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, secret: clients::secret(setup)? })
    }
}

impl Unsubscription {
    /// Reads the subscription of the link. None if the link is not valid: the subscription does not exist, is not of a
    /// mail, or has another token.
    pub(crate) async fn find<O: Operation<Caller = Anyone>>(
        &self,
        call: &Call<'_, O>,
    ) -> Result<Option<StoredSubscription>, Problem> {
        let id: SubscriptionId = call.path("subscription")?;
        let token = call.query::<String>("token", "")?.unwrap_or_default();
        let stored = match self.store.subscriber(id).await {
            Ok(found) => found.value,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let subscription = &stored.subscription;
        if subscription.address.channel() != Channel::Mail {
            return Ok(None);
        }
        let secret = self.secret.value(call.now()).await.map_err(Problem::unavailable)?;
        Ok(secret.is_unsubscribe_token(id, subscription.generation, &token).then_some(stored))
    }
}

/// Returns the page about `subscription`.
pub(crate) fn page(subscription: &Subscription) -> Response<Body> {
    let page = if matches!(subscription.state, State::Ended { .. }) { Page::Ended } else { Page::Question };
    page.response(&subscription.address.masked())
}
