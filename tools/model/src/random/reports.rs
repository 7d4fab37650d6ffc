//! Random reports of observers.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::Name,
    ingestion::{CodeError, CodeResult, LogLevel, Observation, Observer, Signal, StatusCode},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    generator::{Condition, Generator},
    scenario::Scenario,
};
use crate::history::Message;

impl Generator {
    /// Returns a message of an observer: the log of a chatbot concerns one chatbot, a DMR's report several.
    pub(super) fn message(&mut self, observer: usize, about: &[usize], most: usize) -> Message {
        let sender = self.observers[observer].clone();
        let faulty = self.scenario == Scenario::FaultyDmr && observer == 1;
        let mut outcome: BTreeMap<Name, Vec<Observation>> = BTreeMap::new();
        for &chatbot in about {
            let condition = if faulty { Condition::Bad } else { self.condition[chatbot] };
            let count = self.rng.usize(1..=most);
            let log = sender == Observer::Chatbot;
            let observations = (0..count).map(|_| self.observation(chatbot, condition, log)).collect();
            outcome.insert(self.names[chatbot].clone(), observations);
            self.observations += count;
        }
        let sequence = self.next_sequence(&sender);
        Message { observer: sender, sequence, about: outcome }
    }

    fn observation(&mut self, chatbot: usize, condition: Condition, log: bool) -> Observation {
        let signal = if log { self.entry(condition) } else { self.code(condition) };
        Observation { at: self.time(chatbot), signal }
    }

    /// Returns the time of an observation: usually just now; sometimes late, before the window, exactly on the edge of
    /// a bucket, or in the future.
    fn time(&mut self, chatbot: usize) -> Timestamp {
        let policy = self.policies.for_chatbot(&self.names[chatbot]);
        let length = i64::from(policy.window.bucket_seconds.get());
        let span = length * i64::from(policy.window.buckets.get());
        let now = self.now.as_millisecond();
        let at = match self.rng.u32(0..100) {
            0..78 => now - self.rng.i64(0..4000),
            78..88 => now - self.rng.i64(0..=span * 1000),
            88..91 => now - self.rng.i64(0..=(3 * span + 600) * 1000),
            91..95 => (now.div_euclid(1000 * length) - self.rng.i64(0..=span / length)) * length * 1000,
            95..97 => now + self.rng.i64(0..5000),
            97 => now + self.rng.i64(0..=300_000),
            _ => now.div_euclid(60_000) * 60_000 - self.rng.i64(0..3) * 60_000,
        };
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(at)
    }

    fn fails(&mut self, condition: Condition) -> bool {
        let percent = match condition {
            Condition::Good | Condition::Slow => 2,
            Condition::Shaky => 45,
            Condition::Bad => 95,
        };
        self.chance(percent)
    }

    fn entry(&mut self, condition: Condition) -> Signal {
        let bad = [LogLevel::Error, LogLevel::Critical];
        let fine = [LogLevel::Debug, LogLevel::Info, LogLevel::Warning];
        let level = if self.fails(condition) { bad[self.rng.usize(..2)] } else { fine[self.rng.usize(..3)] };
        Signal::Log(level)
    }

    fn code(&mut self, condition: Condition) -> Signal {
        let code = |code: u16| StatusCode::try_from(code).map_err(|_| CodeError::Connection);
        let result: CodeResult = match (self.fails(condition), self.rng.u32(0..10)) {
            (true, 0..2) => Err(CodeError::Timeout),
            (true, 2) => Err(CodeError::Connection),
            (true, 3) => code(599),
            (true, _) => code(500),
            (false, 0) => code(404),
            (false, 1) => code(429),
            (false, 2) => code(304),
            (false, 3) => code(499),
            (false, _) => code(200),
        };
        let slow = if condition == Condition::Slow { 90 } else { 4 };
        let millis = match self.rng.u32(0..10) {
            0 => None,
            // Around the limit of 1000.
            1 => Some(self.rng.u32(999..=1001)),
            _ if self.chance(slow) => Some(self.rng.u32(1000..700_000)),
            _ => Some(self.rng.u32(0..1000)),
        };
        Signal::Code { result, millis }
    }
}
