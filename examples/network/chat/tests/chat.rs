//! A chat with real DMR protocols on loopback: each visitor gets an answer or an explanation.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use network_chat::classifier::Classifier;
use network_chat::conversation::Conversation;
use network_chat::dmrs::{Dmr, Dmrs, Kind};
use network_chat::posts::{Post, Posts};
use network_chat::server::router;
use network_chat::sharing::Publisher;
use network_understanding::Language;
use network_understanding::training::Training;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Far longer than any test takes; then it fails instead of waiting for ever.
const LIMIT: Duration = Duration::from_mins(1);

fn bots() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bots")
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// A DMR that speaks nginx's protocol: it has routes to `maks`, which fails, and to `ilm`.
async fn nginx() -> String {
    let message = async |headers: HeaderMap, Json(body): Json<Value>| match headers["x-send-to"].to_str() {
        Ok("ilm") => {
            let answer = json!([{"recipient_id": body["sender"], "text": format!("ilm: {}", body["message"])}]);
            ([("x-dmr-hit", "1")], Json(answer)).into_response()
        }
        Ok("maks") => (StatusCode::BAD_GATEWAY, [("x-dmr-hit", "1")]).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, [("x-dmr-hit", "0")]).into_response(),
    };
    serve(Router::new().route("/messages", post(message))).await
}

struct Chat {
    url: String,
    posts: Arc<Posts>,
    http: Client,
}

async fn chat(dmrs: Vec<Dmr>) -> Chat {
    let posts = Arc::new(Posts::default());
    let conversation = Conversation {
        classifier: Classifier::load(&bots()).expect("training"),
        dmrs: Dmrs::new(dmrs).expect("a client"),
        posts: Arc::clone(&posts),
        publisher: Publisher::alone(),
        ledger: None,
    };
    let url = serve(router(Arc::new(conversation))).await;
    Chat { url, posts, http: Client::builder().no_proxy().build().expect("a client") }
}

impl Chat {
    /// Sends a message and waits for the post that answers it.
    async fn say(&self, id: &str, text: &str) -> Post {
        let url = format!("{}/chats/{id}/messages", self.url);
        let body = json!({"text": text, "language": "et"});
        let response = self.http.post(url).json(&body).send().await.expect("a response");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        let sent = response.json::<Value>().await.expect("JSON")["id"].as_str().map(str::to_owned);
        let mut count = self.posts.subscribe(id);
        let answered = async {
            loop {
                if let Some(post) = self.posts.from(id, 0).into_iter().find(|post| post.answers == sent) {
                    return post;
                }
                count.changed().await.expect("open");
            }
        };
        timeout(LIMIT, answered).await.expect("an answer")
    }
}

fn dmr(kind: Kind, url: String) -> Dmr {
    Dmr { name: "dmr".to_owned(), kind, url }
}

#[tokio::test]
async fn visitor_is_answered_or_told_why_not() {
    let chat = chat(vec![dmr(Kind::Nginx, nginx().await)]).await;
    let answer = chat.say("chat-0001", "Kas homme sajab vihma?").await;
    assert_eq!((answer.from.as_str(), answer.text.as_str()), ("ilm", "ilm: \"Kas homme sajab vihma?\""));
    let failed = chat.say("chat-0001", "Kui suur on maamaks?").await;
    assert!(failed.from == "chat" && failed.text.contains("ühendust"), "{failed:?}");
    let offline = chat.say("chat-0001", "Kuidas laenutust pikendada?").await;
    assert!(offline.from == "chat" && offline.text.contains("rivist väljas"), "{offline:?}");
}

#[tokio::test]
async fn message_for_nobody_is_a_question_whose_button_sends_it() {
    let chat = chat(vec![dmr(Kind::Nginx, nginx().await)]).await;
    let question = chat.say("chat-0002", "asdf qwerty zzz").await;
    assert_eq!((question.from.as_str(), question.buttons.len()), ("chat", 3));
    let answer = chat.say("chat-0002", "/@ilm").await;
    assert_eq!((answer.from.as_str(), answer.text.as_str()), ("ilm", "ilm: \"asdf qwerty zzz\""));
}

