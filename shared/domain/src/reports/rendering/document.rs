//! The document: headings, sentences and tables of a report, before they get a form.

use jiff::Timestamp;

use crate::notifications::{Language, Words};

/// A report in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) language: Language,
    /// The title of the page, and its first heading.
    pub(crate) title: String,
    /// The sentences under the title.
    pub(crate) lead: Vec<String>,
    pub(crate) sections: Vec<Section>,
    /// The links at the end: a text and a URL each.
    pub(crate) links: Vec<(&'static str, String)>,
    /// The sender, and the number of a mail.
    pub(crate) footer: String,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) heading: &'static str,
    pub(crate) sentences: Vec<String>,
    pub(crate) table: Option<Table>,
}

/// A table. Its first column names the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The caption, which is not the heading of its section.
    pub(crate) caption: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// The URLs of the first cells, in the order of the rows; none without links.
    pub(crate) links: Vec<String>,
}

impl Section {
    /// Returns a section of sentences.
    pub(crate) fn of_sentences(heading: &'static str, sentences: Vec<String>) -> Self {
        Self { heading, sentences, table: None }
    }
}

/// Returns the last line of a report that was made at `made_at`.
pub(super) fn footer(made_at: Timestamp, words: Words) -> String {
    let at = words.time(made_at);
    words.say(
        format!("Koostas CentOps, Bürokrati võrgu halduskeskus, {at}."),
        format!("Made by CentOps, the operations centre of the Bürokratt network, {at}."),
    )
}
