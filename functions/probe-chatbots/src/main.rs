//! Every minute: looks at whom time has brought up. Chatbots that are out or in doubt are probed, and
//! routed where they are healthy; who is silent is noticed; what was forced for a time ends.

use std::time::{Duration, SystemTime};

use centops_domain::{
    address::AllowedNetworks,
    circuit::Probed,
    name::Name,
    policy::{PolicyDocument, ProbePolicy},
    trial::{Next, Trial},
    uri::ChatbotUri,
};
use centops_egress::{Prober, Unhealthy};
use centops_store::{Store, StoreError, policies::Policies, probes::Due};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::de::IgnoredAny;

/// The most looks of one run; the rest are due a minute later, the longest due first.
const AT_MOST: i32 = 2000;
/// How many probes are in flight at once.
const IN_FLIGHT: usize = 32;
/// What is left of the run for the last results when no new probe is started any more.
const RESERVE: Duration = Duration::from_secs(20);

struct Rounds {
    store: Store,
    prober: Prober,
    policies: Policies,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = centops_api::startup::store().await?;
    let allowed = AllowedNetworks::parse(&centops_api::startup::variable("PROBE_NETWORKS")?)?;
    let prober = Prober::new(allowed)?;
    let rounds = &Rounds { store, prober, policies: Policies::default() };
    run(service_fn(|event: LambdaEvent<IgnoredAny>| async move {
        rounds.run(event.context.deadline()).await.map_err(Error::from)
    }))
    .await
}

impl Rounds {
    /// Looks at who is due, until `deadline` is near.
    async fn run(&self, deadline: SystemTime) -> Result<(), StoreError> {
        let policies = self.policies.current(&self.store, Timestamp::now()).await?;
        let due = self.store.due(Timestamp::now(), AT_MOST).await?;
        let count = due.len();
        let in_time = |_: &Due| {
            let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
            std::future::ready(left > RESERVE)
        };
        let started = stream::iter(due).take_while(in_time);
        let looks = started.map(|due| async {
            match due {
                Due::Chatbot(name) => self.chatbot(name, &policies).await,
                Due::Dmr(name) => self.dmr(name, &policies).await,
            }
        });
        let ran = looks.buffer_unordered(IN_FLIGHT).count().await;
        tracing::info!(due = count, ran, "looked");
        Ok(())
    }

    async fn dmr(&self, name: Name, policies: &PolicyDocument) {
        match self.store.notice_dmr(&name, policies, Timestamp::now()).await {
            Ok(true) => tracing::warn!(dmr = %name, "DMR {name} is silent"),
            Ok(false) => {}
            Err(error) => tracing::error!(dmr = %name, %error, "DMR {name} could not be looked at"),
        }
    }

    /// Looks at one chatbot. Its failure is its own: it is logged, and its lease ends by itself.
    async fn chatbot(&self, name: Name, policies: &PolicyDocument) {
        match self.look_and_probe(&name, policies).await {
            Ok(None) => {}
            Ok(Some(Probed::Closed)) => tracing::info!(chatbot = %name, "{name} is routed"),
            Ok(Some(Probed::Opened)) => tracing::warn!(chatbot = %name, "{name} is taken out of routing"),
            Ok(Some(probed)) => tracing::info!(chatbot = %name, ?probed, "{name} was probed"),
            Err(StoreError::NotFound) => tracing::info!(chatbot = %name, "{name} was removed meanwhile"),
            Err(error) => tracing::error!(chatbot = %name, %error, "{name} could not be probed"),
        }
    }

    async fn look_and_probe(&self, name: &Name, policies: &PolicyDocument) -> Result<Option<Probed>, StoreError> {
        let looked = self.store.look(name, policies, Timestamp::now()).await?;
        for happened in &looked.happened {
            tracing::info!(chatbot = %name, fact = ?happened.fact, "something happened");
        }
        let Some(lease) = looked.lease else { return Ok(None) };
        let found = self.trial(&looked.chatbot.uri, &policies.of(name).probe).await;
        if let Err(why) = &found {
            tracing::info!(chatbot = %name, %why, "the probe failed");
        }
        let (now, dice) = (Timestamp::now(), fastrand::f64());
        self.store.report_probe(name, lease.id, found.is_ok(), policies, now, dice).await.map(Some)
    }

    /// Probes until the trial is over.
    async fn trial(&self, uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        let mut trial = Trial::new(policy);
        loop {
            let found = self.prober.probe(uri, policy).await;
            match trial.take(found.is_ok()) {
                Next::Again(spacing) => tokio::time::sleep(spacing.unsigned_abs()).await,
                Next::Passed | Next::Failed => return found,
            }
        }
    }
}
