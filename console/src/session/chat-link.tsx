//! The code by which a person links an account of a chat: `/chat`. It is in the state of this page, and nowhere else.

import { useState } from 'preact/hooks';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { useSecretAction } from '../api/secret-action.ts';
import { Form } from '../elements/form.tsx';
import { Secret } from '../elements/secret.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Page } from '../shell/page.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Vestluskanal',
    explanation:
      'Seo oma Slacki või Mattermosti konto, siis saad seal käske anda oma rollidega. Seos kehtib 30 päeva.',
    get: 'Võta kood',
    code: 'Kirjuta see kümne minuti jooksul vestluskanalisse',
    warning: 'Ära anna käsku kellelegi: kes selle kirjutab, tegutseb sinu nimel.',
  },
  en: {
    title: 'Chat',
    explanation:
      'Link your account of Slack or Mattermost, then you can give commands there with your roles. The link ends after 30 days.',
    get: 'Get a code',
    code: 'Write this in the chat within ten minutes',
    warning: 'Give the command to nobody: whoever writes it acts in your name.',
  },
});

export function ChatLinkPage() {
  const texts = useTexts(TEXTS);
  const [code, setCode] = useState<Schemas['ChatLinkCode']>();
  const { isPending, error, send } = useSecretAction(async () =>
    dataOf(await api.POST('/session/chat-links')),
  );
  return (
    <Page title={texts.title}>
      <p>{texts.explanation}</p>
      {code === undefined ? (
        <Form
          submit={texts.get}
          isPending={isPending}
          error={error}
          onSubmit={async () => setCode(await send(undefined))}
        >
          {null}
        </Form>
      ) : (
        <>
          <p>{texts.warning}</p>
          <Secret
            label={texts.code}
            value={`/centops link ${code.code}`}
            onKept={() => setCode(undefined)}
          />
        </>
      )}
    </Page>
  );
}
