//! The budget of audit records about refusals.

use jiff::Timestamp;

/// The most refusals that one environment of a function records each minute. Refusals beyond it are counted, so that a
/// flood of requests does not become a flood of paid writes.
pub const MAX_REFUSALS: u32 = 60;

/// The refusals of the current minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusalBudget {
    minute: i64,
    refusals: u32,
}

/// The result of counting one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The refusal is within the budget.
    pub is_within: bool,
    /// The number of refusals that the last minute did not record. Reported once.
    pub unwritten: Option<u32>,
}

impl RefusalBudget {
    /// Counts a refusal at `now`.
    pub fn spend(&mut self, now: Timestamp) -> Spending {
        let minute = now.as_second().div_euclid(60);
        let mut unwritten = None;
        if minute != self.minute {
            unwritten = self.refusals.checked_sub(MAX_REFUSALS).filter(|&count| count > 0);
            *self = Self { minute, refusals: 0 };
        }
        self.refusals = self.refusals.saturating_add(1);
        Spending { is_within: self.refusals <= MAX_REFUSALS, unwritten }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_over_the_budget_are_counted_and_reported_once() {
        let mut budget = RefusalBudget::default();
        let at = |second: i64| Timestamp::from_second(1_790_000_040 + second).expect("a time");
        let within = (0..1000).filter(|_| budget.spend(at(0)).is_within).count();
        assert_eq!(within, 60);
        assert_eq!(budget.spend(at(59)), Spending { is_within: false, unwritten: None });
        assert_eq!(budget.spend(at(60)), Spending { is_within: true, unwritten: Some(941) });
        assert_eq!(budget.spend(at(61)), Spending { is_within: true, unwritten: None });
        assert_eq!(budget.spend(at(600)), Spending { is_within: true, unwritten: None });
    }
}
