//! The value of the secret `ChatSecret`: rooms, keys of webhooks, the topic.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{chatbots::Name, session::is_subject};
use centops_signing::secret::FromSecret;
use centops_why::texts::Language;
use serde::Deserialize;

use crate::{
    action::{Action, Kind},
    bot::Bot,
    mattermost::{self, Mattermost},
    room::{Home, Room},
    slack::{self, Slack},
    webhook::Verifier,
};

/// The fewest characters of a secret of a room. Slack's have 32, Mattermost's 26.
const MIN_SECRET: usize = 20;

/// What the stack's rooms, webhooks and topic may do.
#[derive(Debug, Default)]
pub struct Settings {
    slack: Option<Slack>,
    mattermost: Option<Mattermost>,
    webhooks: BTreeMap<String, Webhook>,
    topic: Option<Permit>,
}

/// The reason why a text is no settings. It repeats nothing of the text, which has secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// It is not the JSON that is documented.
    #[error("the secret of chats is not the JSON of docs/chat.md: line {line}, column {column}")]
    Json {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A room has no secret, or too short ones, or no team or channel.
    #[error("the room {0} needs one or two secrets of {MIN_SECRET} characters, a team and a channel")]
    Room(&'static str),
    /// The account that posts incidents has no token, or another channel than those of the room, or no address.
    #[error(
        "the bot of the room {0} needs a token of {MIN_SECRET} characters, one of the channels, and an address with https"
    )]
    Bot(&'static str),
    /// A key of webhooks has no good secrets or person.
    #[error(
        "a key of webhooks needs secrets of Standard Webhooks, the sub of a person, and actions that change something"
    )]
    Webhook,
    /// The topic has no good person.
    #[error("the topic needs the sub of a person, and actions that change something")]
    Topic,
}

/// What a machine may do, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permit {
    /// The `sub` of the person in whose name it acts, with the roles that the person has at the time.
    pub person: String,
    /// The permitted actions.
    pub actions: BTreeSet<Kind>,
    /// The permitted chatbots; all of the person's if it is absent.
    #[serde(default)]
    pub chatbots: Option<BTreeSet<Name>>,
}

impl Permit {
    /// Returns whether `action` is permitted. Where chatbots are listed, an action has to name one of them.
    #[must_use]
    pub fn permits(&self, action: &Action) -> bool {
        let is_of = |names: &BTreeSet<Name>| action.chatbot().is_some_and(|name| names.contains(name));
        self.actions.contains(&action.kind()) && self.chatbots.as_ref().is_none_or(is_of)
    }
}

/// A key of webhooks.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its secrets.
    pub verifier: Verifier,
    /// What it may do.
    pub permit: Permit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    slack: Option<RoomDocument>,
    mattermost: Option<RoomDocument>,
    #[serde(default)]
    webhooks: BTreeMap<Name, WebhookDocument>,
    topic: Option<Permit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomDocument {
    secrets: Vec<String>,
    team: String,
    channels: BTreeSet<String>,
    #[serde(default)]
    language: Language,
    /// The origin of addresses for answers (Slack), or the address of the buttons (Mattermost).
    address: Option<String>,
    /// The account that posts incidents; nothing is posted without one.
    bot: Option<Bot>,
}

/// The values of a room that were checked.
struct CheckedRoom {
    home: Home,
    secrets: Vec<String>,
    address: Option<String>,
    bot: Option<Bot>,
}

