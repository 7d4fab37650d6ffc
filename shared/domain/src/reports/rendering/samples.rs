//! Reports for tests and for the check of accessibility.

use jiff::{SignedDuration, Timestamp};

use crate::{
    chatbots::{Chatbot, ChatbotType, NewChatbot, Status, Versions},
    health::{Cause, CheckReason, Minute, control::ControlMode},
    incidents::{Action, Attempt, Condition, Family, Incident, IncidentId, Resolution, ResolvedBy, State, Subject},
    notifications::{Address, Channel, Coverage, Enrolment, SettingsChange, Subscription, Zone},
    outages::{Covered, OutageId, Window, Windows},
    releases::{Severity, Update},
    reports::{Bound, Change, ChatbotFacts, InstitutionFacts, Report, ReportPeriod, SilenceFacts, SilenceReport},
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-30T07:30:00Z")
}

fn chatbot(name: &str, status: Status, since: &str) -> Chatbot {
    let new = NewChatbot {
        name: name.parse().expect("a name"),
        uri: "https://bot.example.ee/".parse().expect("a URL"),
        kind: ChatbotType::Institution,
        institution: "tax-board".parse().expect("a name"),
        contact: "owner@example.ee".to_owned().try_into().expect("a contact"),
        versions: Versions::default(),
    };
    Chatbot::enrol(new, at("2026-01-15T08:00:00Z")).with_status(status, at(since))
}

pub(crate) fn facts(name: &str, changes: &[(&str, Change)]) -> ChatbotFacts {
    let changes: Vec<_> = changes.iter().map(|(time, change)| (at(time), *change)).collect();
    ChatbotFacts {
        chatbot: chatbot(name, Status::Online, "2026-01-15T08:05:00Z"),
        control: None,
        kept_since: now() - SignedDuration::from_hours(90 * 24),
        changes,
        observations: [Minute::default(), Minute::default()],
        updates: vec![],
        certificate_ends: None,
    }
}

pub(crate) fn offline() -> Change {
    Change::Status { before: Some(Status::Online), status: Status::Offline }
}

pub(crate) fn online() -> Change {
    Change::Status { before: Some(Status::Offline), status: Status::Online }
}

fn window(start: &str, end: &str) -> Window {
    let enrolled_at = at("2026-01-15T08:00:00Z");
    let chosen = Enrolment { name: "tax-chat".parse().expect("a name"), enrolled_at };
    Window {
        outage: OutageId::new(now(), &[7; 10]),
        chatbots: Covered::Chosen([chosen].into()),
        start: at(start),
        end: at(end),
        planned_end: at(end),
        confirmed_at: at("2026-11-01T00:00:00Z"),
        early_end: None,
    }
}

/// Returns a suspected incident of the chatbot `name`, which went offline at `began` and is.
pub(crate) fn incident(name: &str, began: &str) -> Incident {
    let began = at(began);
    let subject = Subject::Chatbot {
        chatbot: Enrolment { name: name.parse().expect("a name"), enrolled_at: at("2026-01-15T08:00:00Z") },
        institution: "tax-board".parse().expect("a name"),
    };
    Incident {
        first_failed: began - SignedDuration::from_secs(20),
        cause: Some(Cause::Unanswered(CheckReason::Silence)),
        family: Some(Family::Unreachable),
        assignee: Some("EE60001019906".to_owned()),
        ..Incident::new(IncidentId::new(began, name), subject, began)
    }
}

/// Returns an incident that was resolved, and one that was transient.
fn incidents() -> Vec<Incident> {
    let back = at("2026-11-24T11:05:00Z");
    let resolved = Incident {
        state: State::Resolved,
        condition: Condition::Up(back),
        opened_at: Some(at("2026-11-24T10:00:05Z")),
        first_acknowledged_at: Some(at("2026-11-24T10:04:05Z")),
        resolution: Some(Resolution { at: back, by: ResolvedBy::Itself }),
        action: Some(Attempt { action: Action::Restarted, helped: true }),
        ..incident("tax-chat", "2026-11-24T10:00:00Z")
    };
    let is_back = Condition::Up(at("2026-11-25T09:00:20Z"));
    vec![
        Incident { state: State::Transient, condition: is_back, ..incident("tax-chat", "2026-11-25T09:00:00Z") },
        resolved,
    ]
}

