//! Holds the health engine against a plain model of it.
//!
//! A [`history`] is what may happen to a few chatbots: who enrols and leaves, what is delivered and
//! delivered again, who probes, what an administrator decides, what crashes. [`random`] makes them up.
//! [`system`] plays one on the engine as the store does, [`plain`] on a model that keeps every
//! observation in a list and works everything out from it. [`play`] compares both after each step, and
//! [`invariants`] checks what must hold whatever the model says.

pub mod history;
pub mod invariants;
pub mod plain;
pub mod play;
pub mod random;
pub mod run;
pub mod store;
pub mod strategy;
pub mod system;
pub mod view;
