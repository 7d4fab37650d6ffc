//! Ingests queue messages: folds reports into the health of chatbots and stores log entries.
//!
//! The result is a partial batch response: it lists the messages that the queue must deliver again (batch item
//! failures). A part of a DMR's report that cannot be saved does not make its message fail: it is
//! [parked](crate::parked).

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Display,
    time::Duration,
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use centops_api::{clock, random};
use centops_domain::{
    chatbots::Name,
    health::{Batch, Delivery, DmrClient, PolicyDocument, UnsettledBatches},
    ingestion::{CodeReport, MaskedEntry, MaskedReport, Observation, Observer, Sequence},
};
use centops_store::{
    Store, StoreError,
    health::{ObserveOutcome, PolicyCache},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use crate::{
    parked::{ParkedBatch, Parking},
    save::{Saved, isolated},
    sender::Sender,
    source::{Source, attribute, receive_count},
};

/// The maximum number of chatbots that are saved concurrently.
const CONCURRENT_SAVES: usize = 16;
/// The time limit of a save while the rest of a report waits for it.
const SAVE_LIMIT: Duration = Duration::from_secs(2);
/// The time limit of a save that nothing waits for.
const LONG_SAVE_LIMIT: Duration = Duration::from_secs(8);
/// The most chatbots whose saves may fail in one event. More are a fault of the table, not of chatbots: then messages
/// are delivered again.
const MAX_FAILED: usize = 20;

/// The content of one message.
#[derive(Clone, Debug)]
pub struct Report {
    /// The reporter.
    pub observer: Observer,
    /// The observations by chatbot.
    pub observations: BTreeMap<Name, Vec<Observation>>,
    /// The log entries to store. They belong to the report's only chatbot; a report about several has none.
    pub entries: Vec<MaskedEntry>,
    /// Software and route table of the reporter, if it is a DMR.
    pub client: DmrClient,
}

impl Report {
    /// Returns the report of the DMR `dmr`.
    #[must_use]
    pub fn of_codes(dmr: &Name, report: CodeReport) -> Self {
        let mut observations: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for code in &*report.codes {
            observations.entry(code.chatbot.clone()).or_default().push(code.observation());
        }
        let client = DmrClient { table_revision: report.table_revision, client_version: report.client_version };
        Self { observer: Observer::Dmr(dmr.clone()), observations, entries: Vec::new(), client }
    }

    /// Returns the number of chatbots that it is about.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.observations.len()
    }

    /// Returns whether it has log entries to store.
    #[must_use]
    pub fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Returns the report of the chatbot `name`.
    #[must_use]
    pub fn of_logs(name: &Name, report: MaskedReport) -> Self {
        let observations = report.observations().collect();
        Self {
            observer: Observer::Chatbot,
            observations: BTreeMap::from([(name.clone(), observations)]),
            entries: report.logs,
            client: DmrClient::default(),
        }
    }
}

/// Consumes a queue of reports.
#[derive(Debug)]
pub struct Ingester {
    store: Store,
    policies: PolicyCache,
    source: Source,
    /// The queue for parts of DMRs' reports that cannot be saved. Reports of chatbots have one part only.
    parking: Option<Parking>,
}

/// The part of a message that concerns one chatbot.
struct Part {
    /// The index of its message.
    message: usize,
    batch: Batch,
    entries: Vec<MaskedEntry>,
}

/// A message that was read.
struct ReadMessage {
    /// Its index.
    index: usize,
    sequence: Sequence,
    is_redelivered: bool,
    report: Report,
}

/// Work for the messages of an event.
#[derive(Default)]
struct Work {
    /// The indexes of messages that are to be delivered again.
    failed: BTreeSet<usize>,
    /// The parts to save.
    saves: BTreeMap<Name, Vec<Part>>,
    /// The parts to park.
    parked: Vec<(Name, Part)>,
}

impl Ingester {
    /// Returns a consumer of `source`.
    #[must_use]
    pub fn new(store: Store, source: Source, parking: Option<Parking>) -> Self {
        Self { store, policies: PolicyCache::default(), source, parking }
    }

    /// Folds the messages of `event` into the health of their chatbots before `deadline`. `parse` reads the body of a
    /// message. A message that cannot be read is sent to the dead letters.
    ///
    /// Returns the messages that the queue must deliver again. The queue delivers a group in order, and the group's
    /// watermark in the health items only grows. So after the first failure in a group the rest of the group fails
    /// too. Observations of them that were already counted are recognised at the next delivery.
    pub async fn ingest<E: Display>(
        &self,
        event: SqsEvent,
        deadline: Timestamp,
        parse: impl Fn(&Sender, &str) -> Result<Report, E>,
    ) -> SqsBatchResponse {
        let records = event.records;
        let policies = match self.policies.current(&self.store, clock::now()).await {
            Ok(policies) => policies,
            Err(error) => {
                tracing::error!(%error, "failed to read the policy; all messages will be delivered again");
                return self.source.redeliver(&records).await;
            }
        };
        let (messages, unread) = self.read(&records, parse).await;
        let mut work = self.assign(messages, &policies).await;
        work.failed.extend(unread);
        let failed = self.save_all(&policies, &mut work, deadline).await;
        self.park_failed(&policies, &mut work, failed).await;
        let failed = with_rest_of_groups(&records, &work.failed);
        if failed.is_empty() { SqsBatchResponse::default() } else { self.source.redeliver(&failed).await }
    }

