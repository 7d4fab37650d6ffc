//! The steps of a sweep.

use aws_sdk_sns::{Client, error::DisplayErrorContext, operation::unsubscribe::UnsubscribeError};
use centops_api::{FromSetup, Problem, Setup, StartError};
use centops_domain::{chatbots::Name, credentials::Profile};
use centops_store::{
    Store, StoreError,
    audit::{Audit, AuditContext},
    credentials::{Sweep, SweepScope},
};
use jiff::Timestamp;

/// The most attempts to end a route subscription while its DMR replaces it.
const ATTEMPTS: usize = 4;
/// The part of a request that ends a route subscription. Revocations use the parts below it.
const ROUTE_SUBSCRIPTION_PART: u8 = 255;

/// Carries out sweeps.
#[derive(Debug)]
pub struct Sweeper {
    /// The table.
    pub store: Store,
    /// The client of SNS, which has the subscriptions.
    pub client: Client,
}

/// A step of a sweep failed. The sweep stays stored.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SNS did not end a subscription.
    #[error("SNS did not end the subscription: {0}")]
    Sns(String),
}

impl From<SweepError> for Problem {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Store(error) => error.into(),
            SweepError::Sns(_) => Self::unavailable(error),
        }
    }
}

impl FromSetup for Sweeper {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, client: Client::new(setup.config()) })
    }
}

impl Sweeper {
    /// Carries out `sweep` and deletes its item.
    ///
    /// # Errors
    /// When the table or SNS does not answer.
    pub async fn run(&self, audit: &AuditContext<'_>, sweep: &Sweep) -> Result<(), SweepError> {
        let Sweep { profile, ref name, enrolled_at, .. } = *sweep;
        let ends_subscription = match sweep.scope {
            SweepScope::Enrolment => {
                self.store.sweep_credentials(audit, sweep).await?;
                profile == Profile::Dmr
            }
            SweepScope::RouteSubscription { .. } => {
                !self.store.has_valid_certificate(profile, name, enrolled_at, audit.now).await?
            }
        };
        if ends_subscription {
            self.end_route_subscription(&audit.part(ROUTE_SUBSCRIPTION_PART), name, Some(enrolled_at)).await?;
        }
        Ok(self.store.finish_sweep(sweep).await?)
    }

    /// Carries out `sweep` at the end of a request that has already done what it was asked for: a failure is only
    /// logged, because the sweep is stored and is resumed.
    pub async fn run_or_leave(&self, audit: &AuditContext<'_>, sweep: &Sweep) {
        if let Err(error) = self.run(audit, sweep).await {
            let name = sweep.name.as_str();
            tracing::error!(%error, name, "failed to sweep credentials, resumed later name={name}");
        }
    }

    /// Resumes all stored sweeps in the invocation `id`. Returns the number of those that were carried out. A sweep that
    /// fails does not keep the others from their turn.
    ///
    /// # Errors
    /// When the sweeps cannot be read, or the first error of a sweep, after all were tried.
    pub async fn resume(&self, audit: &Audit, id: &str, now: Timestamp) -> Result<usize, SweepError> {
        let (mut done, mut first_error) = (0, None);
        for (number, sweep) in self.store.sweeps().await?.iter().enumerate() {
            // An id of its own, because the writes of a request are counted from 0.
            let id = format!("{id}-{number}");
            let context = AuditContext::new(audit, sweep.by.clone(), &sweep.operation, id, now);
            match self.run(&context, sweep).await {
                Ok(()) => done += 1,
                Err(error) => {
                    let name = sweep.name.as_str();
                    tracing::error!(%error, name, "failed to sweep credentials name={name}");
                    first_error = first_error.or(Some(error));
                }
            }
        }
        first_error.map_or(Ok(done), Err)
    }

    /// Ends the route subscription of `dmr` and frees its queue. With `enrolled_at`, only if it belongs to that
    /// registration. Returns whether there was one. SNS first, then the table, so that a repetition finds what is left.
    ///
    /// # Errors
    /// When the table or SNS does not answer.
    pub async fn end_route_subscription(
        &self,
        audit: &AuditContext<'_>,
        dmr: &Name,
        enrolled_at: Option<Timestamp>,
    ) -> Result<bool, SweepError> {
        for _ in 0..ATTEMPTS {
            let Some(stored) = self.store.route_subscription(dmr).await? else { return Ok(false) };
            if enrolled_at.is_some_and(|enrolled_at| enrolled_at != stored.value.enrolled_at) {
                return Ok(false);
            }
            unsubscribe(&self.client, &stored.value.arn).await?;
            match self.store.delete_route_subscription(audit, dmr, &stored).await {
                Ok(()) => return Ok(true),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// Ends the SNS subscription `arn`. Succeeds if it has already ended or was never confirmed.
///
/// # Errors
/// When SNS does not answer.
pub async fn unsubscribe(client: &Client, arn: &str) -> Result<(), SweepError> {
    match client.unsubscribe().subscription_arn(arn).send().await {
        Ok(_) => Ok(()),
        Err(error) => match error.as_service_error() {
            Some(UnsubscribeError::NotFoundException(_) | UnsubscribeError::InvalidParameterException(_)) => Ok(()),
            _ => Err(SweepError::Sns(DisplayErrorContext(error).to_string())),
        },
    }
}