impl RoomDocument {
    fn check(self, room: &'static str) -> Result<CheckedRoom, InvalidSettings> {
        let is_right = (1..=2).contains(&self.secrets.len())
            && self.secrets.iter().all(|secret| secret.chars().count() >= MIN_SECRET)
            && !self.team.is_empty()
            && !self.channels.is_empty();
        // The incidents of all institutions are told: only where people of the channel may see them.
        let is_bot = |bot: &Bot| {
            self.channels.contains(&bot.incidents)
                && bot.token.chars().count() >= MIN_SECRET
                && bot.token.chars().all(|one| one.is_ascii_graphic())
                && (bot.address.is_empty() || keeps_secrets(&bot.address))
        };
        if !is_right {
            return Err(InvalidSettings::Room(room));
        }
        if !self.bot.as_ref().is_none_or(is_bot) {
            return Err(InvalidSettings::Bot(room));
        }
        let home = Home { team: self.team, channels: self.channels, language: self.language };
        Ok(CheckedRoom { home, secrets: self.secrets, address: self.address, bot: self.bot })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookDocument {
    secrets: Vec<String>,
    person: String,
    actions: BTreeSet<Kind>,
    #[serde(default)]
    chatbots: Option<BTreeSet<Name>>,
}

impl FromSecret for Settings {
    type Error = InvalidSettings;

    fn from_secret(text: &str) -> Result<Self, InvalidSettings> {
        let read = serde_json::from_str::<Document>(text);
        let document = read.map_err(|error| InvalidSettings::Json { line: error.line(), column: error.column() })?;
        let slack = document.slack.map(|room| room.check(slack::NAME)).transpose()?;
        let slack = slack.map(|CheckedRoom { home, secrets, address, bot }| {
            Slack::new(home, &secrets, address.unwrap_or_else(|| slack::RESPONSES.to_owned()), bot)
        });
        let mattermost = document.mattermost.map(|room| room.check(mattermost::NAME)).transpose()?;
        let mattermost = mattermost.map(|CheckedRoom { home, secrets, address, bot }| {
            let address = address.ok_or(InvalidSettings::Room(mattermost::NAME))?;
            if bot.as_ref().is_some_and(|bot| bot.address.is_empty()) {
                return Err(InvalidSettings::Bot(mattermost::NAME));
            }
            Ok(Mattermost::new(home, &secrets, address, bot))
        });
        let webhook = |(name, WebhookDocument { secrets, person, actions, chatbots }): (Name, WebhookDocument)| {
            let verifier = Verifier::new(&secrets).map_err(|_| InvalidSettings::Webhook)?;
            let permit = checked(Permit { person, actions, chatbots }, InvalidSettings::Webhook)?;
            Ok((name.into(), Webhook { verifier, permit }))
        };
        let webhooks = document.webhooks.into_iter().map(webhook).collect::<Result<_, _>>()?;
        let topic = document.topic.map(|permit| checked(permit, InvalidSettings::Topic)).transpose()?;
        Ok(Self { slack, mattermost: mattermost.transpose()?, webhooks, topic })
    }
}

/// Returns whether a token that is sent to `address` is encrypted, or stays on this machine.
fn keeps_secrets(address: &str) -> bool {
    ["https://", "http://127.0.0.1:", "http://localhost:"].iter().any(|start| address.starts_with(start))
}

/// Checks a permit. A machine reads by the API: an answer of a read has no use here.
fn checked(permit: Permit, error: InvalidSettings) -> Result<Permit, InvalidSettings> {
    let is_right = is_subject(&permit.person) && !permit.actions.iter().any(|kind| kind.is_read());
    if is_right { Ok(permit) } else { Err(error) }
}

impl Settings {
    /// Returns the room `name`, if it is set up.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<&(dyn Room + Send + Sync)> {
        match name {
            slack::NAME => self.slack.as_ref().map(|room| room as _),
            mattermost::NAME => self.mattermost.as_ref().map(|room| room as _),
            _ => None,
        }
    }

    /// Returns the rooms that are set up.
    pub fn rooms(&self) -> impl Iterator<Item = &(dyn Room + Send + Sync)> {
        [slack::NAME, mattermost::NAME].into_iter().filter_map(|name| self.room(name))
    }

    /// Returns the key `name` of webhooks.
    #[must_use]
    pub fn webhook(&self, name: &str) -> Option<&Webhook> {
        self.webhooks.get(name)
    }

    /// Returns what messages of the topic may do.
    #[must_use]
    pub fn topic(&self) -> Option<&Permit> {
        self.topic.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        let secret = "0123456789abcdef0123456789abcdef";
        json!({
            "slack": {"secrets": [secret], "team": "T1", "channels": ["C1"], "language": "et",
                "bot": {"token": secret, "incidents": "C1", "address": ""}},
            "mattermost": {"secrets": [secret], "team": "t", "channels": ["c"], "address": "https://x/chat/mattermost/requests",
                "bot": {"token": secret, "incidents": "c", "address": "https://chat.example.ee"}},
            "webhooks": {"deploy": {"secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "person": "EE60001019906",
                "actions": ["offline", "release"], "chatbots": ["tax-board"]}},
            "topic": {"person": "EE60001019906", "actions": ["hold"]},
        })
    }

    fn read(document: &Value) -> Result<Settings, InvalidSettings> {
        Settings::from_secret(&document.to_string())
    }

    #[test]
    fn documented_value_is_read_and_nothing_is_set_up_at_first() {
        let settings = read(&document()).expect("settings");
        assert_eq!(
            settings.room("slack").map(|room| (room.name(), room.home().language)),
            Some(("slack", Language::Et))
        );
        assert!(settings.room("mattermost").is_some() && settings.room("teams").is_none());
        assert!(settings.webhook("deploy").is_some() && settings.webhook("other").is_none());
        assert!(!format!("{settings:?}").contains("0123456789abcdef"));
        let empty = read(&json!({})).expect("settings");
        assert!(empty.room("slack").is_none() && empty.topic().is_none());
    }

    #[test]
    fn wrong_value_is_refused_without_repeating_it() {
        for (pointer, value) in [
            ("/slack/secrets", json!([])),
            ("/slack/secrets", json!(["short"])),
            ("/slack/secrets", json!(["0123456789abcdef0123", "0123456789abcdef0124", "0123456789abcdef0125"])),
            ("/slack/channels", json!([])),
            ("/slack/team", json!("")),
            ("/slack/language", json!("fr")),
            ("/mattermost/address", Value::Null),
            ("/slack/bot/incidents", json!("C2")),
            ("/slack/bot/token", json!("xoxb-short")),
            ("/slack/bot/token", json!("xoxb-0123456789abcdef \r\n")),
            ("/mattermost/bot/address", json!("")),
            ("/mattermost/bot/address", json!("http://chat.example.ee")),
            ("/slack/bot/address", json!("slack.com/api")),
            ("/webhooks/deploy/secrets", json!(["whsec_AAAA"])),
            ("/webhooks/deploy/person", json!("kati")),
            ("/webhooks/deploy/actions", json!(["delete"])),
            ("/webhooks/deploy/actions", json!(["logs"])),
            ("/topic/person", json!("")),
            ("/topic", json!({"person": "EE1", "actions": [], "roles": ["admin"]})),
        ] {
            let mut document = document();
            *document.pointer_mut(pointer).expect(pointer) = value;
            let error = read(&document).expect_err(pointer).to_string();
            assert!(!error.contains("0123456789abcdef") && !error.contains("EE6"), "{error}");
        }
    }

    #[test]
    fn permit_holds_for_its_actions_and_chatbots() {
        let settings = read(&document()).expect("settings");
        let permit = &settings.webhook("deploy").expect("a key").permit;
        let action = |value: Value| serde_json::from_value::<Action>(value).expect("an action");
        assert!(permit.permits(&action(json!({"action": "release", "chatbot": "tax-board"}))));
        assert!(!permit.permits(&action(json!({"action": "release", "chatbot": "police"}))));
        assert!(!permit.permits(&action(json!({"action": "online", "chatbot": "tax-board", "reason": "x"}))));
        let topic = settings.topic().expect("a permit");
        assert!(topic.permits(&action(json!({"action": "hold", "chatbot": "police", "reason": "x"}))));
        // An id says nothing of the chatbot.
        let incident = json!({"action": "acknowledge", "incident": "0193f000-0000-7000-8000-000000000000"});
        let listed = Permit { actions: [Kind::Acknowledge].into(), ..permit.clone() };
        assert!(!listed.permits(&action(incident)));
    }
}
