//! The document of a report.

use super::{
    document::{Document, Section, Table, footer},
    labels::Label,
    verdict::{self, duration, latency, percent},
};
use crate::{
    chatbots::name::Name,
    notifications::{Language, Links, Words, links},
    releases::Severity,
    reports::report::{Figures, PlannedOutage, Report, Row},
};

impl Report {
    /// Returns the document in `language` that shows at most `most` chatbots, those with the lowest availability.
    pub(crate) fn document(&self, language: Language, most: usize, targets: &Links, notes: Vec<String>) -> Document {
        let words = Words::new(language, self.zone);
        let rows = self.shown(most);
        let mut lead = vec![self.period_sentence(words)];
        lead.extend(verdict::sentences(self, words));
        lead.extend(notes);
        if rows.len() < self.rows.len() {
            let (shown, all) = (rows.len(), words.chatbots(self.rows.len()));
            lead.push(words.say(
                format!("Tabelites on {shown} madalaima käideldavusega robotit; kokku on {all}."),
                format!("The tables show the {shown} with the lowest availability of {all}."),
            ));
        }
        let sections = [
            availability(&rows, language, words),
            times(&rows, language, words),
            self.incidents_section(language, words, most, targets),
            self.handling_section(language, words, most, targets),
            self.incident_figures_section(language, words),
            self.updates_section(language, words, most),
            self.planned_section(language, words),
            self.certificates_section(language, words),
            self.subscriptions_section(language, words),
            Some(computation(language, words)),
        ];
        Document {
            language,
            title: self.title(words),
            lead,
            sections: sections.into_iter().flatten().collect(),
            links: links(targets, words),
            footer: footer(self.made_at, words),
        }
    }

    /// Returns the rows that are shown, by name.
    fn shown(&self, most: usize) -> Vec<&Row> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        // Those without an availability come last.
        rows.sort_by_key(|row| row.own.availability.hundredths().unwrap_or(u16::MAX));
        rows.truncate(most);
        rows.sort_by(|one, other| one.chatbot.cmp(&other.chatbot));
        rows
    }

    fn title(&self, words: Words) -> String {
        words.say(format!("Vestlusrobotite aruanne: {}", self.name), format!("Report on the chatbots of {}", self.name))
    }

    fn period_sentence(&self, words: Words) -> String {
        let (from, to) = (words.time(self.period.own.start), words.time(self.period.own.end));
        words.say(format!("Periood: {from} kuni {to}."), format!("Period: from {from} to {to}."))
    }

    fn updates_section(&self, language: Language, words: Words, most: usize) -> Option<Section> {
        let columns = [Label::Chatbot, Label::Component, Label::Running, Label::Newest, Label::Severity];
        let cells = self.updates.iter().take(most.max(1)).map(|missing| {
            let update = &missing.update;
            let severity = severity(update.severity, words).to_owned();
            let (running, latest) = (update.running.to_string(), update.latest.to_string());
            vec![missing.chatbot.to_string(), update.component.to_string(), running, latest, severity]
        });
        let rows: Vec<_> = cells.collect();
        let hidden = self.updates.len() - rows.len();
        let more = words.say(format!("Lisaks on uuendusi: {hidden}."), format!("Further updates: {hidden}."));
        let caption = words.say("Uuendused, kiireloomulisemad ees", "Updates, the most severe first");
        section(Label::Updates, if hidden > 0 { vec![more] } else { vec![] }, caption, &columns, rows, language)
    }

    fn planned_section(&self, language: Language, words: Words) -> Option<Section> {
        let columns = [Label::From, Label::To, Label::Chatbots, Label::Excluded];
        let cells = |planned: &PlannedOutage| {
            let (from, to) = (words.time(planned.period.start), words.time(planned.period.end));
            let excluded = if planned.is_excluded {
                words.say("ei lähe arvesse", "does not count")
            } else {
                words.say("läheb arvesse", "counts")
            };
            vec![from, to, names(&planned.chatbots, words), excluded.to_owned()]
        };
        let caption = words.say("Järgmised 14 päeva", "The next 14 days");
        section(Label::Planned, vec![], caption, &columns, self.planned.iter().map(cells).collect(), language)
    }

    fn certificates_section(&self, language: Language, words: Words) -> Option<Section> {
        let cells = self.certificates.iter().map(|one| vec![one.chatbot.to_string(), words.time(one.ends)]);
        let caption = words.say("Järgmised 30 päeva", "The next 30 days");
        let columns = [Label::Chatbot, Label::Ends];
        section(Label::Certificates, vec![], caption, &columns, cells.collect(), language)
    }

    fn subscriptions_section(&self, language: Language, words: Words) -> Option<Section> {
        let cells = self.failing.iter().map(|one| {
            let channel = one.channel.as_str().to_owned();
            vec![one.address.clone(), channel, words.time(one.since), one.error.clone()]
        });
        let caption = words.say("Aadressid, mis teateid vastu ei võta", "Addresses that take no messages");
        let columns = [Label::Address, Label::Channel, Label::Since, Label::Error];
        section(Label::Subscriptions, vec![], caption, &columns, cells.collect(), language)
    }
}

