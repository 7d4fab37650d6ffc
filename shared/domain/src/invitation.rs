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

pub mod code;
pub mod letter;
pub mod view;

use std::{fmt, str::FromStr};

use deranged::RangedU8;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    certificate::{Days, Issued, Serial},
    chatbot::{ChatbotType, NewChatbot, Versions, given},
    contact::Contact,
    control::ControlReason,
    event::Fact,
    name::Name,
    stamp,
    uri::ChatbotUri,
};

use self::code::{Code, CodeHash};

/// How many days an invitation can be used, unless it says otherwise.
pub const USUAL_DAYS: u8 = 14;
/// So many wrong codes withdraw an invitation.
pub const MOST_WRONG_CODES: u8 = 10;
/// The most bytes of a certificate request.
pub const MAX_CSR_LENGTH: usize = 8192;

/// Names an invitation. Sorts by the time of the invitation, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(Uuid);

/// A text that is no [`InvitationId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an invitation: it is a UUID in lower case")]
pub struct InvalidId;

impl InvitationId {
    /// The id of an invitation at `now`, by ten random bytes: a UUID of version 7.
    #[must_use]
    pub fn new(now: Timestamp, dice: &[u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, dice).into_uuid())
    }
}

impl FromStr for InvitationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let id = text.parse().map(Self).map_err(|_| InvalidId)?;
        // One spelling only: the id is a key and part of a path.
        if id.to_string() == text { Ok(id) } else { Err(InvalidId) }
    }
}

impl fmt::Display for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Whom an administrator invites.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Whose chatbot it is to be.
    pub institution: Name,
    /// Where the letter goes.
    pub email: Contact,
    /// How long it can be used.
    #[serde(default, deserialize_with = "given")]
    pub days: Option<RangedU8<1, 60>>,
}

/// A certificate request in PEM, of at most [`MAX_CSR_LENGTH`] bytes. What is in it the authority checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Csr(String);

/// A text that is too long for a [`Csr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate request has at most {MAX_CSR_LENGTH} bytes")]
pub struct CsrTooLong;

impl Csr {
    /// The request as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Csr {
    type Error = CsrTooLong;

    fn try_from(text: String) -> Result<Self, CsrTooLong> {
        if text.len() <= MAX_CSR_LENGTH { Ok(Self(text)) } else { Err(CsrTooLong) }
    }
}

impl From<Csr> for String {
    fn from(csr: Csr) -> Self {
        csr.0
    }
}

/// The chatbot that an institution wants enrolled. Whose it is the invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The key.
    pub name: Name,
    /// Where DMRs would send messages.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The owner's e-mail address.
    pub contact: Contact,
    /// What it runs, where that is known.
    #[serde(default)]
    pub versions: Versions,
}

/// What the bearer of a code sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// From the letter.
    pub code: Code,
    /// The chatbot.
    pub chatbot: Proposal,
    /// The request for its certificate.
    pub csr: Csr,
}

/// What was applied for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The chatbot.
    pub chatbot: Proposal,
    /// The request for its certificate.
    pub csr: Csr,
    /// Who applied: the token's subject.
    pub by: String,
}

/// The certificate that an approval hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedOut {
    /// Its serial number, as the list of certificates has it.
    pub serial: Serial,
    /// When it ends.
    pub not_after: Timestamp,
    /// Itself.
    pub pem: String,
}

impl From<&Issued> for HandedOut {
    fn from(issued: &Issued) -> Self {
        Self { serial: issued.serial, not_after: issued.not_after, pem: issued.pem.clone() }
    }
}

/// What an administrator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The chatbot is enrolled, and its certificate holds so long.
    Approve(Days),
    /// It is not, and why.
    Reject(ControlReason),
}

/// A decision as an administrator sends it: approve, with the days of the certificate where they are not the
/// usual; or reject, with a reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    decision: Verdict,
    #[serde(default, deserialize_with = "given")]
    reason: Option<ControlReason>,
    #[serde(default, deserialize_with = "given")]
    days: Option<Days>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Approve,
    Reject,
}

