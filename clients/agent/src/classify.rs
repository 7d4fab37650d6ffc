//! The rules of what a log line says about a chatbot.

use centops_report::{Failure, Outcome};

use crate::line::{Attempt, Line};

/// The meaning of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The chatbot's outcome.
    Report(Outcome),
    /// The name of the chatbot's address does not resolve. It counts as a failed connection, unless all names fail.
    Unresolved,
    /// The line says nothing about a chatbot.
    Ignore(Ignored),
}

/// The reason why a line is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ignored {
    /// There is no route to that name.
    NoRoute,
    /// nginx answered itself, for example 403 or 413.
    OwnAnswer,
    /// The sender closed the connection before the chatbot could respond.
    ClientGone,
    /// No name resolved: the resolver of the DMR failed, not the chatbot.
    Resolver,
    /// The line cannot be read.
    Unreadable,
}

impl Ignored {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::NoRoute, Self::OwnAnswer, Self::ClientGone, Self::Resolver, Self::Unreadable];

    /// Returns the reason as in metrics, such as `no-route`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::OwnAnswer => "own-answer",
            Self::ClientGone => "client-gone",
            Self::Resolver => "resolver",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The status with which nginx logs a request whose sender closed the connection.
const CLIENT_CLOSED: u16 = 499;

/// Returns the meaning of a line. `patience` is the time, in seconds, after which a sender that gave up proves that the
/// chatbot hangs.
#[must_use]
pub fn classify(line: &Line<'_>, patience: f64) -> Verdict {
    if line.hit != "1" {
        return Verdict::Ignore(Ignored::NoRoute);
    }
    let sender_status = line.status.parse::<u16>().ok();
    let attempts = line.attempts();
    let Some(last) = attempts.last() else {
        return match sender_status {
            Some(502) if !line.has_address() => Verdict::Unresolved,
            Some(CLIENT_CLOSED) => Verdict::Ignore(Ignored::ClientGone),
            _ => Verdict::Ignore(Ignored::OwnAnswer),
        };
    };
    if last.header_time.is_some() {
        return match last.status {
            Some(status @ 100..=599) => Verdict::Report(responded(line, last, status)),
            _ => Verdict::Ignore(Ignored::Unreadable),
        };
    }
    match (last.status, sender_status) {
        (Some(504), _) => Verdict::Report(Outcome::Failed { error: Failure::Timeout }),
        (Some(502), _) => Verdict::Report(Outcome::Failed { error: Failure::Connection }),
        (_, Some(CLIENT_CLOSED)) => given_up(last, patience),
        _ => Verdict::Ignore(Ignored::OwnAnswer),
    }
}

/// The chatbot sent a header. Its body may be cut: then only the lengths tell.
fn responded(line: &Line<'_>, last: &Attempt, status: u16) -> Outcome {
    let has_body = line.method != "HEAD" && !matches!(status, 100..=199 | 204 | 304);
    let is_cut = has_body
        && line.status != "499"
        && last.length.zip(line.content_length()).is_some_and(|(length, declared)| length < declared);
    if is_cut {
        return Outcome::Failed { error: Failure::Connection };
    }
    Outcome::Responded { status, duration_ms: last.response_time.and_then(milliseconds) }
}

/// The sender closed the connection first. After a set patience that is the chatbot's fault: else a chatbot that hangs
/// would hide behind impatient senders.
fn given_up(last: &Attempt, patience: f64) -> Verdict {
    if last.response_time.is_some_and(|time| time >= patience) {
        Verdict::Report(Outcome::Failed { error: Failure::Timeout })
    } else {
        Verdict::Ignore(Ignored::ClientGone)
    }
}

