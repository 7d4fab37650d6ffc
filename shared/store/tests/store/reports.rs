//! The facts that reports are made of, and the messages of reports.

use centops_domain::{
    chatbots::{Chatbot, Name, Status},
    credentials::Profile,
    health::{Batch, DaySummary, Minute},
    notifications::{Coverage, Enrolment, NewSubscription, Subscription, Zone},
    reports::{ChatbotFacts, InstitutionFacts, Period, Report, ReportPeriod, SilenceReport},
};
use centops_store::{
    StoreError,
    chatbots::ChatbotFilter,
    notifications::{Message, MessageState, Queued},
    reports::{DAYS_RETENTION, DaysProgress},
};
use jiff::{SignedDuration, Timestamp, civil::date};

use crate::support::{Table, after, batch, certify, chatbot_of, force_offline, name, outage, register_dmr, start};

const DAY: i64 = 86_400;

fn all_of(institution: &str) -> Coverage {
    Coverage::Institution { institution: name(institution) }
}

fn period(from: i64, to: i64) -> ReportPeriod {
    let own = Period { start: after(from), end: after(to) };
    ReportPeriod { own, before: Period { start: after(from - (to - from)), end: after(from) } }
}

async fn facts(table: &Table, period: ReportPeriod, now: Timestamp) -> InstitutionFacts {
    let (id, coverage) = (name("tax-board"), all_of("tax-board"));
    table.store.institution_facts(&id, &coverage, period, Zone::default(), now).await.expect("facts")
}

async fn facts_of(table: &Table, chatbot: &str, period: ReportPeriod, now: Timestamp) -> ChatbotFacts {
    let facts = facts(table, period, now).await.chatbots.into_iter();
    facts.into_iter().find(|one| one.chatbot.name == name(chatbot)).expect("the chatbot")
}

async fn observe(table: &Table, name: &Name, batches: &[Batch], now: Timestamp) {
    table.store.observe(name, batches, &table.policy, now, 0.0).await.expect("observed");
}

async fn stored(table: &Table, name: &Name) -> Chatbot {
    table.store.chatbot(name).await.expect("a chatbot").value
}

#[tokio::test]
async fn report_has_the_outages_that_the_events_say() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    observe(&table, &tax, &outage(1, after(1000)), after(1000)).await;
    assert_eq!(stored(&table, &tax).await.status, Status::Offline);
    table.probe(&tax, true, after(1200)).await;
    assert_eq!(stored(&table, &tax).await.status, Status::Online);
    force_offline(&table, &table.store, &tax, after(2000)).await;
    let period = period(0, 3000);
    let report = Report::new(facts(&table, period, after(3000)).await, period, Zone::default(), after(3000));
    let own = report.rows[0].own;
    let seconds = SignedDuration::from_secs;
    assert_eq!((own.availability.total, own.availability.offline), (seconds(3000), seconds(1200)));
    assert_eq!((own.availability.forced, own.outages.count), (seconds(1000), 2));
    assert_eq!(own.requests, 20, "those of the DMR");
    assert_eq!(report.rows[0].before.availability.total, seconds(0), "before the enrolment");
}

#[tokio::test]
async fn status_is_known_although_the_events_before_are_no_longer_kept() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    observe(&table, &tax, &outage(1, after(50 * DAY)), after(50 * DAY)).await;
    table.probe(&tax, true, after(50 * DAY + 200)).await;
    // 90 days later the events are not read, though the table may still have them.
    let (now, period) = (after(150 * DAY), period(140 * DAY, 147 * DAY));
    let report = Report::new(facts(&table, period, now).await, period, Zone::default(), now);
    assert_eq!(report.rows[0].own.availability.hundredths(), Some(10_000));
    let early = self::period(55 * DAY, 62 * DAY);
    let report = Report::new(facts(&table, early, now).await, early, Zone::default(), now);
    assert_eq!(report.rows[0].own.availability.hundredths(), Some(10_000), "since it came back");
    assert_eq!(report.rows[0].before.availability.offline, SignedDuration::ZERO, "what was before is unknown");
    assert!(report.rows[0].before.availability.unknown > SignedDuration::ZERO);
}

