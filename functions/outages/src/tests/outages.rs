//! Planned outages in simulated time on a real table (dynoxide), through the real functions.

mod advance;
mod life;
mod world;
