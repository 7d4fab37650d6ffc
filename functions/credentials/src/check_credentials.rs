//! Runs every five minutes: resumes interrupted sweeps, ends the route subscriptions of DMRs whose last certificate has
//! expired, and once a day gives the notices about certificates that end in 30, 14, 7 and 1 days.

use std::time::{Duration, SystemTime};

use centops_api::{Consumer, FromSetup as _, Invocation, Setup, StartError, clock};
use centops_domain::credentials::{CertificateId, day, due_notices};
use centops_store::{
    Store,
    audit::Audit,
    credentials::{NoticePosition, NoticeProgress},
};
use centops_sweep::Sweeper;
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The name of the function, for the audit trail.
const NAME: &str = "check-credentials";
/// The certificates of a page of notices. After each page the progress is stored.
const PAGE: i32 = 100;
/// A run that has less time left ends after the current page; the next run goes on.
const RESERVE: Duration = Duration::from_secs(30);

/// The function.
#[derive(Debug)]
pub struct CheckCredentials {
    sweeper: Sweeper,
    audit: Audit,
}

impl Consumer for CheckCredentials {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { sweeper: Sweeper::from_setup(setup).await?, audit: setup.audit()? })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let now = clock::now();
        let swept = self.sweeper.resume(&self.audit, &invocation.id, now).await;
        let ended = self.sweeper.end_uncertified_subscriptions(&self.audit, NAME, &invocation.id, now).await;
        // Neither failure holds up the notices.
        let notices = give_notices(&self.sweeper.store, now, invocation.deadline).await?;
        let (sweeps, subscriptions) = (swept?, ended?);
        if sweeps + subscriptions + notices > 0 {
            tracing::info!(
                sweeps,
                subscriptions,
                notices,
                "credentials checked sweeps={sweeps} subscriptions={subscriptions} notices={notices}"
            );
        }
        Ok(())
    }
}

/// Gives the notices that are due at `now`, from where the last run ended. Returns their number. Ends before `deadline`,
/// when not all are given.
///
/// # Errors
/// When the table does not answer.
pub async fn give_notices(
    store: &Store,
    now: Timestamp,
    deadline: SystemTime,
) -> Result<usize, centops_store::StoreError> {
    let NoticeProgress { done, position } = store.notice_progress().await?;
    let today = position.as_ref().map_or_else(|| day(now), |position| position.today);
    let (skipped, mut after) = position.map_or((0, None), |position| (position.given, position.after));
    let mut total = 0;
    let due = due_notices(done, today);
    if due.is_empty() {
        return Ok(0);
    }
    for (given, notice) in due.into_iter().enumerate().skip(skipped) {
        let mut start = after.take().and_then(|id| id.parse::<CertificateId>().ok());
        loop {
            let page = store.certificates_ending(notice.ends, start.as_ref(), PAGE).await?;
            for id in &page.items {
                total += usize::from(store.give_notice(id, notice.days).await?);
            }
            let (given, after) = page.next.as_ref().map_or((given + 1, None), |next| (given, Some(next.to_string())));
            let position = Some(NoticePosition { today, given, after });
            store.put_notice_progress(&NoticeProgress { done, position }).await?;
            if deadline.duration_since(SystemTime::now()).unwrap_or_default() < RESERVE {
                tracing::warn!("notices left to the next run");
                return Ok(total);
            }
            start = page.next;
            if start.is_none() {
                break;
            }
        }
    }
    store.put_notice_progress(&NoticeProgress { done: Some(today), position: None }).await?;
    Ok(total)
}