/// Reports `tax` each hour for three days, and returns its minutes as they are stored.
async fn three_days(table: &Table) -> (Chatbot, Vec<(i64, Minute)>) {
    let tax = table.online("tax", start()).await;
    for hour in 0..72 {
        let at = after(hour * 3600 + 7 * hour);
        let sequence = u128::from(hour.unsigned_abs()) + 1;
        let count = usize::try_from(hour % 5).expect("a small number") + 1;
        observe(table, &tax, &[batch("dmr:tallinn", sequence, count, false, at)], at).await;
    }
    let chatbot = stored(table, &tax).await;
    let history = table.store.history(&tax, chatbot.created_at, 0, i64::MAX / 60).await.expect("minutes");
    let health = table.store.health(&tax).await.expect("a health").value;
    (chatbot, health.minutes().with(history).into_iter().collect())
}

fn sum(minutes: &[(i64, Minute)], period: Period) -> Minute {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let mut sum = Minute::default();
    for (start, one) in minutes {
        if (minute(period.start)..minute(period.end)).contains(start) {
            sum.merge(one);
        }
    }
    sum
}

#[tokio::test]
async fn summaries_of_days_give_what_the_minutes_give() {
    let table = Table::new().await;
    let (chatbot, minutes) = three_days(&table).await;
    let periods =
        [(0, 2 * DAY), (3 * 3600 + 1234, DAY + 77), (DAY, DAY + 30), (-500, 3 * DAY), (2 * DAY + 1, 2 * DAY + 2)];
    let now = after(4 * DAY);
    let first = DaySummary::day_of(start());
    let mut progress = DaysProgress::default();
    for summarised in 0..5 {
        for (from, to) in periods {
            let period = period(from, to);
            let facts = facts_of(&table, "tax", period, now).await;
            let expected = [period.own, period.before].map(|period| sum(&minutes, period));
            assert_eq!(facts.observations, expected, "{summarised} days, {from} to {to}");
        }
        let day = first.checked_add(jiff::Span::new().days(summarised)).expect("a day");
        for _ in 0..2 {
            table.store.summarise_day(&chatbot, day).await.expect("a summary");
        }
        progress.done = Some(day);
        table.store.put_days_progress(&progress).await.expect("stored");
        assert_eq!(table.store.days_progress().await.expect("read"), progress);
    }
}

#[tokio::test]
async fn summary_outlives_its_minutes_and_has_those_that_are_in_the_health_only() {
    let table = Table::new().await;
    let (chatbot, minutes) = three_days(&table).await;
    let last = minutes.last().expect("a minute").0;
    let day = DaySummary::day_of(Timestamp::from_second(last * 60).expect("a time"));
    table.store.summarise_day(&chatbot, day).await.expect("a summary");
    let scan = table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items.expect("items");
    let pk = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
        item["pk"].as_s().expect("a text").clone()
    };
    let history: Vec<_> = scan.iter().filter(|item| pk(item).starts_with("HISTORY#")).collect();
    assert!(!history.iter().any(|item| item["sk"].as_s().is_ok_and(|sk| *sk == format!("{last:012}"))));
    for item in history {
        let delete = table.client.delete_item().table_name(centops_table::NAME);
        delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.expect("deleted");
    }
    let progress = DaysProgress { done: Some(day), position: None };
    table.store.put_days_progress(&progress).await.expect("stored");
    let start = Timestamp::from_second(DaySummary::first_minute(day) * 60).expect("a time");
    let own = Period { start, end: start + SignedDuration::from_hours(24) };
    let whole = ReportPeriod { own, before: Period { start, end: start } };
    let facts = facts_of(&table, "tax", whole, after(5 * DAY)).await;
    assert_eq!(facts.observations[0], sum(&minutes, own));
    assert!(facts.observations[0].total() > 0);
    let summary = scan.iter().find(|item| pk(item).starts_with("HISTORY_DAYS#tax#")).expect("a summary");
    let expires: i64 = summary["expires"].as_n().expect("a number").parse().expect("seconds");
    assert_eq!(expires, (start + DAYS_RETENTION).as_second());
}

