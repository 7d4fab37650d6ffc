//! The incidents of a report in words.

use jiff::SignedDuration;

use super::{
    document::Section,
    labels::Label,
    sections::section,
    verdict::{NONE, duration},
};
use crate::{
    incidents::{Action, Attempt, Family, Figures, IncidentId, Spread, State},
    notifications::{Language, Links, Words},
    reports::{
        incidents::{MAX_INCIDENTS, PeriodIncidents, ReportedIncident},
        report::Report,
    },
};

/// The columns of the incidents. A narrow screen has room for six.
const COLUMNS: [Label; 6] = [Label::Incident, Label::Chatbot, Label::Began, Label::Ended, Label::Lasted, Label::Cause];
/// The columns of what was done about them.
const HANDLING_COLUMNS: [Label; 5] =
    [Label::Incident, Label::Opened, Label::AcknowledgedAfter, Label::Action, Label::PlannedWork];

impl Report {
    /// Returns the section of the incidents, of which at most `most` are shown; none without incidents.
    pub(super) fn incidents_section(
        &self,
        language: Language,
        words: Words,
        most: usize,
        links: &Links,
    ) -> Option<Section> {
        let heading = Label::Incidents;
        let Some(PeriodIncidents { listed, .. }) = &self.incidents else {
            let too_many = words.say(
                format!("Intsidente on rohkem kui {MAX_INCIDENTS}. API annab need: GET /incidents."),
                format!("There are more than {MAX_INCIDENTS} incidents. The API has them: GET /incidents."),
            );
            return Some(Section::of_sentences(heading.text(language), vec![too_many]));
        };
        let shown: Vec<_> = listed.iter().take(most.max(1)).collect();
        let hidden = listed.len() - shown.len();
        let more = words.say(format!("Lisaks on intsidente: {hidden}."), format!("Further incidents: {hidden}."));
        let sentences = if hidden > 0 { vec![more] } else { vec![] };
        let caption = words.say("Perioodi intsidendid, uuemad ees", "Incidents of the period, the newest first");
        let rows = shown.iter().map(|incident| cells(incident, words)).collect();
        let section = section(heading, sentences, caption, &COLUMNS, rows, language)?;
        Some(linked(section, &shown, links))
    }

    /// Returns the section of what was done about the incidents that are shown; none without incidents.
    pub(super) fn handling_section(
        &self,
        language: Language,
        words: Words,
        most: usize,
        links: &Links,
    ) -> Option<Section> {
        let shown: Vec<_> = self.incidents.as_ref()?.listed.iter().take(most.max(1)).collect();
        let caption = words.say("Tegevused intsidentide kaupa", "Actions by incident");
        let rows = shown.iter().map(|incident| handling_cells(incident, words)).collect();
        let section = section(Label::Handling, vec![], caption, &HANDLING_COLUMNS, rows, language)?;
        Some(linked(section, &shown, links))
    }

    /// Returns the section of the figures of incidents; none if no incident counts.
    pub(super) fn incident_figures_section(&self, language: Language, words: Words) -> Option<Section> {
        let figures = self.incidents.as_ref()?.figures.clone();
        let in_words = |seconds: Option<u64>| {
            let length = seconds.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
            length.map_or_else(|| NONE.to_owned(), |length| words.duration(length))
        };
        let row = |(label, of): (Label, Spread)| {
            let times = [of.median_seconds, of.p90_seconds].map(in_words);
            [label.text(language).to_owned(), of.count.to_string()].into_iter().chain(times).collect::<Vec<_>>()
        };
        let rows = if figures.incidents == 0 { vec![] } else { Vec::from(spreads(&figures).map(row)) };
        let caption = words.say(
            "Perioodil alanud intsidendid, mis avati. Lühiajalised ja kõrvale jäetud ei lähe arvesse",
            "Incidents that began in the period and were opened. Transient and dismissed ones do not count",
        );
        let columns = [Label::Figure, Label::Count, Label::Median, Label::NinetiethPercentile];
        section(Label::IncidentFigures, vec![], caption, &columns, rows, language)
    }
}

/// Returns each spread of `figures` with its label.
pub(super) fn spreads(figures: &Figures) -> [(Label, Spread); 3] {
    [
        (Label::Detection, figures.detection),
        (Label::Acknowledgement, figures.acknowledgement),
        (Label::Resolution, figures.resolution),
    ]
}

