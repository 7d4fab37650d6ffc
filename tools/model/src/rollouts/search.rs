//! The search over all interleavings of a small network.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

use centops_domain::rollouts::{
    Counts, Head, InstitutionCounts, Job, JobEvent, JobInRollout, Openings, RolloutState, Stage, StopCause, WHOLE,
};

use super::network::{Action, Approved, CHATBOTS, Enrolled, Network, State, only_block};

/// The size of a finished search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// States, without those that differ only in the order of equal chatbots.
    pub states: usize,
    /// Steps from one state to another.
    pub steps: u64,
    /// The most chatbots that took the release.
    pub most_taken: u32,
}

/// A state that breaks an invariant, and how it is reached.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The invariant.
    pub invariant: &'static str,
    /// The steps.
    pub path: Vec<String>,
}

/// A state as a number: eight bits for each chatbot, and sixteen for the head.
type Packed = u64;

/// The number of states after which progress is told.
const PROGRESS: usize = 1 << 16;

/// Hashes numbers by a multiplication: they are few bits, and no attacker chooses them.
#[derive(Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}

/// Numbers the updates of single chatbots as they are met.
#[derive(Default)]
struct Codes {
    numbers: HashMap<(Job, Enrolled), u8>,
    chatbots: Vec<(Job, Enrolled)>,
}

impl Codes {
    fn number(&mut self, chatbot: (Job, Enrolled)) -> u8 {
        *self.numbers.entry(chatbot).or_insert_with(|| {
            let number = u8::try_from(self.chatbots.len());
            assert!(number.is_ok(), "a chatbot has more states than a byte");
            self.chatbots.push(chatbot);
            number.unwrap_or_default()
        })
    }
}

/// Searches the states of `network` that can be reached, breadth first, so that a path to a violation is a shortest one.
/// Tells `progress` now and then how many states have been searched, and how many are known.
///
/// # Errors
/// The first [`Violation`].
///
/// # Panics
/// If a chatbot has more than 256 states.
pub fn search(network: &Network, progress: impl Fn(usize, usize)) -> Result<Size, Box<Violation>> {
    let mut codes = Codes::default();
    let groups = groups(network);
    let start = pack(&network.start(), &mut codes, &groups);
    let mut seen: HashSet<Packed, BuildHasherDefault<Multiply>> = HashSet::default();
    seen.insert(start);
    let mut found = vec![(start, 0_u32)];
    let (mut next, mut steps, mut most_taken) = (0, 0, 0);
    while next < found.len() {
        if next % PROGRESS == 0 {
            progress(next, found.len());
        }
        let state = unpack(found[next].0, &codes);
        most_taken = most_taken.max(state.head.counts.taken);
        for action in network.actions(&state) {
            let Some(after) = network.after(&state, action) else { continue };
            steps += 1;
            let packed = pack(&after, &mut codes, &groups);
            let is_new = seen.insert(packed);
            let broken = broken_by_step(network, &state, action, &after);
            if let Some(invariant) = broken.or_else(|| is_new.then(|| broken_in(network, &after)).flatten()) {
                let mut path = path(network, &found, &codes, next, &groups);
                path.push(format!("{action:?}: {after:?}"));
                return Err(Box::new(Violation { invariant, path }));
            }
            if is_new {
                found.push((packed, u32::try_from(next).unwrap_or(u32::MAX)));
            }
        }
        next += 1;
    }
    Ok(Size { states: found.len(), steps, most_taken })
}

/// Returns the name of the invariant that the step from `before` to `after` breaks, if it breaks one.
fn broken_by_step(network: &Network, before: &State, action: Action, after: &State) -> Option<&'static str> {
    let (was, head) = (&before.head, &after.head);
    let Counts { in_flight, failed, .. } = head.counts;
    let is_offer = matches!(action, Action::Update(_, JobEvent::Asked { .. }));
    let is_acceptance =
        matches!(action, Action::Update(_, JobEvent::Progressed { .. })) && head.counts.taken > was.counts.taken;
    let is_stopped = matches!(head.state, RolloutState::Stopped(_));
    let checks = [
        ("the sums are those of the updates", head.counts == sums(after)),
        (
            "an offer puts no more at risk than allowed",
            !is_offer || in_flight + failed <= head.most_at_risk(network.allowed),
        ),
        (
            "offers and acceptances need a rollout that runs",
            !(is_offer || is_acceptance) || was.state == RolloutState::Running,
        ),
        (
            "a failure too many stops the rollout",
            is_stopped || failed <= was.counts.failed || failed < head.most_at_risk(network.allowed),
        ),
        ("a stop is final", !matches!(was.state, RolloutState::Stopped(_)) || is_stopped),
        (
            "a phase that needs it begins by an approval of what it carries out",
            action != Action::NextPhase
                || head.phase != network.approved_phase
                || was.approved == Some(Approved::Current.digest()),
        ),
        ("no phase passes while one of its updates is open", action != Action::NextPhase || in_flight == 0),
        ("a step depends on no sums but those it changes", !depends_on_unchanged_sums(network, before, action, after)),
        ("what is being installed is not cancelled", !cancels_installation(before, action, after)),
    ];
    checks.into_iter().find(|(_, holds)| !holds).map(|(invariant, _)| invariant)
}

