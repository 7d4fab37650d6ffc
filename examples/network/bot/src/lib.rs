//! A chatbot of the sample network.
//!
//! [`answer`] answers a message from a folder of YAML files, [`integrations`] asks other services for it, [`service`] renders
//! the answer for a channel. [`server`] speaks Rasa's REST channel and the first generation's DMR protocol. [`fault`] makes
//! the bot fail on demand, [`ledger`] writes what it did, [`centops`] reports logs and versions. [`owner`] is the page of its
//! owner, who changes texts ([`edits`]).

pub mod answer;
pub mod centops;
pub mod edits;
pub mod fault;
pub mod integrations;
pub mod ledger;
pub mod owner;
pub mod server;
pub mod service;
