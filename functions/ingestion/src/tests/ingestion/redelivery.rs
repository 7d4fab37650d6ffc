//! Reports are counted exactly once and without delay, whatever fails: the bars of ingestion.
//!
//! The full size: `REPORTS=60 OBSERVATIONS=100000 cargo test -p functions-ingestion --test ingestion redelivery --
//! --nocapture`. `SEED` selects another random history.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    str::FromStr,
};

use centops_domain::{
    chatbots::Name,
    ingestion::{CodeClass, CodeReport, MaskedReport},
};
use centops_queues::Sender;
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::json;

use super::{
    faults::Faults,
    support::{CODES, DEAD_CODES, DEAD_LOGS, DEAD_PARKED, LOGS, PARKED, Stack, name},
};

fn variable<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Returns a stack with `count` chatbots, whose functions reach the table with faults.
async fn stack_with_faults(count: usize, seed: u64) -> (Stack, Faults) {
    let table = centops_table::Table::start().await.expect("a table");
    let (faults, client) = Faults::on(&table.client, seed);
    let stack = Stack::on(table, &client).await;
    for bot in 0..count {
        stack.enrol(&format!("bot-{bot}"), Timestamp::UNIX_EPOCH).await;
    }
    (stack, faults)
}

fn code(chatbot: &str, status: u16) -> serde_json::Value {
    json!({"chatbot": chatbot, "at": Timestamp::now().to_string(), "status": status})
}

async fn send_codes(stack: &Stack, dmr: &str, key: &str, codes: &[serde_json::Value]) {
    let report: CodeReport = serde_json::from_value(json!({"codes": codes})).expect("a report");
    stack.send(CODES, &Sender::Dmr(name(dmr)), key, &report).await.expect("sent");
}

/// A DMR reports about 200 chatbots for ten minutes, in which one of them cannot be saved: its writes get no answer, then
/// errors, and in the second half it cannot be read either. Its parts become dead letters, and are redriven.
#[tokio::test]
async fn chatbot_that_cannot_be_saved_for_ten_minutes_delays_no_other() {
    const CHATBOTS: usize = 200;
    const BLOCKED: &str = "bot-7";
    let reports: u64 = variable("REPORTS", 10);
    let (stack, faults) = stack_with_faults(CHATBOTS, 1).await;
    stack.sqs.set_dead_letters(PARKED, DEAD_PARKED, 12);
    let codes: Vec<_> = (0..CHATBOTS).map(|bot| code(&format!("bot-{bot}"), 200)).collect();
    // How long a report takes here without a fault. It is above a second only on a machine that is busy otherwise.
    let usual = fold_report(&stack, "before", &codes).await;
    let mut delays = Vec::new();
    for report in 0..reports {
        if report < reports / 2 {
            faults.silence(BLOCKED);
        } else {
            faults.block(BLOCKED, true);
        }
        stack.sqs.advance((report * 600_000 / reports).saturating_sub(stack.sqs.now()));
        delays.push(fold_report(&stack, &report.to_string(), &codes).await);
        for bot in ["bot-0", "bot-6", "bot-8", "bot-199"] {
            assert_eq!(stack.counted(bot).await, report + 2, "{bot}");
        }
        // Until the next report the parked batches are tried again.
        faults.block(BLOCKED, report >= reports / 2);
        let next = (report + 1) * 600_000 / reports;
        while let Some(visible) = stack.sqs.next_visible(&[PARKED]).filter(|visible| *visible < next) {
            stack.sqs.advance(visible.saturating_sub(stack.sqs.now()));
            stack.run(PARKED).await;
        }
    }
    assert_eq!(stack.counted(BLOCKED).await, 1);
    faults.unblock();
    let mut redriven = 0;
    while !stack.sqs.messages(DEAD_PARKED).is_empty() {
        redriven += stack.sqs.redrive(DEAD_PARKED, PARKED);
        stack.drain(60_000).await;
    }
    assert!(redriven > 0);
    for bot in 0..CHATBOTS {
        assert_eq!(stack.counted(&format!("bot-{bot}")).await, reports + 1, "bot-{bot}");
    }
    delays.sort_unstable();
    // All observations of a report have the same delay, or less.
    let p99 = delays[(delays.len() * 99).div_ceil(100) - 1];
    println!(
        "{reports} reports about 199 others: folded within {p99} ms (p99), without a fault {usual} ms, \
         {redriven} dead letters redriven"
    );
    assert!(p99 <= 5000.max(5 * usual), "{delays:?}");
}

/// Sends a report, and folds it in one delivery. Returns the time that this takes in milliseconds.
async fn fold_report(stack: &Stack, key: &str, codes: &[serde_json::Value]) -> u64 {
    let sent = stack.sqs.now();
    send_codes(stack, "tallinn", key, codes).await;
    assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty(), "the report is held up");
    stack.sqs.now() - sent
}

/// The observations that were sent, and must be counted.
#[derive(Default)]
struct Sent {
    observations: usize,
    codes: BTreeMap<(usize, CodeClass), u64>,
    logs: BTreeMap<usize, u64>,
}

/// A random history: reports, repeated reports, faults, crashes, redrives, and DMRs that are removed and registered again.
struct History {
    stack: Stack,
    faults: Faults,
    random: Rng,
    sent: Sent,
    crashes: usize,
    redriven: usize,
    /// Of [`DMRS`], those that are removed.
    removed: BTreeSet<&'static str>,
    removals: usize,
}

fn bot_name(bot: usize) -> Name {
    name(&format!("bot-{bot}"))
}

const BOTS: usize = 30;
const DMRS: [&str; 4] = ["tallinn", "narva", "tartu", "valga"];

