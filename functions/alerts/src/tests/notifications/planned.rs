//! Planned outages: whose subscriptions their events are fanned out to, and what a change of one sets free.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::{Event, EventType},
    notifications::{Enrolment, SettingsChange, SubscriptionId},
    outages::{Covered, GRACE, OutageId, OutageRefusal, PlannedOutage, PlannedOutageRequest, Reported},
};
use centops_store::alerts::EventQuery;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::world::{World, name, now};
use crate::fan_out::FanOutMessage;

/// Returns an outage of `chatbots` of `institution`, all without any, of an hour from the minute of `start` on.
pub fn outage(
    institution: &str,
    chatbots: Option<&[&Enrolment]>,
    start: Timestamp,
    number: u8,
) -> (PlannedOutage, Option<Reported>) {
    let rule = json!({"start": start.strftime("%Y-%m-%dT%H:%M:00").to_string(), "zone": "UTC", "minutes": 60});
    let request = json!({"institution": institution, "rule": rule, "reason": "upgrade"});
    let request: PlannedOutageRequest = serde_json::from_value(request).expect("a request");
    let covered = chatbots.map_or(Covered::All, |all| Covered::Chosen(all.iter().copied().cloned().collect()));
    PlannedOutage::new(&request, OutageId::new(now(), &[number; 10]), covered, true, now()).expect("a good request")
}

impl World {
    /// Stores `outage`. Returns its id.
    pub async fn plan(&self, (outage, reported): (PlannedOutage, Option<Reported>)) -> OutageId {
        let (id, audit) = (outage.id, centops_table::audit_context(&self.table.audit, now()));
        self.table.store.create_planned_outage(&audit, outage, reported).await.expect("created");
        id
    }

    /// Changes a planned outage as the operations do. Returns whether that is permitted now.
    pub async fn replan(
        &self,
        id: OutageId,
        change: impl Fn(&PlannedOutage) -> Result<(PlannedOutage, Option<Reported>), OutageRefusal>,
    ) -> bool {
        let audit = centops_table::audit_context(&self.table.audit, now());
        self.table.store.change_planned_outage(&audit, id, None, change).await.is_ok()
    }

    /// Takes the steps of planned outages that are due now, and returns the events of those of `institution`.
    pub async fn planned_events(&self, institution: &str) -> Vec<Event> {
        for (institution, id) in self.table.store.due_outages(now(), 100).await.expect("due") {
            for _ in 0..9 {
                let read = self.table.store.planned_outage_of(&institution, id, now()).await.expect("read");
                if read.value.due().is_none_or(|due| due > now()) {
                    break;
                }
                self.table.store.advance_planned_outage(&read, false, now()).await.expect("advanced");
            }
        }
        let query = EventQuery { limit: 100, types: [EventType::PlannedOutage].into(), ..EventQuery::default() };
        let page = self.table.store.events_of_institutions(&[name(institution)].into(), &query, now()).await;
        page.expect("a page").items
    }
}

async fn has_pending(world: &World, subscription: SubscriptionId, event: &Event) -> bool {
    let round = world.table.store.round(subscription).await.expect("a round");
    let copies = round.pending.iter().filter(|one| one.id == event.id).count();
    assert!(copies < 2, "{copies} of {}", event.id);
    copies == 1
}

