//! A network that is built by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    chatbots::ChatbotType,
    incidents::{AtRisk, CommonCause, Opening, ReportedVersion, Shared, common_causes},
    ingestion::Observer,
    notifications::Enrolment,
};

/// Noon of 1 January 2026.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_767_268_800).expect("a time")
}

pub(super) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Chatbots and openings. Each chatbot has a host and an institution of its own unless a test sets them, and two DMRs
/// report on it.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) population: Vec<AtRisk>,
    pub(super) openings: Vec<Opening>,
    pub(super) caps: BTreeMap<ChatbotType, u32>,
}

impl World {
    /// Adds `count` chatbots, each changed by `set`. Returns the place of the first.
    pub(super) fn add(&mut self, count: usize, set: impl Fn(&mut AtRisk)) -> usize {
        let first = self.population.len();
        for number in first..first + count {
            let mut facts = AtRisk {
                chatbot: enrolment(number),
                kind: ChatbotType::Institution,
                institution: format!("owner-{number}").parse().expect("a name"),
                host: format!("host-{number}.example.ee"),
                dmrs: dmrs(&["narva", "tartu"]),
                versions: Vec::new(),
            };
            set(&mut facts);
            self.population.push(facts);
        }
        first
    }

    /// Lets `count` chatbots fail from the place on, a minute ago, as all DMRs see.
    pub(super) fn fail(&mut self, from: usize, count: usize) {
        let failing: Vec<_> = self.population[from..from + count].iter().map(all_see).collect();
        self.openings.extend(failing);
    }

    /// The same, as these observers see.
    pub(super) fn fail_for(&mut self, from: usize, count: usize, witnesses: &[Observer]) {
        self.fail(from, count);
        let added = self.openings.len() - count;
        self.openings[added..].iter_mut().for_each(|one| one.witnesses = witnesses.iter().cloned().collect());
    }

    pub(super) fn causes(&self) -> Vec<CommonCause> {
        common_causes(&self.openings, &self.population, &self.caps, now())
    }

    /// Returns each cause as `kind name affected/population, affected/others`.
    pub(super) fn summary(&self) -> Vec<String> {
        self.causes().iter().map(line).collect()
    }
}

fn all_see(facts: &AtRisk) -> Opening {
    let witnesses = facts.dmrs.iter().cloned().map(Observer::Dmr).collect();
    Opening { chatbot: facts.chatbot.clone(), at: now() - minutes(1), witnesses }
}

fn line(cause: &CommonCause) -> String {
    let CommonCause { members, population, others_affected, others, .. } = cause;
    let names: Vec<_> = [&cause.shared].into_iter().chain(&cause.also).map(text).collect();
    format!("{} {}/{population}, {others_affected}/{others}", names.join(" = "), members.len())
}

fn text(shared: &Shared) -> String {
    match shared {
        Shared::Dmr { dmr } => format!("dmr {dmr}"),
        Shared::Host { host } => format!("host {host}"),
        Shared::Version { component, version } => format!("version {component} {version}"),
        Shared::Institution { institution } => format!("institution {institution}"),
        Shared::Everything { types } => format!("everything {}", types.len()),
    }
}

pub(super) fn enrolment(number: usize) -> Enrolment {
    Enrolment { name: format!("bot-{number:05}").parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH }
}

pub(super) fn dmrs(names: &[&str]) -> BTreeSet<crate::chatbots::Name> {
    names.iter().map(|name| name.parse().expect("a name")).collect()
}

pub(super) fn dmr(name: &str) -> Observer {
    Observer::Dmr(name.parse().expect("a name"))
}

/// Returns a version that was reported this many minutes ago.
pub(super) fn reported(component: &str, version: &str, ago: i64) -> ReportedVersion {
    ReportedVersion {
        component: component.parse().expect("a name"),
        version: version.parse().expect("a version"),
        since: now() - minutes(ago),
    }
}

pub(super) fn took_ruuter(facts: &mut AtRisk) {
    facts.versions.push(reported("ruuter", "2.2.0", 240));
}

pub(super) fn on(host: &'static str) -> impl Fn(&mut AtRisk) {
    move |facts| host.clone_into(&mut facts.host)
}

pub(super) fn of(institution: &'static str) -> impl Fn(&mut AtRisk) {
    move |facts| facts.institution = institution.parse().expect("a name")
}
