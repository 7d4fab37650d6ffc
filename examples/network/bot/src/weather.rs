//! A small weather service, which stands for that of another authority: `GET /weather?place=Tartu&day=today`.
//!
//! Its values are made up, but the same place and day always have the same.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SKIES: [(&str, &str); 4] =
    [("selge", "clear"), ("vahelduv pilvisus", "partly cloudy"), ("pilves", "cloudy"), ("hoovihm", "showers")];

/// A weather service with values that are made up.
#[derive(Debug, Parser)]
struct Options {
    /// The address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// The key that callers must send as `X-Api-Key`.
    #[arg(long, env = "WEATHER_KEY", hide_env_values = true)]
    key: String,
}

#[derive(Deserialize)]
struct Asked {
    place: String,
    day: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let app = Router::new().route("/weather", get(weather)).with_state(Arc::new(options.key));
    let served = async { axum::serve(TcpListener::bind(options.listen).await?, app).await };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("network-weather: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn weather(
    State(key): State<Arc<String>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, StatusCode> {
    if headers.get("x-api-key").is_none_or(|sent| sent.as_bytes() != key.as_bytes()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let sum: u32 = asked.place.bytes().chain(asked.day.bytes()).map(u32::from).sum();
    let (estonian, english) = SKIES[usize::try_from(sum % 4).unwrap_or(0)];
    let (temperature, wind) = (sum % 19, 2 + sum % 9);
    Ok(Json(json!({
        "sky": {"et": estonian, "en": english}, "temperatureCelsius": temperature, "nightCelsius": i64::from(temperature) - 6,
        "windMetresPerSecond": wind, "gustsMetresPerSecond": wind + 5, "rainMillimetres": sum % 7,
        "snowCentimetres": 0, "waterCelsius": 4 + sum % 15, "uvIndex": sum % 6, "sunrise": "06:41", "sunset": "19:22",
    })))
}
