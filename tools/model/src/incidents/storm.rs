//! Generated storms: openings of a network in ten minutes, and the causes that made them.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    chatbots::{ChatbotType, Name},
    incidents::{AtRisk, Opening, RECENT, Shared},
    ingestion::Observer,
    notifications::Enrolment,
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::network::{caps, network, now};

/// The kinds of storms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StormKind {
    /// One DMR sees chatbots fail that others reach.
    Dmr,
    /// A host fails.
    Host,
    /// The infrastructure of an institution fails.
    Institution,
    /// A version is faulty.
    Version,
    /// Chatbots of the whole network fail, up to the cap.
    Everything,
    /// Two of the first four at once.
    Two,
    /// Chatbots fail independently of each other.
    Independent,
    /// One of the first four, while up to 3 % of the network fail independently.
    Masked,
}

impl StormKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Dmr,
        Self::Host,
        Self::Institution,
        Self::Version,
        Self::Everything,
        Self::Two,
        Self::Independent,
        Self::Masked,
    ];

    /// Returns the kind in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dmr => "only one DMR sees it",
            Self::Host => "one host",
            Self::Institution => "one institution",
            Self::Version => "one version",
            Self::Everything => "everything",
            Self::Two => "two causes at once",
            Self::Independent => "independent failures",
            Self::Masked => "a cause among failures",
        }
    }
}

/// A cause that was generated.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The property that the chatbots share.
    pub shared: Shared,
    /// The number of chatbots that share it.
    pub population: usize,
    /// Those that failed for it.
    pub members: BTreeSet<Enrolment>,
}

/// A storm.
#[derive(Clone, Debug)]
pub struct Storm {
    /// The kind.
    pub kind: StormKind,
    /// The chatbots at risk.
    pub population: Vec<AtRisk>,
    /// The openings, in no order.
    pub openings: Vec<Opening>,
    /// The types whose cap is reached.
    pub caps: BTreeMap<ChatbotType, u32>,
    /// The time of the evaluation.
    pub now: Timestamp,
    /// The causes; empty if the failures are independent.
    pub causes: Vec<Cause>,
}

/// Returns the storm with this number, of a network of `size` chatbots, or of 60 to 2,000.
#[must_use]
pub fn storm(seed: u64, number: u64, kind: StormKind, size: Option<usize>) -> Storm {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number));
    loop {
        let size = size.unwrap_or_else(|| [60, 120, 250, 500, 1000, 2000][rng.usize(..6)]);
        let population = network(&mut rng, size);
        let mut generator = Generator { rng: &mut rng, population: &population, openings: BTreeMap::new() };
        // A network may lack a group for the cause, or few of the group fail: the next one is tried.
        let Some(mut causes) = generator.play(kind) else { continue };
        let caps = generator.hold_back();
        let openings = generator.openings;
        if !still_show(&mut causes, &openings, &caps) {
            continue;
        }
        let openings = openings.into_values().collect();
        return Storm { kind, openings, caps, now: now(), causes, population };
    }
}

/// A storm that is being generated.
struct Generator<'a> {
    rng: &'a mut Rng,
    population: &'a [AtRisk],
    openings: BTreeMap<&'a Enrolment, Opening>,
}

impl<'a> Generator<'a> {
    /// Returns the causes; none if this network has no such storm.
    fn play(&mut self, kind: StormKind) -> Option<Vec<Cause>> {
        let any = [StormKind::Dmr, StormKind::Host, StormKind::Institution, StormKind::Version];
        let causes = match kind {
            StormKind::Everything => vec![self.everything()],
            StormKind::Independent => Vec::new(),
            StormKind::Masked => {
                let masked = any[self.rng.usize(..any.len())];
                vec![self.fail(masked)?]
            }
            StormKind::Two => {
                let first = self.rng.usize(..any.len());
                let second = (first + self.rng.usize(1..any.len())) % any.len();
                let causes = vec![self.fail(any[first])?, self.fail(any[second])?];
                let common = causes[0].members.intersection(&causes[1].members).count();
                let smaller = causes[0].members.len().min(causes[1].members.len());
                if common * 4 > smaller {
                    return None;
                }
                causes
            }
            _ => vec![self.fail(kind)?],
        };
        let per_10_000 = match kind {
            StormKind::Independent => self.rng.u32(20..=200),
            StormKind::Masked => self.rng.u32(100..=300),
            _ => self.rng.u32(0..=30),
        };
        for member in self.population {
            if self.rng.u32(0..10_000) < per_10_000 {
                self.open(member, None);
            }
        }
        Some(causes)
    }

