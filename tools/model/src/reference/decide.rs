//! Decisions of the reference model: ejections, holds and notifications.

use centops_domain::{
    alerts::EventKind,
    health::{Cause, Check, CheckReason, Control, ControlMode, Finding, RaisedEvent, RoutingState, Suppression},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    chatbot::Chatbot,
    model::{Context, Model},
};
use crate::history::Outcome;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MAX_NOTIFICATIONS: usize = 6;

fn notified(event: EventKind) -> RaisedEvent {
    RaisedEvent { event, notify: true }
}

fn quiet(event: EventKind) -> RaisedEvent {
    RaisedEvent { event, notify: false }
}

impl Model {
    pub(super) fn decide(&mut self, context: &Context, finding: Finding) -> Option<Vec<RaisedEvent>> {
        let chatbot = self.chatbots.get_mut(context.name)?;
        match finding {
            Finding::Fine => Some(Vec::new()),
            Finding::Outliers(observers) => {
                if chatbot.check.is_none() {
                    chatbot.check = Some(Check { reason: CheckReason::Disagreement, due: context.now, lease: None });
                }
                let event = |observer| EventKind::ObserverOutlier { chatbot: context.name.clone(), observer };
                Some(observers.into_iter().map(|observer| notified(event(observer))).collect())
            }
            Finding::OwnLog => {
                if chatbot.check.is_none() {
                    chatbot.check = Some(Check { reason: CheckReason::OwnLog, due: context.now, lease: None });
                }
                Some(Vec::new())
            }
            Finding::Failing(found) => {
                let witnesses = chatbot.witnesses(found, &context.policy, context.now);
                self.eject(context, Cause::Failing(witnesses))
            }
        }
    }

    /// Ejects a chatbot, unless the policy is a dry run or the cap forbids it.
    pub(super) fn eject(&mut self, context: &Context, cause: Cause) -> Option<Vec<RaisedEvent>> {
        let (name, policy, now) = (context.name.clone(), &context.policy, context.now);
        let kind = self.chatbots.get(context.name)?.kind;
        if policy.dry_run {
            let chatbot = self.chatbots.get_mut(context.name)?;
            let first = chatbot.suppression != Some(Suppression::DryRun);
            chatbot.suppression = Some(Suppression::DryRun);
            return Some(Vec::from_iter(first.then(|| notified(EventKind::WouldGoOffline { chatbot: name, cause }))));
        }
        let mut raised = self.end_hold(kind, policy.cap);
        let holds = self.holding_since.contains_key(&kind);
        if holds || !self.has_room(kind, policy.cap) {
            self.chatbots.get_mut(context.name)?.suppression = Some(Suppression::Cap);
            if !holds {
                self.holding_since.insert(kind, now);
                raised.push(notified(EventKind::CapReached { kind, chatbot: name, cause }));
            }
            return Some(raised);
        }
        let chatbot = self.chatbots.get_mut(context.name)?;
        let sensitive = chatbot.is_sensitive(policy, now);
        let relapses = chatbot.recovered.filter(|_| sensitive).map_or(0, |relapses| relapses + 1);
        chatbot.open(cause.clone(), relapses, policy.next_probe(relapses, now, context.jitter), now);
        raised.extend(self.end_hold(kind, policy.cap));
        let chatbot = self.chatbots.get_mut(context.name)?;
        raised.extend(chatbot.notify_owner(now, EventKind::ChatbotOffline { chatbot: name, cause }));
        Some(raised)
    }

    /// Records a successful probe: the chatbot is routed again.
    pub(super) fn recover(&mut self, context: &Context) -> Option<Vec<RaisedEvent>> {
        let chatbot = self.chatbots.get_mut(context.name)?;
        let (kind, before) = (chatbot.kind, chatbot.routing_state());
        let relapses = chatbot.relapses;
        chatbot.close((before == RoutingState::Ejected).then_some(relapses), context.now);
        chatbot.schedule_silence_check(&context.policy);
        let mut raised = self.end_hold(kind, context.policy.cap);
        let event = EventKind::ChatbotOnline { chatbot: context.name.clone(), was: before.status() };
        raised.extend(self.chatbots.get_mut(context.name)?.notify_owner(context.now, event));
        Some(raised)
    }

