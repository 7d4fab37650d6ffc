//! Tests of the lists on a real table, read with the parsers of the older clients.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{Chatbot, ChatbotChange, Name},
    credentials::{Certificate, IssuedCertificate, Profile, Serial},
    health::{PolicyDocument, ProbeOutcome},
    institutions::{Institution, NewInstitution},
    peers::{Peer, PeerKind},
};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    client_list::ClientList,
    participant::HostFormat,
    participant_list::{ParticipantList, etag},
    type_filter::TypeFilter,
};

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

/// Enrols a chatbot, and brings it Online if requested.
async fn enrol(table: &Table, chatbot_name: &str, online: bool) {
    let new = serde_json::json!({
        "name": chatbot_name, "uri": format!("https://{chatbot_name}.example.ee/messages"), "type": "ministry",
        "institution": "tax-board", "contact": "owner@example.ee",
    });
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), start());
    let audit = centops_table::audit_context(&table.audit, start());
    table.store.create_chatbot(&audit, chatbot).await.expect("enrolled");
    if online {
        let policies = PolicyDocument::default();
        let outcome = table.store.evaluate_due(&name(chatbot_name), &policies, start()).await.expect("evaluated");
        let probe = outcome.probe.expect("due");
        let probed = table.store.report_probe(&probe, true, &policies, start(), 0.0).await;
        assert_eq!(probed.expect("reported"), ProbeOutcome::Closed);
    }
}

async fn register(table: &Table, chatbot_name: &str, kind: PeerKind, active: bool) {
    let new: NewInstitution = serde_json::from_value(serde_json::json!({"name": "Maksuamet"})).expect("a good one");
    let audit = || centops_table::audit_context(&table.audit, start());
    // A second call finds the institution in the table.
    let _ = table.store.create_institution(&audit(), Institution::new(name("tax-board"), new)).await;
    let host = "http://dmr.example.ee:8080/dmr-api/messages".parse().expect("a good uri");
    let (created_at, updated_at) = (start(), start());
    let peer =
        Peer { name: name(chatbot_name), host, kind, institution: name("tax-board"), active, created_at, updated_at };
    table.store.create_peer(&audit(), peer).await.expect("registered");
}

async fn list_json(list: &ParticipantList, table: &Table, types: &[&str], format: HostFormat, at: Timestamp) -> String {
    list.json(&table.store, &TypeFilter::parse(types.iter().copied()), format, at).await.expect("a list")
}

