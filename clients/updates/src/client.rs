//! The update client of a running chatbot: checks, accepts, downloads and reports.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use centops_network_api::{KeyRefresh, Keys, SignatureError, SignedBody, TransportError};
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::answer::{Answer, Offer};
use crate::artefact::{DownloadError, Downloader};
use crate::config::{Config, KeySource, is_secure};
use crate::error::{CheckError, JobError, ReportError, StartError};
use crate::job::{Progress, UpdateJob};
use crate::refusal::Refusal;
use crate::schedule::{MAX_DELAY, MIN_DELAY, Outcome, Schedule};
use crate::status::{History, Status};
use crate::transport::Transport;
use crate::trust::TrustedState;
use crate::verify::{Accepted, CheckRequest, TrustedKeys, Versions, verify};

const NONCE_BYTES: usize = 16;

/// Asks CentOps which updates a chatbot may take.
pub struct UpdateClient {
    config: Config,
    transport: Transport,
    downloader: Downloader,
    /// Held during a check, so that one runs at a time.
    check: tokio::sync::Mutex<CheckState>,
    shared: Arc<Mutex<Shared>>,
}

/// The state of checks.
struct CheckState {
    keys: TrustedKeys,
    key_refresh: KeyRefresh,
    /// The versions as CentOps has them.
    reported: Option<Versions>,
}

/// The state that status and jobs read.
struct Shared {
    trusted: TrustedState,
    answer: Option<Answer>,
    /// The end of the answer's validity, by a clock that cannot be set.
    fresh_until: Option<Instant>,
    history: History,
    schedule: Schedule,
    next_check: Instant,
}

