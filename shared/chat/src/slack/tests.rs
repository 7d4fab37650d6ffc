use std::collections::BTreeSet;

use centops_why::texts::Language;
use proptest::prelude::*;

use super::*;
use crate::answer::Link;

/// The example of Slack's documentation.
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const TIME: &str = "1531420618";
const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
    channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
    response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
    trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn slack(secrets: &[&str]) -> Slack {
    let channels: BTreeSet<_> = ["G8PSS9T3V".to_owned()].into();
    let home = Home { team: "T1DC2JH3J".to_owned(), channels, language: Language::En };
    let secrets: Vec<_> = secrets.iter().map(|&secret| secret.to_owned()).collect();
    Slack::new(home, &secrets, RESPONSES.to_owned(), Some(bot()))
}

fn bot() -> Bot {
    Bot { token: "xoxb-1".to_owned(), incidents: "G8PSS9T3V".to_owned(), address: String::new() }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_531_420_618).expect("a time")
}

fn posted() -> Posted<'static> {
    Posted {
        content_type: Some("application/x-www-form-urlencoded"),
        timestamp: Some(TIME),
        signature: Some(SIGNATURE),
        body: BODY.as_bytes(),
    }
}

/// Reads `body`, signed as Slack does it.
fn read(body: &str) -> Result<Message, Refused> {
    let slack = slack(&[SECRET]);
    let code = slack.keys.sign(format!("v0:{TIME}:{body}").as_bytes()).expect("a key");
    let signature = code.iter().fold("v0=".to_owned(), |text, byte| text + &format!("{byte:02x}"));
    slack.read(&Posted { signature: Some(&signature), body: body.as_bytes(), ..posted() }, now())
}

#[test]
fn published_example_is_authentic() {
    let message = slack(&[SECRET]).read(&posted(), now()).expect("a message");
    let sender = Sender {
        team: "T1DC2JH3J".to_owned(),
        user: "U2CERLKJA".to_owned(),
        channel: "G8PSS9T3V".to_owned(),
        is_shared: false,
    };
    assert_eq!((message.sender, message.content), (sender, Content::Command(String::new())));
    assert_eq!(message.unique.len(), 32);
    assert!(slack(&["another-secret-of-32-characters", SECRET]).read(&posted(), now()).is_ok());
}

#[test]
fn unauthentic_request_is_refused_by_time_first() {
    let refused = |posted: &Posted<'_>| slack(&[SECRET]).read(posted, now()).expect_err("refused");
    for timestamp in [None, Some(""), Some("1531420317"), Some("1531420919"), Some("1531420618.0"), Some("x")] {
        assert_eq!(refused(&Posted { timestamp, signature: None, ..posted() }), Refused::Time, "{timestamp:?}");
    }
    let upper = SIGNATURE.to_uppercase().replace("V0", "v0");
    for signature in [None, Some(""), Some("v0="), Some(&SIGNATURE[3..]), Some(&SIGNATURE[..66]), Some(&upper)] {
        assert_eq!(refused(&Posted { signature, ..posted() }), Refused::Signature, "{signature:?}");
    }
    assert_eq!(refused(&Posted { timestamp: Some("1531420619"), ..posted() }), Refused::Signature);
    assert_eq!(refused(&Posted { body: b"", ..posted() }), Refused::Signature);
    assert_eq!(refused(&Posted { content_type: Some("application/json"), ..posted() }), Refused::ContentType);
    assert_eq!(refused(&Posted { content_type: None, ..posted() }), Refused::ContentType);
    let large = vec![b'a'; crate::room::MAX_BODY + 1];
    assert_eq!(refused(&Posted { body: &large, ..posted() }), Refused::TooLarge);
    let other = slack(&["another-secret-of-32-characters"]);
    assert_eq!(other.read(&posted(), now()), Err(Refused::Signature));
    assert_eq!(slack(&[]).read(&posted(), now()), Err(Refused::Signature));
}

