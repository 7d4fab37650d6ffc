//! Mattermost: slash commands and buttons of one team.
//!
//! A command has a token that the server and we share, and no time. A request of a button has neither; it repeats the
//! context that we gave to the server, which the server shows to nobody: the sealed value in it is what authenticates it
//! (developers.mattermost.com/integrate). So the network path from the server has to be private or TLS, as ours is, and the
//! firewall should admit the server's address only.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Button, Visibility, escaped_parts},
    bot::{ApiMethod, ApiRequest, Bot, NotPosted, word},
    button::{NoOffer, Seal},
    mac::Keys,
    room::{Content, Form, Home, Message, Occasion, Posted, Refused, Room, Sender, check_size, id, is_of_type},
};

/// The word for the room.
pub const NAME: &str = "mattermost";

/// The content that a token is compared by: of two codes of one text, the time of the comparison does not tell how much of
/// a token is right.
const COMPARED: &[u8] = b"token";

/// A Mattermost team.
#[derive(Debug)]
pub struct Mattermost {
    home: Home,
    keys: Keys,
    seal: Seal,
    /// The address of the buttons: of this operation.
    address: String,
    bot: Option<Bot>,
}

impl Mattermost {
    /// Returns the team `home` with the tokens of its slash command, the newest first. Requests of buttons go to `address`.
    pub(crate) fn new(home: Home, tokens: &[String], address: String, bot: Option<Bot>) -> Self {
        let keys = Keys::new(tokens.iter().map(String::as_bytes));
        Self { home, seal: Seal::new(keys.clone(), NAME), keys, address, bot }
    }

    /// Returns the text of a message and its attachments, which hold the buttons.
    fn message(&self, answer: &Answer) -> (String, Value) {
        let mut text = escaped_parts(&answer.text, usize::MAX, escape).concat();
        if let Some(link) = &answer.link {
            text = format!("{text}\n[{}]({})", link.label, link.address);
        }
        let action = |(place, button): (usize, &Button)| {
            let integration = json!({"url": self.address, "context": {"value": button.value}});
            json!({"id": format!("centops{place}"), "type": "button", "name": button.label, "integration": integration})
        };
        let actions: Vec<_> = answer.buttons.iter().enumerate().map(action).collect();
        let attachments = if actions.is_empty() { json!([]) } else { json!([{"text": "", "actions": actions}]) };
        (text, attachments)
    }

    fn command(&self, posted: &Posted<'_>) -> Result<Message, Refused> {
        let form = Form::parse(posted.body);
        let stated = form.get("token").map(|token| Keys::new([token.as_bytes()])).and_then(|key| key.sign(COMPARED));
        if !stated.is_some_and(|code| self.keys.verify(COMPARED, &code)) {
            return Err(Refused::Signature);
        }
        let sender = Sender {
            team: form.id("team_id")?,
            user: form.id("user_id")?,
            channel: form.id("channel_id")?,
            is_shared: false,
        };
        self.check_team(&sender.team)?;
        form.get("command").ok_or(Refused::Malformed)?;
        let trigger = form.get("trigger_id").filter(|trigger| !trigger.is_empty()).ok_or(Refused::Malformed)?;
        let text = form.get("text").ok_or(Refused::Malformed)?.to_owned();
        Ok(Message { unique: trigger.into(), sender, content: Content::Command(text) })
    }

    fn button(&self, posted: &Posted<'_>, now: Timestamp) -> Result<Message, Refused> {
        let pressed: Pressed = serde_json::from_slice(posted.body).map_err(|_| Refused::Signature)?;
        let value = pressed.context.value;
        // One that is over is authentic: the answer says that it is over.
        if self.seal.offer(&value, now) == Err(NoOffer::Foreign) {
            return Err(Refused::Signature);
        }
        let sender = Sender {
            team: id(Some(&pressed.team_id))?,
            user: id(Some(&pressed.user_id))?,
            channel: id(Some(&pressed.channel_id))?,
            is_shared: false,
        };
        self.check_team(&sender.team)?;
        if pressed.trigger_id.is_empty() {
            return Err(Refused::Malformed);
        }
        Ok(Message {
            unique: pressed.trigger_id.into_bytes(),
            sender,
            content: Content::Button { value, respond_to: None },
        })
    }

