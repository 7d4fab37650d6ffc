//! What clients of earlier generations make of our lists, each with its own parser's rules, on a real table.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use centops_domain::{
    certificate::{Certificate, Issued, Profile, Serial},
    chatbot::{Chatbot, ChatbotChange},
    circuit::Probed,
    institution::{Institution, NewInstitution},
    name::Name,
    peer::{Peer, PeerKind},
    policy::PolicyDocument,
};
use centops_participants::{
    clients::ClientList,
    participant::{Hosts, Types},
    roll::{Roll, tag},
};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

/// Enrols a chatbot, and brings it Online where it is to be.
async fn enrol(table: &Table, called: &str, online: bool) {
    let new = serde_json::json!({
        "name": called, "uri": format!("https://{called}.example.ee/messages"), "type": "ministry",
        "institution": "tax-board", "contact": "owner@example.ee",
    });
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), start());
    let act = centops_table::act(&table.audit, start());
    table.store.create_chatbot(&act, chatbot).await.expect("enrolled");
    if online {
        let policies = PolicyDocument::default();
        let looked = table.store.look(&name(called), &policies, start()).await.expect("looked");
        let lease = looked.lease.expect("due");
        let probed = table.store.report_probe(&name(called), lease.id, true, &policies, start(), 0.0).await;
        assert_eq!(probed.expect("reported"), Probed::Closed);
    }
}

async fn register(table: &Table, called: &str, kind: PeerKind, active: bool) {
    let new: NewInstitution = serde_json::from_value(serde_json::json!({"name": "Maksuamet"})).expect("a good one");
    let act = || centops_table::act(&table.audit, start());
    // The second of them finds it there.
    let _ = table.store.create_institution(&act(), Institution::new(name("tax-board"), new)).await;
    let host = "http://dmr.example.ee:8080/dmr-api/messages".parse().expect("a good uri");
    let (created_at, updated_at) = (start(), start());
    let peer = Peer { name: name(called), host, kind, institution: name("tax-board"), active, created_at, updated_at };
    table.store.create_peer(&act(), peer).await.expect("registered");
}

async fn roll(roll: &Roll, table: &Table, types: &[&str], hosts: Hosts, at: Timestamp) -> String {
    roll.json(&table.store, &Types::asked(types.iter().copied()), hosts, at).await.expect("a list")
}

/// What the first generation's poller makes of an answer: by name its type and host. Property names in any case;
/// the type by the name of its enum; entries without a name left out. Nothing at all of a list that has one
/// thing that it cannot read: then it keeps the list before.
fn polled(json: &str) -> Option<BTreeMap<String, (String, String)>> {
    const TYPES: [&str; 4] = ["Unknown", "Chatbot", "Dmr", "Classifier"];
    let Ok(Value::Array(rows)) = serde_json::from_str(json) else { return None };
    let mut cache = BTreeMap::new();
    for row in rows {
        let row: BTreeMap<String, Value> =
            row.as_object()?.iter().map(|(key, value)| (key.to_lowercase(), value.clone())).collect();
        let text = |field: &str| match row.get(field) {
            None | Some(Value::Null) => Some(None),
            Some(Value::String(text)) => Some(Some(text.clone())),
            Some(_) => None,
        };
        let kind = text("type")??;
        if !TYPES.contains(&kind.as_str()) {
            return None;
        }
        let (_, name, host) = (text("id")?, text("name")?, text("host")?);
        if let Some(name) = name {
            cache.insert(name, (kind, host.unwrap_or_default()));
        }
    }
    Some(cache)
}