#[tokio::test]
async fn day_without_observations_and_removed_chatbot_have_no_summary() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let chatbot = stored(&table, &tax).await;
    let day = DaySummary::day_of(start());
    table.store.summarise_day(&chatbot, day).await.expect("nothing");
    table.store.summarise_day(&chatbot_of("gone", "tax-board"), day).await.expect("nothing");
    let scan = table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items.expect("items");
    assert!(!scan.iter().any(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("HISTORY_DAYS"))));
}

#[tokio::test]
async fn report_is_about_the_covered_chatbots_of_the_institution() {
    let table = Table::new().await;
    for (text, of) in [("tax", "tax-board"), ("forms", "tax-board"), ("police", "police-board")] {
        let new = chatbot_of(text, of);
        table.store.create_chatbot(&table.audit_context(start()), new).await.expect("enrolled");
    }
    certify(&table, Profile::Chatbot, "tax", 1, start()).await;
    certify(&table, Profile::Chatbot, "tax", 2, after(DAY)).await;
    let (now, period) = (after(61 * DAY), period(50 * DAY, 57 * DAY));
    let both = facts(&table, period, now).await;
    assert_eq!((both.chatbots.len(), both.name.as_str()), (2, "tax-board"));
    let tax = facts_of(&table, "tax", period, now).await;
    assert_eq!(tax.certificate_ends, Some(after(91 * DAY)), "the newest");
    assert_eq!(facts_of(&table, "forms", period, now).await.certificate_ends, None);
    let chosen = Coverage::Chatbots { institution: name("tax-board"), chatbots: [(&tax.chatbot).into()].into() };
    let one = table.store.institution_facts(&name("tax-board"), &chosen, period, Zone::default(), now).await;
    assert_eq!(one.expect("facts").chatbots.len(), 1);
    let none = table.store.institution_facts(&name("nobody"), &all_of("nobody"), period, Zone::default(), now).await;
    assert!(matches!(none, Err(StoreError::NotFound)), "{none:?}");
}

#[tokio::test]
async fn report_has_the_incidents_of_the_institution_and_of_the_covered_chatbots() {
    let table = Table::new().await;
    for (text, of) in [("tax", "tax-board"), ("forms", "tax-board"), ("police", "police-board")] {
        table.store.create_chatbot(&table.audit_context(start()), chatbot_of(text, of)).await.expect("enrolled");
        table.probe(&name(text), true, start()).await;
    }
    // One after the other: no more than a share of them may be offline at once.
    let mut began = Vec::new();
    for (number, text) in (1..).zip(["tax", "forms", "police", "tax"]) {
        let chatbot = Enrolment { name: name(text), enrolled_at: start() };
        let at = after(i64::from(number) * 10_000);
        observe(&table, &chatbot.name, &outage(u128::try_from(number).expect("a number"), at), at).await;
        let incident = table.store.follow_incident(&chatbot, Some(at), None, at).await.expect("followed");
        began.push(incident.expect("an incident").began);
        table.probe(&chatbot.name, true, at + SignedDuration::from_mins(2)).await;
        table.store.follow_incident(&chatbot, None, None, at + SignedDuration::from_hours(1)).await.expect("followed");
    }
    assert_eq!(began, [after(10_000), after(20_000), after(30_000), after(40_000)]);
    // The period begins with the last incident, and the period before with the second.
    let (own, now) = (Period { start: after(40_000), end: after(60_000) }, after(60_000));
    let period = ReportPeriod { own, before: Period { start: after(20_000), end: after(40_000) } };
    let both = facts(&table, period, now).await;
    let began = |facts: &InstitutionFacts| {
        let of = facts.incidents.as_ref().expect("not too many").iter();
        of.map(|incident| (incident.chatbot().expect("a chatbot").name.to_string(), incident.began)).collect::<Vec<_>>()
    };
    assert_eq!(began(&both), [("tax".to_owned(), after(40_000)), ("forms".to_owned(), after(20_000))]);
    let report = Report::new(both, period, Zone::default(), now).incidents.expect("not too many");
    assert_eq!((report.listed.len(), report.figures.incidents), (1, 1), "the one of the period before was over");
    let chosen = Enrolment::from(&stored(&table, &name("forms")).await);
    let chosen = Coverage::Chatbots { institution: name("tax-board"), chatbots: [chosen].into() };
    let one = table.store.institution_facts(&name("tax-board"), &chosen, period, Zone::default(), now).await;
    assert_eq!(began(&one.expect("facts")), [("forms".to_owned(), after(20_000))]);
}

