//! Onboarding: an institution is invited, applies with its chatbot, and is approved or rejected.
//!
//! ```text
//! invited ──apply──▶ submitted ──approve──▶ approved
//!    │                   └──────reject───▶ rejected
//!    ├──reject, an unsent letter, too many wrong codes──▶ withdrawn
//!    └──time──▶ expired (nothing is written: it follows from `until` and the time that is given)
//! ```
//!
//! A [`Stage`] has what it needs and no more: nothing is approved that was not submitted, for the
//! application is part of it. There is no step out of `approved`, `rejected`, `withdrawn` and `expired`.

use deranged::RangedU8;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    alerts::event::EventKind,
    chatbots::{chatbot::NewChatbot, contact::Contact, name::Name},
    credentials::{certificate::IssuedCertificate, secret::SecretHash, serial::Serial},
    json::non_null,
    onboarding::{
        application::{Application, Proposal},
        invitation_id::InvitationId,
        status::{InvitationStatus, StatusChange, Transition, TransitionError},
    },
    stamp,
    text::Reason,
};

/// How many days an invitation can be used, unless it says otherwise.
pub const DEFAULT_VALIDITY_DAYS: u8 = 14;
/// So many wrong codes withdraw an invitation.
pub const MAX_WRONG_CODES: u8 = 10;
/// Whom an administrator invites.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Whose chatbot it is to be.
    pub institution: Name,
    /// Where the letter goes.
    pub email: Contact,
    /// How long it can be used.
    #[serde(default, deserialize_with = "non_null")]
    pub days: Option<RangedU8<1, 60>>,
}

/// The certificate that an approval hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredCertificate {
    /// Its serial number, as the list of certificates has it.
    pub serial: Serial,
    /// When it ends.
    pub not_after: Timestamp,
    /// Itself.
    pub pem: String,
}

impl From<&IssuedCertificate> for DeliveredCertificate {
    fn from(issued: &IssuedCertificate) -> Self {
        Self { serial: issued.serial, not_after: issued.not_after, pem: issued.pem.clone() }
    }
}

/// How far an invitation has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Invited,
    Submitted(Application),
    Approved(Application, DeliveredCertificate),
    Rejected(Application),
    Withdrawn,
}

/// An invitation and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The key.
    pub id: InvitationId,
    /// Whose chatbot it is to be.
    pub institution: Name,
    /// Where the letter went.
    pub email: Contact,
    /// Until when it can be used; at this time it cannot.
    #[serde(with = "crate::stamp")]
    pub until: Timestamp,
    code: SecretHash,
    wrong_codes: u8,
    stage: Stage,
    history: Vec<StatusChange>,
}

impl Invitation {
    /// The invitation `new` by `by` at `now`.
    #[must_use]
    pub fn new(new: NewInvitation, id: InvitationId, code: SecretHash, by: String, now: Timestamp) -> Self {
        let now = stamp::milliseconds(now);
        let days = new.days.map_or(DEFAULT_VALIDITY_DAYS, RangedU8::get);
        let step = StatusChange { status: InvitationStatus::Invited, at: now, by: Some(by), reason: None };
        Self {
            id,
            institution: new.institution,
            email: new.email,
            until: now + SignedDuration::from_hours(24 * i64::from(days)),
            code,
            wrong_codes: 0,
            stage: Stage::Invited,
            history: vec![step],
        }
    }

