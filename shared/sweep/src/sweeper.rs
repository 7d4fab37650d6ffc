//! The steps of a sweep.

use aws_sdk_sns::{Client, error::DisplayErrorContext, operation::unsubscribe::UnsubscribeError};
use centops_api::{FromSetup, Problem, Setup, StartError};
use centops_domain::{audit::Actor, chatbots::Name, credentials::Profile};
use centops_store::{
    Store, StoreError,
    audit::{Audit, AuditContext},
    credentials::{Sweep, SweepScope},
    routes::RouteSubscription,
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
        let subscription = audit.part(ROUTE_SUBSCRIPTION_PART);
        match sweep.scope {
            SweepScope::Enrolment => {
                self.store.sweep_credentials(audit, sweep).await?;
                if profile == Profile::Dmr {
                    self.end_route_subscription(&subscription, name, Some(enrolled_at)).await?;
                }
            }
            SweepScope::RouteSubscription { .. } => {
                self.end_unless_certified(&subscription, name, enrolled_at).await?;
            }
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

    /// Ends the route subscriptions of DMRs without a certificate that is valid at `now`, in the invocation `id` of the
    /// function `operation`. Returns the number of those that were ended. One that fails does not keep the others from
    /// their turn.
    ///
    /// An expired certificate causes no request and no event, so all subscriptions are checked: none is missed, however
    /// rarely this runs. An API key does not keep a subscription, because it is accepted only beside a certificate.
    ///
    /// # Errors
    /// When the subscriptions cannot be read, or the first error of a subscription, after all were tried.
    pub async fn end_uncertified_subscriptions(
        &self,
        audit: &Audit,
        operation: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<usize, SweepError> {
        let (mut ended, mut first_error) = (0, None);
        for (dmr, RouteSubscription { enrolled_at, .. }) in self.store.route_subscriptions().await? {
            // An id of its own, as for each sweep.
            let by = Actor::System(operation.to_owned());
            let context = AuditContext::new(audit, by, operation, format!("{id}-routes-{dmr}"), now);
            match self.end_unless_certified(&context, &dmr, enrolled_at).await {
                Ok(is_ended) => ended += usize::from(is_ended),
                Err(error) => {
                    tracing::error!(%error, %dmr, "failed to end the route subscription of DMR {dmr}");
                    first_error = first_error.or(Some(error));
                }
            }
        }
        first_error.map_or(Ok(ended), Err)
    }

    /// Ends the route subscription of the registration `enrolled_at` of `dmr`, unless a certificate of that registration
    /// is valid. Returns whether it was ended.
    async fn end_unless_certified(
        &self,
        audit: &AuditContext<'_>,
        dmr: &Name,
        enrolled_at: Timestamp,
    ) -> Result<bool, SweepError> {
        if self.store.has_valid_certificate(Profile::Dmr, dmr, enrolled_at, audit.now).await? {
            return Ok(false);
        }
        let is_ended = self.end_route_subscription(audit, dmr, Some(enrolled_at)).await?;
        if is_ended {
            tracing::info!(%dmr, "route subscription ended dmr={dmr} reason=no-valid-certificate");
        }
        Ok(is_ended)
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
