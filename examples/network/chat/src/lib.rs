//! The chat of the sample network.
//!
//! [`server`] takes messages of visitors and sends posts as server-sent events. [`classifier`] decides which chatbot is meant,
//! [`dmrs`] sends the message through one of two DMRs, [`conversation`] does both and says the result. [`posts`] keeps the
//! posts, [`sharing`] exchanges them with the other instance through SNS and one SQS queue an instance.

pub mod classifier;
pub mod conversation;
pub mod dmrs;
pub mod posts;
pub mod server;
pub mod sharing;
