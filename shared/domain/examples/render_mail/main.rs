//! Prints a large notification, so that a person can look at it:
//! `cargo run -p centops-domain --example render_mail -- [et|en] [html|text|sms|json|slack|teams|pagerduty|alertmanager]`
//!
//! `cargo run -p centops-domain --example render_mail -- files FOLDER` writes the HTML of all its mails and reports, in both
//! languages, for the tests in a browser (`tests/accessibility`).
#![expect(clippy::expect_used, reason = "an example stops at the first surprise")]

mod messages;
mod reports;

use std::{env, fs, path::Path};

use centops_domain::notifications::{Language, Links, MessageContent, Renderer, Zone};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let links = Links {
        console: Some("https://console.example.ee/".parse().expect("a URL")),
        unsubscribe: Some("https://console.example.ee/unsubscribe?token=abc".parse().expect("a URL")),
    };
    if let ["files", folder] = arguments[..] {
        return write_files(Path::new(folder), &links);
    }
    let language = if arguments.first() == Some(&"en") { Language::En } else { Language::Et };
    let renderer = Renderer { language, zone: Zone::default(), links: &links };
    let (_, content) = messages::messages().swap_remove(0);
    println!("{}", form(&renderer, &content, arguments.get(1).copied()));
}

/// Writes `<message>.<language>.html` for each message and language.
fn write_files(folder: &Path, links: &Links) {
    fs::create_dir_all(folder).expect("a folder that can be written");
    for (name, content) in messages::messages() {
        for language in [Language::Et, Language::En] {
            let renderer = Renderer { language, zone: Zone::default(), links };
            let file = folder.join(format!("{name}.{}.html", language.as_str()));
            fs::write(file, renderer.mail(&content).html).expect("a file that can be written");
        }
    }
    for language in [Language::Et, Language::En] {
        for (name, html) in reports::reports(language, links) {
            let file = folder.join(format!("{name}.{}.html", language.as_str()));
            fs::write(file, html).expect("a file that can be written");
        }
    }
}

fn form(renderer: &Renderer, content: &MessageContent, form: Option<&str>) -> String {
    match form {
        None | Some("html") => renderer.mail(content).html,
        Some("text") => renderer.mail(content).text,
        Some("sms") => renderer.sms(content),
        Some("json") => renderer.json(content),
        Some("slack") => renderer.slack(content),
        Some("teams") => renderer.teams(content),
        Some("pagerduty") => {
            let events = renderer.pagerduty(content);
            events.iter().map(|event| event.body("ROUTING-KEY")).collect::<Vec<_>>().join("\n")
        }
        Some("alertmanager") => renderer.alertmanager(content),
        Some(other) => format!("unknown form: {other}"),
    }
}
