//! Probes of the reference model, and its observable state.

use centops_domain::{
    alerts::EventKind,
    chatbots::ChatbotUri,
    health::{
        AddressChange, Cause, Check, CheckReason, Control, ControlMode, Lane, Lease, Policy, ProbeOutcome, RaisedEvent,
    },
    stamp::Stamp,
};
use jiff::Timestamp;

use super::{
    chatbot::{Chatbot, PendingAddress},
    model::{Context, Model},
};
use crate::{
    history::Outcome,
    view::{ObserverView, State, View},
};

impl Model {
    /// Evaluates a chatbot: an expired manual control ends, flapping settles, silent observers are flagged, and a
    /// lease is granted if a probe is due.
    pub(super) fn evaluate_due(&mut self, context: &Context) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let (policy, now) = (&context.policy, context.now);
        let control = self.chatbots.get(context.name)?.control.clone();
        let mut raised = Vec::new();
        if let Some(control) = control {
            if control.until.is_none_or(|Stamp(until)| until > now) {
                return Some((Outcome::Leased(None), raised));
            }
            raised = self.end_control(context)?.1;
        }
        let chatbot = self.chatbots.get_mut(context.name)?;
        if chatbot.settles(now) {
            let status = chatbot.routing_state().status();
            raised.push(RaisedEvent {
                event: EventKind::ChatbotSettled { chatbot: context.name.clone(), status },
                notify: true,
            });
        }
        let lease = if chatbot.is_routed() {
            raised.extend(chatbot.flag_silent_observers(context));
            chatbot.claim_check(policy, now)
        } else {
            chatbot.claim(policy, now)
        };
        let lease = lease.or_else(|| chatbot.claim_pending(policy, now));
        if let Some(lease) = lease {
            chatbot.next_lease += 1;
            self.granted.entry(context.name.clone()).or_default().push(lease.id);
        }
        Some((Outcome::Leased(lease), raised))
    }

    /// Records the result of a probe with the lease `id`. The first result in time decides.
    pub(super) fn record_probe(
        &mut self,
        context: &Context,
        id: u64,
        success: bool,
    ) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let (policy, now) = (&context.policy, context.now);
        let chatbot = self.chatbots.get_mut(context.name)?;
        let stale = Some((Outcome::Probed(ProbeOutcome::Stale), Vec::new()));
        if chatbot.control.is_some() {
            return stale;
        }
        let pending =
            chatbot.pending.as_ref().is_some_and(|pending| pending.probes.iter().any(|(_, one)| one.id == id));
        if pending {
            return self.record_pending(context, id, success);
        }
        if let Some(check) = chatbot.check.filter(|_| chatbot.is_routed()) {
            if check.lease.is_none_or(|lease| lease.id != id || now >= lease.until) {
                return stale;
            }
            if success {
                (chatbot.check, chatbot.suppression) = (None, None);
                return Some((Outcome::Probed(ProbeOutcome::StaysClosed), Vec::new()));
            }
            let due = policy.next_probe(0, now, context.jitter);
            chatbot.check = Some(Check { due, lease: None, ..check });
            let raised = self.eject(context, Cause::Unanswered(check.reason))?;
            let routed = self.chatbots.get(context.name)?.is_routed();
            return Some((
                Outcome::Probed(if routed { ProbeOutcome::StaysClosed } else { ProbeOutcome::Opened }),
                raised,
            ));
        }
        if chatbot.is_routed() || chatbot.live(now).all(|lease| lease.id != id) {
            return stale;
        }
        if success {
            return Some((Outcome::Probed(ProbeOutcome::Closed), self.recover(context)?));
        }
        chatbot.failures += 1;
        chatbot.next_probe = policy.next_probe(chatbot.failures, now, context.jitter);
        chatbot.probes.clear();
        Some((Outcome::Probed(ProbeOutcome::StaysOpen), Vec::new()))
    }
}

