//! Details: the row of an entry in the table of its group.

use jiff::Timestamp;

use crate::notifications::{
    entry::{Entry, Operational},
    rendering::{
        cause::{observer_phrase, one_line, sentence},
        operational_headline::{shared_phrase, type_phrase},
        words::Words,
    },
};

/// One cell: the heading of its column, and its text.
pub(crate) type Cell = (&'static str, String);

/// Returns the cells of an entry. The first one names the subject. All entries of a topic have the same columns. None
/// for a test.
pub(crate) fn details(entry: &Entry, words: Words) -> Vec<Cell> {
    let chatbot = |name: &dyn ToString| (words.say("Vestlusrobot", "Chatbot"), name.to_string());
    match entry {
        Entry::Offline { chatbot: name, since, cause, .. } => {
            vec![chatbot(name), since_cell(*since, words), cause_cell(sentence(cause, words), words)]
        }
        Entry::Online { chatbot: name, since, outage, .. } => {
            let mut cells = vec![chatbot(name), since_cell(*since, words)];
            if let Some(outage) = outage {
                let duration = words.duration(outage.ended.duration_since(outage.began));
                cells.push((words.say("Katkestuse kestus", "Length of the outage"), duration));
            }
            cells
        }
        Entry::ShortOutages { chatbot: name, count, total, ended, .. } => vec![
            chatbot(name),
            (words.say("Katkestusi", "Outages"), count.to_string()),
            (words.say("Kestus kokku", "Total length"), words.duration(*total)),
            (words.say("Viimane lõppes", "Last one ended"), words.time(*ended)),
        ],
        Entry::Flapping { chatbot: name, status, at, .. } | Entry::Settled { chatbot: name, status, at, .. } => vec![
            chatbot(name),
            (words.say("Olek", "Status"), words.status(*status).to_owned()),
            (words.say("Seisuga", "As of"), words.time(*at)),
        ],
        Entry::MovedAway { chatbot: name, at, .. } => vec![chatbot(name), since_cell(*at, words)],
        Entry::UpdateAvailable { chatbot: name, running, .. } => {
            vec![chatbot(name), (words.say("Praegune versioon", "Running version"), running.to_string())]
        }
        Entry::CertificateExpiring { chatbot: name, serial, ends } => certificate(chatbot(name), serial, *ends, words),
        Entry::AcknowledgementLapsed { chatbot: name, incident, since, .. } => {
            vec![chatbot(name), since_cell(*since, words), (words.say("Intsident", "Incident"), incident.to_string())]
        }
        Entry::PlannedOutage { start, end, reason, .. } => vec![
            (words.say("Töö", "Work"), one_line(reason.as_str())),
            (words.say("Algus", "Start"), words.time(*start)),
            (words.say("Lõpp", "End"), words.time(*end)),
        ],
        Entry::SubscriptionFailing { channel, address, error } => vec![
            (words.say("Kanal", "Channel"), one_line(channel)),
            (words.say("Aadress", "Address"), one_line(address)),
            (words.say("Viga", "Error"), one_line(error)),
        ],
        Entry::Test => vec![],
        Entry::Operational(operational) => self::operational(operational, words),
    }
}

fn operational(entry: &Operational, words: Words) -> Vec<Cell> {
    let chatbot = |name: &dyn ToString| (words.say("Vestlusrobot", "Chatbot"), name.to_string());
    let dmr = |name: &dyn ToString| ("DMR", name.to_string());
    match entry {
        Operational::WouldGoOffline { chatbot: name, cause } => {
            vec![chatbot(name), cause_cell(sentence(cause, words), words)]
        }
        Operational::CapReached { kind, chatbot: name, cause } => vec![
            chatbot(name),
            (words.say("Tüüp", "Type"), type_phrase(*kind, words).to_owned()),
            cause_cell(sentence(cause, words), words),
        ],
        Operational::CapReleased { kind } => vec![(words.say("Tüüp", "Type"), type_phrase(*kind, words).to_owned())],
        Operational::ObserverOutlier { chatbot: name, observer } => {
            vec![chatbot(name), (words.say("Vaatleja", "Observer"), observer_phrase(observer, words))]
        }
        Operational::DmrSilent { dmr: name, last_seen } => {
            vec![dmr(name), (words.say("Viimane aruanne", "Last report"), words.time(*last_seen))]
        }
        Operational::NetworkIncident { incident, cause, .. } => vec![
            (words.say("Ühine omadus", "In common"), shared_phrase(&cause.shared, words)),
            (words.say("Ei tööta", "Failed"), format!("{} / {}", cause.affected, cause.population)),
            (words.say("Teised", "Others"), format!("{} / {}", cause.others_affected, cause.others)),
            (words.say("Intsident", "Incident"), incident.to_string()),
        ],
        Operational::DmrCertificateExpiring { dmr: name, serial, ends } => certificate(dmr(name), serial, *ends, words),
        Operational::ApplicationSubmitted { invitation, institution, chatbot: name } => vec![
            (words.say("Asutus", "Institution"), institution.to_string()),
            chatbot(name),
            (words.say("Kutse", "Invitation"), invitation.to_string()),
        ],
    }
}

fn since_cell(since: Timestamp, words: Words) -> Cell {
    (words.say("Alates", "Since"), words.time(since))
}

fn cause_cell(cause: String, words: Words) -> Cell {
    (words.say("Põhjus", "Cause"), cause)
}

fn certificate(holder: Cell, serial: &dyn ToString, ends: Timestamp, words: Words) -> Vec<Cell> {
    vec![
        holder,
        (words.say("Aegub", "Ends"), words.time(ends)),
        (words.say("Seerianumber", "Serial number"), serial.to_string()),
    ]
}
