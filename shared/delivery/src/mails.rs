//! E-mail by SES, with HTML and plain text.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{
        Attachment, AttachmentContentDisposition, AttachmentContentTransferEncoding, Body, Content, Destination,
        EmailContent, Message, MessageHeader,
    },
};
use centops_domain::notifications::{self, Mail, Outcome};
use reqwest::Url;

use crate::{aws, delivery::Delivery};

/// The header with the id of the message. SES overwrites `Message-ID`.
const MESSAGE_HEADER: &str = "X-CentOps-Message";

/// Sends mails.
#[derive(Clone, Debug)]
pub struct Mails {
    client: Client,
    sender: String,
    configuration_set: Option<String>,
}

impl Mails {
    /// Returns what sends mails from the address `sender`. SES reports bounces as `configuration_set` says.
    #[must_use]
    pub fn new(client: Client, sender: String, configuration_set: Option<String>) -> Self {
        Self { client, sender, configuration_set }
    }

    /// Sends `mail`, the message `id`, to the address `to` (ASCII). `unsubscribe` is the URL to which a mail reader posts
    /// to end the subscription (RFC 8058).
    pub async fn send(&self, to: &str, mail: Mail, id: &str, unsubscribe: Option<&Url>) -> Delivery {
        let message = match message(mail, id, unsubscribe) {
            Ok(message) => message,
            Err(error) => return Delivery::failed(Outcome::Refused, &error.to_string()),
        };
        let request = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build())
            .set_configuration_set_name(self.configuration_set.clone());
        match request.send().await {
            Ok(sent) => Delivery::accepted(200, sent.message_id),
            Err(error) if self.is_refused(&error) => Delivery::failed(Outcome::Refused, &aws::reason(&error)),
            Err(error) => aws::unavailable(&error),
        }
    }

    /// Returns whether SES would refuse the same mail again, for the address or the content.
    fn is_refused(&self, error: &SdkError<SendEmailError>) -> bool {
        let is_permanent = matches!(
            error.as_service_error(),
            Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_))
        );
        // An unverified sender is refused in the same way, and named: that is no fault of the address.
        is_permanent && !error.message().is_some_and(|text| text.contains(&self.sender))
    }
}

fn message(mail: Mail, id: &str, unsubscribe: Option<&Url>) -> Result<Message, BuildError> {
    let content = |text| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
    let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned()), (MESSAGE_HEADER, id.to_owned())];
    if let Some(url) = unsubscribe {
        headers.push(("List-Unsubscribe", format!("<{url}>")));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let header = |(name, value): (&str, String)| MessageHeader::builder().name(name).value(value).build();
    let headers = headers.into_iter().map(header).collect::<Result<_, _>>()?;
    let attachments = mail.attachments.into_iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
    let attachments = Some(attachments).filter(|attachments| !attachments.is_empty());
    let message = Message::builder().subject(content(mail.subject)?).body(body);
    Ok(message.set_headers(Some(headers)).set_attachments(attachments).build())
}

fn attachment(file: notifications::Attachment) -> Result<Attachment, BuildError> {
    let notifications::Attachment { name, media_type, content } = file;
    Attachment::builder()
        .file_name(name)
        .content_type(media_type)
        .content_disposition(AttachmentContentDisposition::Attachment)
        // The default has seven bits, and files are in UTF-8.
        .content_transfer_encoding(AttachmentContentTransferEncoding::Base64)
        .raw_content(Blob::new(content.into_bytes()))
        .build()
}
