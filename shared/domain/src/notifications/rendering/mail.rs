//! Mail: a subject, a plain text and HTML.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::notifications::rendering::{
    Renderer,
    content::MessageContent,
    document::{Document, links, section_lines},
    html,
    limits::{MAX_HTML, MAX_TEXT, largest},
};

/// A mail. SNS e-mail has the subject and the text of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The subject: one line of fewer than 100 characters.
    pub subject: String,
    /// The plain text: at most 100,000 bytes.
    pub text: String,
    /// The same in HTML: at most 100,000 bytes.
    pub html: String,
    /// Attached files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file that is attached to a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The name of the file (ASCII).
    pub name: String,
    /// The media type. The text is in UTF-8.
    pub media_type: String,
    /// The text.
    pub content: String,
}

impl Renderer<'_> {
    /// Returns the mail of `content`.
    #[must_use]
    pub fn mail(&self, content: &MessageContent) -> Mail {
        let render = |most| {
            let document = self.document(content, most);
            let (text, html) = (self.text(&document), html::page(&document, self));
            Mail { subject: document.subject, text, html, attachments: vec![] }
        };
        largest(content.entries.len(), render, |mail| mail.text.len() <= MAX_TEXT && mail.html.len() <= MAX_HTML)
    }

    /// Returns the plain text of a document.
    pub(crate) fn text(&self, document: &Document) -> String {
        let mut text = format!("{}\n\n", document.subject);
        for (label, fact) in &document.facts {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{label}: {fact}");
        }
        let several = document.sections.len() > 1;
        for section in &document.sections {
            text.push('\n');
            if several {
                let _ = writeln!(text, "{}", section.heading);
            }
            let _ = writeln!(text, "{}", section.explanation);
            for line in section_lines(section) {
                let _ = writeln!(text, "{line}");
            }
        }
        if let Some(omitted) = &document.omitted {
            let _ = writeln!(text, "\n{omitted}");
        }
        text.push('\n');
        for (label, url) in links(self.links, self.words()) {
            let _ = writeln!(text, "{label}: {url}");
        }
        let _ = writeln!(text, "{}", document.footer);
        text
    }
}
