//! Properties of every form, for arbitrary content.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::Value;

use super::{
    Renderer,
    body::MAX_EVENTS,
    content::{Links, MessageContent},
    group::{chatbot, groups},
    language::Language,
    limits::{MAX_ALERTMANAGER, MAX_HTML, MAX_JSON, MAX_SLACK, MAX_TEAMS, MAX_TEXT},
    pagerduty::{MAX_KEY, MAX_SUMMARY},
    samples::{HOSTILE, any_content, any_zone, content, every_kind, links, storm},
    slack::{MAX_BLOCK_TEXT, MAX_BLOCKS, MAX_HEADER},
    sms::is_one_part,
};
use crate::notifications::{entry::Entry, zone::Zone};

const LANGUAGES: [Language; 2] = [Language::Et, Language::En];

/// Renders in every language, with and without links.
fn for_each_renderer(mut check: impl FnMut(Renderer)) {
    for language in LANGUAGES {
        for links in [links(), Links::default()] {
            check(Renderer { language, zone: Zone::default(), links: &links });
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Returns the names of the elements that are open at the end, and fails at an element that is not closed in order or
/// that a mail must not have.
fn check_html(html: &str) {
    let body = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut open: Vec<&str> = vec![];
    for tag in body.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap_or_else(|| panic!("a tag that does not end: {tag}"));
        assert!(!text.contains('>') || open.last() == Some(&"style"), "markup in a text: {text}");
        let element = tag.split([' ', '\n']).next().unwrap_or_default();
        match element.strip_prefix('/') {
            Some(element) => assert_eq!(open.pop(), Some(element)),
            None if element == "meta" => {}
            None => {
                assert!(!["script", "img", "link", "iframe", "form", "svg"].contains(&element), "{element}");
                open.push(element);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!html.contains("src=") && !html.contains("url("), "nothing is loaded");
}

/// Checks the form of a mail.
fn check_mail(renderer: &Renderer, content: &MessageContent) {
    let mail = renderer.mail(content);
    let length = mail.subject.chars().count();
    assert!((1..100).contains(&length), "{length}: {}", mail.subject);
    assert!(!mail.subject.chars().any(char::is_control), "{:?}", mail.subject);
    assert!(mail.text.len() <= MAX_TEXT && mail.html.len() <= MAX_HTML, "{} {}", mail.text.len(), mail.html.len());
    assert!(!mail.text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", mail.text);
    check_html(&mail.html);
    assert!(mail.html.contains(&format!("<html lang=\"{}\">", renderer.language.as_str())));
    assert_eq!(mail.html.matches("<h1").count(), 1);
}

/// Checks the bodies that are JSON.
fn check_json(renderer: &Renderer, content: &MessageContent) {
    let total = content.entries.len();
    let body = renderer.json(content);
    assert!(body.len() <= MAX_JSON, "{}", body.len());
    let body = json(&body);
    let shown = body["entries"].as_array().expect("entries").len();
    assert_eq!(u64::try_from(total - shown).ok(), body["omitted"].as_u64());
    assert!(shown > 0 || total == 0, "one entry always fits");

    let body = renderer.alertmanager(content);
    assert!(body.len() <= MAX_ALERTMANAGER, "{}", body.len());
    let body = json(&body);
    assert!(total > MAX_EVENTS || body["truncatedAlerts"] == 0, "{total} entries fit: {body}");
    let alerts = body["alerts"].as_array().expect("alerts");
    let firing = alerts.iter().any(|alert| alert["status"] == "firing");
    assert_eq!(body["status"] == "firing", firing);
    for (label, value) in body["commonLabels"].as_object().expect("labels") {
        assert!(alerts.iter().all(|alert| alert["labels"][label] == *value), "{label}");
    }

    let body = renderer.teams(content);
    assert!(body.len() <= MAX_TEAMS, "{}", body.len());
    let body = json(&body);
    let blocks = body["attachments"][0]["content"]["body"].as_array().expect("a body");
    assert!(blocks.iter().all(|block| block["type"] == "RichTextBlock"), "no Markdown is read");

    let events = renderer.pagerduty(content);
    assert!((total..=2 * total).contains(&events.len()), "an entry is one event, or the end of an alert and one");
    for event in events {
        let event = json(&event.body("key"));
        let length = |value: &Value| value.as_str().expect("a text").chars().count();
        assert!((1..=MAX_KEY).contains(&length(&event["dedup_key"])), "{event}");
        if event["event_action"] == "trigger" {
            assert!((1..=MAX_SUMMARY).contains(&length(&event["payload"]["summary"])), "{event}");
        }
    }
}

fn check_slack(renderer: &Renderer, content: &MessageContent) {
    let message = renderer.slack(content);
    assert!(message.len() <= MAX_SLACK, "{}", message.len());
    let message = json(&message);
    let blocks = message["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= MAX_BLOCKS, "{}", blocks.len());
    let texts = blocks.iter().map(|block| match block["type"].as_str() {
        Some("context") => &block["elements"][0]["text"],
        _ => &block["text"]["text"],
    });
    let texts: Vec<_> = texts.map(|text| text.as_str().expect("a text")).collect();
    let allowed = ["<https://console.example.ee/|", "<https://console.example.ee/unsubscribe?a=1&amp;b=2|"];
    for text in texts.iter().copied().chain(message["text"].as_str()) {
        assert!((1..=MAX_BLOCK_TEXT).contains(&text.chars().count()), "{text}");
        let markup = text.matches('<').count();
        assert_eq!(markup, usize::from(allowed.iter().any(|link| text.starts_with(link))), "{text}");
        let entities = ["amp;", "lt;", "gt;"];
        let escaped = |rest: &str| entities.iter().any(|entity| rest.starts_with(entity));
        assert!(text.split('&').skip(1).all(escaped), "{text}");
    }
    for header in blocks.iter().filter(|block| block["type"] == "header") {
        let text = header["text"]["text"].as_str().expect("a text");
        assert!(text.chars().count() <= MAX_HEADER, "{text}");
    }
}

/// Checks every form of `content`.
fn check(renderer: &Renderer, content: &MessageContent) {
    check_mail(renderer, content);
    check_json(renderer, content);
    check_slack(renderer, content);
    let sms = renderer.sms(content);
    assert!(is_one_part(&sms), "{sms:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_form_is_within_its_limits(content in any_content(), zone in any_zone(), et: bool, linked: bool) {
        let language = if et { Language::Et } else { Language::En };
        let links = if linked { links() } else { Links::default() };
        check(&Renderer { language, zone, links: &links }, &content);
    }

    #[test]
    fn groups_hold_every_entry_once_and_the_most_important_first(content in any_content()) {
        let groups = groups(&content.entries);
        let grouped: Vec<_> = groups.iter().flat_map(super::group::Group::entries).collect();
        prop_assert_eq!(grouped.len(), content.entries.len());
        let addresses: HashSet<_> = grouped.iter().map(|entry| std::ptr::from_ref(*entry)).collect();
        prop_assert_eq!(addresses.len(), grouped.len());
        prop_assert!(grouped.is_sorted_by_key(|entry| std::cmp::Reverse(entry.importance())));
        let topics: HashSet<_> = groups.iter().map(|group| format!("{:?}", group.topic)).collect();
        prop_assert_eq!(topics.len(), groups.len(), "one group a topic");
    }

    #[test]
    fn document_shows_as_many_entries_as_allowed_and_first_one_of_each_group(content in any_content(), most in 0..70_usize) {
        let links = links();
        let renderer = Renderer { language: Language::En, zone: Zone::default(), links: &links };
        let document = renderer.document(&content, most);
        let shown: usize = document.sections.iter().map(|section| section.entries.len()).sum();
        prop_assert_eq!(shown, most.min(content.entries.len()));
        prop_assert_eq!(document.omitted_count, content.entries.len() - shown);
        prop_assert_eq!(document.sections.len(), most.min(groups(&content.entries).len()));
    }

    #[test]
    fn every_chatbot_is_named_in_the_mail(content in any_content()) {
        let links = links();
        for language in LANGUAGES {
            let mail = Renderer { language, zone: Zone::default(), links: &links }.mail(&content);
            for name in content.entries.iter().filter_map(chatbot) {
                prop_assert!(mail.text.contains(name.as_str()), "{}", name);
                prop_assert!(mail.html.contains(name.as_str()), "{}", name);
            }
        }
    }
}

#[test]
fn storm_is_cut_with_a_count() {
    let (storm, links) = (storm(10_000), links());
    let renderer = Renderer { language: Language::Et, zone: Zone::default(), links: &links };
    check(&renderer, &storm);
    let mail = renderer.mail(&storm);
    let shown = mail.text.matches("\n- ").count();
    assert!(shown > 200, "{shown}");
    assert!(mail.text.contains(&format!("Siin ei ole näidatud veel {} teadet.", 10_000 - shown)), "{shown}");
    assert_eq!(mail.subject, "10000 vestlusrobotit on võrgust väljas");
}

#[test]
fn storm_does_not_hide_other_news() {
    let mut content = storm(10_000);
    content.entries.extend(every_kind(64));
    let links = links();
    for language in LANGUAGES {
        let renderer = Renderer { language, zone: Zone::default(), links: &links };
        let body = json(&renderer.json(&content));
        let types = body["entries"].as_array().expect("entries").iter().map(|entry| entry["type"].to_string());
        assert!(types.collect::<HashSet<_>>().len() > 10, "{body}");
    }
}

#[test]
fn message_without_entries_refers_to_the_console() {
    for_each_renderer(|renderer| {
        let content = content(vec![]);
        check(&renderer, &content);
        let mail = renderer.mail(&content);
        assert!(mail.text.contains(renderer.words().say("konsoolist", "See the console")), "{}", mail.text);
    });
}

#[test]
fn hostile_text_is_shown_escaped() {
    let entries = vec![
        Entry::SubscriptionFailing { channel: "mail", address: "a".to_owned(), error: HOSTILE.to_owned() },
        every_kind(8).swap_remove(0),
    ];
    let content = content(entries);
    for_each_renderer(|renderer| {
        let mail = renderer.mail(&content);
        assert!(mail.html.contains("&lt;script&gt;&amp;&quot;&#39;"), "{}", mail.html);
        assert!(!mail.html.contains("<script>&") && !mail.html.contains("<!channel>"), "{}", mail.html);
        assert!(mail.text.contains("<script>&\"'"), "plain text is not escaped: {}", mail.text);
        let slack = renderer.slack(&content);
        assert!(slack.contains("&lt;script&gt;&amp;") && !slack.contains("<script>") && !slack.contains("<!channel>"));
        for text in [&mail.text, &mail.html, &slack, &renderer.json(&content), &renderer.teams(&content)] {
            assert!(!text.contains('\u{202e}') && !text.contains('\0') && !text.contains("\\u0000"), "{text}");
        }
    });
}

#[test]
fn text_message_of_every_kind_with_the_longest_names_is_complete() {
    for_each_renderer(|renderer| {
        for entry in every_kind(64) {
            for count in [1, 2, 9_999] {
                let free = matches!(entry, Entry::SubscriptionFailing { .. });
                let sms = renderer.sms(&content(vec![entry.clone(); count]));
                assert!(is_one_part(&sms), "{sms}");
                let text = sms.replace("unsubscribe?", "");
                assert!(free || !text.contains('?'), "a character outside the alphabet: {sms}");
                let with_link = sms.contains("https://");
                assert!(sms.ends_with('.') || with_link, "cut: {sms}");
                let letters = sms.trim_start_matches("CentOps: ").trim_start_matches("DMR ");
                let named = ["aaaa", "cccc", "dddd", "iiii"].iter().any(|start| letters.starts_with(start));
                let nameless =
                    free || matches!(entry, Entry::Test | Entry::PlannedOutage { .. } | Entry::Operational(_));
                let nameless = nameless || count > 1;
                assert!(named || nameless, "{sms}");
            }
        }
    });
}