/// A field that does not go with the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecision {
    /// A rejection without a reason.
    #[error("a rejection has a reason")]
    NoReason,
    /// An approval with a reason: nobody would read it.
    #[error("only a rejection has a reason")]
    Reason,
    /// A rejection with the days of a certificate.
    #[error("only an approval has days, those of the certificate")]
    Days,
}

impl TryFrom<NewDecision> for Decision {
    type Error = InvalidDecision;

    fn try_from(new: NewDecision) -> Result<Self, InvalidDecision> {
        match new {
            NewDecision { decision: Verdict::Approve, reason: None, days } => {
                Ok(Self::Approve(days.unwrap_or_default()))
            }
            NewDecision { decision: Verdict::Reject, reason: Some(reason), days: None } => Ok(Self::Reject(reason)),
            NewDecision { decision: Verdict::Approve, .. } => Err(InvalidDecision::Reason),
            NewDecision { reason: None, .. } => Err(InvalidDecision::NoReason),
            NewDecision { .. } => Err(InvalidDecision::Days),
        }
    }
}

/// How far an invitation has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Invited,
    Submitted(Application),
    Approved(Application, HandedOut),
    Rejected(Application),
    Withdrawn,
}

/// What is shown of a [`Stage`], and asked for in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has applied yet.
    Invited,
    /// Nobody applied in time.
    Expired,
    /// An administrator is to decide.
    Submitted,
    /// The chatbot is enrolled.
    Approved,
    /// It is not.
    Rejected,
    /// It ended before anybody applied.
    Withdrawn,
}

/// A text that is no [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a status of an invitation")]
pub struct UnknownStatus;

impl Status {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Expired => "expired",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let all = [Self::Invited, Self::Expired, Self::Submitted, Self::Approved, Self::Rejected, Self::Withdrawn];
        all.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One step that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where it led.
    pub status: Status,
    /// When.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// Who made it: the token's subject; none where it followed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, where it ended without a chatbot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a call did that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It made a step.
    Step,
    /// The very same was done before, and its answer may have been lost.
    Again,
}

/// Why a step is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The code is not that of the invitation. It was counted, where the invitation was still open.
    #[error("the code is not that of the invitation")]
    WrongCode,
    /// Somebody applied, or it has ended.
    #[error("the invitation cannot be used any more: it is {0}")]
    Closed(Status),
    /// Nobody has applied.
    #[error("nobody has applied yet")]
    NotSubmitted,
    /// It was decided, or has ended.
    #[error("the invitation has come to its end: it is {0}")]
    Ended(Status),
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
    code: CodeHash,
    wrong_codes: u8,
    stage: Stage,
    history: Vec<Step>,
}

