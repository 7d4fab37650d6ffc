//! A release for many chatbots, while most of its recipients fail.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::{
    recipient::Answer,
    world::{World, now},
};

/// The chatbots, each of an institution with one subscription: more than one page of a release.
const CHATBOTS: usize = 110;

#[tokio::test]
async fn release_reaches_everybody_once_and_an_outage_does_not_wait_behind_it() {
    let mut world = World::new(1).await;
    let mut bots = Vec::new();
    for number in 0..CHATBOTS {
        let institution = format!("institution-{number}");
        let bot = world.enrol_running(&format!("bot-{number}"), &institution, &json!({"ruuter": "1.0.0"})).await;
        let subscription = world.subscribe(&format!("queue-{number}"), &institution, None).await;
        // Nine of ten fail.
        if number % 10 != 0 {
            world.recipients.answer(subscription, Answer::Refuses(500));
        }
        bots.push((bot, subscription));
    }
    let release = json!({
        "component": "ruuter", "version": "1.1.0", "severity": "critical", "publishedAt": now(), "notes": "",
    });
    world.publish(&release).await;
    let (bot, waiting) = &bots[10];
    world.status(bot, true);
    world.run_for(SignedDuration::from_mins(2)).await;
    let is_outage = |body: &serde_json::Value| body.to_string().contains("chatbot-offline");
    let received = world.recipients.received();
    assert!(received.iter().any(|one| one.subscription == *waiting && is_outage(&one.body)), "{received:?}");

    world.run_for(SignedDuration::from_mins(8)).await;
    for (_, subscription) in &bots {
        world.recipients.answer(*subscription, Answer::Accepts);
    }
    world.run_for(SignedDuration::from_hours(3)).await;
    let mut told: BTreeMap<_, usize> = BTreeMap::new();
    for one in world.recipients.received() {
        let updates = one.body["entries"].as_array().expect("entries").iter();
        let updates = updates.filter(|entry| entry["type"] == "update-available").count();
        *told.entry(one.subscription).or_default() += updates;
    }
    let told: Vec<_> =
        bots.iter().map(|(_, subscription)| told.get(subscription).copied().unwrap_or_default()).collect();
    assert!(told.iter().all(|updates| *updates == 1), "{told:?}");
}
