//! The sender of a report, which is its message group.

use std::{fmt, str::FromStr};

use centops_domain::chatbots::Name;

/// The sender of a report. Its text form is `dmr:<name>` or `chatbot:<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A DMR, which reports about any chatbot.
    Dmr(Name),
    /// A chatbot, which reports about itself.
    Chatbot(Name),
}

/// The text is not a [`Sender`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message group is not a sender: dmr:<name> or chatbot:<name>")]
pub struct InvalidSender;

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dmr(name) => write!(f, "dmr:{name}"),
            Self::Chatbot(name) => write!(f, "chatbot:{name}"),
        }
    }
}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        let (profile, name) = text.split_once(':').ok_or(InvalidSender)?;
        let name = name.parse().map_err(|_| InvalidSender)?;
        match profile {
            "dmr" => Ok(Self::Dmr(name)),
            "chatbot" => Ok(Self::Chatbot(name)),
            _ => Err(InvalidSender),
        }
    }
}