/// Returns whether the step leaves sums as they were, and would be another one with other sums. The store checks only the
/// sums that a step changes, and the head for what needs a rollout that runs.
fn depends_on_unchanged_sums(network: &Network, before: &State, action: Action, after: &State) -> bool {
    let Action::Update(number, event) = action else { return false };
    let sums = |state: &State| network.institution(state, network.chatbots[number].institution);
    let (mut head, mut institution) = (before.head, sums(before));
    if after.head == head && !event.needs_running() {
        head.stop(StopCause::Administrator);
        head.counts.in_flight += 1_000;
    }
    if sums(after) == institution {
        institution = InstitutionCounts { in_flight: 9, succeeded: 0, failed: 9 };
    }
    let job = before.chatbots[number].0;
    let with_others = JobInRollout { head, job, institution }.after(event, network.allowed);
    with_others.map(|update| update.job) != Ok(after.chatbots[number].0)
}

/// Returns whether the step cancels an update that the chatbot is installing, or has.
fn cancels_installation(before: &State, action: Action, after: &State) -> bool {
    let Action::Update(number, JobEvent::Superseded) = action else { return false };
    let was = before.chatbots[number].0.stage;
    matches!(was, Stage::Installing | Stage::Claimed | Stage::Watched) && after.chatbots[number].0.stage != was
}

/// Returns the name of the invariant that `state` breaks, if it breaks one.
fn broken_in(network: &Network, state: &State) -> Option<&'static str> {
    let (head, allowed) = (&state.head, network.allowed);
    let Counts { in_flight, taken, failed, .. } = head.counts;
    let is_stopped = matches!(head.state, RolloutState::Stopped(_));
    let mut jobs = network.chatbots.iter().zip(&state.chatbots);
    let most = allowed.at_risk.min(allowed.at_once).min(members(network, head.phase));
    let checks = [
        ("no more are in flight than at once", in_flight <= allowed.at_once),
        ("too many failures have stopped the rollout", is_stopped || !WHOLE.are_reached(taken, failed)),
        (
            "nobody is offered anything before the phase",
            jobs.all(|(chatbot, (job, _))| job.stage == Stage::Waiting || chatbot.phase <= head.phase),
        ),
        ("an institution counts once before its first success", counts_once(network, state)),
        ("time alone ends every update", ends(network, state)),
        ("a release that breaks all is taken by no more than are at risk", !network.breaks_all || taken <= most),
    ];
    checks.into_iter().find(|(_, holds)| !holds).map(|(invariant, _)| invariant)
}

fn sums(state: &State) -> Counts {
    state.chatbots.iter().map(|(job, _)| job.counts()).sum()
}

/// Returns the number of chatbots in the phases up to `phase`.
fn members(network: &Network, phase: u8) -> u32 {
    network.chatbots.iter().map(|chatbot| u32::from(chatbot.phase <= phase)).sum()
}

/// Returns whether at most one chatbot took the release of each institution in which it has never succeeded.
fn counts_once(network: &Network, state: &State) -> bool {
    let institutions = network.chatbots.iter().map(|chatbot| chatbot.institution);
    institutions.into_iter().all(|institution| {
        let jobs = || {
            let pairs = network.chatbots.iter().zip(&state.chatbots);
            pairs.filter(|(chatbot, _)| chatbot.institution == institution).map(|(_, (job, _))| *job)
        };
        let has_succeeded =
            |job: Job| job.counted.succeeded || matches!(job.stage, Stage::Succeeded | Stage::RolledBack);
        jobs().any(has_succeeded) || jobs().filter(|job| job.counted.taken).count() <= 1
    })
}

/// Returns whether nothing is in flight after the deadline of each update has passed.
fn ends(network: &Network, state: &State) -> bool {
    let mut state = *state;
    for number in 0..CHATBOTS {
        state = network.after(&state, Action::Update(number, JobEvent::DeadlinePassed)).unwrap_or(state);
    }
    state.head.counts.in_flight == 0
}

/// Returns the steps from the start to the state number `last`.
fn path(network: &Network, found: &[(Packed, u32)], codes: &Codes, last: usize, groups: &[Vec<usize>]) -> Vec<String> {
    let mut numbers = vec![last];
    while let Some(number) = numbers.last().copied().filter(|number| *number != 0) {
        numbers.push(usize::try_from(found[number].1).unwrap_or_default());
    }
    numbers.reverse();
    let mut codes = Codes { numbers: codes.numbers.clone(), chatbots: codes.chatbots.clone() };
    let step = |pair: &[usize]| {
        let before = unpack(found[pair[0]].0, &codes);
        let is_next = |action: &Action| {
            let after = network.after(&before, *action);
            after.is_some_and(|after| pack(&after, &mut codes, groups) == found[pair[1]].0)
        };
        let action = network.actions(&before).into_iter().find(is_next);
        format!("{action:?}")
    };
    numbers.windows(2).map(step).collect()
}

