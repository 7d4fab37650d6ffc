//! Evaluation of the analysis of incidents on generated data, where the right answer is known.

pub mod actions;
pub mod causes;
mod network;
mod storm;
mod world;

pub use self::{
    storm::{Cause, Storm, StormKind, storm},
    world::{Generated, World, incidents},
};