#[test]
fn command_of_another_workspace_is_refused() {
    let form = |team: &str| format!("team_id={team}&user_id=U1&channel_id=G8PSS9T3V&command=%2Fcentops&text=who");
    assert!(read(&form("T1DC2JH3J")).is_ok());
    assert_eq!(read(&form("T2")), Err(Refused::ForeignWorkspace));
    assert_eq!(read(&form("")), Err(Refused::Malformed));
    assert_eq!(read(&format!("{}&team_id=T2", form("T1DC2JH3J"))), Err(Refused::Malformed));
    assert_eq!(read(&form("T1DC2JH3J").replace("command", "order")), Err(Refused::Malformed));
}

#[test]
fn command_in_a_shared_or_another_channel_is_not_permitted() {
    let home = slack(&[SECRET]).home;
    let form = "team_id=T1DC2JH3J&user_id=U1&channel_id=G8PSS9T3V&command=%2Fcentops&text=who";
    assert!(home.permits_channel_of(&read(form).expect("a message").sender));
    let shared = format!("{form}&is_ext_shared_channel=true");
    assert!(!home.permits_channel_of(&read(&shared).expect("a message").sender));
    let other = form.replace("G8PSS9T3V", "D1");
    assert!(!home.permits_channel_of(&read(&other).expect("a message").sender));
}

fn press(edit: impl Fn(&mut Value)) -> Result<Message, Refused> {
    let mut payload = json!({
        "type": "block_actions",
        "team": {"id": "T1DC2JH3J", "domain": "testteamnow"},
        "user": {"id": "U1", "username": "kati", "team_id": "T1DC2JH3J"},
        "channel": {"id": "G8PSS9T3V", "name": "foobar"},
        "response_url": "https://hooks.slack.com/actions/T1/2/3",
        "actions": [{"action_id": "centops-0", "type": "button", "value": "a.b"}],
    });
    edit(&mut payload);
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
    read(&body)
}

#[test]
fn button_is_that_of_whoever_presses_it() {
    let message = press(|_| ()).expect("a message");
    assert_eq!(message.sender.user, "U1");
    let respond_to = Some("https://hooks.slack.com/actions/T1/2/3".to_owned());
    assert_eq!(message.content, Content::Button { value: "a.b".to_owned(), respond_to });
    let set = |pointer: &'static str, value: Value| press(move |payload| payload[pointer] = value.clone());
    assert_eq!(press(|payload| payload["user"]["team_id"] = "T2".into()), Err(Refused::ForeignWorkspace));
    assert_eq!(press(|payload| payload["team"]["id"] = "T2".into()), Err(Refused::ForeignWorkspace));
    assert_eq!(press(|payload| payload["user"]["team_id"] = "E1".into()), Err(Refused::ForeignWorkspace));
    let grid = press(|payload| {
        payload["user"]["team_id"] = "E1".into();
        payload["team"]["enterprise_id"] = "E1".into();
    });
    assert!(grid.is_ok());
    assert_eq!(set("type", "view_submission".into()), Err(Refused::Malformed));
    assert_eq!(set("actions", json!([])), Err(Refused::Malformed));
    assert_eq!(set("channel", Value::Null), Err(Refused::Malformed));
    let shared = press(|payload| payload["channel"]["is_ext_shared"] = true.into()).expect("a message");
    assert!(shared.sender.is_shared);
}

#[test]
fn answers_to_buttons_go_to_slack_only() {
    let slack = slack(&[SECRET]);
    assert!(slack.may_respond_to("https://hooks.slack.com/actions/T1/2/3"));
    for bad in [
        "https://hooks.slack.com.example.ee/",
        "https://hooks.slack.com@example.ee/",
        "http://hooks.slack.com/",
        "https://hooks.slack.com",
        "",
    ] {
        assert!(!slack.may_respond_to(bad), "{bad}");
    }
}

#[test]
fn text_of_a_command_is_as_it_was_written() {
    let form =
        "team_id=T1DC2JH3J&user_id=U1&channel_id=C1&command=%2Fcentops&text=hold+tax+a+%26amp%3Blt%3B+b+%26gt%3B+c";
    assert_eq!(read(form).expect("a message").content, Content::Command("hold tax a &lt; b > c".to_owned()));
}

