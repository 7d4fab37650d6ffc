//! Who is taken out, who is held, who is told.

use centops_domain::{
    control::{Control, Mode},
    detector::Finding,
    engine::Happened,
    event::Fact,
    health::{Cause, Check, Doubt, Held},
    network::Standing,
};
use jiff::{SignedDuration, Timestamp};

use super::{Chatbot, Model, Scene};
use crate::history::Said;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MOST_MESSAGES: usize = 6;

fn told(fact: Fact) -> Happened {
    Happened { fact, told: true }
}

fn quiet(fact: Fact) -> Happened {
    Happened { fact, told: false }
}

impl Model {
    pub(super) fn decide(&mut self, scene: &Scene, finding: Finding) -> Option<Vec<Happened>> {
        let chatbot = self.chatbots.get_mut(scene.name)?;
        match finding {
            Finding::Fine => Some(Vec::new()),
            Finding::Outliers(observers) => {
                if chatbot.check.is_none() {
                    chatbot.check = Some(Check { doubt: Doubt::Disagreement, due: scene.now, lease: None });
                }
                let fact = |observer| Fact::ObserverOutlier { chatbot: scene.name.clone(), observer };
                Some(observers.into_iter().map(|observer| told(fact(observer))).collect())
            }
            Finding::Failing(found) => {
                let witnesses = chatbot.witnesses(found, &scene.policy, scene.now);
                self.eject(scene, Cause::Failing(witnesses))
            }
        }
    }

    /// Takes a chatbot out, where neither a dry run nor the cap holds it.
    pub(super) fn eject(&mut self, scene: &Scene, cause: Cause) -> Option<Vec<Happened>> {
        let (name, policy, now) = (scene.name.clone(), &scene.policy, scene.now);
        let kind = self.chatbots.get(scene.name)?.kind;
        if policy.dry_run {
            let chatbot = self.chatbots.get_mut(scene.name)?;
            let first = chatbot.held != Some(Held::DryRun);
            chatbot.held = Some(Held::DryRun);
            return Some(Vec::from_iter(first.then(|| told(Fact::WouldGoOffline { chatbot: name, cause }))));
        }
        let mut happened = self.resume(kind, policy.cap);
        let holds = self.holding.contains_key(&kind);
        if holds || !self.has_room(kind, policy.cap) {
            self.chatbots.get_mut(scene.name)?.held = Some(Held::Cap);
            if !holds {
                self.holding.insert(kind, now);
                happened.push(told(Fact::CapReached { kind, chatbot: name, cause }));
            }
            return Some(happened);
        }
        let chatbot = self.chatbots.get_mut(scene.name)?;
        let again = chatbot.is_sensitive(policy, now);
        let relapses = chatbot.recovered.filter(|_| again).map_or(0, |relapses| relapses + 1);
        chatbot.open(cause.clone(), relapses, policy.next_probe(relapses, now, scene.dice), now);
        happened.extend(self.resume(kind, policy.cap));
        let chatbot = self.chatbots.get_mut(scene.name)?;
        happened.extend(chatbot.tell(now, Fact::ChatbotOffline { chatbot: name, cause }));
        Some(happened)
    }

    /// The probe with a lease succeeded: the chatbot is routed again.
    pub(super) fn recover(&mut self, scene: &Scene) -> Option<Vec<Happened>> {
        let chatbot = self.chatbots.get_mut(scene.name)?;
        let (kind, before) = (chatbot.kind, chatbot.standing());
        let relapses = chatbot.relapses;
        chatbot.close((before == Standing::Ejected).then_some(relapses), scene.now);
        chatbot.watch_for_silence(&scene.policy);
        let mut happened = self.resume(kind, scene.policy.cap);
        let fact = Fact::ChatbotOnline { chatbot: scene.name.clone(), was: before.status() };
        happened.extend(self.chatbots.get_mut(scene.name)?.tell(scene.now, fact));
        Some(happened)
    }

    /// An administrator decides. The owners are told of a change whatever they were told before.
    pub(super) fn control(&mut self, scene: &Scene, control: Control) -> Option<(Said, Vec<Happened>)> {
        let (name, now) = (scene.name.clone(), scene.now);
        let chatbot = self.chatbots.get_mut(scene.name)?;
        let (kind, before) = (chatbot.kind, chatbot.standing());
        match control.mode {
            Mode::ForceOnline if !chatbot.is_routed() => chatbot.close(None, now),
            Mode::ForceOffline => chatbot.open(Cause::Forced(control.reason.to_string()), 0, now, now),
            Mode::Hold | Mode::ForceOnline => {}
        }
        chatbot.control = Some(control.clone());
        let (after, cause) = (chatbot.standing(), chatbot.cause.clone());
        let mut happened = vec![quiet(Fact::ControlSet { chatbot: name.clone(), control })];
        if after != before {
            happened.extend(self.resume(kind, scene.policy.cap));
        }
        if after.status() != before.status() {
            happened.push(told(match cause {
                None => Fact::ChatbotOnline { chatbot: name, was: before.status() },
                Some(cause) => Fact::ChatbotOffline { chatbot: name, cause },
            }));
        }
        Some((Said::Done, happened))
    }

    pub(super) fn release(&mut self, scene: &Scene) -> Option<(Said, Vec<Happened>)> {
        let chatbot = self.chatbots.get_mut(scene.name)?;
        if chatbot.control.take().is_none() {
            return Some((Said::Done, Vec::new()));
        }
        chatbot.watch_for_silence(&scene.policy);
        Some((Said::Done, vec![quiet(Fact::ControlEnded { chatbot: scene.name.clone() })]))
    }
}

impl Chatbot {
    /// Owners hear of four changes in a day; the fifth message says that the chatbot flaps, and the sixth
    /// is kept to say that it has settled.
    fn tell(&mut self, now: Timestamp, fact: Fact) -> Vec<Happened> {
        let status = self.standing().status();
        let (Fact::ChatbotOnline { chatbot, .. } | Fact::ChatbotOffline { chatbot, .. }) = &fact else {
            return Vec::new();
        };
        let chatbot = chatbot.clone();
        self.told.retain(|at| *at > now - DAY);
        let before = self.told.len();
        if self.flapping.is_some() {
            return vec![quiet(fact)];
        }
        if before < MOST_MESSAGES {
            self.told.push(now);
        }
        if before < MOST_MESSAGES - 2 {
            return vec![told(fact)];
        }
        self.flapping = Some(now);
        let flaps = (before < MOST_MESSAGES).then(|| told(Fact::ChatbotFlapping { chatbot, status }));
        [quiet(fact)].into_iter().chain(flaps).collect()
    }

    /// When its owners may be told that it has settled.
    pub(super) fn settles_at(&self) -> Option<Timestamp> {
        self.flapping?;
        let quiet = self.since + HOUR;
        let first = self.told.first().filter(|_| self.told.len() >= MOST_MESSAGES);
        Some(first.map_or(quiet, |first| quiet.max(*first + DAY)))
    }

    /// Whether it settles now.
    pub(super) fn settles(&mut self, now: Timestamp) -> bool {
        if self.settles_at().is_none_or(|at| now < at) {
            return false;
        }
        self.told.retain(|at| *at > now - DAY);
        self.flapping = None;
        self.told.push(now);
        true
    }
}
