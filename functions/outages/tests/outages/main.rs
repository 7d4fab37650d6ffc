//! Planned outages in simulated time on a real table (dynoxide), through the real functions.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod advance;
mod life;
mod world;
