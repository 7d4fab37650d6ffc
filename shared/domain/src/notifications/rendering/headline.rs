//! Headlines: a group in one clause, as subjects, headings and text messages have it.
//!
//! There are several wordings, the most informative first. The last one has fewer than 100 characters with the longest
//! name.

use jiff::Timestamp;

use crate::{
    chatbots::{name::Name, status::Status},
    notifications::{
        entry::Entry,
        rendering::{
            cause::{one_line, shortened},
            clause::{Predicate, certificates, clauses, with_others},
            group::{Group, chatbot},
            operational_headline,
            words::{Words, capitalised, counted},
        },
        topic::Topic,
    },
    outages::OutageChange,
    releases::{Release, Severity},
};

/// The most characters of a channel or an address in a headline.
const MAX_ADDRESS: usize = 40;

/// Returns the wordings of a headline.
pub(crate) fn headlines(group: &Group, words: Words) -> Vec<String> {
    match (group.topic, group.first) {
        (_, Entry::Operational(first)) => operational_headline::headlines(first, group, words),
        (_, Entry::ShortOutages { .. }) => short_outages(group, words),
        (_, Entry::UpdateAvailable { chatbot, release, .. }) => update(chatbot, release, group.count(), words),
        (_, Entry::CertificateExpiring { chatbot, ends, .. }) => {
            certificates(chatbot.as_str(), &words.day(*ends), group.count(), |count| words.chatbots(count), words)
        }
        (_, Entry::SubscriptionFailing { channel, address, .. }) => {
            subscriptions(channel, address, group.count(), words)
        }
        (_, Entry::PlannedOutage { change, start, .. }) => planned_outage(*change, *start, group.count(), words),
        (_, Entry::Offline { after_planned: true, .. }) => still_offline(group, words),
        (_, Entry::AcknowledgementLapsed { .. }) => acknowledgement_lapsed(group, words),
        (_, Entry::Test) => vec![words.say("CentOpsi testteade", "Test message from CentOps").to_owned()],
        (_, Entry::Settled { status, .. }) if group.others.is_empty() => {
            about_chatbots(group, settled(*status, words), words)
        }
        (topic, _) => about_chatbots(group, predicate(topic, words), words),
    }
}

fn about_chatbots(group: &Group, predicate: Predicate, words: Words) -> Vec<String> {
    let name = chatbot(group.first).map(Name::as_str).unwrap_or_default();
    clauses(name, group.count(), predicate, |count| words.chatbots(count), words)
}

fn predicate(topic: Topic, words: Words) -> Predicate {
    match topic {
        Topic::Offline => words.say_sms(
            Predicate::of("on võrgust väljas"),
            Predicate::plural("ei ole kättesaadav", "ei ole kättesaadavad"),
            Predicate::plural("is offline", "are offline"),
        ),
        Topic::Online => words.say_sms(
            Predicate::of("on taas võrgus"),
            Predicate::named_plural("töötab taas", "töötavad taas"),
            Predicate::plural("is back online", "are back online"),
        ),
        Topic::FirstOnline => words.say_sms(
            Predicate::of("on võrgus"),
            Predicate::named_plural("töötab", "töötavad"),
            Predicate::plural("is online", "are online"),
        ),
        Topic::Flapping => words.say(
            Predicate::plural("on ebastabiilne", "on ebastabiilsed"),
            Predicate::plural("is unstable", "are unstable"),
        ),
        Topic::MovedAway => words.say_sms(
            Predicate::named_plural("kuulub nüüd teisele asutusele", "kuuluvad nüüd teisele asutusele"),
            Predicate::named_plural("kuulub nüüd teisele asutusele", "kuuluvad nüüd teisele asutusele"),
            Predicate::plural("now belongs to another institution", "now belong to another institution"),
        ),
        // Of the other topics, only those that settled have no headline of their own.
        _ => words.say(Predicate::of("on taas stabiilsed"), Predicate::of("are stable again")),
    }
}

/// Returns the wordings about chatbots that went offline in a planned outage, which is over.
fn still_offline(group: &Group, words: Words) -> Vec<String> {
    let full = words.say_sms(
        Predicate::of("on pärast plaanilist katkestust ikka võrgust väljas"),
        Predicate::of("ei tööta ka pärast plaanilist katkestust"),
        Predicate::plural("is still offline after planned work", "are still offline after planned work"),
    );
    let short = words.say_sms(
        Predicate::of("on ikka võrgust väljas"),
        Predicate::of("ei tööta ikka"),
        Predicate::plural("is still offline", "are still offline"),
    );
    [full, short].into_iter().flat_map(|predicate| about_chatbots(group, predicate, words)).collect()
}

