//! Differential test of the health engine against a reference model.
//!
//! A [`history`] is a sequence of steps about a few chatbots: enrolments and removals, deliveries and redeliveries,
//! probes, manual controls, and faults. [`random`] generates histories. [`system`] runs a history on the engine, as
//! the store does; [`mod@reference`] runs it on a model that keeps every observation in a list and computes everything
//! from it. [`differential`] compares both after each step, and [`invariants`] checks rules that hold regardless of
//! the model.
//!
//! [`rollouts`] has the proofs about rollouts.
//!
//! [`incidents`] evaluates the analysis of incidents on generated ones.

pub mod differential;
pub mod history;
pub mod incidents;
pub mod invariants;
pub mod random;
pub mod reference;
pub mod rollouts;
pub mod run;
pub mod store;
pub mod strategy;
pub mod system;
pub mod view;