#[tokio::test]
async fn event_is_fanned_out_once_to_whoever_of_the_institution_has_one_of_the_chatbots() {
    let world = World::new(1).await;
    let (tax, ria) = (world.enrol("tax", "aa").await, world.enrol("ria", "aa").await);
    let all = world.subscribe("all", "aa", None).await;
    let (of_tax, of_ria) = (
        world.subscribe("of-tax", "aa", Some([tax.clone()].into())).await,
        world.subscribe("of-ria", "aa", Some([ria.clone()].into())).await,
    );
    let other = world.subscribe("other", "bb", None).await;
    let (quiet, critical) = (world.subscribe("quiet", "aa", None).await, world.subscribe("critical", "aa", None).await);
    for (id, settings) in [(quiet, json!({"kinds": ["status"]})), (critical, json!({"leastImportance": "critical"}))] {
        let settings: SettingsChange = serde_json::from_value(settings).expect("settings");
        let change = |old: &centops_domain::notifications::Subscription| {
            let settings = old.settings.clone().changed(settings.clone());
            centops_domain::notifications::Subscription { settings, ..old.clone() }
        };
        world.change(id, change).await;
    }
    let ended = world.subscribe("ended", "aa", None).await;
    world.end(ended).await;
    let everybody = [all, of_tax, of_ria, other, quiet, critical, ended];
    let start = now() + SignedDuration::from_hours(48);
    for (number, chatbots, expected) in
        [(1, Some(&[&tax][..]), BTreeSet::from([all, of_tax])), (2, None, BTreeSet::from([all, of_tax, of_ria]))]
    {
        world.plan(outage("aa", chatbots, start, number)).await;
        let event = world.planned_events("aa").await.into_iter().next().expect("confirmed");
        let message = FanOutMessage::again(&event).expect("JSON");
        world.fan_out(&message).await;
        world.fan_out(&message).await;
        let mut told = BTreeSet::new();
        for subscription in everybody {
            if has_pending(&world, subscription, &event).await {
                told.insert(subscription);
            }
        }
        assert_eq!(told, expected, "{chatbots:?}");
        super::world::pass(SignedDuration::from_secs(1));
    }
}

/// Returns the types of the entries about chatbots that were told.
fn told(world: &World) -> Vec<String> {
    let received = world.recipients.received();
    let entries = received.iter().flat_map(|one| one.body["entries"].as_array().expect("entries"));
    let types = entries.map(|entry| entry["type"].as_str().expect("a type").to_owned());
    types.filter(|kind| kind != "planned-outage").collect()
}

/// A chatbot goes offline ten minutes after the start of planned work, and `change` happens ten minutes later.
async fn changed_while_bad(
    change: impl Fn(&PlannedOutage) -> Result<(PlannedOutage, Option<Reported>), OutageRefusal>,
) -> (World, Enrolment) {
    let mut world = World::new(1).await;
    let bot = world.enrol("tax", "aa").await;
    world.subscribe("all", "aa", None).await;
    let start = now() + SignedDuration::from_mins(5);
    let id = world.plan(outage("aa", None, start, 1)).await;
    world.run_for(SignedDuration::from_mins(15)).await;
    world.planned_events("aa").await;
    world.status(&bot, true);
    world.run_for(SignedDuration::from_mins(10)).await;
    assert_eq!(told(&world), [""; 0], "held");
    assert!(world.replan(id, change).await);
    let events = world.planned_events("aa").await;
    let newest = events.iter().max_by_key(|event| event.at).expect("a change");
    world.stream(newest);
    (world, bot)
}

#[tokio::test]
async fn outage_of_a_chatbot_is_told_at_once_when_its_planned_one_ends_early() {
    for early in ["completed", "cancelled", "shortened"] {
        let (mut world, bot) = changed_while_bad(|old| match early {
            "completed" => old.completed(now()),
            "cancelled" => old.cancelled(now()),
            _ => {
                let until = json!({"until": now() + SignedDuration::from_secs(1)});
                old.updated(&serde_json::from_value(until).expect("an update"), None, true, now())
            }
        })
        .await;
        world.run_for(SignedDuration::from_secs(40)).await;
        assert_eq!(told(&world), ["chatbot-offline"], "{early}");
        world.status(&bot, false);
        world.run_for(SignedDuration::from_mins(5)).await;
        assert_eq!(told(&world), ["chatbot-offline", "chatbot-online"], "{early}");
    }
}

#[tokio::test]
async fn outage_of_a_chatbot_is_held_for_longer_when_its_planned_one_is_extended() {
    let (mut world, _) = changed_while_bad(|old| {
        let until = json!({"until": now() + SignedDuration::from_mins(80)});
        old.updated(&serde_json::from_value(until).expect("an update"), None, true, now())
    })
    .await;
    let end = now() + SignedDuration::from_mins(80);
    world.run_until(end + GRACE - SignedDuration::from_secs(5)).await;
    assert_eq!(told(&world), [""; 0]);
    world.run_until(end + GRACE + SignedDuration::from_mins(2)).await;
    assert_eq!(told(&world), ["chatbot-offline"]);
}
