//! Tests of the area, on a table on dynoxide.

mod capacity;
mod outages;