/// Returns `section`, whose rows are those of `incidents`, with a link of each.
fn linked(mut section: Section, incidents: &[&ReportedIncident], links: &Links) -> Section {
    if let Some(table) = &mut section.table {
        table.links = incidents.iter().filter_map(|incident| url(links, incident.id)).collect();
    }
    section
}

fn cells(incident: &ReportedIncident, words: Words) -> Vec<String> {
    let ended = match incident.ended_at {
        Some(at) => words.time(at),
        None if incident.is_ongoing() => words.say("kestab", "ongoing").to_owned(),
        None => state(incident.state, words).to_owned(),
    };
    vec![
        incident.id.to_string(),
        incident.chatbot.to_string(),
        words.time(incident.began),
        ended,
        incident.lasted.map_or_else(|| NONE.to_owned(), |lasted| duration(lasted, words)),
        family(incident.family, words).to_owned(),
    ]
}

fn handling_cells(incident: &ReportedIncident, words: Words) -> Vec<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    vec![
        incident.id.to_string(),
        or_none(incident.opened_at.map(|at| words.time(at))),
        or_none(incident.acknowledged_after.map(|after| words.duration(after))),
        or_none(incident.action.map(|attempt| attempted(attempt, words))),
        yes_or_no(incident.is_planned, words).to_owned(),
    ]
}

/// Returns the URL of the incident `id` at the console; none without a console.
fn url(links: &Links, id: IncidentId) -> Option<String> {
    let mut url = links.console.clone()?;
    url.set_path(&format!("{}/incidents/{id}", url.path().trim_end_matches('/')));
    Some(url.to_string())
}

/// Returns `is_true` as a word.
pub(super) fn yes_or_no(is_true: bool, words: Words) -> &'static str {
    if is_true { words.say("jah", "yes") } else { words.say("ei", "no") }
}

/// Returns a state as a word.
pub(super) fn state(state: State, words: Words) -> &'static str {
    match state {
        State::Suspected => words.say("kahtlustatud", "suspected"),
        State::Transient => words.say("lühiajaline", "transient"),
        State::Open => words.say("avatud", "open"),
        State::Acknowledged => words.say("teadmiseks võetud", "acknowledged"),
        State::Resolved => words.say("lahendatud", "resolved"),
        State::Dismissed => words.say("kõrvale jäetud", "dismissed"),
    }
}

/// Returns a family of causes in words.
pub(super) fn family(family: Family, words: Words) -> &'static str {
    match family {
        Family::Errors => words.say("vastab veaga", "answers with errors"),
        Family::Unreachable => words.say("ei vasta", "does not answer"),
        Family::Slow => words.say("vastab liiga aeglaselt", "answers too slowly"),
        Family::Log => words.say("vead enda logis", "errors in its own log"),
    }
}

/// Returns an action in words.
pub(super) fn action(action: Action, words: Words) -> &'static str {
    match action {
        Action::None => words.say("lõppes iseenesest", "ended by itself"),
        Action::Restarted => words.say("taaskäivitatud", "restarted"),
        Action::RolledBack => words.say("eelmine versioon taastatud", "rolled back"),
        Action::Updated => words.say("uuendatud", "updated"),
        Action::Certificate => words.say("sertifikaat vahetatud", "certificate replaced"),
        Action::Dns => words.say("DNS-kirje parandatud", "DNS record corrected"),
        Action::Host => words.say("server parandatud", "host repaired"),
        Action::Dmr => words.say("DMR parandatud", "DMR repaired"),
        Action::Configuration => words.say("seadistus parandatud", "configuration corrected"),
        Action::Other => words.say("muu", "other"),
    }
}

fn attempted(attempt: Attempt, words: Words) -> String {
    let helped = if attempt.helped { words.say("aitas", "helped") } else { words.say("ei aidanud", "did not help") };
    format!("{} ({helped})", action(attempt.action, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::Zone;

    #[test]
    fn every_word_is_another_in_each_language() {
        let words = [Language::Et, Language::En].map(|language| Words::new(language, Zone::default()));
        let differ = |of: &dyn Fn(Words) -> &'static str| assert_ne!(of(words[0]), of(words[1]));
        for one in State::ALL {
            differ(&|words| state(one, words));
        }
        for one in Action::ALL {
            differ(&|words| action(one, words));
        }
        for one in [Family::Errors, Family::Unreachable, Family::Slow, Family::Log] {
            differ(&|words| family(one, words));
        }
    }
}
