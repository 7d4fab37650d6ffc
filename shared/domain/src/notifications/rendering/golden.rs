//! Whole messages, word by word.

use jiff::SignedDuration;

use super::{
    Renderer,
    confirmation::CodeContent,
    content::MessageContent,
    language::Language,
    samples::{content, links, name, offline, release, time},
    sms::is_one_part,
};
use crate::{
    health::{
        cause::{Cause, Witness},
        detector::Detector,
        window::Counts,
    },
    ingestion::observer::Observer,
    notifications::{
        entry::{Before, Entry, Outage},
        zone::Zone,
    },
    releases::Severity,
};

fn rendered<T>(language: Language, form: impl FnOnce(&Renderer) -> T) -> T {
    form(&Renderer { language, zone: Zone::default(), links: &links() })
}

/// Checks the text of the mail without the last three lines, which are the links and the sender.
fn check_text(language: Language, content: &MessageContent, expected: &str) {
    let text = rendered(language, |renderer| renderer.mail(content)).text;
    let (body, end) = match language {
        Language::Et => text.split_once("\nCentOpsi konsool: https://console.example.ee/\n"),
        Language::En => text.split_once("\nConsole of CentOps: https://console.example.ee/\n"),
    }
    .expect("the links");
    assert_eq!(body, expected);
    let end_expected = match language {
        Language::Et => {
            "Teavituste lõpetamine: https://console.example.ee/unsubscribe?a=1&b=2\nTeate saatis CentOps, Bürokrati võrgu \
             halduskeskus. Teate number: 00000000-0000-0000-0000-000000000007.\n"
        }
        Language::En => {
            "End these notifications: https://console.example.ee/unsubscribe?a=1&b=2\nSent by CentOps, the operations \
             centre of the Bürokratt network. Message: 00000000-0000-0000-0000-000000000007.\n"
        }
    };
    assert_eq!(end, end_expected);
}

fn failing() -> Cause {
    let witness = |observer: &str, by, failed, slow| Witness {
        observer: Observer::try_from(observer.to_owned()).expect("an observer"),
        by,
        counts: Counts { total: 24, failed, slow },
        score: 0,
        recent: vec![],
    };
    Cause::Failing(vec![
        witness("chatbot", Detector::FailureRate, 21, 0),
        witness("dmr:tallinn", Detector::SlowRate, 0, 1),
    ])
}

fn outage() -> MessageContent {
    let since = time("2026-11-23T06:58:00Z");
    content(vec![Entry::Offline {
        chatbot: name("tax-board"),
        since,
        cause: failing(),
        after_planned: false,
        before: None,
    }])
}

#[test]
fn one_chatbot_is_offline() {
    check_text(
        Language::Et,
        &outage(),
        "\
tax-board on võrgust väljas

Asutus: tax-and-customs
Aeg: 23.11.2026 kell 09.00 (Tallinn)

Sõnumid selleni ei jõua. CentOps kontrollib vestlusrobotit korrapäraselt ja taastab ühenduse, kui see vastab.
- tax-board
  Alates: 23.11.2026 kell 08.58 (Tallinn)
  Põhjus: Vestlusroboti enda logi: 21 päringut ebaõnnestus (kokku 24); DMR tallinn: 1 vastus oli liiga aeglane (kokku 24).
",
    );
    check_text(
        Language::En,
        &outage(),
        "\
tax-board is offline

Institution: tax-and-customs
Time: 23 November 2026, 09:00 (Tallinn)

Messages do not reach it. CentOps probes it, and routes messages to it again once it answers.
- tax-board
  Since: 23 November 2026, 08:58 (Tallinn)
  Cause: Its own log saw 21 of 24 fail; DMR tallinn saw 1 of 24 answer slowly.
",
    );
}

#[test]
fn outage_with_a_likely_common_cause_counts_the_chatbots_of_others() {
    let cause = serde_json::json!({
        "shared": {"kind": "version", "component": "ruuter", "version": "2.2.0"}, "affected": 14, "population": 15,
        "othersAffected": 3, "others": 900, "members": 14,
    });
    let common_causes = vec![serde_json::from_value(cause.clone()).expect("a cause")];
    let content = MessageContent { common_causes, ..outage() };
    let et = rendered(Language::Et, |renderer| renderer.mail(&content)).text;
    assert!(et.contains(
        "Aeg: 23.11.2026 kell 09.00 (Tallinn)\nTõenäoline ühine põhjus: ruuter 2.2.0; väljas on 14 vestlusrobotit 15-st, \
         teistest 3 900-st\n"
    ));
    let en = rendered(Language::En, |renderer| renderer.mail(&content)).text;
    assert!(en.contains("Likely common cause: ruuter 2.2.0; 14 of 15 chatbots are offline, and 3 of 900 others\n"));
    let json = rendered(Language::En, |renderer| renderer.json(&content));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["commonCauses"], serde_json::json!([cause]));
}