impl Invitation {
    /// The invitation `new` by `by` at `now`.
    #[must_use]
    pub fn new(new: NewInvitation, id: InvitationId, code: CodeHash, by: String, now: Timestamp) -> Self {
        let now = stamp::milliseconds(now);
        let days = new.days.map_or(USUAL_DAYS, RangedU8::get);
        let step = Step { status: Status::Invited, at: now, by: Some(by), reason: None };
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
    pub fn status(&self, now: Timestamp) -> Status {
        match &self.stage {
            Stage::Invited if now >= self.until => Status::Expired,
            Stage::Invited => Status::Invited,
            Stage::Submitted(_) => Status::Submitted,
            Stage::Approved(..) => Status::Approved,
            Stage::Rejected(_) => Status::Rejected,
            Stage::Withdrawn => Status::Withdrawn,
        }
    }

    /// Each step, from the first to the last.
    #[must_use]
    pub fn history(&self) -> &[Step] {
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
    pub fn certificate(&self) -> Option<&HandedOut> {
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
    /// [`Refused::WrongCode`]: then it is counted, and the last that is bearable withdraws the invitation;
    /// [`Refused::Closed`].
    pub fn apply(&mut self, code: &CodeHash, application: Application, now: Timestamp) -> Result<Progress, Refused> {
        let status = self.status(now);
        let known = self.code.is(code);
        if known && self.application() == Some(&application) {
            return Ok(Progress::Again);
        }
        if status != Status::Invited {
            return Err(Refused::Closed(status));
        }
        if !known {
            self.wrong_codes += 1;
            if self.wrong_codes >= MOST_WRONG_CODES {
                self.stage = Stage::Withdrawn;
                self.step(Status::Withdrawn, now, None, Some("Too many wrong codes were tried.".to_owned()));
            }
            return Err(Refused::WrongCode);
        }
        let by = application.by.clone();
        self.stage = Stage::Submitted(application);
        self.step(Status::Submitted, now, Some(by), None);
        Ok(Progress::Step)
    }

    /// What [`Invitation::approve`] would do at `now`.
    ///
    /// # Errors
    /// As that.
    pub fn approval(&self, now: Timestamp) -> Result<Progress, Refused> {
        match self.status(now) {
            Status::Submitted => Ok(Progress::Step),
            Status::Approved => Ok(Progress::Again),
            Status::Invited => Err(Refused::NotSubmitted),
            ended => Err(Refused::Ended(ended)),
        }
    }

    /// Approves the application with `certificate` by `by` at `now`.
    ///
    /// # Errors
    /// [`Refused::NotSubmitted`], [`Refused::Ended`].
    pub fn approve(&mut self, certificate: HandedOut, by: String, now: Timestamp) -> Result<Progress, Refused> {
        match self.stage.clone() {
            Stage::Submitted(application) => {
                self.stage = Stage::Approved(application, certificate);
                self.step(Status::Approved, now, Some(by), None);
                Ok(Progress::Step)
            }
            _ => self.approval(now),
        }
    }

    /// Rejects the application by `by` at `now`, or withdraws the invitation where nobody applied yet. The
    /// same reason again changes nothing.
    ///
    /// # Errors
    /// [`Refused::Ended`].
    pub fn reject(&mut self, reason: &ControlReason, by: String, now: Timestamp) -> Result<Progress, Refused> {
        let (reason, status) = (reason.to_string(), self.status(now));
        let to = match (status, self.stage.clone()) {
            (Status::Invited, _) => {
                self.stage = Stage::Withdrawn;
                Status::Withdrawn
            }
            (_, Stage::Submitted(application)) => {
                self.stage = Stage::Rejected(application);
                Status::Rejected
            }
            (_, Stage::Rejected(_) | Stage::Withdrawn) if self.was_rejected_for(&reason) => return Ok(Progress::Again),
            _ => return Err(Refused::Ended(status)),
        };
        self.step(to, now, Some(by), Some(reason));
        Ok(Progress::Step)
    }

    /// Withdraws it at `now`, for its letter could not be sent.
    ///
    /// # Errors
    /// [`Refused::Closed`] when it is not open any more.
    pub fn withdraw_unsent(&mut self, now: Timestamp) -> Result<Progress, Refused> {
        match self.status(now) {
            Status::Invited => {
                self.stage = Stage::Withdrawn;
                self.step(Status::Withdrawn, now, None, Some("The letter could not be sent.".to_owned()));
                Ok(Progress::Step)
            }
            status => Err(Refused::Closed(status)),
        }
    }

    /// What the last step tells.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let (invitation, institution) = (self.id, self.institution.clone());
        match &self.stage {
            Stage::Invited => Fact::InvitationSent { invitation, institution },
            Stage::Withdrawn => Fact::InvitationWithdrawn { invitation, institution },
            Stage::Submitted(application) => {
                Fact::ApplicationSubmitted { invitation, institution, chatbot: application.chatbot.name.clone() }
            }
            Stage::Approved(application, _) => {
                Fact::ApplicationApproved { invitation, institution, chatbot: application.chatbot.name.clone() }
            }
            Stage::Rejected(application) => {
                Fact::ApplicationRejected { invitation, institution, chatbot: application.chatbot.name.clone() }
            }
        }
    }

    fn was_rejected_for(&self, reason: &str) -> bool {
        self.history.last().is_some_and(|step| step.by.is_some() && step.reason.as_deref() == Some(reason))
    }

    fn step(&mut self, status: Status, at: Timestamp, by: Option<String>, reason: Option<String>) {
        self.history.push(Step { status, at: stamp::milliseconds(at), by, reason });
    }
}

#[cfg(test)]
mod tests;
