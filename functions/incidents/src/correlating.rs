//! Carries out the messages about network incidents: searches for common causes of recent incidents, and does what is due.

use std::sync::Arc;

use centops_domain::{
    health::PolicyDocument,
    incidents::{MIN_MEMBERS, groupings},
};
use centops_queues::CorrelateIncidents;
use centops_store::{Store, StoreError};
use jiff::Timestamp;

/// Carries out messages.
#[derive(Debug)]
pub struct Correlating {
    /// The table.
    pub store: Store,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

impl Correlating {
    /// Carries out `message`. `policies` has the cap.
    ///
    /// # Errors
    /// When the table does not answer. Carrying out the message again is harmless.
    pub async fn carry_out(
        &self,
        message: CorrelateIncidents,
        policies: &Arc<PolicyDocument>,
    ) -> Result<(), StoreError> {
        match message {
            CorrelateIncidents::Openings => self.correlate(policies).await,
            CorrelateIncidents::Network(id) => self.store.tend_network_incident(id, (self.clock)()).await,
        }
    }

    /// Makes recent incidents with a common cause members of a network incident. It reads the chatbots only if enough
    /// incidents may join one, or one is active already.
    async fn correlate(&self, policies: &PolicyDocument) -> Result<(), StoreError> {
        let now = (self.clock)();
        let incidents = self.store.recent_incidents(now).await?;
        let joining = incidents.iter().filter(|incident| incident.may_have_common_cause(now)).count();
        let active = self.store.active_network_incidents().await?;
        if joining == 0 || (joining < MIN_MEMBERS && active.is_empty()) {
            return Ok(());
        }
        let (population, caps) = self.store.population(&incidents, &policies.defaults().cap).await?;
        for grouping in groupings(&active, &incidents, &population, &caps, now) {
            let members = grouping.members.len();
            if let Some(id) = self.store.group_incidents(&grouping, now).await? {
                tracing::info!(incident = %id, members, "network incident extended incident={id}");
            }
        }
        Ok(())
    }
}
