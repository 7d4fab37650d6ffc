//! Generated networks: chatbots with institutions, hosts, DMRs and versions.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    chatbots::{ChatbotType, Name},
    incidents::{AtRisk, ReportedVersion},
    notifications::Enrolment,
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use semver::Version;

/// Noon of 1 January 2026, in Unix seconds.
const START: i64 = 1_767_268_800;
/// The components of a chatbot.
const COMPONENTS: [&str; 5] = ["ruuter", "dmapper", "resql", "tim", "widget"];

/// Returns the time of all evaluations.
pub(super) fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(START)
}

/// Returns the name of a numbered thing.
#[expect(clippy::expect_used, reason = "prefixes are constants")]
pub(super) fn name(prefix: &str, number: usize) -> Name {
    format!("{prefix}-{number}").parse().expect("a name")
}

/// Returns a number below `count`; low ones are more frequent, so that groups have different sizes.
fn skewed(rng: &mut Rng, count: usize) -> usize {
    let uniform = rng.f64();
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "small")]
    let number = (uniform * uniform * count as f64) as usize;
    number.min(count - 1)
}

/// Returns a network of `size` chatbots.
pub(super) fn network(rng: &mut Rng, size: usize) -> Vec<AtRisk> {
    let institutions = size.div_ceil(rng.usize(4..12)).max(2);
    let platforms = size.div_ceil(rng.usize(12..40)).max(2);
    let dmrs = rng.usize(2..=6);
    // Most institutions use a platform that others use too; the others have hosts of their own, large ones several. In
    // a quarter of the networks one platform has half of all.
    let dominant = rng.u8(0..4) == 0;
    let platform = |rng: &mut Rng| if dominant && rng.u8(0..10) < 8 { 0 } else { skewed(rng, platforms) };
    let hosting: Vec<Option<usize>> = (0..institutions).map(|_| (rng.u8(0..10) < 6).then(|| platform(rng))).collect();
    let mut members: Vec<AtRisk> = (0..size)
        .map(|number| {
            let institution = skewed(rng, institutions);
            let host = match hosting.get(institution).copied().flatten() {
                Some(platform) if rng.u8(0..10) < 9 => format!("platform-{platform}.example.ee"),
                _ => format!("own-{institution}-{}.example.ee", rng.usize(..=size / 400)),
            };
            AtRisk {
                chatbot: Enrolment { name: name("bot", number), enrolled_at: Timestamp::UNIX_EPOCH },
                kind: if institution % 10 == 3 { ChatbotType::Ministry } else { ChatbotType::Institution },
                institution: name("institution", institution),
                host,
                dmrs: reporting(rng, dmrs),
                versions: versions(rng),
            }
        })
        .collect();
    for number in 0..rng.usize(1..=3) {
        roll_out(rng, &mut members, number);
    }
    members
}

/// Returns the DMRs that report on a chatbot: usually most of them.
fn reporting(rng: &mut Rng, dmrs: usize) -> BTreeSet<Name> {
    let mut reporting: BTreeSet<_> = (0..dmrs).filter(|_| rng.u8(0..10) < 7).map(|dmr| name("dmr", dmr)).collect();
    if reporting.is_empty() {
        reporting.insert(name("dmr", rng.usize(..dmrs)));
    }
    reporting
}

/// Returns what a chatbot runs: one in twenty reported no versions, and one in thirty changed one by itself.
fn versions(rng: &mut Rng) -> Vec<ReportedVersion> {
    if rng.u8(0..20) == 0 {
        return Vec::new();
    }
    let changed = rng.usize(..COMPONENTS.len() * 30);
    let version = |(number, component): (usize, &&str)| {
        let hours = if number == changed { rng.i64(0..24) } else { rng.i64(30..2000) };
        let since = now() - SignedDuration::from_hours(hours) - SignedDuration::from_mins(rng.i64(0..60));
        Some(ReportedVersion { component: component.parse().ok()?, version: Version::new(2, rng.u64(0..3), 0), since })
    };
    COMPONENTS.iter().enumerate().filter_map(version).collect()
}

/// Lets a part of the network take a new version within the last hours: some chatbots of all institutions, or half of
/// those of one.
fn roll_out(rng: &mut Rng, members: &mut [AtRisk], number: usize) {
    let began = now() - SignedDuration::from_mins(rng.i64(30..20 * 60));
    let until = now().duration_since(began).as_mins();
    let share = rng.usize(3..25);
    let place = rng.usize(..members.len());
    let pilot = members.get(place).filter(|_| rng.bool()).map(|member| member.institution.clone());
    for member in members.iter_mut() {
        let percent = match &pilot {
            Some(institution) if *institution == member.institution => 50,
            Some(_) => 0,
            None => share,
        };
        if rng.usize(0..100) >= percent {
            continue;
        }
        let component = COMPONENTS.get(number);
        if let Some(reported) = member.versions.iter_mut().find(|one| component == Some(&one.component.as_str())) {
            reported.version = Version::new(3, 0, 0);
            reported.since = began + SignedDuration::from_mins(rng.i64(0..until.max(1)));
        }
    }
}

/// Returns the caps of a network: what 30 % of each type are.
pub(super) fn caps(members: &[AtRisk]) -> BTreeMap<ChatbotType, u32> {
    let mut counts: BTreeMap<ChatbotType, u32> = BTreeMap::new();
    for member in members {
        *counts.entry(member.kind).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| (kind, (count * 30 / 100).max(1))).collect()
}
