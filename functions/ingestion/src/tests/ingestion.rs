//! The consumers of reports on a real table and a model of SQS.

mod codes;
mod faults;
mod idempotency;
mod logs;
mod redelivery;
mod sqs;
mod support;
