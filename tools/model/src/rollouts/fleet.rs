//! Rollouts to simulated networks, with lost, doubled and late reports.

use std::{cmp::Reverse, collections::BinaryHeap};

use centops_domain::rollouts::{
    Allowed, Counts, Head, InstitutionCounts, Job, JobEvent, JobInRollout, JobRefusal, Progress, RolloutState, Stage,
};
use fastrand::Rng;

use super::history;

/// The longest time of an offer, in seconds.
const LEASE: u64 = 900;
/// The most offers that a chatbot lets lapse.
const MOST_LAPSES: u8 = 3;
/// The longest time of an update, from its acceptance, in seconds.
const INSTALL: u64 = 3_600;
/// The longest time of a claim without proof, in seconds.
const CLAIM: u64 = 900;
/// The time for which the circuit of a chatbot with the new version is watched, in seconds.
const WATCH: u64 = 1_800;

/// A network and how its chatbots take the release.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of chatbots.
    pub chatbots: usize,
    /// The most chatbots of an institution.
    pub house: usize,
    /// The share of chatbots in each phase but the last, which includes all.
    pub phases: [f64; 2],
    /// The limits.
    pub allowed: Allowed,
    /// The probability that the release breaks a chatbot, or all chatbots of an institution.
    pub breaks: f64,
    /// Whether the chatbots of an institution fail together.
    pub together: bool,
    /// How failures become known.
    pub failures: Failures,
    /// The probability that a message is lost.
    pub lost: f64,
    /// Whether administrators pause, and chatbots are removed.
    pub disturbed: bool,
}

/// How the failures of chatbots become known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// Reported after ten minutes, as successes are.
    Reported,
    /// Never reported.
    Silent,
    /// Reported after two minutes, and successes after ten: failures are heard first.
    First,
    /// One of the others, for each chatbot.
    Mixed,
}

/// What became of a rollout.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The chatbots that took the release.
    pub taken: u32,
    /// Whether it stopped by itself.
    pub stopped: bool,
    /// The takers beyond what phase, most at once and risk allow a release that breaks all, or the offers beyond the limits.
    pub overshoot: u32,
    /// The updates whose history does not explain them, and the sums that they do not explain.
    pub differences: u32,
}

struct Chatbot {
    job: Job,
    institution: usize,
    phase: u8,
    breaks: bool,
    removed: bool,
    /// The number of offers that it did not accept. After three it is last in line for a day, and asks no more here.
    lapses: u8,
    history: Vec<history::Step>,
}

struct Fleet<'a> {
    plan: &'a Plan,
    head: Head,
    chatbots: Vec<Chatbot>,
    institutions: Vec<InstitutionCounts>,
    /// Messages and deadlines: the time, a number that keeps their order, the chatbot.
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    messages: Vec<Message>,
    now: u64,
    overshoot: u32,
}

#[derive(Clone, Copy)]
enum Message {
    Event(JobEvent),
    /// The deadline of a stage of an attempt.
    Deadline(u8, Stage),
    Retry,
    Pause,
    Resume,
}

/// Plays the rollout of `plan`.
#[must_use]
pub fn play(plan: &Plan, random: &mut Rng) -> Outcome {
    let mut fleet = Fleet::new(plan, random);
    if plan.disturbed {
        for _ in 0..random.usize(0..3) {
            let at = random.u64(0..40_000);
            fleet.send(at, 0, Message::Pause);
            fleet.send(at + random.u64(0..20_000), 0, Message::Resume);
        }
        for _ in 0..random.usize(0..=plan.chatbots / 20) {
            let (at, chatbot) = (random.u64(0..100_000), random.usize(0..plan.chatbots));
            fleet.send(at, chatbot, Message::Event(JobEvent::Removed));
        }
    }
    loop {
        for _ in 0..4 {
            fleet.ask(random.usize(0..plan.chatbots), random);
        }
        if !fleet.next(random) && !fleet.ask_all(random) && !fleet.begin_next_phase() {
            break;
        }
    }
    fleet.outcome()
}

impl<'a> Fleet<'a> {
    fn new(plan: &'a Plan, random: &mut Rng) -> Self {
        let (mut chatbots, mut institutions) = (Vec::with_capacity(plan.chatbots), Vec::new());
        while chatbots.len() < plan.chatbots {
            let breaks_house = random.f64() < plan.breaks;
            for _ in 0..random.usize(1..=plan.house).min(plan.chatbots - chatbots.len()) {
                let place = random.f64();
                let phase = plan.phases.iter().filter(|share| place >= **share).count();
                chatbots.push(Chatbot {
                    job: Job::default(),
                    institution: institutions.len(),
                    phase: u8::try_from(phase).unwrap_or(u8::MAX),
                    breaks: if plan.together { breaks_house } else { random.f64() < plan.breaks },
                    removed: false,
                    lapses: 0,
                    history: Vec::new(),
                });
            }
            institutions.push(InstitutionCounts::default());
        }
        let (queue, messages) = (BinaryHeap::new(), Vec::new());
        Self { plan, head: Head::default(), chatbots, institutions, queue, messages, now: 0, overshoot: 0 }
    }