#[test]
fn the_poller_loses_a_list_by_one_unknown_type() {
    let good = r#"[{"Id":"a","name":"a","host":"http://a","type":"Dmr","more":[1]}]"#;
    assert_eq!(polled(good).expect("read").len(), 1);
    for bad in [good.replace("Dmr", "Printer"), good.replace("Dmr", "dmr"), r#"{"error":"x"}"#.into(), "<html>".into()]
    {
        assert_eq!(polled(&bad), None, "{bad}");
    }
}

#[tokio::test]
async fn a_poller_learns_who_is_online_and_which_peers_are_active() {
    let table = Table::start().await.expect("a table");
    for (called, online) in [("online-b", true), ("online-a", true), ("unknown", false)] {
        enrol(&table, called, online).await;
    }
    for (called, kind, active) in
        [("dmr-1", PeerKind::Dmr, true), ("dmr-2", PeerKind::Dmr, false), ("classifier", PeerKind::Classifier, true)]
    {
        register(&table, called, kind, active).await;
    }
    let kept = Roll::default();
    let json = roll(&kept, &table, &[], Hosts::Whole, after(1)).await;
    let cache = polled(&json).expect("read");
    let all: Vec<_> = cache.iter().map(|(name, (kind, host))| (name.as_str(), kind.as_str(), host.as_str())).collect();
    let dmr = "http://dmr.example.ee:8080/dmr-api/messages";
    let expected = [
        ("classifier", "Classifier", dmr),
        ("dmr-1", "Dmr", dmr),
        ("online-a", "Chatbot", "https://online-a.example.ee/messages"),
        ("online-b", "Chatbot", "https://online-b.example.ee/messages"),
    ];
    assert_eq!(all, expected);
    let rows: Vec<BTreeMap<String, String>> = serde_json::from_str(&json).expect("texts only: nothing is null");
    for row in &rows {
        let fields: Vec<_> = row.keys().map(String::as_str).collect();
        assert_eq!(fields, ["host", "id", "institutionId", "name", "status", "type"]);
        assert_eq!((row["id"].as_str(), row["status"].as_str()), (row["name"].as_str(), "Active"));
        assert_eq!(row["institutionId"], "tax-board");
    }
    let names = |json: &str| polled(json).expect("read").into_keys().collect::<Vec<_>>();
    assert_eq!(names(&roll(&kept, &table, &["Dmr", "x"], Hosts::Whole, after(1)).await), ["dmr-1"]);
    assert_eq!(names(&roll(&kept, &table, &["dmr"], Hosts::Whole, after(1)).await).len(), 4, "the filter vanishes");
    let proxies = roll(&kept, &table, &["Chatbot", "Classifier"], Hosts::HostAndPort, after(1)).await;
    let hosts: Vec<_> = polled(&proxies).expect("read").into_values().map(|(_, host)| host).collect();
    assert_eq!(hosts, ["dmr.example.ee:8080", "online-a.example.ee:443", "online-b.example.ee:443"]);
}

#[tokio::test]
async fn a_warm_list_follows_each_change_and_its_tag_too() {
    let table = Table::start().await.expect("a table");
    let kept = Roll::default();
    let empty = roll(&kept, &table, &[], Hosts::Whole, after(1)).await;
    assert_eq!(empty, "[]", "nobody takes part yet");
    enrol(&table, "bot", true).await;
    let one = roll(&kept, &table, &[], Hosts::Whole, after(2)).await;
    assert_eq!(polled(&one).expect("read").len(), 1);
    assert_ne!(tag(&one), tag(&empty));
    assert_eq!(roll(&kept, &table, &[], Hosts::Whole, after(3)).await, one);
    let act = centops_table::act(&table.audit, after(4));
    let moved = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&act, &name("bot"), None, &moved).await.expect("moved");
    let later = roll(&kept, &table, &[], Hosts::Whole, after(400)).await;
    assert!(later.contains(r#""institutionId":"police""#), "{later}");
    let act = centops_table::act(&table.audit, after(401));
    table.store.delete_chatbot(&act, &name("bot"), None, &PolicyDocument::default()).await.expect("removed");
    assert_eq!(roll(&kept, &table, &[], Hosts::Whole, after(402)).await, "[]");
}

#[tokio::test]
async fn without_the_table_there_is_no_list_and_never_an_empty_one() {
    let table = Table::start().await.expect("a table");
    enrol(&table, "bot", true).await;
    let kept = Roll::default();
    roll(&kept, &table, &[], Hosts::Whole, after(1)).await;
    table.client.delete_table().table_name(centops_table::NAME).send().await.expect("deleted");
    let types = Types::asked([]);
    assert!(kept.json(&table.store, &types, Hosts::Whole, after(2)).await.is_err());
    assert!(table.store.keyed_chatbots(after(2)).await.is_err());
}

/// What the third generation's schema takes of a client: every field a text that is not empty, the id a UUID.
fn is_client(row: &Value) -> bool {
    const FIELDS: [&str; 5] = ["clientId", "name", "authenticationCertificate", "createdAt", "updatedAt"];
    let text = |field: &str| row.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let uuid = |text: &str| {
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        let hex = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        let version = text.as_bytes().get(14).copied().unwrap_or_default();
        hex && lengths == [8, 4, 4, 4, 12] && (b'1'..=b'5').contains(&version)
    };
    FIELDS.iter().all(|field| text(field).is_some()) && text("clientId").is_some_and(uuid)
}

async fn certify(table: &Table, holder: &str, at: Timestamp) {
    let issued = Issued {
        serial: Serial::new([7; 16]),
        profile: Profile::Chatbot,
        name: name(holder),
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24),
        pem: String::new(),
        rsa_public_key: Some("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n".to_owned()),
    };
    let act = centops_table::act(&table.audit, at);
    table.store.put_certificate(&act, &Certificate::of(&issued, at)).await.expect("stored");
}

#[tokio::test]
async fn page_one_has_every_client_whatever_is_asked_for() {
    let table = Table::start().await.expect("a table");
    for number in 0..12 {
        let called = format!("bot-{number:02}");
        enrol(&table, &called, number % 2 == 0).await;
        certify(&table, &called, after(1)).await;
    }
    enrol(&table, "without-a-key", true).await;
    let keyed = table.store.keyed_chatbots(after(2)).await.expect("a list");
    let page = |page, size| serde_json::to_value(ClientList::new(keyed.clone(), page, size)).expect("json");
    for size in [1, 10, 100] {
        let response = page(1, size)["response"].clone();
        let items = response["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), 12, "of any status, and all of them");
        assert!(items.iter().all(is_client), "{items:?}");
        assert_eq!(
            (&response["page"], &response["pageSize"], &response["totalPages"]),
            (&1.into(), &size.into(), &1.into())
        );
    }
    assert_eq!(page(2, 10)["response"]["items"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_client_keeps_its_id_until_it_is_enrolled_again() {
    let table = Table::start().await.expect("a table");
    let ids = async |at| {
        let keyed = table.store.keyed_chatbots(at).await.expect("a list");
        ClientList::new(keyed, 1, 10).response.items.into_iter().map(|one| one.client_id).collect::<Vec<_>>()
    };
    enrol(&table, "bot", true).await;
    certify(&table, "bot", after(1)).await;
    let first = ids(after(2)).await;
    let act = centops_table::act(&table.audit, after(3));
    let change = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&act, &name("bot"), None, &change).await.expect("changed");
    assert_eq!(ids(after(4)).await, first);
    let mut again = table.store.chatbot(&name("bot")).await.expect("there").value;
    let act = centops_table::act(&table.audit, after(5));
    table.store.delete_chatbot(&act, &name("bot"), None, &PolicyDocument::default()).await.expect("removed");
    assert!(ids(after(6)).await.is_empty(), "who is removed is no client");
    again.created_at = after(7);
    let act = centops_table::act(&table.audit, after(7));
    table.store.create_chatbot(&act, again).await.expect("enrolled again");
    let issued = Issued {
        serial: Serial::new([8; 16]),
        profile: Profile::Chatbot,
        name: name("bot"),
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24),
        pem: String::new(),
        rsa_public_key: Some("key".to_owned()),
    };
    let act = centops_table::act(&table.audit, after(8));
    table.store.put_certificate(&act, &Certificate::of(&issued, after(8))).await.expect("stored");
    let second = ids(after(9)).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
}
