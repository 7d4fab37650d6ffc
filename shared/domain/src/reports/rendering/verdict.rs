//! The verdict: what a report says in one sentence, and figures in words.

use jiff::SignedDuration;

use crate::{
    notifications::Words,
    notifications::counted,
    reports::{
        availability::Availability,
        report::{Figures, Report, Totals},
    },
};

/// The sign for a figure that is not known.
pub(crate) const NONE: &str = "–";

/// Returns an availability as `99,93%`, or `–` if no time counts.
pub(crate) fn percent(availability: &Availability, words: Words) -> String {
    let decimal = words.say(',', '.');
    availability
        .hundredths()
        .map_or_else(|| NONE.to_owned(), |share| format!("{}{decimal}{:02}%", share / 100, share % 100))
}

/// Returns a duration in words, or `–` if it is zero.
pub(crate) fn duration(duration: SignedDuration, words: Words) -> String {
    if duration.is_zero() { NONE.to_owned() } else { words.duration(duration) }
}

/// Returns a latency, or `–` if nothing was measured.
pub(crate) fn latency(figures: &Figures) -> String {
    figures.p95.map_or_else(|| NONE.to_owned(), |millis| format!("{millis} ms"))
}

/// Returns a number of outages.
pub(crate) fn outages(count: usize, words: Words) -> String {
    let (one, many) = words.say(("katkestus", "katkestust"), ("outage", "outages"));
    counted(count, one, many)
}

/// Returns the verdict on all chatbots as a part of a sentence.
pub(crate) fn verdict(report: &Report, words: Words) -> String {
    let [Totals { availability, outages: found, .. }, _] = &report.totals;
    if report.rows.is_empty() {
        return words.say("vestlusroboteid ei ole", "no chatbots").to_owned();
    }
    let share = percent(availability, words);
    match (availability.hundredths(), found.count) {
        (None, _) => words.say("käideldavus ei ole teada", "availability not known").to_owned(),
        (Some(_), 0) => {
            words.say(format!("katkestusi ei olnud, käideldavus {share}"), format!("no outages, availability {share}"))
        }
        (Some(_), count) => {
            let count = outages(count, words);
            words.say(format!("{count}, käideldavus {share}"), format!("{count}, availability {share}"))
        }
    }
}

/// Returns the verdict on all chatbots as sentences.
pub(crate) fn sentences(report: &Report, words: Words) -> Vec<String> {
    let [Totals { availability, outages: found, .. }, before] = &report.totals;
    let chatbots = words.chatbots(report.rows.len());
    if report.rows.is_empty() {
        return vec![words.say("Asutusel ei ole vestlusroboteid.", "The institution has no chatbots.").to_owned()];
    }
    let (share, earlier) = (percent(availability, words), percent(&before.availability, words));
    let first = words.say(
        format!("{chatbots}, käideldavus kokku {share} (eelmisel perioodil {earlier})."),
        format!("{chatbots}, availability of all {share} (period before: {earlier})."),
    );
    let (total, longest) = (words.duration(availability.offline), words.duration(found.longest));
    let second = match found.count {
        0 => words.say("Katkestusi ei olnud.", "There were no outages.").to_owned(),
        count => {
            let count = outages(count, words);
            words.say(
                format!("Perioodis oli {count}, kokku {total}, pikim {longest}."),
                format!("The period has {count}, {total} in all, the longest {longest}."),
            )
        }
    };
    vec![first, second]
}
