//! The rules of CentOps.
//!
//! Everything here is pure: times and dice are arguments, and no type of AWS or HTTP appears. A value
//! of one of these types has been checked; what cannot be checked by its type alone (uniqueness,
//! versions of items) is the store's.
//!
//! - enrolment: [`name`], [`uri`], [`contact`], [`chatbot`]
//! - who else takes part: [`institution`], [`peer`]
//! - onboarding: [`invitation`]
//! - routing: [`route`]
//! - health: [`report`] → [`observation`] → [`window`] → [`detector`] → [`circuit`], held together by
//!   [`health`] under a [`policy`]; [`engine`] decides what follows, within what [`network`] allows
//! - beside it: [`rhythm`] (silence), [`history`] (minutes), [`alerts`] (who is told how often), [`control`] (by hand)
//! - looking at it: [`view`], [`series`], [`replay`] (what another policy would have done)
//! - telling: [`event`], [`subscription`]; versions: [`release`]
//! - who may do what: [`caller`], [`certificate`], [`api_key`]; who did what: [`audit`]; where probes may go: [`address`]

pub mod address;
pub mod alerts;
pub mod api_key;
pub mod audit;
pub mod caller;
pub mod certificate;
pub mod chatbot;
pub mod circuit;
pub mod contact;
pub mod control;
pub mod detector;
pub mod dmr;
pub mod engine;
pub mod event;
pub mod health;
pub mod history;
pub mod institution;
pub mod invitation;
pub mod name;
pub mod network;
pub mod observation;
pub mod peer;
pub mod policy;
pub mod release;
pub mod replay;
pub mod report;
pub mod rhythm;
pub mod route;
pub mod series;
pub mod stamp;
pub mod subscription;
pub mod trial;
pub mod uri;
pub mod view;
pub mod window;
