//! Reports: the availability of an institution's chatbots, and what else its owners have to know; and the chatbots, DMRs
//! and addresses of which nothing was heard for long.
//!
//! Everything follows from what is stored ([`InstitutionFacts`], [`SilenceFacts`]). A [`Report`] has every form: a page, a
//! mail, CSV and JSON.

pub(crate) mod availability;
pub(crate) mod incidents;
pub(crate) mod period;
pub(crate) mod rendering;
pub(crate) mod report;
pub(crate) mod schedule;
pub(crate) mod silence;
pub(crate) mod spans;
pub(crate) mod timeline;

pub use self::{
    availability::{Availability, MONTHLY_PLANNED, Outages, Timeline, countable},
    incidents::{MAX_INCIDENTS, PeriodIncidents, ReportedIncident},
    period::{Bound, InvalidBound, InvalidPeriod, LONGEST, ReportPeriod},
    rendering::{csv::CsvError, html::STYLE, view::ReportView},
    report::{
        CERTIFICATES_AHEAD, ChatbotFacts, EndingCertificate, FailingSubscription, Figures, InstitutionFacts,
        MissingUpdate, PLANNED_AHEAD, PlannedOutage, Report, Row, Totals,
    },
    schedule::{Due, ReportKind, due, may_be_due, message_id, start_of_month},
    silence::{SILENCE, SilenceFacts, SilenceReport, SilentChatbot, SilentDmr, Unconfirmed},
    spans::{Period, Spans},
    timeline::{Change, StoredHistory},
};
