//! The lists of events as each kind of person sees them, on a real table.

use std::collections::{BTreeSet, HashMap};

use centops_api::{Call, NoBody, Operation};
use centops_domain::{
    callers::{Person, Role},
    chatbots::{Chatbot, Name},
    health::{Control, PolicyDocument},
    notifications::Enrolment,
    outages::{Covered, OutageId, PlannedOutage, PlannedOutageRequest},
    releases::Release,
};
use centops_store::Store;
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Request, RequestExt};
use serde_json::{Value, json};

use crate::{list_chatbot_events::ListChatbotEvents, list_events::ListEvents};

const ADMINISTRATOR: &str = "EE60001019906";

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

fn person(roles: &[Role], institutions: &[&str]) -> Person {
    let (roles, institutions) = (roles.iter().copied().collect(), institutions.iter().map(|one| name(one)).collect());
    Person { subject: "EE1".to_owned(), roles, institutions }
}

/// Returns a table in which the chatbots `tax` and `police` were taken out by an administrator, after a release.
async fn table() -> Table {
    let table = Table::start().await.expect("a table");
    let audit = |at| centops_table::audit_context(&table.audit, at);
    let release = json!({"component": "ruuter", "version": "2.0.0", "severity": "optional"});
    let release = Release::publish(serde_json::from_value(release).expect("a release"), start());
    table.store.publish_release(&audit(start()), release).await.expect("published");
    for (seconds, chatbot) in [(1, "tax"), (2, "police")] {
        let new = json!({
            "name": chatbot, "uri": "https://bot.example.ee/", "type": "ministry", "institution": chatbot,
            "contact": "owner@example.ee",
        });
        let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), start());
        table.store.create_chatbot(&audit(start()), new).await.expect("enrolled");
        let at = start() + SignedDuration::from_secs(seconds);
        let control = serde_json::from_value(json!({"mode": "hold", "reason": "moves"})).expect("a control");
        let control = Some(Control::new(control, ADMINISTRATOR.to_owned(), at));
        let policies = PolicyDocument::default();
        table.store.set_control(&audit(at), &name(chatbot), control, &policies).await.expect("taken out");
    }
    table
}

/// Calls `O` a minute after the start. Returns the status and the body.
async fn call<O>(table: &Table, person: Person, chatbot: Option<&str>, query: &[(&str, &str)]) -> (u16, Value)
where
    O: Operation<Caller = Person, Body = NoBody, State = Store>,
{
    let one = |pair: &(&str, &str)| (pair.0.to_owned(), vec![pair.1.to_owned()]);
    let path: HashMap<String, Vec<String>> = chatbot.iter().map(|name| one(&("name", name))).collect();
    let query: HashMap<String, Vec<String>> = query.iter().map(one).collect();
    let request = Request::new(Body::Empty).with_path_parameters(path).with_query_string_parameters(query);
    let context = centops_table::audit_context(&table.audit, start() + SignedDuration::from_mins(1));
    match O::call(&table.store, Call::new(person, NoBody, context, &request)).await {
        Ok(response) => {
            let Body::Text(text) = response.body() else { unreachable!("{response:?}") };
            (response.status().as_u16(), serde_json::from_str(text).expect("json"))
        }
        Err(problem) => (problem.status().as_u16(), Value::Null),
    }
}

/// Returns the type, and the chatbot if there is one, of each event.
fn listed(answer: &(u16, Value)) -> Vec<String> {
    assert_eq!(answer.0, 200, "{answer:?}");
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    let events = answer.1["events"].as_array().expect("a list");
    events.iter().map(|event| format!("{} {}", text(event, "type"), text(event, "chatbot"))).collect()
}

#[tokio::test]
async fn staff_see_all_events_and_owners_those_of_their_chatbots() {
    let table = table().await;
    let all = ["control-set police", "control-set tax", "release-published "];
    for role in Role::STAFF {
        assert_eq!(listed(&call::<ListEvents>(&table, person(&[role], &[]), None, &[]).await), all, "{role:?}");
    }
    let both = person(&[Role::Viewer, Role::Owner], &["tax"]);
    assert_eq!(listed(&call::<ListEvents>(&table, both, None, &[]).await), all);
    let seen = async |institutions: &[&str]| {
        listed(&call::<ListEvents>(&table, person(&[Role::Owner], institutions), None, &[]).await)
    };
    assert_eq!(seen(&["tax"]).await, ["control-set tax"]);
    assert_eq!(seen(&["tax", "police", "ruuter"]).await, all[..2]);
    assert_eq!(seen(&["ruuter"]).await, [""; 0], "the name of a component");
    assert_eq!(seen(&[]).await, [""; 0]);
}

/// Plans an outage of `chatbots` of the institution `tax`, all without any. Returns its id.
async fn plan(table: &Table, number: u8, chatbots: Option<&[&str]>) -> OutageId {
    let (id, at) = (OutageId::new(start(), &[number; 10]), start() + SignedDuration::from_secs(number.into()));
    let rule = json!({"start": "2026-10-01T20:00:00", "zone": "UTC", "minutes": 60});
    let request = json!({"institution": "tax", "rule": rule, "reason": "upgrade"});
    let request: PlannedOutageRequest = serde_json::from_value(request).expect("a request");
    let covered = match chatbots {
        None => Covered::All,
        Some(names) => {
            let mut chosen = BTreeSet::new();
            for one in names {
                chosen.insert(Enrolment::from(&table.store.chatbot(&name(one)).await.expect("enrolled").value));
            }
            Covered::Chosen(chosen)
        }
    };
    let (outage, reported) = PlannedOutage::new(&request, id, covered, true, at).expect("a good request");
    let audit = centops_table::audit_context(&table.audit, at);
    table.store.create_planned_outage(&audit, outage, reported).await.expect("created");
    id
}

