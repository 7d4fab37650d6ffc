//! The functions of the area `alerts`: subscriptions and announcements.

pub mod announce;
pub mod create_subscription;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-subscription", main: run_operation::<create_subscription::CreateSubscription> },
    Function { name: "announce", main: run_consumer::<announce::Announce> },
];
