//! Turns log lines into batches of codes, and counts each line once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_report::{Batcher, Code, Failure, Outcome, Reporter, SpoolError};
use serde::{Deserialize, Serialize};

use crate::classify::{Ignored, Verdict, classify};
use crate::line::Line;
use crate::position::Position;
use crate::tail::{Start, Tail, TailError, TailStatus};

/// The time for which the resolution of a name proves that the resolver works.
const RESOLVER_WINDOW: Duration = Duration::from_secs(10);
/// The interval at which a position without codes is stored.
const POSITION_INTERVAL: Duration = Duration::from_secs(30);
/// The most lines of one call: a backlog does not keep the agent from stopping.
const MAX_LINES: usize = 50_000;

/// An error of the collector. Nothing is lost: the lines are read again.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The log cannot be read.
    #[error(transparent)]
    Tail(#[from] TailError),
    /// The batch cannot be stored.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The position in the spool is of another version.
    #[error("the position in the spool cannot be read: {0}")]
    Position(#[from] serde_json::Error),
}

/// What became of the lines since the spool was created: `lines` is `queued` and the sum of `ignored`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Complete lines that were read.
    pub lines: u64,
    /// Lines whose code was stored as part of a batch.
    pub queued: u64,
    /// Lines that are not reported, by reason.
    pub ignored: BTreeMap<String, u64>,
    /// Earlier tries of requests whose last try was reported.
    pub earlier_tries: u64,
    /// Codes of `queued` by outcome, such as `200` or `timeout`.
    pub outcomes: BTreeMap<String, u64>,
}

/// What is stored with each batch.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Source {
    position: Position,
    ledger: Ledger,
}

/// Settings of a collector.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// The access log.
    pub log: std::path::PathBuf,
    /// The time for which a rotated file is still read after it grew last.
    pub rest: Duration,
    /// Where to begin at the first start.
    pub start: Start,
    /// The time after which a sender that gave up proves that the chatbot hangs, in seconds.
    pub patience: f64,
}

/// Reads the log and stores batches.
pub struct Collector {
    tail: Tail,
    reporter: Arc<Reporter>,
    batcher: Batcher,
    /// Indices of the batch's codes whose name did not resolve.
    unresolved: HashSet<usize>,
    /// When each name last resolved.
    resolved: HashMap<String, Instant>,
    ledger: Ledger,
    patience: f64,
    stored_at: Instant,
}

impl Collector {
    /// Opens the log at the position in the spool.
    ///
    /// # Errors
    /// Returns an error if the log or the position cannot be read.
    pub fn open(settings: CollectSettings, reporter: Arc<Reporter>) -> Result<Self, CollectError> {
        let stored: Option<Source> = reporter.spool().source().map(serde_json::from_value).transpose()?;
        let is_first = stored.is_none();
        let (position, ledger) = stored.map(|source| (source.position, source.ledger)).unzip();
        let tail = Tail::open(settings.log, settings.rest, position, settings.start)?;
        let ledger = ledger.unwrap_or_default();
        let mut collector = Self {
            tail,
            reporter,
            batcher: Batcher::default(),
            unresolved: HashSet::new(),
            resolved: HashMap::new(),
            ledger,
            patience: settings.patience,
            stored_at: Instant::now(),
        };
        if is_first {
            collector.store_position()?;
        }
        Ok(collector)
    }

    /// Returns the counts.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the status of the log.
    #[must_use]
    pub fn tail_status(&self) -> TailStatus {
        self.tail.status()
    }

    /// Reads new lines and stores batches that are due. `revision` is that of the table that nginx serves. Returns
    /// whether more lines wait.
    ///
    /// # Errors
    /// Returns an error if the log cannot be read or a batch cannot be stored. The next call continues.
    pub fn poll(&mut self, revision: Option<u64>) -> Result<bool, CollectError> {
        self.tail.check(Instant::now())?;
        let mut has_more = true;
        for _ in 0..MAX_LINES {
            if self.batcher.is_full() {
                self.store(revision)?;
            }
            has_more = self.read_line()?;
            if !has_more {
                break;
            }
        }
        let now = Instant::now();
        if self.batcher.is_due(now) {
            self.store(revision)?;
        } else if self.batcher.is_empty() && now.duration_since(self.stored_at) >= POSITION_INTERVAL {
            self.store_position()?;
        }
        Ok(has_more)
    }