impl Model {
    /// Records the result of a probe of the pending address. If it is good, that address is routed and all starts anew.
    fn record_pending(&mut self, context: &Context, id: u64, success: bool) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let (policy, now) = (&context.policy, context.now);
        let chatbot = self.chatbots.get_mut(context.name)?;
        let pending = chatbot.pending.as_mut()?;
        if !pending.probes.iter().any(|(_, lease)| lease.id == id && now < lease.until) {
            return Some((Outcome::Probed(ProbeOutcome::Stale), Vec::new()));
        }
        if !success {
            pending.failures += 1;
            pending.next_probe = policy.next_probe(pending.failures, now, context.jitter);
            pending.probes.clear();
            return Some((Outcome::Probed(ProbeOutcome::StaysPending), Vec::new()));
        }
        let uri = chatbot.pending.take()?.uri;
        chatbot.address = uri.clone();
        let moved = EventKind::ChatbotMoved { chatbot: context.name.clone(), uri };
        let mut raised = vec![RaisedEvent { event: moved, notify: false }];
        if chatbot.is_routed() {
            chatbot.close(None, now);
            chatbot.schedule_silence_check(policy);
        } else {
            raised.extend(self.recover(context)?);
            self.chatbots.get_mut(context.name)?.recovered = None;
        }
        Some((Outcome::Probed(ProbeOutcome::Moved), raised))
    }

    /// Changes the address: at once if the chatbot is not routed or is forced online, otherwise after its probes.
    pub(super) fn change_address(
        &mut self,
        context: &Context,
        uri: &ChatbotUri,
    ) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let now = context.now;
        let chatbot = self.chatbots.get_mut(context.name)?;
        chatbot.pending = None;
        let lasts = |control: &&Control| control.until.is_none_or(|Stamp(until)| until > now);
        let mode = chatbot.control.as_ref().filter(lasts).map(|control| control.mode);
        let change = if *uri == chatbot.address {
            AddressChange::Unchanged
        } else if !chatbot.is_routed() {
            (chatbot.failures, chatbot.relapses, chatbot.next_probe) = (0, 0, now);
            chatbot.probes.clear();
            AddressChange::AtOnce
        } else if mode == Some(ControlMode::ForceOnline) {
            chatbot.close(None, now);
            chatbot.schedule_silence_check(&context.policy);
            AddressChange::AtOnce
        } else {
            let (failures, next_probe, probes) = (0, now, Vec::new());
            chatbot.pending = Some(PendingAddress { uri: uri.clone(), since: now, failures, next_probe, probes });
            AddressChange::Pending
        };
        if change == AddressChange::AtOnce {
            chatbot.address = uri.clone();
        }
        Some((Outcome::Relocated(change), Vec::new()))
    }
}

impl PendingAddress {
    fn live(&self, now: Timestamp) -> usize {
        self.probes.iter().filter(|(_, lease)| now < lease.until).count()
    }
}

impl Chatbot {
    fn live(&self, now: Timestamp) -> impl Iterator<Item = &Lease> {
        self.probes.iter().map(|(_, lease)| lease).filter(move |lease| now < lease.until)
    }

    fn lease(&self, policy: &Policy, now: Timestamp) -> Lease {
        Lease { id: self.next_lease, until: now + policy.lease() }
    }

    /// Grants a lease for a chatbot that is not routed and due, for as many probers as the policy permits.
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

    /// Grants a lease for the pending address, like [`Chatbot::claim`].
    fn claim_pending(&mut self, policy: &Policy, now: Timestamp) -> Option<Lease> {
        let lease = self.lease(policy, now);
        let pending = self.pending.as_mut()?;
        let free = match pending.live(now) {
            0 => !pending.probes.is_empty() || pending.next_probe <= now,
            live => live < policy.probe.most_in_flight.get() as usize,
        };
        if !free {
            return None;
        }
        pending.probes.retain(|(_, lease)| now < lease.until);
        pending.probes.push((now, lease));
        Some(lease)
    }

