//! The API representation of an invitation.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    chatbots::{contact::Contact, name::Name},
    stamp::Stamp,
};
use crate::{
    credentials::csr::Csr,
    onboarding::{
        application::Proposal,
        invitation::{DeliveredCertificate, Invitation},
        invitation_id::InvitationId,
        status::{InvitationStatus, StatusChange},
    },
};

/// The reader of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Sees everything except the code.
    Staff,
    /// The applicant: sees neither who decided nor the recipient of the mail.
    Applicant,
}

/// The API representation of an invitation. It contains neither the code nor its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvitationView<'a> {
    id: InvitationId,
    institution: &'a Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a Contact>,
    status: InvitationStatus,
    until: Stamp,
    history: Vec<StatusChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<ApplicationView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a DeliveredCertificate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ApplicationView<'a> {
    chatbot: &'a Proposal,
    csr: &'a Csr,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

impl<'a> InvitationView<'a> {
    /// Returns the representation of `invitation` at `now` for `reader`.
    #[must_use]
    pub fn new(invitation: &'a Invitation, reader: Reader, now: Timestamp) -> Self {
        let staff = reader == Reader::Staff;
        let step = |step: &StatusChange| StatusChange { by: step.by.clone().filter(|_| staff), ..step.clone() };
        Self {
            id: invitation.id,
            institution: &invitation.institution,
            email: staff.then_some(&invitation.email),
            status: invitation.status(now),
            until: Stamp(invitation.until),
            history: invitation.history().iter().map(step).collect(),
            application: invitation.application().map(|application| ApplicationView {
                chatbot: &application.chatbot,
                csr: &application.csr,
                by: staff.then_some(application.by.as_str()),
            }),
            certificate: invitation.certificate(),
        }
    }
}

/// The next step of an applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// An administrator decides.
    AwaitDecision,
    /// The chatbot is enrolled: it needs its certificate, and is routed after its probes.
    InstallCertificate,
    /// The application was rejected: another one needs another invitation.
    RequestInvitation,
}

/// The API representation of an invitation in the list of its applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnInvitationView<'a> {
    id: InvitationId,
    institution: &'a Name,
    chatbot: &'a Name,
    status: InvitationStatus,
    submitted_at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    next_step: NextStep,
}

impl<'a> OwnInvitationView<'a> {
    /// Returns the representation of `invitation` for its applicant; `None` if nobody applied.
    #[must_use]
    pub fn new(invitation: &'a Invitation) -> Option<Self> {
        let application = invitation.application()?;
        // Its status depends on no time: an application does not expire.
        let status = invitation.status(Timestamp::MIN);
        let next_step = match status {
            InvitationStatus::Submitted => NextStep::AwaitDecision,
            InvitationStatus::Approved => NextStep::InstallCertificate,
            InvitationStatus::Rejected => NextStep::RequestInvitation,
            InvitationStatus::Invited | InvitationStatus::Expired | InvitationStatus::Withdrawn => return None,
        };
        let step = |wanted| invitation.history().iter().rfind(|step| step.status == wanted);
        let decision = step(status).filter(|_| status != InvitationStatus::Submitted);
        Some(Self {
            id: invitation.id,
            institution: &invitation.institution,
            chatbot: &application.chatbot.name,
            status,
            submitted_at: Stamp(step(InvitationStatus::Submitted)?.at),
            decided_at: decision.map(|step| Stamp(step.at)),
            reason: decision.and_then(|step| step.reason.as_deref()),
            next_step,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::serial::Serial;
    use crate::onboarding::invitation::tests::{application, code, day, invitation};

    #[test]
    fn applicant_sees_the_reason_but_not_the_decider() {
        let mut invitation = invitation();
        invitation.apply(&code().hash(), application("tax", "EE1"), day(1)).expect("applied");
        let reason = "Not yet.".to_owned().try_into().expect("a reason");
        invitation.reject(&reason, "EE9".into(), day(2)).expect("rejected");
        let shown = |reader| serde_json::to_value(InvitationView::new(&invitation, reader, day(3))).expect("json");
        let (staff, applicant) = (shown(Reader::Staff), shown(Reader::Applicant));
        assert_eq!(staff["history"][2]["by"], "EE9");
        assert_eq!((&staff["email"], &staff["application"]["by"]), (&"it@example.ee".into(), &"EE1".into()));
        assert_eq!(
            (&applicant["status"], &applicant["history"][2]["reason"]),
            (&"rejected".into(), &"Not yet.".into())
        );
        let text = applicant.to_string();
        for hidden in ["EE1", "EE9", "it@example.ee", &String::from(code().hash()), &code().reveal()] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(!staff.to_string().contains(&String::from(code().hash())));
    }

    #[test]
    fn applicant_learns_the_status_of_an_application_and_what_comes_next() {
        let mut invitation = invitation();
        let shown = |invitation: &Invitation| serde_json::to_value(OwnInvitationView::new(invitation)).expect("json");
        assert!(shown(&invitation).is_null(), "nobody applied");
        invitation.apply(&code().hash(), application("tax", "EE1"), day(1)).expect("applied");
        let submitted = serde_json::json!({
            "id": invitation.id, "institution": invitation.institution, "chatbot": "tax", "status": "submitted",
            "submittedAt": day(1), "nextStep": "await-decision",
        });
        assert_eq!(shown(&invitation), submitted);
        let mut approved = invitation.clone();
        let certificate = DeliveredCertificate { serial: Serial::new([1; 16]), not_after: day(90), pem: "pem".into() };
        approved.approve(certificate, "EE9".into(), day(2)).expect("approved");
        let approved = shown(&approved);
        assert_eq!((&approved["status"], &approved["nextStep"]), (&"approved".into(), &"install-certificate".into()));
        let reason = "Not yet.".to_owned().try_into().expect("a reason");
        invitation.reject(&reason, "EE9".into(), day(2)).expect("rejected");
        let rejected = shown(&invitation);
        assert_eq!(
            (&rejected["decidedAt"], &rejected["reason"], &rejected["nextStep"]),
            (&serde_json::json!(day(2)), &"Not yet.".into(), &"request-invitation".into())
        );
        for text in [approved.to_string(), rejected.to_string()] {
            assert!(!text.contains("EE9") && !text.contains("EE1"), "{text}");
        }
    }
}
