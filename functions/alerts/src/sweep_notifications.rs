//! Runs every minute: wakes the subscriptions whose rounds are overdue, because their wake-up was lost or was too far ahead
//! for a message. The age of the oldest overdue round is a metric with an alarm. Then it posts the heartbeat, if
//! there is an address for it: a service outside AWS that rings when it stops.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::NOTIFICATION_AGE;
use centops_delivery::Posts;
use centops_queues::WorkQueue;
use centops_store::Store;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::de::IgnoredAny;
use url::Url;

use crate::{
    clients,
    wake::{self, Wake},
};

/// The most subscriptions that one run wakes in each shard, the longest due first. The next run wakes the others.
const MAX_DUE: usize = 1000;
/// The time after which a round is overdue: its own wake-up comes first.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// The function.
#[derive(Debug)]
pub struct SweepNotifications {
    store: Store,
    wakes: WorkQueue,
    posts: Posts,
    heartbeat: Option<Url>,
}

impl Consumer for SweepNotifications {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let heartbeat = match setup.variable("HEARTBEAT_URL")?.as_str() {
            "" => None,
            _ => Some(setup.parsed("HEARTBEAT_URL")?),
        };
        Ok(Self { store: setup.store().await?, wakes: wake::queue(setup)?, posts: clients::posts(setup)?, heartbeat })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let now = clock::now();
        let due = self.store.due_subscriptions(now - GRACE, MAX_DUE).await?;
        let oldest_notification_ms = due.first().map_or(0, |(at, _)| age_ms(*at, now));
        let wakes: Vec<_> = due.iter().map(|(at, id)| Wake { subscription: *id, at: *at }).collect();
        wake::send(&self.wakes, &wakes, now).await?;
        invocation.metrics.record(NOTIFICATION_AGE, oldest_notification_ms);
        tracing::info!(
            overdue = due.len(),
            oldest_notification_ms,
            "overdue notifications swept overdue={}",
            due.len()
        );
        if let Some(url) = &self.heartbeat
            && let Some(error) = self.posts.post(url, "{}", now).await.error
        {
            tracing::warn!(error, "failed to post the heartbeat");
        }
        Ok(())
    }
}

fn age_ms(at: Timestamp, now: Timestamp) -> i64 {
    (now.as_millisecond() - at.as_millisecond()).max(0)
}
