//! Ends what belongs to a removed holder of credentials: certificates, API keys, and the route subscription of a DMR.
//!
//! A removal stores a [sweep](centops_store::credentials::Sweep) in its own transaction. [`Sweeper::run`] carries it out,
//! step by step; each step may be repeated, and the sweep is deleted after the last one. So a sweep that ended early is
//! resumed by whoever finds it: the repeated request, or the scheduled function `check-credentials`. That function also
//! ends the route subscriptions of DMRs whose last certificate has expired.

mod sweeper;

pub use sweeper::{SweepError, Sweeper, unsubscribe};
