//! The actions of a random history.

use centops_domain::{chatbots::ChatbotType, health::ControlMode, ingestion::Observer};

use super::{
    generator::{Condition, Generator},
    policies,
    scenario::Scenario,
};
use crate::{
    history::{Action, Fault, Message},
    system::first_address,
};

/// The addresses that chatbots move between.
const ADDRESSES: [&str; 3] = ["https://first.example.ee/", "https://second.example.ee/", "https://third.example.ee/"];

impl Generator {
    pub(super) fn enrol_all(&mut self) {
        // A cap needs several chatbots of one type.
        let mixed = self.chance(50);
        for chatbot in 0..self.names.len() {
            let kind = if mixed && self.chance(30) { ChatbotType::Institution } else { ChatbotType::Ministry };
            self.push(Action::Enrol { chatbot: self.names[chatbot].clone(), kind }, Fault::None);
            if self.chance(95) {
                self.advance(100);
                self.probe_and_report(chatbot, true);
            }
        }
        self.advance(1000);
    }

    /// Delivers one to three messages together, in the order of each sender.
    pub(super) fn deliver(&mut self) {
        let count = if self.chance(60) { 1 } else { self.rng.usize(2..=3) };
        let most = if self.chance(70) { 5 } else { 14 };
        let mut messages = Vec::new();
        for _ in 0..count {
            messages.extend(self.any_message(most));
        }
        self.send(messages);
    }

    fn any_message(&mut self, most: usize) -> Option<Message> {
        let observer = self.rng.usize(..self.observers.len());
        if self.silenced[observer] {
            return None;
        }
        let one = self.any_chatbot();
        let faulty = self.scenario == Scenario::FaultyDmr && observer == 1;
        let all = self.observers[observer] != Observer::Chatbot && (faulty || self.chance(40));
        let about: Vec<_> = if all { (0..self.names.len()).collect() } else { vec![one] };
        Some(self.message(observer, &about, most))
    }

    fn send(&mut self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        self.sent.extend(messages.iter().cloned());
        let fault = match self.rng.u32(0..100) {
            0..6 => Fault::ResponseLost,
            6..10 => Fault::CrashAfter(self.rng.usize(0..3)),
            10..16 => self.concurrent_write(),
            _ => Fault::None,
        };
        self.push(Action::Deliver(messages), fault);
    }

    /// Returns the fault that another machine saves first.
    fn concurrent_write(&mut self) -> Fault {
        let chatbot = self.any_chatbot();
        let name = self.names[chatbot].clone();
        let concurrent = match self.rng.u32(0..10) {
            0..4 => match self.any_message(6) {
                Some(message) => {
                    self.sent.push(message.clone());
                    Action::Deliver(vec![message])
                }
                None => Action::EvaluateDue { chatbot: name },
            },
            4..6 => Action::EvaluateDue { chatbot: name },
            6 => Action::ChangeAddress { chatbot: name, uri: first_address() },
            7 => Action::ReportProbe { chatbot: name, back: 0, success: self.chance(50) },
            8 => Action::SetControl { chatbot: name, mode: ControlMode::ForceOffline, seconds: Some(30) },
            _ => Action::Delete { chatbot: name },
        };
        Fault::ConcurrentWrite(Box::new(concurrent))
    }

    /// Delivers messages again, alone or in another grouping.
    pub(super) fn redeliver(&mut self) {
        let mut messages = Vec::new();
        for _ in 0..self.rng.usize(1..=3) {
            if self.sent.is_empty() {
                break;
            }
            let back = if self.chance(70) { 4 } else { self.sent.len() };
            let from = self.sent.len().saturating_sub(back);
            messages.push(self.sent[self.rng.usize(from..self.sent.len())].clone());
        }
        if self.chance(30)
            && let Some(message) = self.any_message(6)
        {
            self.sent.push(message.clone());
            messages.push(message);
        }
        if !messages.is_empty() {
            self.push(Action::Deliver(messages), Fault::None);
        }
    }

    /// Probes one chatbot, or all.
    pub(super) fn probe(&mut self) {
        if self.chance(30) {
            self.advance(1000);
            for chatbot in 0..self.names.len() {
                self.probe_one(chatbot);
            }
        } else {
            let chatbot = self.any_chatbot();
            if self.chance(50) {
                let wait = self.rng.i64(8000..30_000);
                self.advance(wait);
            }
            self.probe_one(chatbot);
        }
    }

    fn probe_one(&mut self, chatbot: usize) {
        let success = match self.condition[chatbot] {
            Condition::Good => self.chance(95),
            Condition::Shaky | Condition::Slow => self.chance(70),
            Condition::Bad => self.chance(10),
        };
        self.probe_and_report(chatbot, success);
    }

