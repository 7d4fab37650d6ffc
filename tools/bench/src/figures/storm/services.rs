//! SQS and Secrets Manager for the functions. They stand for AWS's own services, so the kill leaves them running.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::queue::{Queue, Received};
use super::template::QueueSettings;
use crate::error::BenchError;
use crate::server::{self, Answer, SendBatch, SendEntry, Server, empty};

/// The longest time between two looks into a queue, in case a notification is missed.
const POLL: Duration = Duration::from_secs(1);

/// The queues that start functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueName {
    /// Events to fan out.
    Events,
    /// Wake-ups of subscriptions.
    Notifications,
    /// Chatbots whose incidents are computed anew. The storm measures notifications: nothing receives these messages.
    Incidents,
}

/// The running services. Dropping the value stops them.
#[derive(Debug)]
pub struct Services {
    queues: Arc<Queues>,
    server: Server,
}

#[derive(Debug)]
struct Queues {
    started: Instant,
    events: WorkQueue,
    notifications: WorkQueue,
    incidents: WorkQueue,
}

#[derive(Debug)]
struct WorkQueue {
    queue: Mutex<Queue>,
    sent: Notify,
}

impl QueueName {
    /// All queues.
    pub const ALL: [Self; 3] = [Self::Events, Self::Notifications, Self::Incidents];

    /// The logical id in `template.yaml`.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::Events => "EventsQueue",
            Self::Notifications => "NotificationsQueue",
            Self::Incidents => "IncidentsQueue",
        }
    }
}

impl Services {
    /// Starts the services with the settings of `template.yaml`.
    ///
    /// # Errors
    /// When the template has other settings, or the server cannot listen.
    pub async fn start() -> Result<Self, BenchError> {
        let queue = |name: QueueName| {
            let queue = Queue::new(QueueSettings::read(name.logical_id())?.visibility);
            Ok::<_, BenchError>(WorkQueue { queue: Mutex::new(queue), sent: Notify::new() })
        };
        let (events, notifications) = (queue(QueueName::Events)?, queue(QueueName::Notifications)?);
        let incidents = queue(QueueName::Incidents)?;
        let queues = Arc::new(Queues { started: Instant::now(), events, notifications, incidents });
        Ok(Self { server: Server::start(Arc::clone(&queues)).await?, queues })
    }

    /// Returns the address of all services.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Returns the URL of a queue.
    #[must_use]
    pub fn url(&self, name: QueueName) -> String {
        format!("http://{}/{}", self.address(), name.logical_id())
    }

    /// Receives up to `most` messages. Waits until there is one.
    pub async fn receive(&self, name: QueueName, most: usize) -> Vec<Received> {
        let queue = self.queues.named(name);
        loop {
            let now = self.queues.started.elapsed();
            let (received, next) = {
                let mut queue = queue.locked();
                (queue.receive(most, now), queue.next_visible())
            };
            let wait = next.map_or(POLL, |next| next.saturating_sub(now)).min(POLL);
            if !received.is_empty() {
                if wait.is_zero() {
                    // The others are for another receiver.
                    queue.sent.notify_one();
                }
                return received;
            }
            tokio::select! {
                () = queue.sent.notified() => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// Deletes a received message.
    pub fn delete(&self, name: QueueName, received: &Received) {
        self.queues.named(name).locked().delete(received.receipt);
    }

    /// Returns how many messages of a queue were received again.
    #[must_use]
    pub fn redelivered(&self, name: QueueName) -> usize {
        self.queues.named(name).locked().redelivered()
    }
}

impl WorkQueue {
    fn locked(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn named(&self, name: QueueName) -> &WorkQueue {
        match name {
            QueueName::Events => &self.events,
            QueueName::Notifications => &self.notifications,
            QueueName::Incidents => &self.incidents,
        }
    }

    fn send(&self, body: &[u8]) -> Option<Response<Full<Bytes>>> {
        let SendBatch { queue_url, entries } = serde_json::from_slice(body).ok()?;
        let name = QueueName::ALL.into_iter().find(|name| queue_url.ends_with(name.logical_id()))?;
        let (queue, now) = (self.named(name), self.started.elapsed());
        let mut sent = Vec::new();
        for SendEntry { id, message_body, delay_seconds } in entries {
            let message = queue.locked().send(message_body, Duration::from_secs(delay_seconds), now);
            sent.push(json!({"Id": id, "MessageId": message, "MD5OfMessageBody": ""}));
        }
        queue.sent.notify_one();
        Some(server::json(&json!({"Successful": sent, "Failed": []})))
    }
}

impl Answer for Queues {
    fn answer(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let answer = match target.unwrap_or_default() {
            "AmazonSQS.SendMessageBatch" => self.send(request.body()),
            "secretsmanager.GetSecretValue" => {
                Some(server::json(&json!({"ARN": "bench", "Name": "bench", "SecretString": "b".repeat(64)})))
            }
            _ => None,
        };
        // The functions call nothing else. A status that no client tries again shows it if they do.
        answer.unwrap_or_else(|| empty(StatusCode::BAD_REQUEST))
    }
}
