//! What a server answers sends a probe nowhere else.

use centops_domain::uri::ChatbotUri;
use centops_egress::Unhealthy;

use crate::{Stand, cases::v4, network::Listeners, policy};

/// Each answer has its own path, so that one server gives them all.
fn answers(port: u16) -> Vec<String> {
    let there = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://inner.example.ee:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("\\\\127.0.0.1:{port}\\"),
        format!("https://127.0.0.1:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[fd00:ec2::254]/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "/elsewhere".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    let statuses = [300, 301, 302, 303, 305, 307, 308];
    let moved = statuses
        .iter()
        .flat_map(|status| there.iter().map(move |there| format!("{status} Moved\r\nlocation: {there}")));
    let others = there.iter().flat_map(|there| {
        [
            format!("200 OK\r\nrefresh: 0; url={there}"),
            format!("200 OK\r\nlocation: {there}"),
            format!("201 Created\r\nlocation: {there}"),
            format!("200 OK\r\nlink: <{there}>; rel=preload"),
            format!("200 OK\r\nalt-svc: h2=\"127.0.0.1:{port}\""),
        ]
    });
    let asking = [
        "401 Unauthorized\r\nwww-authenticate: Basic realm=\"a\"",
        "407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"a\"",
        "408 Request Timeout",
        "421 Misdirected Request",
        "425 Too Early",
        "429 Too Many Requests\r\nretry-after: 0",
        "503 Service Unavailable\r\nretry-after: 0",
    ];
    moved.chain(others).chain(asking.map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_answer_sends_a_probe_nowhere_else() {
    let listeners = Listeners::answering(|request| {
        let mut words = request.split([' ', '/', '\r']).skip(2);
        let (index, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (index, port) = (index.parse::<usize>().unwrap_or(usize::MAX), port.parse().unwrap_or(0));
        let answer = answers(port).get(index).cloned().unwrap_or_else(|| "204 No Content".to_owned());
        format!("HTTP/1.1 {answer}\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
    })
    .await;
    let port = listeners.port;
    let stand = Stand::new("127.0.0.2/32");
    stand.names.know("chat.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
    stand.names.know("inner.example.ee", vec![vec![v4([127, 0, 0, 1])]]);
    let uri: ChatbotUri = format!("http://chat.example.ee:{port}/").parse().expect("a uri");
    let count = answers(port).len();
    for (index, answer) in answers(port).iter().enumerate() {
        let found = stand.prober.probe(&uri, &policy(&format!("/{index}/{port}"))).await;
        let status = answer[..3].parse().expect("a status");
        let expected = if (200..300).contains(&status) { Ok(()) } else { Err(Unhealthy::Status(status)) };
        assert_eq!(found, expected, "{answer}");
    }
    let seen = listeners.seen().await;
    println!("{count} answers that point elsewhere: {} connections", seen.len());
    assert_eq!(seen.len(), count, "one connection each, and none is kept for the next");
    assert_eq!(stand.connects.count(), count);
    assert_eq!(stand.names.lookups("chat.example.ee"), count);
    assert_eq!(stand.names.lookups("inner.example.ee"), 0);
    assert!(seen.iter().all(|seen| seen.to == v4([127, 0, 0, 2])));
    assert!(seen.iter().all(|seen| !seen.said.contains("cookie") && !seen.said.contains("authorization")));
}