    /// Reads the messages. Returns those with a report, and the indexes of those to deliver again: they cannot be read,
    /// and could not be sent to the dead letters.
    async fn read<E: Display>(
        &self,
        records: &[SqsMessage],
        parse: impl Fn(&Sender, &str) -> Result<Report, E>,
    ) -> (Vec<ReadMessage>, Vec<usize>) {
        let (mut messages, mut failed) = (Vec::new(), Vec::new());
        for (index, record) in records.iter().enumerate() {
            let id = record.message_id.as_deref().unwrap_or_default();
            match parse_message(record, &parse) {
                Ok((sequence, report)) => {
                    let is_redelivered = receive_count(record) > 1;
                    messages.push(ReadMessage { index, sequence, is_redelivered, report });
                }
                Err(reason) => match self.source.dead_letter(record, &reason).await {
                    Ok(()) => {
                        tracing::error!(message = id, reason, "message {id} cannot be read: sent to dead letters");
                    }
                    Err(error) => {
                        tracing::error!(message = id, reason, %error, "message {id} cannot be read");
                        failed.push(index);
                    }
                },
            }
        }
        (messages, failed)
    }

    /// Records the reports of DMRs, and decides which parts to save and which to park.
    async fn assign(&self, messages: Vec<ReadMessage>, policies: &PolicyDocument) -> Work {
        let mut unsettled: BTreeMap<Name, Result<UnsettledBatches, StoreError>> = BTreeMap::new();
        let mut work = Work::default();
        for ReadMessage { index, sequence, is_redelivered, report } in messages {
            let Report { observer, observations, mut entries, client } = report;
            if let Observer::Dmr(dmr) = &observer
                && !unsettled.contains_key(dmr)
            {
                let found = self.store.record_report(dmr, &client, policies, clock::now()).await;
                unsettled.insert(dmr.clone(), found);
            }
            let unsettled = match observer.dmr().and_then(|dmr| unsettled.get(dmr)) {
                Some(Err(error)) => {
                    tracing::error!(%observer, %error, "failed to read the state of {observer}");
                    work.failed.insert(index);
                    continue;
                }
                Some(Ok(unsettled)) => Some(unsettled),
                None => None,
            };
            for (name, observations) in observations {
                let sequences = unsettled.and_then(|unsettled| unsettled.get(&name));
                let delivery = match (sequences, is_redelivered) {
                    (None, true) if observer != Observer::Chatbot => Delivery::Repeated,
                    (None, _) => Delivery::First,
                    // An earlier delivery may have tried to count it.
                    (Some(sequences), true) if !sequences.is_empty() => Delivery::Unsettled,
                    (Some(sequences), _) if sequences.contains(&sequence) => Delivery::Unsettled,
                    (Some(_), _) => Delivery::Parked,
                };
                let batch = Batch { observer: observer.clone(), sequence, observations, delivery };
                let part = Part { message: index, batch, entries: std::mem::take(&mut entries) };
                if sequences.is_some() {
                    work.parked.push((name, part));
                } else {
                    work.saves.entry(name).or_default().push(part);
                }
            }
        }
        work
    }

    /// Saves the parts of each chatbot together. Returns the parts for which this failed.
    async fn save_all(&self, policies: &PolicyDocument, work: &mut Work, deadline: Timestamp) -> Vec<(Name, Part)> {
        let limit = if self.parking.is_some() { SAVE_LIMIT } else { LONG_SAVE_LIMIT };
        let saves = std::mem::take(&mut work.saves).into_iter().map(|(name, mut parts)| async move {
            let batches = parts.iter_mut().map(|part| take_batch(&mut part.batch)).collect::<Vec<_>>();
            let save = self.save(policies, &name, &batches, &parts);
            let saved = isolated(&name, limit, deadline, Box::pin(save)).await;
            for (part, batch) in parts.iter_mut().zip(batches) {
                part.batch = batch;
            }
            (saved, name, parts)
        });
        let mut saves = stream::iter(saves).buffer_unordered(CONCURRENT_SAVES);
        let (mut failed, mut chatbots) = (Vec::new(), 0);
        while let Some((saved, name, parts)) = saves.next().await {
            match saved {
                Saved::Done => {}
                Saved::NotStarted => work.failed.extend(parts.iter().map(|part| part.message)),
                Saved::Failed => {
                    chatbots += 1;
                    failed.extend(parts.into_iter().map(|part| (name.clone(), part)));
                }
            }
        }
        if chatbots > MAX_FAILED || self.parking.is_none() {
            work.failed.extend(failed.drain(..).map(|(_, part)| part.message));
        }
        failed
    }

