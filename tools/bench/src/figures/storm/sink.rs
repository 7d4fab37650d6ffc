//! The receiver of messages. It answers 1 % of the requests with an error, and records the others.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use serde::Deserialize;

use super::ledger::{Delivery, Ledger, Summary};
use super::plan::{Plan, index_of};
use crate::server::{Answer, Server, empty};

/// The requests in a thousand that are answered with an error.
const REFUSED_PERMILLE: u32 = 10;

/// The system that sends to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Webhooks of `CentOps`: the path is the owner, and the body has an id.
    CentOps,
    /// Webhooks of Alertmanager: a label is the owner, and there is no id.
    Alertmanager,
}

/// A running receiver.
#[derive(Debug)]
pub struct Sink {
    receiver: Arc<Receiver>,
    server: Server,
}

#[derive(Debug)]
struct Receiver {
    sender: Sender,
    records: Mutex<Records>,
}

#[derive(Debug)]
struct Records {
    began: Instant,
    random: Rng,
    requests: usize,
    ledger: Ledger,
}

/// The content of a request.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    owner: usize,
    /// None without an id: then every request is a message of its own.
    id: Option<String>,
    chatbots: Vec<usize>,
}

impl Sink {
    /// Starts a receiver. `seed` decides which requests it answers with an error.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(sender: Sender, seed: u64) -> std::io::Result<Self> {
        let random = Rng::with_seed(seed);
        let records = Records { began: Instant::now(), random, requests: 0, ledger: Ledger::default() };
        let receiver = Arc::new(Receiver { sender, records: Mutex::new(records) });
        let server = Server::start(Arc::clone(&receiver)).await?;
        Ok(Self { receiver, server })
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Starts the storm: arrivals are counted from now.
    pub fn begin(&self) {
        self.receiver.records().began = Instant::now();
    }

    /// Returns how many chatbots were named, and the time since the last message.
    #[must_use]
    pub fn progress(&self) -> (usize, Duration) {
        let records = self.receiver.records();
        (records.ledger.named(), records.began.elapsed().saturating_sub(records.ledger.last()))
    }

    /// Returns the figures of the storm of `plan`.
    #[must_use]
    pub fn summary(&self, plan: &Plan) -> Summary {
        self.receiver.records().ledger.summary(plan)
    }
}

impl Receiver {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let content = self.sender.read(request.uri().path(), request.body());
        let mut records = self.records();
        records.requests += 1;
        if records.random.u32(0..1000) < REFUSED_PERMILLE {
            records.ledger.refuse();
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let Some(Content { owner, id, chatbots }) = content else { return empty(StatusCode::BAD_REQUEST) };
        let message = id.unwrap_or_else(|| records.requests.to_string());
        let at = records.began.elapsed();
        records.ledger.accept(Delivery { owner, message, chatbots, at });
        empty(StatusCode::NO_CONTENT)
    }
}

#[derive(Deserialize)]
struct Webhook {
    id: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    chatbot: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_labels: GroupLabels,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct GroupLabels {
    owner: String,
}

#[derive(Deserialize)]
struct Alert {
    labels: Entry,
}

impl Sender {
    /// Returns the content of a request. None if it is not one of the sender.
    fn read(self, path: &str, body: &[u8]) -> Option<Content> {
        let indexes = |names: Vec<Entry>| names.iter().map(|name| index_of(&name.chatbot)).collect::<Option<Vec<_>>>();
        match self {
            Self::CentOps => {
                let Webhook { id, entries } = serde_json::from_slice(body).ok()?;
                Some(Content { owner: index_of(path)?, id: Some(id), chatbots: indexes(entries)? })
            }
            Self::Alertmanager => {
                let Group { group_labels, alerts } = serde_json::from_slice(body).ok()?;
                let names = alerts.into_iter().map(|alert| alert.labels).collect();
                Some(Content { owner: index_of(&group_labels.owner)?, id: None, chatbots: indexes(names)? })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_id_and_chatbots_are_read_from_the_requests_of_both() {
        let ours = br#"{"id": "0199", "entries": [{"type": "chatbot-offline", "chatbot": "bot-00007"}]}"#;
        let expected = Content { owner: 1, id: Some("0199".to_owned()), chatbots: vec![7] };
        assert_eq!(Sender::CentOps.read("/owner-0001", ours), Some(expected));
        let theirs = br#"{"version": "4", "groupLabels": {"owner": "owner-0001"}, "alerts": [
            {"status": "firing", "labels": {"alertname": "ChatbotOffline", "chatbot": "bot-00007"}}]}"#;
        let expected = Content { owner: 1, id: None, chatbots: vec![7] };
        assert_eq!(Sender::Alertmanager.read("/", theirs), Some(expected));
        for sender in [Sender::CentOps, Sender::Alertmanager] {
            assert_eq!(sender.read("/owner-0001", b"{}"), None);
        }
    }

    #[test]
    fn one_request_in_a_hundred_is_refused_and_not_recorded() {
        let random = Rng::with_seed(1);
        let records = Records { began: Instant::now(), random, requests: 0, ledger: Ledger::default() };
        let receiver = Receiver { sender: Sender::CentOps, records: Mutex::new(records) };
        let body = Bytes::from_static(br#"{"id": "a", "entries": [{"chatbot": "bot-00000"}]}"#);
        let request = Request::post("/owner-0000").body(body).unwrap();
        let accepted = (0..10_000).filter(|_| receiver.answer(&request).status() == StatusCode::NO_CONTENT).count();
        let summary = receiver.records().ledger.summary(&Plan::new(1, 1));
        assert_eq!(summary.repeated + 1, accepted);
        assert_eq!(summary.refused + accepted, 10_000);
        assert!((60..140).contains(&summary.refused), "{}", summary.refused);
    }
}