/// Parses a list like the first generation's poller: type and host by name. It accepts property names in any case and
/// the type by the name of its enum, and skips entries without a name. It returns `None` for a list with an unreadable
/// value; the poller then keeps its previous list.
fn poller_parse(json: &str) -> Option<BTreeMap<String, (String, String)>> {
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
fn poller_drops_a_list_with_one_unknown_type() {
    let good = r#"[{"Id":"a","name":"a","host":"http://a","type":"Dmr","more":[1]}]"#;
    assert_eq!(poller_parse(good).expect("read").len(), 1);
    for bad in [good.replace("Dmr", "Printer"), good.replace("Dmr", "dmr"), r#"{"error":"x"}"#.into(), "<html>".into()]
    {
        assert_eq!(poller_parse(&bad), None, "{bad}");
    }
}

#[tokio::test]
async fn list_has_online_chatbots_and_active_peers() {
    let table = Table::start().await.expect("a table");
    for (chatbot_name, online) in [("online-b", true), ("online-a", true), ("unknown", false)] {
        enrol(&table, chatbot_name, online).await;
    }
    for (chatbot_name, kind, active) in
        [("dmr-1", PeerKind::Dmr, true), ("dmr-2", PeerKind::Dmr, false), ("classifier", PeerKind::Classifier, true)]
    {
        register(&table, chatbot_name, kind, active).await;
    }
    let list = ParticipantList::default();
    let json = list_json(&list, &table, &[], HostFormat::Uri, after(1)).await;
    let cache = poller_parse(&json).expect("read");
    let all: Vec<_> = cache.iter().map(|(name, (kind, host))| (name.as_str(), kind.as_str(), host.as_str())).collect();
    let dmr = "http://dmr.example.ee:8080/dmr-api/messages";
    let expected = [
        ("classifier", "Classifier", dmr),
        ("dmr-1", "Dmr", dmr),
        ("online-a", "Chatbot", "https://online-a.example.ee/messages"),
        ("online-b", "Chatbot", "https://online-b.example.ee/messages"),
    ];
    assert_eq!(all, expected);
    let rows: Vec<BTreeMap<String, String>> = serde_json::from_str(&json).expect("strings only, no null");
    for row in &rows {
        let fields: Vec<_> = row.keys().map(String::as_str).collect();
        assert_eq!(fields, ["host", "id", "institutionId", "name", "status", "type"]);
        assert_eq!((row["id"].as_str(), row["status"].as_str()), (row["name"].as_str(), "Active"));
        assert_eq!(row["institutionId"], "tax-board");
    }
    let names = |json: &str| poller_parse(json).expect("read").into_keys().collect::<Vec<_>>();
    assert_eq!(names(&list_json(&list, &table, &["Dmr", "x"], HostFormat::Uri, after(1)).await), ["dmr-1"]);
    assert_eq!(
        names(&list_json(&list, &table, &["dmr"], HostFormat::Uri, after(1)).await).len(),
        4,
        "only unknown types: no filter is applied"
    );
    let proxies = list_json(&list, &table, &["Chatbot", "Classifier"], HostFormat::HostAndPort, after(1)).await;
    let hosts: Vec<_> = poller_parse(&proxies).expect("read").into_values().map(|(_, host)| host).collect();
    assert_eq!(hosts, ["dmr.example.ee:8080", "online-a.example.ee:443", "online-b.example.ee:443"]);
}

#[tokio::test]
async fn warm_list_and_its_etag_follow_each_change() {
    let table = Table::start().await.expect("a table");
    let list = ParticipantList::default();
    let empty = list_json(&list, &table, &[], HostFormat::Uri, after(1)).await;
    assert_eq!(empty, "[]", "no participant is active yet");
    enrol(&table, "bot", true).await;
    let one = list_json(&list, &table, &[], HostFormat::Uri, after(2)).await;
    assert_eq!(poller_parse(&one).expect("read").len(), 1);
    assert_ne!(etag(&one), etag(&empty));
    assert_eq!(list_json(&list, &table, &[], HostFormat::Uri, after(3)).await, one);
    let audit = centops_table::audit_context(&table.audit, after(4));
    let moved = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&audit, &name("bot"), None, &moved).await.expect("moved");
    let later = list_json(&list, &table, &[], HostFormat::Uri, after(400)).await;
    assert!(later.contains(r#""institutionId":"police""#), "{later}");
    let audit = centops_table::audit_context(&table.audit, after(401));
    table.store.delete_chatbot(&audit, &name("bot"), None, &PolicyDocument::default()).await.expect("removed");
    assert_eq!(list_json(&list, &table, &[], HostFormat::Uri, after(402)).await, "[]");
}

#[tokio::test]
async fn returns_an_error_and_no_empty_list_without_the_table() {
    let table = Table::start().await.expect("a table");
    enrol(&table, "bot", true).await;
    let list = ParticipantList::default();
    list_json(&list, &table, &[], HostFormat::Uri, after(1)).await;
    table.client.delete_table().table_name(centops_table::NAME).send().await.expect("deleted");
    let types = TypeFilter::parse([]);
    assert!(list.json(&table.store, &types, HostFormat::Uri, after(2)).await.is_err());
    assert!(table.store.chatbots_with_keys(after(2)).await.is_err());
}

/// Returns true if the third generation's schema accepts a client: every field is a non-empty string, the id a UUID.
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
    let issued = IssuedCertificate {
        serial: Serial::new([7; 16]),
        profile: Profile::Chatbot,
        name: name(holder),
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24),
        pem: String::new(),
        rsa_public_key: Some("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n".to_owned()),
    };
    let audit = centops_table::audit_context(&table.audit, at);
    let enrolment = table.store.enrolment(Profile::Chatbot, &name(holder)).await.expect("enrolled");
    table.store.put_certificate(&audit, &Certificate::new(&issued, enrolment.at, at)).await.expect("stored");
}

#[tokio::test]
async fn first_page_has_all_clients_for_any_page_size() {
    let table = Table::start().await.expect("a table");
    for number in 0..12 {
        let chatbot_name = format!("bot-{number:02}");
        enrol(&table, &chatbot_name, number % 2 == 0).await;
        certify(&table, &chatbot_name, after(1)).await;
    }
    enrol(&table, "without-a-key", true).await;
    let keyed = table.store.chatbots_with_keys(after(2)).await.expect("a list");
    let page = |page, size| serde_json::to_value(ClientList::new(keyed.clone(), page, size)).expect("json");
    for size in [1, 10, 100] {
        let response = page(1, size)["response"].clone();
        let items = response["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), 12, "all clients, of any status");
        assert!(items.iter().all(is_client), "{items:?}");
        assert_eq!(
            (&response["page"], &response["pageSize"], &response["totalPages"]),
            (&1.into(), &size.into(), &1.into())
        );
    }
    assert_eq!(page(2, 10)["response"]["items"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn client_id_changes_only_with_a_new_enrolment() {
    let table = Table::start().await.expect("a table");
    let ids = async |at| {
        let keyed = table.store.chatbots_with_keys(at).await.expect("a list");
        ClientList::new(keyed, 1, 10).response.items.into_iter().map(|one| one.client_id).collect::<Vec<_>>()
    };
    enrol(&table, "bot", true).await;
    certify(&table, "bot", after(1)).await;
    let first = ids(after(2)).await;
    let audit = centops_table::audit_context(&table.audit, after(3));
    let change = ChatbotChange { institution: Some(name("police")), ..ChatbotChange::default() };
    table.store.update_chatbot(&audit, &name("bot"), None, &change).await.expect("changed");
    assert_eq!(ids(after(4)).await, first);
    let mut again = table.store.chatbot(&name("bot")).await.expect("there").value;
    let audit = centops_table::audit_context(&table.audit, after(5));
    table.store.delete_chatbot(&audit, &name("bot"), None, &PolicyDocument::default()).await.expect("removed");
    assert!(ids(after(6)).await.is_empty(), "a deleted chatbot is no client");
    again.created_at = after(7);
    let audit = centops_table::audit_context(&table.audit, after(7));
    table.store.create_chatbot(&audit, again).await.expect("enrolled again");
    let issued = IssuedCertificate {
        serial: Serial::new([8; 16]),
        profile: Profile::Chatbot,
        name: name("bot"),
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24),
        pem: String::new(),
        rsa_public_key: Some("key".to_owned()),
    };
    let audit = centops_table::audit_context(&table.audit, after(8));
    table.store.put_certificate(&audit, &Certificate::new(&issued, after(7), after(8))).await.expect("stored");
    let second = ids(after(9)).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
}