impl UpdateClient {
    /// Loads the trusted state. The first check is due at once.
    ///
    /// # Errors
    /// Returns an error if the settings are invalid or the file cannot be used.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        // Keys that are fetched are as trustworthy as the connection: loopback http is for pinned keys only.
        let allow_http = config.allow_loopback_http && matches!(config.keys, KeySource::Pinned(_));
        if !is_secure(&config.url, allow_http) {
            return Err(StartError::Insecure);
        }
        let (transport, downloader) = (Transport::new(&config)?, Downloader::new(&config)?);
        let (file, chatbot, enrolment) = (config.file.clone(), config.chatbot.clone(), config.enrolment);
        let trusted = spawn_blocking(move || TrustedState::load(&file, &chatbot, enrolment)).await??;
        let answers = match &config.keys {
            KeySource::Pinned(keys) => keys.clone(),
            KeySource::Fetched => Keys::default(),
        };
        let keys = TrustedKeys { answers, releases: config.release_keys.clone() };
        let check = CheckState { keys, key_refresh: KeyRefresh::default(), reported: None };
        let shared = Shared {
            trusted,
            answer: None,
            fresh_until: None,
            history: History::default(),
            schedule: Schedule::default(),
            next_check: Instant::now(),
        };
        Ok(Self { config, transport, downloader, check: check.into(), shared: Arc::new(shared.into()) })
    }

    /// Waits until the next check is due: `nextCheck` or `Retry-After` have passed, or the backoff.
    pub async fn wait(&self) {
        let due = self.shared().next_check;
        tokio::time::sleep_until(due).await;
    }

    /// Returns the time until the next check is due.
    #[must_use]
    pub fn next_check(&self) -> Duration {
        self.shared().next_check.saturating_duration_since(Instant::now())
    }

    /// Returns the status: the last answer, refused answers and errors.
    #[must_use]
    pub fn status(&self) -> Status {
        let shared = self.shared();
        let has_expired = shared.fresh_until.is_some_and(|until| Instant::now() >= until);
        shared.history.status(&shared.trusted, has_expired, (self.config.clock)())
    }

    /// Asks CentOps now which updates may be taken by a chatbot that runs these versions.
    ///
    /// Reports the versions first if they changed since the last report. The trusted state is saved before the answer
    /// is returned.
    ///
    /// # Errors
    /// Returns an error if the request fails or the answer is refused. The trusted state stays.
    pub async fn check(&self, running: &Versions) -> Result<Answer, CheckError> {
        let mut state = self.check.lock().await;
        let (now, limit) = ((self.config.clock)(), self.config.timeout);
        let run = tokio::time::timeout(limit, self.exchange(&mut state, running, now));
        let result = match run.await.unwrap_or(Err(CheckError::Refused(Refusal::Slow(limit)))) {
            Ok(accepted) => self.keep(accepted).await,
            Err(error) => Err(error),
        };
        if matches!(result, Err(CheckError::Refused(Refusal::From { .. }))) {
            // CentOps has other versions than those that run: the next check reports them again.
            state.reported = None;
        }
        self.record(&result, now);
        result
    }

    /// Tells CentOps that the offer of the last answer is accepted. The update may start when this returns a job.
    ///
    /// # Errors
    /// Returns an error if the offer is not valid any more, or CentOps did not respond with 200.
    pub async fn accept(&self, offer: &Offer) -> Result<UpdateJob, ReportError> {
        let now = (self.config.clock)();
        let is_offered = {
            let shared = self.shared();
            let time = shared.trusted.time(now);
            let has_expired = shared.fresh_until.is_none_or(|until| Instant::now() >= until);
            let answer = shared.answer.as_ref().filter(|answer| !has_expired && time < answer.expires_at);
            answer.is_some_and(|answer| answer.offers.contains(offer)) && time < offer.accept_by
        };
        if !is_offered {
            return Err(ReportError::NotOffered);
        }
        let job = UpdateJob::new(offer.clone());
        self.send_state(&job, "accepted", None).await?;
        info!(component = job.component(), version = %job.version(), attempt = job.attempt(), "update accepted");
        Ok(job)
    }

    /// Downloads the artefact of a job to `path`, and reports `downloading`. The file appears only after its length and
    /// SHA-256 are verified. A failed download is reported as `failed`.
    ///
    /// # Errors
    /// Returns an error if CentOps does not want the update any more, or the artefact is refused or cannot be saved.
    pub async fn download(&self, job: &UpdateJob, path: &Path) -> Result<(), JobError> {
        match self.report(job, Progress::Downloading).await {
            Err(error @ ReportError::Conflict(_)) => return Err(error.into()),
            // States may be skipped.
            Err(error) => warn!(component = job.component(), %error, "update state not reported"),
            Ok(()) => {}
        }
        let Err(error) = self.downloader.download(job.artefact(), path).await else { return Ok(()) };
        let cause = match &error {
            DownloadError::Refused(refusal) => refusal.code(),
            DownloadError::File { .. } | DownloadError::Task(_) => "file",
        };
        if let Err(error) = self.report_failed(job, cause).await {
            warn!(component = job.component(), %error, "update state not reported");
        }
        Err(error.into())
    }

    /// Reports how far an update is. May be repeated.
    ///
    /// # Errors
    /// Returns an error if CentOps did not respond with 200. A conflict means: stop, unless it is being installed.
    pub async fn report(&self, job: &UpdateJob, progress: Progress) -> Result<(), ReportError> {
        self.send_state(job, progress.as_str(), None).await
    }

    /// Reports that an update failed, and why. May be repeated.
    ///
    /// # Errors
    /// Returns an error if CentOps did not respond with 200.
    pub async fn report_failed(&self, job: &UpdateJob, cause: &str) -> Result<(), ReportError> {
        warn!(component = job.component(), version = %job.version(), cause, "update failed");
        self.send_state(job, "failed", Some(cause)).await
    }

    async fn send_state(&self, job: &UpdateJob, state: &'static str, cause: Option<&str>) -> Result<(), ReportError> {
        let limit = self.config.timeout;
        let request = tokio::time::timeout(limit, self.transport.report_state(job, state, cause));
        match request.await.map_err(|_| ReportError::Slow(limit))? {
            Ok(()) => Ok(()),
            Err(TransportError::Status { status: 409, detail, .. }) => Err(ReportError::Conflict(detail)),
            Err(error) => {
                if let Some(delay) = error.retry_after() {
                    self.defer(delay);
                }
                Err(ReportError::Transport(error))
            }
        }
    }

    /// Sends the requests of a check and verifies the answer.
    async fn exchange(
        &self,
        state: &mut CheckState,
        running: &Versions,
        now: Timestamp,
    ) -> Result<Accepted, CheckError> {
        self.report_versions(state, running).await?;
        if state.key_refresh.is_due(&self.config.keys, now) {
            self.refresh_keys(state, now).await?;
        }
        let request = CheckRequest { nonce: new_nonce()?, running: running.clone() };
        let signed = self.transport.fetch_answer(&request.nonce).await?;
        match self.verify(state, &request, &signed, now) {
            Err(Refusal::Signature(SignatureError::UnknownKey(_)))
                if state.key_refresh.may_request_unknown(&self.config.keys, now) =>
            {
                self.fetch_keys(state, now).await?;
                Ok(self.verify(state, &request, &signed, now)?)
            }
            result => Ok(result?),
        }
    }

    fn verify(
        &self,
        state: &CheckState,
        request: &CheckRequest,
        signed: &SignedBody,
        now: Timestamp,
    ) -> Result<Accepted, Refusal> {
        let trusted = self.shared().trusted.clone();
        verify(&trusted, request, signed, &state.keys, now)
    }

    /// Reports the versions if they changed. A failure does not keep the chatbot from asking, unless CentOps sent a
    /// `Retry-After`.
    async fn report_versions(&self, state: &mut CheckState, running: &Versions) -> Result<(), TransportError> {
        if !self.config.report_versions || state.reported.as_ref() == Some(running) {
            return Ok(());
        }
        let result = self.transport.report_versions(running).await;
        self.shared().history.report_error = result.as_ref().err().map(ToString::to_string);
        match result {
            Ok(()) => state.reported = Some(running.clone()),
            Err(error) if error.retry_after().is_some() => return Err(error),
            Err(error) => warn!(%error, "versions not reported"),
        }
        Ok(())
    }

    async fn refresh_keys(&self, state: &mut CheckState, now: Timestamp) -> Result<(), CheckError> {
        match self.fetch_keys(state, now).await {
            Err(error) if state.keys.answers.is_empty() => {
                // Nothing can be verified without a key: the next check tries again.
                state.key_refresh.reset();
                Err(error.into())
            }
            Err(error) => {
                warn!(%error, "public keys not refreshed: the known keys stay in use");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn fetch_keys(&self, state: &mut CheckState, now: Timestamp) -> Result<(), TransportError> {
        state.key_refresh.record_request(now);
        state.keys.answers = self.transport.fetch_keys().await?;
        Ok(())
    }

    /// Saves the state of an accepted answer, and then uses it, even if the caller does not wait for it.
    async fn keep(&self, accepted: Accepted) -> Result<Answer, CheckError> {
        let (shared, path) = (Arc::clone(&self.shared), self.config.file.clone());
        let keeping = spawn_blocking(move || {
            let Accepted { answer, state } = accepted;
            state.save(&path)?;
            lock(&shared).keep(answer.clone(), state);
            Ok(answer)
        });
        keeping.await?
    }

    fn record(&self, result: &Result<Answer, CheckError>, now: Timestamp) {
        let mut shared = self.shared();
        let outcome = match result {
            Ok(answer) => {
                debug!(counter = answer.counter, offers = answer.offers.len(), "update answer accepted");
                shared.history.record_accepted();
                Outcome::Accepted { next_check: Duration::from_secs(answer.next_check) }
            }
            // A slow answer may be a slow network: it is no sign of a freeze.
            Err(CheckError::Refused(reason)) if !matches!(reason, Refusal::Slow(_)) => {
                warn!(reason = reason.code(), error = %reason, "update answer refused");
                shared.history.record_refused(reason.clone(), now);
                Outcome::NoAnswer
            }
            Err(error) => {
                warn!(%error, "update check failed");
                shared.history.record_unanswered(error.to_string(), now);
                let CheckError::Transport(error) = error else { return shared.schedule_next(Outcome::NoAnswer) };
                error.retry_after().map_or(Outcome::NoAnswer, Outcome::RetryAfter)
            }
        };
        shared.schedule_next(outcome);
    }

    /// Puts the next check off, because a report got a `Retry-After`.
    fn defer(&self, delay: Duration) {
        let until = Instant::now() + delay.clamp(MIN_DELAY, MAX_DELAY);
        let mut shared = self.shared();
        shared.next_check = shared.next_check.max(until);
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Shared {
    fn keep(&mut self, answer: Answer, trusted: TrustedState) {
        let lifetime = answer.expires_at.duration_since(answer.issued_at);
        self.fresh_until = Some(Instant::now() + Duration::try_from(lifetime).unwrap_or_default());
        self.trusted = trusted;
        self.answer = Some(answer);
    }

    fn schedule_next(&mut self, outcome: Outcome) {
        self.next_check = Instant::now() + self.schedule.record(outcome);
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_nonce() -> Result<String, CheckError> {
    let mut bytes = [0; NONCE_BYTES];
    rand::fill(&mut bytes).map_err(|_| CheckError::Randomness)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
