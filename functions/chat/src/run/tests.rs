//! Which operations an action calls, and what is said of their answers.

use std::sync::Mutex;

use centops_chat::Command;
use centops_domain::callers::Person;
use centops_why::texts::Language;
use serde_json::json;

use super::*;

/// Answers each operation as it is told, and notes what was called.
struct Answers {
    answers: Vec<(&'static str, u16, Value)>,
    calls: Mutex<Vec<Value>>,
}

impl Operations for Answers {
    async fn call(&self, actor: &Actor, call: OperationCall) -> Result<OperationAnswer, NoAnswer> {
        let event = call.event(actor);
        let key = format!(
            "{} {}",
            event["httpMethod"].as_str().unwrap_or_default(),
            event["resource"].as_str().unwrap_or_default()
        );
        self.calls.lock().expect("not poisoned").push(event);
        let (_, status, body) = self.answers.iter().find(|(at, ..)| *at == key).expect("an answer");
        Ok(OperationAnswer { status: *status, body: body.clone() })
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Runs a command at 14:00 in Tallinn. Returns the outcome and the events.
async fn run(command: &str, answers: Vec<(&'static str, u16, Value)>) -> (Outcome, Vec<Value>) {
    let Ok(Command::Run(action)) = Command::parse(command) else { panic!("{command}") };
    let person = Person { subject: "EE1".to_owned(), roles: [].into(), institutions: [].into() };
    let actor = Actor { person, name: Some("Kati Kask".to_owned()), via: "slack".to_owned() };
    let operations = Answers { answers, calls: Mutex::default() };
    let run =
        Run { operations: &operations, actor: &actor, texts: Texts(Language::En), now: at("2026-11-28T12:00:00Z") };
    let outcome = run.action(&action).await;
    (outcome, operations.calls.into_inner().expect("not poisoned"))
}

fn body(event: &Value) -> Value {
    event["body"].as_str().map_or(Value::Null, |body| serde_json::from_str(body).expect("json"))
}

#[tokio::test]
async fn override_has_its_mode_end_and_reason() {
    for (command, mode, verb) in [
        ("offline tax 2h Upgrade", "force-offline", "forced offline"),
        ("hold tax 2h Upgrade", "hold", "status frozen"),
        ("online tax 2h Upgrade", "force-online", "forced online"),
    ] {
        let (outcome, events) = run(command, vec![("PUT /chatbots/{name}/control", 200, json!({}))]).await;
        let expected = json!({"mode": mode, "reason": "Upgrade", "until": "2026-11-28T14:00:00Z"});
        assert_eq!((body(&events[0]), &events[0]["pathParameters"]), (expected, &json!({"name": "tax"})));
        assert_eq!((outcome.status, outcome.text), (200, format!("Kati Kask – tax: {verb} until 16:00: Upgrade")));
    }
    let (_, events) = run("hold tax Upgrade", vec![("PUT /chatbots/{name}/control", 200, json!({}))]).await;
    assert_eq!(body(&events[0]), json!({"mode": "hold", "reason": "Upgrade"}));
}

#[tokio::test]
async fn refusal_of_the_operation_is_the_outcome() {
    let refusal = json!({"detail": "Your role does not permit this."});
    let (outcome, _) = run("release tax", vec![("DELETE /chatbots/{name}/control", 403, refusal)]).await;
    assert!(!outcome.is_done());
    assert_eq!(outcome.text, "Your role does not permit this. (Your role does not permit this.)");
}

#[tokio::test]
async fn incident_of_a_chatbot_is_found_by_its_institution() {
    let id = "0193f000-0000-7000-8000-000000000000";
    let incidents = json!({"incidents": [{"id": "x", "chatbot": "police"}, {"id": id, "chatbot": "tax"}]});
    let answers = vec![
        ("GET /chatbots/{name}", 200, json!({"institution": "tax-board"})),
        ("GET /incidents", 200, incidents),
        (
            "POST /incidents/{incident}/acknowledgement",
            200,
            json!({"chatbot": "tax", "acknowledged": {"until": "2026-11-28T16:00:00Z"}}),
        ),
    ];
    let (outcome, events) = run("ack tax 4h", answers.clone()).await;
    assert_eq!(outcome.text, "Kati Kask – tax: incident acknowledged until 18:00");
    assert_eq!(events[1]["multiValueQueryStringParameters"]["institution"], json!(["tax-board"]));
    assert_eq!((&events[2]["pathParameters"]["incident"], body(&events[2])), (&json!(id), json!({"hours": 4})));
    let (outcome, events) = run("ack other", answers.clone()).await;
    assert_eq!((outcome.status, events.len()), (404, 2), "nothing is acknowledged");
    let (_, events) = run(&format!("ack {id}"), answers).await;
    assert_eq!(events.len(), 1, "an id needs no search");
}

#[tokio::test]
async fn outage_is_the_next_one_by_the_clocks_of_tallinn() {
    for (command, start, minutes) in [
        ("outage tax 22:00–23:30 Upgrade", "2026-11-28T22:00", 90),
        ("outage tax 14:00-14:01 Upgrade", "2026-11-29T14:00", 1),
        ("outage tax 23:30-00:30 Upgrade", "2026-11-28T23:30", 60),
        ("outage tax 2026-12-24 09:00-09:00 Upgrade", "2026-12-24T09:00", 1440),
    ] {
        let answers = vec![
            ("GET /chatbots/{name}", 200, json!({"institution": "tax-board"})),
            ("POST /planned-outages", 201, json!({})),
        ];
        let (outcome, events) = run(command, answers).await;
        assert!(outcome.is_done());
        let rule = json!({"start": start, "zone": "Europe/Tallinn", "minutes": minutes});
        let expected = json!({"institution": "tax-board", "chatbots": ["tax"], "reason": "Upgrade", "rule": rule});
        assert_eq!(body(&events[1]), expected, "{command}");
    }
}

#[tokio::test]
async fn status_says_the_first_sentence_and_offers_what_follows() {
    let health = json!({"status": "Offline", "since": "2026-11-28T11:00:00Z", "cause": {"kind": "enrolled"}});
    let answers = vec![("GET /chatbots/{name}/health", 200, health)];
    let (outcome, _) = run("status tax", answers.clone()).await;
    assert_eq!((outcome.text.as_str(), outcome.next.len()), ("tax: Offline since 13:00 (1 hr).", 3));
    let (outcome, _) = run("why tax", answers).await;
    assert_eq!(outcome.text, "tax: Offline since 13:00 (1 hr).\nIt has not answered a probe yet.");
    assert_eq!(outcome.next.iter().map(Action::kind).collect::<Vec<_>>(), [Kind::Logs, Kind::Acknowledge]);
}

#[tokio::test]
async fn network_has_counts_and_incidents_and_owners_their_incidents() {
    let health = json!({"types": {"ministry": {"online": 2, "ejected": 1, "offline": 0, "unknown": 3}, "institution": {"online": 5, "ejected": 0, "offline": 4, "unknown": 0}}});
    let incidents =
        json!({"incidents": [{"id": "1", "chatbot": "tax", "state": "open", "began": "2026-11-28T11:30:00Z"}]});
    let (outcome, _) =
        run("status", vec![("GET /health", 200, health), ("GET /incidents", 200, incidents.clone())]).await;
    assert_eq!(outcome.text, "Online 7, taken out 1, forced offline 4, unknown 3.\ntax: open since 13:30");
    let (outcome, _) = run("status", vec![("GET /health", 403, json!({})), ("GET /incidents", 200, incidents)]).await;
    assert_eq!(outcome.text, "tax: open since 13:30");
    let (outcome, _) = run("status", vec![("GET /health", 403, json!({})), ("GET /incidents", 403, json!({}))]).await;
    assert_eq!(outcome.status, 403);
}

#[tokio::test]
async fn logs_are_lines_of_one_entry() {
    let entries = json!({"entries": [{"at": "2026-11-28T11:59:00Z", "level": "error", "message": "first\nsecond"}]});
    let (outcome, events) = run("logs tax", vec![("GET /chatbots/{name}/logs", 200, entries)]).await;
    assert_eq!(outcome.text, "13:59 error first second");
    assert_eq!(events[0]["queryStringParameters"], json!({"limit": "15"}));
}
