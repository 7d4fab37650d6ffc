//! Slack: slash commands and buttons of one workspace.
//!
//! A request is signed over its raw bytes: the signature is the HMAC-SHA256 of `v0:<timestamp>:<body>`
//! (docs.slack.dev/authentication/verifying-requests-from-slack).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Button, Visibility, escaped_parts},
    bot::{ApiMethod, ApiRequest, Bot, NotPosted, word},
    button::Seal,
    mac::{Keys, from_hex},
    room::{Content, Form, Home, Message, Occasion, Posted, Refused, Room, Sender, check_size, id, is_of_type, recent},
};

/// The word for the room.
pub const NAME: &str = "slack";
/// The request header with the time, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";
/// The request header with the signature.
pub const SIGNATURE_HEADER: &str = "x-slack-signature";
/// The origin of the addresses that take the answers to buttons.
pub const RESPONSES: &str = "https://hooks.slack.com";

/// The address of the Web API.
const API: &str = "https://slack.com/api";

/// The most characters of a section of a message.
const MAX_SECTION: usize = 3000;

/// A Slack workspace.
#[derive(Debug)]
pub struct Slack {
    home: Home,
    keys: Keys,
    seal: Seal,
    responses: String,
    bot: Option<Bot>,
}

impl Slack {
    /// Returns the workspace `home` with its signing secrets, the newest first. Answers to buttons go to addresses of the
    /// origin `responses`.
    pub(crate) fn new(home: Home, secrets: &[String], responses: String, bot: Option<Bot>) -> Self {
        let keys = Keys::new(secrets.iter().map(String::as_bytes));
        let bot = bot.map(|bot| if bot.address.is_empty() { Bot { address: API.to_owned(), ..bot } } else { bot });
        Self { home, seal: Seal::new(keys.clone(), NAME), keys, responses, bot }
    }

    /// Checks the time first, then the signature. Returns the code of the signature.
    fn verify(&self, posted: &Posted<'_>, now: Timestamp) -> Result<Vec<u8>, Refused> {
        let stated = posted.timestamp.filter(|text| recent(Some(text), now).is_some()).ok_or(Refused::Time)?;
        let code = posted.signature.and_then(|text| text.strip_prefix("v0=")).and_then(from_hex);
        let code = code.ok_or(Refused::Signature)?;
        let content = [b"v0:", stated.as_bytes(), b":", posted.body].concat();
        if self.keys.verify(&content, &code) { Ok(code) } else { Err(Refused::Signature) }
    }

    fn command(&self, form: &Form) -> Result<(Sender, Content), Refused> {
        let sender = Sender {
            team: form.id("team_id")?,
            user: form.id("user_id")?,
            channel: form.id("channel_id")?,
            is_shared: form.get("is_ext_shared_channel") == Some("true"),
        };
        self.check_team(&sender.team)?;
        form.get("command").ok_or(Refused::Malformed)?;
        let text = form.get("text").ok_or(Refused::Malformed)?;
        Ok((sender, Content::Command(unescaped(text))))
    }

    fn button(&self, payload: &str) -> Result<(Sender, Content), Refused> {
        let payload: Payload = serde_json::from_str(payload).map_err(|_| Refused::Malformed)?;
        self.check_team(&payload.team.id)?;
        // In a channel that is shared, people of other workspaces see the buttons too.
        let is_own = |team: &String| Some(team) == payload.team.enterprise_id.as_ref() || *team == self.home.team;
        if payload.user.team_id.as_ref().is_some_and(|team| !is_own(team)) {
            return Err(Refused::ForeignWorkspace);
        }
        let [action] = payload.actions.as_slice() else { return Err(Refused::Malformed) };
        let sender = Sender {
            team: id(Some(&payload.team.id))?,
            user: id(Some(&payload.user.id))?,
            channel: id(payload.channel.as_ref().map(|channel| channel.id.as_str()))?,
            is_shared: payload.channel.is_some_and(|channel| channel.is_ext_shared),
        };
        let value = action.value.clone();
        Ok((sender, Content::Button { value, respond_to: Some(payload.response_url) }))
    }

    fn check_team(&self, team: &str) -> Result<(), Refused> {
        if team == self.home.team { Ok(()) } else { Err(Refused::ForeignWorkspace) }
    }
}

/// The fields of a `block_actions` payload that are needed.
#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    _kind: BlockActions,
    team: Team,
    user: User,
    channel: Option<Channel>,
    actions: Vec<Pressed>,
    response_url: String,
}