/// Returns the groups of chatbots that differ in nothing: the order of their updates makes no difference.
fn groups(network: &Network) -> Vec<Vec<usize>> {
    let chatbots = &network.chatbots;
    let size = |institution| chatbots.iter().filter(|other| other.institution == institution).count();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, chatbot) in chatbots.iter().enumerate() {
        let is_equal = |other: usize| {
            let other = chatbots[other];
            let same_institution = other.institution == chatbot.institution
                || (size(other.institution) == 1 && size(chatbot.institution) == 1);
            (other.phase, other.enrolled, other.leaves) == (chatbot.phase, chatbot.enrolled, chatbot.leaves)
                && same_institution
        };
        match groups.iter_mut().find(|group| is_equal(group[0])) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups
}

fn pack(state: &State, codes: &mut Codes, groups: &[Vec<usize>]) -> Packed {
    let mut packed = 0;
    for group in groups {
        let mut codes_of_group = [0; CHATBOTS];
        let numbers = &mut codes_of_group[..group.len()];
        for (code, number) in numbers.iter_mut().zip(group) {
            *code = codes.number(state.chatbots[*number]);
        }
        numbers.sort_unstable();
        for (number, code) in group.iter().zip(numbers) {
            packed |= Packed::from(*code) << (8 * number);
        }
    }
    let Head { state, phase, before_phase, approved, .. } = state.head;
    let run = match state {
        RolloutState::Running => 0,
        RolloutState::Paused => 1,
        RolloutState::Stopped(_) => 2,
    };
    let parts = [
        (run, 2),
        (u64::from(phase), 2),
        (approved.map_or(0, |digest| 1 + u64::from(digest == Approved::Current.digest())), 2),
        (before_phase.taken.into(), 4),
        (before_phase.succeeded.into(), 4),
    ];
    let mut shift = 48;
    for (part, bits) in parts {
        packed |= part << shift;
        shift += bits;
    }
    packed
}

fn unpack(packed: Packed, codes: &Codes) -> State {
    let chatbot = |number: usize| codes.chatbots[usize::from(packed.to_le_bytes()[number])];
    let chatbots = std::array::from_fn(chatbot);
    let part = |shift: u32, bits: u32| u32::try_from((packed >> shift) & ((1 << bits) - 1)).unwrap_or_default();
    let mut state = State { chatbots, head: Head::default() };
    let counts = sums(&state);
    state.head = Head {
        state: match part(48, 2) {
            0 => RolloutState::Running,
            1 => RolloutState::Paused,
            _ => RolloutState::Stopped(StopCause::Administrator),
        },
        phase: u8::try_from(part(50, 2)).unwrap_or_default(),
        approved: match part(52, 2) {
            0 => None,
            1 => Some(Approved::Former.digest()),
            _ => Some(Approved::Current.digest()),
        },
        before_phase: Counts { taken: part(54, 4), succeeded: part(58, 4), ..Counts::default() },
        block: only_block(counts),
        openings: Openings::default(),
        counts,
    };
    state
}

#[cfg(test)]
mod tests {
    use centops_domain::rollouts::Allowed;

    use super::*;
    use crate::rollouts::network::Chatbot;

    /// Returns a network of four chatbots in two phases, of which one may leave, with two more that never were.
    fn small(allowed: Allowed, breaks_all: bool) -> Network {
        let chatbot = |phase, institution| Chatbot { phase, institution, enrolled: Enrolled::Now, leaves: false };
        let absent = Chatbot { enrolled: Enrolled::Removed, ..chatbot(1, 9) };
        let late = Chatbot { enrolled: Enrolled::Later, ..chatbot(1, 1) };
        let leaving = Chatbot { leaves: true, ..chatbot(0, 2) };
        let chatbots = [chatbot(0, 0), chatbot(1, 0), late, leaving, absent, absent];
        Network { chatbots, allowed, approved_phase: 1, breaks_all }
    }

    fn size(network: &Network) -> Size {
        search(network, |_, _| ()).unwrap_or_else(|violation| panic!("{violation:#?}"))
    }

    #[test]
    fn every_interleaving_of_a_small_network_keeps_the_invariants() {
        let Size { states, most_taken, .. } = size(&small(Allowed { at_once: 2, at_risk: 2, attempts: 2 }, false));
        assert!(states > 5_000, "{states}");
        assert_eq!(most_taken, 4);
    }

    #[test]
    fn a_release_that_breaks_all_is_taken_by_as_many_as_are_at_risk() {
        let Size { most_taken, .. } = size(&small(Allowed { at_once: 2, at_risk: 2, attempts: 2 }, true));
        assert_eq!(most_taken, 2);
    }
}
