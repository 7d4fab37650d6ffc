//! What observers report.

use std::collections::BTreeMap;

use centops_domain::{
    name::Name,
    observation::{CodeError, CodeResult, LogLevel, Observation, Observer, Signal, StatusCode},
};
use jiff::{SignedDuration, Timestamp};

use super::{Story, Weather, Writer};
use crate::history::Message;

impl Writer {
    /// A message of an observer: the chatbot's log is about one chatbot, a DMR's about some.
    pub(super) fn message(&mut self, observer: usize, about: &[usize], most: usize) -> Message {
        let who = self.observers[observer].clone();
        let lies = self.story == Story::Liar && observer == 1;
        let mut said: BTreeMap<Name, Vec<Observation>> = BTreeMap::new();
        for &chatbot in about {
            let weather = if lies { Weather::Bad } else { self.weather[chatbot] };
            let count = self.rng.usize(1..=most);
            let log = who == Observer::Chatbot;
            let observations = (0..count).map(|_| self.observation(chatbot, weather, log)).collect();
            said.insert(self.names[chatbot].clone(), observations);
            self.observations += count;
        }
        let sequence = self.next_sequence(&who);
        Message { observer: who, sequence, about: said }
    }

    fn observation(&mut self, chatbot: usize, weather: Weather, log: bool) -> Observation {
        let signal = if log { self.entry(weather) } else { self.code(weather) };
        Observation { at: self.time(chatbot), signal }
    }

    /// Mostly of a moment ago; at times late, beyond the window, exactly on an edge of a bucket, or ahead.
    fn time(&mut self, chatbot: usize) -> Timestamp {
        let policy = self.policies.of(&self.names[chatbot]);
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

    fn fails(&mut self, weather: Weather) -> bool {
        let percent = match weather {
            Weather::Good | Weather::Slow => 2,
            Weather::Shaky => 45,
            Weather::Bad => 95,
        };
        self.chance(percent)
    }

    fn entry(&mut self, weather: Weather) -> Signal {
        let bad = [LogLevel::Error, LogLevel::Critical];
        let fine = [LogLevel::Debug, LogLevel::Info, LogLevel::Warning];
        let level = if self.fails(weather) { bad[self.rng.usize(..2)] } else { fine[self.rng.usize(..3)] };
        Signal::Log(level)
    }

    fn code(&mut self, weather: Weather) -> Signal {
        let code = |code: u16| StatusCode::try_from(code).map_err(|_| CodeError::Connection);
        let result: CodeResult = match (self.fails(weather), self.rng.u32(0..10)) {
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
        let slow = if weather == Weather::Slow { 90 } else { 4 };
        let millis = match self.rng.u32(0..10) {
            0 => None,
            // Around the limit, which is at 1000.
            1 => Some(self.rng.u32(999..=1001)),
            _ if self.chance(slow) => Some(self.rng.u32(1000..700_000)),
            _ => Some(self.rng.u32(0..1000)),
        };
        Signal::Code { result, millis }
    }
}