fn failing() -> Subscription {
    let address = Address::new(Channel::Mail, "mari@example.ee").expect("an address");
    let coverage = Coverage::Institution { institution: "tax-board".parse().expect("a name") };
    let new = Subscription::new(address, coverage, SettingsChange::default(), at("2026-11-01T00:00:00Z"));
    let new = new.confirmed(at("2026-11-01T00:05:00Z")).expect("confirmed");
    new.failed("550 <no such user>".to_owned(), at("2026-11-20T10:00:00Z")).expect("failed")
}

/// Returns the facts of an institution of which a week has something of everything.
pub(crate) fn eventful() -> InstitutionFacts {
    let version = |text: &str| text.parse().expect("a version");
    let update = Update {
        component: "ruuter".parse().expect("a name"),
        running: version("2.1.0"),
        latest: version("2.2.0"),
        severity: Severity::Mandatory,
    };
    let forced = Change::Control(ControlMode::ForceOffline);
    let outages = [
        ("2026-11-18T10:00:00Z", offline()),
        ("2026-11-18T10:30:00Z", online()),
        ("2026-11-24T10:00:00Z", offline()),
        ("2026-11-24T11:05:00Z", online()),
        ("2026-11-26T20:00:00Z", forced),
        ("2026-11-26T20:00:00Z", Change::Status { before: None, status: Status::Offline }),
        ("2026-11-26T20:20:00Z", Change::ControlEnded),
        ("2026-11-26T20:20:40Z", online()),
    ];
    let tax = ChatbotFacts {
        updates: vec![update],
        certificate_ends: Some(at("2026-12-20T00:00:00Z")),
        ..facts("tax-chat", &outages)
    };
    let mut new = facts("tax-forms", &[]);
    new.chatbot = chatbot("tax-forms", Status::Unknown, "2026-01-15T08:00:00Z");
    InstitutionFacts {
        id: "tax-board".parse().expect("a name"),
        name: "Maksu- ja Tolliamet <b>&".to_owned(),
        chatbots: vec![new, tax],
        windows: Windows::new(vec![
            window("2026-11-24T10:30:00Z", "2026-11-24T12:00:00Z"),
            window("2026-12-05T20:00:00Z", "2026-12-05T22:00:00Z"),
        ]),
        subscriptions: vec![failing()],
        incidents: Some(incidents()),
    }
}

/// Returns the facts of an institution whose chatbots had no outage.
pub(crate) fn quiet() -> InstitutionFacts {
    let id = "police".parse().expect("a name");
    let name = "Politsei- ja Piirivalveamet".to_owned();
    InstitutionFacts {
        id,
        name,
        chatbots: vec![facts("police", &[])],
        windows: Windows::default(),
        subscriptions: vec![],
        incidents: Some(vec![]),
    }
}

pub(crate) fn report(facts: InstitutionFacts) -> Report {
    let bound = |text: &str| Some(text.parse::<Bound>().expect("a bound"));
    let zone = Zone::default();
    let period = ReportPeriod::new(bound("2026-11-23"), bound("2026-11-30"), zone, now()).expect("a period");
    Report::new(facts, period, zone, now())
}

/// Returns a report about silence with a row in each group.
pub(crate) fn silence() -> SilenceReport {
    let time = |text: &str| Some(at(text));
    let subscription = failing();
    let pending = Subscription::new(
        subscription.address.clone(),
        subscription.coverage.clone(),
        SettingsChange::default(),
        at("2026-11-20T00:00:00Z"),
    );
    let chatbots = vec![
        (chatbot("quiet", Status::Online, "2026-02-01T00:00:00Z"), time("2026-10-01T09:00:00Z")),
        (chatbot("gone", Status::Offline, "2026-10-02T00:00:00Z"), time("2026-10-02T09:00:00Z")),
        (chatbot("never", Status::Unknown, "2026-01-15T08:00:00Z"), None),
        (chatbot("busy", Status::Online, "2026-02-01T00:00:00Z"), time("2026-11-30T07:00:00Z")),
    ];
    let name = |text: &str| text.parse().expect("a name");
    let dmrs = vec![
        (name("dmr-tartu"), at("2026-01-01T00:00:00Z"), time("2026-10-01T00:00:00Z")),
        (name("dmr-tallinn"), at("2026-01-01T00:00:00Z"), Some(now())),
        (name("dmr-new"), at("2026-11-20T00:00:00Z"), None),
    ];
    SilenceReport::new(SilenceFacts { chatbots, dmrs, subscriptions: vec![pending, subscription] }, now())
}
