//! Certificates and API keys.

mod api_keys;
mod certificates;
