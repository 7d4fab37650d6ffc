//! A chat server: how it authenticates its requests, what they say, and how it shows answers.

use std::collections::BTreeSet;

use centops_why::texts::Language;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    answer::Answer,
    bot::{ApiRequest, Bot, NotPosted},
    button::Seal,
};

/// The most bytes of a request: a command has some 1,500, a button with its message up to some 20,000.
pub const MAX_BODY: usize = 64 * 1024;
/// The most that the time of a request may differ from ours, either way.
pub const WINDOW: SignedDuration = SignedDuration::from_secs(300);

/// A request as it arrived.
#[derive(Clone, Copy)]
pub struct Posted<'a> {
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header with the time; none if there is not exactly one.
    pub timestamp: Option<&'a str>,
    /// The header with the signature; none if there is not exactly one.
    pub signature: Option<&'a str>,
    /// The bytes of the body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Posted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Posted({} bytes)", self.body.len())
    }
}

/// The reason why a request is refused before it is a request of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The body is not of a form that the chat sends.
    #[error("the content type is not one that the chat sends")]
    ContentType,
    /// The body is too large.
    #[error("a request has at most {MAX_BODY} bytes")]
    TooLarge,
    /// The time is missing, is none, or is more than five minutes away.
    #[error("the time of the request is missing, or more than five minutes away")]
    Time,
    /// The signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    Signature,
    /// The request is authentic, and has not the fields that are needed.
    #[error("the request has not the fields of a command or a button")]
    Malformed,
    /// The request comes from a workspace that is not the home workspace.
    #[error("the request comes from another workspace")]
    ForeignWorkspace,
}

/// The account that sent a request, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The workspace.
    pub team: String,
    /// The account. Names and e-mail addresses can be chosen; this cannot.
    pub user: String,
    /// The channel.
    pub channel: String,
    /// Whether the channel is known to be shared with another organization.
    pub is_shared: bool,
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The text after the slash command.
    Command(String),
    /// The value of a button, and the address that takes the answer, where the response does not.
    Button {
        /// The value, sealed.
        value: String,
        /// The address for the answer.
        respond_to: Option<String>,
    },
    /// A check of the connection: nothing is to be done.
    Check,
}

/// An authentic request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What makes the request unique, for the refusal of a repetition.
    pub unique: Vec<u8>,
    /// Who sent it.
    pub sender: Sender,
    /// What it is about.
    pub content: Content,
}

/// Where the room is, and how it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The workspace. Requests of others are refused.
    pub team: String,
    /// The channels in which commands are permitted.
    pub channels: BTreeSet<String>,
    /// The language of the answers.
    pub language: Language,
}

impl Home {
    /// Returns whether commands are permitted where `sender` is: in a listed channel that is not shared.
    #[must_use]
    pub fn permits_channel_of(&self, sender: &Sender) -> bool {
        !sender.is_shared && self.channels.contains(&sender.channel)
    }
}

/// The kind of request that an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A command.
    Command,
    /// A button.
    Button,
}

/// A chat server.
pub trait Room {
    /// Returns the word for the room in paths, keys and audit records.
    fn name(&self) -> &'static str;

    /// Returns where the room is.
    fn home(&self) -> &Home;

    /// Returns what seals the buttons of the room.
    fn seal(&self) -> &Seal;

    /// Checks that `posted` is authentic at `now`, and reads it.
    ///
    /// # Errors
    /// [`Refused`]. Nothing of the body is believed, nor parsed where the signature covers it, before it is authentic.
    fn read(&self, posted: &Posted<'_>, now: Timestamp) -> Result<Message, Refused>;

    /// Returns `answer` in the form of the room.
    fn render(&self, answer: &Answer, occasion: Occasion) -> Value;

    /// Returns whether an answer may be sent to `address`.
    fn may_respond_to(&self, address: &str) -> bool;

    /// Returns the account that posts messages about incidents; none if the room is told nothing.
    fn bot(&self) -> Option<&Bot>;

    /// Returns the request that posts `message` as `bot` into `channel`, or into the thread of the message `thread` there.
    fn post(&self, bot: &Bot, channel: &str, thread: Option<&str>, message: &Answer) -> ApiRequest;

    /// Returns the request that replaces the message `id` in `channel`.
    fn edit(&self, bot: &Bot, channel: &str, id: &str, message: &Answer) -> ApiRequest;

    /// Reads the answer of the API. Returns the id of the message.
    ///
    /// # Errors
    /// [`NotPosted`].
    fn posted(&self, status: u16, body: &Value) -> Result<String, NotPosted>;
}

/// Checks the size, and returns the kind of the body.
pub(crate) fn check_size(posted: &Posted<'_>) -> Result<(), Refused> {
    if posted.body.len() > MAX_BODY { Err(Refused::TooLarge) } else { Ok(()) }
}

/// Returns whether `posted` has the content type `essence`, whatever its parameters are.
pub(crate) fn is_of_type(posted: &Posted<'_>, essence: &str) -> bool {
    let stated = posted.content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    stated.trim().eq_ignore_ascii_case(essence)
}

/// Returns the time `text`, in seconds since 1970, if it is at most [`WINDOW`] before or after `now`.
pub(crate) fn recent(text: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let text = text.filter(|text| (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let at = Timestamp::from_second(text.parse().ok()?).ok()?;
    (now.duration_since(at).abs() <= WINDOW).then_some(at)
}

/// The fields of a form. One that is there twice is none.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.next().filter(|_| found.next().is_none())
    }

    /// Returns the field `name`: an id of 1 to 64 letters and digits.
    pub(crate) fn id(&self, name: &str) -> Result<String, Refused> {
        id(self.get(name))
    }
}

/// Checks that `text` is an id of 1 to 64 letters and digits.
pub(crate) fn id(text: Option<&str>) -> Result<String, Refused> {
    let is_id = |text: &&str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.filter(is_id).map(str::to_owned).ok_or(Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_764_320_400;

    proptest! {
        #[test]
        fn time_is_recent_within_five_minutes_either_way(offset in -1000_i64..1000) {
            let now = Timestamp::from_second(NOW).expect("a time");
            let text = (NOW + offset).to_string();
            prop_assert_eq!(recent(Some(&text), now).is_some(), offset.abs() <= 300);
        }

        #[test]
        fn other_texts_are_no_time(text in "[-+ 0-9a-z.]{0,14}") {
            let now = Timestamp::from_second(NOW).expect("a time");
            if recent(Some(&text), now).is_some() {
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }

    #[test]
    fn fraction_of_a_second_beyond_the_window_is_too_much() {
        let now: Timestamp = "2026-11-28T09:00:00.000000001Z".parse().expect("a time");
        let at = |offset: i64| (now.as_second() + offset).to_string();
        assert!(recent(Some(&at(-299)), now).is_some() && recent(Some(&at(-300)), now).is_none());
        assert!(recent(Some(&at(300)), now).is_some() && recent(Some(&at(301)), now).is_none());
        assert!(recent(None, now).is_none());
    }

    #[test]
    fn field_that_is_there_twice_is_none() {
        let form = Form::parse(b"team_id=T1&user_id=U1&team_id=T2&text=a+b%26");
        assert_eq!((form.get("team_id"), form.get("user_id"), form.get("text")), (None, Some("U1"), Some("a b&")));
        assert_eq!(form.id("team_id"), Err(Refused::Malformed));
        assert_eq!(form.id("text"), Err(Refused::Malformed));
    }
}
