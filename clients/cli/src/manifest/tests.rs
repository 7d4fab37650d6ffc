use serde_json::json;

use super::*;

fn chatbot(spec: &Value) -> Value {
    json!({"apiVersion": API_VERSION, "kind": "Chatbot", "metadata": {"name": "tax-board"}, "spec": spec})
}

#[test]
fn all_violations_are_reported_with_their_place() {
    let document =
        chatbot(&json!({"uri": "nowhere", "type": "bank", "institution": "tax", "versions": {}, "colour": 1}));
    assert_eq!(
        parse(&document).expect_err("invalid"),
        [
            "chatbot/tax-board: /spec/contact: is required",
            "chatbot/tax-board: /spec/colour: is unknown; known are contact, institution, type, uri",
            "chatbot/tax-board: /spec/type: must be one of ministry, institution",
            "chatbot/tax-board: /spec/uri: must be an absolute URI such as https://bot.example.ee/messages",
            "chatbot/tax-board: /spec/versions: is written by the chatbot itself (report-versions)",
        ]
    );
}

#[test]
fn unknown_kind_is_reported_with_the_known_ones() {
    let error = parse(&json!({"kind": "Teapot"})).expect_err("invalid");
    assert_eq!(error, ["/kind: must be one of Institution, Chatbot, Subscription, Outage, Policy"]);
}

#[test]
fn policy_may_name_any_part() {
    let document = json!({"apiVersion": API_VERSION, "kind": "Policy", "metadata": {"name": "policy"},
        "spec": {"defaults": {"quorum": 3}}});
    parse(&document).expect("a manifest");
    let document = json!({"apiVersion": API_VERSION, "kind": "Policy", "metadata": {"name": "policy"},
        "spec": {"defaults": {"quorum": 300}}});
    assert_eq!(parse(&document).expect_err("invalid"), ["policy/policy: /spec/defaults/quorum: must be at most 16"]);
}

#[test]
fn published_schema_has_every_definition_that_it_refers_to() {
    let published = schema::published();
    let text = published.to_string();
    let definitions = published["definitions"].as_object().expect("definitions");
    for part in text.split("#/definitions/").skip(1) {
        let name = part.split('"').next().expect("a name");
        assert!(definitions[name].is_object(), "{name}");
    }
    assert!(!text.contains("#/components"), "a reference into the contract");
}

#[test]
fn examples_of_the_readme_are_valid() {
    let readme = include_str!("../../README.md");
    let mut kinds = Vec::new();
    for block in readme.split("```yaml\n").skip(1).filter_map(|block| block.split("\n```").next()) {
        if !block.starts_with("apiVersion") {
            continue;
        }
        for document in serde_saphyr::from_multiple::<Value>(block).expect("YAML") {
            kinds.push(parse(&document).expect("a manifest").kind);
        }
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, Kind::ALL);
}

#[test]
fn readme_names_every_field_of_every_kind() {
    let readme = include_str!("../../README.md");
    for kind in Kind::ALL {
        let section = readme
            .split(&format!("### {}\n", kind.word()))
            .nth(1)
            .unwrap_or_else(|| panic!("no section {}", kind.word()));
        let section = section.split("\n##").next().unwrap_or_default();
        let spec = &schema::of(kind)["properties"]["spec"]["properties"];
        for field in spec.as_object().expect("fields").keys() {
            assert!(section.contains(&format!("| `{field}` |")), "{}: {field} is not described", kind.word());
        }
    }
}

#[test]
fn words_are_no_booleans() {
    let text = "apiVersion: centops.ee/v1\nkind: Institution\nmetadata: {name: no}\nspec: {name: yes no on y}\n";
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, yaml()).expect("YAML");
    assert_eq!(parse(&documents[0]).expect("a manifest").name, "no");
}
