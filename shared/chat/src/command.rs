//! Commands, as people write them after the slash command: `offline tax-board 2h Upgrade of the host`.

use centops_domain::{chatbots::Name, credentials::Secret, text::Reason};
use jiff::civil::Date;

use crate::action::{Action, Clock, Hours, Incident, Minutes};

/// The most characters of a command.
pub const MAX_LENGTH: usize = 1000;

/// A command of a person in a chat.
#[derive(Clone, Debug)]
pub enum Command {
    /// List the commands.
    Help,
    /// Link the account: with the code that the console shows, or without, to learn where that is.
    Link(Option<Secret>),
    /// End the link of the account.
    Unlink,
    /// Say who the account is linked with.
    WhoAmI,
    /// Run an action.
    Run(Action),
}

/// The reason why a text is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCommand {
    /// The first word is none of the commands.
    #[error("there is no such command")]
    Unknown,
    /// A chatbot is needed.
    #[error("the name of a chatbot is missing or wrong")]
    Chatbot,
    /// A reason is needed.
    #[error("a reason of 1 to 280 characters is missing")]
    Reason,
    /// A length is out of bounds.
    #[error("a length is 1m to 7d, and of an acknowledgement 1h to 72h")]
    Length,
    /// The times of an outage are needed.
    #[error("the times of an outage are HH:MM-HH:MM, after the day YYYY-MM-DD if it is not the next one")]
    Times,
    /// The code is not one that the console shows.
    #[error("the code is not complete")]
    Code,
    /// There are words after the end of the command.
    #[error("there are words too many")]
    Rest,
}

impl Command {
    /// Parses the text after the slash command. Nothing is [`Command::Help`].
    ///
    /// # Errors
    /// [`NoCommand`].
    pub fn parse(text: &str) -> Result<Self, NoCommand> {
        if text.chars().count() > MAX_LENGTH {
            return Err(NoCommand::Reason);
        }
        let mut words = Words(text);
        let verb = words.next().unwrap_or("help").to_lowercase();
        let command = match verb.as_str() {
            "help" | "abi" => Self::Help,
            "link" | "seo" => Self::Link(words.next().map(code).transpose()?),
            "unlink" | "lahuta" => Self::Unlink,
            "who" | "kes" => match words.next() {
                Some(name) => Self::Run(Action::Owner { chatbot: chatbot(Some(name))? }),
                None => Self::WhoAmI,
            },
            _ => Self::Run(action(&verb, &mut words)?),
        };
        if words.rest().is_empty() { Ok(command) } else { Err(NoCommand::Rest) }
    }
}

fn action(verb: &str, words: &mut Words<'_>) -> Result<Action, NoCommand> {
    Ok(match verb {
        "status" | "olek" => match words.next() {
            Some(name) => Action::Status { chatbot: Some(chatbot(Some(name))?) },
            None => Action::Status { chatbot: None },
        },
        "why" | "miks" => Action::Why { chatbot: chatbot(words.next())? },
        "logs" | "logi" => Action::Logs { chatbot: chatbot(words.next())? },
        "hold" | "külmuta" => {
            let (chatbot, minutes, reason) = control(words)?;
            Action::Hold { chatbot, minutes, reason }
        }
        "offline" | "välja" => {
            let (chatbot, minutes, reason) = control(words)?;
            Action::Offline { chatbot, minutes, reason }
        }
        "online" | "võrku" => {
            let (chatbot, minutes, reason) = control(words)?;
            Action::Online { chatbot, minutes, reason }
        }
        "release" | "vabasta" => Action::Release { chatbot: chatbot(words.next())? },
        "ack" | "acknowledge" | "kinnita" => {
            let incident = incident(words.next())?;
            let hours = words.next().map(hours).transpose()?;
            Action::Acknowledge { incident, hours }
        }
        "resolve" | "lahenda" => Action::Resolve { incident: incident(words.next())? },
        "outage" | "katkestus" => outage(words)?,
        _ => return Err(NoCommand::Unknown),
    })
}

/// Parses the words of an override: chatbot, length if there is one, reason.
fn control(words: &mut Words<'_>) -> Result<(Name, Option<Minutes>, Reason), NoCommand> {
    let chatbot = chatbot(words.next())?;
    let minutes = match words.peek().map(length) {
        Some(Some(minutes)) => {
            words.next();
            Some(Minutes::try_from(minutes).map_err(|_| NoCommand::Length)?)
        }
        Some(None) | None => None,
    };
    Ok((chatbot, minutes, reason(words)?))
}

