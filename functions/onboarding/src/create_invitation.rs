//! `POST /invitations`: invites an institution by e-mail. The invitation is stored first. If its e-mail cannot be sent,
//! it is withdrawn, so that a retry creates a new one.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::Secret,
    onboarding::{Invitation, InvitationId, InvitationMail, InvitationView, NewInvitation, Reader, invitation_mail},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct CreateInvitation {
    store: Store,
    client: Client,
    /// The From address of invitation e-mails.
    sender: String,
    /// The base URL that invitation e-mails link to.
    address: String,
}

impl FromSetup for CreateInvitation {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            client: Client::new(setup.config()),
            sender: setup.variable("INVITATION_SENDER")?,
            address: setup.variable("INVITATION_ADDRESS")?,
        })
    }
}

impl Operation for CreateInvitation {
    const CONTRACT: contract::Operation = operations::CREATE_INVITATION;
    type Caller = Person;
    type Body = Json<NewInvitation>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let Call { caller, body: Json(new), audit, .. } = call;
        let (id, code) = (InvitationId::new(audit.now, &random::bytes()?), Secret::new(random::bytes()?));
        let invitation = Invitation::new(new, id, code.hash(), caller.subject, audit.now);
        let invited = state.store.create_invitation(&audit, invitation).await?;
        if let Err(problem) = state.send(&invited.value, &code).await {
            // The second write of the request: it has an audit record of its own.
            if let Err(error) = state.store.withdraw_unsent_invitation(&audit.part(1), &id).await {
                tracing::error!(%error, %id, "failed to withdraw invitation without e-mail id={id}");
            }
            return Err(problem);
        }
        let view = InvitationView::new(&invited.value, Reader::Staff, audit.now);
        reply::located(reply::versioned(StatusCode::CREATED, invited.version, &view), &format!("/invitations/{id}"))
    }
}

impl CreateInvitation {
    /// Sends the e-mail of `invitation` with its `code`.
    async fn send(&self, invitation: &Invitation, code: &Secret) -> Result<(), Problem> {
        let to = invitation.email.to_ascii().map_err(|error| Problem::invalid("#/email", error))?;
        let message = message(invitation_mail(invitation, code, &self.address)).map_err(Problem::internal)?;
        let request = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build());
        request.send().await.map(drop).map_err(|error| refusal(error, &self.sender))
    }
}

/// Returns the problem of a refusal by SES. A retry cannot mend the refusal of an address, so only others ask for one.
/// `sender` is the From address.
fn refusal(error: SdkError<SendEmailError>, sender: &str) -> Problem {
    let is_permanent = matches!(
        error.as_service_error(),
        Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_))
    );
    // An unverified sender is refused in the same way, and named: that is no fault of the address.
    let is_of_the_sender = error.message().is_some_and(|text| text.contains(sender));
    if !is_permanent || is_of_the_sender {
        return Problem::unavailable(DisplayErrorContext(error));
    }
    // The text of the refusal may name the address, so it is not logged.
    tracing::warn!(code = error.code(), "SES refused the address of an invitation");
    Problem::invalid("#/email", "SES does not send e-mail to this address: give another one")
}

fn message(mail: InvitationMail) -> Result<Message, BuildError> {
    let content = |text| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(content(mail.text)?).build();
    Ok(Message::builder().subject(content(mail.subject)?).body(body).build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_sesv2::{
        config::http::HttpResponse,
        error::ErrorMetadata,
        types::error::{BadRequestException, MessageRejected, TooManyRequestsException},
    };

    use super::*;

    /// Returns the answer to SES's refusal `error`.
    fn answer(error: SendEmailError) -> (u16, String) {
        let response = HttpResponse::new(400.try_into().expect("a status"), "".into());
        let problem = refusal(SdkError::service_error(error, response), "centops@example.ee");
        (problem.status().as_u16(), problem.to_string())
    }

    fn meta(text: &str) -> ErrorMetadata {
        ErrorMetadata::builder().message(text).build()
    }

    fn rejected(text: &str) -> SendEmailError {
        SendEmailError::MessageRejected(MessageRejected::builder().message(text).meta(meta(text)).build())
    }

    #[test]
    fn refused_address_is_a_400_that_is_not_to_be_retried() {
        let text = "Local address contains control or whitespace: it@example.org";
        let bad = BadRequestException::builder().message(text).meta(meta(text)).build();
        let unverified = "Email address is not verified. The following identities failed the check: it@example.org";
        for error in [rejected(unverified), SendEmailError::BadRequestException(bad)] {
            let (status, text) = answer(error);
            assert_eq!(status, 400, "{text}");
            assert!(text.contains("#/email") && !text.contains("example.org"), "{text}");
        }
    }

    #[test]
    fn other_refusals_are_to_be_retried() {
        let sender = "Email address is not verified. The following identities failed the check: centops@example.ee";
        assert_eq!(answer(rejected(sender)).0, 503);
        let slow = TooManyRequestsException::builder().message("rate").meta(meta("rate")).build();
        assert_eq!(answer(SendEmailError::TooManyRequestsException(slow)).0, 503);
    }
}
