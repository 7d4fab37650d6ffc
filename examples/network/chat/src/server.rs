//! The chat's HTTP server: the page, messages, and posts as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::stream::{Stream, unfold};
use network_understanding::Language;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use crate::conversation::Conversation;
use crate::posts::{Post, Posts};

const PAGE: &str = include_str!("../page/index.html");
const SCRIPT: &str = include_str!("../page/chat.js");
const STYLE: &str = include_str!("../page/chat.css");
/// What the page may load and do: its own files and requests, no others.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The longest message, in characters.
const LONGEST: usize = 2000;
const MAX_BODY_BYTES: usize = 16 * 1024;

#[derive(Deserialize)]
struct Message {
    text: String,
    language: String,
}

/// Returns the routes of the chat.
pub fn router(conversation: Arc<Conversation>) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(async move || {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, text)
        })
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", PAGE))
        .route("/chat.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/chat.css", file("text/css; charset=utf-8", STYLE))
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .route("/chats/{id}/messages", post(message))
        .route("/chats/{id}/events", get(events))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(conversation)
}

async fn message(
    State(conversation): State<Arc<Conversation>>,
    Path(chat): Path<String>,
    Json(message): Json<Message>,
) -> Response {
    let refuse = |text: &str| (StatusCode::BAD_REQUEST, Json(json!({ "message": text }))).into_response();
    let Ok(language) = message.language.parse::<Language>() else {
        return refuse("The language must be et or en.");
    };
    let text = message.text.trim();
    if !is_id(&chat) {
        return refuse("The id of a chat has 8 to 64 letters, digits or hyphens.");
    }
    if text.is_empty() || text.chars().count() > LONGEST {
        return refuse(&format!("The text must have 1 to {LONGEST} characters."));
    }
    let post = conversation.receive(&chat, text, language);
    (StatusCode::ACCEPTED, Json(json!({"id": post.id}))).into_response()
}

fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

async fn events(
    State(conversation): State<Arc<Conversation>>,
    Path(chat): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !is_id(&chat) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let position = last.map_or(0, |id| conversation.posts.position_after(&chat, id));
    Sse::new(stream(Arc::clone(&conversation.posts), chat, position)).keep_alive(KeepAlive::default()).into_response()
}

struct Following {
    posts: Arc<Posts>,
    chat: String,
    position: usize,
    count: watch::Receiver<usize>,
    ready: VecDeque<Post>,
}

/// Returns the posts of a chat from a position on, then those that follow.
fn stream(posts: Arc<Posts>, chat: String, position: usize) -> impl Stream<Item = Result<Event, Infallible>> {
    let count = posts.subscribe(&chat);
    let following = Following { posts, chat, position, count, ready: VecDeque::new() };
    unfold(following, async |mut following| {
        loop {
            if let Some(post) = following.ready.pop_front() {
                let event = Event::default().id(&post.id).event("post");
                let event = event.json_data(&post).unwrap_or_else(|_| Event::default().comment("unreadable"));
                return Some((Ok(event), following));
            }
            // Marked as seen before the posts are read, so that one in between is not missed.
            following.count.borrow_and_update();
            following.ready = following.posts.from(&following.chat, following.position).into();
            following.position += following.ready.len();
            if following.ready.is_empty() {
                following.count.changed().await.ok()?;
            }
        }
    })
}
