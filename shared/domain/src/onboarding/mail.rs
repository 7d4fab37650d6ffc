//! The invitation mail: plain text, in Estonian and English.

use crate::{credentials::secret::Secret, onboarding::invitation::Invitation};

/// An invitation mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationMail {
    /// The subject: one line.
    pub subject: String,
    /// The body.
    pub text: String,
}

/// Returns the mail of `invitation` with its `code`. `address` is the URL at which the recipient applies.
#[must_use]
pub fn invitation_mail(invitation: &Invitation, code: &Secret, address: &str) -> InvitationMail {
    let Invitation { id, institution, until, .. } = invitation;
    let code = code.reveal();
    let (estonian, english) = (until.strftime("%d.%m.%Y kell %H:%M (UTC)"), until.strftime("%d %B %Y, %H:%M (UTC)"));
    let subject = "Kutse Bürokrati võrku / Invitation to the Bürokratt network".to_owned();
    let text = format!(
        "\
(In English below.)

Tere!

Bürokrati võrgu halduskeskus CentOps kutsub asutust {institution} oma vestlusrobotit võrku registreerima.

Mida teha:
1. Looge vestlusrobotile võti ja sertifikaaditaotlus (CSR). Võti jääb teie kätte.
2. Logige sisse aadressil {address}
   ja esitage taotlus: vestlusroboti andmed, sertifikaaditaotlus ja allolev kood.
3. Halduskeskus vaatab taotluse läbi. Otsuse ja sertifikaadi leiate samalt aadressilt.

Kutse number: {id}
Kood:         {code}
Kehtib kuni:  {estonian}

Koodi saab kasutada ühe korra. Ärge saatke seda edasi neile, kes ei tohi teie asutuse nimel taotlust
esitada. Kui te seda kutset ei oodanud, siis jätke see kiri tähelepanuta.


Hello,

CentOps, the operations centre of the Bürokratt network, invites the institution {institution} to enrol its
chatbot in the network.

What to do:
1. Make a key and a certificate request (CSR) for the chatbot. The key stays with you.
2. Sign in at {address}
   and apply: with the chatbot's details, the certificate request and the code below.
3. The operations centre looks at your application. You find its decision and the certificate at the same address.

Invitation:   {id}
Code:         {code}
Valid until:  {english}

The code can be used once. Do not pass it on to anyone who may not apply in your institution's name. If you did
not expect this invitation, ignore this mail.
"
    );
    InvitationMail { subject, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onboarding::invitation::tests::{code, invitation};

    #[test]
    fn mail_contains_id_code_and_address_in_both_languages() {
        let invitation = invitation();
        let mail = invitation_mail(&invitation, &code(), "https://centops.example.ee/");
        let reveal = code().reveal();
        for needed in [invitation.id.to_string().as_str(), &reveal, "https://centops.example.ee/", "tax-board"] {
            assert_eq!(mail.text.matches(needed).count(), 2, "{needed} in {}", mail.text);
        }
        assert!(mail.text.contains("Kehtib kuni:  05.10.2026 kell 14:13 (UTC)"), "{}", mail.text);
        assert!(mail.text.contains("Valid until:  05 October 2026, 14:13 (UTC)"), "{}", mail.text);
        assert!(!mail.subject.contains('\n') && !mail.subject.contains(&reveal));
    }
}
