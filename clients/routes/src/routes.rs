//! The route table of a running DMR: refreshed in the background, looked up without a lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinError, spawn_blocking};
use tracing::{debug, info, warn};

use crate::fetch::{Access, Fetch, Standing};
use crate::keeper::{Answer, Ask, Taken};
use crate::storage::Storage;
use crate::view::{Lookup, Status, View};
use crate::{Config, FetchError, Keeper, KeySource, Keys, Refusal, Signed, schedule};

/// Of one refresh: a delta, a gap, a whole table, and one for a push that came between.
const QUESTIONS: usize = 4;
/// An unknown key is asked for no more often than this,
const UNKNOWN_KEY: SignedDuration = SignedDuration::from_mins(1);
/// and all keys are asked for again after this: one that CentOps took back is out by then.
const KEYS_FRESH: SignedDuration = SignedDuration::from_hours(1);

/// The table cannot be kept at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address, the certificate or the authorities cannot be used.
    #[error(transparent)]
    Client(#[from] FetchError),
    /// Keys from a server that nobody vouches for.
    #[error("keys are fetched over https only; pin them, or use https")]
    PlainKeys,
}

/// A refresh brought nothing. What was there stays.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// CentOps could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What it said is not believed.
    #[error("the answer is refused: {0}")]
    Refused(#[from] Refusal),
    /// It sent us from one question to the next.
    #[error("no answer led anywhere")]
    Unsettled,
    /// A task of ours ended early: the runtime is shutting down.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// The route table of a DMR. Dropped, it stops asking.
pub struct Routes {
    shared: Arc<Shared>,
    background: AbortHandle,
}

struct Shared {
    config: Config,
    fetch: Fetch,
    keeper: Mutex<Keeper>,
    view: ArcSwapOption<View>,
    storage: Option<Storage>,
    /// One refresh at a time; it says when keys were asked for.
    turn: tokio::sync::Mutex<Turn>,
    /// Wakes the background: something is missing.
    wake: Notify,
    status: watch::Sender<Status>,
}

#[derive(Default)]
struct Turn {
    keys_asked: Option<Timestamp>,
}

impl Routes {
    /// Reads the last good table, then asks CentOps in the background, at once where there was none. Must be
    /// called within a Tokio runtime with time and I/O.
    ///
    /// # Errors
    /// When no request can ever be made. A file that cannot be used and a CentOps that does not answer are no
    /// errors: [`Routes::status`] says so.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if matches!(config.keys, KeySource::Fetched) && config.url.scheme() != "https" {
            return Err(StartError::PlainKeys);
        }
        let fetch = Fetch::new(Access {
            base: config.url.clone(),
            identity: config.identity.as_deref(),
            authorities: config.authorities.as_deref(),
            timeout: config.timeout,
        })?;
        let pinned = match &config.keys {
            KeySource::Pinned(keys) => keys.clone(),
            KeySource::Fetched => Keys::default(),
        };
        let storage = config.file.clone().map(|path| Storage::new(path, config.save_every));
        let (keeper, storage) = restored(storage, pinned, &config).await;
        let now = (config.clock)();
        let shared = Arc::new(Shared {
            status: watch::Sender::new(keeper.status(now)),
            view: ArcSwapOption::new(keeper.view().cloned().map(Arc::new)),
            keeper: Mutex::new(keeper),
            turn: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            config,
            fetch,
            storage,
        });
        shared.publish(None);
        let background = tokio::spawn(background(Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, background })
    }

    /// Where a chatbot is. Takes no lock and waits for nothing.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup {
        let (view, config) = (self.shared.view.load(), &self.shared.config);
        view.as_ref().map_or(Lookup::NoTable, |view| view.lookup(name, config.rules.max_age, (config.clock)()))
    }

    /// The whole table as lookups see it, however old; none before the first.
    #[must_use]
    pub fn view(&self) -> Option<Arc<View>> {
        self.shared.view.load_full()
    }

    /// How things stand: revision, age, and what was refused or failed.
    #[must_use]
    pub fn status(&self) -> Status {
        let (mut status, config) = (self.shared.status.borrow().clone(), &self.shared.config);
        if let Some(view) = &*self.shared.view.load() {
            let age = view.age((config.clock)());
            (status.age, status.expired) = (Some(age), age > config.rules.max_age);
        }
        status
    }

    /// Changes when a refresh has ended or a delta was pushed.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Takes a delta of the route topic: the message's text and its attribute `signature`. When one before it is
    /// missing, `AskAgain` is returned and CentOps is asked in the background at once.
    ///
    /// # Errors
    /// When it is not believed. The table stays.
    pub fn push(&self, signature: &str, body: &[u8]) -> Result<Taken, Refusal> {
        let now = (self.shared.config.clock)();
        let taken = self.shared.change(|keeper| keeper.push(Signed::new(signature, body), now));
        if matches!(taken, Ok(Taken::AskAgain) | Err(Refusal::UnknownKey(_))) {
            self.shared.wake.notify_one();
        }
        let failure = self.shared.status.borrow().failure.clone();
        self.shared.publish(failure);
        taken
    }

    /// Asks CentOps now. The background does so by itself; this is for who wants to wait for it.
    ///
    /// # Errors
    /// When CentOps cannot be asked or is not believed. The table stays.
    pub async fn refresh(&self) -> Result<Taken, RefreshError> {
        self.shared.refresh().await
    }

    /// Asks CentOps about one chatbot: why it has no route.
    ///
    /// # Errors
    /// When CentOps cannot be asked.
    pub async fn standing(&self, name: &str) -> Result<Standing, FetchError> {
        self.shared.fetch.standing(name).await
    }

    /// Stops asking and writes the file.
    pub async fn close(&self) {
        self.background.abort();
        let shared = Arc::clone(&self.shared);
        // Only a runtime that shuts down lets it fail; the file is then as old as its last writing.
        if spawn_blocking(move || shared.save(true)).await.is_err() {
            debug!("the route table is not written: the runtime shuts down");
        }
    }
}