    /// Sets a manual control. The owners are always notified of a change that follows.
    pub(super) fn set_control(&mut self, context: &Context, control: Control) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let (name, now) = (context.name.clone(), context.now);
        let chatbot = self.chatbots.get_mut(context.name)?;
        let (kind, before) = (chatbot.kind, chatbot.routing_state());
        match control.mode {
            ControlMode::ForceOnline if !chatbot.is_routed() => chatbot.close(None, now),
            ControlMode::ForceOffline => chatbot.open(Cause::Forced(control.reason.to_string()), 0, now, now),
            ControlMode::Hold | ControlMode::ForceOnline => {}
        }
        chatbot.control = Some(control.clone());
        let (after, cause) = (chatbot.routing_state(), chatbot.cause.clone());
        let mut raised = vec![quiet(EventKind::ControlSet { chatbot: name.clone(), control })];
        if after != before {
            raised.extend(self.end_hold(kind, context.policy.cap));
        }
        if after.status() != before.status() {
            raised.push(notified(match cause {
                None => EventKind::ChatbotOnline { chatbot: name, was: before.status() },
                Some(cause) => EventKind::ChatbotOffline { chatbot: name, cause },
            }));
        }
        Some((Outcome::Done, raised))
    }

    pub(super) fn end_control(&mut self, context: &Context) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let chatbot = self.chatbots.get_mut(context.name)?;
        if chatbot.control.take().is_none() {
            return Some((Outcome::Done, Vec::new()));
        }
        chatbot.schedule_silence_check(&context.policy);
        Some((Outcome::Done, vec![quiet(EventKind::ControlEnded { chatbot: context.name.clone() })]))
    }
}

impl Chatbot {
    /// Decides whether owners are notified of a change: of four changes a day. The fifth notification reports the
    /// flapping, and the sixth is reserved for the end of it.
    fn notify_owner(&mut self, now: Timestamp, event: EventKind) -> Vec<RaisedEvent> {
        let status = self.routing_state().status();
        let (EventKind::ChatbotOnline { chatbot, .. } | EventKind::ChatbotOffline { chatbot, .. }) = &event else {
            return Vec::new();
        };
        let chatbot = chatbot.clone();
        self.notifications.retain(|at| *at > now - DAY);
        let before = self.notifications.len();
        if self.flapping.is_some() {
            return vec![quiet(event)];
        }
        if before < MAX_NOTIFICATIONS {
            self.notifications.push(now);
        }
        if before < MAX_NOTIFICATIONS - 2 {
            return vec![notified(event)];
        }
        self.flapping = Some(now);
        let flaps = (before < MAX_NOTIFICATIONS).then(|| notified(EventKind::ChatbotFlapping { chatbot, status }));
        [quiet(event)].into_iter().chain(flaps).collect()
    }

    /// Returns when a flapping chatbot has settled and its owners may be notified.
    pub(super) fn settles_at(&self) -> Option<Timestamp> {
        self.flapping?;
        let quiet = self.since + HOUR;
        let first = self.notifications.first().filter(|_| self.notifications.len() >= MAX_NOTIFICATIONS);
        Some(first.map_or(quiet, |first| quiet.max(*first + DAY)))
    }

    /// Returns whether it settles at `now`.
    pub(super) fn settles(&mut self, now: Timestamp) -> bool {
        if self.settles_at().is_none_or(|at| now < at) {
            return false;
        }
        self.notifications.retain(|at| *at > now - DAY);
        self.flapping = None;
        self.notifications.push(now);
        true
    }
}
