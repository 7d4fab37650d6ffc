//! A small network: a server that stores chatbots, institutions, subscriptions, planned outages and the policy.

use std::{
    collections::BTreeMap,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{
    contract::{contract, violations},
    server::{Received, Sent, Server},
};

/// The objects by path, each with its version.
type Objects = BTreeMap<String, (u64, Value)>;

/// The network and its server.
pub struct World {
    pub server: Server,
    objects: Arc<Mutex<Objects>>,
    /// The path of the object that somebody else changes just before the next change.
    meddled: Arc<Mutex<Option<(String, Value)>>>,
}

/// The result of a run of the binary.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn new() -> Self {
        let objects: Arc<Mutex<Objects>> = Arc::default();
        let policy = json!({"defaults": {"quorum": 2, "dryRun": false}});
        objects.lock().expect("objects").insert("/policy".to_owned(), (1, policy));
        let meddled: Arc<Mutex<Option<(String, Value)>>> = Arc::default();
        let (stored, other, contract) = (Arc::clone(&objects), Arc::clone(&meddled), contract());
        let server = Server::start(move |request| {
            let found = violations(&contract, request);
            // The policy of this small network is not whole.
            if !found.is_empty() && request.path != "/policy" {
                return problem(400, &found.join("; "));
            }
            let mut objects = stored.lock().expect("objects");
            if request.method != "GET"
                && let Some((path, change)) = other.lock().expect("meddled").take()
                && let Some((version, object)) = objects.get_mut(&path)
            {
                *version += 1;
                merge(object, &change);
            }
            respond(&mut objects, request)
        });
        Self { server, objects, meddled }
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        self.objects.lock().expect("objects").get(path).map(|(_, object)| object.clone())
    }

    pub fn paths(&self) -> Vec<String> {
        self.objects.lock().expect("objects").keys().cloned().collect()
    }

    /// Changes an object, as somebody else would, just before the next change by the binary.
    pub fn meddle(&self, path: &str, change: Value) {
        *self.meddled.lock().expect("meddled") = Some((path.to_owned(), change));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
        command.args(arguments).env_clear().env("CENTOPS_ADMIN", self.server.url());
        command.env("CENTOPS_NETWORK", self.server.url()).env("CENTOPS_TOKEN", "a.b.c").env("CENTOPS_API_KEY", "key");
        command.env("TZ", "Europe/Tallinn");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments), "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        run(self.command(arguments), input)
    }
}

pub fn run(mut command: Command, input: &str) -> Run {
    use std::io::Write as _;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary");
    // A command that reads nothing may have ended.
    let _ = child.stdin.take().expect("an input").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("an end");
    Run {
        code: status.code().expect("an exit code"),
        out: String::from_utf8(stdout).expect("text"),
        err: String::from_utf8(stderr).expect("text"),
    }
}

fn problem(status: u16, title: &str) -> Sent {
    Sent::json(status, &json!({"type": "about:blank", "title": title, "status": status, "instance": "req-7"}))
}

fn versioned(status: u16, (version, object): &(u64, Value)) -> Sent {
    Sent::json(status, object).header("etag", &format!("\"{version}\""))
}

fn respond(objects: &mut Objects, request: &Received) -> Sent {
    let path = request.path.clone();
    let is_list = ["/chatbots", "/admin/institutions", "/subscriptions", "/planned-outages"].contains(&path.as_str());
    match (request.method.as_str(), is_list) {
        ("GET", true) => list(objects, request),
        ("POST", true) => create(objects, request),
        ("GET", false) => objects.get(&path).map_or_else(|| problem(404, "Not found"), |stored| versioned(200, stored)),
        _ => change(objects, request),
    }
}

fn list(objects: &Objects, request: &Received) -> Sent {
    let prefix = format!("{}/", request.path);
    let institution = request.query.split('&').find_map(|pair| pair.strip_prefix("institution="));
    let is_of = |object: &Value| {
        let own = object.get("institution").or_else(|| object.pointer("/coverage/institution"));
        institution.is_none_or(|institution| own == Some(&json!(institution)))
    };
    let items = objects.iter().filter(|(path, (_, object))| path.starts_with(&prefix) && is_of(object));
    let items: Vec<_> = items.map(|(_, (_, object))| object.clone()).collect();
    let body = match request.path.as_str() {
        "/chatbots" => json!({"revision": 1, "chatbots": items}),
        "/subscriptions" => json!({"subscriptions": items}),
        "/planned-outages" => json!({"plannedOutages": items}),
        _ => json!(items),
    };
    Sent::json(200, &body)
}