impl History {
    /// Sends a report of a DMR about up to 20 chatbots, a third of them failing.
    async fn send_codes(&mut self) {
        let dmr = *self.random.choice(DMRS).as_ref().expect("a DMR");
        let count = self.random.usize(1..=20);
        let mut codes = Vec::new();
        for _ in 0..count {
            let bot = self.random.usize(..BOTS);
            for _ in 0..self.random.usize(1..=8) {
                let status = if bot < 5 && self.random.u8(..3) == 0 { 500 } else { 200 };
                let class = if status == 500 { CodeClass::ServerError } else { CodeClass::Success };
                *self.sent.codes.entry((bot, class)).or_default() += 1;
                codes.push(code(&format!("bot-{bot}"), status));
            }
        }
        self.sent.observations += codes.len();
        let key = self.random.u64(..).to_string();
        for _ in 0..self.random.usize(1..=2) {
            send_codes(&self.stack, dmr, &key, &codes).await;
        }
    }

    /// Sends a report of a chatbot.
    async fn send_logs(&mut self) {
        let (bot, count) = (self.random.usize(..BOTS), self.random.usize(1..=20));
        let entry = json!({"at": Timestamp::now().to_string(), "level": "info", "message": "a"});
        let report: MaskedReport = serde_json::from_value(json!({"logs": vec![entry; count]})).expect("a report");
        *self.sent.logs.entry(bot).or_default() += count as u64;
        self.sent.observations += count;
        let (sender, key) = (Sender::Chatbot(bot_name(bot)), self.random.u64(..).to_string());
        self.stack.send(LOGS, &sender, &key, &report).await.expect("sent");
    }

    /// Runs a function, which may crash at any of its steps.
    async fn run(&mut self) {
        let queue = *self.random.choice([CODES, CODES, LOGS, PARKED].iter()).expect("a queue");
        let polls = if self.random.u8(..5) == 0 { self.random.usize(1..150) } else { usize::MAX };
        self.crashes += usize::from(polls != usize::MAX);
        self.stack.run_with_crash(queue, polls).await;
    }

    async fn step(&mut self) {
        match self.random.u8(..100) {
            0..20 => self.send_codes().await,
            20..24 => self.send_logs().await,
            24..70 => self.run().await,
            70..90 => self.stack.sqs.advance(self.random.u64(..20_000)),
            90..93 => self.faults.block(&format!("bot-{}", self.random.usize(..BOTS)), self.random.bool()),
            93..95 => self.faults.unblock(),
            95..97 => self.faults.lose(*self.random.choice([0, 5, 50, 500].iter()).expect("a rate")),
            97 => self.stack.sqs.send(CODES, "dmr:tallinn", "poison"),
            98 => self.remove_or_register().await,
            _ => self.redrive(),
        }
    }

    /// Removes a DMR, whose messages stay in the queues, or registers it again.
    async fn remove_or_register(&mut self) {
        let dmr = *self.random.choice(DMRS).as_ref().expect("a DMR");
        if self.removed.remove(dmr) {
            self.stack.register(dmr).await;
        } else {
            self.stack.remove(dmr).await;
            self.removed.insert(dmr);
            self.removals += 1;
        }
    }

    fn redrive(&mut self) {
        for (dead_letters, queue) in [(DEAD_CODES, CODES), (DEAD_LOGS, LOGS), (DEAD_PARKED, PARKED)] {
            self.redriven += self.stack.sqs.redrive(dead_letters, queue);
        }
    }

    /// Ends the faults, and delivers all that is left.
    async fn finish(&mut self) {
        self.faults.unblock();
        self.faults.lose(0);
        self.stack.drain(100_000_000).await;
        self.redrive();
        self.stack.drain(100_000_000).await;
    }

    /// Returns the numbers of lost and of doubled observations.
    async fn difference(&self) -> (u64, u64) {
        let (mut lost, mut doubled) = (0, 0);
        let mut compare = |sent: u64, counted: u64| {
            lost += sent.saturating_sub(counted);
            doubled += counted.saturating_sub(sent);
        };
        for bot in 0..BOTS {
            let health = self.stack.table.store.health(&bot_name(bot)).await.expect("health").value;
            for class in [CodeClass::Success, CodeClass::ServerError] {
                let sent = self.sent.codes.get(&(bot, class)).copied().unwrap_or_default();
                compare(sent, health.totals().get(&class).copied().unwrap_or_default());
            }
            compare(self.sent.logs.get(&bot).copied().unwrap_or_default(), health.levels().values().sum());
        }
        (lost, doubled)
    }
}

#[tokio::test]
async fn no_observation_is_lost_or_doubled_by_faults_crashes_redeliveries_and_redrives() {
    let (observations, seed) = (variable("OBSERVATIONS", 4000), variable("SEED", 1));
    let (stack, faults) = stack_with_faults(BOTS, seed).await;
    // Dead letters of parked batches are frequent.
    stack.sqs.set_dead_letters(PARKED, DEAD_PARKED, 4);
    let (random, sent) = (Rng::with_seed(seed), Sent::default());
    stack.create_operator().await;
    for dmr in DMRS {
        stack.register(dmr).await;
    }
    let (removed, removals) = (BTreeSet::new(), 0);
    let mut history = History { stack, faults, random, sent, crashes: 0, redriven: 0, removed, removals };
    while history.sent.observations < observations {
        history.step().await;
    }
    history.finish().await;
    let (lost, doubled) = history.difference().await;
    let History { sent: Sent { observations, .. }, crashes, redriven, removals, .. } = history;
    println!(
        "seed {seed}: {observations} observations, {crashes} crashes, {redriven} messages redriven, {removals} DMRs \
         removed: {lost} lost, {doubled} doubled"
    );
    assert!(crashes > 0 && redriven > 0 && removals > 0);
    assert_eq!((lost, doubled), (0, 0));
}
