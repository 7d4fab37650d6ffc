//! A name server: `two.test` has two addresses, `works.test` one, other names do not exist.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::UdpSocket;

pub struct Dns {
    pub port: u16,
    /// Answers SERVFAIL to everything.
    pub is_broken: Arc<AtomicBool>,
}

impl Dns {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let (port, is_broken) = (socket.local_addr().expect("an address").port(), Arc::new(AtomicBool::new(false)));
        let broken = Arc::clone(&is_broken);
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let reply = answer(&buffer[..length], broken.load(Ordering::Relaxed));
                let _sent = socket.send_to(&reply, from).await;
            }
        });
        Self { port, is_broken }
    }
}

fn answer(query: &[u8], is_broken: bool) -> Vec<u8> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).expect("a name") + 5;
    let name = String::from_utf8_lossy(&query[12..end]).into_owned();
    let addresses: &[[u8; 4]] = match &name {
        _ if is_broken => &[],
        name if name.contains("two") => &[[127, 0, 0, 2], [127, 0, 0, 1]],
        name if name.contains("works") => &[[127, 0, 0, 1]],
        _ => &[],
    };
    let code = match (is_broken, addresses.is_empty()) {
        (true, _) => 2,
        (false, true) => 3,
        (false, false) => 0,
    };
    let count = u8::try_from(addresses.len()).expect("few");
    let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
    reply.extend_from_slice(&query[12..end]);
    for address in addresses {
        reply.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        reply.extend_from_slice(address);
    }
    reply
}
