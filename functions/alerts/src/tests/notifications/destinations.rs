//! Many addresses of one institution. SNS permits 200 subscriptions with a filter policy on a topic; here each has a
//! topic, and none a filter.
//!
//! The full size: `DESTINATIONS=10001 cargo test -p functions-alerts --test notifications destinations --profile fast`.

use std::{collections::BTreeMap, env};

use centops_domain::notifications::SubscriptionId;
use jiff::SignedDuration;

use super::world::World;

/// Returns how many messages each subscription got since the last call.
fn received(world: &World, before: &mut usize) -> BTreeMap<SubscriptionId, usize> {
    let mut counts = BTreeMap::new();
    let all = world.recipients.received();
    for one in &all[*before..] {
        *counts.entry(one.subscription).or_default() += 1;
    }
    *before = all.len();
    counts
}

#[tokio::test]
async fn every_address_is_told_once_and_none_that_has_ended_or_lost_the_chatbot() {
    let count: usize = env::var("DESTINATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(201);
    let mut world = World::new(1).await;
    let bot = world.enrol("tax", "aa").await;
    let mut subscriptions = Vec::new();
    for number in 0..count {
        subscriptions.push(world.subscribe(&format!("queue-{number}"), "aa", None).await);
    }
    let mut before = 0;
    world.status(&bot, true);
    world.run_for(SignedDuration::from_mins(30)).await;
    let told = received(&world, &mut before);
    assert!(told.len() == count && told.values().all(|messages| *messages == 1), "{} of {count}", told.len());

    // From the next event on, one that has ended receives nothing.
    world.end(subscriptions[0]).await;
    world.status(&bot, false);
    world.run_for(SignedDuration::from_mins(30)).await;
    let told = received(&world, &mut before);
    assert_eq!((told.len(), told.get(&subscriptions[0])), (count - 1, None));

    // Nor do those whose chatbot another institution has.
    let other = world.subscribe("other", "bb", None).await;
    world.transfer(&bot, "aa", "bb").await;
    world.status(&bot, true);
    world.run_for(SignedDuration::from_mins(30)).await;
    assert_eq!(received(&world, &mut before), BTreeMap::from([(other, 1)]));
}
