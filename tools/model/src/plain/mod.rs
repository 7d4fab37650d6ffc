//! The model: the health engine written the plain way. Every observation that was delivered stays in a
//! list; totals, windows, scores, verdicts, counts and minutes are worked out from the lists each time.
//! It shares with the engine its plain data, [`centops_domain::policy::Policy::judge`] and
//! [`centops_domain::policy::Policy::next_probe`], and nothing else.

mod chatbot;
mod decide;
mod probe;
mod verdict;

use std::collections::BTreeMap;

use centops_domain::{
    chatbot::ChatbotType,
    detector::Finding,
    engine::Happened,
    event::Fact,
    health::{Batch, Folded},
    name::Name,
    network::{Census, Standing},
    policy::{CapPolicy, Policy},
    stamp::Stamp,
};
use jiff::Timestamp;

pub use self::chatbot::Chatbot;
use crate::{
    history::{Action, Mishap, Policies, Record, Said, Step, by_chatbot},
    system,
};

/// All that the model knows.
#[derive(Debug)]
pub struct Model {
    /// The policies of now.
    pub policies: Policies,
    /// Who is enrolled.
    pub chatbots: BTreeMap<Name, Chatbot>,
    /// For which types the cap was reached, and since when.
    holding: BTreeMap<ChatbotType, Timestamp>,
    /// The leases that were granted by name, whoever had it.
    granted: BTreeMap<Name, Vec<u64>>,
}

/// About whom, under which policy, when, and the dice.
struct Scene<'a> {
    name: &'a Name,
    policy: Policy,
    now: Timestamp,
    dice: f64,
}