    /// Stores all codes, whether they are due or not.
    ///
    /// # Errors
    /// Returns an error if the batch cannot be stored.
    pub fn close(&mut self, revision: Option<u64>) -> Result<(), CollectError> {
        if self.batcher.is_empty() { self.store_position() } else { self.store(revision) }
    }

    /// Counts one line. Returns false if there is none.
    fn read_line(&mut self) -> Result<bool, CollectError> {
        let Some(bytes) = self.tail.next_line()? else { return Ok(false) };
        // `escape=json` lets invalid UTF-8 through.
        let text = String::from_utf8_lossy(bytes);
        self.ledger.lines += 1;
        let parsed = Line::parse(&text).ok().and_then(|line| Some((line.time()?, line)));
        let Some((at, line)) = parsed else {
            count(&mut self.ledger.ignored, Ignored::Unreadable.name());
            return Ok(true);
        };
        let now = Instant::now();
        let outcome = match classify(&line, self.patience) {
            Verdict::Ignore(reason) => {
                count(&mut self.ledger.ignored, reason.name());
                return Ok(true);
            }
            Verdict::Report(outcome) => {
                self.ledger.earlier_tries += line.attempts().len().saturating_sub(1) as u64;
                outcome
            }
            Verdict::Unresolved => {
                self.unresolved.insert(self.batcher.len());
                Outcome::Failed { error: Failure::Connection }
            }
        };
        // nginx ignores case: the route is that of the name in small letters.
        let chatbot = line.to.to_ascii_lowercase();
        if line.has_address() {
            self.resolved.insert(chatbot.clone(), now);
        }
        self.batcher.push(Code { chatbot, at, outcome }, now);
        Ok(true)
    }

    fn store(&mut self, revision: Option<u64>) -> Result<(), CollectError> {
        let now = Instant::now();
        let resolver_failed = self.has_resolver_failed(now);
        let codes: Vec<Code> = self
            .batcher
            .codes()
            .iter()
            .enumerate()
            .filter(|(index, _)| !(resolver_failed && self.unresolved.contains(index)))
            .map(|(_, code)| code.clone())
            .collect();
        let mut ledger = self.ledger.clone();
        ledger.queued += codes.len() as u64;
        for code in &codes {
            count(&mut ledger.outcomes, &outcome_name(code.outcome));
        }
        let dropped = (self.batcher.len() - codes.len()) as u64;
        if dropped > 0 {
            *ledger.ignored.entry(Ignored::Resolver.name().to_owned()).or_default() += dropped;
        }
        let source = serde_json::to_value(Source { position: self.tail.position(), ledger: ledger.clone() })?;
        if codes.is_empty() {
            self.reporter.spool().set_source(source)?;
        } else {
            self.reporter.store(&codes, Some(source), revision)?;
        }
        let _stored = self.batcher.take(now);
        self.unresolved.clear();
        (self.stored_at, self.ledger) = (now, ledger);
        Ok(())
    }

    fn store_position(&mut self) -> Result<(), CollectError> {
        let source = Source { position: self.tail.position(), ledger: self.ledger.clone() };
        self.reporter.spool().set_source(serde_json::to_value(source)?)?;
        self.stored_at = Instant::now();
        Ok(())
    }

    /// Returns whether several names failed to resolve and none resolved lately: then the resolver failed.
    fn has_resolver_failed(&mut self, now: Instant) -> bool {
        self.resolved.retain(|_, at| now.duration_since(*at) <= RESOLVER_WINDOW);
        let codes = self.batcher.codes();
        let failed: HashSet<&str> =
            self.unresolved.iter().filter_map(|index| codes.get(*index)).map(|code| code.chatbot.as_str()).collect();
        failed.len() > 1 && self.resolved.is_empty()
    }
}

fn outcome_name(outcome: Outcome) -> String {
    match outcome {
        Outcome::Responded { status, .. } => status.to_string(),
        Outcome::Failed { error: Failure::Timeout } => "timeout".to_owned(),
        Outcome::Failed { error: Failure::Connection } => "connection".to_owned(),
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}
