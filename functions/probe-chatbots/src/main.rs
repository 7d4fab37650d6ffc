//! Every minute: probes the chatbots that are due, and routes those that are healthy.

use std::time::{Duration, SystemTime};

use centops_domain::{address::AllowedNetworks, circuit::Probed, name::Name, policy::Policy, uri::ChatbotUri};
use centops_probe::{Prober, Unhealthy};
use centops_store::{Store, StoreError};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tokio::sync::Mutex;

/// The most chatbots of one run; the rest are due a minute later, the longest due first.
const AT_MOST: i32 = 500;
/// How many probes are in flight at once.
const IN_FLIGHT: usize = 32;
/// What is left of the run for the last results when no new probe is started any more.
const RESERVE: Duration = Duration::from_secs(20);

struct Rounds {
    store: Store,
    prober: Prober,
    policy: Policy,
    /// Held while a result is saved: each one that routes a chatbot writes the one revision, and at the
    /// same time they would only be in each other's way.
    saving: Mutex<()>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = centops_startup::store().await?;
    let policy = Policy::default();
    let allowed = AllowedNetworks::parse(&centops_startup::variable("PROBE_NETWORKS")?)?;
    let prober = Prober::new(allowed, policy.probe_timeout.unsigned_abs())?;
    let rounds = &Rounds { store, prober, policy, saving: Mutex::new(()) };
    run(service_fn(|event: LambdaEvent<serde_json::Value>| async move {
        rounds.run(event.context.deadline()).await.map_err(Error::from)
    }))
    .await
}

impl Rounds {
    /// Probes what is due, until `deadline` is near.
    async fn run(&self, deadline: SystemTime) -> Result<(), StoreError> {
        let due = self.store.due(Timestamp::now(), AT_MOST).await?;
        let count = due.len();
        let in_time = |_: &Name| {
            let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
            std::future::ready(left > RESERVE)
        };
        let started = stream::iter(due).take_while(in_time);
        let ran = started.map(|name| self.one(name)).buffer_unordered(IN_FLIGHT).count().await;
        tracing::info!(due = count, ran, "probed");
        Ok(())
    }

    /// Probes one chatbot. Its failure is its own: it is logged, and its claim ends by itself.
    async fn one(&self, name: Name) {
        match self.claim_and_probe(&name).await {
            Ok(None) => {}
            Ok(Some(Probed::Closed)) => tracing::info!(chatbot = %name, "{name} is routed"),
            Ok(Some(probed)) => tracing::info!(chatbot = %name, ?probed, "{name} stays out of routing"),
            Err(StoreError::NotFound) => tracing::info!(chatbot = %name, "{name} was removed meanwhile"),
            Err(error) => tracing::error!(chatbot = %name, %error, "{name} could not be probed"),
        }
    }

    async fn claim_and_probe(&self, name: &Name) -> Result<Option<Probed>, StoreError> {
        let Some(claimed) = self.store.claim_probe(name, &self.policy, Timestamp::now()).await? else {
            return Ok(None);
        };
        let found = self.successes(&claimed.chatbot.uri).await;
        if let Err(why) = &found {
            tracing::info!(chatbot = %name, %why, "the probe failed");
        }
        let _turn = self.saving.lock().await;
        let (now, dice) = (Timestamp::now(), fastrand::f64());
        self.store.report_probe(name, claimed.claim, found.is_ok(), &self.policy, now, dice).await.map(Some)
    }

    /// As many successes in a row as the policy wants.
    async fn successes(&self, uri: &ChatbotUri) -> Result<(), Unhealthy> {
        let url = uri.at_path(self.policy.probe_path);
        for place in 0..self.policy.probe_successes {
            if place > 0 {
                tokio::time::sleep(self.policy.probe_spacing.unsigned_abs()).await;
            }
            self.prober.probe(&url).await?;
        }
        Ok(())
    }
}
