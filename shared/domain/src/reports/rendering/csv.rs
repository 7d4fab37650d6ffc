//! CSV (RFC 4180) that spreadsheets open as a table and execute nothing of.
//!
//! A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP ASVS 1.2.10, CWE-1236): quoting
//! alone does not prevent that. Numbers of our own are written as they are.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use jiff::{SignedDuration, Timestamp};

use super::{
    incidents::{action, family, spreads, state, yes_or_no},
    labels::Label,
};
use crate::{
    incidents::{Attempt, Spread},
    notifications::{Language, Words, Zone},
    reports::{
        availability::{Availability, Outages},
        incidents::{PeriodIncidents, ReportedIncident},
        report::{Report, Row},
    },
};

/// The mark by which Excel recognises UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';
/// The characters that begin a formula, also in full width, and those that spreadsheets skip before one.
const FORMULA_STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The columns. A line has those that its kind has; the others are empty.
const COLUMNS: [Label; 35] = [
    Label::Kind,
    Label::Institution,
    Label::InstitutionName,
    Label::Chatbot,
    Label::From,
    Label::To,
    Label::Zone,
    Label::AvailabilityPercent,
    Label::CountedSeconds,
    Label::TotalSeconds,
    Label::PlannedSeconds,
    Label::UnknownSeconds,
    Label::OfflineSeconds,
    Label::ForcedSeconds,
    Label::Outages,
    Label::LongestSeconds,
    Label::Requests,
    Label::LatencyMilliseconds,
    Label::BeforePercent,
    Label::BeforeOfflineSeconds,
    Label::BeforeOutages,
    Label::Incident,
    Label::Status,
    Label::Began,
    Label::Opened,
    Label::Ended,
    Label::LastedSeconds,
    Label::Cause,
    Label::AcknowledgedSeconds,
    Label::Action,
    Label::Helped,
    Label::PlannedWork,
    Label::Count,
    Label::MedianSeconds,
    Label::PercentileSeconds,
];
/// The first column of the figures of chatbots.
const FIGURES_COLUMN: usize = 7;
/// The first column of incidents.
const INCIDENT_COLUMN: usize = 21;
/// The first column of the figures of incidents.
const SPREAD_COLUMN: usize = 32;

/// A report that could not be written as CSV.
#[derive(Debug, thiserror::Error)]
#[error("failed to write CSV: {0}")]
pub struct CsvError(String);

