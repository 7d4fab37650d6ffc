//! Invitations as items, and the writes of a step.

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    onboarding::{Invitation, InvitationView, Reader},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys::{self, EventSubject},
    table::{self, Condition, Item, Transaction, expiry, number, text},
};

/// Retention of an invitation after its last step: the same as of its audit records.
const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Store {
    /// Returns the transaction of a step: the invitation `next` in place of `old`, its event, and once somebody applied the
    /// entry in the list of the applicant, which is kept as long as the invitation.
    pub(super) fn invitation_step(
        &self,
        old: Option<&Versioned<Invitation>>,
        next: &Versioned<Invitation>,
    ) -> Result<Transaction<'_>, StoreError> {
        let kind = EventKind::from(&next.value);
        let id = format!("{}-{}", next.value.id, next.version);
        // Only a submitted application alerts: it waits for a decision.
        let quiet = !matches!(kind, EventKind::ApplicationSubmitted { .. });
        let condition = old.map_or(Condition::Absent, |old| Condition::Version(old.version));
        let event = Event { id, at: next.value.changed_at(), quiet, kind };
        let transaction = self
            .transaction()
            .put(invitation_item(next)?, condition)?
            .event(EventSubject::Invitation(next.value.id), &event)?;
        match application_item(&next.value) {
            Some(item) => transaction.put(item, Condition::None),
            None => Ok(transaction),
        }
    }
}

impl Transaction<'_> {
    /// Adds the audit record of a step from `old` to `next`.
    pub(super) fn audit_step(
        self,
        audit: &AuditContext<'_>,
        old: Option<&Versioned<Invitation>>,
        next: &Versioned<Invitation>,
    ) -> Result<Self, StoreError> {
        let view = |invitation| InvitationView::new(invitation, Reader::Staff, audit.now);
        let before = old.map(|old| view(&old.value));
        self.audit(audit, subject_of(&next.value), &before, &view(&next.value))
    }
}

/// Returns the subject of an audit record about `invitation`.
fn subject_of(invitation: &Invitation) -> Subject {
    let chatbot = invitation.application().map(|application| application.chatbot.name.clone());
    Subject { chatbot, institution: Some(invitation.institution.clone()) }
}

/// Returns the item of `invitation`.
pub(super) fn invitation_item(invitation: &Versioned<Invitation>) -> Result<Item, StoreError> {
    let value = &invitation.value;
    let mut item = table::to_json_item(keys::invitation(&value.id), attributes::DOCUMENT, invitation)?;
    // An expired invitation is stored as invited: expiry depends on the time of the read.
    let status = value.status(Timestamp::MIN);
    item.insert(attributes::STATUS.to_owned(), text(status.as_str()));
    item.insert(attributes::UNTIL.to_owned(), number(value.until.as_millisecond()));
    item.insert(attributes::EXPIRES.to_owned(), expiry(value.changed_at(), RETENTION));
    Ok(item)
}

/// Returns the entry of `invitation` in the list of its applicant; `None` before the first application.
fn application_item(invitation: &Invitation) -> Option<Item> {
    let mut item = keys::application(&invitation.application()?.by, &invitation.id);
    item.insert(attributes::EXPIRES.to_owned(), expiry(invitation.changed_at(), RETENTION));
    Some(item)
}
