//! The sentences that say why a chatbot has its status: those of the console (`console/src/health/why.ts`).
//!
//! `console/src/health/why-cases.json` has cases with their sentences. The tests of the console and of this crate read it.

pub mod health;
pub mod texts;

use jiff::{Timestamp, tz::TimeZone};

use health::{Cause, CheckReason, Control, Detector, Health, Held, Mode, Status, Witness};
use texts::{Texts, duration, moment};

pub use texts::Language;

/// The reader of the sentences: time, time zone and language.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The present time.
    pub now: Timestamp,
    /// The time zone in which times are shown.
    pub zone: TimeZone,
    /// The language.
    pub language: Language,
}

impl Reader {
    fn at(&self, time: Timestamp) -> String {
        moment(time, self.now, &self.zone, self.language)
    }
}

/// Returns the sentences, the most important first.
#[must_use]
pub fn why(health: &Health, reader: &Reader) -> Vec<String> {
    let texts = reader.language.texts();
    let length = (reader.now.as_millisecond() - health.since.as_millisecond()).div_euclid(1000);
    let status = match health.status {
        Status::Online => texts.online,
        Status::Offline => texts.offline,
        Status::Unknown => texts.unknown,
    };
    let since = reader.at(health.since);
    let mut sentences = vec![(texts.since)(status, &since, &duration(length, reader.language))];
    if let Some(cause) = health.cause.as_ref().filter(|cause| !is_override(cause, health.control.as_ref())) {
        sentences.extend(of_cause(cause, texts));
    }
    match health.held {
        Some(Held::Cap) => sentences.push(texts.held_by_cap.to_owned()),
        Some(Held::DryRun) => sentences.push(texts.held_by_dry_run.to_owned()),
        Some(Held::Other) | None => {}
    }
    if let Some(control) = &health.control {
        let until = control.until.map(|until| reader.at(until));
        let mode = mode(control.mode, texts);
        sentences.push((texts.controlled)(mode, &reader.at(control.since), until.as_deref(), &control.reason));
    }
    if let Some(check) = &health.check {
        let due = reader.at(check.due);
        match check.reason {
            CheckReason::Silence => sentences.push((texts.check_silence)(&due)),
            CheckReason::Disagreement => sentences.push((texts.check_disagreement)(&due)),
            CheckReason::OwnLog => sentences.push((texts.check_own_log)(&due)),
            CheckReason::Other => {}
        }
    }
    sentences.extend(health.flapping_since.map(|since| (texts.flapping)(&reader.at(since))));
    sentences.extend(health.pending.as_ref().map(|pending| (texts.pending)(&pending.uri, pending.failed_probes)));
    if health.circuit.as_deref() == Some("half-open") {
        sentences.push(texts.probing.to_owned());
    } else if let Some(next) = health.next_probe {
        sentences.push((texts.next_probe)(&reader.at(next)));
    }
    sentences
}

/// Returns the sentences of a cause alone, as [`why`] has them.
#[must_use]
pub fn sentences_of(cause: &Cause, language: Language) -> Vec<String> {
    of_cause(cause, language.texts())
}

/// True if the override says all that the cause does: it is the same one.
fn is_override(cause: &Cause, control: Option<&Control>) -> bool {
    let (Cause::Forced { reason }, Some(control)) = (cause, control) else { return false };
    control.mode == Mode::ForceOffline && reason.as_ref() == Some(&control.reason)
}

fn of_cause(cause: &Cause, texts: &Texts) -> Vec<String> {
    match cause {
        Cause::Enrolled => vec![texts.enrolled.to_owned()],
        Cause::Failing { witnesses } => {
            let all = witnesses.iter().filter_map(|witness| of_witness(witness, texts));
            std::iter::once((texts.failing)(witnesses.len())).chain(all).collect()
        }
        Cause::Unanswered { check_reason } => vec![
            match check_reason {
                Some(CheckReason::Silence) => texts.unanswered_silence,
                Some(CheckReason::Disagreement) => texts.unanswered_disagreement,
                Some(CheckReason::OwnLog) => texts.unanswered_own_log,
                Some(CheckReason::Other) | None => texts.unanswered,
            }
            .to_owned(),
        ],
        Cause::Forced { reason } => vec![(texts.forced)(reason.as_deref().filter(|reason| !reason.is_empty()))],
        Cause::Other => vec![],
    }
}

fn of_witness(witness: &Witness, texts: &Texts) -> Option<String> {
    let Witness { observer, detector, total, failed, slow } = witness;
    if observer == "chatbot" {
        return Some((texts.own_log)(*failed));
    }
    let observer = observer.strip_prefix("dmr:").unwrap_or(observer);
    match detector {
        Detector::FailureRate => Some((texts.failure_rate)(observer, *failed, *total)),
        Detector::SlowRate => Some((texts.slow_rate)(observer, *slow, *total)),
        Detector::Fast => Some((texts.fast)(observer, *failed, *total)),
        Detector::Other => None,
    }
}

fn mode(mode: Mode, texts: &Texts) -> &'static str {
    match mode {
        Mode::ForceOnline => texts.forced_online,
        Mode::ForceOffline => texts.forced_offline,
        Mode::Hold => texts.frozen,
        Mode::Other => "?",
    }
}

#[cfg(test)]
mod tests;
