//! Slack: the body for an incoming webhook.
//!
//! Limits (docs.slack.dev, Block Kit): 50 blocks, 3,000 characters in a text, 150 in a header. `verbatim` stops Slack from
//! turning texts into links and mentions.

use serde_json::{Value, json};

use crate::notifications::rendering::{
    Renderer,
    cause::shortened,
    content::MessageContent,
    document::{Document, links, section_lines},
    limits::{MAX_SLACK, largest},
};

/// The most blocks of a message.
pub(crate) const MAX_BLOCKS: usize = 50;
/// The most characters of a text.
pub(crate) const MAX_BLOCK_TEXT: usize = 3000;
/// The most characters of a header.
pub(crate) const MAX_HEADER: usize = 150;
/// The most characters of a line before it is escaped, which makes five of one character at most.
const MAX_LINE: usize = MAX_BLOCK_TEXT / 5 - 1;

impl Renderer<'_> {
    /// Returns the Slack message of `content`: at most 10,000 bytes. `text` is what notifications and screen readers get.
    #[must_use]
    pub fn slack(&self, content: &MessageContent) -> String {
        let render = |most| self.slack_message(&self.document(content, most));
        let blocks = |message: &Value| message["blocks"].as_array().map_or(0, Vec::len);
        let fits = |message: &Value| blocks(message) <= MAX_BLOCKS && message.to_string().len() <= MAX_SLACK;
        largest(content.entries.len(), render, fits).to_string()
    }

    fn slack_message(&self, document: &Document) -> Value {
        let mut blocks = vec![header(&document.subject)];
        let facts = document.facts.iter().map(|(label, fact)| format!("{label}: {fact}"));
        blocks.extend(paragraphs(facts.collect()));
        for section in &document.sections {
            if document.sections.len() > 1 {
                blocks.push(header(&section.heading));
            }
            let lines = std::iter::once(section.explanation.clone()).chain(section_lines(section));
            blocks.extend(paragraphs(lines.collect()));
        }
        blocks.extend(paragraphs(document.omitted.iter().cloned().collect()));
        let links = links(self.links, self.words());
        let links = links.iter().map(|(label, url)| format!("<{}|{label}>", escape(url)));
        let links: Vec<_> = links.filter(|link| link.len() < MAX_BLOCK_TEXT).map(|link| markdown(&link)).collect();
        blocks.extend(links.into_iter().map(|link| json!({ "type": "section", "text": link })));
        blocks.push(json!({ "type": "context", "elements": [markdown(&escape(&document.footer))] }));
        json!({ "text": escape(&document.subject), "blocks": blocks })
    }
}

/// Returns a header block. Text that has to be escaped may have five times as many characters, so that it is cut.
fn header(text: &str) -> Value {
    let whole = escape(text);
    let fits = whole.chars().count() <= MAX_HEADER;
    let text = if fits { whole } else { escape(&shortened(text, MAX_HEADER / 5)) };
    json!({ "type": "header", "text": { "type": "plain_text", "text": text } })
}

/// Returns lines as section blocks, each with as many lines as a text takes.
fn paragraphs(lines: Vec<String>) -> Vec<Value> {
    let mut texts: Vec<String> = vec![];
    for line in lines {
        let line = escape(&shortened(&line, MAX_LINE));
        match texts.last_mut() {
            // Bytes are at least as many as characters.
            Some(text) if text.len() + 1 + line.len() <= MAX_BLOCK_TEXT => {
                text.push('\n');
                text.push_str(&line);
            }
            _ => texts.push(line),
        }
    }
    texts.iter().map(|text| json!({ "type": "section", "text": markdown(text) })).collect()
}

fn markdown(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// Returns `text` with the three characters that Slack reads as markup replaced by entities.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
