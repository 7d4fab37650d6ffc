//! A model of SQS FIFO queues with a virtual clock: groups, deduplication, visibility, receive counts, dead letters and
//! redrive with new sequence numbers. Functions reach it over HTTP, through the real client.

use std::{
    collections::{BTreeMap, HashSet},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The time in milliseconds in which a queue drops a second message with the same deduplication id.
const DEDUPLICATION: u64 = 300_000;

/// A message of a queue.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub group: String,
    pub body: String,
    sequence: u128,
    receive_count: u32,
    visible_at: u64,
}

#[derive(Debug, Default)]
struct Queue {
    messages: Vec<Message>,
    sent: BTreeMap<(String, String), (u64, String)>,
    /// The dead-letter queue, and the number of deliveries after which a message is moved there.
    dead_letters: Option<(&'static str, u32)>,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    now: u64,
    numbers: u128,
}

/// The queues.
#[derive(Clone, Debug)]
pub struct Sqs {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

/// The visibility timeout in milliseconds, as in the template.
const VISIBILITY: u64 = 30_000;

impl State {
    fn queue(&mut self, name: &str) -> &mut Queue {
        self.queues.entry(name.to_owned()).or_default()
    }

    fn number(&mut self) -> u128 {
        self.numbers += 1;
        18_849_496_460_467_696_128 + self.numbers * 256
    }

    fn send(&mut self, queue: &str, group: &str, deduplication_id: &str, body: &str) -> String {
        let (now, key) = (self.now, (group.to_owned(), deduplication_id.to_owned()));
        if let Some((at, id)) = self.queue(queue).sent.get(&key)
            && now - at < DEDUPLICATION
        {
            return id.clone();
        }
        let sequence = self.number();
        let id = format!("message-{sequence}");
        let queue = self.queue(queue);
        queue.sent.insert(key, (now, id.clone()));
        queue.messages.push(Message {
            id: id.clone(),
            group: group.to_owned(),
            body: body.to_owned(),
            sequence,
            receive_count: 0,
            visible_at: 0,
        });
        id
    }

    /// Appends a message that was in another queue: it gets a new sequence number.
    fn append(&mut self, queue: &str, message: Message) {
        let sequence = self.number();
        self.queue(queue).messages.push(Message { sequence, receive_count: 0, visible_at: 0, ..message });
    }

    fn receive(&mut self, name: &str, limit: usize) -> Vec<Value> {
        let now = self.now;
        let (mut blocked, mut records, mut dead) = (HashSet::new(), Vec::new(), Vec::new());
        let queue = self.queue(name);
        let in_flight = queue.messages.iter().filter(|message| message.visible_at > now);
        blocked.extend(in_flight.map(|message| message.group.clone()));
        for message in &mut queue.messages {
            if records.len() == limit || blocked.contains(&message.group) {
                continue;
            }
            if queue.dead_letters.is_some_and(|(_, most)| message.receive_count >= most) {
                dead.push(message.id.clone());
                continue;
            }
            message.receive_count += 1;
            message.visible_at = now + VISIBILITY;
            records.push(json!({
                "messageId": message.id, "receiptHandle": message.id, "body": message.body,
                "attributes": {
                    "MessageGroupId": message.group, "SequenceNumber": message.sequence.to_string(),
                    "ApproximateReceiveCount": message.receive_count.to_string(),
                },
            }));
        }
        if let Some((target, _)) = queue.dead_letters {
            let (moved, left) = std::mem::take(&mut queue.messages).into_iter().partition(|m| dead.contains(&m.id));
            queue.messages = left;
            let moved: Vec<Message> = moved;
            for message in moved {
                self.append(target, message);
            }
        }
        records
    }

