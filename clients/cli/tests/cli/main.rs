//! The real binary against a server that stores what it is told, and validates each request against `openapi.yaml`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "../../../api/tests/support/mod.rs"]
mod support;

mod certificates;
mod commands;
mod manifests;
mod world;