    fn check_team(&self, team: &str) -> Result<(), Refused> {
        if team == self.home.team { Ok(()) } else { Err(Refused::ForeignWorkspace) }
    }
}

/// The fields of a button's request that are needed.
#[derive(Deserialize)]
struct Pressed {
    user_id: String,
    channel_id: String,
    team_id: String,
    trigger_id: String,
    context: Context,
}

#[derive(Deserialize)]
struct Context {
    value: String,
}

impl Room for Mattermost {
    fn name(&self) -> &'static str {
        NAME
    }

    fn home(&self) -> &Home {
        &self.home
    }

    fn seal(&self) -> &Seal {
        &self.seal
    }

    fn read(&self, posted: &Posted<'_>, now: Timestamp) -> Result<Message, Refused> {
        check_size(posted)?;
        if is_of_type(posted, "application/x-www-form-urlencoded") {
            self.command(posted)
        } else if is_of_type(posted, "application/json") {
            self.button(posted, now)
        } else {
            Err(Refused::ContentType)
        }
    }

    fn render(&self, answer: &Answer, occasion: Occasion) -> Value {
        let (text, attachments) = self.message(answer);
        let is_public = answer.visibility == Visibility::Channel;
        if occasion == Occasion::Button {
            // The message that had the button says what came of it, without the button.
            return if is_public {
                json!({"update": {"message": text, "props": {}}})
            } else {
                json!({"ephemeral_text": text})
            };
        }
        json!({
            "response_type": if is_public { "in_channel" } else { "ephemeral" },
            "text": text,
            "attachments": attachments,
        })
    }

    fn may_respond_to(&self, _: &str) -> bool {
        false
    }

    fn bot(&self) -> Option<&Bot> {
        self.bot.as_ref()
    }

    fn post(&self, bot: &Bot, channel: &str, thread: Option<&str>, answer: &Answer) -> ApiRequest {
        let (message, attachments) = self.message(answer);
        let root = thread.unwrap_or_default();
        let body =
            json!({"channel_id": channel, "root_id": root, "message": message, "props": {"attachments": attachments}});
        ApiRequest { method: ApiMethod::Post, address: format!("{}/api/v4/posts", bot.address), body }
    }

    fn edit(&self, bot: &Bot, _: &str, id: &str, answer: &Answer) -> ApiRequest {
        let (message, attachments) = self.message(answer);
        let body = json!({"message": message, "props": {"attachments": attachments}});
        ApiRequest { method: ApiMethod::Put, address: format!("{}/api/v4/posts/{id}/patch", bot.address), body }
    }

    fn posted(&self, status: u16, body: &Value) -> Result<String, NotPosted> {
        match (status, body["id"].as_str()) {
            (200 | 201, Some(message)) => {
                // The id becomes a part of an address.
                id(Some(message)).map_err(|_| NotPosted::Refused { status, word: "id".to_owned() })
            }
            (429, _) => Err(NotPosted::TooMany),
            (404, _) => Err(NotPosted::Gone),
            _ => Err(NotPosted::Refused { status, word: word(&body["id"]) }),
        }
    }
}

/// Escapes the characters of Markdown and of mentions.
fn escape(one: char) -> Option<&'static str> {
    Some(match one {
        '\\' => "\\\\",
        '`' => "\\`",
        '*' => "\\*",
        '_' => "\\_",
        '~' => "\\~",
        '[' => "\\[",
        ']' => "\\]",
        '(' => "\\(",
        ')' => "\\)",
        '!' => "\\!",
        '|' => "\\|",
        '#' => "\\#",
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        // Markdown has no escape of mentions and of addresses: a zero-width space ends them.
        '@' => "@\u{200b}",
        ':' => ":\u{200b}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