#[test]
fn check_of_the_connection_is_answered_when_it_is_authentic() {
    assert_eq!(read("ssl_check=1&token=x").map(|message| message.content), Ok(Content::Check));
}

proptest! {
    #[test]
    fn rendered_answer_has_no_control_sequence_and_is_within_the_limits(text in "[<>&@!#a-zõ\n|*]{0,300}", times in 1_usize..200) {
        let answer = Answer::private(text.repeat(times));
        let rendered = slack(&[SECRET]).render(&answer, Occasion::Command);
        let blocks = rendered["blocks"].as_array().expect("blocks");
        prop_assert!(blocks.len() <= 50);
        prop_assert!(rendered.to_string().len() <= 100_000);
        for text in blocks.iter().map(|block| &block["text"]["text"]).chain([&rendered["text"]]) {
            let text = text.as_str().expect("a text");
            prop_assert!(text.chars().count() <= MAX_SECTION);
            prop_assert!(!text.contains(['<', '>']));
            prop_assert_eq!(text.matches('@').count(), text.matches("@\u{200b}").count());
            let entities = ["&amp;", "&lt;", "&gt;"].iter().map(|entity| text.matches(entity).count()).sum::<usize>();
            prop_assert_eq!(text.matches('&').count(), entities);
        }
    }
}

#[test]
fn answer_to_a_button_replaces_the_message_for_everybody_only() {
    let slack = slack(&[SECRET]);
    let button = Button { label: "Confirm", value: "a.b".to_owned() };
    let answer = Answer::in_channel("done").with(vec![button]);
    let rendered = slack.render(&answer, Occasion::Button);
    assert_eq!((&rendered["response_type"], &rendered["replace_original"]), (&json!("in_channel"), &json!(true)));
    assert_eq!(rendered["blocks"][1]["elements"][0]["value"], "a.b");
    let private = slack.render(&Answer::private("no"), Occasion::Button);
    assert_eq!((&private["response_type"], &private["replace_original"]), (&json!("ephemeral"), &json!(false)));
}

#[test]
fn message_is_posted_by_the_web_api_and_its_answer_read() {
    let slack = slack(&[SECRET]);
    let bot = slack.bot().expect("a bot");
    let link = Link { label: "Open", address: "https://console.example.ee/incidents/1".to_owned() };
    let answer = Answer { link: Some(link), ..Answer::in_channel("tax <b>") };
    let root = slack.post(bot, bot.incidents(), None, &answer);
    assert_eq!((root.method, root.address.as_str()), (ApiMethod::Post, "https://slack.com/api/chat.postMessage"));
    assert_eq!((&root.body["channel"], &root.body["text"]), (&json!("G8PSS9T3V"), &json!("tax &lt;b&gt;")));
    assert_eq!(root.body["blocks"][1]["text"]["text"], "<https://console.example.ee/incidents/1|Open>");
    assert!(root.body.get("thread_ts").is_none() && root.body.get("response_type").is_none());
    assert_eq!(slack.post(bot, "G8PSS9T3V", Some("1.2"), &answer).body["thread_ts"], "1.2");
    let edit = slack.edit(bot, "G8PSS9T3V", "1.2", &answer);
    assert_eq!((edit.address.as_str(), &edit.body["ts"]), ("https://slack.com/api/chat.update", &json!("1.2")));
    let refused = |status, word: &str| slack.posted(status, &json!({"ok": false, "error": word}));
    assert_eq!(slack.posted(200, &json!({"ok": true, "ts": "1503435956.000247"})), Ok("1503435956.000247".to_owned()));
    assert_eq!(refused(200, "ratelimited"), Err(NotPosted::TooMany));
    assert_eq!(refused(429, ""), Err(NotPosted::TooMany));
    assert_eq!(refused(200, "message_not_found"), Err(NotPosted::Gone));
    let word = "channel_not_found".to_owned();
    assert_eq!(refused(200, "channel_not_found"), Err(NotPosted::Refused { status: 200, word }));
    assert!(slack.posted(200, &Value::Null).is_err() && slack.posted(500, &json!({"ok": true, "ts": "1"})).is_err());
}
