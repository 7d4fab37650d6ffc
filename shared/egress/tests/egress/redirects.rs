//! Redirects and other headers of a response cause no further connection.

use centops_domain::chatbots::ChatbotUri;
use centops_egress::Unhealthy;

use crate::{Fixture, cases::v4, network::Listeners, policy};

/// Returns the responses to try. Each has its own path, so that one server sends all of them.
fn answers(port: u16) -> Vec<String> {
    let targets = [
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
        .flat_map(|status| targets.iter().map(move |target| format!("{status} Moved\r\nlocation: {target}")));
    let others = targets.iter().flat_map(|target| {
        [
            format!("200 OK\r\nrefresh: 0; url={target}"),
            format!("200 OK\r\nlocation: {target}"),
            format!("201 Created\r\nlocation: {target}"),
            format!("200 OK\r\nlink: <{target}>; rel=preload"),
            format!("200 OK\r\nalt-svc: h2=\"127.0.0.1:{port}\""),
        ]
    });
    let retries = [
        "401 Unauthorized\r\nwww-authenticate: Basic realm=\"a\"",
        "407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"a\"",
        "408 Request Timeout",
        "421 Misdirected Request",
        "425 Too Early",
        "429 Too Many Requests\r\nretry-after: 0",
        "503 Service Unavailable\r\nretry-after: 0",
    ];
    moved.chain(others).chain(retries.map(str::to_owned)).collect()
}

#[tokio::test]
async fn no_response_causes_a_second_connection() {
    let listeners = Listeners::answering(|request| {
        let mut words = request.split([' ', '/', '\r']).skip(2);
        let (index, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (index, port) = (index.parse::<usize>().unwrap_or(usize::MAX), port.parse().unwrap_or(0));
        let answer = answers(port).get(index).cloned().unwrap_or_else(|| "204 No Content".to_owned());
        format!("HTTP/1.1 {answer}\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
    })
    .await;
    let port = listeners.port;
    let fixture = Fixture::new("127.0.0.2/32");
    fixture.resolver.set("chat.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
    fixture.resolver.set("inner.example.ee", vec![vec![v4([127, 0, 0, 1])]]);
    let uri: ChatbotUri = format!("http://chat.example.ee:{port}/").parse().expect("a uri");
    let count = answers(port).len();
    for (index, answer) in answers(port).iter().enumerate() {
        let found = fixture.prober.probe(&uri, &policy(&format!("/{index}/{port}"))).await;
        let status = answer[..3].parse().expect("a status");
        let expected = if (200..300).contains(&status) { Ok(()) } else { Err(Unhealthy::Status(status)) };
        assert_eq!(found, expected, "{answer}");
    }
    let seen = listeners.seen().await;
    println!("{count} responses that point to another address: {} connections", seen.len());
    assert_eq!(seen.len(), count, "one connection each, and none is kept for the next");
    assert_eq!(fixture.counter.count(), count);
    assert_eq!(fixture.resolver.lookups("chat.example.ee"), count);
    assert_eq!(fixture.resolver.lookups("inner.example.ee"), 0);
    assert!(seen.iter().all(|seen| seen.to == v4([127, 0, 0, 2])));
    assert!(seen.iter().all(|seen| !seen.received.contains("cookie") && !seen.received.contains("authorization")));
}
