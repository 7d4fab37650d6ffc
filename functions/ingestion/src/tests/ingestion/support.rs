//! The functions on a table and queues of their own.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_dynamodb::Client;
use centops_api::{Consumer, Invocation, Metrics};
use centops_domain::{
    chatbots::{Chatbot, Name},
    ingestion::CodeClass,
    institutions::{Institution, NewInstitution},
    peers::NewDmr,
};
use centops_queues::{Ingester, ParkedIngester, Parking, Queue, SendError, Sender, Source};
use centops_store::{Store, StoreError};
use centops_table::Table;
use jiff::Timestamp;
use serde::Serialize;

use super::{faults::crash_after, sqs::Sqs};
use crate::{ingest_codes::IngestCodes, ingest_logs::IngestLogs, ingest_parked::IngestParked};

pub const CODES: &str = "codes.fifo";
pub const LOGS: &str = "logs.fifo";
pub const PARKED: &str = "parked.fifo";
pub const DEAD_CODES: &str = "dead-codes.fifo";
pub const DEAD_LOGS: &str = "dead-logs.fifo";
pub const DEAD_PARKED: &str = "dead-parked.fifo";

/// The stack: queues, table and functions.
pub struct Stack {
    pub sqs: Sqs,
    pub table: Table,
    codes: IngestCodes,
    logs: IngestLogs,
    parked: IngestParked,
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

impl Stack {
    pub async fn start() -> Self {
        let table = Table::start().await.expect("a table");
        let client = table.client.clone();
        Self::on(table, &client).await
    }

    /// Starts the functions on `table`, which they reach through `client`.
    pub async fn on(table: Table, client: &Client) -> Self {
        let sqs = Sqs::start().await;
        sqs.set_dead_letters(CODES, DEAD_CODES, 1000);
        sqs.set_dead_letters(LOGS, DEAD_LOGS, 1000);
        sqs.set_dead_letters(PARKED, DEAD_PARKED, 1000);
        let source = |queue, dead_letters, seconds| {
            Source::new(sqs.client(), sqs.url(queue), sqs.url(dead_letters), Duration::from_secs(seconds))
        };
        let store = || Store::new(client.clone(), centops_table::NAME.to_owned());
        let parking = Parking::new(sqs.client(), sqs.url(PARKED));
        Self {
            codes: Ingester::new(store(), source(CODES, DEAD_CODES, 60), Some(parking)).into(),
            logs: Ingester::new(store(), source(LOGS, DEAD_LOGS, 60), None).into(),
            parked: ParkedIngester::new(store(), source(PARKED, DEAD_PARKED, 30)).into(),
            table,
            sqs,
        }
    }

    /// Sends a report like the functions that accept it.
    pub async fn send(
        &self,
        queue: &str,
        sender: &Sender,
        key: &str,
        report: &impl Serialize,
    ) -> Result<String, SendError> {
        self.send_at(queue, sender, key, report, Timestamp::now()).await
    }

    /// Sends a report at `now`.
    pub async fn send_at(
        &self,
        queue: &str,
        sender: &Sender,
        key: &str,
        report: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, SendError> {
        let queue = Queue::new(self.sqs.client(), self.sqs.url(queue));
        queue.send_once(&self.table.store, sender, key, report, now).await
    }

    pub async fn enrol(&self, text: &str, now: Timestamp) -> Name {
        let new = serde_json::json!({
            "name": text, "uri": "https://bot.example.ee/", "type": "ministry", "institution": "tax-board",
            "contact": "owner@example.ee",
        });
        let enrolled = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
        let audit = centops_table::audit_context(&self.table.audit, now);
        self.table.store.create_chatbot(&audit, enrolled).await.expect("created").value.name
    }

    /// Records the institution of DMRs.
    pub async fn create_operator(&self) {
        let new: NewInstitution = serde_json::from_str(r#"{"name": "Infosüsteemi amet"}"#).expect("a good institution");
        let audit = centops_table::audit_context(&self.table.audit, Timestamp::UNIX_EPOCH);
        let created = self.table.store.create_institution(&audit, Institution::new(name("ria"), new)).await;
        created.expect("created");
    }

    /// Registers a DMR. Its operator must be there.
    pub async fn register(&self, dmr: &str) {
        let uri = "https://dmr.example.ee/".parse().expect("a good uri");
        let now = Timestamp::now();
        let new = NewDmr { name: name(dmr), uri, institution: name("ria") };
        let audit = centops_table::audit_context(&self.table.audit, now);
        self.table.store.create_peer(&audit, new.register(now)).await.expect("registered");
    }

    /// Removes a DMR.
    pub async fn remove(&self, dmr: &str) {
        let audit = centops_table::audit_context(&self.table.audit, Timestamp::now());
        self.table.store.delete_peer(&audit, &name(dmr), None).await.expect("removed");
    }

    /// Runs the function of `queue` once on what is visible there. Returns false if nothing is.
    pub async fn run(&self, queue: &str) -> bool {
        self.run_with_crash(queue, usize::MAX).await
    }

    /// Runs the function of `queue` like [`Stack::run`], which crashes after so many polls. The clock advances by the
    /// time that it takes.
    pub async fn run_with_crash(&self, queue: &str, polls: usize) -> bool {
        let Some(event) = self.sqs.receive(queue) else { return false };
        let received: Vec<_> = event.records.iter().filter_map(|record| record.message_id.clone()).collect();
        let started = Instant::now();
        let response = crash_after(polls, Box::pin(self.handle(queue, event))).await;
        self.sqs.advance(u64::try_from(started.elapsed().as_millis()).expect("a short time"));
        if let Some(response) = response {
            self.sqs.acknowledge(queue, &received, &response);
        }
        true
    }

    async fn handle(&self, queue: &str, event: SqsEvent) -> SqsBatchResponse {
        let invocation = Invocation {
            id: String::new(),
            deadline: SystemTime::now() + Duration::from_secs(15),
            metrics: Metrics::default(),
        };
        let response = match queue {
            CODES => self.codes.handle(event, &invocation).await,
            LOGS => self.logs.handle(event, &invocation).await,
            _ => self.parked.handle(event, &invocation).await,
        };
        response.expect("a response")
    }

    /// Runs the functions until all queues are empty, which must be within `milliseconds`.
    pub async fn drain(&self, milliseconds: u64) {
        let end = self.sqs.now() + milliseconds;
        let queues = [CODES, LOGS, PARKED];
        while let Some(next) = self.sqs.next_visible(&queues) {
            let now = self.sqs.now();
            assert!(now <= end, "messages are left: {:?}", queues.map(|queue| self.sqs.messages(queue)));
            self.sqs.advance(next.saturating_sub(now));
            for queue in queues {
                self.run(queue).await;
            }
        }
    }

    /// Returns the counted codes of a chatbot by class.
    pub async fn totals(&self, chatbot: &str) -> BTreeMap<CodeClass, u64> {
        match self.table.store.health(&name(chatbot)).await {
            Err(StoreError::NotFound) => BTreeMap::new(),
            health => health.expect("health").value.totals().clone(),
        }
    }

    /// Returns the number of counted codes of a chatbot.
    pub async fn counted(&self, chatbot: &str) -> u64 {
        self.totals(chatbot).await.values().sum()
    }
}
