//! Timelines of incidents: which subscriptions were told of the outage and of its end, once each.

use centops_domain::{
    health::{Batch, Delivery, PolicyDocument},
    incidents::{EntryContent, Incident},
    ingestion::{CodeError, Observation, Observer, Sequence, Signal},
    notifications::{Channel, Enrolment, LastNotified, SubscriptionId},
};
use jiff::SignedDuration;
use serde_json::json;

use super::{
    recipient::Answer,
    world::{World, now},
};

const MINUTES: SignedDuration = SignedDuration::from_mins(30);

/// Lets `chatbot` fail, and its incident be computed.
async fn fail(world: &World, chatbot: &Enrolment) -> Incident {
    let mut policy = serde_json::to_value(PolicyDocument::default()).expect("JSON");
    policy["defaults"]["cap"] = json!({"percent": 100, "resumePercent": 100});
    let policy: PolicyDocument = serde_json::from_value(policy).expect("a policy");
    let store = &world.table.store;
    let online = store.evaluate_due(&chatbot.name, &policy, now()).await.expect("due").probe.expect("a probe");
    store.report_probe(&online, true, &policy, now(), 0.0).await.expect("reported");
    let failure = Observation { at: now(), signal: Signal::Code { result: Err(CodeError::Timeout), millis: None } };
    let batches = ["dmr:tallinn", "dmr:tartu"].map(|observer| Batch {
        observer: Observer::try_from(observer.to_owned()).expect("an observer"),
        sequence: Sequence::from(1),
        observations: vec![failure; 20],
        delivery: Delivery::First,
    });
    store.observe(&chatbot.name, &batches, &policy, now(), 0.0).await.expect("observed");
    let followed = store.follow_incident(chatbot, Some(now() - MINUTES), None, now()).await.expect("followed");
    followed.expect("an incident")
}

/// Returns who was told what, by the timeline of `incident`.
async fn told(world: &World, incident: &Incident) -> Vec<(SubscriptionId, LastNotified)> {
    let page = world.table.store.timeline(incident.id, None, 100).await.expect("a page");
    let told = page.items.into_iter().filter_map(|entry| match entry.content {
        EntryContent::Notified { subscription, institution, channel, status } => {
            assert_eq!((institution.as_ref().map(ToString::to_string), channel), (Some("aa".to_owned()), Channel::Sqs));
            Some((subscription, status))
        }
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn timeline_has_who_was_told_of_the_outage_and_of_its_end_once_each_whatever_crashes() {
    for seed in 1..9 {
        let mut world = World::new(seed).await;
        let bot = world.enrol("tax", "aa").await;
        let (one, other) = (world.subscribe("one", "aa", None).await, world.subscribe("other", "aa", None).await);
        world.recipients.answer(other, Answer::Refuses(500));
        let incident = fail(&world, &bot).await;
        world.crash_permille = 300;
        world.status(&bot, true);
        world.run_for(MINUTES).await;
        assert_eq!(told(&world, &incident).await, [(one, LastNotified::Offline)], "one is told, the other fails");
        world.recipients.answer(other, Answer::Accepts);
        world.run_for(MINUTES * 10).await;
        let mut all = told(&world, &incident).await;
        all.sort_by_key(|(subscription, _)| *subscription == other);
        assert_eq!(all, [(one, LastNotified::Offline), (other, LastNotified::Offline)]);
        world.status(&bot, false);
        world.run_for(MINUTES * 10).await;
        let online: Vec<_> = told(&world, &incident).await.into_iter().skip(2).map(|(_, status)| status).collect();
        assert_eq!(online, [LastNotified::Online; 2]);
    }
}
