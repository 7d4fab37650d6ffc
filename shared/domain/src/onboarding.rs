//! Onboarding: an institution is invited, applies with its chatbot, and is approved or rejected.

pub(crate) mod invitation;
pub(crate) mod invitation_id;
pub(crate) mod mail;
pub(crate) mod view;

pub use self::{
    invitation::{
        Application, DEFAULT_VALIDITY_DAYS, Decision, DeliveredCertificate, InvalidDecision, Invitation,
        InvitationStatus, MAX_WRONG_CODES, NewApplication, NewDecision, NewInvitation, Proposal, StatusChange,
        Transition, TransitionError, UnknownInvitationStatus,
    },
    invitation_id::{InvalidInvitationId, InvitationId},
    mail::{InvitationMail, invitation_mail},
    view::{InvitationView, Reader},
};
