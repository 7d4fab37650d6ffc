//! A chatbot, its network, and a clock.

use centops_domain::{
    chatbot::{ChatbotType, Status},
    circuit::{Lease, Probed},
    engine::{self, Happened, Scene},
    event::Fact,
    health::{Batch, Folded, Health},
    name::Name,
    network::{Network, Standing},
    observation::{Observation, Observer, Sequence, Signal, StatusCode},
    policy::Policy,
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
    /// Enrolled at zero; not yet seen healthy.
    pub fn unknown(policy: Policy) -> Self {
        let mut network = Network::default();
        network.moved(ChatbotType::Ministry, None, Some(Standing::Unknown));
        let (name, health) = ("tax-board".parse().expect("a name"), Health::enrolled(second(0)));
        Self { name, policy, health, network, now: second(0), sequence: 0 }
    }

    /// Enrolled, and online since one second later.
    pub fn online(policy: Policy) -> Self {
        let mut bot = Self::unknown(policy);
        bot.pass(1);
        bot.probe(true);
        assert_eq!(bot.status(), Status::Online);
        bot
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub fn status(&self) -> Status {
        self.health.standing().status()
    }

    /// `observer` sees these codes now.
    pub fn see(&mut self, observer: &str, codes: &[u16]) -> Vec<Happened> {
        self.see_at(observer, self.now, codes).1
    }

    pub fn see_at(&mut self, observer: &str, at: Timestamp, codes: &[u16]) -> (Folded, Vec<Happened>) {
        self.sequence += 1;
        let outcome = |code: &u16| {
            let result = Ok(StatusCode::try_from(*code).expect("a code"));
            Observation { at, signal: Signal::Code { result, millis: Some(20) } }
        };
        let batch = Batch {
            observer: self::observer(observer),
            sequence: Sequence::from(self.sequence),
            observations: codes.iter().map(outcome).collect(),
        };
        let folding = engine::observe(&mut self.health, &[batch], &self.policy, self.now);
        let Self { name, policy, health, network, now, .. } = self;
        let scene = Scene { name, kind: ChatbotType::Ministry, policy, now: *now, dice: 0.0 };
        let happened = engine::decide(&scene, health, network, folding.finding);
        self.health = self.health.stored();
        (folding.folded, happened)
    }

    pub fn look(&mut self) -> (Option<Lease>, Vec<Happened>) {
        let Self { name, policy, health, now, .. } = self;
        let scene = Scene { name, kind: ChatbotType::Ministry, policy, now: *now, dice: 0.0 };
        engine::look(&scene, health)
    }

    pub fn report(&mut self, lease: Lease, success: bool) -> (Probed, Vec<Happened>) {
        let Self { name, policy, health, network, now, .. } = self;
        let scene = Scene { name, kind: ChatbotType::Ministry, policy, now: *now, dice: 0.0 };
        engine::report(&scene, health, network, lease.id, success)
    }

    /// Looks, and reports where a probe is due.
    pub fn probe(&mut self, success: bool) -> Vec<Happened> {
        let (lease, mut happened) = self.look();
        if let Some(lease) = lease {
            happened.extend(self.report(lease, success).1);
        }
        happened
    }
}

/// As it is after it was saved and loaded.
trait Stored {
    fn stored(&self) -> Self;
}

impl Stored for Health {
    fn stored(&self) -> Self {
        postcard::from_bytes(&postcard::to_stdvec(self).expect("bytes")).expect("as written")
    }
}

/// Whether one of these says that a chatbot went offline.
pub fn is_offline(happened: &[Happened]) -> bool {
    happened.iter().any(|one| matches!(one.fact, Fact::ChatbotOffline { .. }))
}
