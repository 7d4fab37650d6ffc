//! The consumers of reports on a real table and a model of SQS.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod codes;
mod faults;
mod idempotency;
mod logs;
mod redelivery;
mod sqs;
mod support;
