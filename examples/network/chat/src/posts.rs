//! The posts of chats, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

/// The most chats; beyond it the oldest is forgotten.
const CHATS: usize = 20_000;
/// The most posts of a chat; beyond it no more are taken.
const POSTS: usize = 500;

/// One post of a chat.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Unique over all instances.
    pub id: String,
    /// The chat.
    pub chat: String,
    /// `visitor`, `chat`, or the name of a chatbot.
    pub from: String,
    /// The text.
    pub text: String,
    /// Buttons: `{title, payload}`.
    #[serde(default)]
    pub buttons: Vec<Value>,
    /// The id of the visitor's post that this answers.
    #[serde(default)]
    pub answers: Option<String>,
}

#[derive(Debug, Default)]
struct Chat {
    posts: Vec<Post>,
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    chats: HashMap<String, Chat>,
    order: VecDeque<String>,
}

/// All chats of an instance.
#[derive(Debug, Default)]
pub struct Posts(Mutex<State>);

impl Posts {
    /// Adds a post, unless it is known. Returns whether it is new.
    pub fn add(&self, post: Post) -> bool {
        let mut state = self.state();
        let chat = state.chat(&post.chat);
        if chat.posts.len() >= POSTS || chat.posts.iter().any(|known| known.id == post.id) {
            return false;
        }
        chat.posts.push(post);
        chat.count.send_replace(chat.posts.len());
        true
    }

    /// Returns the posts of a chat from a position on.
    #[must_use]
    pub fn from(&self, chat: &str, position: usize) -> Vec<Post> {
        let state = self.state();
        state.chats.get(chat).and_then(|chat| chat.posts.get(position..)).map(<[Post]>::to_vec).unwrap_or_default()
    }

    /// Returns the position after a post; 0 if it is unknown here, so that nothing is missed.
    #[must_use]
    pub fn position_after(&self, chat: &str, id: &str) -> usize {
        let state = self.state();
        let found = state.chats.get(chat).and_then(|chat| chat.posts.iter().position(|post| post.id == id));
        found.map_or(0, |position| position + 1)
    }

    /// Subscribes to the number of posts of a chat.
    #[must_use]
    pub fn subscribe(&self, chat: &str) -> watch::Receiver<usize> {
        self.state().chat(chat).count.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn chat(&mut self, name: &str) -> &mut Chat {
        if !self.chats.contains_key(name) {
            self.order.push_back(name.to_owned());
            if self.order.len() > CHATS
                && let Some(oldest) = self.order.pop_front()
            {
                self.chats.remove(&oldest);
            }
        }
        self.chats.entry(name.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(id: &str) -> Post {
        let [chat, from, text] = ["c1", "visitor", "Tere"].map(str::to_owned);
        Post { id: id.to_owned(), chat, from, text, buttons: Vec::new(), answers: None }
    }

    #[test]
    fn post_that_arrives_twice_is_kept_once() {
        let posts = Posts::default();
        assert!(posts.add(post("1")));
        assert!(!posts.add(post("1")));
        assert_eq!(posts.from("c1", 0).len(), 1);
    }

    #[test]
    fn position_is_after_a_known_post_and_at_the_start_for_others() {
        let posts = Posts::default();
        posts.add(post("1"));
        posts.add(post("2"));
        assert_eq!([posts.position_after("c1", "1"), posts.position_after("c1", "x")], [1, 0]);
        assert_eq!(posts.from("c1", 1), [post("2")]);
    }
}