    fn send(&mut self, after: u64, chatbot: usize, message: Message) {
        let number = u64::try_from(self.messages.len()).unwrap_or(u64::MAX);
        self.messages.push(message);
        self.queue.push(Reverse((self.now + after, number, chatbot)));
    }

    /// Applies an event to the update of a chatbot, and returns whether it changed.
    fn apply(&mut self, number: usize, event: JobEvent, random: &mut Rng) -> Result<bool, JobRefusal> {
        let chatbot = &mut self.chatbots[number];
        let institution = &mut self.institutions[chatbot.institution];
        let before = chatbot.job;
        let update = JobInRollout { head: self.head, job: before, institution: *institution };
        let update = update.after(event, self.plan.allowed)?;
        (self.head, chatbot.job, *institution) = (update.head, update.job, update.institution);
        if (before.stage, before.attempt) == (chatbot.job.stage, chatbot.job.attempt) {
            return Ok(false);
        }
        chatbot.history.push(history::Step { stage: chatbot.job.stage, attempt: chatbot.job.attempt });
        chatbot.lapses += u8::from(chatbot.job.stage == Stage::Lapsed);
        self.entered(number, before, random);
        Ok(true)
    }

    /// Starts the deadline of a stage that was entered. The install limit runs from the acceptance.
    fn entered(&mut self, number: usize, before: Job, random: &mut Rng) {
        let job = self.chatbots[number].job;
        let limit = match job.stage {
            Stage::Offered => Some(LEASE),
            Stage::Accepted => Some(INSTALL),
            Stage::Downloading | Stage::Installing => Some(INSTALL - INSTALL / 10),
            Stage::Claimed => Some(CLAIM),
            stage if stage.is_watched() => Some(WATCH),
            _ => None,
        };
        if let Some(limit) = limit {
            self.send(limit, number, Message::Deadline(job.attempt, job.stage));
        }
        if job.awaits_retry(self.plan.allowed.attempts) && job.stage != Stage::Lapsed {
            self.send(3_600, number, Message::Retry);
        }
        if job.stage == Stage::Accepted && before.stage == Stage::Offered {
            self.install(number, random);
        }
    }

    fn ask(&mut self, number: usize, random: &mut Rng) -> bool {
        let Chatbot { phase, removed, lapses, job, .. } = self.chatbots[number];
        if removed || lapses >= MOST_LAPSES || !job.awaits_first_offer() {
            return false;
        }
        self.request(number, phase, random)
    }

    fn request(&mut self, number: usize, phase: u8, random: &mut Rng) -> bool {
        if self.apply(number, JobEvent::Asked { phase, most: None }, random) != Ok(true) {
            return false;
        }
        let Counts { in_flight, failed, .. } = self.head.counts;
        let most = self.head.most_at_risk(self.plan.allowed);
        self.overshoot +=
            (in_flight + failed).saturating_sub(most) + in_flight.saturating_sub(self.plan.allowed.at_once);
        let attempt = self.chatbots[number].job.attempt;
        self.report(random.u64(1..60), number, JobEvent::Progressed { attempt, progress: Progress::Accepted }, random);
        true
    }

    /// Lets every chatbot ask, from a random one on. Returns whether one was offered the release.
    fn ask_all(&mut self, random: &mut Rng) -> bool {
        let (first, all) = (random.usize(0..self.chatbots.len()), self.chatbots.len());
        (first..first + all).any(|number| self.ask(number % all, random))
    }

    /// Sends a report of a chatbot. It may be lost, doubled, and hours late.
    fn report(&mut self, after: u64, number: usize, event: JobEvent, random: &mut Rng) {
        for _ in 0..=u8::from(random.f64() < 0.1) {
            if random.f64() >= self.plan.lost {
                let late = if random.f64() < 0.02 { random.u64(0..20_000) } else { random.u64(0..30) };
                self.send(after + late, number, Message::Event(event));
            }
        }
    }

    /// Sends what a chatbot reports of an installation.
    fn install(&mut self, number: usize, random: &mut Rng) {
        let Chatbot { job: Job { attempt, .. }, breaks, .. } = self.chatbots[number];
        let progressed = |progress| JobEvent::Progressed { attempt, progress };
        self.report(60, number, progressed(Progress::Downloading), random);
        self.report(120, number, progressed(Progress::Installing), random);
        if !breaks {
            self.report(600, number, progressed(Progress::Succeeded), random);
            // Versions are reported again and again, until CentOps knows them.
            self.send(600 + random.u64(0..900), number, Message::Event(JobEvent::RunsVersion));
            return;
        }
        let kinds = [Failures::Reported, Failures::Silent, Failures::First];
        let kind = if self.plan.failures == Failures::Mixed { kinds[random.usize(0..3)] } else { self.plan.failures };
        match kind {
            Failures::Reported if random.bool() => self.report(600, number, JobEvent::Failed { attempt }, random),
            Failures::Reported => {
                self.report(600, number, JobEvent::RunsVersion, random);
                self.send(1_200 + random.u64(0..600), number, Message::Event(JobEvent::CircuitOpened));
            }
            Failures::First => self.report(120, number, JobEvent::Failed { attempt }, random),
            Failures::Silent | Failures::Mixed => {}
        }
    }