    fn answer(&mut self, target: &str, request: &Value) -> Value {
        let text = |name: &str| request[name].as_str().expect(name).to_owned();
        let url = text("QueueUrl");
        let queue = url.rsplit('/').next().unwrap_or_default();
        match target {
            "AmazonSQS.SendMessage" => {
                let (group, id) = (text("MessageGroupId"), text("MessageDeduplicationId"));
                json!({"MessageId": self.send(queue, &group, &id, &text("MessageBody"))})
            }
            "AmazonSQS.ChangeMessageVisibilityBatch" => {
                let now = self.now;
                let entries = request["Entries"].as_array().expect("entries");
                for entry in entries {
                    let mut messages = self.queue(queue).messages.iter_mut();
                    if let Some(message) = messages.find(|message| entry["ReceiptHandle"] == message.id) {
                        message.visible_at = now + entry["VisibilityTimeout"].as_u64().expect("seconds") * 1000;
                    }
                }
                json!({"Successful": entries.iter().map(|entry| json!({"Id": entry["Id"]})).collect::<Vec<_>>(), "Failed": []})
            }
            other => json!({"__type": "InvalidAction", "message": other}),
        }
    }
}

impl Sqs {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sqs = Self { state: Arc::default(), address: listener.local_addr().expect("an address") };
        let server = sqs.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let sqs = server.clone();
                let service = service_fn(move |request| sqs.clone().respond(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        sqs
    }

    async fn respond(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let target = request.headers()["x-amz-target"].to_str().expect("a target").to_owned();
        let body = request.into_body().collect().await.expect("a body").to_bytes();
        let answer = self.state().answer(&target, &serde_json::from_slice(&body).expect("JSON"));
        let status = if answer.get("__type").is_some() { 400 } else { 200 };
        let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
        Ok(response.body(Full::from(answer.to_string())).expect("a response"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    pub fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-north-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://{}", self.address))
            .build();
        Client::from_conf(config)
    }

    pub fn url(&self, queue: &str) -> String {
        format!("http://{}/000000000000/{queue}", self.address)
    }

    /// Moves messages of `queue` to `dead_letters` after `receives` deliveries.
    pub fn set_dead_letters(&self, queue: &str, dead_letters: &'static str, receives: u32) {
        self.state().queue(queue).dead_letters = Some((dead_letters, receives));
    }

    /// Sends a message directly.
    pub fn send(&self, queue: &str, group: &str, body: &str) {
        let mut state = self.state();
        let id = format!("direct-{}", state.numbers);
        state.send(queue, group, &id, body);
    }

    /// Receives up to ten messages, as an event of a function. None if no message is visible.
    pub fn receive(&self, queue: &str) -> Option<SqsEvent> {
        let records = self.state().receive(queue, 10);
        if records.is_empty() {
            return None;
        }
        Some(serde_json::from_value(json!({"Records": records})).expect("an event"))
    }

    /// Removes the messages of an event that `response` does not name.
    pub fn acknowledge(&self, queue: &str, received: &[String], response: &SqsBatchResponse) {
        let failed = |id: &str| response.batch_item_failures.iter().any(|failure| failure.item_identifier == id);
        let is_done = |message: &Message| received.contains(&message.id) && !failed(&message.id);
        self.state().queue(queue).messages.retain(|message| !is_done(message));
    }

    /// Moves all messages of `dead_letters` to `queue`.
    pub fn redrive(&self, dead_letters: &str, queue: &str) -> usize {
        let mut state = self.state();
        let messages = std::mem::take(&mut state.queue(dead_letters).messages);
        let count = messages.len();
        for message in messages {
            state.append(queue, message);
        }
        count
    }

    /// Returns the messages of `queue`.
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.state().queue(queue).messages.clone()
    }

    pub fn now(&self) -> u64 {
        self.state().now
    }

    /// Advances the clock.
    pub fn advance(&self, milliseconds: u64) {
        self.state().now += milliseconds;
    }

    /// Returns the time at which the next message is visible, if any is waiting.
    pub fn next_visible(&self, queues: &[&str]) -> Option<u64> {
        let mut state = self.state();
        let times = queues.iter().map(|queue| {
            let groups: BTreeMap<String, u64> =
                state.queue(queue).messages.iter().fold(BTreeMap::new(), |mut groups, message| {
                    let latest = groups.entry(message.group.clone()).or_default();
                    *latest = (*latest).max(message.visible_at);
                    groups
                });
            groups.into_values().min()
        });
        times.flatten().min()
    }
}
