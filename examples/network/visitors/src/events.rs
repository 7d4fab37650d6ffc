//! Follows the server-sent events of a chat.

use reqwest::{Client, Response};
use serde::Deserialize;

/// An error of a connection to the chat.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// A request failed.
    #[error("{0}")]
    Request(#[from] reqwest::Error),
    /// The chat closed the stream of events.
    #[error("the events ended")]
    Ended,
}

/// A stream of events.
pub struct Follower {
    response: Response,
    buffer: Vec<u8>,
}

#[derive(Deserialize)]
struct Post {
    from: String,
    #[serde(default)]
    answers: Option<String>,
}

impl Follower {
    /// Opens the stream.
    pub async fn start(http: &Client, url: &str) -> Result<Self, FollowError> {
        let response = http.get(url).send().await?.error_for_status()?;
        Ok(Self { response, buffer: Vec::new() })
    }

    /// Waits for the post that answers `id`. Returns who posted it.
    pub async fn answer_to(&mut self, id: &str) -> Result<String, FollowError> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(post) = post(&event)
                    && post.answers.as_deref() == Some(id)
                {
                    return Ok(post.from);
                }
            }
            match self.response.chunk().await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None => return Err(FollowError::Ended),
            }
        }
    }
}

/// Returns the post of an event; `None` for comments that keep the connection open.
fn post(event: &[u8]) -> Option<Post> {
    let text = String::from_utf8_lossy(event);
    let data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
    serde_json::from_str(&data.join("\n")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_an_event_is_a_post_and_a_comment_is_none() {
        let event = b"id: 7\nevent: post\ndata: {\"from\": \"maks\", \"answers\": \"6\"}\n\n";
        let found = post(event).expect("a post");
        assert_eq!((found.from.as_str(), found.answers.as_deref()), ("maks", Some("6")));
        assert!(post(b": keep-alive\n\n").is_none());
    }
}
