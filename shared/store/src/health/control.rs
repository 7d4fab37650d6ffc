//! Manual control of chatbots.

use centops_domain::{
    chatbots::Name,
    health::{Control, DecisionContext, Health, Network, PolicyDocument, engine},
    stamp,
};

use super::change::Circumstances;
use crate::{Store, StoreError, audit::AuditContext};

impl Store {
    /// Sets the manual control of the chatbot `name`; `None` ends it. Returns the health after it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist.
    pub async fn set_control(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        control: Option<Control>,
        policies: &PolicyDocument,
    ) -> Result<Health, StoreError> {
        self.set_control_if(audit, name, control, policies, |_| true).await
    }

    /// Sets the manual control like [`Store::set_control`], if `allows` returns true for the current control. A control
    /// that has ended does not count.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist; [`StoreError::Exists`] if `allows` returns false.
    pub async fn set_control_if(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        control: Option<Control>,
        policies: &PolicyDocument,
        allows: impl Fn(Option<&Control>) -> bool,
    ) -> Result<Health, StoreError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(audit.now));
        let step = |context: &DecisionContext, health: &mut Health, network: &mut Network| {
            if !allows(health.control().filter(|control| !control.has_ended(now))) {
                return Err(StoreError::Exists);
            }
            let events = match &control {
                Some(control) => engine::set_control(context, health, network, control.clone()),
                None => engine::end_control(context, health),
            };
            Ok(((), events))
        };
        let circumstances = Circumstances { policy, now, jitter: 0.0 };
        self.change_health(Some(audit), name, None, circumstances, step).await.map(|((), health)| health)
    }
}
