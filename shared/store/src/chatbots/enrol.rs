//! Enrolment of chatbots.

use centops_domain::{
    audit::Subject,
    chatbots::Chatbot,
    health::{Health, Network, Policy},
    institutions::Institution,
};

use super::state::{chatbot_item, health_item};
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::AuditContext,
    commit::Plan,
    keys,
    table::{Condition, Transaction, WriteError, first_version},
};

impl Store {
    /// Enrols `chatbot`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if the name is taken.
    pub async fn create_chatbot(
        &self,
        audit: &AuditContext<'_>,
        chatbot: Chatbot,
    ) -> Result<Versioned<Chatbot>, StoreError> {
        let new = Versioned { version: first_version(chatbot.created_at), value: chatbot };
        for _ in 0..ATTEMPTS {
            let institution = self.check_enrolment(&new.value).await?;
            let plan = |network: &mut Network| {
                let transaction = add_enrolment(self.transaction(), &new, institution.as_ref(), network)?;
                let transaction = transaction.audit(audit, Subject::from(&new.value), &(), &new.value)?;
                Ok(Plan { transaction, route: None, outcome: () })
            };
            match self.commit(audit.now, plan).await {
                Ok(()) => return Ok(new),
                Err(WriteError::Condition { position: 0, .. }) => return Err(StoreError::Exists),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Checks that no peer has the name of `chatbot`. Returns the record of its institution, if there is one, for
    /// [`add_enrolment`].
    ///
    /// # Errors
    /// [`StoreError::Exists`] if a peer has the name.
    pub(crate) async fn check_enrolment(
        &self,
        chatbot: &Chatbot,
    ) -> Result<Option<Versioned<Institution>>, StoreError> {
        let (peer, institution) =
            tokio::try_join!(self.table.get(keys::peer(&chatbot.name)), self.find_institution(&chatbot.institution))?;
        if peer.is_some() { Err(StoreError::Exists) } else { Ok(institution) }
    }
}

/// Adds the enrolment of `new` to `transaction`: the chatbot, on the condition that its name is free, its health,
/// its `institution`, and its count in `network`. The chatbot is the first of these writes.
pub(crate) fn add_enrolment<'a>(
    transaction: Transaction<'a>,
    new: &Versioned<Chatbot>,
    institution: Option<&Versioned<Institution>>,
    network: &mut Network,
) -> Result<Transaction<'a>, StoreError> {
    let (chatbot, version) = (&new.value, new.version);
    let health = Health::new(chatbot.created_at);
    network.record_transition(chatbot.kind, None, Some(health.routing_state()));
    transaction
        .put(chatbot_item(chatbot, version)?, Condition::Absent)?
        .put(health_item(&chatbot.name, &health, version, &Policy::default())?, Condition::None)?
        .absent(keys::peer(&chatbot.name))?
        .join_institution(institution)
}
