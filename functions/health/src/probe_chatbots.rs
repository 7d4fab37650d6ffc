//! Runs every minute: probes chatbots that are due, flags observers that stopped reporting, ends expired overrides.

use std::{future, time::SystemTime};

use centops_api::{Consumer, Invocation, Setup, StartError, clock, random};
use centops_domain::{
    chatbots::{ChatbotUri, Name},
    health::{PROBER_RESERVE, PolicyDocument, ProbeOutcome, ProbePolicy, ProbeSequence, ProbeStep},
};
use centops_egress::{Prober, Unhealthy};
use centops_store::{
    Store, StoreError,
    health::{Due, PolicyCache},
};
use futures::{StreamExt, stream};
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The most items that one run evaluates. The rest is due a minute later, the longest due first.
const MAX_DUE: i32 = 2000;
/// The most probes in flight at once.
const IN_FLIGHT: usize = 32;

/// The function.
#[derive(Debug)]
pub struct ProbeChatbots {
    store: Store,
    prober: Prober,
    policies: PolicyCache,
}

impl Consumer for ProbeChatbots {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let prober = Prober::new(setup.allowed_networks()?).map_err(|error| StartError::Tls(error.to_string()))?;
        Ok(Self { store, prober, policies: PolicyCache::default() })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        Ok(self.run(invocation.deadline).await?)
    }
}

impl ProbeChatbots {
    /// Evaluates the due items until `deadline` is near.
    async fn run(&self, deadline: SystemTime) -> Result<(), StoreError> {
        let policies = self.policies.current(&self.store, clock::now()).await?;
        let due = self.store.due(clock::now(), MAX_DUE).await?;
        let count = due.len();
        let in_time = |_: &Due| {
            let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
            future::ready(left > PROBER_RESERVE)
        };
        let evaluations = stream::iter(due).take_while(in_time).map(|due| async {
            match due {
                Due::Chatbot(name) => self.chatbot(name, &policies).await,
                Due::Dmr(name) => self.dmr(name, &policies).await,
            }
        });
        let evaluated = evaluations.buffer_unordered(IN_FLIGHT).count().await;
        tracing::info!(due = count, evaluated, "due items evaluated");
        Ok(())
    }

    async fn dmr(&self, name: Name, policies: &PolicyDocument) {
        match self.store.flag_silent_dmr(&name, policies, clock::now()).await {
            Ok(true) => tracing::warn!(dmr = %name, "DMR flagged as silent dmr={name}"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(dmr = %name, %error, "failed to check DMR for missing reports dmr={name}");
            }
        }
    }

    /// Evaluates one chatbot. A failure concerns this chatbot only: it is logged, and the probe's lease expires.
    async fn chatbot(&self, name: Name, policies: &PolicyDocument) {
        match self.evaluate(&name, policies).await {
            Ok(None) => {}
            Ok(Some(ProbeOutcome::Closed)) => {
                tracing::info!(chatbot = %name, "circuit closed, chatbot routed name={name}");
            }
            Ok(Some(ProbeOutcome::Opened)) => {
                tracing::warn!(chatbot = %name, "circuit opened, chatbot ejected name={name}");
            }
            Ok(Some(outcome)) => tracing::info!(chatbot = %name, ?outcome, "chatbot probed name={name}"),
            Err(StoreError::NotFound) => tracing::info!(chatbot = %name, "chatbot already removed name={name}"),
            Err(error) => tracing::error!(chatbot = %name, %error, "failed to probe chatbot name={name}"),
        }
    }

    async fn evaluate(&self, name: &Name, policies: &PolicyDocument) -> Result<Option<ProbeOutcome>, StoreError> {
        let due = self.store.evaluate_due(name, policies, clock::now()).await?;
        for raised in &due.events {
            tracing::info!(chatbot = %name, event = ?raised.event, "health event recorded name={name}");
        }
        let Some(lease) = due.lease else { return Ok(None) };
        let outcome = self.probe(&due.chatbot.uri, &policies.for_chatbot(name).probe).await;
        if let Err(reason) = &outcome {
            tracing::info!(chatbot = %name, %reason, "probe failed name={name}");
        }
        let healthy = outcome.is_ok();
        self.store.report_probe(name, lease.id, healthy, policies, clock::now(), random::jitter()).await.map(Some)
    }

    /// Probes until the policy's number of successes in a row, or the first failure.
    async fn probe(&self, uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        let mut sequence = ProbeSequence::new(policy);
        loop {
            let outcome = self.prober.probe(uri, policy).await;
            match sequence.record(outcome.is_ok()) {
                ProbeStep::Again(spacing) => tokio::time::sleep(spacing.unsigned_abs()).await,
                ProbeStep::Passed | ProbeStep::Failed => return outcome,
            }
        }
    }
}