impl Drop for Routes {
    fn drop(&mut self) {
        self.background.abort();
    }
}

impl Shared {
    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the keeper; lookups see what came of it before anybody else changes it.
    fn change<T>(&self, work: impl FnOnce(&mut Keeper) -> T) -> T {
        let mut keeper = self.keeper();
        let result = work(&mut keeper);
        if keeper.view() != self.view.load().as_deref() {
            self.view.store(keeper.view().cloned().map(Arc::new));
        }
        result
    }

    fn publish(&self, failure: Option<String>) {
        let mut status = self.keeper().status((self.config.clock)());
        status.failure = failure;
        status.file = self.storage.as_ref().and_then(Storage::failure);
        self.status.send_replace(status);
    }

    async fn refresh(self: &Arc<Self>) -> Result<Taken, RefreshError> {
        let result = self.questions(&mut *self.turn.lock().await).await;
        match &result {
            Ok(taken) => debug!(?taken, "routes"),
            Err(error) => warn!(%error, "routes"),
        }
        let shared = Arc::clone(self);
        spawn_blocking(move || shared.save(false)).await?;
        self.publish(match &result {
            Ok(_) | Err(RefreshError::Refused(_)) => None,
            Err(error) => Some(error.to_string()),
        });
        result
    }

    async fn questions(self: &Arc<Self>, turn: &mut Turn) -> Result<Taken, RefreshError> {
        for _ in 0..QUESTIONS {
            let (asked, now) = (self.keeper().ask(), (self.config.clock)());
            self.fresh_keys(turn, now).await?;
            let answer = self.fetch.ask(asked).await?;
            let mut taken = self.take(asked, answer.clone(), now).await?;
            if matches!(taken, Err(Refusal::UnknownKey(_))) && self.may_ask_keys(turn, UNKNOWN_KEY, now) {
                self.fetch_keys(turn, now).await?;
                taken = self.take(asked, answer, now).await?;
            }
            match taken? {
                Taken::AskAgain => {}
                taken => return Ok(taken),
            }
        }
        Err(RefreshError::Unsettled)
    }

