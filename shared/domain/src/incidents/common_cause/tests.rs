//! Cases with right answers, the edges of the rule, and properties.

mod cases;
mod edges;
mod properties;
mod world;
