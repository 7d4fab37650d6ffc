//! What people and machines do.

use centops_domain::{chatbot::ChatbotType, control::Mode, observation::Observer};

use super::{Story, Weather, Writer, numbers};
use crate::history::{Action, Message, Mishap};

impl Writer {
    pub(super) fn enrol_all(&mut self) {
        // A cap needs several of one type.
        let mixed = self.chance(50);
        for chatbot in 0..self.names.len() {
            let kind = if mixed && self.chance(30) { ChatbotType::Institution } else { ChatbotType::Ministry };
            self.write(Action::Enrol { chatbot: self.names[chatbot].clone(), kind }, Mishap::None);
            if self.chance(95) {
                self.pass(100);
                self.look_and_report(chatbot, true);
            }
        }
        self.pass(1000);
    }

    /// One to three messages come together; FIFO within each sender.
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
        if self.mute[observer] {
            return None;
        }
        let one = self.any_chatbot();
        let lies = self.story == Story::Liar && observer == 1;
        let all = self.observers[observer] != Observer::Chatbot && (lies || self.chance(40));
        let about: Vec<_> = if all { (0..self.names.len()).collect() } else { vec![one] };
        Some(self.message(observer, &about, most))
    }

    fn send(&mut self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        self.sent.extend(messages.iter().cloned());
        let mishap = match self.rng.u32(0..100) {
            0..6 => Mishap::AnswerLost,
            6..10 => Mishap::Stops(self.rng.usize(0..3)),
            10..16 => self.rival(),
            _ => Mishap::None,
        };
        self.write(Action::Deliver(messages), mishap);
    }

    /// Another machine is faster.
    fn rival(&mut self) -> Mishap {
        let chatbot = self.any_chatbot();
        let name = self.names[chatbot].clone();
        let rival = match self.rng.u32(0..10) {
            0..4 => match self.any_message(6) {
                Some(message) => {
                    self.sent.push(message.clone());
                    Action::Deliver(vec![message])
                }
                None => Action::Look { chatbot: name },
            },
            4..6 => Action::Look { chatbot: name },
            6..8 => Action::Report { chatbot: name, back: 0, success: self.chance(50) },
            8 => Action::Control { chatbot: name, mode: Mode::ForceOffline, seconds: Some(30) },
            _ => Action::Delete { chatbot: name },
        };
        Mishap::Rival(Box::new(rival))
    }

    /// Messages come again, alone or in another grouping.
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
            self.write(Action::Deliver(messages), Mishap::None);
        }
    }

    /// The prober looks at one, or at all of them.
    pub(super) fn probe(&mut self) {
        if self.chance(30) {
            self.pass(1000);
            for chatbot in 0..self.names.len() {
                self.probe_one(chatbot);
            }
        } else {
            let chatbot = self.any_chatbot();
            if self.chance(50) {
                let wait = self.rng.i64(8000..30_000);
                self.pass(wait);
            }
            self.probe_one(chatbot);
        }
    }

    fn probe_one(&mut self, chatbot: usize) {
        let success = match self.weather[chatbot] {
            Weather::Good => self.chance(95),
            Weather::Shaky | Weather::Slow => self.chance(70),
            Weather::Bad => self.chance(10),
        };
        self.look_and_report(chatbot, success);
    }

    fn look_and_report(&mut self, chatbot: usize, success: bool) {
        let name = self.names[chatbot].clone();
        let mishap = match self.rng.u32(0..100) {
            0..4 => Mishap::AnswerLost,
            4..10 if !self.steps.is_empty() => self.rival(),
            _ => Mishap::None,
        };
        self.write(Action::Look { chatbot: name.clone() }, mishap);
        if self.chance(20) {
            // A second prober.
            self.write(Action::Look { chatbot: name.clone() }, Mishap::None);
        }
        let delay = match self.rng.u32(0..100) {
            0..80 => self.rng.i64(0..3000),
            80..92 => self.rng.i64(15_000..40_000),
            _ => return, // Lost.
        };
        self.pass(delay);
        let mishap = match self.rng.u32(0..100) {
            0..8 => Mishap::AnswerLost,
            8..14 => self.rival(),
            _ => Mishap::None,
        };
        self.write(Action::Report { chatbot: name.clone(), back: 0, success }, mishap);
        if self.chance(15) {
            self.write(Action::Report { chatbot: name, back: 1, success }, Mishap::None);
        }
    }

    /// A result from long ago.
    pub(super) fn report_late(&mut self) {
        let (chatbot, back, success) = (self.any_chatbot(), self.rng.usize(0..4), self.chance(60));
        self.write(Action::Report { chatbot: self.names[chatbot].clone(), back, success }, Mishap::None);
    }

    pub(super) fn control(&mut self) {
        let chatbot = self.any_chatbot();
        let chatbot = self.names[chatbot].clone();
        if self.chance(35) {
            return self.write(Action::Release { chatbot }, Mishap::None);
        }
        let mode = [Mode::ForceOnline, Mode::ForceOffline, Mode::Hold][self.rng.usize(..3)];
        let seconds = self.chance(80).then(|| self.rng.i64(0..60));
        let mishap = if self.chance(10) { Mishap::AnswerLost } else { Mishap::None };
        self.write(Action::Control { chatbot, mode, seconds }, mishap);
    }

    pub(super) fn change_policies(&mut self) {
        self.policies = numbers::changed(&mut self.rng, &self.policies, self.story);
        self.write(Action::Policies(Box::new(self.policies.clone())), Mishap::None);
    }

    pub(super) fn enrol_or_delete(&mut self) {
        let chatbot = self.any_chatbot();
        let name = self.names[chatbot].clone();
        if self.story == Story::Flapping && self.chance(80) {
            return;
        }
        self.write(Action::Delete { chatbot: name.clone() }, Mishap::None);
        let pause = self.rng.i64(0..8000);
        self.pass(pause);
        if self.chance(50) {
            self.redeliver();
        }
        let kind = if self.chance(20) { ChatbotType::Institution } else { ChatbotType::Ministry };
        self.write(Action::Enrol { chatbot: name, kind }, Mishap::None);
        if self.chance(60) {
            self.redeliver();
        }
        self.look_and_report(chatbot, true);
    }

    /// Up and down once: everybody sees it fail, then it answers the probe.
    pub(super) fn flap(&mut self) {
        self.weather[0] = Weather::Bad;
        let messages = (0..self.observers.len()).map(|observer| self.message(observer, &[0], 8)).collect();
        self.send(messages);
        self.weather[0] = Weather::Good;
        let wait = self.rng.i64(10_000..70_000);
        self.pass(wait);
        self.look_and_report(0, true);
    }

    /// Everybody reports each minute but who has fallen silent, and the prober looks.
    pub(super) fn clockwork(&mut self) {
        let all: Vec<_> = (0..self.names.len()).collect();
        for observer in 0..self.observers.len() {
            if !self.mute[observer] {
                let about = if self.observers[observer] == Observer::Chatbot { &all[..1] } else { &all };
                let message = self.message(observer, about, 2);
                self.send(vec![message]);
            }
        }
        for chatbot in all {
            self.probe_one(chatbot);
        }
    }

    /// Hours without a change, and a look at all.
    pub(super) fn calm_down(&mut self) {
        for hours in [1, 5, 24] {
            self.pass(hours * 3_600_000 + 10_000);
            for chatbot in 0..self.names.len() {
                self.look_and_report(chatbot, true);
            }
        }
    }
}