#[derive(Deserialize)]
enum BlockActions {
    #[serde(rename = "block_actions")]
    BlockActions,
}

#[derive(Deserialize)]
struct Team {
    id: String,
    enterprise_id: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    team_id: Option<String>,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    #[serde(default)]
    is_ext_shared: bool,
}

#[derive(Deserialize)]
struct Pressed {
    value: String,
}

impl Room for Slack {
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
        if !is_of_type(posted, "application/x-www-form-urlencoded") {
            return Err(Refused::ContentType);
        }
        check_size(posted)?;
        let unique = self.verify(posted, now)?;
        let form = Form::parse(posted.body);
        let (sender, content) = match form.get("payload") {
            Some(payload) => self.button(payload)?,
            None if form.get("ssl_check") == Some("1") => {
                let nobody = Sender {
                    team: self.home.team.clone(),
                    user: String::new(),
                    channel: String::new(),
                    is_shared: false,
                };
                (nobody, Content::Check)
            }
            None => self.command(&form)?,
        };
        Ok(Message { unique, sender, content })
    }

    fn render(&self, answer: &Answer, occasion: Occasion) -> Value {
        let is_public = answer.visibility == Visibility::Channel;
        let mut message = message(answer);
        message["response_type"] = if is_public { "in_channel" } else { "ephemeral" }.into();
        // The message that had the button says what came of it, without the button.
        message["replace_original"] = (occasion == Occasion::Button && is_public).into();
        message
    }

    fn may_respond_to(&self, address: &str) -> bool {
        address.strip_prefix(&self.responses).is_some_and(|path| path.starts_with('/'))
    }

    fn bot(&self) -> Option<&Bot> {
        self.bot.as_ref()
    }

    fn post(&self, bot: &Bot, channel: &str, thread: Option<&str>, answer: &Answer) -> ApiRequest {
        let mut body = message(answer);
        body["channel"] = channel.into();
        if let Some(thread) = thread {
            body["thread_ts"] = thread.into();
        }
        ApiRequest { method: ApiMethod::Post, address: format!("{}/chat.postMessage", bot.address), body }
    }

    fn edit(&self, bot: &Bot, channel: &str, id: &str, answer: &Answer) -> ApiRequest {
        let mut body = message(answer);
        body["channel"] = channel.into();
        body["ts"] = id.into();
        ApiRequest { method: ApiMethod::Post, address: format!("{}/chat.update", bot.address), body }
    }

    fn posted(&self, status: u16, body: &Value) -> Result<String, NotPosted> {
        if let (200, true, Some(id)) = (status, body["ok"] == true, body["ts"].as_str()) {
            return Ok(id.to_owned());
        }
        match body["error"].as_str() {
            _ if status == 429 => Err(NotPosted::TooMany),
            Some("ratelimited" | "rate_limited") => Err(NotPosted::TooMany),
            Some("message_not_found" | "thread_not_found" | "cant_update_message" | "edit_window_closed") => {
                Err(NotPosted::Gone)
            }
            _ => Err(NotPosted::Refused { status, word: word(&body["error"]) }),
        }
    }
}

/// Returns `answer` in the form that Slack takes for every message.
fn message(answer: &Answer) -> Value {
    let parts = escaped_parts(&answer.text, MAX_SECTION, escape);
    let section =
        |text: &String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}});
    let mut blocks: Vec<_> = parts.iter().filter(|part| !part.trim().is_empty()).map(section).collect();
    blocks.extend(answer.link.iter().map(|link| section(&format!("<{}|{}>", link.address, link.label))));
    let button = |(place, button): (usize, &Button)| {
        let label = json!({"type": "plain_text", "text": button.label});
        json!({"type": "button", "action_id": format!("centops-{place}"), "text": label, "value": button.value})
    };
    let buttons: Vec<_> = answer.buttons.iter().enumerate().map(button).collect();
    if !buttons.is_empty() {
        blocks.push(json!({"type": "actions", "elements": buttons}));
    }
    json!({
        "text": parts.first(),
        "mrkdwn": false,
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

/// Escapes Slack's control characters, and ends mentions.
fn escape(one: char) -> Option<&'static str> {
    match one {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        // A zero-width space keeps the character and ends the mention.
        '@' => Some("@\u{200b}"),
        _ => None,
    }
}

/// Returns the text as it was written: Slack sends three characters escaped.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests;
