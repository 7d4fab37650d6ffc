//! Connects a DMR that is nginx, or the cluster of a chatbot, with CentOps. README.md says how to install it and what each
//! metric means.
//!
//! Beside an nginx the agent keeps the route table and publishes it as a `map`; it follows the access log and reports what
//! chatbots answered. In a chatbot's cluster it relays log records and reports the versions of components.
//!
//! | module | responsibility |
//! |---|---|
//! | [`render`] | the route table as a file that nginx reads as it is meant |
//! | [`publish`], [`nginx`] | write, test, reload, confirm; restore the former file on failure |
//! | [`tail`], [`reader`], [`position`] | the lines of a log through rotation |
//! | [`mod@line`], [`classify`] | what a line says about a chatbot |
//! | [`collect`] | batches of codes with their read position, and the count of lines |
//! | [`bot::relay`] | log records by OTLP/HTTP: counts or masked text |
//! | [`bot::intake`], [`bot::journal`] | what is stored before the sender gets its answer |
//! | [`bot::versions`] | the versions of components |
//! | [`metrics`], [`bot::metrics`], [`reports`], [`prometheus`], [`server`] | `/metrics`, `/healthz`, `/status` |
//! | [`config`], [`dmr`], [`mod@bot`] | the configuration; the running agent |

pub mod bot;
pub mod classify;
pub mod collect;
pub mod config;
pub mod dmr;
pub mod line;
pub mod metrics;
pub mod nginx;
pub mod pace;
pub mod position;
pub mod prometheus;
pub mod publish;
pub mod reader;
pub mod render;
pub mod reports;
pub mod server;
pub mod tail;
