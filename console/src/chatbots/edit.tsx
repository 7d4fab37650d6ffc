//! The change of a chatbot, and its deletion: `/chatbots/:name/edit`.

import { useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import { api, ifMatch, type Schemas, type Versioned, versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { EditForm } from '../elements/edit.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { loadChatbot } from './data.ts';
import { changeOf, entriesOf } from './entries.ts';
import { ChatbotFields, FIELD_TEXTS, InstitutionField } from './fields.tsx';

type Chatbot = Schemas['Chatbot'];

const TEXTS = catalogue({
  et: {
    title: 'Muuda andmeid',
    move: 'Kui vestlusrobot on võrgus, jääb ta vanale aadressile seni, kuni uus aadress proovipäringutele vastab.',
    moving: (uri: string) =>
      `Vestlusrobot kolib praegu; seni töötab ta aadressil ${uri}. Kolimisest loobumiseks kirjutage see aadress uuesti.`,
    delete: 'Kustuta vestlusrobot',
    consequence: (name: string) =>
      `Vestlusrobot ${name} kustutatakse koos oma marsruudi ja seisundiga. Tema sertifikaadid ja API-võtmed ei kehti enam. Seda ei saa tagasi võtta.`,
  },
  en: {
    title: 'Change the details',
    move: 'A chatbot that is online stays at its old address until the new one answers its probes.',
    moving: (uri: string) =>
      `The chatbot is moving; until then it works at ${uri}. To cancel the move, enter that address again.`,
    delete: 'Delete the chatbot',
    consequence: (name: string) =>
      `The chatbot ${name} is deleted with its route and its health. Its certificates and API keys are no longer valid. This cannot be undone.`,
  },
});

export function EditChatbot({ chatbot }: { chatbot: Versioned<Chatbot> }) {
  const texts = useTexts(TEXTS);
  const labels = useTexts(FIELD_TEXTS);
  const mayDelete = useMay('admin');
  const { name, uri, pendingUri } = chatbot.value;
  const path = { name };
  return (
    <>
      <section class="card" aria-labelledby="edit">
        <h2 id="edit">{texts.title}</h2>
        <p>{pendingUri === undefined ? texts.move : texts.moving(uri)}</p>
        <EditForm
          loaded={chatbot}
          load={() => loadChatbot(name)}
          entriesOf={entriesOf}
          labels={labels}
          fields={(entries) => (
            <>
              <InstitutionField value={entries.institution} />
              <ChatbotFields entries={entries} />
            </>
          )}
          save={async (changes, latest) =>
            versioned(
              await api.PATCH('/chatbots/{name}', {
                params: { path, header: ifMatch(latest.etag) },
                body: changeOf(changes),
              }),
            )
          }
          keys={[['chatbot', name], ['chatbots']]}
        />
      </section>
      {mayDelete && <DeleteChatbot chatbot={chatbot} />}
    </>
  );
}

function DeleteChatbot({ chatbot: { value, etag } }: { chatbot: Versioned<Chatbot> }) {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const { name } = value;
  const remove = useAction(
    async () => {
      await api.DELETE('/chatbots/{name}', { params: { path: { name }, header: ifMatch(etag) } });
      navigate('/chatbots');
    },
    ['chatbot', name],
    ['chatbots'],
  );
  return (
    <section class="card" aria-labelledby="delete">
      <h2 id="delete">{texts.delete}</h2>
      <p>
        <ConfirmButton
          action={texts.delete}
          consequence={texts.consequence(name)}
          name={name}
          onConfirm={() => remove.mutateAsync()}
        />
      </p>
    </section>
  );
}