#[tokio::test]
async fn silence_is_told_from_reports_and_not_from_probes() {
    let table = Table::new().await;
    let (quiet, busy) = (table.online("quiet", start()).await, table.online("busy", start()).await);
    table.online("never", start()).await;
    register_dmr(&table, "dmr-tallinn", start()).await;
    observe(&table, &quiet, &[batch("chatbot", 1, 1, false, after(60))], after(60)).await;
    observe(&table, &busy, &[batch("chatbot", 1, 1, false, after(20 * DAY))], after(20 * DAY)).await;
    let report = SilenceReport::new(table.store.silence_facts().await.expect("facts"), after(31 * DAY));
    let names = |silent: &[centops_domain::reports::SilentChatbot]| {
        silent.iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((names(&report.answering), names(&report.never)), (vec!["quiet".to_owned()], vec!["never".to_owned()]));
    assert_eq!((report.out.len(), report.dmrs.len()), (0, 1));
    let all = table.store.chatbots(&ChatbotFilter::default(), None, 10).await.expect("chatbots").items;
    assert_eq!(all.len(), 3);
}

fn subscription() -> Subscription {
    let new = serde_json::json!({"channel": "mail", "address": "owner@example.ee", "institution": "tax-board"});
    let new: NewSubscription = serde_json::from_value(new).expect("a request");
    let coverage = new.coverage(|_| None).expect("all of the institution");
    Subscription::new(new.address().expect("an address"), coverage, new.settings, start())
}

fn message(id: &str) -> Message {
    Message {
        id: id.to_owned(),
        subscription: subscription().id,
        at: start(),
        notifications: vec![],
        body: "{}".to_owned(),
        subject: "Report".to_owned(),
        attempts: 0,
        state: MessageState::Sending,
    }
}

#[tokio::test]
async fn report_is_opened_once_however_often_it_is_made() {
    let table = Table::new().await;
    let store = &table.store;
    let (first, id) = (message("report-1"), subscription().id);
    let opened = store.open_report(&first, start()).await.expect("opened");
    assert_eq!(opened, Some(Queued { wake_at: Some(start()) }));
    let again = store.open_report(&Message { body: "other".to_owned(), ..first.clone() }, after(9)).await;
    assert_eq!(again.expect("made before"), Some(Queued { wake_at: None }));
    assert_eq!(store.message(id, "report-1").await.expect("stored").value, first);
    assert!(store.has_report(id, "report-1").await.expect("read"));
    let due = store.due_subscriptions(start(), 10).await.expect("due");
    assert_eq!(due, [(start(), id)], "the sweep finds it if the wake-up is lost");

    // It is delivered like any other message, and another waits for it.
    let other = message("report-2");
    assert_eq!(store.open_report(&other, after(10)).await.expect("busy"), None);
    let round = store.round(id).await.expect("a round");
    let open = store.take_over(&round, after(10)).await.expect("taken").expect("open");
    assert_eq!(open.message(), Some("report-1"));
    let round = store.round(id).await.expect("a round");
    assert_eq!(store.take_over(&round, after(11)).await.expect("leased"), None);
    store.close_message(id, &open, after(12)).await.expect("closed");
    assert!(store.open_report(&other, after(13)).await.expect("opened").is_some());
}

#[tokio::test]
async fn two_workers_open_one_message() {
    let table = Table::new().await;
    let message = message("report-1");
    let open = || table.store.open_report(&message, start());
    let (one, other, third) = futures::join!(open(), open(), open());
    let woken = [one, other, third].into_iter().filter_map(|opened| opened.expect("opened"));
    assert_eq!(woken.filter(|queued| queued.wake_at.is_some()).count(), 1);
}

#[tokio::test]
async fn hand_out_goes_on_where_it_stopped() {
    let table = Table::new().await;
    assert_eq!(table.store.reports_handed_out_until().await.expect("read"), None);
    table.store.put_reports_handed_out_until(after(5)).await.expect("stored");
    assert_eq!(table.store.reports_handed_out_until().await.expect("read"), Some(after(5)));
    assert_eq!(DaySummary::day_of(after(5)), date(2026, 9, 21));
}
