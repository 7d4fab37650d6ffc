//! Sends messages through DMRs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// Longer than either DMR waits for a chatbot.
const TIMEOUT: Duration = Duration::from_secs(8);

/// How a DMR is addressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// nginx with centops-agent: `POST /messages` with `X-Send-To`. The response is that of the chatbot.
    Nginx,
    /// `centops-dmr`: `POST /messages/{chatbot}`. The response is `{chatbot, answer}`.
    Sample,
}

/// One DMR.
#[derive(Clone, Debug)]
pub struct Dmr {
    /// Its name.
    pub name: String,
    /// How it is addressed.
    pub kind: Kind,
    /// Its base URL.
    pub url: String,
}

/// What became of one message at one DMR.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The chatbot answered.
    Answered(Vec<BotMessage>),
    /// The DMR sent the message to the chatbot, which failed: the status of the response.
    Failed(u16),
    /// The DMR has no route to the chatbot.
    NoRoute,
    /// The DMR did not take the message.
    Unreachable,
    /// The DMR took the message and did not answer.
    Lost,
}

/// One message of a chatbot, in Rasa's form.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct BotMessage {
    /// The text.
    pub text: String,
    /// Its buttons.
    #[serde(default)]
    pub buttons: Vec<Value>,
}

/// One try, for the ledger.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The name of the DMR.
    pub dmr: String,
    /// When it began.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// All DMRs, used in turn.
#[derive(Debug)]
pub struct Dmrs {
    http: Client,
    all: Vec<Dmr>,
    next: AtomicUsize,
}

impl Dmrs {
    /// Uses `dmrs` in turn.
    ///
    /// # Errors
    /// Returns an error if no client can be built.
    pub fn new(dmrs: Vec<Dmr>) -> Result<Self, reqwest::Error> {
        // DMRs close connections when they reload; a message must not meet one that is about to close.
        let http = Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(TIMEOUT).build()?;
        Ok(Self { http, all: dmrs, next: AtomicUsize::new(0) })
    }

    /// Sends a message. If a DMR cannot be reached the next one is tried: then the message has certainly not arrived.
    /// Returns all tries, the last one with the result.
    pub async fn send(&self, chatbot: &str, body: &Value) -> Vec<Attempt> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut attempts = Vec::new();
        for index in 0..self.all.len() {
            let dmr = &self.all[(first + index) % self.all.len()];
            let at = Timestamp::now();
            let outcome = self.send_through(dmr, chatbot, body).await;
            let next = outcome == Outcome::Unreachable;
            attempts.push(Attempt { dmr: dmr.name.clone(), at, outcome });
            if !next {
                break;
            }
        }
        attempts
    }

    async fn send_through(&self, dmr: &Dmr, chatbot: &str, body: &Value) -> Outcome {
        let request = match dmr.kind {
            Kind::Nginx => self.http.post(format!("{}/messages", dmr.url)).header("X-Send-To", chatbot),
            Kind::Sample => self.http.post(format!("{}/messages/{chatbot}", dmr.url)),
        };
        let response = match request.json(body).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Outcome::Unreachable,
            Err(_) => return Outcome::Lost,
        };
        let (status, forwarded) = (response.status(), response.headers().get("x-dmr-hit").cloned());
        // A body that is cut says that the chatbot failed, after nginx has sent the header.
        let Ok(text) = response.text().await else { return Outcome::Failed(StatusCode::BAD_GATEWAY.as_u16()) };
        match dmr.kind {
            Kind::Nginx => of_nginx(status, forwarded.is_some_and(|hit| hit == "1"), &text),
            Kind::Sample => of_sample(status, &text),
        }
    }
}

fn of_nginx(status: StatusCode, forwarded: bool, text: &str) -> Outcome {
    match (status, forwarded) {
        (_, false) => Outcome::NoRoute,
        (StatusCode::OK, true) => answered(text),
        (_, true) => Outcome::Failed(status.as_u16()),
    }
}

fn of_sample(status: StatusCode, text: &str) -> Outcome {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    match (status, body["answer"].as_str()) {
        (StatusCode::OK, Some(answer)) => answered(answer),
        (_, Some(_)) | (StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT, None) => {
            Outcome::Failed(status.as_u16())
        }
        (_, None) => Outcome::NoRoute,
    }
}

/// A 200 that is not in Rasa's form counts as a failure of the chatbot for the visitor.
fn answered(text: &str) -> Outcome {
    serde_json::from_str(text).map_or(Outcome::Failed(StatusCode::OK.as_u16()), Outcome::Answered)
}

impl Outcome {
    /// Returns its word in the ledger.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Failed(_) => "failed",
            Self::NoRoute => "no-route",
            Self::Unreachable => "unreachable",
            Self::Lost => "lost",
        }
    }
}

/// Returns the body of a message to a chatbot, in Rasa's form.
#[must_use]
pub fn message(sender: &str, text: &str, language: &str) -> Value {
    json!({"sender": sender, "message": text, "metadata": {"language": language}})
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"[{"recipient_id": "v1", "text": "Tere"}]"#;

    #[test]
    fn status_of_the_dmr_is_told_from_that_of_the_chatbot() {
        assert_eq!(of_nginx(StatusCode::SERVICE_UNAVAILABLE, false, "<html>"), Outcome::NoRoute);
        assert_eq!(of_nginx(StatusCode::SERVICE_UNAVAILABLE, true, "{}"), Outcome::Failed(503));
        assert_eq!(of_sample(StatusCode::SERVICE_UNAVAILABLE, r#"{"message": "no route"}"#), Outcome::NoRoute);
        let failed = r#"{"chatbot": "maks", "answer": "{}"}"#;
        assert_eq!(of_sample(StatusCode::SERVICE_UNAVAILABLE, failed), Outcome::Failed(503));
        assert_eq!(of_sample(StatusCode::BAD_GATEWAY, r#"{"message": "unreachable"}"#), Outcome::Failed(502));
    }

    #[test]
    fn both_kinds_give_the_same_answer() {
        let wrapped = json!({"chatbot": "maks", "answer": ANSWER}).to_string();
        let expected = Outcome::Answered(vec![BotMessage { text: "Tere".to_owned(), buttons: Vec::new() }]);
        assert_eq!(of_nginx(StatusCode::OK, true, ANSWER), expected);
        assert_eq!(of_sample(StatusCode::OK, &wrapped), expected);
        assert_eq!(of_nginx(StatusCode::OK, true, "no JSON"), Outcome::Failed(200));
    }
}
