//! `POST /invitations`: invites an institution by e-mail. The invitation is stored first. If its e-mail cannot be sent,
//! it is withdrawn, so that a retry creates a new one.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, DisplayErrorContext},
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
        let message = message(invitation_mail(invitation, code, &self.address)).map_err(Problem::internal)?;
        let request = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(invitation.email.as_str()).build())
            .content(EmailContent::builder().simple(message).build());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Problem::unavailable(DisplayErrorContext(error))),
        }
    }
}

fn message(mail: InvitationMail) -> Result<Message, BuildError> {
    let content = |text| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(content(mail.text)?).build();
    Ok(Message::builder().subject(content(mail.subject)?).body(body).build())
}
