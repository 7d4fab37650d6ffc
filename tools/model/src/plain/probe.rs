//! Looking, probing, and what can be seen of it all.

use centops_domain::{
    circuit::{Lease, Probed},
    engine::Happened,
    event::Fact,
    health::{Cause, Check, Doubt},
    policy::Policy,
    stamp::Stamp,
};
use jiff::Timestamp;

use super::{Chatbot, Model, Scene};
use crate::{
    history::Said,
    view::{State, View, Watched},
};

impl Model {
    /// The prober looks: manual control ends in its time, flapping settles, silence is noticed, and a
    /// lease is granted where a probe is due.
    pub(super) fn look(&mut self, scene: &Scene) -> Option<(Said, Vec<Happened>)> {
        let (policy, now) = (&scene.policy, scene.now);
        let control = self.chatbots.get(scene.name)?.control.clone();
        let mut happened = Vec::new();
        if let Some(control) = control {
            if control.until.is_none_or(|Stamp(until)| until > now) {
                return Some((Said::Leased(None), happened));
            }
            happened = self.release(scene)?.1;
        }
        let chatbot = self.chatbots.get_mut(scene.name)?;
        if chatbot.settles(now) {
            let status = chatbot.standing().status();
            happened.push(Happened { fact: Fact::ChatbotSettled { chatbot: scene.name.clone(), status }, told: true });
        }
        let lease = if chatbot.is_routed() {
            happened.extend(chatbot.notice_silence(scene));
            chatbot.claim_check(policy, now)
        } else {
            chatbot.claim(policy, now)
        };
        if let Some(lease) = lease {
            chatbot.next_lease += 1;
            self.granted.entry(scene.name.clone()).or_default().push(lease.id);
        }
        Some((Said::Leased(lease), happened))
    }

    /// A prober reports with the lease `id`: the first result in time decides.
    pub(super) fn report(&mut self, scene: &Scene, id: u64, success: bool) -> Option<(Said, Vec<Happened>)> {
        let (policy, now) = (&scene.policy, scene.now);
        let chatbot = self.chatbots.get_mut(scene.name)?;
        let stale = Some((Said::Probed(Probed::Stale), Vec::new()));
        if chatbot.control.is_some() {
            return stale;
        }
        if let Some(check) = chatbot.check.filter(|_| chatbot.is_routed()) {
            if check.lease.is_none_or(|lease| lease.id != id || now >= lease.until) {
                return stale;
            }
            if success {
                (chatbot.check, chatbot.held) = (None, None);
                return Some((Said::Probed(Probed::StaysClosed), Vec::new()));
            }
            let due = policy.next_probe(0, now, scene.dice);
            chatbot.check = Some(Check { due, lease: None, ..check });
            let happened = self.eject(scene, Cause::Unanswered(check.doubt))?;
            let routed = self.chatbots.get(scene.name)?.is_routed();
            return Some((Said::Probed(if routed { Probed::StaysClosed } else { Probed::Opened }), happened));
        }
        if chatbot.is_routed() || chatbot.live(now).all(|lease| lease.id != id) {
            return stale;
        }
        if success {
            return Some((Said::Probed(Probed::Closed), self.recover(scene)?));
        }
        chatbot.failures += 1;
        chatbot.next_probe = policy.next_probe(chatbot.failures, now, scene.dice);
        chatbot.probes.clear();
        Some((Said::Probed(Probed::StaysOpen), Vec::new()))
    }
}

impl Chatbot {
    fn live(&self, now: Timestamp) -> impl Iterator<Item = &Lease> {
        self.probes.iter().map(|(_, lease)| lease).filter(move |lease| now < lease.until)
    }

    fn lease(&self, policy: &Policy, now: Timestamp) -> Lease {
        Lease { id: self.next_lease, until: now + policy.lease() }
    }

    /// One that is not routed may be probed once it is due, and then by as many as the policy has.
    fn claim(&mut self, policy: &Policy, now: Timestamp) -> Option<Lease> {
        let live = self.live(now).count();
        let free = if live == 0 {
            !self.probes.is_empty() || self.next_probe <= now
        } else {
            live < policy.probe.most_in_flight.get() as usize
        };
        if !free {
            return None;
        }
        let lease = self.lease(policy, now);
        self.probes.retain(|(_, lease)| now < lease.until);
        self.probes.push((now, lease));
        Some(lease)
    }

    /// One that is routed and in doubt is probed by one at a time.
    fn claim_check(&mut self, policy: &Policy, now: Timestamp) -> Option<Lease> {
        let check = self.check.filter(|check| check.due <= now)?;
        if check.lease.is_some_and(|lease| now < lease.until) {
            return None;
        }
        let lease = self.lease(policy, now);
        self.check = Some(Check { lease: Some(lease), ..check });
        Some(lease)
    }

    fn notice_silence(&mut self, scene: &Scene) -> Vec<Happened> {
        let mut happened = Vec::new();
        for (observer, watcher) in &mut self.observers {
            let silent = watcher.silent_at(&scene.policy.silence).is_some_and(|at| at <= scene.now);
            if silent && !watcher.silent {
                watcher.silent = true;
                let fact = Fact::ObserverSilent { chatbot: scene.name.clone(), observer: observer.clone() };
                happened.push(Happened { fact, told: false });
            }
        }
        if !happened.is_empty() && self.check.is_none() {
            self.check = Some(Check { doubt: Doubt::Silence, due: scene.now, lease: None });
        }
        self.watch = self.next_silence(&scene.policy.silence);
        happened
    }

    fn state(&self, now: Timestamp) -> State {
        match self.live(now).count() {
            _ if self.is_routed() => State::Closed,
            0 => State::Open,
            probes => State::HalfOpen(probes),
        }
    }

    /// When the prober should look at it.
    fn due(&self, policy: &Policy) -> Option<Timestamp> {
        if let Some(control) = &self.control {
            return control.until.map(|Stamp(until)| until);
        }
        let full = self.probes.len() >= policy.probe.most_in_flight.get() as usize;
        let probes = self.probes.iter().map(|(given, lease)| if full { lease.until } else { *given }).min();
        let circuit = (!self.is_routed()).then(|| probes.unwrap_or(self.next_probe));
        let check = self.check.map(|check| check.lease.map_or(check.due, |lease| lease.until));
        [circuit, check, self.watch, self.settles_at()].into_iter().flatten().min()
    }

    /// What can be seen of it.
    #[must_use]
    pub fn view(&self, policy: &Policy, now: Timestamp) -> View {
        let (totals, levels) = self.totals();
        let observers = self.observers.iter().map(|(observer, watcher)| {
            let (heard, usual, intervals) = watcher.rhythm();
            let watched = Watched {
                counts: watcher.counts(policy, now),
                score: watcher.score(),
                recent: watcher.recent(),
                silent: watcher.silent,
                outlier: watcher.outlier,
                heard,
                usual: (intervals >= 5).then(|| jiff::SignedDuration::from_millis(usual)),
            };
            (observer.clone(), watched)
        });
        View {
            enrolled: self.enrolled,
            standing: self.standing(),
            cause: self.cause.clone(),
            state: self.state(now),
            since: self.since,
            due: self.due(policy).map(|due| due.max(now)),
            held: self.held,
            check: self.check,
            control: self.control.clone(),
            flapping: self.flapping,
            finding: self.finding(policy, now),
            totals,
            levels,
            observers: observers.collect(),
        }
    }
}
