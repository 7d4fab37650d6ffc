//! Runs every minute: takes the steps of planned outages that are due. It reminds, starts, asks, ends, takes chatbots out
//! of routing and releases them, and writes further occurrences.
//!
//! A step is one conditional write with its event. What a step does before, such as taking chatbots out of routing, can be
//! repeated: a run that stops anywhere is continued by the next one.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{
    audit::Actor,
    chatbots::{Name, Status},
    health::Control,
    outages::{OutageId, PlannedOutage, Task, Window},
};
use centops_store::{
    Store, StoreError,
    audit::{Audit, AuditContext},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The name of the function, for the audit trail.
const NAME: &str = "advance-outages";
/// The most outages that one run advances in each shard, the longest due first. The next run goes on.
const MAX_DUE: usize = 100;
/// The most steps of one outage in a run.
const MAX_STEPS: usize = 20;
/// The most chatbots that are controlled at once.
const IN_FLIGHT: usize = 8;

/// The function.
#[derive(Debug)]
pub struct AdvanceOutages {
    store: Store,
    audit: Audit,
}

impl Consumer for AdvanceOutages {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, audit: setup.audit()? })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let advancing = Advancing { store: &self.store, audit: &self.audit, run: &invocation.id, clock: clock::now };
        let (steps, failed) = advancing.all().await?;
        if steps + failed > 0 {
            tracing::info!(steps, failed, "planned outages advanced steps={steps} failed={failed}");
        }
        Ok(())
    }
}

/// One run.
pub struct Advancing<'a, C> {
    /// The table.
    pub store: &'a Store,
    /// The audit trail.
    pub audit: &'a Audit,
    /// Identifies the run in the audit trail.
    pub run: &'a str,
    /// The clock.
    pub clock: C,
}

impl<C: Fn() -> Timestamp> Advancing<'_, C> {
    /// Takes every step that is due. Returns the numbers of steps and of outages that failed: one that fails holds up no
    /// other, and is due in the next run.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn all(&self) -> Result<(usize, usize), StoreError> {
        let (mut steps, mut failed) = (0, 0);
        for (institution, id) in self.store.due_outages((self.clock)(), MAX_DUE).await? {
            match self.outage(&institution, id).await {
                Ok(taken) => steps += taken,
                Err(error) => {
                    tracing::error!(%error, outage = %id, "failed to advance a planned outage outage={id}");
                    failed += 1;
                }
            }
        }
        Ok((steps, failed))
    }

    async fn outage(&self, institution: &Name, id: OutageId) -> Result<usize, StoreError> {
        for step in 0..MAX_STEPS {
            let now = (self.clock)();
            let read = match self.store.planned_outage_of(institution, id, now).await {
                // The index lags behind the table.
                Err(StoreError::NotFound) => return Ok(step),
                read => read?,
            };
            let still_out = match read.value.task(now) {
                Task::Wait(_) => return Ok(step),
                Task::Step => false,
                Task::Look(window) => self.is_out(institution, &window).await?,
                Task::TakeOut(window) => {
                    self.take_out(&read.value, &window, now).await?;
                    false
                }
                Task::Release(window) => {
                    self.release(institution, &window, now).await?;
                    false
                }
            };
            // None if another changed it: its step is decided again.
            self.store.advance_planned_outage(&read, still_out, now).await?;
        }
        Ok(MAX_STEPS)
    }

    /// Returns whether a chatbot of `window` is offline.
    async fn is_out(&self, institution: &Name, window: &Window) -> Result<bool, StoreError> {
        let chatbots = self.store.covered_chatbots(institution, &window.chatbots).await?;
        Ok(chatbots.iter().any(|chatbot| chatbot.status == Status::Offline))
    }

    /// Takes the chatbots of `window` out of routing until its end. A manual control of somebody else stays.
    async fn take_out(&self, outage: &PlannedOutage, window: &Window, now: Timestamp) -> Result<(), StoreError> {
        let control = Control::by_outage(outage.id, outage.reason.clone(), window.end, now);
        let until = control.until;
        let allows = |current: Option<&Control>| {
            current.is_none_or(|current| current.is_by_outage(window.outage) && current.until != until)
        };
        self.control(&outage.institution, window, Some(control), now, allows).await
    }

    /// Ends the manual controls by which the chatbots of `window` were taken out. They are probed at once.
    async fn release(&self, institution: &Name, window: &Window, now: Timestamp) -> Result<(), StoreError> {
        let allows = |current: Option<&Control>| current.is_some_and(|current| current.is_by_outage(window.outage));
        self.control(institution, window, None, now, allows).await
    }

    async fn control(
        &self,
        institution: &Name,
        window: &Window,
        control: Option<Control>,
        now: Timestamp,
        allows: impl Fn(Option<&Control>) -> bool + Copy,
    ) -> Result<(), StoreError> {
        let policies = self.store.policy().await?.value;
        let chatbots = self.store.covered_chatbots(institution, &window.chatbots).await?;
        let (control, policies) = (&control, &policies);
        let changes = stream::iter(&chatbots).map(|chatbot| async move {
            let request = format!("{}-{}-{}", self.run, window.outage, chatbot.name);
            let audit = AuditContext::new(self.audit, Actor::System(NAME.to_owned()), NAME, request, now);
            match self.store.set_control_if(&audit, &chatbot.name, control.clone(), policies, allows).await {
                // It is as it should be, or somebody else controls it, or it was removed.
                Ok(_) | Err(StoreError::Exists | StoreError::NotFound) => Ok(()),
                Err(error) => Err(error),
            }
        });
        changes.buffer_unordered(IN_FLIGHT).try_collect().await
    }
}
