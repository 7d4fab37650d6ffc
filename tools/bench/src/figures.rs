//! The figures, one module for each part of `make bench`. Each module has its bars.

pub mod changes;
pub mod command_line;
pub mod histories;
pub mod outage;
pub mod polls;
pub mod probes;
pub mod scale;
pub mod sizes;
pub mod starts;
pub mod storm;
pub mod tls;
pub mod warm;
