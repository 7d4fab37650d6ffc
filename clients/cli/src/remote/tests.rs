use centops_domain::{
    chatbots::{ChatbotUri, Name},
    notifications::{Address, Channel, SubscriptionId},
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::manifest::parse;

fn subscription(institution: Option<&str>, channel: &str, address: &str) -> Manifest {
    let mut spec = json!({"channel": channel, "address": address});
    if let (Some(institution), Some(fields)) = (institution, spec.as_object_mut()) {
        fields.insert("institution".to_owned(), json!(institution));
    }
    let document =
        json!({"apiVersion": "centops.ee/v1", "kind": "Subscription", "metadata": {"name": "on-call"}, "spec": spec});
    parse(&document).expect("a manifest")
}

#[test]
fn id_and_shown_address_are_those_of_the_server() {
    for (channel, text) in [
        (Channel::Mail, "mari.maasikas@RIA.ee"),
        (Channel::Email, "ops@ria.ee"),
        (Channel::Sms, "+37255512345"),
        (Channel::Sqs, "arn:aws:sqs:eu-north-1:000000000000:alerts"),
        (Channel::Slack, "https://Hooks.slack.com/services/T0/B0/secret"),
        (Channel::Webhook, "https://hooks.example.ee:443/a/../b?token={secret}|%"),
        (Channel::Teams, "https://teams.example.ee/õ"),
        (Channel::PagerDuty, "R0123456789abcdef0123456789abcde"),
    ] {
        for institution in [None, Some("tax-board")] {
            let manifest = subscription(institution, channel.as_str(), text);
            let address = Address::new(channel, text).expect("an address");
            let name = institution.map(|name| name.parse::<Name>().expect("a name"));
            let id = SubscriptionId::new(name.as_ref(), &address);
            assert_eq!(address::subscription_id(&manifest), id.to_string(), "{text}");
            assert_eq!(address::shown(&manifest), address.shown(), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn normal_form_of_a_url_is_that_of_the_server(path in "[ -~õ]{0,20}", query in "[ -~õ]{0,20}") {
        let text = format!("HTTPS://Bot.example.ee:443/{}?{}", path.replace('#', ""), query.replace('#', ""));
        if let Ok(uri) = text.parse::<ChatbotUri>() {
            prop_assert_eq!(address::normal_url(&text), uri.as_str());
        }
    }
}

#[test]
fn pending_address_is_the_one_that_was_asked_for() {
    let chatbot = json!({"name": "a", "uri": "https://old.ee/", "pendingUri": "https://new.ee/", "type": "ministry",
        "institution": "b", "contact": "c@d.ee", "status": "Online", "versions": {}});
    let view = view(Kind::Chatbot, &chatbot);
    assert_eq!(
        Value::Object(view),
        json!({"uri": "https://new.ee/", "type": "ministry", "institution": "b", "contact": "c@d.ee"})
    );
}

#[test]
fn change_of_a_chatbot_has_only_what_differs() {
    let spec = json!({"uri": "https://new.ee", "type": "ministry", "institution": "tax", "contact": "c@d.ee"});
    let document =
        json!({"apiVersion": "centops.ee/v1", "kind": "Chatbot", "metadata": {"name": "maks"}, "spec": spec});
    let manifest = parse(&document).expect("a manifest");
    let chatbot = json!({"uri": "https://old.ee/", "type": "ministry", "institution": "tax", "contact": "C@d.ee"});
    let current = Current { id: "maks".to_owned(), etag: None, spec: view(Kind::Chatbot, &chatbot) };
    let found = differences(&manifest, &current).expect("differences");
    let body = body_of_change(&manifest, &current, &found);
    assert_eq!(Value::Object(body), json!({"uri": "https://new.ee/", "contact": "c@d.ee"}));
}

#[test]
fn replaced_objects_keep_what_the_file_does_not_name() {
    let document = json!({"apiVersion": "centops.ee/v1", "kind": "Institution", "metadata": {"name": "tax"},
        "spec": {"name": "Tax Board"}});
    let manifest = parse(&document).expect("a manifest");
    let institution = json!({"id": "tax", "name": "Tax", "status": "Active", "contact": "a@b.ee"});
    let current = Current { id: "tax".to_owned(), etag: None, spec: view(Kind::Institution, &institution) };
    let found = differences(&manifest, &current).expect("differences");
    let body = body_of_change(&manifest, &current, &found);
    assert_eq!(Value::Object(body), json!({"name": "Tax Board", "status": "Active", "contact": "a@b.ee"}));
}

#[test]
fn change_of_a_subscription_has_its_settings_nested() {
    let found = [
        Difference { field: "settings.language".to_owned(), from: None, to: json!("en") },
        Difference { field: "settings.zone".to_owned(), from: None, to: json!("UTC") },
        Difference { field: "paused".to_owned(), from: None, to: json!(true) },
    ];
    assert_eq!(Value::Object(nested(&found)), json!({"settings": {"language": "en", "zone": "UTC"}, "paused": true}));
}

#[test]
fn identity_of_a_subscription_cannot_change() {
    let manifest = subscription(Some("tax"), "mail", "a@b.ee");
    let other =
        json!({"channel": "mail", "address": "x@b.ee", "coverage": {"type": "institution", "institution": "tax"}});
    let current = Current { id: "1".to_owned(), etag: None, spec: view(Kind::Subscription, &other) };
    assert!(matches!(differences(&manifest, &current), Err(CliError::Conflict(text)) if text.contains("address")));
}