    /// Delivers the next message. Returns whether there was one.
    fn next(&mut self, random: &mut Rng) -> bool {
        let Some(Reverse((at, number, chatbot))) = self.queue.pop() else { return false };
        self.now = at;
        let message = self.messages[usize::try_from(number).unwrap_or_default()];
        let Chatbot { job, removed, phase, breaks, .. } = self.chatbots[chatbot];
        let event = match message {
            Message::Pause => {
                return {
                    self.head.pause();
                    true
                };
            }
            Message::Resume => {
                return {
                    self.head.resume();
                    true
                };
            }
            Message::Retry if !removed && job.awaits_retry(self.plan.allowed.attempts) => {
                self.request(chatbot, phase, random);
                return true;
            }
            Message::Deadline(attempt, stage) if (attempt, stage) != (job.attempt, job.stage) => return true,
            // Who ends a watch looks whether the circuit is open: the event of its opening may come late.
            Message::Deadline(..) if breaks && job.stage.is_watched() => JobEvent::CircuitOpened,
            Message::Deadline(..) => JobEvent::DeadlinePassed,
            Message::Event(event) if !removed => event,
            _ => return true,
        };
        self.chatbots[chatbot].removed |= event == JobEvent::Removed;
        // A refusal is an answer to the chatbot, and changes nothing.
        let _ = self.apply(chatbot, event, random);
        true
    }

    fn begin_next_phase(&mut self) -> bool {
        usize::from(self.head.phase) < self.plan.phases.len() && self.head.begin_next_phase(None)
    }

    fn outcome(&self) -> Outcome {
        let mut overshoot = self.overshoot;
        if self.plan.breaks >= 1.0 {
            let members = self.chatbots.iter().filter(|chatbot| chatbot.phase <= self.head.phase).count();
            let Allowed { at_once, at_risk, .. } = self.plan.allowed;
            let most = at_once.min(at_risk).min(u32::try_from(members).unwrap_or(u32::MAX));
            overshoot += self.head.counts.taken.saturating_sub(most);
        }
        let unexplained =
            self.chatbots.iter().filter(|chatbot| history::replay(&chatbot.history) != chatbot.job.counted);
        let jobs = || self.chatbots.iter().map(|chatbot| chatbot.job);
        let counted = jobs().map(Job::counts).sum::<Counts>();
        let wrong_sums = u32::from(counted != self.head.counts) + u32::from(counted.in_flight > 0);
        let stopped = matches!(self.head.state, RolloutState::Stopped(_));
        let differences = u32::try_from(unexplained.count()).unwrap_or(u32::MAX) + wrong_sums;
        Outcome { taken: self.head.counts.taken, stopped, overshoot, differences }
    }
}

#[cfg(test)]
mod tests {
    use centops_domain::rollouts::AT_RISK;

    use super::*;

    /// Returns a small network in which a tenth of the messages is lost, and half of what else can go wrong does.
    fn plan(random: &mut Rng, breaks: f64) -> Plan {
        Plan {
            chatbots: random.usize(5..120),
            house: random.usize(1..=5),
            phases: [0.1, 0.4],
            allowed: Allowed { at_once: random.u32(AT_RISK..40), at_risk: random.u32(1..=AT_RISK), attempts: 3 },
            breaks,
            together: random.bool(),
            failures: Failures::Mixed,
            lost: 0.1,
            disturbed: random.bool(),
        }
    }

    #[test]
    fn no_rollout_overshoots_and_histories_explain_what_is_stored() {
        let mut random = Rng::with_seed(7);
        for number in 0..400 {
            let breaks = [1.0, 0.5, 0.1, 0.0][number % 4];
            let plan = plan(&mut random, breaks);
            let outcome = play(&plan, &mut random);
            assert_eq!((outcome.overshoot, outcome.differences), (0, 0), "{plan:?}");
            assert!(!outcome.stopped || breaks > 0.0 || plan.disturbed, "{plan:?}");
        }
    }

    #[test]
    fn a_release_that_works_reaches_everybody() {
        let mut random = Rng::with_seed(8);
        for _ in 0..20 {
            let plan = Plan { lost: 0.0, disturbed: false, ..plan(&mut random, 0.0) };
            // A report that is hours late lets an offer lapse; after three the chatbot is last in line.
            let outcome = play(&plan, &mut random);
            let all = u32::try_from(plan.chatbots).expect("a small network");
            assert!(outcome.taken + 2 >= all || outcome.taken == 0, "{outcome:?} of {plan:?}");
        }
    }
}