/// Returns the planned outages that an answer has events of, the newest event first.
fn planned(answer: &(u16, Value)) -> Vec<OutageId> {
    assert_eq!(answer.0, 200, "{answer:?}");
    let events = answer.1["events"].as_array().expect("a list").iter();
    let planned = events.filter(|event| event["type"] == "planned-outage");
    planned.map(|event| serde_json::from_value(event["outage"].clone()).expect("an id")).collect()
}

#[tokio::test]
async fn owners_see_the_events_of_their_planned_outages_and_of_those_of_a_chatbot() {
    let table = table().await;
    let new = json!({
        "name": "later", "uri": "https://bot.example.ee/", "type": "ministry", "institution": "tax",
        "contact": "owner@example.ee",
    });
    let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), start() + SignedDuration::from_secs(12));
    let audit = centops_table::audit_context(&table.audit, start());
    let all = plan(&table, 10, None).await;
    table.store.create_chatbot(&audit, new).await.expect("enrolled");
    let (chosen, other) = (plan(&table, 20, Some(&["tax"])).await, plan(&table, 30, Some(&["later"])).await);
    let owner = |institution: &str| person(&[Role::Owner], &[institution]);
    for (caller, expected) in [
        (owner("tax"), &[other, chosen, all][..]),
        (owner("police"), &[]),
        (person(&[Role::Viewer], &[]), &[other, chosen, all]),
    ] {
        assert_eq!(planned(&call::<ListEvents>(&table, caller, None, &[]).await), expected);
    }
    // Events before its enrolment are not those of the chatbot that was enrolled later.
    for (chatbot, institution, expected) in
        [("tax", "tax", &[chosen, all][..]), ("later", "tax", &[other]), ("police", "police", &[])]
    {
        for caller in [owner(institution), person(&[Role::Viewer], &[])] {
            let answer = call::<ListChatbotEvents>(&table, caller, Some(chatbot), &[]).await;
            assert_eq!(planned(&answer), expected, "{chatbot}");
        }
    }
    let own = call::<ListChatbotEvents>(&table, owner("tax"), Some("tax"), &[]).await;
    assert_eq!(listed(&own), ["planned-outage ", "planned-outage ", "control-set tax"], "newest first");
}

#[tokio::test]
async fn author_of_an_override_is_shown_to_staff_only() {
    let table = table().await;
    for (roles, is_shown) in [
        (&[Role::Admin][..], true),
        (&[Role::Operator], true),
        (&[Role::Viewer], true),
        (&[Role::Viewer, Role::Owner], true),
        (&[Role::Owner], false),
    ] {
        let caller = || person(roles, &["tax"]);
        for (status, answer) in [
            call::<ListEvents>(&table, caller(), None, &[("kind", "control-set")]).await,
            call::<ListChatbotEvents>(&table, caller(), Some("tax"), &[]).await,
        ] {
            assert_eq!(status, 200);
            let text = answer.to_string();
            assert!(text.contains(r#""reason":"moves""#), "{text}");
            assert_eq!(text.contains(ADMINISTRATOR), is_shown, "{roles:?}: {text}");
        }
    }
}

#[tokio::test]
async fn events_of_a_chatbot_are_shown_within_scope_only() {
    let table = table().await;
    let owner = |institution| person(&[Role::Owner], &[institution]);
    let own = call::<ListChatbotEvents>(&table, owner("tax"), Some("tax"), &[]).await;
    assert_eq!(listed(&own), ["control-set tax"]);
    assert_eq!(own.1["events"][0]["quiet"], json!(true), "quiet is shown, true or false");
    for (caller, chatbot, status) in [
        (owner("police"), "tax", 403),
        (owner("tax"), "nobody", 404),
        (person(&[Role::Viewer], &[]), "nobody", 404),
        (person(&[Role::Viewer], &[]), "A", 400),
    ] {
        assert_eq!(call::<ListChatbotEvents>(&table, caller, Some(chatbot), &[]).await.0, status, "{chatbot}");
    }
}

#[tokio::test]
async fn list_is_filtered_and_paged() {
    let table = table().await;
    let staff = || person(&[Role::Viewer], &[]);
    let published = call::<ListEvents>(&table, staff(), None, &[("kind", "release-published")]).await;
    assert_eq!(listed(&published), ["release-published "]);
    let time = (start() + SignedDuration::from_secs(2)).to_string();
    let earlier = call::<ListEvents>(&table, staff(), None, &[("to", &time)]).await;
    assert_eq!(listed(&earlier), ["control-set tax", "release-published "]);
    let later = call::<ListEvents>(&table, staff(), None, &[("from", &time)]).await;
    assert_eq!(listed(&later), ["control-set police"]);
    let first = call::<ListEvents>(&table, staff(), None, &[("limit", "2")]).await;
    assert_eq!(listed(&first).len(), 2);
    let next = first.1["next"].as_str().expect("another page");
    let last = call::<ListEvents>(&table, staff(), None, &[("limit", "2"), ("cursor", next)]).await;
    assert_eq!(listed(&last), ["release-published "]);
    // A position is a time: the cursor of one list is one of the other, and shows what that list shows.
    let of_chatbot =
        call::<ListChatbotEvents>(&table, person(&[Role::Owner], &["tax"]), Some("tax"), &[("cursor", next)]).await;
    assert_eq!(listed(&of_chatbot), [""; 0]);
    assert_eq!(call::<ListEvents>(&table, staff(), None, &[("kind", "outage")]).await.0, 400);
}
