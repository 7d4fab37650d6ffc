//! Reports of observers.

use std::borrow::Cow;

use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    health::{Batch, Finding, FoldSummary, Health, Network, PolicyDocument, RaisedEvent, engine},
    ingestion::Observer,
    stamp,
};
use jiff::{SignedDuration, Timestamp};

use super::change::Circumstances;
use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes,
    chatbots::{ChatbotState, health_item, health_of},
    commit::Plan,
    keys,
    table::{Condition, Item, WriteError, expiry},
};

/// Retention of markers. A parked batch, its dead letter and its redriven message have 14 days each at most, and a dead
/// letter counts from the time at which it was sent.
pub(super) const MARKER_RETENTION: SignedDuration = SignedDuration::from_hours(45 * 24);

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
    /// Usually one read unit and one write unit; one write unit more for each minute that has closed. Batches with a
    /// marker cost one read unit more each, and are written in a transaction: two write units for each item.
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
            let uncounted = self.without_counted(name, batches).await?;
            let folded = engine::fold(&mut stored.value, &uncounted, policy, now);
            let (mut summary, finding) = (folded.summary, folded.finding);
            summary.repeated += observations(batches) - observations(&uncounted);
            if !summary.changed() {
                return Ok(ObserveOutcome { summary, events: Vec::new(), enrolled });
            }
            self.put_history(name, enrolled, &folded.closed).await?;
            let markers = markers(name, &uncounted, now);
            let saved = if finding == Finding::Fine {
                let item = health_item(name, &stored.value, stored.version + 1, policy)?;
                self.put_counted(item, Condition::Version(stored.version), &markers).await.map(|()| Vec::new())
            } else {
                self.decide(name, stored, finding, Circumstances { policy, now, jitter }, &markers).await
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

    /// Returns `batches` without those whose marker is stored.
    async fn without_counted<'a>(&self, name: &Name, batches: &'a [Batch]) -> Result<Cow<'a, [Batch]>, StoreError> {
        if !batches.iter().any(|batch| batch.delivery.has_marker()) {
            return Ok(batches.into());
        }
        let mut uncounted = Vec::new();
        for batch in batches {
            let is_counted = batch.delivery.has_marker() && self.table.get(keys::marker(name, batch)).await?.is_some();
            if !is_counted {
                uncounted.push(batch.clone());
            }
        }
        Ok(uncounted.into())
    }

    /// Puts the health `item`, and the markers of the batches that are counted in it.
    async fn put_counted(&self, item: Item, condition: Condition, markers: &[Item]) -> Result<(), WriteError> {
        if markers.is_empty() {
            return self.table.put_idempotent(item, condition).await;
        }
        self.transaction().put(item, condition)?.put_all(markers, Condition::Absent)?.commit().await
    }

    /// Decides about a finding in `health`, which is folded and not yet saved, and saves the consequences and the
    /// `markers` of the batches that are counted in it.
    async fn decide(
        &self,
        name: &Name,
        health: Versioned<Health>,
        finding: Finding,
        circumstances: Circumstances<'_>,
        markers: &[Item],
    ) -> Result<Vec<RaisedEvent>, WriteError> {
        let state = ChatbotState { chatbot: self.chatbot(name).await?, health };
        if let Finding::Outliers(_) | Finding::OwnLog = finding {
            // Neither changes anything of the network.
            let mut health = state.health.value.clone();
            let mut events = engine::decide(&circumstances.of(&state), &mut health, &mut Network::default(), finding);
            let claims = self.limit_outlier_alerts(&mut events, circumstances).await?;
            let (mut transaction, _) = self.health_transaction(&state, &health, &events, circumstances)?;
            for (item, condition) in claims {
                transaction = transaction.put(item, condition)?;
            }
            transaction.put_all(markers, Condition::Absent)?.commit().await?;
            return Ok(events);
        }
        let plan = |network: &mut Network| {
            let mut health = state.health.value.clone();
            let events = engine::decide(&circumstances.of(&state), &mut health, network, finding.clone());
            let (transaction, route) = self.health_transaction(&state, &health, &events, circumstances)?;
            Ok(Plan { transaction: transaction.put_all(markers, Condition::Absent)?, route, outcome: events })
        };
        self.commit(circumstances.now, plan).await
    }

    /// Limits the alerts about a DMR that disagrees with the other observers to one an hour, however many chatbots it
    /// disagrees about. Returns the writes that claim these alerts.
    async fn limit_outlier_alerts(
        &self,
        events: &mut [RaisedEvent],
        Circumstances { policy, now, .. }: Circumstances<'_>,
    ) -> Result<Vec<(Item, Condition)>, StoreError> {
        let mut claims = Vec::new();
        for RaisedEvent { event, notify } in events {
            if let EventKind::ObserverOutlier { observer: Observer::Dmr(dmr), .. } = event {
                let claim = self.dmr_alert_claim(dmr, &policy.silence, now).await?;
                *notify = claim.is_some();
                claims.extend(claim);
            }
        }
        Ok(claims)
    }
}

fn observations(batches: &[Batch]) -> usize {
    batches.iter().map(|batch| batch.observations.len()).sum()
}

/// Returns the markers of `batches` that have one.
fn markers(name: &Name, batches: &[Batch], now: Timestamp) -> Vec<Item> {
    let marker = |batch: &Batch| {
        let mut item = keys::marker(name, batch);
        item.insert(attributes::EXPIRES.to_owned(), expiry(now, MARKER_RETENTION));
        item
    };
    batches.iter().filter(|batch| batch.delivery.has_marker()).map(marker).collect()
}