fn outage(words: &mut Words<'_>) -> Result<Action, NoCommand> {
    let chatbot = chatbot(words.next())?;
    let day: Option<Date> = words.peek().and_then(|word| word.parse().ok().filter(|_| word.len() == 10));
    if day.is_some() {
        words.next();
    }
    let times = words.next().ok_or(NoCommand::Times)?;
    let (from, to) = times.split_once(['-', '–', '—']).ok_or(NoCommand::Times)?;
    let clock = |text: &str| Clock::try_from(text.to_owned()).map_err(|_| NoCommand::Times);
    Ok(Action::Outage { chatbot, day, from: clock(from)?, to: clock(to)?, reason: reason(words)? })
}

fn chatbot(word: Option<&str>) -> Result<Name, NoCommand> {
    word.and_then(|word| word.parse().ok()).ok_or(NoCommand::Chatbot)
}

fn incident(word: Option<&str>) -> Result<Incident, NoCommand> {
    word.and_then(|word| Incident::try_from(word.to_owned()).ok()).ok_or(NoCommand::Chatbot)
}

fn code(word: &str) -> Result<Secret, NoCommand> {
    Secret::try_from(word.to_owned()).map_err(|_| NoCommand::Code)
}

fn hours(word: &str) -> Result<Hours, NoCommand> {
    let minutes = length(word).filter(|minutes| minutes.is_multiple_of(60)).ok_or(NoCommand::Length)?;
    u8::try_from(minutes / 60).ok().and_then(|hours| Hours::try_from(hours).ok()).ok_or(NoCommand::Length)
}

fn reason(words: &mut Words<'_>) -> Result<Reason, NoCommand> {
    Reason::try_from(words.take_rest().to_owned()).map_err(|_| NoCommand::Reason)
}

/// Returns the minutes of a length such as `90m`, `2h` or `1d`; none if `word` is no length.
fn length(word: &str) -> Option<u32> {
    let at = word.find(|one: char| !one.is_ascii_digit()).filter(|at| (1..=6).contains(at))?;
    let unit = match word[at..].to_ascii_lowercase().as_str() {
        "m" | "min" => 1,
        "h" | "t" => 60,
        "d" | "p" => 24 * 60,
        _ => return None,
    };
    word[..at].parse::<u32>().ok()?.checked_mul(unit)
}

