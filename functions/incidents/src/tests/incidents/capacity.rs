//! Consumed capacity of incidents, as the table reports it. contract/cost declares it.

use std::{cell::Cell, collections::BTreeMap};

use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Batch, Delivery, PolicyDocument},
    incidents::{
        Action, Attempt, Author, Command, CommonCause, Grouping, Incident, IncidentId, LOOK_AFTER, Look, Shared, State,
    },
    ingestion::{CodeError, Observation, Observer, Signal},
    notifications::Enrolment,
};
use centops_queues::FollowIncident;
use centops_store::{
    StoreError,
    incidents::{IncidentFilter, PastCache},
};
use centops_table::{
    Table, declared,
    meter::{Meter, Units},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::tracking::{Looker, Tracking};

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// Finds every chatbot failing.
struct Failing;

impl Looker for Failing {
    async fn look(&self, _: &Enrolment) -> Result<Option<Look>, StoreError> {
        Ok(Some(Look { at: NOW.get(), fault: Some("answered 503".to_owned()) }))
    }
}

/// A network whose requests to the table are metered.
struct Metered {
    table: Table,
    meter: Meter,
    tracking: Tracking<Failing>,
    policy: PolicyDocument,
}

impl Metered {
    async fn start() -> Self {
        let table = Table::start().await.expect("a table");
        let (meter, client) = Meter::of(&table.client);
        let table = Table::with(client, table.address);
        let mut policy = serde_json::to_value(PolicyDocument::default()).expect("JSON");
        policy["defaults"]["cap"] = json!({"percent": 100, "resumePercent": 100});
        let policy = serde_json::from_value(policy).expect("a policy");
        let (store, past) = (table.store.clone(), PastCache::default());
        let tracking = Tracking { store, looker: Failing, clock: || NOW.get(), past };
        Self { table, meter, tracking, policy }
    }

    /// Enrols the chatbot `name` of `institution` and brings it online.
    async fn online(&self, name: &str, institution: &str) -> Enrolment {
        let new = json!({
            "name": name, "uri": "https://bot.example.ee/", "type": "institution", "institution": institution,
            "contact": "owner@example.ee",
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), start());
        let context = centops_table::audit_context(&self.table.audit, start());
        let created = self.table.store.create_chatbot(&context, chatbot).await.expect("enrolled");
        self.probe(&created.value.name, start()).await;
        Enrolment::from(&created.value)
    }

    /// Probes the chatbot `name`, which answers.
    async fn probe(&self, name: &Name, at: Timestamp) {
        let due = self.table.store.evaluate_due(name, &self.policy, at).await.expect("evaluated");
        let probe = due.probe.expect("a probe");
        self.table.store.report_probe(&probe, true, &self.policy, at, 0.0).await.expect("reported");
    }

    /// Lets two observers find `chatbot` failing at `at`.
    async fn fail(&self, chatbot: &Enrolment, at: Timestamp) {
        let batches = ["dmr:tallinn", "dmr:tartu"].map(|observer| Batch {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            sequence: 1.into(),
            observations: vec![
                Observation {
                    at,
                    signal: Signal::Code { result: Err(CodeError::Timeout), millis: None }
                };
                20
            ],
            delivery: Delivery::First,
        });
        self.table.store.observe(&chatbot.name, &batches, &self.policy, at, 0.0).await.expect("observed");
    }

    /// Carries out a message about `chatbot` at `at`: of an event, or of the time that changes `incident`.
    async fn track(&self, chatbot: &Enrolment, incident: Option<&Incident>, at: Timestamp) -> Units {
        let _ = self.meter.take();
        NOW.set(at);
        let since = if incident.is_some() { None } else { Some(at) };
        let message =
            FollowIncident { chatbot: chatbot.clone(), since, incident: incident.map(|incident| incident.id) };
        self.tracking.track(&message).await.expect("tracked");
        self.meter.take()
    }

    /// Finds the incident of `chatbot`, and carries out `command` as the API does.
    async fn command(&self, incident: &Incident, command: &Command, at: Timestamp) -> Units {
        let _ = self.meter.take();
        let found = self.table.store.incident(incident.id).await.expect("found").value;
        let context = centops_table::audit_context(&self.table.audit, at);
        let by = Author::Owner("EE60001019906".to_owned());
        self.table.store.command_incident(&context, found.id, None, &by, command).await.expect("allowed");
        self.meter.take()
    }

    /// Returns the latest incident of the institution, and the cost of the list of its active ones.
    async fn list(&self) -> (Vec<Incident>, Units) {
        let _ = self.meter.take();
        let filter =
            IncidentFilter { institutions: Some(["tax".parse().expect("a name")].into()), active: true, kind: None };
        let page = self.table.store.incidents(&filter, None, 100, NOW.get()).await.expect("a page");
        (page.items.into_iter().map(|incident| incident.value).collect(), self.meter.take())
    }
}

#[tokio::test]
async fn incident_costs_the_same_from_its_beginning_to_its_end_however_many_others_there_are() {
    for others in [0, 20] {
        let network = Metered::start().await;
        for number in 0..others {
            let other = network.online(&format!("other-{number}"), "other").await;
            network.fail(&other, after(60)).await;
            network.track(&other, None, after(60)).await;
        }
        let bot = network.online("tax-board", "tax").await;
        network.fail(&bot, after(60)).await;
        assert_eq!(network.track(&bot, None, after(60)).await, declared::TRACK_INCIDENTS_BEGUN, "with {others} others");
        assert_eq!(
            network.track(&bot, None, after(60)).await,
            declared::TRACK_INCIDENTS,
            "the event is delivered again"
        );
        let (found, _) = network.list().await;
        let look_at = after(60) + LOOK_AFTER;
        assert_eq!(
            network.track(&bot, Some(&found[0]), look_at).await,
            declared::TRACK_INCIDENTS_OPENED,
            "with {others} others"
        );
        let (found, listed) = network.list().await;
        assert_eq!(found[0].state, State::Open);
        if others == 0 {
            assert_eq!(listed, declared::list_incidents(1.0));
        }
        let acknowledge = Command::Acknowledge(SignedDuration::from_hours(4));
        assert_eq!(network.command(&found[0], &acknowledge, after(90)).await, declared::ACKNOWLEDGE_INCIDENT);
        assert_eq!(
            network.track(&bot, Some(&found[0]), after(100)).await,
            declared::TRACK_INCIDENTS_NOTED,
            "with {others} others"
        );
        network.probe(&bot.name, after(200)).await;
        assert_eq!(network.track(&bot, None, after(200)).await, declared::TRACK_INCIDENTS_BACK, "with {others} others");
        // It was online for five minutes.
        let end = after(200 + 5 * 60);
        assert_eq!(
            network.track(&bot, Some(&found[0]), end).await,
            declared::TRACK_INCIDENTS_RESOLVED,
            "with {others} others"
        );
        assert_eq!(network.list().await.0, vec![], "it is over");
        let action = Some(Attempt { action: Action::Restarted, helped: true });
        assert_eq!(network.command(&found[0], &Command::Resolve(action), after(900)).await, declared::RESOLVE_INCIDENT);
    }
}

#[tokio::test]
async fn list_of_incidents_costs_a_unit_for_each_and_a_sweep_one_half_for_each_shard() {
    let network = Metered::start().await;
    assert_eq!(network.list().await.1, declared::list_incidents(0.0));
    for number in 1..=5 {
        let bot = network.online(&format!("bot-{number}"), "tax").await;
        network.fail(&bot, after(60)).await;
        network.track(&bot, None, after(60)).await;
        let (found, listed) = network.list().await;
        let count = f64::from(u32::try_from(found.len()).expect("a small number"));
        assert_eq!(listed, declared::list_incidents(count), "{number}");
    }
    let _ = network.meter.take();
    assert_eq!(network.table.store.due_incidents(after(61), 100).await.expect("read"), vec![]);
    assert_eq!(network.meter.take(), declared::SWEEP_INCIDENTS);
}

impl Metered {
    /// Makes the open incidents of three chatbots one network incident. Returns its id, and its members.
    async fn group(&self) -> (IncidentId, Vec<Incident>) {
        let (mut members, mut incidents, mut chatbots) = (BTreeMap::new(), Vec::new(), Vec::new());
        for number in 0..3 {
            let bot = self.online(&format!("bot-{number}"), "tax").await;
            self.fail(&bot, after(60)).await;
            self.track(&bot, None, after(60)).await;
            let incident = self.table.store.incident_of(&bot).await.expect("read").expect("an incident");
            self.track(&bot, Some(&incident), after(60) + LOOK_AFTER).await;
            members.insert(incident.id, bot.clone());
            incidents.push(incident);
            chatbots.push(bot);
        }
        let cause = CommonCause {
            shared: Shared::Host { host: "bot.example.ee".to_owned() },
            also: Vec::new(),
            members: chatbots,
            population: 3,
            others_affected: 0,
            others: 0,
            since: after(60),
            reported_since: None,
        };
        let grouping = Grouping { parent: None, cause: Some(cause), members };
        let parent = self.table.store.group_incidents(&grouping, after(90)).await.expect("grouped");
        (parent.expect("an incident"), incidents)
    }

    async fn tend(&self, parent: IncidentId, at: Timestamp) -> Units {
        let _ = self.meter.take();
        self.table.store.tend_network_incident(parent, at).await.expect("tended");
        self.meter.take()
    }
}

#[tokio::test]
async fn network_incident_costs_a_few_units_a_minute_and_four_for_each_member_that_ended() {
    let network = Metered::start().await;
    let (parent, members) = network.group().await;
    assert_eq!(network.tend(parent, after(100)).await, declared::correlate_incidents_kept(0.0));
    network.command(&members[0], &Command::Dismiss, after(110)).await;
    assert_eq!(network.tend(parent, after(120)).await, declared::correlate_incidents_kept(1.0));
    assert_eq!(network.tend(parent, after(130)).await, declared::correlate_incidents_kept(0.0));
    for member in &members[1..] {
        network.command(member, &Command::Dismiss, after(140)).await;
    }
    let ended = network.tend(parent, after(150)).await;
    assert_eq!(ended, declared::correlate_incidents_over(2.0));
    let found = network.table.store.incident(parent).await.expect("read").value;
    assert_eq!((found.state, found.resolution.map(|end| end.at)), (State::Resolved, Some(after(140))));
}