fn milliseconds(seconds: f64) -> Option<u32> {
    let milliseconds = std::time::Duration::try_from_secs_f64(seconds).ok()?.as_secs_f64() * 1000.0;
    format!("{milliseconds:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION: Verdict = Verdict::Report(Outcome::Failed { error: Failure::Connection });
    const TIMEOUT: Verdict = Verdict::Report(Outcome::Failed { error: Failure::Timeout });

    fn status(status: u16, duration_ms: u32) -> Verdict {
        Verdict::Report(Outcome::Responded { status, duration_ms: Some(duration_ms) })
    }

    /// Classifies a line with the fields hit, s, us, ua, urt, uht, len, cl.
    fn of(fields: [&str; 8]) -> Verdict {
        let [hit, s, us, ua, urt, uht, len, cl] = fields;
        let text = serde_json::json!({
            "v": 1, "at": "1764300000.123", "id": "x", "to": "tax-board", "hit": hit, "s": s, "us": us, "ua": ua,
            "urt": urt, "uct": "0.001", "uht": uht, "len": len, "cl": cl,
        })
        .to_string();
        classify(&Line::parse(&text).expect("a line"), 3.0)
    }

    const A: &str = "10.0.0.1:443";

    #[test]
    fn code_of_the_chatbot_is_reported_with_its_duration_even_502_and_504() {
        for code in ["200", "404", "499", "500", "502", "503", "504"] {
            let expected = status(code.parse().expect("a number"), 1235);
            assert_eq!(of(["1", code, code, A, "1.235", "1.200", "2", "2"]), expected, "{code}");
        }
    }

    #[test]
    fn missing_header_is_a_connection_error_or_a_timeout() {
        assert_eq!(of(["1", "502", "502", A, "0.001", "-", "0", "-"]), CONNECTION);
        assert_eq!(of(["1", "504", "504", A, "3.001", "-", "0", "-"]), TIMEOUT);
    }

    #[test]
    fn unresolved_name_is_told_apart_from_own_answers() {
        assert_eq!(of(["1", "502", "", "", "", "", "", ""]), Verdict::Unresolved);
        for own in ["403", "413", "400", "503", "500"] {
            assert_eq!(of(["1", own, "", "", "", "", "", ""]), Verdict::Ignore(Ignored::OwnAnswer));
        }
        assert_eq!(of(["0", "503", "", "", "", "", "", ""]), Verdict::Ignore(Ignored::NoRoute));
        assert_eq!(of(["", "503", "", "", "", "", "", ""]), Verdict::Ignore(Ignored::NoRoute));
    }

    #[test]
    fn sender_that_gave_up_is_ignored_until_its_patience_was_used_up() {
        assert_eq!(of(["1", "499", "-", A, "2.999", "-", "0", "-"]), Verdict::Ignore(Ignored::ClientGone));
        assert_eq!(of(["1", "499", "-", A, "3.000", "-", "0", "-"]), TIMEOUT);
        assert_eq!(of(["1", "499", "", "", "", "", "", ""]), Verdict::Ignore(Ignored::ClientGone));
        assert_eq!(of(["1", "499", "200", A, "1.000", "0.500", "5", "90"]), status(200, 1000), "not the chatbot's cut");
    }

    #[test]
    fn cut_body_is_a_connection_error() {
        assert_eq!(of(["1", "200", "200", A, "0.010", "0.001", "5", "90"]), CONNECTION);
        assert_eq!(of(["1", "200", "200", A, "0.010", "0.001", "90", "90"]), status(200, 10));
        assert_eq!(of(["1", "200", "200", A, "0.010", "0.001", "5", ""]), status(200, 10), "no declared length");
        assert_eq!(of(["1", "204", "204", A, "0.010", "0.001", "0", "90"]), status(204, 10));
    }

    #[test]
    fn last_of_several_tries_is_reported() {
        let two = "10.0.0.1:80, 10.0.0.2:80";
        assert_eq!(of(["1", "200", "502, 200", two, "0.001, 0.020", "-, 0.019", "0, 2", "2"]), status(200, 20));
        assert_eq!(of(["1", "502", "504, 502", two, "3.000, 0.001", "-, -", "0, 0", "-"]), CONNECTION);
        assert_eq!(of(["1", "504", "502 : 504", two, "0.001 : 3.000", "- : -", "0 : 0", "-"]), TIMEOUT);
        assert_eq!(
            of(["1", "201", "502, 500 : 201", two, "0.1, 0.2 : 0.3", "-, 0.1 : 0.2", "0, 1 : 2", "2"]),
            status(201, 300)
        );
    }

    #[test]
    fn other_formats_and_versions_are_refused() {
        use crate::line::LineError;
        assert_eq!(Line::parse("{}").err(), Some(LineError::Malformed));
        assert_eq!(Line::parse("127.0.0.1 - - \"GET / HTTP/1.1\" 200").err(), Some(LineError::Malformed));
        let text = r#"{"v":2,"at":"1.000","to":"","hit":"","s":"","us":"","ua":"","urt":"","uht":""}"#;
        assert_eq!(Line::parse(text).err(), Some(LineError::Version(2)));
    }
}
