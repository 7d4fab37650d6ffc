//! CSV (RFC 4180) that spreadsheets open as a table and execute nothing of.
//!
//! A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP ASVS 1.2.10, CWE-1236): quoting
//! alone does not prevent that. Numbers of our own are written as they are.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use jiff::{SignedDuration, Timestamp};

use super::labels::Label;
use crate::{
    notifications::{Language, Zone},
    reports::{
        availability::{Availability, Outages},
        report::{Report, Row},
    },
};

/// The mark by which Excel recognises UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';
/// The characters that begin a formula, also in full width, and those that spreadsheets skip before one.
const FORMULA_STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The columns.
const COLUMNS: [Label; 21] = [
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
];

/// A report that could not be written as CSV.
#[derive(Debug, thiserror::Error)]
#[error("failed to write CSV: {0}")]
pub struct CsvError(String);

impl Report {
    /// Returns the report as CSV: a line for each chatbot, and one for all. In Estonian with semicolons, decimal commas and
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
        let lines = std::iter::once(COLUMNS.map(|column| guarded(column.text(language))));
        let rows = self.rows.iter().map(|row| self.chatbot_line(row, language));
        for line in lines.chain(rows).chain([self.total_line(language)]) {
            writer.write_record(&line).map_err(|error| CsvError(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| CsvError(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| CsvError(error.to_string()))?;
        Ok(mark.into_iter().collect::<String>() + &text)
    }

    fn chatbot_line(&self, row: &Row, language: Language) -> [String; 21] {
        let Row { chatbot, own, before } = row;
        let start = [guarded(Label::KindChatbot.text(language)), guarded(chatbot.as_str())];
        let measured = [own.requests.to_string(), own.p95.map(|millis| millis.to_string()).unwrap_or_default()];
        let earlier = (before.availability, before.outages);
        self.line(start, (own.availability, own.outages), measured, earlier, language)
    }

    fn total_line(&self, language: Language) -> [String; 21] {
        let [own, before] = &self.totals;
        let start = [guarded(Label::KindTotal.text(language)), String::new()];
        let measured = [own.requests.to_string(), String::new()];
        let earlier = (before.availability, before.outages);
        self.line(start, (own.availability, own.outages), measured, earlier, language)
    }

    fn line(
        &self,
        [kind, chatbot]: [String; 2],
        (own, outages): (Availability, Outages),
        [requests, p95]: [String; 2],
        (before, outages_before): (Availability, Outages),
        language: Language,
    ) -> [String; 21] {
        [
            kind,
            guarded(self.institution.as_str()),
            guarded(&self.name),
            chatbot,
            local_time(self.period.own.start, self.zone),
            local_time(self.period.own.end, self.zone),
            guarded(self.zone.as_str()),
            percent(&own, language),
            seconds(own.base()),
            seconds(own.total),
            seconds(own.planned),
            seconds(own.unknown),
            seconds(own.offline),
            seconds(own.forced),
            outages.count.to_string(),
            seconds(outages.longest),
            requests,
            p95,
            percent(&before, language),
            seconds(before.offline),
            outages_before.count.to_string(),
        ]
    }
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
