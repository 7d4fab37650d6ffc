//! Chatbots that come back.

use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, ChatbotUri, Name, Status},
    health::{AddressChange, Control, DecisionContext, Health, Network, Policy, Standing, engine},
    stamp,
};
use serde::Serialize;

use crate::{
    ATTEMPTS, Store, StoreError,
    audit::AuditContext,
    chatbots::{chatbot_item, health_item, health_of},
    keys,
    table::{self, Condition, first_version},
};

/// A chatbot that came back, or would come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoredChatbot {
    /// The name.
    pub name: Name,
    /// The status that it has then.
    pub status: Status,
    /// True if probes decide about its status or its address.
    pub probed: bool,
}

/// The change of a chatbot's manual control since the copy was made.
#[derive(Clone, Debug)]
pub(super) enum ControlSince {
    /// Nothing.
    Unchanged,
    /// It was set.
    Set(Control),
    /// It was ended.
    Ended,
}

impl ControlSince {
    /// Returns what `last` says: none without a record, and none within for a control that was ended.
    pub(super) fn of(last: Option<&Option<Control>>) -> Self {
        match last {
            None => Self::Unchanged,
            Some(None) => Self::Ended,
            Some(Some(control)) => Self::Set(control.clone()),
        }
    }
}

/// A chatbot as the copy and the audit trail have it.
#[derive(Clone, Debug)]
pub(super) struct LostChatbot {
    chatbot: Chatbot,
    /// The health of the same enrolment; `None` for a new one, which decides by its probes.
    health: Option<Health>,
    /// The address that it is to have. It is that of `chatbot`, unless somebody changed it since the copy was made: the trail
    /// has the wish, and not whether its probes allowed it.
    address: ChatbotUri,
    control: ControlSince,
}

/// A chatbot that comes back, and its health.
pub(super) struct SettledChatbot {
    chatbot: Chatbot,
    health: Health,
}

impl LostChatbot {
    /// Returns the chatbot `last` of the trail, or `copied` if it did not change since.
    pub(super) fn new(
        copied: Option<(Chatbot, Option<Health>)>,
        last: Option<Chatbot>,
        control: ControlSince,
    ) -> Option<Self> {
        let (copied, health) = copied.map_or((None, None), |(chatbot, health)| (Some(chatbot), health));
        let Some(last) = last else {
            let chatbot = copied?;
            return Some(Self { address: wanted_address(&chatbot), chatbot, health, control });
        };
        let is_same = copied.is_some_and(|copied| copied.created_at == last.created_at);
        let control = match control {
            // Of an earlier chatbot of the name.
            ControlSince::Set(set) if set.since < last.created_at => ControlSince::Unchanged,
            control => control,
        };
        Some(Self { address: wanted_address(&last), chatbot: last, health: health.filter(|_| is_same), control })
    }

    /// Returns the chatbot and its health as they are stored: the status follows from the health.
    pub(super) fn settled(self, policy: &Policy, audit: &AuditContext<'_>) -> SettledChatbot {
        let Self { mut chatbot, health, address, control } = self;
        let now = stamp::milliseconds(audit.now);
        let mut health = health.unwrap_or_else(|| Health::new(chatbot.created_at));
        let is_pending = health.relocation().is_some_and(|relocation| *relocation.uri() == address);
        if !is_pending {
            chatbot = match engine::change_address(&mut health, &chatbot.uri, &address, policy, now) {
                AddressChange::Pending => Chatbot { pending_uri: Some(address), ..chatbot },
                AddressChange::AtOnce | AddressChange::Unchanged => {
                    Chatbot { uri: address, pending_uri: None, ..chatbot }
                }
            };
        }
        let context = DecisionContext { name: &chatbot.name, kind: chatbot.kind, policy, now, jitter: 0.0 };
        match control {
            ControlSince::Unchanged => {}
            ControlSince::Ended => drop(engine::end_control(&context, &mut health)),
            // The counts are counted again at the end, and nobody is told again.
            ControlSince::Set(control) => {
                drop(engine::set_control(&context, &mut health, &mut Network::default(), control));
            }
        }
        let status = health.routing_state().status();
        let chatbot = if chatbot.status == status { chatbot } else { chatbot.with_status(status, now) };
        SettledChatbot { chatbot: Chatbot { standing: Standing::of(&health), ..chatbot }, health }
    }
}

fn wanted_address(chatbot: &Chatbot) -> ChatbotUri {
    chatbot.pending_uri.clone().unwrap_or_else(|| chatbot.uri.clone())
}

impl SettledChatbot {
    /// Returns what the operator is told of it.
    pub(super) fn view(&self) -> RestoredChatbot {
        let Self { chatbot: Chatbot { name, status, .. }, health } = self;
        RestoredChatbot { name: name.clone(), status: *status, probed: health.awaits_probes() }
    }
}

impl Store {
    /// Puts `lost`, or the part of it that the table lacks, and returns it; `None` if the table has all of it.
    ///
    /// Neither the counts nor the change log are written: [`Store::finish_restore`] does it once for all.
    pub(super) async fn restore_chatbot(
        &self,
        audit: &AuditContext<'_>,
        lost: &LostChatbot,
        policy: &Policy,
    ) -> Result<Option<RestoredChatbot>, StoreError> {
        let name = &lost.chatbot.name;
        for _ in 0..ATTEMPTS {
            let (chatbot, health) =
                tokio::try_join!(self.table.get(keys::chatbot(name)), self.table.get(keys::health(name)))?;
            if chatbot.is_some() && health.is_some() {
                return Ok(None);
            }
            let stored = chatbot.map(table::from_versioned_item::<Chatbot>).transpose()?;
            let kept = health.as_ref().map(health_of).transpose()?;
            let known = match (&stored, &kept) {
                // Only the health is lost.
                (Some(stored), _) => LostChatbot {
                    address: wanted_address(&stored.value),
                    chatbot: stored.value.clone(),
                    ..lost.clone()
                },
                // It is newer than the copy, and knows the control and the address.
                (None, Some(kept)) => {
                    LostChatbot { health: Some(kept.value.clone()), control: ControlSince::Unchanged, ..lost.clone() }
                }
                (None, None) => lost.clone(),
            };
            let settled = known.settled(policy, audit);
            let SettledChatbot { chatbot, health } = &settled;
            let first = first_version(audit.now);
            let at = |stored: Option<i64>| match stored {
                Some(version) => (version + 1, Condition::Version(version)),
                None => (first, Condition::Absent),
            };
            let (chatbot_version, chatbot_condition) = at(stored.map(|stored| stored.version));
            let (health_version, health_condition) = at(kept.map(|kept| kept.version));
            let transaction = self
                .transaction()
                .put(chatbot_item(chatbot, chatbot_version)?, chatbot_condition)?
                .put(health_item(name, health, health_version, policy)?, health_condition)?
                .audit(audit, Subject::from(chatbot), &(), chatbot)?;
            match transaction.commit().await {
                Ok(()) => return Ok(Some(settled.view())),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }
}
