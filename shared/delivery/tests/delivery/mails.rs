//! Tests of mails, with mocked responses of SES.

use aws_sdk_sesv2::{Client, config::http::HttpResponse, operation::send_email::SendEmailOutput, types::Content};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_delivery::{Delivery, Mails};
use centops_domain::notifications::{Attachment, Mail, Outcome};

use crate::{answered, url};

const SENDER: &str = "centops@example.ee";

fn mails(rules: &[&Rule]) -> Mails {
    let client = mock_client!(aws_sdk_sesv2, RuleMode::Sequential, rules);
    Mails::new(client, SENDER.to_owned(), Some("notifications".to_owned()))
}

fn mail() -> Mail {
    Mail {
        subject: "Võrgust väljas".to_owned(),
        text: "Maks".to_owned(),
        html: "<p>Maks</p>".to_owned(),
        attachments: vec![],
    }
}

/// Returns the rule of a mail with these headers.
fn sends(headers: &'static [(&'static str, &'static str)]) -> Rule {
    mock!(Client::send_email)
        .match_requests(move |request| {
            let message = request.content().and_then(|content| content.simple()).expect("a message");
            let body = message.body().expect("a body");
            let found: Vec<_> = message.headers().iter().map(|header| (header.name(), header.value())).collect();
            request.from_email_address() == Some(SENDER)
                && request.destination().expect("a destination").to_addresses() == ["owner@tax.example.ee"]
                && request.configuration_set_name() == Some("notifications")
                && message.subject().map(|subject| (subject.data(), subject.charset()))
                    == Some(("Võrgust väljas", Some("UTF-8")))
                && body.text().map(Content::data) == Some("Maks")
                && body.html().map(Content::data) == Some("<p>Maks</p>")
                && found == headers
        })
        .then_output(|| SendEmailOutput::builder().message_id("m1").build())
}

#[tokio::test]
async fn file_is_attached_as_it_is() {
    let sends = mock!(Client::send_email)
        .match_requests(|request| {
            let message = request.content().and_then(|content| content.simple()).expect("a message");
            let [file] = message.attachments() else { return false };
            file.file_name() == "tax-2026-11-23.csv"
                && file.content_type() == Some("text/csv; charset=utf-8")
                && file.content_disposition().map(aws_sdk_sesv2::types::AttachmentContentDisposition::as_str)
                    == Some("ATTACHMENT")
                && file.content_transfer_encoding()
                    == Some(&aws_sdk_sesv2::types::AttachmentContentTransferEncoding::Base64)
                && file.raw_content().as_ref() == "\u{FEFF}\"õ\"\r\n".as_bytes()
        })
        .then_output(|| SendEmailOutput::builder().message_id("m1").build());
    let file = Attachment {
        name: "tax-2026-11-23.csv".to_owned(),
        media_type: "text/csv; charset=utf-8".to_owned(),
        content: "\u{FEFF}\"õ\"\r\n".to_owned(),
    };
    let mail = Mail { attachments: vec![file], ..mail() };
    let sent = mails(&[&sends]).send("owner@tax.example.ee", mail, "0192", None).await;
    assert_eq!(sent.outcome, answered(200));
}

#[tokio::test]
async fn mail_has_html_text_and_the_link_that_ends_it() {
    let accepted = Delivery { outcome: answered(200), provider_id: Some("m1".to_owned()), error: None };
    let linked = sends(&[
        ("Auto-Submitted", "auto-generated"),
        ("X-CentOps-Message", "0192"),
        ("List-Unsubscribe", "<https://console.example.ee/unsubscribe?a=1&t=x>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]);
    let link = url("https://console.example.ee/unsubscribe?a=1&t=x");
    assert_eq!(mails(&[&linked]).send("owner@tax.example.ee", mail(), "0192", Some(&link)).await, accepted);
    let plain = sends(&[("Auto-Submitted", "auto-generated"), ("X-CentOps-Message", "0192")]);
    assert_eq!(mails(&[&plain]).send("owner@tax.example.ee", mail(), "0192", None).await, accepted);
}

#[tokio::test]
async fn refused_address_is_not_tried_again_and_other_failures_are() {
    const UNVERIFIED: &str = "Email address is not verified. The following identities failed the check: ";
    for (status, code, message, outcome, error) in [
        (400, "MessageRejected", format!("{UNVERIFIED}owner@tax.example.ee"), Outcome::Refused, "[e-mail]"),
        (400, "BadRequestException", "Domain contains dot-dot".to_owned(), Outcome::Refused, "dot-dot"),
        (400, "MessageRejected", format!("{UNVERIFIED}{SENDER}"), answered(400), "[e-mail]"),
        (400, "LimitExceededException", "Daily message quota exceeded".to_owned(), answered(429), "quota"),
        (429, "TooManyRequestsException", "Maximum sending rate exceeded".to_owned(), answered(429), "rate"),
        (400, "SendingPausedException", "Sending is paused".to_owned(), answered(400), "paused"),
        (404, "NotFoundException", "Configuration set does not exist".to_owned(), answered(404), "does not exist"),
        (500, "InternalFailure", "oops".to_owned(), answered(500), "oops"),
    ] {
        let text = message.clone();
        let fails = mock!(Client::send_email)
            .sequence()
            .http_response(move || {
                let body = serde_json::json!({ "message": message }).to_string();
                let mut response = HttpResponse::new(status.try_into().expect("a status"), body.into());
                response.headers_mut().insert("x-amzn-errortype", code);
                response
            })
            .repeatedly()
            .build();
        let delivery = mails(&[&fails]).send("owner@tax.example.ee", mail(), "0192", None).await;
        assert_eq!((delivery.outcome, &delivery.provider_id), (outcome, &None), "{text}");
        let found = delivery.error.expect("an error");
        assert!(found.starts_with(code) && found.contains(error) && !found.contains("example"), "{found}");
    }
}
