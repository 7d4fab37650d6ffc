//! Invitations: the state machine of the onboarding.
//!
//! ```text
//! invited ──apply──▶ submitted ──approve──▶ approved
//!    │                   └──────reject───▶ rejected
//!    ├──reject, mail not sent, too many wrong codes──▶ withdrawn
//!    └──time──▶ expired (not stored: it follows from `until` and the current time)
//! ```
//!
//! A [`Stage`] contains exactly the data of its state, so an approved invitation always has an application. The states
//! `approved`, `rejected`, `withdrawn` and `expired` are final.

use deranged::RangedU8;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    alerts::event::EventKind,
    chatbots::{
        chatbot::NewChatbot,
        contact::{self, Contact},
        name::Name,
    },
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

/// The validity of an invitation unless requested otherwise, in days.
pub const DEFAULT_VALIDITY_DAYS: u8 = 14;
/// The number of wrong codes that withdraws an invitation.
pub const MAX_WRONG_CODES: u8 = 10;
/// An invitation as an administrator requests it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The institution to be invited.
    pub institution: Name,
    /// The recipient of the invitation mail.
    #[serde(deserialize_with = "contact::deliverable")]
    pub email: Contact,
    /// The validity in days.
    #[serde(default, deserialize_with = "non_null")]
    pub days: Option<RangedU8<1, 60>>,
}

/// The certificate that an approval delivers to the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredCertificate {
    /// The serial number.
    pub serial: Serial,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The certificate in PEM.
    pub pem: String,
}

impl From<&IssuedCertificate> for DeliveredCertificate {
    fn from(issued: &IssuedCertificate) -> Self {
        Self { serial: issued.serial, not_after: issued.not_after, pem: issued.pem.clone() }
    }
}

/// The stored state of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Invited,
    Submitted(Application),
    Approved(Application, DeliveredCertificate),
    Rejected(Application),
    Withdrawn,
}

/// An invitation and its application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The id, which is the key.
    pub id: InvitationId,
    /// The invited institution.
    pub institution: Name,
    /// The recipient of the invitation mail.
    #[serde(deserialize_with = "contact::stored")]
    pub email: Contact,
    /// The end of the validity, exclusive.
    #[serde(with = "crate::stamp")]
    pub until: Timestamp,
    code: SecretHash,
    wrong_codes: u8,
    stage: Stage,
    history: Vec<StatusChange>,
}

impl Invitation {
    /// Returns the invitation `new`, created by `by` at `now`.
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

    /// Returns the status at `now`.
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

    /// Returns all status changes, oldest first.
    #[must_use]
    pub fn history(&self) -> &[StatusChange] {
        &self.history
    }

    /// Returns the time of the last status change.
    #[must_use]
    pub fn changed_at(&self) -> Timestamp {
        self.history.last().map_or(self.until, |step| step.at)
    }

    /// Returns the application, once it is submitted.
    #[must_use]
    pub fn application(&self) -> Option<&Application> {
        match &self.stage {
            Stage::Invited | Stage::Withdrawn => None,
            Stage::Submitted(application) | Stage::Approved(application, _) | Stage::Rejected(application) => {
                Some(application)
            }
        }
    }

    /// Returns the certificate, once the application is approved.
    #[must_use]
    pub fn certificate(&self) -> Option<&DeliveredCertificate> {
        if let Stage::Approved(_, certificate) = &self.stage { Some(certificate) } else { None }
    }

    /// Returns the chatbot to enrol, once the application is submitted.
    #[must_use]
    pub fn chatbot(&self) -> Option<NewChatbot> {
        let Proposal { name, uri, kind, contact, versions } = self.application()?.chatbot.clone();
        Some(NewChatbot { name, uri, kind, institution: self.institution.clone(), contact, versions })
    }

    /// Submits `application` with `code` at `now`. Submitting the same application again succeeds and changes nothing.
    ///
    /// # Errors
    /// [`TransitionError::WrongCode`]: the attempt is counted, and the last permitted one withdraws the invitation;
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

    /// Returns what [`Invitation::approve`] would return at `now`.
    ///
    /// # Errors
    /// The errors of [`Invitation::approve`].
    pub fn check_approval(&self, now: Timestamp) -> Result<Transition, TransitionError> {
        match self.status(now) {
            InvitationStatus::Submitted => Ok(Transition::Made),
            InvitationStatus::Approved => Ok(Transition::Repeated),
            InvitationStatus::Invited => Err(TransitionError::NotSubmitted),
            ended => Err(TransitionError::Ended(ended)),
        }
    }

    /// Approves the application with `certificate`, by `by` at `now`.
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

    /// Rejects the application, by `by` at `now`; withdraws the invitation if nobody has applied. Repeating it with
    /// the same reason succeeds and changes nothing.
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

    /// Withdraws the invitation at `now`, because its mail could not be sent.
    ///
    /// # Errors
    /// [`TransitionError::Closed`] unless it is open.
    pub fn withdraw_unsent(&mut self, now: Timestamp) -> Result<Transition, TransitionError> {
        match self.status(now) {
            InvitationStatus::Invited => {
                self.stage = Stage::Withdrawn;
                self.step(
                    InvitationStatus::Withdrawn,
                    now,
                    None,
                    Some("The invitation mail could not be sent.".to_owned()),
                );
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

/// Returns the event of the last status change.
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
