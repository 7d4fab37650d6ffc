//! Confirmations: notes that a recipient confirmed a subscription.

use centops_api::{FromSetup, Problem, Setup, StartError};
use centops_delivery::{Status, Topics};
use centops_domain::notifications::{Confirmation, InvalidTransition, State};
use centops_store::{IfMatch, Store, Versioned, audit::AuditContext, notifications::StoredSubscription};

use crate::{clients, problems};

/// The audit part of a confirmation. A request writes something else first.
const CONFIRMED_PART: u8 = 2;

/// Notes confirmations.
#[derive(Debug)]
pub struct Confirmations {
    pub(crate) store: Store,
    pub(crate) topics: Topics,
}

impl FromSetup for Confirmations {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, topics: clients::topics(setup)? })
    }
}

impl Confirmations {
    /// Notes the confirmation of a pending subscription that SNS has received meanwhile. If SNS does not answer, the
    /// subscription is still pending.
    pub(crate) async fn refresh(
        &self,
        audit: &AuditContext<'_>,
        stored: Versioned<StoredSubscription>,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let StoredSubscription { subscription, arn, .. } = &stored.value;
        let is_open = matches!(subscription.state.at(audit.now), State::Pending { .. })
            && subscription.address.channel().confirmation() == Confirmation::Sns;
        let Some(arn) = arn.as_ref().filter(|_| is_open) else { return Ok(stored) };
        match self.topics.status(arn).await {
            Ok(Status::Confirmed) => self.confirm(audit, &stored.value).await,
            Ok(Status::Pending | Status::Gone) => Ok(stored),
            Err(error) => {
                let id = subscription.id;
                tracing::warn!(%error, %id, "failed to read the state of a subscription from SNS id={id}");
                Ok(stored)
            }
        }
    }

    /// Notes that the recipient confirmed `stored`.
    ///
    /// # Errors
    /// 409 if it has ended meanwhile.
    pub(crate) async fn confirm(
        &self,
        audit: &AuditContext<'_>,
        stored: &StoredSubscription,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let (generation, now) = (stored.subscription.generation, audit.now);
        self.change(&audit.part(CONFIRMED_PART), stored, |old| old.confirmed(generation, now)).await
    }

    /// Changes `stored`, whatever its version is.
    pub(crate) async fn change(
        &self,
        audit: &AuditContext<'_>,
        stored: &StoredSubscription,
        change: impl Fn(&StoredSubscription) -> Result<StoredSubscription, InvalidTransition>,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let changed = self.store.change_subscriber(audit, stored.subscription.id, IfMatch::Any, change).await;
        changed.map_err(problems::of_change)
    }
}
