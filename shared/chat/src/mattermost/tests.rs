use std::collections::BTreeSet;

use centops_why::texts::Language;
use proptest::prelude::*;

use super::*;
use crate::answer::Link;
use crate::{action::Action, button::Offer};

const TOKEN: &str = "gr8t7nfgx3yc5gbf5ukzsm14qh";

fn room(tokens: &[&str]) -> Mattermost {
    let channels: BTreeSet<_> = ["c1".to_owned()].into();
    let home = Home { team: "t1".to_owned(), channels, language: Language::En };
    let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
    Mattermost::new(home, &tokens, "https://api.example.ee/chat/mattermost/requests".to_owned(), Some(bot()))
}

fn bot() -> Bot {
    let address = "https://chat.example.ee".to_owned();
    Bot { token: TOKEN.to_owned(), incidents: "c1".to_owned(), address }
}

fn now() -> Timestamp {
    "2026-11-28T09:00:00Z".parse().expect("a time")
}

fn read(content_type: &str, body: &str) -> Result<Message, Refused> {
    let posted = Posted { content_type: Some(content_type), timestamp: None, signature: None, body: body.as_bytes() };
    room(&["another-token-of-26-letters", TOKEN]).read(&posted, now())
}

fn command(body: &str) -> Result<Message, Refused> {
    read("application/x-www-form-urlencoded; charset=utf-8", body)
}

#[test]
fn command_needs_the_token() {
    let form = format!("token={TOKEN}&team_id=t1&user_id=u1&channel_id=c1&command=%2Fcentops&trigger_id=abc&text=who");
    let message = command(&form).expect("a message");
    assert_eq!((message.unique, message.content), (b"abc".to_vec(), Content::Command("who".to_owned())));
    assert_eq!(command(&form.replace(TOKEN, "")), Err(Refused::Signature));
    assert_eq!(command(&form.replace(TOKEN, &TOKEN[1..])), Err(Refused::Signature));
    assert_eq!(command(&form.replace("token=", "tokens=")), Err(Refused::Signature));
    assert_eq!(command(&format!("{form}&token={TOKEN}")), Err(Refused::Signature));
    assert_eq!(command(&form.replace("team_id=t1", "team_id=t2")), Err(Refused::ForeignWorkspace));
    assert_eq!(command(&form.replace("trigger_id=abc", "trigger_id=")), Err(Refused::Malformed));
    assert_eq!(read("text/plain", &form), Err(Refused::ContentType));
    assert_eq!(command(&"a".repeat(crate::room::MAX_BODY + 1)), Err(Refused::TooLarge));
}

fn value(until: &str) -> String {
    let action: Action = serde_json::from_value(json!({"action": "release", "chatbot": "tax"})).expect("an action");
    let offer = Offer::of(action, until.parse().expect("a time"));
    room(&[TOKEN]).seal.value(&offer).expect("a value")
}

#[test]
fn button_needs_a_value_of_ours() {
    let pressed = |value: &str, team: &str| {
        let body = json!({"user_id": "u1", "user_name": "kati", "channel_id": "c1", "team_id": team, "post_id": "p1",
            "trigger_id": "abc", "type": "button", "context": {"value": value}});
        read("application/json", &body.to_string())
    };
    let good = value("2026-11-28T10:00:00Z");
    let content = Content::Button { value: good.clone(), respond_to: None };
    assert_eq!(pressed(&good, "t1").map(|message| message.content), Ok(content));
    assert!(pressed(&value("2026-11-28T08:00:00Z"), "t1").is_ok(), "the answer says that it is over");
    assert_eq!(pressed(&good[1..], "t1"), Err(Refused::Signature));
    assert_eq!(pressed("", "t1"), Err(Refused::Signature));
    assert_eq!(pressed(&good, "t2"), Err(Refused::ForeignWorkspace));
    assert_eq!(read("application/json", "{}"), Err(Refused::Signature));
    assert_eq!(read("application/json", "["), Err(Refused::Signature));
}

proptest! {
    #[test]
    fn rendered_text_has_no_mention_and_no_markup(text in "[@!\\[\\]()*_`#|<>a-z:/ ]{0,200}") {
        let rendered = room(&[TOKEN]).render(&Answer::private(text), Occasion::Command);
        let text = rendered["text"].as_str().expect("a text");
        prop_assert_eq!(text.matches('@').count(), text.matches("@\u{200b}").count());
        prop_assert!(!text.contains(['<', '>']) && !text.contains("://"));
        for markup in ['[', ']', '(', ')', '!', '*', '_', '`', '#', '|'] {
            prop_assert_eq!(text.matches(markup).count(), text.matches(&format!("\\{markup}")).count());
        }
    }
}

#[test]
fn button_of_a_message_has_our_address_and_the_value() {
    let button = Button { label: "Confirm", value: "a.b".to_owned() };
    let rendered = room(&[TOKEN]).render(&Answer::in_channel("sure?").with(vec![button]), Occasion::Command);
    let integration = &rendered["attachments"][0]["actions"][0]["integration"];
    let expected = json!({"url": "https://api.example.ee/chat/mattermost/requests", "context": {"value": "a.b"}});
    assert_eq!((integration, &rendered["response_type"]), (&expected, &json!("in_channel")));
    let done = room(&[TOKEN]).render(&Answer::in_channel("done"), Occasion::Button);
    assert_eq!(done, json!({"update": {"message": "done", "props": {}}}));
    let refused = room(&[TOKEN]).render(&Answer::private("no"), Occasion::Button);
    assert_eq!(refused, json!({"ephemeral_text": "no"}));
    assert!(!room(&[TOKEN]).may_respond_to("https://hooks.slack.com/actions/1"));
}

#[test]
fn message_is_posted_by_the_api_and_its_answer_read() {
    let room = room(&[TOKEN]);
    let bot = room.bot().expect("a bot");
    let link = Link { label: "Ava", address: "https://console.example.ee/incidents/1".to_owned() };
    let answer = Answer { link: Some(link), ..Answer::in_channel("tax *b*") };
    let first = room.post(bot, bot.incidents(), None, &answer);
    assert_eq!((first.method, first.address.as_str()), (ApiMethod::Post, "https://chat.example.ee/api/v4/posts"));
    let message = "tax \\*b\\*\n[Ava](https://console.example.ee/incidents/1)";
    assert_eq!(
        first.body,
        json!({"channel_id": "c1", "root_id": "", "message": message, "props": {"attachments": []}})
    );
    assert_eq!(room.post(bot, "c1", Some("m1"), &answer).body["root_id"], "m1");
    let edit = room.edit(bot, "c1", "m1", &answer);
    assert_eq!((edit.method, edit.address.as_str()), (ApiMethod::Put, "https://chat.example.ee/api/v4/posts/m1/patch"));
    assert_eq!(room.posted(201, &json!({"id": "m1"})), Ok("m1".to_owned()));
    assert!(room.posted(201, &json!({"id": "../users"})).is_err(), "an id is a part of an address");
    assert_eq!(room.posted(404, &json!({"id": "store.sql_post.get.app_error"})), Err(NotPosted::Gone));
    assert_eq!(room.posted(429, &Value::Null), Err(NotPosted::TooMany));
    let word = "api.context.permissions.app_error".to_owned();
    assert_eq!(room.posted(403, &json!({"id": word})), Err(NotPosted::Refused { status: 403, word }));
}
