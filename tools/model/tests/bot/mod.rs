//! A chatbot with its network and a clock.

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name, Status},
    health::{
        Batch, DecisionContext, Delivery, FoldSummary, Health, Lease, Network, Policy, ProbeOutcome, RaisedEvent,
        RoutingState, engine,
    },
    ingestion::{Observation, Observer, Sequence, Signal, StatusCode},
};
use jiff::{SignedDuration, Timestamp};

/// The chatbot.
pub struct Bot {
    pub name: Name,
    pub policy: Policy,
    pub health: Health,
    pub network: Network,
    pub now: Timestamp,
    sequence: u128,
}

pub fn observer(text: &str) -> Observer {
    text.to_owned().try_into().expect("an observer")
}

pub fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

impl Bot {
    /// Returns a chatbot enrolled at time zero, without a successful probe.
    pub fn unknown(policy: Policy) -> Self {
        let mut network = Network::default();
        network.record_transition(ChatbotType::Ministry, None, Some(RoutingState::Unknown));
        let (name, health) = ("tax-board".parse().expect("a name"), Health::new(second(0)));
        Self { name, policy, health, network, now: second(0), sequence: 0 }
    }

    /// Returns a chatbot that went online after one second.
    pub fn online(policy: Policy) -> Self {
        let mut bot = Self::unknown(policy);
        bot.advance(1);
        bot.probe(true);
        assert_eq!(bot.status(), Status::Online);
        bot
    }

    pub fn advance(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub fn status(&self) -> Status {
        self.health.routing_state().status()
    }

    /// Folds these codes, observed now by `observer`.
    pub fn observe(&mut self, observer: &str, codes: &[u16]) -> Vec<RaisedEvent> {
        self.observe_at(observer, self.now, codes).1
    }

    pub fn observe_at(&mut self, observer: &str, at: Timestamp, codes: &[u16]) -> (FoldSummary, Vec<RaisedEvent>) {
        self.sequence += 1;
        let outcome = |code: &u16| {
            let result = Ok(StatusCode::try_from(*code).expect("a code"));
            Observation { at, signal: Signal::Code { result, millis: Some(20) } }
        };
        let batch = Batch {
            observer: self::observer(observer),
            sequence: Sequence::from(self.sequence),
            observations: codes.iter().map(outcome).collect(),
            delivery: Delivery::First,
        };
        let folding = engine::fold(&mut self.health, &[batch], &self.policy, self.now);
        let Self { name, policy, health, network, now, .. } = self;
        let context = DecisionContext { name, kind: ChatbotType::Ministry, policy, now: *now, jitter: 0.0 };
        let raised = engine::decide(&context, health, network, folding.finding);
        self.health = self.health.stored();
        (folding.summary, raised)
    }

    pub fn evaluate_due(&mut self) -> (Option<Lease>, Vec<RaisedEvent>) {
        let Self { name, policy, health, now, .. } = self;
        let context = DecisionContext { name, kind: ChatbotType::Ministry, policy, now: *now, jitter: 0.0 };
        engine::evaluate_due(&context, health)
    }

    pub fn report(&mut self, lease: Lease, success: bool) -> (ProbeOutcome, Vec<RaisedEvent>) {
        let Self { name, policy, health, network, now, .. } = self;
        let context = DecisionContext { name, kind: ChatbotType::Ministry, policy, now: *now, jitter: 0.0 };
        engine::record_probe(&context, health, network, lease.id, success)
    }

    /// Evaluates the chatbot, and reports the result if a probe is due.
    pub fn probe(&mut self, success: bool) -> Vec<RaisedEvent> {
        let (lease, mut raised) = self.evaluate_due();
        if let Some(lease) = lease {
            raised.extend(self.report(lease, success).1);
        }
        raised
    }
}

/// Saving and loading.
trait Stored {
    fn stored(&self) -> Self;
}

impl Stored for Health {
    fn stored(&self) -> Self {
        postcard::from_bytes(&postcard::to_stdvec(self).expect("bytes")).expect("as written")
    }
}

/// Returns whether one of the events is that a chatbot went offline.
pub fn is_offline(raised: &[RaisedEvent]) -> bool {
    raised.iter().any(|one| matches!(one.event, EventKind::ChatbotOffline { .. }))
}
