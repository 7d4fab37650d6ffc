//! Taking messages from a queue and folding what they report.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use centops_domain::{
    event::Fact,
    health::Batch,
    name::Name,
    observation::{Observation, Observer, Sequence},
    policy::PolicyDocument,
    report::MaskedEntry,
};
use centops_store::{Store, StoreError, health::Observed, policies::Policies};
use futures::{StreamExt, future, stream};
use jiff::Timestamp;

use crate::Sender;

/// How many chatbots are saved at the same time.
const AT_ONCE: usize = 16;

/// What one message reports: by whom, and what of which chatbot.
#[derive(Clone, Debug)]
pub struct Reports {
    /// Who saw it.
    pub observer: Observer,
    /// What was seen, by chatbot.
    pub seen: BTreeMap<Name, Vec<Observation>>,
    /// The log entries to keep: those of the one chatbot that is seen, or none.
    pub entries: Vec<MaskedEntry>,
}

/// What a chatbot gets of the messages.
#[derive(Default)]
struct Work {
    batches: Vec<Batch>,
    /// The log entries to keep, by the message that brought them.
    entries: Vec<(Sequence, Vec<MaskedEntry>)>,
}

/// A message whose content was read.
struct Message {
    id: String,
    group: String,
    /// Where it stands in its chatbots' batches: the names that it touches.
    chatbots: HashSet<Name>,
}

/// Folds the messages of `event`, read by `read`, into the health of the chatbots that they are about.
///
/// The answer names the messages that the queue must deliver again. The queue delivers a group in
/// order, and a group's watermark in the health items may only grow: so after the first failure in a
/// group the rest of that group fails too. What was counted of them already is recognised next time.
pub async fn ingest<E: std::fmt::Display>(
    store: &Store,
    policies: &Policies,
    event: SqsEvent,
    read: impl Fn(&Sender, &str) -> Result<Reports, E>,
) -> SqsBatchResponse {
    let policies = match policies.current(store, Timestamp::now()).await {
        Ok(policies) => policies,
        Err(error) => {
            tracing::error!(%error, "the policy cannot be read");
            return response(event.records.into_iter().map(|record| record.message_id.unwrap_or_default()));
        }
    };
    let mut failed_groups = HashSet::new();
    let mut messages = Vec::new();
    let mut work: BTreeMap<Name, Work> = BTreeMap::new();
    for record in event.records {
        let (id, group) = (record.message_id.clone().unwrap_or_default(), attribute(&record, "MessageGroupId"));
        let mut chatbots = HashSet::new();
        if !failed_groups.contains(&group) {
            match reports(&record, &group, &read) {
                Ok((sequence, Reports { observer, seen, mut entries })) => {
                    for (name, observations) in seen {
                        let batch = Batch { observer: observer.clone(), sequence, observations };
                        let work = work.entry(name.clone()).or_default();
                        work.batches.push(batch);
                        work.entries.push((sequence, std::mem::take(&mut entries)));
                        chatbots.insert(name);
                    }
                }
                Err(error) => {
                    tracing::error!(message = id, group, error, "a message cannot be read");
                    failed_groups.insert(group.clone());
                }
            }
        }
        // A message that was not read touches no chatbot; its group says that it failed.
        messages.push((Message { id, group: group.clone(), chatbots }, failed_groups.contains(&group)));
    }
    let batches = work.values().flat_map(|work| &work.batches);
    let dmrs: BTreeSet<Name> = batches.filter_map(|batch| batch.observer.dmr().cloned()).collect();
    // At the same time: no chatbot waits for what is noted of a DMR.
    let (failed, ()) = future::join(save(store, &policies, work), hear(store, &policies, &dmrs)).await;
    response(again(messages, &failed))
}

/// Notes that DMRs were heard. Its failure costs nothing but a look too many.
async fn hear(store: &Store, policies: &PolicyDocument, dmrs: &BTreeSet<Name>) {
    for dmr in dmrs {
        if let Err(error) = store.hear(dmr, policies, Timestamp::now()).await {
            tracing::warn!(%dmr, %error, "a DMR was heard, and that could not be noted");
        }
    }
}

fn reports<E: std::fmt::Display>(
    record: &SqsMessage,
    group: &str,
    read: impl Fn(&Sender, &str) -> Result<Reports, E>,
) -> Result<(Sequence, Reports), String> {
    let sender = group.parse::<Sender>().map_err(|error| error.to_string())?;
    let sequence = attribute(record, "SequenceNumber");
    let sequence = sequence.parse().map_err(|error| format!("sequence number {sequence:?}: {error}"))?;
    let reports = read(&sender, record.body.as_deref().unwrap_or_default()).map_err(|error| error.to_string())?;
    Ok((sequence, reports))
}

fn attribute(record: &SqsMessage, name: &str) -> String {
    record.attributes.get(name).cloned().unwrap_or_default()
}

/// Saves what each chatbot gets; gives the chatbots whose messages must come again.
async fn save(store: &Store, policies: &PolicyDocument, work: BTreeMap<Name, Work>) -> HashSet<Name> {
    let saves = stream::iter(work).map(|(name, Work { batches, entries })| async move {
        let now = Timestamp::now();
        let saved = store.observe(&name, &batches, policies, now, fastrand::f64()).await;
        let saved = keep(store, &name, saved, &entries, now).await;
        log(&name, saved).then_some(name)
    });
    saves.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// Keeps the log entries of what was counted, now or before: after a repetition too, for the crash that
/// made it one may have come between the two.
async fn keep(
    store: &Store,
    name: &Name,
    saved: Result<Observed, StoreError>,
    entries: &[(Sequence, Vec<MaskedEntry>)],
    now: Timestamp,
) -> Result<Observed, StoreError> {
    let observed = saved?;
    for (sequence, entries) in entries {
        store.keep_logs(name, observed.enrolled, *sequence, entries, now).await?;
    }
    Ok(observed)
}

/// Logs what came of saving; true when it must be tried again.
fn log(name: &Name, saved: Result<Observed, StoreError>) -> bool {
    match saved {
        Ok(observed) => {
            let refused = observed.folded.before_enrolment + observed.folded.unheard;
            for happened in &observed.happened {
                match &happened.fact {
                    Fact::ChatbotOffline { .. } => tracing::warn!(chatbot = %name, "{name} is taken out of routing"),
                    fact => tracing::warn!(chatbot = %name, ?fact, "something happened"),
                }
            }
            if refused > 0 || observed.folded.repeated > 0 {
                tracing::info!(chatbot = %name, folded = ?observed.folded, "not all of the report was counted");
            }
            false
        }
        Err(StoreError::NotFound) => {
            tracing::warn!(chatbot = %name, "a report about a chatbot that is not enrolled was refused");
            false
        }
        Err(error) => {
            tracing::error!(chatbot = %name, %error, "a report could not be saved");
            true
        }
    }
}

/// The ids of the messages that must come again.
fn again(messages: Vec<(Message, bool)>, failed: &HashSet<Name>) -> Vec<String> {
    let mut failed_groups = HashSet::new();
    let mut again = Vec::new();
    for (Message { id, group, chatbots }, unread) in messages {
        if unread || failed_groups.contains(&group) || !chatbots.is_disjoint(failed) {
            failed_groups.insert(group);
            again.push(id);
        }
    }
    again
}

/// The answer that the messages of these ids must come again.
fn response(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
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
