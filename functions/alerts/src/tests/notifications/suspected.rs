//! Outages of seconds: a chatbot fails, its incident is looked at again, and the round of a subscription decides whether
//! it is notified. Health, incidents, fan-out and rounds are those of the product.

use centops_domain::{
    chatbots::Status,
    health::{Batch, Delivery, Lane, PolicyDocument},
    incidents::{Look, State, TRANSIENT_UNTIL},
    ingestion::{CodeError, Observation, Observer, Sequence, Signal},
    notifications::{Enrolment, SubscriptionId},
};
use centops_queues::FollowIncident;
use centops_store::{StoreError, alerts::EventQuery, health::DueItem, incidents::PastCache};
use centops_table::{Table, declared, meter::Meter};
use functions_incidents::tracking::{Looker, Tracking};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::world::{World, now, pass};
use crate::fan_out::FanOutMessage;

/// A probe of a suspected outage.
struct Looks {
    healthy: bool,
}

impl Looker for Looks {
    async fn look(&self, _: &Enrolment) -> Result<Option<Look>, StoreError> {
        Ok(Some(Look { at: now(), fault: (!self.healthy).then(|| "answered 503".to_owned()) }))
    }
}

/// A network with a chatbot that fails, and a subscription.
struct Outage {
    world: World,
    bot: Enrolment,
    subscription: SubscriptionId,
    tracking: Tracking<Looks>,
    policy: PolicyDocument,
    began: Timestamp,
    /// Until when events were handed on.
    handed_on: Timestamp,
}

impl Outage {
    /// Begins an outage. `healthy` is the result of looking at it again.
    async fn begin(healthy: bool) -> Self {
        Self::on(World::new(1).await, healthy).await
    }

    async fn on(world: World, healthy: bool) -> Self {
        let bot = world.enrol("tax", "aa").await;
        let subscription = world.subscribe("own", "aa", None).await;
        let tracking = Tracking {
            store: world.table.store.clone(),
            looker: Looks { healthy },
            clock: now,
            past: PastCache::default(),
        };
        let mut policy = serde_json::to_value(PolicyDocument::default()).expect("JSON");
        policy["defaults"]["cap"] = json!({"percent": 100, "resumePercent": 100});
        let policy = serde_json::from_value(policy).expect("a policy");
        let (began, handed_on) = (now(), now());
        let mut outage = Self { world, bot, subscription, tracking, policy, began, handed_on };
        while !outage.is_online().await {
            outage.probe(5).await;
        }
        outage.handed_on = now();
        pass(SignedDuration::from_millis(1));
        outage.began = now();
        outage.observe().await;
        outage.hand_on().await;
        outage
    }

    async fn observe(&self) {
        let observation =
            Observation { at: now(), signal: Signal::Code { result: Err(CodeError::Timeout), millis: None } };
        let batches = ["dmr:tallinn", "dmr:tartu"].map(|observer| Batch {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            sequence: Sequence::from(1),
            observations: vec![observation; 20],
            delivery: Delivery::First,
        });
        let store = &self.world.table.store;
        store.observe(&self.bot.name, &batches, &self.policy, now(), 0.0).await.expect("observed");
    }

    async fn is_online(&self) -> bool {
        self.world.table.store.chatbot(&self.bot.name).await.expect("read").value.status == Status::Online
    }

    /// Fans out the new events of the chatbot, and computes its incident.
    async fn hand_on(&mut self) {
        let query = EventQuery { limit: 50, ..EventQuery::default() };
        let store = &self.world.table.store;
        let events = store.events_of_chatbot(&self.bot.name, self.bot.enrolled_at, &query, now()).await;
        let mut events = events.expect("events").items;
        events.retain(|event| event.at > self.handed_on);
        for event in events.iter().rev() {
            self.handed_on = self.handed_on.max(event.at);
            self.world.fan_out(&FanOutMessage::again(event).expect("JSON")).await;
            self.track(Some(event.at)).await;
        }
    }

    async fn track(&self, since: Option<Timestamp>) {
        let message = FollowIncident { chatbot: self.bot.clone(), since, incident: None };
        self.tracking.track(&message).await.expect("tracked");
    }

    /// Lets the prober find that the chatbot answers, `seconds` from now.
    async fn probe(&self, seconds: i64) {
        pass(SignedDuration::from_secs(seconds));
        let store = self.world.table.store.clone();
        for entry in store.due(Lane::Recovery, now(), 100).await.expect("due") {
            let DueItem::Chatbot(name) = entry.item else { continue };
            let due = store.evaluate_due(&name, &self.policy, now()).await.expect("evaluated");
            if let Some(probe) = due.probe {
                store.report_probe(&probe, true, &self.policy, now(), 0.0).await.expect("reported");
            }
        }
    }

