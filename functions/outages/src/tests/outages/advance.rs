//! A year of steps while runs crash, and chatbots that are taken out of routing.

use std::collections::BTreeMap;

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, Name, Status},
    health::{Control, ControlMode, NewControl},
    outages::{ASKED_BEFORE, OutageChange, OutageId, REMINDERS},
};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};

use super::world::{at, events, plan, request, run};

/// Returns when an event was due.
fn due(event: &Event) -> Option<(OutageId, OutageChange, Timestamp)> {
    let EventKind::PlannedOutage { outage, change, start, end, .. } = event.kind else { return None };
    let due = match change {
        OutageChange::Reminder => {
            REMINDERS.map(|before| start - before).into_iter().filter(|due| *due <= event.at).max()?
        }
        OutageChange::Started => start,
        OutageChange::Ending => end - ASKED_BEFORE,
        OutageChange::Completed => end,
        _ => return None,
    };
    Some((outage, change, due))
}

#[tokio::test]
async fn each_step_of_a_year_is_reported_once_while_runs_crash() {
    let (begin, end) = (at("2027-01-01T12:00:00Z"), at("2028-01-01T12:00:00Z"));
    let table = Table::start().await.expect("a table");
    let weekly = serde_json::json!({
        "start": "2027-01-03T03:30:00", "minutes": 90, "repeat": {"weekly": {"every": 1, "weekdays": ["sunday"]}},
    });
    let monthly = serde_json::json!({
        "start": "2027-01-31T22:00:00", "minutes": 300, "repeat": {"monthly": {"every": 1, "on": "last"}},
    });
    let requests = [request(&weekly, false), request(&monthly, false)];
    let ids = [plan(&table, 1, &requests[0], begin).await, plan(&table, 2, &requests[1], begin).await];
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut now, mut crashes) = (begin, 0);
    loop {
        // The function runs at second 13 of each minute. Minutes in which nothing is due are left out.
        let mut dues = Vec::new();
        for id in &ids {
            dues.extend(table.store.planned_outage(*id, now).await.expect("read").value.due());
        }
        let Some(next) = dues.into_iter().min().filter(|next| *next < end) else { break };
        let minute = Timestamp::from_second(next.max(now).as_second().div_euclid(60) * 60 + 13).expect("a time");
        now = if minute < next { minute + SignedDuration::from_mins(1) } else { minute };
        // Half of the runs crash somewhere; the next one is within the minute, so that the bar is the same.
        let polls = if rng.bool() { rng.usize(0..30) } else { usize::MAX };
        if !run(&table, now, polls).await {
            crashes += 1;
            run(&table, now + SignedDuration::from_secs(20), usize::MAX).await;
        }
    }
    assert!(crashes > 50, "{crashes}");
    let mut given: BTreeMap<_, usize> = BTreeMap::new();
    for event in events(&table).await {
        let Some(step) = due(&event) else { continue };
        assert!(event.at.duration_since(step.2) <= SignedDuration::from_mins(1), "{step:?} at {}", event.at);
        *given.entry(step).or_default() += 1;
    }
    let mut expected: BTreeMap<_, usize> = BTreeMap::new();
    for (request, id) in requests.iter().zip(ids) {
        for one in request.rule.occurrences(begin, end + SignedDuration::from_hours(24)) {
            let reminders = REMINDERS.map(|before| (OutageChange::Reminder, one.start - before));
            let steps = [
                (OutageChange::Started, one.start),
                (OutageChange::Ending, one.end - ASKED_BEFORE),
                (OutageChange::Completed, one.end),
            ];
            let steps = reminders.into_iter().chain(steps).filter(|(_, due)| *due > begin && *due < end);
            expected.extend(steps.map(|(change, due)| ((id, change, due), 1)));
        }
    }
    assert_eq!(given, expected);
    assert!(expected.len() > 300, "{}", expected.len());
}

#[tokio::test]
async fn chatbots_are_taken_out_for_the_time_and_a_control_of_a_person_stays() {
    let table = Table::start().await.expect("a table");
    let start = at("2027-03-02T20:00:00Z");
    let before = start - SignedDuration::from_hours(1);
    let mut names: Vec<Name> = Vec::new();
    for name in ["tax", "customs"] {
        let new = serde_json::json!({
            "name": name, "uri": format!("https://{name}.example.ee/"), "type": "ministry", "institution": "tax-board",
            "contact": "owner@example.ee", "versions": {},
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), before);
        names.push(chatbot.name.clone());
        table
            .store
            .create_chatbot(&centops_table::audit_context(&table.audit, before), chatbot)
            .await
            .expect("created");
    }
    let policies = table.store.policy().await.expect("policies").value;
    let reason = "r".to_owned().try_into().expect("good");
    let person = NewControl { mode: ControlMode::ForceOnline, reason, until: None };
    let person = Control::new(person, "EE60001019906".to_owned(), before);
    let audit = centops_table::audit_context(&table.audit, before);
    table.store.set_control(&audit, &names[1], Some(person.clone()), &policies).await.expect("set");
    let rule = serde_json::json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60});
    let id = plan(&table, 1, &request(&rule, true), before).await;
    let control = async |name: &Name| table.store.health(name).await.expect("health").value.control().cloned();
    for polls in [3, 9, 27, usize::MAX, usize::MAX] {
        run(&table, start, polls).await;
    }
    let taken = control(&names[0]).await.expect("a control");
    assert!(taken.is_by_outage(id) && taken.mode == ControlMode::ForceOffline);
    assert_eq!(control(&names[1]).await, Some(person.clone()), "the person's");
    assert_eq!(table.store.chatbot(&names[0]).await.expect("read").value.status, Status::Offline);
    let end = start + SignedDuration::from_mins(60);
    run(&table, end, usize::MAX).await;
    // The prober ends a control whose time is over, and probes.
    assert!(control(&names[0]).await.is_none_or(|control| control.has_ended(end)));
    assert_eq!(control(&names[1]).await, Some(person));
    run(&table, end + SignedDuration::from_mins(5), usize::MAX).await;
    let changes = events(&table).await.into_iter().filter_map(|event| match event.kind {
        EventKind::PlannedOutage { change, .. } => Some((event.at, change)),
        _ => None,
    });
    let last = changes.max().map(|(_, change)| change);
    assert_eq!(last, Some(OutageChange::Overrun), "nobody probes the chatbot here, so it is still out");
}