#[test]
fn several_chatbots_are_back_and_one_has_an_update() {
    let online = |chatbot: &str, minutes| {
        let ended = time("2026-11-23T07:00:00Z");
        let outage = Some(Outage { began: ended - SignedDuration::from_mins(minutes), ended });
        Entry::Online { chatbot: name(chatbot), since: ended, outage, before: None }
    };
    let release = release("ruuter", "2.2.0", Severity::Mandatory, "Parandab  logimist.\n");
    let running = "2.1.0".parse().expect("a version");
    let update = Entry::UpdateAvailable { chatbot: name("parking"), release, running };
    let content = content(vec![update, online("tax-board", 125), online("parking", 1), online("library", 2885)]);
    check_text(
        Language::Et,
        &content,
        "\
tax-board ja veel 2 vestlusrobotit on taas võrgus; veel 1 teade

Asutus: tax-and-customs
Aeg: 23.11.2026 kell 09.00 (Tallinn)

tax-board ja veel 2 vestlusrobotit on taas võrgus
Sõnumid jõuavad nendeni taas.
- tax-board
  Alates: 23.11.2026 kell 09.00 (Tallinn)
  Katkestuse kestus: 2 tundi ja 5 minutit
- parking
  Alates: 23.11.2026 kell 09.00 (Tallinn)
  Katkestuse kestus: 1 minut
- library
  Alates: 23.11.2026 kell 09.00 (Tallinn)
  Katkestuse kestus: 2 päeva

parking: kohustuslik uuendus, ruuter 2.2.0
ruuter 2.2.0 avaldati 22.11.2026 kell 12.00 (Tallinn). Uuendus on kohustuslik. Paigaldage see esimesel võimalusel. \
Märkused: „Parandab logimist.“
- parking
  Praegune versioon: 2.1.0
",
    );
    let mail = rendered(Language::En, |renderer| renderer.mail(&content));
    assert_eq!(mail.subject, "tax-board and 2 more chatbots are back online; 1 more message");
    assert!(mail.text.contains("Length of the outage: 2 hours and 5 minutes\n"), "{}", mail.text);
    assert!(mail.text.contains("\nparking: mandatory update, ruuter 2.2.0\n"), "{}", mail.text);
}

#[test]
fn night_of_short_outages_is_one_summary() {
    let content = content(vec![Entry::ShortOutages {
        chatbot: name("tax-board"),
        count: 2,
        total: SignedDuration::from_secs(95),
        ended: time("2026-11-23T02:10:00Z"),
        before: None,
    }]);
    let subject = |language| rendered(language, |renderer| renderer.mail(&content)).subject;
    assert_eq!(subject(Language::Et), "tax-board: 2 lühikest katkestust, praegu on kõik korras");
    assert_eq!(subject(Language::En), "tax-board: 2 short outages, all is well now");
    check_text(
        Language::En,
        &content,
        "\
tax-board: 2 short outages, all is well now

Institution: tax-and-customs
Time: 23 November 2026, 09:00 (Tallinn)

The outages are over. You need not act.
- tax-board
  Outages: 2
  Total length: 1 minute and 35 seconds
  Last one ended: 23 November 2026, 04:10 (Tallinn)
",
    );
}

#[test]
fn text_messages() {
    let sms = |language, entries| rendered(language, |renderer| renderer.sms(&content(entries)));
    let two = || vec![offline("tax-board"), offline("parking"), offline("library"), Entry::Test];
    for (language, entries, expected) in [
        (
            Language::Et,
            vec![offline("tax-board")],
            "CentOps: tax-board ei ole kättesaadav alates 23.11.2026 kell 09.00 (Tallinn). Loobu: \
             https://console.example.ee/unsubscribe?a=1&b=2",
        ),
        (
            Language::En,
            vec![offline("tax-board")],
            "CentOps: tax-board is offline since 23 November 2026, 09:00 (Tallinn). Stop: \
             https://console.example.ee/unsubscribe?a=1&b=2",
        ),
        (
            Language::Et,
            two(),
            "CentOps: tax-board ja veel 2 vestlusrobotit ei ole kättesaadavad. Lisaks veel 1 teade. Loobu: \
             https://console.example.ee/unsubscribe?a=1&b=2",
        ),
        (
            Language::En,
            two(),
            "CentOps: tax-board and 2 more chatbots are offline. Also 1 more message. Stop: \
             https://console.example.ee/unsubscribe?a=1&b=2",
        ),
    ] {
        assert_eq!(sms(language, entries), expected);
    }
}

#[test]
fn json_body() {
    let body = rendered(Language::En, |renderer| renderer.json(&outage()));
    let mut body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let text = body["text"].take();
    assert!(text.as_str().expect("a text").starts_with("tax-board is offline\n"), "{text}");
    let expected = serde_json::json!({
        "id": "00000000-0000-0000-0000-000000000007",
        "at": "2026-11-23T07:00:00Z",
        "institution": "tax-and-customs",
        "importance": "critical",
        "language": "en",
        "subject": "tax-board is offline",
        "text": null,
        "commonCauses": [],
        "entries": [{
            "type": "chatbot-offline",
            "importance": "critical",
            "chatbot": "tax-board",
            "since": "2026-11-23T06:58:00Z",
            "cause": "Its own log saw 21 of 24 fail; DMR tallinn saw 1 of 24 answer slowly.",
        }],
        "omitted": 0,
    });
    assert_eq!(body, expected);
}

