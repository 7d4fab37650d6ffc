//! Connects a DMR that is nginx with CentOps.
//!
//! The agent runs beside nginx. It keeps the route table and publishes it as a `map`; it follows the access log and
//! reports what chatbots answered. README.md says how to install it and what each metric means.
//!
//! | module | responsibility |
//! |---|---|
//! | [`render`] | the route table as a file that nginx reads as it is meant |
//! | [`publish`], [`nginx`] | write, test, reload, confirm; restore the former file on failure |
//! | [`tail`], [`reader`], [`position`] | the lines of a log through rotation |
//! | [`line`], [`classify`] | what a line says about a chatbot |
//! | [`collect`] | batches of codes with their read position, and the count of lines |
//! | [`metrics`], [`server`] | `/metrics`, `/healthz`, `/status` |
//! | [`config`], [`dmr`] | the configuration; the running agent |

pub mod classify;
pub mod collect;
pub mod config;
pub mod dmr;
pub mod line;
pub mod metrics;
pub mod nginx;
pub mod position;
pub mod publish;
pub mod reader;
pub mod render;
pub mod server;
pub mod tail;