#[tokio::test]
async fn other_dmr_is_used_if_one_cannot_be_reached_and_both_gone_is_said() {
    let wrapped = async |Path(name): Path<String>| {
        let answer = json!([{"recipient_id": "v", "text": "Tere"}]).to_string();
        Json(json!({"chatbot": name, "answer": answer}))
    };
    let sample = serve(Router::new().route("/messages/{name}", post(wrapped))).await;
    let gone = dmr(Kind::Nginx, "http://127.0.0.1:1".to_owned());
    let both = chat(vec![gone.clone(), dmr(Kind::Sample, sample)]).await;
    for _ in 0..2 {
        assert_eq!(both.say("chat-0003", "Kas homme sajab vihma?").await.from, "ilm");
    }
    assert_eq!(chat(vec![gone]).await.say("chat-0003", "Kas homme sajab vihma?").await.from, "chat");
}

#[tokio::test]
async fn events_resume_after_the_last_one_that_was_seen() {
    let chat = chat(vec![dmr(Kind::Nginx, nginx().await)]).await;
    let answer = chat.say("chat-0004", "Kas homme sajab vihma?").await;
    let first = chat.posts.from("chat-0004", 0)[0].id.clone();
    let request = chat.http.get(format!("{}/chats/chat-0004/events", chat.url)).header("Last-Event-ID", first);
    let mut response = request.send().await.expect("a response");
    let chunk = response.chunk().await.expect("events").expect("an event");
    assert!(String::from_utf8_lossy(&chunk).starts_with(&format!("id: {}", answer.id)));
}

#[tokio::test]
async fn page_may_load_its_own_files_only() {
    let chat = chat(vec![dmr(Kind::Nginx, nginx().await)]).await;
    for path in ["/", "/chat.js", "/chat.css"] {
        let response = chat.http.get(format!("{}{path}", chat.url)).send().await.expect("a response");
        let policy = response.headers()["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn bad_messages_are_refused() {
    let chat = chat(vec![dmr(Kind::Nginx, nginx().await)]).await;
    for (id, text, language) in [("a", "Tere", "et"), ("chat-0005", " ", "et"), ("chat-0005", "Tere", "fr")] {
        let body = json!({"text": text, "language": language});
        let request = chat.http.post(format!("{}/chats/{id}/messages", chat.url)).json(&body);
        assert_eq!(
            request.send().await.expect("a response").status(),
            StatusCode::BAD_REQUEST,
            "{id} {text} {language}"
        );
    }
}

#[test]
fn nine_tenths_of_held_out_sentences_reach_the_right_chatbot() {
    let classifier = Classifier::load(&bots()).expect("training");
    for language in Language::ALL {
        let (mut total, mut right, mut wrong) = (0_u32, 0_u32, 0_u32);
        for name in classifier.names() {
            let path = bots().join(name).join(format!("held-out.{language}.yml"));
            let training = Training::parse(&std::fs::read_to_string(path).expect("a file")).expect("valid");
            for sentence in training.sentences.iter().filter(|sentence| sentence.intent != "greet") {
                total += 1;
                match classifier.classify(&sentence.text, language) {
                    Some(found) if found == *name => right += 1,
                    Some(found) => {
                        wrong += 1;
                        println!("  wrong: {:?} of {name} went to {found}", sentence.text);
                    }
                    None => println!("  asked: {:?} of {name}", sentence.text),
                }
            }
        }
        println!("{language}: {right} of {total} classified, {wrong} wrong");
        assert!(f64::from(right) >= 0.9 * f64::from(total), "{language}: {right} of {total}");
        assert!(f64::from(wrong) <= 0.05 * f64::from(total), "{language}: {wrong} wrong");
    }
}
