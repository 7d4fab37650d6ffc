//! Probes the chatbots of a hand-out at their due times, flags observers that stopped reporting, and ends expired
//! overrides.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsEvent;
use centops_api::{Consumer, Invocation, Setup, StartError, clock, random};
use centops_contract::metrics::EVALUATION_DELAY;
use centops_domain::{
    chatbots::{ChatbotUri, Name},
    health::{PROBER_RESERVE, PolicyDocument, ProbeOutcome, ProbePolicy, ProbeSequence, ProbeStep},
};
use centops_egress::{Prober, Unhealthy};
use centops_store::{
    Store, StoreError,
    health::{DueEntry, DueItem, PolicyCache},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::Error;

use crate::handout::{self, BATCH_ITEMS, Handout};

/// The function.
#[derive(Debug)]
pub struct ProbeChatbots {
    store: Store,
    prober: Prober,
    policies: PolicyCache,
}

impl Consumer for ProbeChatbots {
    type Event = SqsEvent;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let prober = Prober::new(setup.allowed_networks()?).map_err(|error| StartError::Tls(error.to_string()))?;
        Ok(Self { store, prober, policies: PolicyCache::default() })
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<(), Error> {
        for record in event.records {
            if let Some(handout) = handout::read(record.body.as_deref()) {
                self.run(handout, invocation).await?;
            }
        }
        Ok(())
    }
}

impl ProbeChatbots {
    /// Evaluates the items of `handout`, each at its time, until `deadline` is near. What is left is handed out again.
    async fn run(&self, Handout { lane, until, due }: Handout, invocation: &Invocation) -> Result<(), StoreError> {
        if clock::now() >= until {
            tracing::warn!(lane = lane.as_str(), count = due.len(), "void hand-out dropped lane={}", lane.as_str());
            return Ok(());
        }
        let policies = self.policies.current(&self.store, clock::now()).await?;
        let count = due.len();
        let evaluations = stream::iter(due).map(|entry| self.evaluate_at(entry, invocation.deadline, &policies));
        let evaluations = evaluations.buffer_unordered(BATCH_ITEMS);
        let (evaluated, late_ms) = evaluations
            .fold((0_usize, 0), |(evaluated, late_ms), late| async move {
                (evaluated + usize::from(late.is_some()), late_ms.max(late.unwrap_or(0)))
            })
            .await;
        invocation.metrics.record(EVALUATION_DELAY, late_ms);
        tracing::info!(
            lane = lane.as_str(),
            due = count,
            evaluated,
            late_ms,
            "due items evaluated lane={}",
            lane.as_str()
        );
        Ok(())
    }

    /// Evaluates an item at its time. Returns by how many milliseconds it started late; none if too little of the run is
    /// left.
    async fn evaluate_at(&self, entry: DueEntry, deadline: SystemTime, policies: &PolicyDocument) -> Option<i64> {
        tokio::time::sleep(time_until(entry.at)).await;
        if deadline.duration_since(SystemTime::now()).unwrap_or_default() <= PROBER_RESERVE {
            return None;
        }
        let late = clock::now().as_millisecond() - entry.at.as_millisecond();
        match entry.item {
            DueItem::Chatbot(name) => self.chatbot(name, policies).await,
            DueItem::Dmr(name) => self.dmr(name, policies).await,
        }
        Some(late)
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
            Ok(Some(ProbeOutcome::Moved)) => {
                tracing::info!(chatbot = %name, "chatbot routed to its new address name={name}");
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
        let evaluated = self.store.evaluate_due(name, policies, clock::now()).await?;
        for raised in &evaluated.events {
            tracing::info!(chatbot = %name, event = ?raised.event, "health event recorded name={name}");
        }
        let Some(probe) = evaluated.probe else { return Ok(None) };
        let outcome = self.probe(probe.uri(), &policies.for_chatbot(name).probe).await;
        if let Err(reason) = &outcome {
            tracing::info!(chatbot = %name, %reason, "probe failed name={name}");
        }
        let healthy = outcome.is_ok();
        self.store.report_probe(&probe, healthy, policies, clock::now(), random::jitter()).await.map(Some)
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

/// Returns the time until `at`, rounded up: an item is not due before its time.
fn time_until(at: Timestamp) -> Duration {
    let left = at.duration_since(clock::now()).as_micros();
    Duration::from_millis(u64::try_from(left).unwrap_or(0).div_ceil(1000))
}
