//! The mail of a report: HTML, plain text, and CSV attached.

use jiff::SignedDuration;

use super::{csv::CsvError, html, plain, verdict::verdict};
use crate::{
    notifications::{Attachment, Language, Links, MAX_HTML, MAX_SUBJECT, MAX_TEXT, Mail, Words, largest, wording},
    reports::report::Report,
};

/// The most bytes of an attached file. A mail is stored until it is delivered, in an item of 400 KB.
const MAX_ATTACHED: usize = 100_000;

impl Report {
    /// Returns the page in `language`. Its links are `links`.
    #[must_use]
    pub fn page(&self, language: Language, links: &Links) -> String {
        html::page(&self.document(language, self.longest(), links, vec![]))
    }

    /// Returns the mail in `language`, with the report as CSV. A CSV that is too large is left out, and so are the chatbots
    /// with the highest availability where their tables are too large. The mail says so.
    ///
    /// # Errors
    /// [`CsvError`].
    pub fn mail(&self, language: Language, links: &Links) -> Result<Mail, CsvError> {
        let words = Words::new(language, self.zone);
        let content = Some(self.csv(language)?).filter(|csv| csv.len() <= MAX_ATTACHED);
        let note = if content.is_some() {
            words.say("Kõik arvud on lisatud CSV-failis.", "All figures are in the CSV file attached.").to_owned()
        } else {
            let path = format!("GET /institutions/{}/report", self.institution);
            words.say(
                format!("CSV-fail on kirja jaoks liiga suur. API annab selle: {path}."),
                format!("The CSV file is too large for a mail. The API has it: {path}."),
            )
        };
        let attachments =
            content.map(|content| Attachment { name: self.file_name(), media_type: CSV.to_owned(), content });
        let render = |most| {
            let document = self.document(language, most, links, vec![note.clone()]);
            (plain::text(&document), html::page(&document))
        };
        let fits = |(text, html): &(String, String)| text.len() <= MAX_TEXT && html.len() <= MAX_HTML;
        let (text, html) = largest(self.longest(), render, fits);
        Ok(Mail { subject: self.subject(words), text, html, attachments: attachments.into_iter().collect() })
    }

    /// Returns the number of rows of the longest table.
    fn longest(&self) -> usize {
        let incidents = self.incidents.as_ref().map_or(0, |incidents| incidents.listed.len());
        self.rows.len().max(self.updates.len()).max(incidents)
    }

    /// Returns the name of the CSV file, as `tax-board-2026-11-16.csv`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}.csv", self.institution, self.zone.local(self.period.own.start).date())
    }

    /// Returns the subject: the institution, the verdict and the days.
    fn subject(&self, words: Words) -> String {
        let (name, verdict) = (&self.name, verdict(self, words));
        let last = self.period.own.end - SignedDuration::from_nanos(1);
        let (from, to) = (words.day(self.period.own.start), words.day(last));
        let all = [
            format!("{name}: {verdict} ({from} – {to})"),
            format!("{name}: {verdict}"),
            format!("{}: {verdict}", self.institution),
            verdict,
        ];
        wording(all.to_vec(), MAX_SUBJECT)
    }
}

/// The media type of CSV.
const CSV: &str = "text/csv; charset=utf-8";
