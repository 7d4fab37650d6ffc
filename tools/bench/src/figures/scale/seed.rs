//! A table of many chatbots, with names and addresses that repeat as little as real ones do.
//!
//! Enrolling them one by one would take an hour. Instead their items are put in batches, in the form that the store
//! writes, and the counts of the network are raised by the same number.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use centops_domain::chatbots::{Chatbot, NewChatbot, Status};
use centops_domain::health::RoutingState;
use centops_store::keys;
use centops_table::Table;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::json;

use crate::table::{TABLE, TableError};

/// The largest number of items in one request.
const BATCH: usize = 25;
/// The number of concurrent requests.
const CONCURRENCY: usize = 4;
/// The number of words to make names of.
const WORDS: usize = 4000;
const SYLLABLES: [&str; 40] = [
    "ta", "lin", "na", "ro", "ka", "vi", "ru", "par", "nu", "ha", "ri", "du", "mets", "kool", "linn", "vald", "jo",
    "ge", "va", "so", "tsi", "aal", "ke", "mi", "tee", "nus", "toe", "tus", "maa", "kon", "kesk", "kon", "na", "poh",
    "ja", "lou", "ida", "laa", "ne", "rand",
];
const KINDS: [&str; 2] = ["institution", "ministry"];

/// Puts `count` chatbots into `table`, all Online.
///
/// # Errors
/// When the table rejects them.
pub async fn fill(table: &Table, count: usize, seed: u64) -> Result<Vec<Chatbot>, TableError> {
    let chatbots = chatbots(count, seed)?;
    let batches = stream::iter(chatbots.chunks(BATCH)).map(|batch| put(table, batch));
    batches.buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
    raise_counts(table, &chatbots).await?;
    Ok(chatbots)
}

fn chatbots(count: usize, seed: u64) -> Result<Vec<Chatbot>, TableError> {
    let (mut random, now) = (fastrand::Rng::with_seed(seed), Timestamp::now());
    let words: Vec<String> = (0..WORDS).map(|_| word(&mut random)).collect();
    let mut names = BTreeSet::new();
    while names.len() < count {
        let word = |random: &mut fastrand::Rng| words[random.usize(..WORDS)].clone();
        names.insert(format!("{}-{}-{}", word(&mut random), word(&mut random), random.u32(1..1000)));
    }
    let chatbot = |name: String| {
        let (host, path) = (&words[random.usize(..WORDS)], &words[random.usize(..WORDS)]);
        let new: NewChatbot = serde_json::from_value(json!({
            "name": name,
            "uri": format!("https://{host}.ee/{path}/{}", random.u32(1..1000)),
            "type": KINDS[random.usize(..KINDS.len())],
            "institution": "bench",
            "contact": "owner@example.ee",
        }))?;
        Ok(Chatbot::enrol(new, now).with_status(Status::Online, now))
    };
    names.into_iter().map(chatbot).collect()
}

fn word(random: &mut fastrand::Rng) -> String {
    (0..random.usize(2..4)).map(|_| SYLLABLES[random.usize(..SYLLABLES.len())]).collect()
}

async fn put(table: &Table, batch: &[Chatbot]) -> Result<(), TableError> {
    let write = |chatbot: &Chatbot| {
        let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(chatbot).map_err(failed)?;
        item.insert(keys::PK.to_owned(), AttributeValue::S(keys::CHATBOTS.to_owned()));
        item.insert(keys::SK.to_owned(), AttributeValue::S(chatbot.name.to_string()));
        item.insert(keys::VERSION.to_owned(), AttributeValue::N(chatbot.created_at.as_millisecond().to_string()));
        let put = PutRequest::builder().set_item(Some(item)).build().map_err(failed)?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let writes = batch.iter().map(write).collect::<Result<Vec<_>, TableError>>()?;
    let sent = table.client.batch_write_item().request_items(TABLE, writes).send().await.map_err(failed)?;
    match sent.unprocessed_items.unwrap_or_default().len() {
        0 => Ok(()),
        left => Err(TableError::Read(format!("items of {left} tables were not written"))),
    }
}

/// Raises the counts of the network by `chatbots`. The network has a revision, and some chatbots, already.
async fn raise_counts(table: &Table, chatbots: &[Chatbot]) -> Result<(), TableError> {
    let mut network = table.store.network().await?.value;
    for chatbot in chatbots {
        network.record_transition(chatbot.kind, None, Some(RoutingState::Online));
    }
    let key = AttributeValue::S("REVISION".to_owned());
    let update = table.client.update_item().table_name(TABLE).key(keys::PK, key.clone()).key(keys::SK, key);
    let update = update
        .update_expression("SET #state = :state, #count = :count ADD #version :one")
        .expression_attribute_names("#state", keys::STATE)
        .expression_attribute_names("#count", keys::COUNT)
        .expression_attribute_names("#version", keys::VERSION)
        .expression_attribute_values(":state", AttributeValue::S(serde_json::to_string(&network)?))
        .expression_attribute_values(":count", AttributeValue::N(network.head().count.to_string()))
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    update.send().await.map(drop).map_err(failed)
}

fn failed(error: impl std::error::Error) -> TableError {
    TableError::Read(DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_depend_on_the_seed_alone() {
        let names =
            |seed| chatbots(2000, seed).unwrap().into_iter().map(|chatbot| chatbot.name).collect::<BTreeSet<_>>();
        assert_eq!(names(1).len(), 2000);
        assert!(names(1) == names(1) && names(1) != names(2));
    }
}
