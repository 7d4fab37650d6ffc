//! Actions: what a chat, a webhook or a topic may request.

use std::fmt;

use centops_domain::{chatbots::Name, incidents::IncidentId, text::Reason};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// The longest override that an action sets, in minutes: a week. One without an end has no length.
pub const MAX_MINUTES: u32 = 7 * 24 * 60;
/// The longest acknowledgement, in hours.
pub const MAX_HOURS: u8 = 72;

/// An action. As JSON it has its name in `action`: `{"action": "offline", "chatbot": "tax-board", "minutes": 120, "reason":
/// "Upgrade"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Show the status of a chatbot, or of the network.
    Status {
        /// The chatbot; none for the network.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chatbot: Option<Name>,
    },
    /// Say why a chatbot has its status.
    Why {
        /// The chatbot.
        chatbot: Name,
    },
    /// Show the latest log entries of a chatbot.
    Logs {
        /// The chatbot.
        chatbot: Name,
    },
    /// Show who is responsible for a chatbot, and who works on its incident.
    Owner {
        /// The chatbot.
        chatbot: Name,
    },
    /// Keep the status of a chatbot as it is.
    Hold {
        /// The chatbot.
        chatbot: Name,
        /// The length, in minutes; none for an override without an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<Minutes>,
        /// Why.
        reason: Reason,
    },
    /// Take a chatbot out of routing.
    Offline {
        /// The chatbot.
        chatbot: Name,
        /// The length, in minutes; none for an override without an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<Minutes>,
        /// Why.
        reason: Reason,
    },
    /// Keep a chatbot in routing, whatever the engine observes.
    Online {
        /// The chatbot.
        chatbot: Name,
        /// The length, in minutes; none for an override without an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<Minutes>,
        /// Why.
        reason: Reason,
    },
    /// End the override of a chatbot.
    Release {
        /// The chatbot.
        chatbot: Name,
    },
    /// Acknowledge an incident.
    Acknowledge {
        /// The incident.
        incident: Incident,
        /// The length of the acknowledgement; none for the default of the API.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hours: Option<Hours>,
    },
    /// Resolve an incident.
    Resolve {
        /// The incident.
        incident: Incident,
    },
    /// Plan an outage of a chatbot.
    Outage {
        /// The chatbot.
        chatbot: Name,
        /// The day (Europe/Tallinn); none for the next day on which `from` is in the future.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<Date>,
        /// The start of the outage, by the clock.
        from: Clock,
        /// Its end, by the clock; the next day if it is not after the start.
        to: Clock,
        /// Why.
        reason: Reason,
    },
}

/// The kind of an action, for lists of what a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// [`Action::Status`].
    Status,
    /// [`Action::Why`].
    Why,
    /// [`Action::Logs`].
    Logs,
    /// [`Action::Owner`].
    Owner,
    /// [`Action::Hold`].
    Hold,
    /// [`Action::Offline`].
    Offline,
    /// [`Action::Online`].
    Online,
    /// [`Action::Release`].
    Release,
    /// [`Action::Acknowledge`].
    Acknowledge,
    /// [`Action::Resolve`].
    Resolve,
    /// [`Action::Outage`].
    Outage,
}

impl Kind {
    /// Returns whether actions of the kind change nothing.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::Status | Self::Why | Self::Logs | Self::Owner)
    }
}

impl Action {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Status { .. } => Kind::Status,
            Self::Why { .. } => Kind::Why,
            Self::Logs { .. } => Kind::Logs,
            Self::Owner { .. } => Kind::Owner,
            Self::Hold { .. } => Kind::Hold,
            Self::Offline { .. } => Kind::Offline,
            Self::Online { .. } => Kind::Online,
            Self::Release { .. } => Kind::Release,
            Self::Acknowledge { .. } => Kind::Acknowledge,
            Self::Resolve { .. } => Kind::Resolve,
            Self::Outage { .. } => Kind::Outage,
        }
    }

    /// Returns the chatbot, where the action names one.
    #[must_use]
    pub fn chatbot(&self) -> Option<&Name> {
        match self {
            Self::Status { chatbot } => chatbot.as_ref(),
            Self::Acknowledge { incident, .. } | Self::Resolve { incident } => incident.chatbot(),
            Self::Why { chatbot }
            | Self::Logs { chatbot }
            | Self::Owner { chatbot }
            | Self::Hold { chatbot, .. }
            | Self::Offline { chatbot, .. }
            | Self::Online { chatbot, .. }
            | Self::Release { chatbot }
            | Self::Outage { chatbot, .. } => Some(chatbot),
        }
    }

    /// Returns whether the action changes nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.kind().is_read()
    }

    /// Returns whether a second person has to confirm the action in a chat: it overrules what the engine observes.
    #[must_use]
    pub fn needs_second_person(&self) -> bool {
        matches!(self.kind(), Kind::Online)
    }
}