impl Report {
    /// Returns the report as CSV: a line for each chatbot, one for all, one for each incident, and one for each figure of
    /// incidents. In Estonian with semicolons, decimal commas and
    /// a byte order mark, as spreadsheets of that language expect.
    ///
    /// # Errors
    /// [`CsvError`] if a line cannot be written.
    pub fn csv(&self, language: Language) -> Result<String, CsvError> {
        let (delimiter, mark) = match language {
            Language::Et => (b';', Some(BYTE_ORDER_MARK)),
            Language::En => (b',', None),
        };
        let mut builder = WriterBuilder::new();
        builder.delimiter(delimiter).quote_style(QuoteStyle::Always).terminator(Terminator::CRLF);
        let mut writer = builder.from_writer(Vec::new());
        let lines = std::iter::once(COLUMNS.map(|column| guarded(column.text(language))).to_vec());
        let rows = self.rows.iter().map(|row| self.chatbot_line(row, language));
        let lines = lines.chain(rows).chain([self.total_line(language)]).chain(self.incident_lines(language));
        for line in lines {
            writer.write_record(&line).map_err(|error| CsvError(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| CsvError(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| CsvError(error.to_string()))?;
        Ok(mark.into_iter().collect::<String>() + &text)
    }

    fn chatbot_line(&self, row: &Row, language: Language) -> Vec<String> {
        let Row { chatbot, own, before } = row;
        let figures = availability_cells((own.availability, own.outages), language);
        let measured = [own.requests.to_string(), own.p95.map(|millis| millis.to_string()).unwrap_or_default()];
        let cells =
            figures.into_iter().chain(measured).chain(before_cells(before.availability, before.outages, language));
        self.line(Label::KindChatbot, chatbot.as_str(), cells, language)
    }

    fn total_line(&self, language: Language) -> Vec<String> {
        let [own, before] = &self.totals;
        let figures = availability_cells((own.availability, own.outages), language);
        let measured = [own.requests.to_string(), String::new()];
        let cells =
            figures.into_iter().chain(measured).chain(before_cells(before.availability, before.outages, language));
        self.line(Label::KindTotal, "", cells, language)
    }

    /// Returns the lines of the incidents, the newest first, and of their figures.
    fn incident_lines(&self, language: Language) -> Vec<Vec<String>> {
        let Some(PeriodIncidents { listed, figures }) = &self.incidents else { return vec![] };
        let words = Words::new(language, self.zone);
        let skipped = || std::iter::repeat_n(String::new(), INCIDENT_COLUMN - FIGURES_COLUMN);
        let incident_line = |incident: &ReportedIncident| {
            let cells = skipped().chain(incident_cells(incident, words, self.zone));
            self.line(Label::KindIncident, incident.chatbot.as_str(), cells, language)
        };
        let figure_line = |(kind, spread): (Label, Spread)| {
            let numbers = [Some(u64::from(spread.count)), spread.median_seconds, spread.p90_seconds];
            let numbers = numbers.map(|number| number.map(|number| number.to_string()).unwrap_or_default());
            let before = std::iter::repeat_n(String::new(), SPREAD_COLUMN - FIGURES_COLUMN);
            self.line(kind, "", before.chain(numbers), language)
        };
        listed.iter().map(incident_line).chain(spreads(figures).map(figure_line)).collect()
    }

    /// Returns a line with the columns that all have, and `cells` after them. Columns that it lacks are empty.
    fn line(&self, kind: Label, chatbot: &str, cells: impl Iterator<Item = String>, language: Language) -> Vec<String> {
        let shared = [
            guarded(kind.text(language)),
            guarded(self.institution.as_str()),
            guarded(&self.name),
            guarded(chatbot),
            local_time(self.period.own.start, self.zone),
            local_time(self.period.own.end, self.zone),
            guarded(self.zone.as_str()),
        ];
        let mut line: Vec<_> = shared.into_iter().chain(cells).collect();
        line.resize(COLUMNS.len(), String::new());
        line
    }
}

fn availability_cells((own, outages): (Availability, Outages), language: Language) -> [String; 9] {
    [
        percent(&own, language),
        seconds(own.base()),
        seconds(own.total),
        seconds(own.planned),
        seconds(own.unknown),
        seconds(own.offline),
        seconds(own.forced),
        outages.count.to_string(),
        seconds(outages.longest),
    ]
}

fn before_cells(before: Availability, outages: Outages, language: Language) -> [String; 3] {
    [percent(&before, language), seconds(before.offline), outages.count.to_string()]
}

fn incident_cells(incident: &ReportedIncident, words: Words, zone: Zone) -> [String; 11] {
    let time = |at: Option<Timestamp>| at.map(|at| local_time(at, zone)).unwrap_or_default();
    let length = |length: Option<SignedDuration>| length.map(seconds).unwrap_or_default();
    let (taken, helped) = match incident.action {
        Some(Attempt { action: taken, helped }) => (action(taken, words), yes_or_no(helped, words)),
        None => ("", ""),
    };
    [
        guarded(&incident.id.to_string()),
        guarded(state(incident.state, words)),
        local_time(incident.began, zone),
        time(incident.opened_at),
        time(incident.ended_at),
        length(incident.lasted),
        guarded(family(incident.family, words)),
        length(incident.acknowledged_after),
        guarded(taken),
        guarded(helped),
        guarded(yes_or_no(incident.is_planned, words)),
    ]
}

/// Returns a text that no spreadsheet executes.
pub(crate) fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA_STARTS) { format!("'{text}") } else { text.to_owned() }
}

/// Returns a time with its offset, as `2026-11-23T00:00:00+02:00`.
fn local_time(at: Timestamp, zone: Zone) -> String {
    let zoned = at.to_zoned(zone.time_zone());
    at.display_with_offset(zoned.offset()).to_string()
}

/// Returns a percentage; nothing if no time counts.
fn percent(availability: &Availability, language: Language) -> String {
    let decimal = match language {
        Language::Et => ',',
        Language::En => '.',
    };
    let share = availability.hundredths().map(|share| format!("{}{decimal}{:02}", share / 100, share % 100));
    share.unwrap_or_default()
}

fn seconds(duration: SignedDuration) -> String {
    duration.as_secs().to_string()
}
