//! Chatbots that answer with given bytes, or not at all.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a chatbot does after it has read a request.
#[derive(Clone, Copy)]
pub enum Behaviour {
    Answer(&'static str),
    Close,
    Hang,
}

pub struct Bot {
    pub port: u16,
    /// The targets of the requests.
    pub targets: Arc<Mutex<Vec<String>>>,
}

impl Bot {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (port, targets) = (listener.local_addr().expect("an address").port(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&targets);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut buffer = [0; 8192];
                    let length = stream.read(&mut buffer).await.unwrap_or_default();
                    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
                    seen.lock().expect("not poisoned").push(target);
                    match behaviour {
                        Behaviour::Answer(bytes) => {
                            let _sent = stream.write_all(bytes.as_bytes()).await;
                        }
                        Behaviour::Close => {}
                        Behaviour::Hang => {
                            let _closed = stream.read(&mut buffer).await;
                        }
                    }
                });
            }
        });
        Self { port, targets }
    }

    pub fn uri(&self) -> String {
        format!("http://127.0.0.1:{}/bot", self.port)
    }
}