    fn probe_and_report(&mut self, chatbot: usize, success: bool) {
        let name = self.names[chatbot].clone();
        let fault = match self.rng.u32(0..100) {
            0..4 => Fault::ResponseLost,
            4..10 if !self.steps.is_empty() => self.concurrent_write(),
            _ => Fault::None,
        };
        self.push(Action::EvaluateDue { chatbot: name.clone() }, fault);
        if self.chance(20) {
            // A second prober.
            self.push(Action::EvaluateDue { chatbot: name.clone() }, Fault::None);
        }
        let delay = match self.rng.u32(0..100) {
            0..80 => self.rng.i64(0..3000),
            80..92 => self.rng.i64(15_000..40_000),
            _ => return, // Lost.
        };
        self.advance(delay);
        let fault = match self.rng.u32(0..100) {
            0..8 => Fault::ResponseLost,
            8..14 => self.concurrent_write(),
            _ => Fault::None,
        };
        self.push(Action::ReportProbe { chatbot: name.clone(), back: 0, success }, fault);
        if self.chance(15) {
            self.push(Action::ReportProbe { chatbot: name, back: 1, success }, Fault::None);
        }
    }

    /// Reports a result long after its probe.
    pub(super) fn report_late(&mut self) {
        let (chatbot, back, success) = (self.any_chatbot(), self.rng.usize(0..4), self.chance(60));
        self.push(Action::ReportProbe { chatbot: self.names[chatbot].clone(), back, success }, Fault::None);
    }

    pub(super) fn set_or_end_control(&mut self) {
        let chatbot = self.any_chatbot();
        let chatbot = self.names[chatbot].clone();
        if self.chance(35) {
            return self.push(Action::EndControl { chatbot }, Fault::None);
        }
        let mode = [ControlMode::ForceOnline, ControlMode::ForceOffline, ControlMode::Hold][self.rng.usize(..3)];
        let seconds = self.chance(80).then(|| self.rng.i64(0..60));
        let fault = if self.chance(10) { Fault::ResponseLost } else { Fault::None };
        self.push(Action::SetControl { chatbot, mode, seconds }, fault);
    }

    /// Moves a chatbot: to another address, to another one before that has passed its probes, or back.
    pub(super) fn change_address(&mut self) {
        let chatbot = self.any_chatbot();
        let name = self.names[chatbot].clone();
        let uri = ADDRESSES[self.rng.usize(..ADDRESSES.len())].parse().unwrap_or_else(|_| first_address());
        let fault = match self.rng.u32(0..100) {
            0..10 => Fault::ResponseLost,
            10..25 => self.concurrent_write(),
            _ => Fault::None,
        };
        self.push(Action::ChangeAddress { chatbot: name, uri }, fault);
        for _ in 0..self.rng.usize(0..4) {
            let wait = self.rng.i64(0..20_000);
            self.advance(wait);
            self.probe_one(chatbot);
        }
    }

    pub(super) fn change_policies(&mut self) {
        self.policies = policies::changed(&mut self.rng, &self.policies, self.scenario);
        self.push(Action::Policies(Box::new(self.policies.clone())), Fault::None);
    }

    pub(super) fn enrol_or_delete(&mut self) {
        let chatbot = self.any_chatbot();
        let name = self.names[chatbot].clone();
        if self.scenario == Scenario::Flapping && self.chance(80) {
            return;
        }
        self.push(Action::Delete { chatbot: name.clone() }, Fault::None);
        let pause = self.rng.i64(0..8000);
        self.advance(pause);
        if self.chance(50) {
            self.redeliver();
        }
        let kind = if self.chance(20) { ChatbotType::Institution } else { ChatbotType::Ministry };
        self.push(Action::Enrol { chatbot: name, kind }, Fault::None);
        if self.chance(60) {
            self.redeliver();
        }
        self.probe_and_report(chatbot, true);
    }

    /// Takes the first chatbot down and up: all observers see it fail, then it answers the probe.
    pub(super) fn flap(&mut self) {
        self.condition[0] = Condition::Bad;
        let messages = (0..self.observers.len()).map(|observer| self.message(observer, &[0], 8)).collect();
        self.send(messages);
        self.condition[0] = Condition::Good;
        let wait = self.rng.i64(10_000..70_000);
        self.advance(wait);
        self.probe_and_report(0, true);
    }

    /// Delivers one report of each observer that is not silenced, and probes all chatbots.
    pub(super) fn report_regularly(&mut self) {
        let all: Vec<_> = (0..self.names.len()).collect();
        for observer in 0..self.observers.len() {
            if !self.silenced[observer] {
                let about = if self.observers[observer] == Observer::Chatbot { &all[..1] } else { &all };
                let message = self.message(observer, about, 2);
                self.send(vec![message]);
            }
        }
        for chatbot in all {
            self.probe_one(chatbot);
        }
    }

    /// Lets hours pass without a change, and probes all chatbots.
    pub(super) fn settle(&mut self) {
        for hours in [1, 5, 24] {
            self.advance(hours * 3_600_000 + 10_000);
            for chatbot in 0..self.names.len() {
                self.probe_and_report(chatbot, true);
            }
        }
    }
}
