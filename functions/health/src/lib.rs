//! The functions of the area `health`: shows health and policy, overrides a status, probes.

pub mod delete_control;
pub mod dry_run_policy;
pub mod get_chatbot_health;
pub mod get_health;
pub mod get_health_history;
pub mod get_metrics;
pub mod get_policy;
mod handout;
pub mod probe_chatbot;
pub mod probe_chatbots;
pub mod put_policy;
pub mod recount_chatbots;
pub mod schedule_probes;
pub mod set_control;
pub mod sweep_recovery;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "get-chatbot-health", main: run_operation::<get_chatbot_health::GetChatbotHealth> },
    Function { name: "get-health-history", main: run_operation::<get_health_history::GetHealthHistory> },
    Function { name: "get-health", main: run_operation::<get_health::GetHealth> },
    Function { name: "get-metrics", main: run_operation::<get_metrics::GetMetrics> },
    Function { name: "get-policy", main: run_operation::<get_policy::GetPolicy> },
    Function { name: "put-policy", main: run_operation::<put_policy::PutPolicy> },
    Function { name: "dry-run-policy", main: run_operation::<dry_run_policy::DryRunPolicy> },
    Function { name: "set-control", main: run_operation::<set_control::SetControl> },
    Function { name: "delete-control", main: run_operation::<delete_control::DeleteControl> },
    Function { name: "probe-chatbot", main: run_operation::<probe_chatbot::ProbeChatbot> },
    Function { name: "recount-chatbots", main: run_consumer::<recount_chatbots::RecountChatbots> },
    Function { name: "schedule-probes", main: run_consumer::<schedule_probes::ScheduleProbes> },
    Function { name: "sweep-recovery", main: run_consumer::<sweep_recovery::SweepRecovery> },
    Function { name: "probe-chatbots", main: run_consumer::<probe_chatbots::ProbeChatbots> },
];
