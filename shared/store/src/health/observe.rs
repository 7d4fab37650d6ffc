//! Reports of observers.

use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    health::{Batch, Finding, FoldSummary, Health, Network, Policy, PolicyDocument, RaisedEvent, engine},
    ingestion::Observer,
    stamp,
};
use jiff::Timestamp;

use super::change::Circumstances;
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    chatbots::{ChatbotState, health_item, health_of},
    commit::Plan,
    table::{Condition, WriteError},
};

/// Outcome of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserveOutcome {
    /// The counts of observations by what became of them.
    pub summary: FoldSummary,
    /// The events that were raised; usually none.
    pub events: Vec<RaisedEvent>,
    /// The time of the chatbot's enrolment.
    pub enrolled: Timestamp,
}

impl Store {
    /// Counts `batches` of the chatbot `name` at `now`, each once however often it is delivered. Ejects the chatbot
    /// from routing if enough observers find it failing and the cap allows it. `jitter` is in `[0, 1)`.
    ///
    /// Usually one read unit and one write unit; one write unit more for each minute that has closed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist: nothing was counted. After any other error the same
    /// batches may be given again.
    pub async fn observe(
        &self,
        name: &Name,
        batches: &[Batch],
        policies: &PolicyDocument,
        now: Timestamp,
        jitter: f64,
    ) -> Result<ObserveOutcome, StoreError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(now));
        let mut stored = self.health(name).await?;
        for _ in 0..ATTEMPTS {
            let enrolled = stored.value.enrolled_at;
            let folded = engine::fold(&mut stored.value, batches, policy, now);
            let (summary, finding) = (folded.summary, folded.finding);
            if !summary.changed() {
                return Ok(ObserveOutcome { summary, events: Vec::new(), enrolled });
            }
            self.put_history(name, enrolled, &folded.closed).await?;
            let saved = if finding == Finding::Fine {
                let item = health_item(name, &stored.value, stored.version + 1, policy)?;
                self.table.put_idempotent(item, Condition::Version(stored.version)).await.map(|()| Vec::new())
            } else {
                self.decide(name, stored, finding, Circumstances { policy, now, jitter }).await
            };
            match saved {
                Ok(events) => return Ok(ObserveOutcome { summary, events, enrolled }),
                // The failed put returned the stored health: fold into that without another read.
                Err(WriteError::Condition { position: 0, found: Some(found) }) => stored = health_of(&found)?,
                Err(error) => {
                    error.retryable()?;
                    stored = self.health(name).await?;
                }
            }
        }
        Err(StoreError::Contended)
    }

    /// Decides about a finding in `health`, which is folded and not yet saved, and saves the consequences.
    async fn decide(
        &self,
        name: &Name,
        health: Versioned<Health>,
        finding: Finding,
        circumstances: Circumstances<'_>,
    ) -> Result<Vec<RaisedEvent>, WriteError> {
        let state = ChatbotState { chatbot: self.chatbot(name).await?, health };
        if let Finding::Outliers(_) | Finding::OwnLog = finding {
            // Neither changes anything of the network.
            let mut health = state.health.value.clone();
            let mut events = engine::decide(&circumstances.of(&state), &mut health, &mut Network::default(), finding);
            self.limit_outlier_alerts(&mut events, circumstances.policy, circumstances.now).await?;
            self.health_transaction(&state, &health, &events, circumstances)?.0.commit().await?;
            return Ok(events);
        }
        let plan = |network: &mut Network| {
            let mut health = state.health.value.clone();
            let events = engine::decide(&circumstances.of(&state), &mut health, network, finding.clone());
            let (transaction, route) = self.health_transaction(&state, &health, &events, circumstances)?;
            Ok(Plan { transaction, route, outcome: events })
        };
        self.commit(circumstances.now, plan).await
    }

    /// Limits the alerts about a DMR that disagrees with the other observers to one an hour, however many chatbots it
    /// disagrees about.
    async fn limit_outlier_alerts(
        &self,
        events: &mut [RaisedEvent],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for RaisedEvent { event, notify } in events {
            if let EventKind::ObserverOutlier { observer: Observer::Dmr(dmr), .. } = event {
                *notify = self.claim_dmr_alert(dmr, &policy.silence, now).await?;
            }
        }
        Ok(())
    }
}
