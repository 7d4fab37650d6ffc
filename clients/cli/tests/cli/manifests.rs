use std::{fs, path::Path};

use centops_client::schema::schemas;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{support::samples::Samples, world::World};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "centops.ee/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn chatbot(name: &str, institution: &str, contact: &str) -> Value {
    let spec = json!({"uri": format!("https://{name}.example.ee/messages"), "type": "institution", "institution": institution,
        "contact": contact});
    manifest("Chatbot", name, &spec)
}

/// Writes manifests as one file of YAML documents.
fn write(folder: &TempDir, file: &str, manifests: &[Value]) {
    let documents: Vec<_> = manifests.iter().map(|one| serde_saphyr::to_string(one).expect("YAML")).collect();
    fs::write(folder.path().join(file), documents.join("---\n")).expect("a file");
}

/// Returns a random manifest of one of the kinds that can be created.
fn random(samples: &mut Samples, at: usize) -> Value {
    let (kind, schema) = [
        ("Institution", "NewInstitution"),
        ("Chatbot", "NewChatbot"),
        ("Subscription", "NewSubscription"),
        ("Outage", "NewPlannedOutage"),
    ][at % 4];
    let mut spec = samples.of(schemas(), schemas().named(schema).expect("a schema"));
    let fields = spec.as_object_mut().expect("an object");
    for field in ["id", "versions"] {
        fields.remove(field);
    }
    match kind {
        "Chatbot" => _ = fields.remove("name"),
        "Subscription" => {
            // The address is of the channel's form.
            let channels = ["mail", "sms", "slack", "https", "pagerduty"];
            let addresses = [
                format!("oncall-{at}@Example.ee"),
                format!("+3725551{at:04}"),
                format!("https://Hooks.slack.com/services/{at}"),
                format!("https://hooks.example.ee/{at}?a={{b}}"),
                format!("{at:032}"),
            ];
            let which = at / 4 % channels.len();
            fields.insert("channel".to_owned(), json!(channels[which]));
            fields.insert("address".to_owned(), json!(normal(&addresses[which])));
            if at.is_multiple_of(3) {
                fields.insert("paused".to_owned(), json!(true));
            }
        }
        "Outage" => {
            fields["rule"]["start"] = json!(format!("2027-01-{:02}T{:02}:{:02}:00", at / 4 % 28 + 1, at % 24, at % 60));
        }
        _ => {}
    }
    manifest(kind, &format!("object-{at}"), &spec)
}

/// The small network stores addresses as they come, and derives ids from them.
fn normal(address: &str) -> String {
    address.replace("Example", "example").replace("Hooks", "hooks").replace('{', "%7B").replace('}', "%7D")
}

/// Returns a copy of which some fields have other values.
fn varied(samples: &mut Samples, manifest: &Value, at: usize) -> Value {
    let mut changed = manifest.clone();
    let spec = changed["spec"].as_object_mut().expect("a spec");
    match manifest["kind"].as_str() {
        Some("Institution") => _ = spec.insert("name".to_owned(), json!(format!("Institution {at}"))),
        Some("Chatbot") => _ = spec.insert("contact".to_owned(), json!(format!("other-{at}@example.ee"))),
        Some("Subscription") => {
            let settings = samples.of(schemas(), schemas().named("SettingsChange").expect("a schema"));
            spec.insert("settings".to_owned(), settings);
        }
        _ => _ = spec.insert("reason".to_owned(), json!(format!("Reason {at}"))),
    }
    changed
}