#[test]
fn end_of_an_outage_resolves_the_alert_of_its_beginning() {
    let (began, ended) = (time("2026-11-23T06:58:00Z"), time("2026-11-23T07:00:00Z"));
    let outage = Some(Outage { began, ended });
    let before = Some(Before::Offline { since: began });
    let end = content(vec![Entry::Online { chatbot: name("tax-board"), since: ended, outage, before }]);
    let [first, last] = [&self::outage(), &end].map(|content| {
        let events = rendered(Language::En, |renderer| renderer.pagerduty(content));
        let event: serde_json::Value = serde_json::from_str(&events[0].body("secret")).expect("JSON");
        let body = rendered(Language::En, |renderer| renderer.alertmanager(content));
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        (event, body)
    });
    assert_eq!((&first.0["event_action"], &last.0["event_action"]), (&"trigger".into(), &"resolve".into()));
    assert_eq!(first.0["dedup_key"], last.0["dedup_key"]);
    assert_eq!(first.0["dedup_key"], "offline:tax-board:1795417080000");
    assert_eq!(first.0["routing_key"], "secret");
    assert_eq!(first.0["payload"]["severity"], "critical");
    assert_eq!((&first.1["status"], &last.1["status"]), (&"firing".into(), &"resolved".into()));
    let (first, last) = (&first.1["alerts"][0], &last.1["alerts"][0]);
    assert_eq!(first["fingerprint"], last["fingerprint"]);
    assert_eq!(first["labels"], last["labels"]);
    assert_eq!(
        (&first["startsAt"], &last["startsAt"]),
        (&"2026-11-23T06:58:00Z".into(), &"2026-11-23T06:58:00Z".into())
    );
    assert_eq!((&first["endsAt"], &last["endsAt"]), (&"0001-01-01T00:00:00Z".into(), &"2026-11-23T07:00:00Z".into()));
}

fn code(institution: Option<&crate::chatbots::name::Name>) -> CodeContent<'_> {
    CodeContent { code: "012345", valid_for: SignedDuration::from_mins(15), institution }
}

#[test]
fn code_for_a_phone_is_one_part_for_every_institution() {
    let longest = name(&"a".repeat(64));
    for (institution, et, en) in [
        (
            Some(name("tax")),
            "CentOps: kood 012345 kinnitab, et siia saadetakse teated (tax). Kehtib 15 minutit.",
            "CentOps: code 012345 confirms that messages are sent here (tax). Valid for 15 minutes.",
        ),
        (
            None,
            "CentOps: kood 012345 kinnitab, et siia saadetakse teated (CentOps). Kehtib 15 minutit.",
            "CentOps: code 012345 confirms that messages are sent here (CentOps). Valid for 15 minutes.",
        ),
    ] {
        let sms = |language| rendered(language, |renderer| renderer.code_sms(&code(institution.as_ref())));
        assert_eq!(sms(Language::Et), et);
        assert_eq!(sms(Language::En), en);
    }
    for language in [Language::Et, Language::En] {
        let text = rendered(language, |renderer| renderer.code_sms(&code(Some(&longest))));
        assert!(is_one_part(&text) && text.contains("15 minut") && text.ends_with('.'), "{text}");
    }
}

#[test]
fn code_in_a_mail_is_explained() {
    let tax = name("tax");
    let mail = rendered(Language::En, |renderer| renderer.code_mail(&code(Some(&tax))));
    assert_eq!(mail.subject, "Code that confirms notifications of CentOps");
    let start = "Code that confirms notifications of CentOps\n\nCode: 012345\nValid for: 15 minutes\nInstitution: tax\n\n\
                 Somebody wants CentOps to send messages about chatbots here.";
    assert!(mail.text.starts_with(start), "{}", mail.text);
    assert!(mail.html.contains("<li>Code: 012345</li>"), "{}", mail.html);
    let mail = rendered(Language::Et, |renderer| renderer.code_mail(&code(None)));
    assert!(mail.text.contains("\nKood: 012345\nKehtib: 15 minutit\n\nKeegi soovib"), "{}", mail.text);
}

#[test]
fn code_in_teams_is_a_card() {
    let message = rendered(Language::Et, |renderer| renderer.code_teams(&code(None)));
    let message: serde_json::Value = serde_json::from_str(&message).expect("json");
    let card = &message["attachments"][0]["content"];
    assert_eq!((&message["type"], &card["type"]), (&"message".into(), &"AdaptiveCard".into()));
    assert_eq!(card["body"][1]["inlines"][0]["text"], "Kood: 012345");
}