fn availability(rows: &[&Row], language: Language, words: Words) -> Option<Section> {
    let columns = [Label::Chatbot, Label::Availability, Label::Before, Label::Outages, Label::Longest, Label::Latency];
    let cells = |row: &&Row| {
        let Row { chatbot, own, before } = row;
        let (share, earlier) = (percent(&own.availability, words), percent(&before.availability, words));
        let longest = duration(own.outages.longest, words);
        vec![chatbot.to_string(), share, earlier, own.outages.count.to_string(), longest, latency(own)]
    };
    let caption = words.say("Käideldavus robotite kaupa", "Availability by chatbot");
    section(Label::Availability, vec![], caption, &columns, rows.iter().map(cells).collect(), language)
}

fn times(rows: &[&Row], language: Language, words: Words) -> Option<Section> {
    let columns = [Label::Chatbot, Label::Counted, Label::PlannedTime, Label::Unknown, Label::Offline, Label::Forced];
    let cells = |row: &&Row| {
        let Figures { availability: of, .. } = row.own;
        let times = [of.base(), of.planned, of.unknown, of.offline, of.forced];
        std::iter::once(row.chatbot.to_string()).chain(times.map(|time| duration(time, words))).collect()
    };
    let caption = words.say("Ajad robotite kaupa", "Times by chatbot");
    section(Label::Time, vec![], caption, &columns, rows.iter().map(cells).collect(), language)
}

/// Returns the section of a table; none without rows.
pub(super) fn section(
    heading: Label,
    sentences: Vec<String>,
    caption: &str,
    columns: &[Label],
    rows: Vec<Vec<String>>,
    language: Language,
) -> Option<Section> {
    let columns = columns.iter().map(|column| column.text(language)).collect();
    let table = Table { caption: caption.to_owned(), columns, rows, links: vec![] };
    (!table.rows.is_empty()).then(|| Section { heading: heading.text(language), sentences, table: Some(table) })
}

/// The most names in a cell.
const MOST_NAMES: usize = 10;

fn names(chatbots: &[Name], words: Words) -> String {
    let mut names: Vec<_> = chatbots.iter().take(MOST_NAMES).map(ToString::to_string).collect();
    let others = chatbots.len() - names.len();
    if others > 0 {
        names.push(words.say(format!("ja veel {others}"), format!("and {others} more")));
    }
    names.join(", ")
}

/// Returns a severity as a word.
pub(super) fn severity(severity: Severity, words: Words) -> &'static str {
    match severity {
        Severity::Critical => words.say("kriitiline", "critical"),
        Severity::Mandatory => words.say("kohustuslik", "mandatory"),
        Severity::Optional => words.say("vabatahtlik", "optional"),
    }
}

fn computation(language: Language, words: Words) -> Section {
    let sentences = words.say(
        [
            "Käideldavus = 1 − (võrgust väljas) ÷ (kogu aeg − plaanitud − teadmata). See on ümardatud alla kahe kohani.",
            "Kogu aeg algab roboti liitumisega. Kõigi robotite käideldavus tuleneb nende aegade summast, mitte protsentide keskmisest.",
            "Plaanitud katkestus ei lähe arvesse, kui see kinnitati vähemalt 24 tundi ette, ja kuni 8 tundi kuus.",
            "Teadmata on aeg enne esimest edukat kontrolli ja aeg, mille sündmusi enam ei säilitata (90 päeva).",
            "Käsitsi võrgust välja võetud aeg on osa ajast „võrgust väljas“.",
            "95% vastustest: DMRide mõõdetud vastuseajad, ümardatud üles kuni viiendiku võrra.",
        ],
        [
            "Availability = 1 − offline ÷ (total − planned − unknown), rounded down to two places.",
            "The total begins with the enrolment of the chatbot. The availability of all follows from the sum of their times, not from the mean of their percentages.",
            "A planned outage does not count if it was confirmed at least 24 hours ahead, for up to 8 hours a month.",
            "Unknown is the time before the first successful check, and the time whose events are no longer kept (90 days).",
            "The time in which a chatbot was forced offline is a part of the offline time.",
            "95% of responses: latencies that the DMRs measured, rounded up by at most a fifth.",
        ],
    );
    Section::of_sentences(Label::Computation.text(language), sentences.map(str::to_owned).to_vec())
}