    /// Verifying and sorting a large table takes a while: not on the threads that pass messages on.
    async fn take(
        self: &Arc<Self>,
        asked: Ask,
        answer: Answer,
        at: Timestamp,
    ) -> Result<Result<Taken, Refusal>, JoinError> {
        if matches!(answer, Answer::Unchanged | Answer::Gone) {
            return Ok(self.change(|keeper| keeper.take(asked, answer, at)));
        }
        let shared = Arc::clone(self);
        spawn_blocking(move || shared.change(|keeper| keeper.take(asked, answer, at))).await
    }

    /// Whether keys are fetched, and were not within `pause`.
    fn may_ask_keys(&self, turn: &Turn, pause: SignedDuration, now: Timestamp) -> bool {
        let due = turn.keys_asked.is_none_or(|asked| now.duration_since(asked).abs() >= pause);
        due && matches!(self.config.keys, KeySource::Fetched)
    }

    async fn fresh_keys(&self, turn: &mut Turn, now: Timestamp) -> Result<(), FetchError> {
        if !self.may_ask_keys(turn, KEYS_FRESH, now) {
            return Ok(());
        }
        match self.fetch_keys(turn, now).await {
            Err(error) if self.keeper().keys().is_empty() => {
                // Without any key nothing can be verified: the next refresh tries again.
                turn.keys_asked = None;
                Err(error)
            }
            Err(error) => {
                warn!(%error, "the keys that are known stay in use");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn fetch_keys(&self, turn: &mut Turn, now: Timestamp) -> Result<(), FetchError> {
        turn.keys_asked = Some(now);
        let keys = self.fetch.keys().await?;
        self.change(|keeper| keeper.set_keys(keys));
        Ok(())
    }

    fn save(&self, all: bool) {
        let Some(storage) = &self.storage else { return };
        // A copy of handles, not of bodies: nobody waits for the disk.
        let kept = {
            let keeper = self.keeper();
            let due = keeper.view().filter(|view| all || storage.is_due(view)).cloned();
            due.zip(keeper.saved())
        };
        if let Some((view, saved)) = kept {
            storage.save(&saved, view.table.revision());
        }
    }
}

/// The keeper with the table of the file, or without one where the file cannot be used.
async fn restored(storage: Option<Storage>, keys: Keys, config: &Config) -> (Keeper, Option<Storage>) {
    let (rules, now) = (config.rules, (config.clock)());
    let empty = Keeper::new(rules, keys.clone());
    let Some(storage) = storage else { return (empty, None) };
    let reading = spawn_blocking(move || {
        let keeper = storage.load(rules, keys, now);
        (keeper, storage)
    });
    // It fails only where the runtime is shutting down, and then nothing is needed any more.
    let Ok((keeper, storage)) = reading.await else { return (empty, None) };
    (keeper.unwrap_or(empty), Some(storage))
}

async fn background(shared: Arc<Shared>) {
    let mut failures = 0_u32;
    let mut wait = if shared.view.load().is_some() { jittered(&shared, 0) } else { Duration::ZERO };
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.wake.notified() => {}
        }
        match shared.refresh().await {
            Ok(_) => {
                if failures > 0 {
                    info!("routes: CentOps answers again");
                }
                failures = 0;
            }
            Err(_) => failures = failures.saturating_add(1),
        }
        wait = jittered(&shared, failures);
    }
}

fn jittered(shared: &Shared, failures: u32) -> Duration {
    schedule::wait(shared.config.interval, shared.config.longest_wait, failures, fastrand::f64())
}
