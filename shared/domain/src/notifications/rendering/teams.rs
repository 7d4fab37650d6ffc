//! Teams: the body for a Workflows URL, one Adaptive Card.
//!
//! Texts are text runs of rich text blocks: Teams reads Markdown in a text block, but not in a text run, so no reason or
//! error can become a link.

use serde_json::{Value, json};

use crate::notifications::rendering::{
    Renderer,
    content::MessageContent,
    document::{Document, links, section_lines},
    limits::{MAX_TEAMS, largest},
};

impl Renderer<'_> {
    /// Returns the Teams message of `content`: at most 20,000 bytes.
    #[must_use]
    pub fn teams(&self, content: &MessageContent) -> String {
        let render = |most| self.teams_message(&self.document(content, most)).to_string();
        largest(content.entries.len(), render, |message| message.len() <= MAX_TEAMS)
    }

    /// Returns the message of a document.
    pub(crate) fn teams_message(&self, document: &Document) -> Value {
        let mut body = vec![rich(&document.subject, &json!({ "size": "large", "weight": "bolder" }))];
        let plain = json!({});
        body.extend(document.facts.iter().map(|(label, fact)| rich(&format!("{label}: {fact}"), &plain)));
        for section in &document.sections {
            if document.sections.len() > 1 {
                body.push(rich(&section.heading, &json!({ "size": "medium", "weight": "bolder" })));
            }
            body.push(rich(&section.explanation, &plain));
            body.extend(section_lines(section).iter().map(|line| rich(line, &plain)));
        }
        body.extend(document.omitted.iter().map(|sentence| rich(sentence, &plain)));
        body.push(rich(&document.footer, &json!({ "size": "small" })));
        let actions = links(self.links, self.words());
        let actions =
            actions.iter().map(|(label, url)| json!({ "type": "Action.OpenUrl", "title": label, "url": url }));
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "lang": self.language.as_str(),
            "fallbackText": document.subject,
            "body": body,
            "actions": actions.collect::<Vec<_>>(),
            "msteams": { "width": "Full" },
        });
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        })
    }
}

/// Returns a block with one text run in the given style.
fn rich(text: &str, style: &Value) -> Value {
    let mut run = style.clone();
    run["type"] = json!("TextRun");
    run["text"] = json!(text);
    json!({ "type": "RichTextBlock", "inlines": [run] })
}
