//! Onboarding: invitations, and what comes of them. Each step is one transaction with its event and its
//! audit record; the approval's enrols the chatbot and records its certificate too.

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    chatbots::Chatbot,
    credentials::{Certificate, IssuedCertificate, SecretHash},
    health::Network,
    onboarding::{
        Application, DeliveredCertificate, Invitation, InvitationId, InvitationStatus, InvitationView, Reader,
        Transition, TransitionError as NotTaken,
    },
    text::Reason,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    certificates::certificate_item,
    chatbots::enrolment,
    item::{self, Expect, Item},
    keys,
    revisions::Plan,
    transaction::{Refused, Transaction, expires},
};

/// How long an invitation is kept after its last step: as long as the audit of it.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The invitation does not allow it.
    #[error(transparent)]
    Refused(#[from] NotTaken),
    /// The chatbot's name is taken.
    #[error("the chatbot's name is taken")]
    NameTaken,
    /// The table's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct InvitationPage {
    /// The newest first. May be fewer than asked for, or none, while there is a next page.
    pub invitations: Vec<Invitation>,
    /// The one after which the next page starts; none on the last.
    pub next: Option<InvitationId>,
}

impl Store {
    /// Stores the new `invitation`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is one of its id.
    pub async fn invite(&self, act: &Act<'_>, invitation: Invitation) -> Result<Versioned<Invitation>, StoreError> {
        let new = Versioned { version: invitation.changed_at().as_millisecond(), value: invitation };
        let transaction = self.invitation_step(None, &new)?.audit(
            act,
            subject(&new.value),
            &(),
            &InvitationView::new(&new.value, Reader::Staff, act.now),
        )?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Exists))?;
        Ok(new)
    }

    /// The invitation `id`, strongly consistent. A read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, or it is not kept any more.
    pub async fn invitation(&self, id: &InvitationId, now: Timestamp) -> Result<Versioned<Invitation>, StoreError> {
        let item = self.get(keys::invitation(id)).await?.ok_or(StoreError::NotFound)?;
        // The table removes what has expired within days.
        if item::number_of::<i64>(&item, keys::EXPIRES)? <= now.as_second() {
            return Err(StoreError::NotFound);
        }
        item::from_json_item(&item, keys::DOCUMENT)
    }

    /// Up to `limit` invitations before `after`, the newest first, those of `status` where it is given. A read
    /// unit for each 4 KB read, filtered out or not.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn invitations(
        &self,
        status: Option<InvitationStatus>,
        after: Option<&InvitationId>,
        limit: i32,
        now: Timestamp,
    ) -> Result<InvitationPage, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", keys::text(keys::INVITATIONS))
            .expression_attribute_names("#expires", keys::EXPIRES)
            .expression_attribute_values(":second", keys::number(now.as_second()))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(after.map(keys::invitation));
        let mut filter = "#expires > :second".to_owned();
        if let Some(status) = status {
            let (stored, open) = match status {
                InvitationStatus::Invited => (status, " AND #until > :now"),
                InvitationStatus::Expired => (InvitationStatus::Invited, " AND #until <= :now"),
                _ => (status, ""),
            };
            filter = format!("{filter} AND #status = :status{open}");
            query = query
                .expression_attribute_names("#status", keys::STATUS)
                .expression_attribute_values(":status", keys::text(stored.as_str()));
            if !open.is_empty() {
                query = query
                    .expression_attribute_names("#until", keys::UNTIL)
                    .expression_attribute_values(":now", keys::number(now.as_millisecond()));
            }
        }
        let page = query.filter_expression(filter).send().await.map_err(|error| StoreError::unavailable(&error))?;
        let next = item::place_after(page.last_evaluated_key)?;
        let read = |item: &Item| Ok(item::from_json_item(item, keys::DOCUMENT)?.value);
        let invitations = page.items.unwrap_or_default().iter().map(read).collect::<Result<_, StoreError>>()?;
        Ok(InvitationPage { invitations, next })
    }

    /// Takes `application` for the invitation `id` of the bearer of `code`. A wrong code is counted before
    /// it is refused.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; why it is not taken; [`StepError::NameTaken`] by a chatbot that is enrolled,
    /// then the code can be used again.
    pub async fn apply(
        &self,
        act: &Act<'_>,
        id: &InvitationId,
        code: &SecretHash,
        application: &Application,
    ) -> Result<Versioned<Invitation>, StepError> {
        for _ in 0..ATTEMPTS {
            let old = self.invitation(id, act.now).await?;
            let mut next = old.value.clone();
            let taken = next.apply(code, application.clone(), act.now);
            if taken == Ok(Transition::Made) && self.get(keys::chatbot(&application.chatbot.name)).await?.is_some() {
                return Err(StepError::NameTaken);
            }
            match (self.save_invitation(act, &old, next).await, taken) {
                (Ok(next), Ok(_)) => return Ok(next),
                (Ok(_), Err(refused)) => return Err(refused.into()),
                (Err(refused), _) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Rejects the application of the invitation `id` for `reason` by `by`, or withdraws the invitation. With
    /// `expected` only while it has that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`]; why it is refused.
    pub async fn reject(
        &self,
        act: &Act<'_>,
        id: &InvitationId,
        expected: Option<i64>,
        reason: &Reason,
        by: &str,
    ) -> Result<Versioned<Invitation>, StepError> {
        self.change_invitation(act, id, expected, |invitation| invitation.reject(reason, by.to_owned(), act.now)).await
    }

    /// Withdraws the invitation `id`: its letter could not be sent.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; why it is refused.
    pub async fn withdraw_unsent(&self, act: &Act<'_>, id: &InvitationId) -> Result<Versioned<Invitation>, StepError> {
        self.change_invitation(act, id, None, |invitation| invitation.withdraw_unsent(act.now)).await
    }

    /// Approves `read` with the certificate `issued` for it, by `by`: enrols its chatbot as Unknown and records
    /// the certificate, all in one.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when `read` is not what is stored any more; [`StepError::NameTaken`]; why it is
    /// refused.
    pub async fn approve(
        &self,
        act: &Act<'_>,
        read: &Versioned<Invitation>,
        issued: &IssuedCertificate,
        by: &str,
    ) -> Result<Versioned<Invitation>, StepError> {
        let mut value = read.value.clone();
        if value.approve(DeliveredCertificate::from(issued), by.to_owned(), act.now)? == Transition::Repeated {
            return Ok(read.clone());
        }
        let next = Versioned { value, version: read.version + 1 };
        let new = next.value.chatbot().ok_or(NotTaken::NotSubmitted)?;
        let chatbot = Chatbot::enrol(new, act.now);
        for _ in 0..ATTEMPTS {
            let institution = match self.admission(&chatbot).await {
                Err(StoreError::Exists) => return Err(StepError::NameTaken),
                other => other?,
            };
            // The invitation comes first and the chatbot second: the places tell which condition failed.
            let plan = |network: &mut Network| {
                let step = self.invitation_step(Some(read.version), &next)?;
                let transaction = enrolment(step, &chatbot, institution.as_ref(), network)?;
                let certificate = certificate_item(&Certificate::new(issued, act.now), 1)?;
                let transaction = transaction.put(certificate, Expect::Absent)?.audit(
                    act,
                    subject(&next.value),
                    &InvitationView::new(&read.value, Reader::Staff, act.now),
                    &InvitationView::new(&next.value, Reader::Staff, act.now),
                )?;
                Ok(Plan { part: transaction.into_part(), route: None, outcome: () })
            };
            match self.revise(act.now, plan).await {
                Ok(()) => return Ok(next),
                Err(Refused::Condition(INVITATION, _)) => return Err(StoreError::Changed.into()),
                Err(Refused::Condition(CHATBOT, _)) => return Err(StepError::NameTaken),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    async fn change_invitation(
        &self,
        act: &Act<'_>,
        id: &InvitationId,
        expected: Option<i64>,
        change: impl Fn(&mut Invitation) -> Result<Transition, NotTaken>,
    ) -> Result<Versioned<Invitation>, StepError> {
        for _ in 0..ATTEMPTS {
            let old = self.invitation(id, act.now).await?;
            let mut next = old.value.clone();
            if change(&mut next)? == Transition::Repeated {
                return Ok(old);
            }
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed.into());
            }
            match self.save_invitation(act, &old, next).await {
                Ok(next) => return Ok(next),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Puts `next` in place of `old`: with its event and its record where it is a step, alone where it only
    /// counts a code, not at all where it is the same.
    async fn save_invitation(
        &self,
        act: &Act<'_>,
        old: &Versioned<Invitation>,
        next: Invitation,
    ) -> Result<Versioned<Invitation>, Refused> {
        if next == old.value {
            return Ok(old.clone());
        }
        let is_step = next.history().len() > old.value.history().len();
        let next = Versioned { value: next, version: old.version + 1 };
        if is_step {
            let transaction = self.invitation_step(Some(old.version), &next)?.audit(
                act,
                subject(&next.value),
                &InvitationView::new(&old.value, Reader::Staff, act.now),
                &InvitationView::new(&next.value, Reader::Staff, act.now),
            )?;
            transaction.commit().await?;
        } else {
            // Two wrong codes at once write the same count: one of them has to count again.
            self.put(invitation_item(&next)?, Expect::Version(old.version)).await?;
        }
        Ok(next)
    }

    /// The writes of a step: `next` in place of the version `old`, and its event.
    fn invitation_step(&self, old: Option<i64>, next: &Versioned<Invitation>) -> Result<Transaction<'_>, StoreError> {
        let fact = EventKind::from(&next.value);
        let id = format!("{}-{}", next.value.id, next.version);
        // Who is to act is told; the others read it when they want to.
        let quiet = !matches!(fact, EventKind::ApplicationSubmitted { .. });
        Transaction::of(self).put(invitation_item(next)?, old.map_or(Expect::Absent, Expect::Version))?.event(&Event {
            id,
            at: next.value.changed_at(),
            quiet,
            kind: fact,
        })
    }
}

/// The place of the invitation in the transaction of an approval.
const INVITATION: usize = 0;
/// The place of the chatbot: after the invitation and its event.
const CHATBOT: usize = 2;

fn subject(invitation: &Invitation) -> Subject {
    let chatbot = invitation.application().map(|application| application.chatbot.name.clone());
    Subject { chatbot, institution: Some(invitation.institution.clone()) }
}

fn invitation_item(invitation: &Versioned<Invitation>) -> Result<Item, StoreError> {
    let value = &invitation.value;
    let mut item = item::to_json_item(keys::invitation(&value.id), keys::DOCUMENT, invitation)?;
    // What is stored of an expired one is that it was invited.
    let status = value.status(Timestamp::MIN);
    item.insert(keys::STATUS.to_owned(), keys::text(status.as_str()));
    item.insert(keys::UNTIL.to_owned(), keys::number(value.until.as_millisecond()));
    item.insert(keys::EXPIRES.to_owned(), expires(value.changed_at(), KEPT));
    Ok(item)
}