impl Model {
    /// An empty network.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self { policies, chatbots: BTreeMap::new(), holding: BTreeMap::new(), granted: BTreeMap::new() }
    }

    /// Does one step.
    pub fn step(&mut self, step: &Step) -> Vec<Record> {
        let mut records = Vec::new();
        // A prober knows its lease before it reports: one that is granted meanwhile is another.
        let lease = self.lease(&step.action);
        let mut act = |model: &mut Self, action: &Action, most: usize| {
            let lease = if std::ptr::eq(action, &raw const step.action) { lease } else { model.lease(action) };
            model.act(step, action, lease, most, &mut records);
        };
        match &step.mishap {
            Mishap::None => act(self, &step.action, usize::MAX),
            Mishap::AnswerLost => [usize::MAX; 2].into_iter().for_each(|most| act(self, &step.action, most)),
            Mishap::Stops(after) => [*after, usize::MAX].into_iter().for_each(|most| act(self, &step.action, most)),
            // Who saves first was first; what is not saved by comparing with what was loaded comes first too.
            Mishap::Rival(rival) => {
                let own_first =
                    matches!(step.action, Action::Enrol { .. } | Action::Delete { .. } | Action::Policies(_));
                let order: [&Action; 2] = if own_first { [&step.action, rival] } else { [rival, &step.action] };
                for action in order {
                    act(self, action, usize::MAX);
                }
            }
        }
        records
    }

    fn lease(&self, action: &Action) -> u64 {
        let Action::Report { chatbot, back, .. } = action else { return u64::MAX };
        self.granted.get(chatbot).and_then(|granted| granted.iter().rev().nth(*back)).copied().unwrap_or(u64::MAX)
    }

    fn act(&mut self, step: &Step, action: &Action, lease: u64, most: usize, records: &mut Vec<Record>) {
        let one = match action {
            Action::Deliver(messages) => {
                for (chatbot, batches) in by_chatbot(messages).into_iter().take(most) {
                    let done = self.done(step, &chatbot, |model, scene| model.observe(scene, &batches));
                    records.push(done);
                }
                return;
            }
            Action::Policies(policies) => {
                self.policies = policies.as_ref().clone();
                Record { chatbot: None, said: Said::Done, happened: Vec::new() }
            }
            Action::Enrol { chatbot, kind } => {
                let said = if self.chatbots.contains_key(chatbot) { Said::Refused } else { Said::Done };
                self.chatbots.entry(chatbot.clone()).or_insert_with(|| Chatbot::enrolled(*kind, step.now));
                Record { chatbot: Some(chatbot.clone()), said, happened: Vec::new() }
            }
            Action::Delete { chatbot } => self.done(step, chatbot, Self::delete),
            Action::Look { chatbot } => self.done(step, chatbot, Self::look),
            Action::Report { chatbot, success, .. } => {
                self.done(step, chatbot, |model, scene| model.report(scene, lease, *success))
            }
            Action::Control { chatbot, mode, seconds } => {
                let Some(control) = system::control(*mode, *seconds, step.now) else { return };
                self.done(step, chatbot, |model, scene| model.control(scene, control.clone()))
            }
            Action::Release { chatbot } => self.done(step, chatbot, Self::release),
        };
        records.push(one);
    }

    /// Does something about a chatbot, if it is enrolled.
    fn done(
        &mut self,
        step: &Step,
        chatbot: &Name,
        act: impl FnOnce(&mut Self, &Scene) -> Option<(Said, Vec<Happened>)>,
    ) -> Record {
        let scene = Scene { name: chatbot, policy: self.policies.of(chatbot).clone(), now: step.now, dice: step.dice };
        let (said, happened) = act(self, &scene).unwrap_or((Said::Refused, Vec::new()));
        Record { chatbot: Some(chatbot.clone()), said, happened }
    }

    fn delete(&mut self, scene: &Scene) -> Option<(Said, Vec<Happened>)> {
        let gone = self.chatbots.remove(scene.name)?;
        Some((Said::Done, self.resume(gone.kind, scene.policy.cap)))
    }

    /// Folds batches. Where none of them is new and nothing is to be decided, nothing is saved.
    fn observe(&mut self, scene: &Scene, batches: &[Batch]) -> Option<(Said, Vec<Happened>)> {
        let chatbot = self.chatbots.get_mut(scene.name)?;
        // A copy is only needed where nothing may be saved.
        let before = chatbot.has_all(batches).then(|| chatbot.clone());
        let mut folded = Folded::default();
        for batch in batches {
            folded = folded.and(chatbot.fold(batch, &scene.policy, scene.now));
        }
        chatbot.deliveries.push(scene.now);
        chatbot.watch_for_silence(&scene.policy);
        let finding = chatbot.news(&scene.policy, scene.now);
        if let Some(before) = before.filter(|_| finding == Finding::Fine) {
            *chatbot = before;
            return Some((Said::Folded(folded), Vec::new()));
        }
        let happened = self.decide(scene, finding)?;
        Some((Said::Folded(folded), happened))
    }

    /// The counts of a type, counted.
    #[must_use]
    pub fn census(&self, kind: ChatbotType) -> Census {
        let count = |standing: Standing| {
            let stands = |chatbot: &&Chatbot| chatbot.kind == kind && chatbot.standing() == standing;
            u32::try_from(self.chatbots.values().filter(stands).count()).unwrap_or(u32::MAX)
        };
        Census {
            unknown: count(Standing::Unknown),
            online: count(Standing::Online),
            offline: count(Standing::Offline),
            ejected: count(Standing::Ejected),
            holding: self.holding.get(&kind).copied().map(Stamp),
        }
    }

    /// Whether one more of `kind` may be out: of those that are routed or were, before the engine took
    /// them out, no more than the share are out then, or it is the only one.
    fn has_room(&self, kind: ChatbotType, cap: CapPolicy) -> bool {
        let Census { online, ejected, .. } = self.census(kind);
        let (then, all, percent) = (u64::from(ejected) + 1, u64::from(online + ejected), u64::from(cap.percent.get()));
        percent > 0 && (then == 1 || then * 100 <= all * percent)
    }

    /// Ends the holding once the share that is out is low enough, and one more may go.
    fn resume(&mut self, kind: ChatbotType, cap: CapPolicy) -> Vec<Happened> {
        let Census { online, ejected, holding, .. } = self.census(kind);
        let percent = u64::from(cap.resume_percent.get());
        let few = u64::from(ejected) * 100 <= u64::from(online + ejected) * percent;
        if holding.is_none() || !few || !self.has_room(kind, cap) {
            return Vec::new();
        }
        self.holding.remove(&kind);
        vec![Happened { fact: Fact::CapReleased { kind }, told: true }]
    }
}
