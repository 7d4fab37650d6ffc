//! Names and addresses that nginx could misread.

use serde_json::{Value, json};

use crate::fixture::{Fixture, OK};
use crate::support::bots::{Behaviour, Bot};
use crate::support::has_nginx;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poisoned_routes_neither_stop_an_update_nor_lead_elsewhere() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let (bot, other) = (Bot::start(Behaviour::Answer(OK)).await, Bot::start(Behaviour::Answer(OK)).await);
    let poisoned = poisoned(bot.port, other.port);
    println!("poisoned routes: {}", poisoned.len());
    assert!(poisoned.len() >= 100);
    for (name, uri) in &poisoned {
        fixture.centops.put(name, uri);
    }
    for index in 0..20 {
        fixture.centops.put(&format!("good-{index}"), &format!("http://127.0.0.1:{}/good-{index}", bot.port));
    }
    fixture.start().await;
    for index in 0..20 {
        assert_eq!(fixture.send(&format!("good-{index}")).await, 200);
    }
    let status = fixture.agent.status().await;
    let left_out: Vec<&str> = status["nginx"]["leftOut"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|route| route["name"].as_str())
        .collect();
    let served = send_to_each(&fixture, &bot, &poisoned, &left_out).await;
    println!("left out and named: {}, served at their own address: {served}", left_out.len());
    assert_eq!(*other.targets.lock().expect("not poisoned"), Vec::<String>::new());
    assert_eq!((&status["nginx"]["error"], &status["nginx"]["restores"]), (&Value::Null, &json!(0)));
}

/// Sends to each name. A route leads to its own address, or nowhere. Returns the number of those that lead somewhere.
async fn send_to_each(fixture: &Fixture, bot: &Bot, poisoned: &[(String, String)], left_out: &[&str]) -> usize {
    let mut served = 0;
    bot.targets.lock().expect("not poisoned").clear();
    for (name, uri) in poisoned {
        let Ok(value) = reqwest::header::HeaderValue::from_str(name) else { continue };
        let response = fixture.http.post(fixture.nginx.url()).header("X-Send-To", value).body("{}").send().await;
        let code = response.expect("an answer").status().as_u16();
        let target = bot.targets.lock().expect("not poisoned").pop();
        // nginx ignores case: such a name leads where the route in small letters does, as for any sender.
        let small = name.to_ascii_lowercase();
        let target_of_small = match small.as_str() {
            "good-1" => Some("/good-1"),
            "default" | "include" => Some("/x"),
            _ => None,
        };
        if let Some(path) = target_of_small {
            assert_eq!((code, target.as_deref()), (200, Some(path)), "{name:?} {uri:?}");
        } else if left_out.contains(&name.as_str()) {
            assert_eq!((code, target), (503, None), "{name:?} {uri:?}");
        } else {
            let path = uri
                .splitn(4, '/')
                .nth(3)
                .map(|path| format!("/{}", path.replace('$', "%24").replace('{', "%7B").replace('}', "%7D")));
            assert_eq!((code, target), (200, path), "{name:?} {uri:?}");
            served += 1;
        }
    }
    served
}

/// Names that nginx could read as something else.
const NAMES: [&str; 46] = [
    "default",
    "include",
    "hostnames",
    "volatile",
    "Default",
    "INCLUDE",
    "\\default",
    "~.*",
    "~*good",
    "~^good-1$",
    "Good-1",
    "GOOD-1",
    "a;b",
    "a{b",
    "a}b",
    "a b",
    "a\tb",
    "a\nb",
    "a\"b",
    "a'b",
    "a\\b",
    "$dmr_hit",
    "${x}",
    "#a",
    "*.good",
    ".good",
    "*",
    "@revision",
    "õun",
    "a\u{0}b",
    "",
    "a",
    "a#b",
    "a,b",
    "a/b",
    "../x",
    "\u{feff}bom",
    "=x",
    "tax_board",
    "x.y",
    "a:b",
    "a%24b",
    "a\rb",
    "name\u{202e}",
    "road",
    "t-road",
];

