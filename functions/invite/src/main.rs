//! `POST /invitations`: an administrator invites an institution, by e-mail. The invitation is stored first;
//! where its letter cannot be sent it is withdrawn, so that a retry starts anew.

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, DisplayErrorContext},
    types::{Body, Content, Destination, EmailContent, Message},
};
use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    invitation::{
        Invitation, InvitationId, NewInvitation,
        code::Code,
        letter::{Letter, letter},
        view::{InvitationView, Reader},
    },
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

struct Inviter<'a> {
    store: &'a Store,
    client: Client,
    /// Whom the letters come from.
    sender: String,
    /// Where who gets a letter goes.
    address: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let inviter = &Inviter {
        store,
        client: Client::new(&centops_api::startup::config()?),
        sender: centops_api::startup::variable("INVITATION_SENDER")?,
        address: centops_api::startup::variable("INVITATION_ADDRESS")?,
    };
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { inviter.invite(&act, &request).await }).await
}

impl Inviter<'_> {
    async fn invite(&self, act: &Act<'_>, request: &Request) -> Reply {
        let person = caller::person(request, &[Role::Admin])?;
        let new: NewInvitation = request::body(request)?;
        let (mut id, mut code) = ([0; 10], [0; 32]);
        getrandom::fill(&mut id).and_then(|()| getrandom::fill(&mut code)).map_err(Problem::internal)?;
        let (id, code) = (InvitationId::new(act.now, &id), Code::new(code));
        let invitation = Invitation::new(new, id, code.hash(), person.subject, act.now);
        let invited = self.store.invite(act, invitation).await?;
        if let Err(problem) = self.send(&invited.value, &code).await {
            // The same request writes a second time: it has a record of its own.
            if let Err(error) = self.store.withdraw_unsent(&act.part(1), &id).await {
                tracing::error!(%error, %id, "an invitation without a letter could not be withdrawn");
            }
            return Err(problem);
        }
        let view = InvitationView::new(&invited.value, Reader::Staff, act.now);
        reply::located(reply::versioned(StatusCode::CREATED, invited.version, &view), &format!("/invitations/{id}"))
    }

    /// Sends the letter of `invitation` with its `code`.
    async fn send(&self, invitation: &Invitation, code: &Code) -> Result<(), Problem> {
        let message = message(letter(invitation, code, &self.address)).map_err(Problem::internal)?;
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

fn message(letter: Letter) -> Result<Message, BuildError> {
    let content = |text| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(content(letter.text)?).build();
    Ok(Message::builder().subject(content(letter.subject)?).body(body).build())
}
