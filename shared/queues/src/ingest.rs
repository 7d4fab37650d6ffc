//! Ingests queue messages: folds reports into the health of chatbots and stores log entries.
//!
//! The result is a partial batch response: it lists the messages that the queue must deliver again (batch item
//! failures).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use centops_api::{clock, random};
use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    health::{Batch, PolicyDocument},
    ingestion::{MaskedEntry, Observation, Observer, Sequence},
};
use centops_store::{
    Store, StoreError,
    health::{ObserveOutcome, PolicyCache},
};
use futures::{StreamExt, future, stream};

use crate::sender::Sender;

/// The maximum number of chatbots that are saved concurrently.
const CONCURRENT_SAVES: usize = 16;

/// The content of one message.
#[derive(Clone, Debug)]
pub struct Report {
    /// The reporter.
    pub observer: Observer,
    /// The observations by chatbot.
    pub observations: BTreeMap<Name, Vec<Observation>>,
    /// The log entries to store. They belong to the report's only chatbot; a report about several has none.
    pub entries: Vec<MaskedEntry>,
}

/// The part of the event's messages that concerns one chatbot.
#[derive(Default)]
struct ChatbotWork {
    batches: Vec<Batch>,
    /// The log entries to store, by the message that contains them.
    entries: Vec<(Sequence, Vec<MaskedEntry>)>,
}

/// The chatbots that a parsed message concerns, or `None` for a message that failed.
struct Message {
    id: String,
    group: String,
    chatbots: Option<HashSet<Name>>,
}

/// The messages of an event, sorted by chatbot.
#[derive(Default)]
struct SortedMessages {
    messages: Vec<Message>,
    work: BTreeMap<Name, ChatbotWork>,
}

/// Folds the messages of `event` into the health of their chatbots. `parse` reads the body of a message.
///
/// Returns the messages that the queue must deliver again. The queue delivers a group in order, and the group's
/// watermark in the health items only grows. So after the first failure in a group the rest of the group fails too.
/// Observations of them that were already counted are recognised at the next delivery.
pub async fn ingest<E: std::fmt::Display>(
    store: &Store,
    policies: &PolicyCache,
    event: SqsEvent,
    parse: impl Fn(&Sender, &str) -> Result<Report, E>,
) -> SqsBatchResponse {
    let policies = match policies.current(store, clock::now()).await {
        Ok(policies) => policies,
        Err(error) => {
            tracing::error!(%error, "failed to read the policy; all messages will be delivered again");
            return batch_response(event.records.into_iter().map(|record| record.message_id.unwrap_or_default()));
        }
    };
    let SortedMessages { messages, work } = SortedMessages::parse(event.records, parse);
    let batches = work.values().flat_map(|work| &work.batches);
    let dmrs: BTreeSet<Name> = batches.filter_map(|batch| batch.observer.dmr().cloned()).collect();
    // Concurrent, so that saving chatbots does not wait for the records of DMRs.
    let (failed, ()) = future::join(save_all(store, &policies, work), record_dmrs(store, &policies, &dmrs)).await;
    batch_response(messages_to_redeliver(messages, &failed))
}

impl SortedMessages {
    /// Parses `records`. A record after a failed one of the same group is not parsed.
    fn parse<E: std::fmt::Display>(
        records: Vec<SqsMessage>,
        parse: impl Fn(&Sender, &str) -> Result<Report, E>,
    ) -> Self {
        let mut sorted = Self::default();
        let mut failed_groups = HashSet::new();
        for record in records {
            let (id, group) = (record.message_id.clone().unwrap_or_default(), attribute(&record, "MessageGroupId"));
            let mut chatbots = None;
            if !failed_groups.contains(&group) {
                match parse_message(&record, &group, &parse) {
                    Ok((sequence, report)) => chatbots = Some(sorted.add(sequence, report)),
                    Err(error) => {
                        tracing::error!(message = id, group, error, "failed to parse message {id}");
                        failed_groups.insert(group.clone());
                    }
                }
            }
            sorted.messages.push(Message { id, group, chatbots });
        }
        sorted
    }

    /// Adds a report to the work of its chatbots, and returns their names.
    fn add(&mut self, sequence: Sequence, report: Report) -> HashSet<Name> {
        let Report { observer, observations, mut entries } = report;
        let mut chatbots = HashSet::new();
        for (name, observations) in observations {
            let work = self.work.entry(name.clone()).or_default();
            work.batches.push(Batch { observer: observer.clone(), sequence, observations });
            work.entries.push((sequence, std::mem::take(&mut entries)));
            chatbots.insert(name);
        }
        chatbots
    }
}