fn create(objects: &mut Objects, request: &Received) -> Sent {
    let mut object = request.json();
    let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let id = match request.path.as_str() {
        "/chatbots" => {
            merge(&mut object, &json!({"status": "Unknown", "statusSince": "2026-11-27T09:12:00Z", "versions": {}}));
            text(&object, "name")
        }
        "/admin/institutions" => {
            // As the server: a status is always there.
            let status = object.get("status").cloned().unwrap_or_else(|| json!("Unknown"));
            merge(&mut object, &json!({"status": status}));
            text(&object, "id")
        }
        "/subscriptions" => subscription(&mut object),
        _ => {
            let take_out = object.get("takeOut").cloned().unwrap_or(Value::Bool(false));
            merge(&mut object, &json!({"state": "confirmed", "takeOut": take_out}));
            format!("0190a6a4-0000-7000-8000-{:012x}", objects.len())
        }
    };
    if request.path == "/planned-outages" || request.path == "/subscriptions" {
        merge(&mut object, &json!({"id": id}));
    }
    let path = format!("{}/{id}", request.path);
    if objects.contains_key(&path) {
        return problem(409, "It exists already");
    }
    objects.insert(path.clone(), (1, object));
    versioned(201, &objects[&path]).header("location", &path)
}

/// Makes the answer's form of a new subscription. Returns its id.
fn subscription(object: &mut Value) -> String {
    let fields = object.as_object_mut().expect("an object");
    let institution = fields.remove("institution");
    let name = institution.as_ref().and_then(Value::as_str).unwrap_or("-").to_owned();
    let text = format!(
        "{name} {} {}",
        fields["channel"].as_str().unwrap_or_default(),
        fields["address"].as_str().unwrap_or_default()
    );
    let mut coverage = Map::new();
    coverage.extend(institution.map(|name| ("institution".to_owned(), name)));
    if let Some(chatbots) = fields.remove("chatbots") {
        coverage.insert("chatbots".to_owned(), enrolments(&chatbots));
    }
    let mut settings = json!({"language": "et", "zone": "Europe/Tallinn", "kinds": [], "quietHours": "off", "digest": "off",
        "leastImportance": "info"});
    merge(&mut settings, &fields.remove("settings").unwrap_or_else(|| json!({})));
    fields.insert("settings".to_owned(), settings);
    fields.insert("coverage".to_owned(), Value::Object(coverage));
    fields.insert("state".to_owned(), json!({"name": "active"}));
    Sha256::digest(text).iter().take(16).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

fn enrolments(names: &Value) -> Value {
    names
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| json!({"name": name, "enrolledAt": "2026-11-27T09:12:00Z"}))
        .collect()
}

fn change(objects: &mut Objects, request: &Received) -> Sent {
    let Some((version, object)) = objects.get_mut(&request.path) else { return problem(404, "Not found") };
    if request.header("if-match").is_some_and(|etag| etag != format!("\"{version}\"")) {
        return problem(412, "It was changed");
    }
    let body = request.json();
    match request.method.as_str() {
        "DELETE" => {
            objects.remove(&request.path);
            return Sent::empty(204);
        }
        // Omitted fields are removed.
        "PUT" => {
            let id = object.get("id").cloned();
            *object = body;
            if let Some(id) = id {
                merge(object, &json!({"id": id}));
            }
        }
        _ if request.path.starts_with("/subscriptions/") => change_subscription(object, &body),
        _ => merge_whole(object, &body),
    }
    *version += 1;
    versioned(200, &(*version, object.clone()))
}

fn change_subscription(object: &mut Value, body: &Value) {
    if let Some(paused) = body.get("paused") {
        object["state"] = json!({"name": if paused == &json!(true) { "paused" } else { "active" }});
    }
    merge(&mut object["settings"], body.get("settings").unwrap_or(&Value::Null));
    match body.get("chatbots") {
        Some(Value::String(_)) => _ = object["coverage"].as_object_mut().map(|fields| fields.remove("chatbots")),
        Some(names) => object["coverage"]["chatbots"] = enrolments(names),
        None => {}
    }
}

/// Replaces fields; `all` chatbots are none by name.
fn merge_whole(object: &mut Value, body: &Value) {
    merge(object, body);
    if object.get("chatbots") == Some(&json!("all")) {
        object.as_object_mut().map(|fields| fields.remove("chatbots"));
    }
}

fn merge(object: &mut Value, change: &Value) {
    if let (Some(fields), Some(change)) = (object.as_object_mut(), change.as_object()) {
        fields.extend(change.clone());
    }
}