fn names(world: &World, arguments: &[&str], action: &str) -> usize {
    let run = world.run(&[arguments, &["-o", "json"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let rows: Vec<Map<String, Value>> = serde_json::from_str(&run.out).expect("rows");
    rows.iter().filter(|row| row["action"] == action).count()
}

#[test]
fn two_hundred_random_manifests_come_back_as_they_were_written() {
    let mut samples = Samples::new();
    for round in 0..8 {
        let (world, files) = (World::new(), folder());
        let manifests: Vec<_> = (round * 25..round * 25 + 25).map(|at| random(&mut samples, at)).collect();
        write(&files, "all.yaml", &manifests);
        let file = path(files.path());
        assert_eq!(world.run(&["diff", "-f", file]).code, 2);
        assert_eq!(names(&world, &["apply", "-f", file], "created"), 25);

        let diff = world.run(&["diff", "-f", file]);
        assert_eq!((diff.code, diff.out.as_str()), (0, ""), "{}", diff.err);
        world.server.take();
        assert_eq!(names(&world, &["apply", "-f", file], "unchanged"), 25);
        assert!(world.server.take().iter().all(|request| request.method == "GET"), "a second apply changed something");

        let varied: Vec<_> = manifests.iter().enumerate().map(|(at, one)| varied(&mut samples, one, at)).collect();
        write(&files, "all.yaml", &varied);
        let before = world.paths();
        assert_eq!(names(&world, &["apply", "-f", file], "created"), 0);
        assert_eq!(world.paths(), before);
        let diff = world.run(&["diff", "-f", file]);
        assert_eq!((diff.code, diff.out.as_str()), (0, ""), "{}", diff.err);

        assert_eq!(world.run(&["delete", "--yes", "-f", file]).code, 0);
        assert_eq!(world.paths(), ["/policy"]);
    }
}

#[test]
fn fields_that_a_file_does_not_name_stay() {
    let (world, files) = (World::new(), folder());
    let whole = json!({"name": "Tax Board", "status": "Active", "contact": "a@b.ee"});
    write(&files, "a.yaml", &[manifest("Institution", "tax", &whole)]);
    assert_eq!(world.run(&["apply", "-f", path(files.path())]).code, 0);
    let part = manifest("Institution", "tax", &json!({"name": "Tax and Customs"}));
    let policy = manifest("Policy", "policy", &json!({"defaults": {"quorum": 3}}));
    write(&files, "a.yaml", &[part, policy]);
    let run = world.run(&["apply", "-f", path(files.path())]);
    assert_eq!(run.out, "institution/tax changed\npolicy/policy changed\n");
    let institution = world.get("/admin/institutions/tax").expect("an institution");
    assert_eq!(institution, json!({"id": "tax", "name": "Tax and Customs", "status": "Active", "contact": "a@b.ee"}));
    assert_eq!(world.get("/policy").expect("a policy"), json!({"defaults": {"quorum": 3, "dryRun": false}}));
}

#[test]
fn diff_shows_each_field_and_exits_with_2() {
    let (world, files) = (World::new(), folder());
    write(&files, "a.yaml", &[chatbot("maks", "tax", "a@b.ee")]);
    world.run(&["apply", "-f", path(files.path())]);
    write(&files, "a.yaml", &[chatbot("maks", "tax", "x@b.ee"), chatbot("ilm", "tax", "a@b.ee")]);
    let run = world.run(&["diff", "-f", path(files.path())]);
    assert_eq!(run.code, 2);
    assert_eq!(
        run.out,
        "~ chatbot/maks\n    contact: a@b.ee → x@b.ee\n+ chatbot/ilm\n    contact: a@b.ee\n    institution: tax\n    \
         type: institution\n    uri: https://ilm.example.ee/messages\n"
    );
    let mut refused = world.command(&["diff", "-f", path(files.path())]);
    refused.env("CENTOPS_ADMIN", "http://127.0.0.1:1/");
    assert_eq!(crate::world::run(refused, "").code, 1);
}

#[test]
fn conflict_shows_both_sides_and_changes_nothing() {
    let (world, files) = (World::new(), folder());
    write(&files, "a.yaml", &[chatbot("maks", "tax", "a@b.ee")]);
    world.run(&["apply", "-f", path(files.path())]);
    write(&files, "a.yaml", &[chatbot("maks", "tax", "mine@b.ee")]);
    world.meddle("/chatbots/maks", json!({"contact": "theirs@b.ee", "type": "ministry"}));
    let run = world.run(&["apply", "-f", path(files.path())]);
    assert_eq!(run.code, 5);
    assert!(run.err.contains("contact: file mine@b.ee, server theirs@b.ee"), "{}", run.err);
    assert!(run.err.contains("type: file institution, server ministry"), "{}", run.err);
    assert_eq!(world.get("/chatbots/maks").expect("a chatbot")["contact"], "theirs@b.ee");
}

#[test]
fn prune_deletes_only_with_the_name_of_the_institution() {
    let (world, files) = (World::new(), folder());
    let all =
        [chatbot("maks", "tax", "a@b.ee"), chatbot("toll", "tax", "a@b.ee"), chatbot("ilm", "keskkond", "a@b.ee")];
    write(&files, "a.yaml", &all);
    world.run(&["apply", "-f", path(files.path())]);
    write(&files, "a.yaml", &all[..1]);
    let prune = ["apply", "-f", path(files.path()), "--prune", "--institution", "tax"];
    let diff = world.run(&["diff", "-f", path(files.path()), "--prune", "--institution", "tax"]);
    assert_eq!((diff.code, diff.out.as_str()), (2, "- chatbot/toll\n"));
    for answer in ["", "yes\n", "keskkond\n"] {
        let run = world.run_with(&prune, answer);
        assert_eq!(run.code, 6, "{}", run.err);
        assert!(run.err.contains("chatbot/toll is in no file") && run.err.contains(&world.server.url()), "{}", run.err);
        assert!(world.get("/chatbots/toll").is_some());
    }
    let run = world.run_with(&prune, "tax\n");
    assert_eq!((run.code, run.out.as_str()), (0, "chatbot/maks unchanged\nchatbot/toll deleted\n"));
    assert!(world.get("/chatbots/ilm").is_some(), "it is of another institution");
}

#[test]
fn delete_asks_unless_it_is_told_not_to() {
    let (world, files) = (World::new(), folder());
    write(&files, "a.yaml", &[chatbot("maks", "tax", "a@b.ee")]);
    world.run(&["apply", "-f", path(files.path())]);
    assert_eq!(world.run(&["delete", "-f", path(files.path())]).code, 6);
    assert!(world.get("/chatbots/maks").is_some());
    assert_eq!(world.run(&["delete", "-y", "-f", path(files.path())]).out, "chatbot/maks deleted\n");
    let again = world.run(&["delete", "-f", path(files.path())]);
    assert_eq!((again.code, again.err.as_str()), (0, "chatbot/maks does not exist\n"));
}

#[test]
fn webhook_is_not_made_without_a_place_for_its_secret() {
    let (world, files) = (World::new(), folder());
    let spec = json!({"channel": "webhook", "address": "https://hooks.example.ee/secret", "institution": "tax"});
    write(&files, "a.yaml", &[manifest("Subscription", "hook", &spec)]);
    let run = world.run(&["apply", "-f", path(files.path())]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--secret-dir"), "{}", run.err);
    assert_eq!(world.paths(), ["/policy"]);
    let diff = world.run(&["diff", "-f", path(files.path())]);
    assert!(diff.out.contains("address: https://hooks.example.ee/***"), "{}", diff.out);
}

#[test]
fn validate_needs_no_connection_and_reports_every_file() {
    let (world, files) = (World::new(), folder());
    write(&files, "a.yaml", &[chatbot("maks", "tax", "nobody")]);
    write(&files, "b.yaml", &[chatbot("ilm", "tax", "a@b.ee"), chatbot("ilm", "tax", "a@b.ee")]);
    fs::write(files.path().join("c.yaml"), "kind: [").expect("a file");
    let run = world.run(&["validate", "-f", path(files.path())]);
    assert_eq!(run.code, 1);
    for text in [
        "a.yaml: chatbot/maks: /spec/contact: must be an e-mail address",
        "b.yaml, document 2: chatbot/ilm is in",
        "c.yaml: ",
    ] {
        assert!(run.err.contains(text), "{text}: {}", run.err);
    }
    assert!(world.server.take().is_empty());
    fs::remove_file(files.path().join("a.yaml")).expect("removed");
    fs::remove_file(files.path().join("c.yaml")).expect("removed");
    write(&files, "b.yaml", &[chatbot("ilm", "tax", "a@b.ee")]);
    let run = world.run(&["validate", "-f", path(files.path())]);
    assert_eq!((run.code, run.err.as_str()), (0, "1 valid\n"));
}
