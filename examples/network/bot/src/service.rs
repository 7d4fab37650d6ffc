//! Service handlers: the form of an answer in each channel.

use network_understanding::responses::Button;
use serde_json::{Value, json};

/// The longest text of a Slack section.
const SLACK_TEXT: usize = 3000;
/// The longest label of a Slack button.
const SLACK_LABEL: usize = 75;

/// One message of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// Renders answers for a channel.
pub trait ServiceHandler: Send + Sync {
    /// Renders an answer to `recipient`.
    fn render(&self, recipient: &str, replies: &[Reply]) -> Value;
}

/// Rasa's REST channel: `[{recipient_id, text, buttons?}]`.
#[derive(Clone, Copy, Debug)]
pub struct Web;

impl ServiceHandler for Web {
    fn render(&self, recipient: &str, replies: &[Reply]) -> Value {
        let render = |reply: &Reply| {
            let mut message = json!({"recipient_id": recipient, "text": reply.text});
            if !reply.buttons.is_empty() {
                message["buttons"] = json!(reply.buttons);
            }
            message
        };
        replies.iter().map(render).collect()
    }
}

/// Slack's blocks, with a plain text for notifications.
#[derive(Clone, Copy, Debug)]
pub struct Slack;

impl ServiceHandler for Slack {
    fn render(&self, recipient: &str, replies: &[Reply]) -> Value {
        let mut blocks = Vec::new();
        for reply in replies {
            blocks.push(json!({
                "type": "section", "text": {"type": "plain_text", "text": cut(&reply.text, SLACK_TEXT)},
            }));
            let button = |button: &Button| {
                json!({
                    "type": "button", "value": button.payload,
                    "text": {"type": "plain_text", "text": cut(&button.title, SLACK_LABEL)},
                })
            };
            if !reply.buttons.is_empty() {
                blocks
                    .push(json!({"type": "actions", "elements": reply.buttons.iter().map(button).collect::<Value>()}));
            }
        }
        let text: Vec<&str> = replies.iter().map(|reply| reply.text.as_str()).collect();
        json!({"channel": recipient, "text": text.join("\n"), "blocks": blocks})
    }
}

/// Returns the handler of a channel.
#[must_use]
pub fn handler(name: &str) -> Option<&'static dyn ServiceHandler> {
    match name {
        "web" => Some(&Web),
        "slack" => Some(&Slack),
        _ => None,
    }
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies() -> Vec<Reply> {
        let button = Button { title: "Kas vihma sajab?".to_owned(), payload: "/rain".to_owned() };
        vec![Reply { text: "Kas pidasid silmas?".to_owned(), buttons: vec![button] }]
    }

    #[test]
    fn web_is_the_form_of_rasa() {
        let expected = json!([{"recipient_id": "v1", "text": "Kas pidasid silmas?",
            "buttons": [{"title": "Kas vihma sajab?", "payload": "/rain"}]}]);
        assert_eq!(Web.render("v1", &replies()), expected);
    }

    #[test]
    fn slack_has_blocks_within_its_limits() {
        let mut long = replies();
        long[0].text = "ä".repeat(5000);
        long[0].buttons[0].title = "ä".repeat(100);
        let rendered = Slack.render("C1", &long);
        assert_eq!(rendered["blocks"][0]["text"]["text"].as_str().map(|text| text.chars().count()), Some(3000));
        let label = &rendered["blocks"][1]["elements"][0]["text"]["text"];
        assert_eq!(label.as_str().map(|text| text.chars().count()), Some(75));
        assert_eq!(rendered["channel"], "C1");
    }
}