/// Returns the wordings about chatbots that are offline, at which nobody looks any more.
fn acknowledgement_lapsed(group: &Group, words: Words) -> Vec<String> {
    let full = words.say_sms(
        Predicate::of("on võrgust väljas ja keegi enam rikkega ei tegele"),
        Predicate::of("ei tööta ja keegi enam rikkega ei tegele"),
        Predicate::plural(
            "is offline, and nobody looks at it any more",
            "are offline, and nobody looks at them any more",
        ),
    );
    let short = words.say_sms(
        Predicate::of("on väljas, keegi ei tegele"),
        Predicate::of("ei tööta, keegi ei tegele"),
        Predicate::plural("is offline, unattended", "are offline, unattended"),
    );
    [full, short].into_iter().flat_map(|predicate| about_chatbots(group, predicate, words)).collect()
}

fn planned_outage(change: OutageChange, start: Timestamp, count: usize, words: Words) -> Vec<String> {
    let (one, many) =
        words.say(("plaaniline katkestus", "plaanilist katkestust"), ("planned outage", "planned outages"));
    let phrase = match change {
        OutageChange::Confirmed => words.say("on kinnitatud", "confirmed"),
        OutageChange::Reminder => words.say("algab peagi", "starts soon"),
        OutageChange::Started => words.say("algas", "has started"),
        OutageChange::Ending => words.say("on läbi 10 minuti pärast", "ends in 10 minutes"),
        OutageChange::Completed => words.say("on läbi", "is over"),
        OutageChange::Overrun => {
            words.say("on läbi, kuid vestlusroboteid on veel väljas", "is over, but chatbots are still out")
        }
        OutageChange::Cancelled => words.say("on ära jäetud", "cancelled"),
    };
    if count > 1 {
        return vec![format!("{}: {phrase}", counted(count, one, many))];
    }
    let short = format!("{} {phrase}", capitalised(one));
    vec![format!("{short}: {}", words.time(start)), short]
}

/// Returns what is said of one chatbot that settled.
fn settled(status: Status, words: Words) -> Predicate {
    Predicate::of(match status {
        Status::Online => words.say_sms("püsib võrgus", "töötab taas stabiilselt", "has been online for an hour"),
        Status::Offline => {
            words.say_sms("püsib võrgust väljas", "ei ole endiselt kättesaadav", "has been offline for an hour")
        }
        Status::Unknown => words.say("püsib teadmata olekus", "has had an unknown status for an hour"),
    })
}

fn short_outages(group: &Group, words: Words) -> Vec<String> {
    let outages = group.entries().map(|entry| if let Entry::ShortOutages { count, .. } = entry { *count } else { 0 });
    let outages = outages.fold(0, usize::saturating_add);
    let (one, many) = words.say(("lühike katkestus", "lühikest katkestust"), ("short outage", "short outages"));
    let outages = counted(outages, one, many);
    let well = words.say_sms("praegu on kõik korras", "praegu töötab", "all is well now");
    let name = chatbot(group.first).map(Name::as_str).unwrap_or_default();
    let mut wordings =
        vec![format!("{}: {outages}, {well}", with_others(name, group.count(), |count| words.chatbots(count), words))];
    if group.count() > 1 {
        wordings.push(format!("{}: {outages}, {well}", words.chatbots(group.count())));
    }
    wordings.push(outages);
    wordings
}

fn update(chatbot: &Name, release: &Release, count: usize, words: Words) -> Vec<String> {
    let (component, version) = (&release.component, release.version.get());
    let update = update_phrase(release.severity, words);
    if count == 1 {
        vec![format!("{chatbot}: {update}, {component} {version}"), format!("{chatbot}: {update}")]
    } else {
        let chatbots = words.chatbots(count);
        vec![
            format!("{component} {version}: {update}, {chatbots}"),
            format!("{component}: {update}, {chatbots}"),
            format!("{chatbots}: {update}"),
        ]
    }
}

/// Returns an update of a severity, as a phrase.
fn update_phrase(severity: Severity, words: Words) -> &'static str {
    match severity {
        Severity::Optional => words.say("vabatahtlik uuendus", "optional update"),
        Severity::Mandatory => words.say("kohustuslik uuendus", "mandatory update"),
        Severity::Critical => words.say("kriitiline uuendus", "critical update"),
    }
}

fn subscriptions(channel: &str, address: &str, count: usize, words: Words) -> Vec<String> {
    let (channel, address) = (shortened(&one_line(channel), MAX_ADDRESS), shortened(&one_line(address), MAX_ADDRESS));
    let (one, many) = words.say(("aadressile", "aadressile"), ("address", "addresses"));
    let failing =
        words.say_sms("Teavitused ei jõua kohale", "Teavitused ei tule kohale", "Notifications are not delivered");
    match count {
        1 => vec![format!("{failing}: {channel} {address}"), format!("{failing}: {channel}"), failing.to_owned()],
        _ => vec![words.say_sms(
            format!("Teavitused ei jõua {}", counted(count, one, many)),
            format!("Teavitused ei tule {}", counted(count, one, many)),
            format!("Notifications are not delivered to {}", counted(count, one, many)),
        )],
    }
}
