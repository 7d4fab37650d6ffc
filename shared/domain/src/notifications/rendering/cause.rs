//! Causes as sentences, and free text as one bounded line.

use crate::{
    health::{
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
    },
    ingestion::observer::Observer,
    notifications::rendering::words::{Words, capitalised, counted},
    text::composed,
};

/// The most characters of a free text, such as an error, in a message.
pub(crate) const MAX_FREE_TEXT: usize = 300;
/// The most witnesses that a cause names.
const MAX_WITNESSES: usize = 5;

/// Returns a cause as one or two sentences.
pub(crate) fn sentence(cause: &Cause, words: Words) -> String {
    let text = match cause {
        Cause::Enrolled => {
            words.say("Esimene kontrollpäring ei ole veel õnnestunud.", "It has not passed a probe yet.")
        }
        Cause::Unanswered(CheckReason::Silence) => words.say(
            "Vestlusroboti kohta ei tulnud aruandeid ja see ei vasta.",
            "No report arrived about it, and it does not answer.",
        ),
        Cause::Unanswered(CheckReason::Disagreement) => words.say(
            "Üks vaatleja leidis rikke ja vestlusrobot ei vasta.",
            "One observer finds it failing, and it does not answer.",
        ),
        Cause::Unanswered(CheckReason::OwnLog) => words.say(
            "Vestlusroboti enda logi näitab rikkeid ja see ei vasta.",
            "Its own log reports failures, and it does not answer.",
        ),
        Cause::Forced(reason) => {
            let reason = words.quoted(&one_line(reason));
            return words.say(
                format!("Haldur eemaldas selle võrgust: {reason}. See jääb välja, kuni haldur käsijuhtimise lõpetab."),
                format!(
                    "An administrator took it out: {reason}. It stays offline until an administrator ends the manual \
                     control.",
                ),
            );
        }
        Cause::Failing(witnesses) => return failing(witnesses, words),
    };
    text.to_owned()
}

fn failing(witnesses: &[Witness], words: Words) -> String {
    if witnesses.is_empty() {
        return words.say("Vestlusrobot ei tööta.", "It fails.").to_owned();
    }
    let mut parts: Vec<_> = witnesses.iter().take(MAX_WITNESSES).map(|witness| evidence(witness, words)).collect();
    let rest = witnesses.len().saturating_sub(MAX_WITNESSES);
    if rest > 0 {
        parts.push(words.say(
            format!("sama näeb veel {}", counted(rest, "vaatleja", "vaatlejat")),
            format!("{} the same", counted(rest, "more observer sees", "more observers see")),
        ));
    }
    capitalised(&parts.join("; ")) + "."
}

/// Returns the evidence of one observer, as a clause.
fn evidence(Witness { observer, by, counts, .. }: &Witness, words: Words) -> String {
    let (observer, total) = (observer_phrase(observer, words), counts.total);
    match by {
        Detector::FailureRate | Detector::Fast => words.say(
            format!("{observer}: {} ebaõnnestus (kokku {total})", counted(counts.failed, "päring", "päringut")),
            format!("{observer} saw {} of {total} fail", counts.failed),
        ),
        Detector::SlowRate => words.say(
            format!("{observer}: {} oli liiga aeglane (kokku {total})", counted(counts.slow, "vastus", "vastust")),
            format!("{observer} saw {} of {total} answer slowly", counts.slow),
        ),
    }
}

/// Returns an observer as a phrase.
pub(crate) fn observer_phrase(observer: &Observer, words: Words) -> String {
    match observer {
        Observer::Chatbot => words.say("vestlusroboti enda logi", "its own log").to_owned(),
        Observer::Dmr(name) => format!("DMR {name}"),
    }
}

/// Returns free text as one line of at most [`MAX_FREE_TEXT`] characters, without control characters and characters
/// that are not visible.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let visible = composed(&spaced);
    shortened(&visible.split_whitespace().collect::<Vec<_>>().join(" "), MAX_FREE_TEXT)
}

/// Returns `text`, cut so that it has at most `most` characters. A text that was cut ends with three full stops.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}