/// An incident: by its id, or the active one of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Incident {
    /// By its id.
    Id(IncidentId),
    /// The active one of this chatbot.
    Of(Name),
}

/// A text that names no incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an incident, and not the name of a chatbot")]
pub struct NoIncident;

impl Incident {
    fn chatbot(&self) -> Option<&Name> {
        if let Self::Of(name) = self { Some(name) } else { None }
    }
}

impl TryFrom<String> for Incident {
    type Error = NoIncident;

    fn try_from(text: String) -> Result<Self, NoIncident> {
        // An id has the form of a name too.
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Of).map_err(|_| NoIncident),
        }
    }
}

impl From<Incident> for String {
    fn from(incident: Incident) -> Self {
        incident.to_string()
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Of(name) => f.write_str(name.as_str()),
        }
    }
}

/// A length that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of bounds")]
pub struct OutOfBounds;

/// The length of an override in minutes: 1 to [`MAX_MINUTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

impl TryFrom<u32> for Minutes {
    type Error = OutOfBounds;

    fn try_from(minutes: u32) -> Result<Self, OutOfBounds> {
        if (1..=MAX_MINUTES).contains(&minutes) { Ok(Self(minutes)) } else { Err(OutOfBounds) }
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}

/// The length of an acknowledgement in hours: 1 to [`MAX_HOURS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Hours(u8);

impl TryFrom<u8> for Hours {
    type Error = OutOfBounds;

    fn try_from(hours: u8) -> Result<Self, OutOfBounds> {
        if (1..=MAX_HOURS).contains(&hours) { Ok(Self(hours)) } else { Err(OutOfBounds) }
    }
}

impl From<Hours> for u8 {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

/// A time of the day, `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Clock(Time);

/// A text that is no time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of the day is HH:MM")]
pub struct NoClock;

impl Clock {
    /// Returns the time of the day.
    #[must_use]
    pub fn time(self) -> Time {
        self.0
    }
}

impl TryFrom<String> for Clock {
    type Error = NoClock;

    fn try_from(text: String) -> Result<Self, NoClock> {
        let (hour, minute) = text.split_once(':').ok_or(NoClock)?;
        let number = |text: &str| {
            let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<i8>().ok()).flatten().ok_or(NoClock)
        };
        let minutes = if minute.len() == 2 { number(minute)? } else { return Err(NoClock) };
        Time::new(number(hour)?, minutes, 0, 0).map(Self).map_err(|_| NoClock)
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        clock.to_string()
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Action, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn action_of_a_webhook_is_read_strictly() {
        let text = r#"{"action":"offline","chatbot":"tax-board","minutes":120,"reason":"Upgrade"}"#;
        let action = read(text).expect("an action");
        assert_eq!((action.kind(), action.chatbot().map(Name::as_str)), (Kind::Offline, Some("tax-board")));
        assert_eq!(serde_json::to_string(&action).expect("json"), text);
        for bad in [
            r#"{"action":"offline","chatbot":"tax-board","minutes":120,"reason":"Upgrade","force":true}"#,
            r#"{"action":"offline","chatbot":"tax-board","minutes":0,"reason":"Upgrade"}"#,
            r#"{"action":"offline","chatbot":"tax-board","minutes":10081,"reason":"Upgrade"}"#,
            r#"{"action":"offline","chatbot":"tax-board","reason":" "}"#,
            r#"{"action":"offline","chatbot":"Tax Board","reason":"Upgrade"}"#,
            r#"{"action":"delete","chatbot":"tax-board"}"#,
            r#"{"chatbot":"tax-board"}"#,
            r#"{"action":"outage","chatbot":"tax","from":"25:00","to":"23:00","reason":"x"}"#,
            r#"{"action":"acknowledge","incident":"tax","hours":73}"#,
            "[]",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn incident_is_an_id_or_the_active_one_of_a_chatbot() {
        let id = "0193f000-0000-7000-8000-000000000000";
        assert!(matches!(Incident::try_from(id.to_owned()), Ok(Incident::Id(_))));
        assert!(matches!(Incident::try_from("tax-board".to_owned()), Ok(Incident::Of(_))));
        assert_eq!(Incident::try_from("Tax Board".to_owned()), Err(NoIncident));
    }

    #[test]
    fn clock_has_hours_and_two_digits_of_minutes() {
        let read = |text: &str| Clock::try_from(text.to_owned()).map(|clock| clock.to_string());
        assert_eq!(read("7:05"), Ok("07:05".to_owned()));
        assert_eq!(read("23:59"), Ok("23:59".to_owned()));
        for bad in ["24:00", "7:5", "7", "", "+7:00", "07:60", "007:00", "7:000", "õ:00"] {
            assert_eq!(read(bad), Err(NoClock), "{bad}");
        }
    }
}