    /// Runs the round at this second of the outage. Returns the types of the entries of all messages.
    async fn told(&mut self, second: i64) -> Vec<String> {
        let at = self.began + SignedDuration::from_secs(second);
        assert!(self.world.round(self.subscription, at, usize::MAX).await);
        let received = self.world.recipients.received();
        let entries = received.iter().flat_map(|one| one.body["entries"].as_array().expect("entries"));
        entries.map(|entry| entry["type"].as_str().expect("a type").to_owned()).collect()
    }

    async fn pending(&self) -> usize {
        self.world.table.store.round(self.subscription).await.expect("a round").pending.len()
    }

    async fn state(&self) -> Option<State> {
        self.world.table.store.incident_of(&self.bot).await.expect("read").map(|incident| incident.state)
    }
}

const NOTHING: [&str; 0] = [];

/// Case 13: suspected, and healthy at the look after five seconds.
#[tokio::test]
async fn outage_that_is_over_at_the_look_is_not_told() {
    let mut outage = Outage::begin(true).await;
    assert_eq!((outage.state().await, outage.pending().await), (Some(State::Suspected), 1));
    pass(SignedDuration::from_secs(6));
    outage.track(None).await;
    assert_eq!(outage.state().await, Some(State::Transient));
    assert_eq!(outage.told(31).await, NOTHING, "offline still, by the circuit");
    while outage.pending().await < 2 {
        assert!(now() < outage.began + TRANSIENT_UNTIL, "the prober takes it back within two minutes");
        outage.probe(5).await;
        outage.hand_on().await;
    }
    assert!(now() > outage.began + SignedDuration::from_secs(35), "longer than the wait of a first notification");
    assert_eq!(outage.told(121).await, NOTHING);
    assert_eq!((outage.state().await, outage.pending().await), (Some(State::Transient), 0));
}

#[tokio::test]
async fn outage_that_fails_the_look_is_told_after_the_wait() {
    let mut outage = Outage::begin(false).await;
    pass(SignedDuration::from_secs(6));
    outage.track(None).await;
    assert_eq!(outage.state().await, Some(State::Open));
    assert_eq!(outage.told(31).await, ["chatbot-offline"]);
}

#[tokio::test]
async fn outage_that_nobody_looked_at_is_told_after_two_minutes_at_most() {
    let mut outage = Outage::begin(true).await;
    for second in [31, 60, 119] {
        assert_eq!(outage.told(second).await, NOTHING, "{second}");
    }
    assert_eq!(outage.state().await, Some(State::Suspected));
    assert_eq!(outage.told(120).await, ["chatbot-offline"]);
}

#[tokio::test]
async fn transient_outage_that_goes_on_is_told_after_two_minutes_and_so_is_its_end() {
    let mut outage = Outage::begin(true).await;
    pass(SignedDuration::from_secs(6));
    outage.track(None).await;
    assert_eq!(outage.told(119).await, NOTHING);
    assert_eq!(outage.told(120).await, ["chatbot-offline"]);
    while outage.pending().await == 0 {
        outage.probe(5).await;
        outage.hand_on().await;
    }
    let second = now().duration_since(outage.began).as_secs() + 61;
    assert_eq!(outage.told(second).await, ["chatbot-offline", "chatbot-online"]);
}

#[tokio::test]
async fn outage_is_read_again_soon_while_its_incident_is_suspected() {
    let mut outage = Outage::begin(false).await;
    assert_eq!(outage.told(31).await, NOTHING, "the message for the look is late");
    outage.track(None).await;
    assert_eq!(outage.state().await, Some(State::Open));
    let due = outage.world.table.store.due_subscriptions(outage.began + TRANSIENT_UNTIL, 10).await.expect("due");
    let next = due.iter().map(|(at, _)| at.duration_since(outage.began).as_secs()).collect::<Vec<_>>();
    assert_eq!(next, [41], "not after two minutes");
    assert_eq!(outage.told(41).await, ["chatbot-offline"]);
}

#[tokio::test]
async fn outage_is_held_at_the_cost_of_its_incident() {
    let table = Table::start().await.expect("a table");
    let (meter, client) = Meter::of(&table.client);
    let mut outage = Outage::on(World::on(Table::with(client, table.address), 1), true).await;
    let _ = meter.take();
    assert_eq!(outage.told(31).await, NOTHING);
    assert_eq!(meter.take(), declared::deliver_notifications_held(1.0));
}
