//! Health: detection of failing chatbots, and the decisions that follow from it.

pub(crate) mod cause;
pub(crate) mod circuit;
pub(crate) mod control;
pub(crate) mod day_summary;
pub(crate) mod detector;
pub(crate) mod dmr;
pub(crate) mod due;
pub mod engine;
pub(crate) mod flapping;
pub(crate) mod fold;
pub(crate) mod history;
pub(crate) mod network;
pub(crate) mod network_metrics;
pub(crate) mod observer;
pub(crate) mod policy;
mod policy_defaults;
pub(crate) mod policy_document;
pub(crate) mod probe_request;
pub(crate) mod probe_sequence;
pub(crate) mod relocation;
pub(crate) mod replay;
pub(crate) mod report_interval;
pub(crate) mod series;
pub(crate) mod standing;
pub(crate) mod state;
pub(crate) mod view;
pub(crate) mod window;

pub use self::{
    cause::{Cause, Check, CheckReason, Suppression, Witness},
    circuit::{Circuit, Lease, ProbeOutcome},
    control::{Author, Control, ControlMode, NewControl},
    day_summary::DaySummary,
    detector::{Detector, Evidence, Finding, next_score},
    dmr::{Dmr, DmrClient, DmrHealth, MAX_UNSETTLED, UnsettledBatches},
    due::{Due, Lane},
    engine::{DecisionContext, FoldResult, RaisedEvent},
    flapping::{FlapDamper, MAX_NOTIFICATIONS, NOTIFICATION_SPAN, Notify, SETTLED_AFTER},
    fold::{Batch, Delivery, FoldSummary},
    history::{Minute, Minutes},
    network::{Network, RoutingState, StateCounts},
    network_metrics::{DmrMetrics, NetworkMetrics},
    observer::ObserverState,
    policy::{
        CapPolicy, FailurePolicy, FastPolicy, InvalidPath, Judgement, OpenPolicy, Percent, Policy, Positive,
        ProbeMethod, ProbePath, ProbePolicy, Rate, RatePolicy, RecoveryPolicy, SilencePolicy, WindowPolicy,
    },
    policy_document::{InvalidPolicy, MAX_OVERRIDES, PolicyDocument, ProposedPolicy},
    probe_request::{ProbeRefusal, RequestedProbe},
    probe_sequence::{InvalidProbe, MAX_PROBE_SEQUENCE, PROBE_OVERHEAD, PROBER_RESERVE, ProbeSequence, ProbeStep},
    relocation::{AddressChange, Relocation},
    replay::{Trip, TripWitness, replay},
    report_interval::ReportInterval,
    series::{InvalidSpan, Latency, MAX_POINTS, Point, Span, series},
    standing::{CauseSummary, ControlSummary, Standing},
    state::{Health, MAX_OBSERVERS},
    view::HealthView,
    window::{Bucket, Counts, Window},
};
