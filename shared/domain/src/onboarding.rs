//! Onboarding: an institution is invited, applies with its chatbot, and is approved or rejected.

pub(crate) mod application;
pub(crate) mod decision;
pub(crate) mod invitation;
pub(crate) mod invitation_id;
pub(crate) mod mail;
pub(crate) mod status;
pub(crate) mod view;

pub use self::{
    application::{Application, NewApplication, NewProposal, Proposal},
    decision::{Decision, InvalidDecision, NewDecision},
    invitation::{DEFAULT_VALIDITY_DAYS, DeliveredCertificate, Invitation, MAX_WRONG_CODES, NewInvitation},
    invitation_id::{InvalidInvitationId, InvitationId},
    mail::{InvitationMail, invitation_mail},
    status::{InvitationStatus, StatusChange, Transition, TransitionError, UnknownInvitationStatus},
    view::{InvitationView, NextStep, OwnInvitationView, Reader},
};
