//! Alerts that receivers keep open, in comparison with what the subscription was told.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::world::{Message, World, at, name, secs, settings};
use crate::{
    alerts::EventKind,
    chatbots::Status,
    notifications::{
        Channel, Enrolment, Language, LastNotified, Links, MessageContent, Notified, PendingNotification, Renderer,
        Zone,
    },
};

/// The alerts of outages and flapping that are open: at PagerDuty by key, at Alertmanager by name and chatbot.
#[derive(Debug, Default, PartialEq)]
struct OpenAlerts {
    pagerduty: BTreeSet<String>,
    alertmanager: BTreeSet<(String, String)>,
}

impl OpenAlerts {
    /// Returns those that should be open.
    fn expected(told: &Notified) -> Self {
        let mut open = Self::default();
        for (Enrolment { name, .. }, told) in &told.chatbots {
            let (key, alert) = match told.status {
                LastNotified::Online => continue,
                LastNotified::Offline => (format!("offline:{name}:{}", told.since.as_millisecond()), "ChatbotOffline"),
                LastNotified::Flapping => (format!("flapping:{name}"), "ChatbotFlapping"),
            };
            open.pagerduty.insert(key);
            open.alertmanager.insert((alert.to_owned(), name.to_string()));
        }
        open
    }

    fn receive(&mut self, message: &Message) {
        let entries = message.entries.clone();
        let content =
            MessageContent { id: Uuid::nil(), at: message.at, institution: None, entries, common_causes: vec![] };
        let renderer = Renderer { language: Language::En, zone: Zone::default(), links: &Links::default() };
        for event in renderer.pagerduty(&content) {
            let event: Value = serde_json::from_str(&event.body("key")).expect("JSON");
            let key = event["dedup_key"].as_str().expect("a key").to_owned();
            match event["event_action"].as_str() {
                Some("resolve") => drop(self.pagerduty.remove(&key)),
                _ if key.starts_with("offline:") || key.starts_with("flapping:") => drop(self.pagerduty.insert(key)),
                _ => {}
            }
        }
        let body: Value = serde_json::from_str(&renderer.alertmanager(&content)).expect("JSON");
        assert_eq!(body["truncatedAlerts"], 0);
        let mut fingerprints = BTreeMap::new();
        for alert in body["alerts"].as_array().expect("alerts") {
            let label = |label: &str| alert["labels"][label].as_str().unwrap_or_default().to_owned();
            let key = (label("alertname"), label("chatbot"));
            assert_eq!(fingerprints.insert(alert["fingerprint"].to_string(), key.clone()), None, "one state an alert");
            if alert["status"] == "resolved" {
                self.alertmanager.remove(&key);
            } else if key.0 == "ChatbotOffline" || key.0 == "ChatbotFlapping" {
                self.alertmanager.insert(key);
            }
        }
    }
}

/// Wakes until `end`, and compares after each message.
fn pass(world: &mut World, open: &mut OpenAlerts, seconds: i64) -> Result<(), TestCaseError> {
    let end = world.now + secs(seconds);
    loop {
        let count = world.messages.len();
        let next = world.wake();
        world.messages[count..].iter().for_each(|message| open.receive(message));
        prop_assert_eq!(&*open, &OpenAlerts::expected(&world.told), "{:?}", world.summary());
        match next {
            Some(next) if next <= end => world.now = next,
            _ => break,
        }
    }
    world.now = end;
    Ok(())
}

fn apply(world: &mut World, own: &Enrolment, action: u8) {
    let chatbot = || own.name.clone();
    let flapping = |status| EventKind::ChatbotFlapping { chatbot: chatbot(), status };
    let settled = |status| EventKind::ChatbotSettled { chatbot: chatbot(), status };
    let event = match action {
        0..3 => return drop(world.offline(own)),
        3..6 => return drop(world.online(own)),
        6 => flapping(Status::Offline),
        7 => flapping(Status::Online),
        8 => settled(Status::Offline),
        9 => settled(Status::Online),
        10 => settled(Status::Unknown),
        11 => EventKind::ChatbotOnline { chatbot: chatbot(), was: Status::Unknown },
        _ => return transfer(world, own),
    };
    world.event(event, Some(own));
}

/// Gives the chatbot to the other institution.
fn transfer(world: &mut World, own: &Enrolment) {
    let facts = world.present.get_mut(&own.name).expect("enrolled");
    facts.institution = name(if facts.institution == name("tax") { "police" } else { "tax" });
    let now = world.now;
    world.queue(PendingNotification::moved_away(format!("moved-{now}"), own.clone(), now, now));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever happens, and however the settings change: after each message, the open alert of each chatbot is that of
    /// what was told last.
    #[test]
    fn open_alerts_are_what_was_told_last(
        steps in prop::collection::vec((0_usize..2, 0_u8..16, prop_oneof![0_i64..40, 0_i64..900]), 1..60),
    ) {
        let mut world = World::new(Channel::Webhook, settings("{}"), at("2026-11-26T10:00:00Z"));
        let own = ["bot-1", "bot-2"].map(|chatbot| world.enrol(chatbot, "tax"));
        let mut open = OpenAlerts::default();
        for (chatbot, action, seconds) in steps {
            world.now += secs(1);
            match action {
                13.. => {
                    let change = [
                        r#"{"leastImportance":"info","kinds":[]}"#,
                        r#"{"leastImportance":"critical"}"#,
                        r#"{"kinds":["update"]}"#,
                    ];
                    let change = settings(change[usize::from(action - 13)]);
                    world.subscription.settings = world.subscription.settings.clone().changed(change);
                }
                _ => apply(&mut world, &own[chatbot], action),
            }
            pass(&mut world, &mut open, seconds)?;
        }
        pass(&mut world, &mut open, 86_400)?;
    }
}