    /// Folds the observations of a chatbot, and then stores its log entries. Entries are stored for a repeated message
    /// too, because its first delivery may have ended after the fold and before the entries were stored.
    async fn save(
        &self,
        policies: &PolicyDocument,
        name: &Name,
        batches: &[Batch],
        parts: &[Part],
    ) -> Result<ObserveOutcome, StoreError> {
        let now = clock::now();
        let observed = self.store.observe(name, batches, policies, now, random::jitter()).await?;
        for (batch, part) in batches.iter().zip(parts) {
            self.store.put_logs(name, observed.enrolled, batch.sequence, &part.entries, now).await?;
        }
        Ok(observed)
    }

    /// Parks the parts whose save `failed`, and those of chatbots that have an unsettled batch. Messages for which this
    /// fails are delivered again.
    async fn park_failed(&self, policies: &PolicyDocument, work: &mut Work, failed: Vec<(Name, Part)>) {
        let mut parts = std::mem::take(&mut work.parked);
        parts.extend(failed.into_iter().map(|(name, mut part)| {
            part.batch.delivery = Delivery::Unsettled;
            (name, part)
        }));
        let Some(parking) = self.parking.as_ref().filter(|_| !parts.is_empty()) else { return };
        // First the DMR's record, then the message: while a batch is recorded, nothing moves the watermark past it.
        let mut unsettled: BTreeMap<Name, UnsettledBatches> = BTreeMap::new();
        for (name, Part { batch, .. }) in &parts {
            if let (Observer::Dmr(dmr), Delivery::Unsettled) = (&batch.observer, batch.delivery) {
                let batches = unsettled.entry(dmr.clone()).or_default();
                batches.entry(name.clone()).or_default().insert(batch.sequence);
            }
        }
        let mut unrecorded = HashSet::new();
        for (dmr, batches) in unsettled {
            let added = self.store.add_unsettled(&dmr, &batches, policies, clock::now()).await;
            if !matches!(added, Ok(true)) {
                tracing::error!(%dmr, ?added, "failed to record unsettled batches of DMR {dmr}");
                unrecorded.insert(Observer::Dmr(dmr));
            }
        }
        let sends = parts.into_iter().map(|(name, Part { message, batch, .. })| {
            let is_recorded = batch.delivery == Delivery::Parked || !unrecorded.contains(&batch.observer);
            async move {
                if !is_recorded {
                    return Some(message);
                }
                let parked = parking.park(&ParkedBatch::new(name.clone(), batch)).await;
                parked.inspect_err(|error| tracing::error!(chatbot = %name, %error, "failed to park a batch")).err()?;
                Some(message)
            }
        });
        let sends: Vec<_> = stream::iter(sends).buffer_unordered(CONCURRENT_SAVES).collect().await;
        work.failed.extend(sends.into_iter().flatten());
    }
}

/// Takes the batch out of a part.
fn take_batch(batch: &mut Batch) -> Batch {
    let observations = std::mem::take(&mut batch.observations);
    Batch { observations, ..batch.clone() }
}

/// Parses one message: its sequence number and its report.
fn parse_message<E: Display>(
    record: &SqsMessage,
    parse: impl Fn(&Sender, &str) -> Result<Report, E>,
) -> Result<(Sequence, Report), String> {
    let sender = attribute(record, "MessageGroupId").parse::<Sender>().map_err(|error| error.to_string())?;
    let sequence = attribute(record, "SequenceNumber");
    let sequence = sequence.parse().map_err(|error| format!("sequence number {sequence:?}: {error}"))?;
    let report = parse(&sender, record.body.as_deref().unwrap_or_default()).map_err(|error| error.to_string())?;
    Ok((sequence, report))
}

/// Returns the records that failed, and all records after them in their groups.
fn with_rest_of_groups(records: &[SqsMessage], failed: &BTreeSet<usize>) -> Vec<SqsMessage> {
    let mut groups = HashSet::new();
    let is_failed = |(index, record): &(usize, &SqsMessage)| {
        let group = attribute(record, "MessageGroupId");
        if failed.contains(index) {
            groups.insert(group.to_owned());
        }
        groups.contains(group)
    };
    records.iter().enumerate().filter(is_failed).map(|(_, record)| record.clone()).collect()
}
