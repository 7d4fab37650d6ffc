//! Proofs about rollouts: the tables of the stop rule with their rates of error, all interleavings of a small network, and
//! simulated networks.

pub mod fleet;
pub mod history;
pub mod network;
pub mod search;
pub mod stop_rule;
