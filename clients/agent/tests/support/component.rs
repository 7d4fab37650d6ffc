//! A component that answers `GET /healthz`, as Ruuter, Resql and TIM do.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub struct Component {
    pub port: u16,
    /// The answer's body; without one the connection is closed.
    answer: Arc<Mutex<Option<String>>>,
    asked: Arc<Mutex<u64>>,
}

impl Component {
    pub async fn start(version: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let component = Self { port, answer: Arc::default(), asked: Arc::default() };
        component.set(version);
        let (answer, asked) = (Arc::clone(&component.answer), Arc::clone(&component.asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 4096];
                let _request = stream.read(&mut buffer).await;
                let body = answer.lock().expect("not poisoned").clone();
                if let Some(body) = body {
                    let head =
                        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                    let _sent = stream.write_all((head + &body).as_bytes()).await;
                }
                *asked.lock().expect("not poisoned") += 1;
            }
        });
        component
    }

    pub fn set(&self, version: &str) {
        let body = format!(r#"{{"appName":"Ruuter","version":"{version}","packagingTime":1,"appStartTime":2}}"#);
        *self.answer.lock().expect("not poisoned") = Some(body);
    }

    pub fn break_down(&self) {
        *self.answer.lock().expect("not poisoned") = None;
    }

    /// Returns how often it was asked.
    pub fn asked(&self) -> u64 {
        *self.asked.lock().expect("not poisoned")
    }
}