/// The words of a text, and what is left after them.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.0 = &self.0.trim_start()[word.len()..];
        Some(word)
    }

    fn peek(&self) -> Option<&'a str> {
        self.0.split_whitespace().next()
    }

    fn rest(&self) -> &'a str {
        self.0.trim()
    }

    fn take_rest(&mut self) -> &'a str {
        let rest = self.rest();
        self.0 = "";
        rest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::action::Kind;

    fn run(text: &str) -> Result<Action, NoCommand> {
        match Command::parse(text)? {
            Command::Run(action) => Ok(action),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn json_of(text: &str) -> serde_json::Value {
        serde_json::to_value(run(text).expect(text)).expect("json")
    }

    #[test]
    fn commands_are_those_of_the_help() {
        for (text, expected) in [
            ("status", json!({"action": "status"})),
            ("olek tax-board", json!({"action": "status", "chatbot": "tax-board"})),
            (" WHY  tax-board ", json!({"action": "why", "chatbot": "tax-board"})),
            ("who tax-board", json!({"action": "owner", "chatbot": "tax-board"})),
            ("logi tax-board", json!({"action": "logs", "chatbot": "tax-board"})),
            (
                "offline tax-board 2h Upgrade of the  host",
                json!({"action": "offline", "chatbot": "tax-board", "minutes": 120, "reason": "Upgrade of the  host"}),
            ),
            ("välja tax-board uuendus", json!({"action": "offline", "chatbot": "tax-board", "reason": "uuendus"})),
            ("hold tax 90min x", json!({"action": "hold", "chatbot": "tax", "minutes": 90, "reason": "x"})),
            (
                "online tax 1d 2h of work",
                json!({"action": "online", "chatbot": "tax", "minutes": 1440, "reason": "2h of work"}),
            ),
            ("release tax", json!({"action": "release", "chatbot": "tax"})),
            ("ack tax 8h", json!({"action": "acknowledge", "incident": "tax", "hours": 8})),
            ("resolve tax", json!({"action": "resolve", "incident": "tax"})),
            (
                "outage tax 22:00–23:00 Upgrade",
                json!({"action": "outage", "chatbot": "tax", "from": "22:00", "to": "23:00", "reason": "Upgrade"}),
            ),
            (
                "katkestus tax 2026-12-01 7:30-08:00 Upgrade",
                json!({"action": "outage", "chatbot": "tax", "day": "2026-12-01", "from": "07:30", "to": "08:00", "reason": "Upgrade"}),
            ),
        ] {
            assert_eq!(json_of(text), expected, "{text}");
        }
        for (text, is_right) in [
            ("", matches!(Command::parse(""), Ok(Command::Help))),
            ("link", matches!(Command::parse("link"), Ok(Command::Link(None)))),
            ("unlink", matches!(Command::parse("unlink"), Ok(Command::Unlink))),
            ("who", matches!(Command::parse("who"), Ok(Command::WhoAmI))),
        ] {
            assert!(is_right, "{text}");
        }
    }

    #[test]
    fn wrong_word_is_named() {
        for (text, expected) in [
            ("delete tax", NoCommand::Unknown),
            ("why", NoCommand::Chatbot),
            ("why Tax", NoCommand::Chatbot),
            ("why tax now", NoCommand::Rest),
            ("offline tax", NoCommand::Reason),
            ("offline tax 2h", NoCommand::Reason),
            ("offline tax 0m x", NoCommand::Length),
            ("offline tax 8d x", NoCommand::Length),
            ("ack tax 90m", NoCommand::Length),
            ("ack tax 73h", NoCommand::Length),
            ("ack tax soon", NoCommand::Length),
            ("outage tax 22:00 Upgrade", NoCommand::Times),
            ("outage tax 22:00-24:00 Upgrade", NoCommand::Times),
            ("outage tax 22:00-23:00", NoCommand::Reason),
        ] {
            assert_eq!(run(text), Err(expected), "{text}");
        }
        assert!(matches!(Command::parse("link 123"), Err(NoCommand::Code)));
        assert!(matches!(Command::parse("help me"), Err(NoCommand::Rest)));
    }

    proptest! {
        #[test]
        fn every_text_is_a_command_or_a_reason_why_not(text in ".{0,200}") {
            let _ = Command::parse(&text);
        }

        #[test]
        fn every_text_that_begins_with_a_verb_is_parsed_without_a_panic(
            verb in "(offline|hold|outage|ack|who|link|status)", rest in "[ 0-9hdm:–a-z-]{0,40}",
        ) {
            let _ = Command::parse(&format!("{verb}{rest}"));
        }

        #[test]
        fn reason_reaches_the_action_as_it_was_written(words in "[A-Z][a-zõäöü<>&@! ]{0,80}[a-z]") {
            let action = run(&format!("offline tax {words}"));
            let Ok(Action::Offline { reason, minutes: None, .. }) = action else { panic!("{action:?}") };
            prop_assert_eq!(reason.as_str(), words.trim());
        }

        #[test]
        fn length_is_the_product_of_number_and_unit(number in 1..=7_u32, unit in "[hdm]") {
            let action = run(&format!("hold tax {number}{unit} x"));
            let Ok(Action::Hold { minutes: Some(minutes), .. }) = action else { panic!("{action:?}") };
            let one = match unit.as_str() { "m" => 1, "h" => 60, _ => 1440 };
            prop_assert_eq!(u32::from(minutes), number * one);
        }
    }

    #[test]
    fn kinds_have_the_names_of_actions() {
        for text in [
            "status",
            "why tax",
            "logs tax",
            "who tax",
            "release tax",
            "ack tax",
            "resolve tax",
            "hold tax x",
            "offline tax x",
            "online tax x",
            "outage tax 1:00-2:00 x",
        ] {
            let action = run(text).expect(text);
            let kind = serde_json::to_value(action.kind()).expect("json");
            assert_eq!(serde_json::to_value(&action).expect("json")["action"], kind);
            assert_eq!(serde_json::from_value::<Kind>(kind).expect("a kind"), action.kind());
        }
    }
}
