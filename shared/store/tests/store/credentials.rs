//! Certificates and API keys.

mod api_keys;
mod certificates;
mod expiry;
mod renewals;
mod sweeps;