/// Parses one message: its sequence number and its report.
fn parse_message<E: std::fmt::Display>(
    record: &SqsMessage,
    group: &str,
    parse: impl Fn(&Sender, &str) -> Result<Report, E>,
) -> Result<(Sequence, Report), String> {
    let sender = group.parse::<Sender>().map_err(|error| error.to_string())?;
    let sequence = attribute(record, "SequenceNumber");
    let sequence = sequence.parse().map_err(|error| format!("sequence number {sequence:?}: {error}"))?;
    let report = parse(&sender, record.body.as_deref().unwrap_or_default()).map_err(|error| error.to_string())?;
    Ok((sequence, report))
}

fn attribute(record: &SqsMessage, name: &str) -> String {
    record.attributes.get(name).cloned().unwrap_or_default()
}

/// Records that each DMR sent a report. A failure only causes an extra check for missing reports.
async fn record_dmrs(store: &Store, policies: &PolicyDocument, dmrs: &BTreeSet<Name>) {
    for dmr in dmrs {
        if let Err(error) = store.record_report(dmr, policies, clock::now()).await {
            tracing::warn!(%dmr, %error, "failed to record the report of DMR {dmr}");
        }
    }
}

/// Saves the work of each chatbot. Returns the chatbots for which this failed.
async fn save_all(store: &Store, policies: &PolicyDocument, work: BTreeMap<Name, ChatbotWork>) -> HashSet<Name> {
    let saves = stream::iter(work).map(|(name, work)| async move {
        let result = save(store, policies, &name, work).await;
        log_result(&name, result).then_some(name)
    });
    saves.buffer_unordered(CONCURRENT_SAVES).filter_map(std::future::ready).collect().await
}

/// Folds the observations of a chatbot, and then stores its log entries. Entries are stored for a repeated message too,
/// because its first delivery may have ended after the fold and before the entries were stored.
async fn save(
    store: &Store,
    policies: &PolicyDocument,
    name: &Name,
    work: ChatbotWork,
) -> Result<ObserveOutcome, StoreError> {
    let now = clock::now();
    let observed = store.observe(name, &work.batches, policies, now, random::jitter()).await?;
    for (sequence, entries) in &work.entries {
        store.put_logs(name, observed.enrolled, *sequence, entries, now).await?;
    }
    Ok(observed)
}

/// Logs the result of a save. Returns true when the messages must be delivered again.
fn log_result(name: &Name, result: Result<ObserveOutcome, StoreError>) -> bool {
    match result {
        Ok(observed) => {
            log_observed(name, &observed);
            false
        }
        Err(StoreError::NotFound) => {
            tracing::warn!(chatbot = %name, "report dropped: chatbot {name} is not enrolled");
            false
        }
        Err(error) => {
            tracing::error!(chatbot = %name, %error, "failed to save a report about chatbot {name}");
            true
        }
    }
}

/// Logs the events that a fold raised, and reports that were not counted completely.
fn log_observed(name: &Name, observed: &ObserveOutcome) {
    for raised in &observed.events {
        if let EventKind::ChatbotOffline { .. } = raised.event {
            tracing::warn!(chatbot = %name, "chatbot {name} taken out of routing");
        } else {
            tracing::warn!(chatbot = %name, event = ?raised.event, "health event of chatbot {name} recorded");
        }
    }
    let folded = &observed.summary;
    if folded.before_enrolment + folded.over_limit > 0 || folded.repeated > 0 {
        tracing::info!(chatbot = %name, ?folded, "report about chatbot {name} counted in part");
    }
}

/// Returns the ids of the messages that failed, and of all messages after them in their groups.
fn messages_to_redeliver(messages: Vec<Message>, failed: &HashSet<Name>) -> Vec<String> {
    let mut failed_groups = HashSet::new();
    let mut ids = Vec::new();
    for Message { id, group, chatbots } in messages {
        let is_saved = chatbots.is_some_and(|chatbots| chatbots.is_disjoint(failed));
        if !is_saved || failed_groups.contains(&group) {
            failed_groups.insert(group);
            ids.push(id);
        }
    }
    ids
}

/// Returns the partial batch response with these message ids.
fn batch_response(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = ids
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}
