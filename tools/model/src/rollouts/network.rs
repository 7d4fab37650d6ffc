//! A small network whose rollout is searched: its plan, its state, and what can happen.

use std::sync::LazyLock;

use centops_domain::{
    digest::Digest,
    rollouts::{
        Allowed, Block, Counts, Head, InstitutionCounts, Job, JobEvent, JobInRollout, Progress, RolloutState, StopCause,
    },
};

/// A chatbot of the network.
#[derive(Clone, Copy, Debug)]
pub struct Chatbot {
    /// The first phase that includes it.
    pub phase: u8,
    /// The number of its institution.
    pub institution: u8,
    /// Whether it is enrolled when the rollout begins.
    pub enrolled: Enrolled,
    /// Whether it may be removed.
    pub leaves: bool,
}

/// The number of chatbots.
pub const CHATBOTS: usize = 6;

/// The network and the plan of its rollout.
#[derive(Clone, Debug)]
pub struct Network {
    /// The chatbots.
    pub chatbots: [Chatbot; CHATBOTS],
    /// The limits of the plan.
    pub allowed: Allowed,
    /// The phase that needs an approval.
    pub approved_phase: u8,
    /// Whether the release breaks everyone who takes it.
    pub breaks_all: bool,
}

/// What an approval names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approved {
    /// A plan or an artefact that has been replaced since.
    Former,
    /// What the rollout carries out.
    Current,
}

impl Approved {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Former, Self::Current];

    /// Returns the digest that the approval names.
    #[must_use]
    pub fn digest(self) -> Digest {
        static DIGESTS: LazyLock<[Digest; 2]> = LazyLock::new(|| [Digest::of(b"former"), Digest::of(b"current")]);
        match self {
            Self::Former => DIGESTS[0],
            Self::Current => DIGESTS[1],
        }
    }
}

/// Whether a chatbot is enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enrolled {
    /// It will be.
    Later,
    /// It is.
    Now,
    /// It was removed.
    Removed,
}

/// The state of the network. The sums are not part of it: they follow from the updates, which is checked after each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The updates, and whether their chatbots are enrolled.
    pub chatbots: [(Job, Enrolled); CHATBOTS],
    /// The head.
    pub head: Head,
}

/// A thing that can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Something happens to the update of a chatbot.
    Update(usize, JobEvent),
    /// A chatbot is enrolled.
    Join(usize),
    /// An administrator pauses the rollout.
    Pause,
    /// An administrator resumes it.
    Resume,
    /// An administrator stops it, or withdraws the release.
    Stop,
    /// An administrator approves the next phase.
    Approve(Approved),
    /// The next phase begins.
    NextPhase,
}

impl Network {
    /// Returns the state before anything happened.
    #[must_use]
    pub fn start(&self) -> State {
        let chatbots = self.chatbots.map(|chatbot| (Job::default(), chatbot.enrolled));
        State { chatbots, head: Head::default() }
    }

    /// Returns everything that can happen in `state`: any report of an attempt that was offered, at any time and again,
    /// any deadline, and whatever administrators may do.
    #[must_use]
    pub fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = vec![Action::Pause, Action::Resume, Action::Stop, Action::NextPhase];
        if self.approved_phase == state.head.phase + 1 {
            actions.extend(Approved::ALL.map(Action::Approve));
        }
        let is_stopped = matches!(state.head.state, RolloutState::Stopped(_));
        for (number, (chatbot, (job, enrolled))) in self.chatbots.iter().zip(&state.chatbots).enumerate() {
            let mut events = Vec::new();
            match enrolled {
                Enrolled::Later => actions.push(Action::Join(number)),
                Enrolled::Now => {
                    events.push(JobEvent::Asked { phase: chatbot.phase, most: None });
                    events.extend(chatbot.leaves.then_some(JobEvent::Removed));
                    events.extend([JobEvent::RunsVersion, JobEvent::RunsOlder, JobEvent::CircuitOpened]);
                    events.extend((1..=job.attempt).flat_map(reports));
                }
                Enrolled::Removed => {}
            }
            if job.stage.has_deadline() && !(job.stage.is_watched() && self.breaks_all) {
                events.push(JobEvent::DeadlinePassed);
            }
            if is_stopped {
                events.extend([JobEvent::Superseded, JobEvent::RolledBack]);
            }
            actions.extend(events.into_iter().map(|event| Action::Update(number, event)));
        }
        actions
    }

    /// Returns the state after `action`, or none if it is refused or changes nothing.
    #[must_use]
    pub fn after(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Update(number, event) => {
                let (job, enrolled) = state.chatbots[number];
                let institution = self.institution(state, self.chatbots[number].institution);
                let update = JobInRollout { head: state.head, job, institution }.after(event, self.allowed).ok()?;
                let enrolled = if event == JobEvent::Removed { Enrolled::Removed } else { enrolled };
                next.chatbots[number] = (update.job, enrolled);
                next.head = update.head;
            }
            Action::Join(number) => next.chatbots[number].1 = Enrolled::Now,
            Action::Pause => next.head.pause(),
            Action::Resume => next.head.resume(),
            Action::Stop => next.head.stop(StopCause::Administrator),
            Action::Approve(approved) => next.head.approve(approved.digest()),
            Action::NextPhase => {
                let last = self.chatbots.iter().map(|chatbot| chatbot.phase).max().unwrap_or_default();
                let needs_approval = self.approved_phase == state.head.phase + 1;
                let approval = needs_approval.then(|| Approved::Current.digest());
                if state.head.phase >= last || !next.head.begin_next_phase(approval) {
                    return None;
                }
            }
        }
        (next != *state).then_some(next)
    }

    /// Returns the sums of an institution, from its updates.
    #[must_use]
    pub fn institution(&self, state: &State, institution: u8) -> InstitutionCounts {
        let pairs = self.chatbots.iter().zip(&state.chatbots);
        let own = pairs.filter(|(chatbot, _)| chatbot.institution == institution);
        own.map(|(_, (job, _))| job.institution_counts()).sum()
    }
}

/// Returns the reports of an attempt.
fn reports(attempt: u8) -> impl Iterator<Item = JobEvent> {
    let progress = [Progress::Accepted, Progress::Downloading, Progress::Installing, Progress::Succeeded];
    let progressed = progress.into_iter().map(move |progress| JobEvent::Progressed { attempt, progress });
    progressed.chain([JobEvent::Failed { attempt }])
}

/// Returns the only block of a rollout with fewer takers than a block has.
#[must_use]
pub fn only_block(counts: Counts) -> Block {
    Block { number: 1, taken: counts.taken, failed: counts.failed }
}
