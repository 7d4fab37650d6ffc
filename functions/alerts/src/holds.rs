//! Holds of a round: outages in planned work, outages upon which no person has to act yet, and outliers that are none.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    incidents::Incident,
    notifications::{Decision, Enrolment, Held, Kind, Subscription, decide},
    outages::{GRACE, Windows},
};
use centops_store::{
    Store, StoreError, Versioned,
    notifications::{Round, StoredSubscription},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use crate::rounds::{MOST_NOTIFICATIONS, Outlet, RoundError, Rounds};

/// The most incidents that are read at once.
const IN_FLIGHT: usize = 16;

impl<O: Outlet> Rounds<O> {
    /// Decides at `now` what to do with what is pending in `round`. Returns what is held back, and the decision about the
    /// rest.
    pub(crate) async fn decide(
        &self,
        subscription: &Versioned<StoredSubscription>,
        round: &Round,
        now: Timestamp,
    ) -> Result<(Held, Decision), RoundError> {
        let conditions = self.conditions(subscription, now).await?;
        let (of, history) = (&subscription.value.subscription, &round.schedule.value.history);
        let mut held = planned(&self.store, of, round, now).await?;
        let mut decision = decide(of, &held.live, history, &conditions, now);
        let suspects = held.suspects();
        if matches!(decision, Decision::Deliver { .. }) && !suspects.is_empty() {
            held.apply_incidents(latest_incidents(&self.store, &suspects).await, &round.told, now);
            decision = decide(of, &held.live, history, &conditions, now);
        }
        held.dropped.truncate(MOST_NOTIFICATIONS);
        Ok((held, decision))
    }
}

/// Returns what planned outages of the institution of `of` mean for what is pending in `round`.
async fn planned(store: &Store, of: &Subscription, round: &Round, now: Timestamp) -> Result<Held, StoreError> {
    let statuses = round.pending.iter().filter(|one| one.content.kind() == Some(Kind::Status));
    let windows = match (of.coverage.institution(), statuses.map(|one| one.at).min()) {
        (Some(institution), Some(oldest)) => {
            // One that begins just when another ends goes on holding.
            store.outage_windows(institution, oldest, now + GRACE).await?
        }
        _ => vec![],
    };
    Ok(Held::new(&round.pending, &round.told, &Windows::new(windows), now))
}

/// Returns the latest incidents of `chatbots`: one read unit each, of the first [`MOST_NOTIFICATIONS`]. One that cannot be
/// read holds up no message.
async fn latest_incidents(store: &Store, chatbots: &BTreeSet<Enrolment>) -> BTreeMap<Enrolment, Incident> {
    let reads = stream::iter(chatbots.iter().take(MOST_NOTIFICATIONS)).map(|chatbot| async move {
        match store.incident_of(chatbot).await {
            Ok(incident) => Some((chatbot.clone(), incident?)),
            Err(error) => {
                tracing::error!(%error, chatbot = %chatbot.name, "failed to read an incident chatbot={}", chatbot.name);
                None
            }
        }
    });
    reads.buffer_unordered(IN_FLIGHT).filter_map(std::future::ready).collect().await
}
