//! The reports of the example.

use centops_domain::{
    chatbots::{Chatbot, Name, Status},
    incidents::Incident,
    notifications::{Coverage, Language, Links, NewSubscription, Subscription, Zone},
    outages::{Covered, OutageId, Window, Windows},
    releases::{Severity, Update},
    reports::{Bound, Change, ChatbotFacts, InstitutionFacts, Report, ReportPeriod, SilenceFacts, SilenceReport},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Returns the HTML of each report in `language`, with its name: pages and mails.
pub fn reports(language: Language, links: &Links) -> Vec<(&'static str, String)> {
    let (eventful, quiet) = (report(facts(40, true)), report(facts(1, false)));
    let mail = |report: &Report| report.mail(language, links).expect("a mail").html;
    let silent = |facts| SilenceReport::new(facts, now()).mail(language, Zone::default(), links).html;
    vec![
        ("report-page", eventful.page(language, &Links::default())),
        ("report-mail", mail(&eventful)),
        ("report-quiet", mail(&quiet)),
        ("report-silence", silent(silence())),
        ("report-no-silence", silent(SilenceFacts::default())),
    ]
}

fn report(facts: InstitutionFacts) -> Report {
    let bound = |text: &str| Some(text.parse::<Bound>().expect("a bound"));
    let period = ReportPeriod::new(bound("2026-11-16"), bound("2026-11-23"), Zone::default(), now());
    Report::new(facts, period.expect("a period"), Zone::default(), now())
}

fn facts(count: usize, has_everything: bool) -> InstitutionFacts {
    let chatbots = (0..count).map(|number| chatbot_facts(number, has_everything)).collect();
    let failing = subscription().failed("550 <no such user>".to_owned(), at("2026-11-20T10:00:00Z"));
    InstitutionFacts {
        id: name("tax-and-customs"),
        name: "Maksu- ja Tolliamet <b>&\"".to_owned(),
        chatbots,
        windows: Windows::new(if has_everything { vec![window()] } else { vec![] }),
        subscriptions: if has_everything { vec![failing.expect("failing")] } else { vec![] },
        incidents: Some(if has_everything { vec![incident()] } else { vec![] }),
    }
}

fn chatbot_facts(number: usize, has_everything: bool) -> ChatbotFacts {
    let version = |text: &str| text.parse().expect("a version");
    let update = Update {
        component: name("ruuter"),
        running: version("2.1.0"),
        latest: version("2.2.0"),
        severity: Severity::Critical,
    };
    let offline = Change::Status { before: Some(Status::Online), status: Status::Offline };
    let online = Change::Status { before: Some(Status::Offline), status: Status::Online };
    let outage = vec![(at("2026-11-18T10:00:00Z"), offline), (at("2026-11-18T10:47:11Z"), online)];
    ChatbotFacts {
        chatbot: chatbot(&format!("{number:02}-{}", "x".repeat(60)), Status::Online),
        control: None,
        kept_since: at("2026-08-25T00:00:00Z"),
        changes: if has_everything { outage } else { vec![] },
        observations: Default::default(),
        updates: if has_everything { vec![update] } else { vec![] },
        certificate_ends: has_everything.then(|| at("2026-12-20T00:00:00Z")),
    }
}

fn incident() -> Incident {
    let incident = json!({
        "id": "019a8f3e-1a80-7abc-8def-0123456789ab", "chatbot": {"name": "tax-chat", "enrolledAt": "2026-01-15T08:00:00Z"},
        "institution": "tax-and-customs", "state": "resolved", "condition": {"status": "up", "since": "2026-11-18T10:47:11Z"},
        "began": "2026-11-18T10:00:00Z", "firstFailed": "2026-11-18T09:59:40Z", "family": "unreachable",
        "openedAt": "2026-11-18T10:00:05Z", "firstAcknowledgedAt": "2026-11-18T10:04:05Z",
        "resolution": {"at": "2026-11-18T10:47:11Z", "by": "itself"}, "action": {"action": "restarted", "helped": true},
        "asOf": "2026-11-18T10:47:11Z",
    });
    serde_json::from_value(incident).expect("an incident")
}

fn silence() -> SilenceFacts {
    let heard = Some(at("2026-10-01T09:00:00Z"));
    SilenceFacts {
        chatbots: vec![
            (chatbot("quiet", Status::Online), heard),
            (chatbot("gone", Status::Offline), heard),
            (chatbot("never", Status::Unknown), None),
        ],
        dmrs: vec![(name("dmr-tartu"), at("2026-01-01T00:00:00Z"), heard)],
        subscriptions: vec![subscription_at("2026-11-20T00:00:00Z")],
    }
}

fn window() -> Window {
    let (start, end) = (at("2026-11-28T20:00:00Z"), at("2026-11-28T22:00:00Z"));
    Window {
        outage: OutageId::new(now(), &[7; 10]),
        chatbots: Covered::All,
        start,
        end,
        planned_end: end,
        confirmed_at: start - SignedDuration::from_hours(48),
        early_end: None,
    }
}

fn chatbot(text: &str, status: Status) -> Chatbot {
    let new = json!({
        "name": text, "uri": "https://bot.example.ee/", "type": "institution", "institution": "tax-and-customs",
        "contact": "owner@example.ee",
    });
    let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), at("2026-01-15T08:00:00Z"));
    new.with_status(status, at("2026-01-15T08:05:00Z"))
}

fn subscription() -> Subscription {
    let new = subscription_at("2026-11-01T00:00:00Z");
    new.confirmed(at("2026-11-01T00:05:00Z")).expect("confirmed")
}

fn subscription_at(requested: &str) -> Subscription {
    let new = json!({"channel": "mail", "address": "mari@example.ee", "institution": "tax-and-customs"});
    let new: NewSubscription = serde_json::from_value(new).expect("a request");
    let coverage = Coverage::Institution { institution: name("tax-and-customs") };
    Subscription::new(new.address().expect("an address"), coverage, new.settings, at(requested))
}

fn now() -> Timestamp {
    at("2026-11-23T07:30:00Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
