//! Budgets of requests, by certificate.
//!
//! The firewall counts addresses, and a method's throttle counts all callers together: neither keeps one noisy client from
//! using up what all others need. The authorizer alone knows the holder. It counts in memory, in each of its environments,
//! so that counting costs nothing. There are a few environments at a time, so a holder has a few times the budget.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use centops_domain::credentials::Serial;
use jiff::Timestamp;

/// The seconds that a budget is for.
const WINDOW: i64 = 60;
/// The most holders that are counted at a time. Those beyond it are let through.
const MAX_HOLDERS: usize = 100_000;

/// The requests of a minute, by certificate.
#[derive(Debug)]
pub struct Budgets {
    most: u32,
    minute: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    /// Minutes since 1970.
    number: i64,
    requests: HashMap<Serial, u32>,
}

impl Budgets {
    /// A budget of `most` requests a minute for each certificate.
    pub fn new(most: u32) -> Self {
        Self { most, minute: Mutex::default() }
    }

    /// Counts a request with the certificate `serial` at `now`. Returns whether the budget has one more for it.
    pub fn spend(&self, serial: Serial, now: Timestamp) -> bool {
        let number = now.as_second().div_euclid(WINDOW);
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            *minute = Minute { number, requests: HashMap::new() };
        }
        if let Some(sent) = minute.requests.get_mut(&serial) {
            *sent = sent.saturating_add(1);
            return *sent <= self.most;
        }
        if minute.requests.len() < MAX_HOLDERS {
            minute.requests.insert(serial, 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_040 + second).expect("a time")
    }

    #[test]
    fn budget_is_of_one_certificate_and_one_minute() {
        let budgets = Budgets::new(3);
        let (noisy, other) = (Serial::new([1; 16]), Serial::new([2; 16]));
        let spent: Vec<_> = (0..5).map(|second| budgets.spend(noisy, at(second))).collect();
        assert_eq!(spent, [true, true, true, false, false]);
        assert!(budgets.spend(other, at(5)), "another certificate has a budget of its own");
        assert!(!budgets.spend(noisy, at(59)));
        assert!(budgets.spend(noisy, at(60)), "the next minute has a new one");
    }
}