    /// Lets a random group of the kind fail.
    fn fail(&mut self, kind: StormKind) -> Option<Cause> {
        let mut groups: BTreeMap<Shared, Vec<&'a AtRisk>> = BTreeMap::new();
        for member in self.population {
            for shared in shared(kind, member) {
                groups.entry(shared).or_default().push(member);
            }
        }
        groups.retain(|_, members| members.len() >= 4 && members.len() < self.population.len());
        let number = self.rng.usize(..groups.len().max(1));
        let (shared, group) = groups.into_iter().nth(number)?;
        let dmr = if let Shared::Dmr { dmr } = &shared { Some(dmr) } else { None };
        let percent = self.rng.usize(35..=100);
        let mut members = BTreeSet::new();
        for member in &group {
            if self.rng.usize(0..100) < percent && self.open(member, dmr) {
                members.insert(member.chatbot.clone());
            }
        }
        Some(Cause { shared, population: group.len(), members })
    }

    /// Lets chatbots of the whole network fail.
    fn everything(&mut self) -> Cause {
        let percent = self.rng.usize(45..=100);
        let mut members = BTreeSet::new();
        for member in self.population {
            if self.rng.usize(0..100) < percent && self.open(member, None) {
                members.insert(member.chatbot.clone());
            }
        }
        Cause { shared: Shared::Everything { types: BTreeSet::new() }, population: members.len(), members }
    }

    /// Ejects chatbots in random order, up to the cap of their type, and forgets the others. Returns the caps that
    /// were reached.
    fn hold_back(&mut self) -> BTreeMap<ChatbotType, u32> {
        let caps = caps(self.population);
        let mut room = caps.clone();
        let mut order: Vec<_> =
            self.population.iter().filter(|member| self.openings.contains_key(&member.chatbot)).collect();
        self.rng.shuffle(&mut order);
        let mut reached = BTreeMap::new();
        for member in order {
            let Some(left) = room.get_mut(&member.kind) else { continue };
            if *left == 0 {
                self.openings.remove(&member.chatbot);
                reached.extend(caps.get_key_value(&member.kind));
            }
            *left = left.saturating_sub(1);
        }
        reached
    }

    /// Opens an incident, unless one is open. Returns whether it did. The witness is the DMR that is at fault, or
    /// those that report and notice the failure.
    fn open(&mut self, member: &'a AtRisk, at_fault: Option<&Name>) -> bool {
        if self.openings.contains_key(&member.chatbot) {
            return false;
        }
        let mut witnesses = BTreeSet::new();
        if let Some(dmr) = at_fault {
            witnesses.insert(Observer::Dmr(dmr.clone()));
        } else {
            let noticing = member.dmrs.iter().filter(|_| self.rng.u8(0..10) < 9).cloned();
            witnesses.extend(noticing.map(Observer::Dmr));
            if self.rng.u8(0..10) < 4 {
                witnesses.insert(Observer::Chatbot);
            }
        }
        let at = now() - SignedDuration::from_secs(self.rng.i64(0..600));
        let chatbot = member.chatbot.clone();
        self.openings.insert(&member.chatbot, Opening { chatbot, at, witnesses });
        true
    }
}

/// Removes from the causes what the cap held back. Returns whether each still shows: "everything" by a cap that is
/// reached, another by enough failures.
fn still_show(
    causes: &mut [Cause],
    openings: &BTreeMap<&Enrolment, Opening>,
    caps: &BTreeMap<ChatbotType, u32>,
) -> bool {
    causes.iter_mut().all(|cause| {
        cause.members.retain(|member| openings.contains_key(member));
        let failed = cause.members.len();
        if let Shared::Everything { types } = &mut cause.shared {
            types.extend(caps.keys());
            return !caps.is_empty() && failed >= 3;
        }
        failed >= 3 && failed * 100 >= 30 * cause.population
    })
}

/// Returns the groups of the kind that the chatbot is in.
fn shared(kind: StormKind, member: &AtRisk) -> Vec<Shared> {
    match kind {
        StormKind::Dmr if member.dmrs.len() > 1 => {
            member.dmrs.iter().map(|dmr| Shared::Dmr { dmr: dmr.clone() }).collect()
        }
        StormKind::Host => vec![Shared::Host { host: member.host.clone() }],
        StormKind::Institution => vec![Shared::Institution { institution: member.institution.clone() }],
        StormKind::Version => {
            // Reported before the first opening of the storm.
            let recent = |since: Timestamp| {
                let age = now().duration_since(since);
                age > SignedDuration::from_mins(10) && age <= RECENT
            };
            let recent = member.versions.iter().filter(|version| recent(version.since));
            let version = |one: &centops_domain::incidents::ReportedVersion| Shared::Version {
                component: one.component.clone(),
                version: one.version.clone(),
            };
            recent.map(version).collect()
        }
        _ => Vec::new(),
    }
}
