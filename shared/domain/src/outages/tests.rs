//! Tests of the whole: requests, steps, and a year of reminders.

mod calendar;
mod life;
mod year;

use jiff::{SignedDuration, Timestamp};

use super::{Covered, OutageChange, OutageId, PlannedOutage, PlannedOutageRequest, Reported, Task};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn id() -> OutageId {
    OutageId::new(Timestamp::UNIX_EPOCH, &[7; 10])
}

fn request(rule: &serde_json::Value) -> PlannedOutageRequest {
    let request = serde_json::json!({"institution": "tax-board", "rule": rule, "reason": "database upgrade"});
    serde_json::from_value(request).expect("a request")
}

/// Returns the outage that staff or an owner requests at `now`.
fn outage(rule: &serde_json::Value, staff: bool, now: &str) -> (PlannedOutage, Option<Reported>) {
    PlannedOutage::new(&request(rule), id(), Covered::All, staff, at(now)).expect("a good request")
}

/// A planned outage in simulated time: what is reported of it, and when.
struct Simulation {
    outage: PlannedOutage,
    /// True if chatbots are out.
    out: bool,
    told: Vec<(Timestamp, Reported)>,
    tasks: Vec<Task>,
}

impl Simulation {
    fn new(outage: PlannedOutage) -> Self {
        Self { outage, out: false, told: vec![], tasks: vec![] }
    }

    /// Does what is due until `until`, at the time at which it is due.
    fn run_until(&mut self, until: Timestamp) {
        self.run(until, |due| due);
    }

    /// Does what is due until `until`. `delayed` returns when a step is done that is due at a time.
    fn run(&mut self, until: Timestamp, mut delayed: impl FnMut(Timestamp) -> Timestamp) {
        let mut now = self.outage.updated_at;
        while let Some(due) = self.outage.due().filter(|due| *due <= until) {
            now = now.max(delayed(due));
            let task = self.outage.task(now);
            assert_ne!(task, Task::Wait(Some(due)), "{due} {now}");
            self.tasks.push(task);
            let (next, reported) = self.outage.advanced(self.out, now);
            assert_ne!(next, self.outage, "a step changes something");
            // Whatever is stored is read again.
            let json = serde_json::to_string(&next).expect("json");
            self.outage = serde_json::from_str(&json).expect("as written");
            self.told.extend(reported.map(|reported| (now, reported)));
        }
    }

    /// Returns what was told, and when.
    fn told(&self) -> Vec<(OutageChange, String)> {
        self.told.iter().map(|(at, reported)| (reported.change, at.to_string())).collect()
    }
}