    /// How far it has come at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> InvitationStatus {
        match &self.stage {
            Stage::Invited if now >= self.until => InvitationStatus::Expired,
            Stage::Invited => InvitationStatus::Invited,
            Stage::Submitted(_) => InvitationStatus::Submitted,
            Stage::Approved(..) => InvitationStatus::Approved,
            Stage::Rejected(_) => InvitationStatus::Rejected,
            Stage::Withdrawn => InvitationStatus::Withdrawn,
        }
    }

    /// Each step, from the first to the last.
    #[must_use]
    pub fn history(&self) -> &[StatusChange] {
        &self.history
    }

    /// When the last step was made.
    #[must_use]
    pub fn changed_at(&self) -> Timestamp {
        self.history.last().map_or(self.until, |step| step.at)
    }

    /// What was applied for, once somebody did.
    #[must_use]
    pub fn application(&self) -> Option<&Application> {
        match &self.stage {
            Stage::Invited | Stage::Withdrawn => None,
            Stage::Submitted(application) | Stage::Approved(application, _) | Stage::Rejected(application) => {
                Some(application)
            }
        }
    }

    /// The certificate, once it is approved.
    #[must_use]
    pub fn certificate(&self) -> Option<&DeliveredCertificate> {
        if let Stage::Approved(_, certificate) = &self.stage { Some(certificate) } else { None }
    }

    /// The chatbot to be enrolled, once somebody applied.
    #[must_use]
    pub fn chatbot(&self) -> Option<NewChatbot> {
        let Proposal { name, uri, kind, contact, versions } = self.application()?.chatbot.clone();
        Some(NewChatbot { name, uri, kind, institution: self.institution.clone(), contact, versions })
    }

    /// Takes `application` of the bearer of `code` at `now`. Whoever sends the same again is told the same.
    ///
    /// # Errors
    /// [`TransitionError::WrongCode`]: then it is counted, and the last that is bearable withdraws the invitation;
    /// [`TransitionError::Closed`].
    pub fn apply(
        &mut self,
        code: &SecretHash,
        application: Application,
        now: Timestamp,
    ) -> Result<Transition, TransitionError> {
        let status = self.status(now);
        let known = self.code.matches(code);
        if known && self.application() == Some(&application) {
            return Ok(Transition::Repeated);
        }
        if status != InvitationStatus::Invited {
            return Err(TransitionError::Closed(status));
        }
        if !known {
            self.wrong_codes += 1;
            if self.wrong_codes >= MAX_WRONG_CODES {
                self.stage = Stage::Withdrawn;
                self.step(InvitationStatus::Withdrawn, now, None, Some("Too many wrong codes were tried.".to_owned()));
            }
            return Err(TransitionError::WrongCode);
        }
        let by = application.by.clone();
        self.stage = Stage::Submitted(application);
        self.step(InvitationStatus::Submitted, now, Some(by), None);
        Ok(Transition::Made)
    }

    /// What [`Invitation::approve`] would do at `now`.
    ///
    /// # Errors
    /// As that.
    pub fn check_approval(&self, now: Timestamp) -> Result<Transition, TransitionError> {
        match self.status(now) {
            InvitationStatus::Submitted => Ok(Transition::Made),
            InvitationStatus::Approved => Ok(Transition::Repeated),
            InvitationStatus::Invited => Err(TransitionError::NotSubmitted),
            ended => Err(TransitionError::Ended(ended)),
        }
    }

    /// Approves the application with `certificate` by `by` at `now`.
    ///
    /// # Errors
    /// [`TransitionError::NotSubmitted`], [`TransitionError::Ended`].
    pub fn approve(
        &mut self,
        certificate: DeliveredCertificate,
        by: String,
        now: Timestamp,
    ) -> Result<Transition, TransitionError> {
        match self.stage.clone() {
            Stage::Submitted(application) => {
                self.stage = Stage::Approved(application, certificate);
                self.step(InvitationStatus::Approved, now, Some(by), None);
                Ok(Transition::Made)
            }
            _ => self.check_approval(now),
        }
    }

    /// Rejects the application by `by` at `now`, or withdraws the invitation where nobody applied yet. The
    /// same reason again changes nothing.
    ///
    /// # Errors
    /// [`TransitionError::Ended`].
    pub fn reject(&mut self, reason: &Reason, by: String, now: Timestamp) -> Result<Transition, TransitionError> {
        let (reason, status) = (reason.to_string(), self.status(now));
        let to = match (status, self.stage.clone()) {
            (InvitationStatus::Invited, _) => {
                self.stage = Stage::Withdrawn;
                InvitationStatus::Withdrawn
            }
            (_, Stage::Submitted(application)) => {
                self.stage = Stage::Rejected(application);
                InvitationStatus::Rejected
            }
            (_, Stage::Rejected(_) | Stage::Withdrawn) if self.was_rejected_for(&reason) => {
                return Ok(Transition::Repeated);
            }
            _ => return Err(TransitionError::Ended(status)),
        };
        self.step(to, now, Some(by), Some(reason));
        Ok(Transition::Made)
    }

    /// Withdraws it at `now`, for its letter could not be sent.
    ///
    /// # Errors
    /// [`TransitionError::Closed`] when it is not open any more.
    pub fn withdraw_unsent(&mut self, now: Timestamp) -> Result<Transition, TransitionError> {
        match self.status(now) {
            InvitationStatus::Invited => {
                self.stage = Stage::Withdrawn;
                self.step(InvitationStatus::Withdrawn, now, None, Some("The letter could not be sent.".to_owned()));
                Ok(Transition::Made)
            }
            status => Err(TransitionError::Closed(status)),
        }
    }

    fn was_rejected_for(&self, reason: &str) -> bool {
        self.history.last().is_some_and(|step| step.by.is_some() && step.reason.as_deref() == Some(reason))
    }

    fn step(&mut self, status: InvitationStatus, at: Timestamp, by: Option<String>, reason: Option<String>) {
        self.history.push(StatusChange { status, at: stamp::milliseconds(at), by, reason });
    }
}

/// The event of the last status change.
impl From<&Invitation> for EventKind {
    fn from(invitation: &Invitation) -> Self {
        let (id, institution) = (invitation.id, invitation.institution.clone());
        match &invitation.stage {
            Stage::Invited => Self::InvitationSent { invitation: id, institution },
            Stage::Withdrawn => Self::InvitationWithdrawn { invitation: id, institution },
            Stage::Submitted(application) => {
                let chatbot = application.chatbot.name.clone();
                Self::ApplicationSubmitted { invitation: id, institution, chatbot }
            }
            Stage::Approved(application, _) => {
                let chatbot = application.chatbot.name.clone();
                Self::ApplicationApproved { invitation: id, institution, chatbot }
            }
            Stage::Rejected(application) => {
                let chatbot = application.chatbot.name.clone();
                Self::ApplicationRejected { invitation: id, institution, chatbot }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