    /// Grants a lease for a routed chatbot with a pending check, to one prober at a time.
    fn claim_check(&mut self, policy: &Policy, now: Timestamp) -> Option<Lease> {
        let check = self.check.filter(|check| check.due <= now)?;
        if check.lease.is_some_and(|lease| now < lease.until) {
            return None;
        }
        let lease = self.lease(policy, now);
        self.check = Some(Check { lease: Some(lease), ..check });
        Some(lease)
    }

    fn flag_silent_observers(&mut self, context: &Context) -> Vec<RaisedEvent> {
        let mut raised = Vec::new();
        for (observer, log) in &mut self.observers {
            let silent = log.silent_at(&context.policy.silence).is_some_and(|at| at <= context.now);
            if silent && !log.silent {
                log.silent = true;
                let event = EventKind::ObserverSilent { chatbot: context.name.clone(), observer: observer.clone() };
                raised.push(RaisedEvent { event, notify: false });
            }
        }
        if !raised.is_empty() && self.check.is_none() {
            self.check = Some(Check { reason: CheckReason::Silence, due: context.now, lease: None });
        }
        self.next_silence_check = self.next_silence(&context.policy.silence);
        raised
    }

    fn state(&self, now: Timestamp) -> State {
        match self.live(now).count() {
            _ if self.is_routed() => State::Closed,
            0 => State::Open,
            probes => State::HalfOpen(probes),
        }
    }

    /// Returns the lane and the time of the next evaluation.
    fn due(&self, policy: &Policy) -> Option<(Lane, Timestamp)> {
        if let Some(control) = &self.control {
            return control.until.map(|Stamp(until)| (Lane::Recovery, until));
        }
        let full = self.probes.len() >= policy.probe.most_in_flight.get() as usize;
        let probes = self.probes.iter().map(|(given, lease)| if full { lease.until } else { *given }).min();
        let circuit = (!self.is_routed()).then(|| probes.unwrap_or(self.next_probe));
        let check = self.check.map(|check| check.lease.map_or(check.due, |lease| lease.until));
        let pending = self.pending.as_ref().map(|pending| {
            let full = pending.probes.len() >= policy.probe.most_in_flight.get() as usize;
            let probes = pending.probes.iter().map(|(given, lease)| if full { lease.until } else { *given }).min();
            probes.unwrap_or(pending.next_probe)
        });
        let silent = self.is_routed() && check.is_none() && pending.is_none();
        let lane = if silent { Lane::Silence } else { Lane::Recovery };
        let at = [circuit, check, pending, self.next_silence_check, self.settles_at()].into_iter().flatten().min();
        at.map(|at| (lane, at))
    }

    /// Returns the observable state.
    #[must_use]
    pub fn view(&self, policy: &Policy, now: Timestamp) -> View {
        let (totals, levels) = self.totals();
        let observers = self.observers.iter().map(|(observer, log)| {
            let (last_seen, usual, intervals) = log.report_interval();
            let view = ObserverView {
                counts: log.counts(policy, now),
                score: log.score(),
                recent: log.recent(),
                silent: log.silent,
                outlier: log.outlier,
                last_seen,
                usual: (intervals >= 5).then(|| jiff::SignedDuration::from_millis(usual)),
            };
            (observer.clone(), view)
        });
        View {
            enrolled: self.enrolled,
            routing_state: self.routing_state(),
            cause: self.cause.clone(),
            state: self.state(now),
            since: self.since,
            due: self.due(policy).map(|(lane, at)| (lane, at.max(now))),
            quiet_until: [self.next_silence(&policy.silence), self.settles_at()].into_iter().flatten().min(),
            suppression: self.suppression,
            check: self.check,
            control: self.control.clone(),
            flapping: self.flapping,
            address: self.address.clone(),
            pending: self.pending.as_ref().map(|pending| {
                let state = match pending.live(now) {
                    0 => State::Open,
                    probes => State::HalfOpen(probes),
                };
                (pending.uri.clone(), pending.since, pending.failures, state)
            }),
            finding: self.finding(policy, now),
            totals,
            levels,
            observers: observers.collect(),
        }
    }
}