/// Addresses that are none.
const NO_ADDRESSES: [&str; 15] = [
    "",
    "http://",
    "https://",
    "http://unix:/var/run/docker.sock:/",
    "http://unix:/tmp/x.sock",
    "http://UNIX/",
    "unix:/x",
    "http://[::1",
    "http://a.ee:99999/",
    "http://a.ee:-1/",
    "javascript:x",
    "file:///etc/passwd",
    "http://a..b\\c/",
    "http://?",
    "http://#",
];

fn poisoned(bot: u16, other: u16) -> Vec<(String, String)> {
    let good = format!("http://127.0.0.1:{bot}/x");
    let long = [64, 65, 5000].map(|length| "n".repeat(length));
    let names = NAMES.map(ToOwned::to_owned).into_iter().chain(long);
    let mut routes: Vec<(String, String)> = names.map(|name| (name, good.clone())).collect();
    let addresses = own_addresses(bot).into_iter().chain(foreign_addresses(bot, other));
    routes.extend(addresses.enumerate().map(|(index, uri)| (format!("address-{index}"), uri)));
    let fixed = NO_ADDRESSES.iter().enumerate();
    routes.extend(fixed.map(|(index, uri)| (format!("fixed-{index}"), (*uri).to_owned())));
    routes
}

/// Addresses of the chatbot with characters that mean something to nginx.
fn own_addresses(bot: u16) -> Vec<String> {
    vec![
        format!("http://127.0.0.1:{bot}/$host"),
        format!("http://127.0.0.1:{bot}/${{host}}"),
        format!("http://127.0.0.1:{bot}/a?b=$arg_x"),
        format!("http://127.0.0.1:{bot}/;x"),
        format!("http://127.0.0.1:{bot}/$"),
        format!("http://127.0.0.1:{bot}/a'b"),
        format!("http://127.0.0.1:{bot}/%24"),
        format!("http://127.0.0.1:{bot}/$$$"),
        format!("http://127.0.0.1:{bot}/a;include%20x"),
        format!("http://127.0.0.1:{bot}/\"; x \"y"),
        "http://${arg_h}/".to_owned(),
    ]
}

/// Addresses that another reading of URLs would send to the trap.
fn foreign_addresses(bot: u16, other: u16) -> Vec<String> {
    let trap = format!("127.0.0.1:{other}");
    vec![
        format!("http://127.0.0.1:{bot}\"; default \"http://{trap}"),
        format!("http://127.0.0.1:{bot}/ {trap}"),
        format!("http://127.0.0.1:{bot}/\n\"default\" \"http://{trap}\";"),
        format!("http://127.0.0.1:{bot}\\@{trap}/"),
        format!("http://127.0.0.1:{bot}@{trap}/"),
        format!("http://u:p@{trap}/"),
        format!("http://{trap}#@127.0.0.1:{bot}/"),
        format!("http:{trap}"),
        format!("http:/{trap}/"),
        format!("http:///{trap}/"),
        format!("http:\\\\{trap}/"),
        format!("HTTP://{trap}/"),
        format!("//{trap}/"),
        trap.clone(),
        format!("ftp://{trap}/"),
        format!("http://$http_x_send_to:{other}/"),
        format!("$scheme://{trap}/"),
        format!("http://127.0.0.1$x:{other}/"),
        format!("http://127.0.0.1%3a{other}/"),
        format!("http://{trap}/\u{0}"),
        format!("http://{trap}/\t"),
        format!(" http://{trap}/"),
        format!("http://{trap}/ "),
        format!("http://{trap}/õ"),
        format!("http://{trap}/`x`"),
        format!("http://{trap}/<x>"),
        format!("http://{trap}/\\t"),
        format!("http://{trap}/#x"),
        format!("http://@{trap}/"),
        format!("http://:@{trap}/"),
        format!("http://{trap}/{}", "x".repeat(4000)),
        format!("http://{trap}:1/"),
    ]
}
