//! A new API key. It is in the state of this component until the reader has kept it, and nowhere else.

import { useState } from 'preact/hooks';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { useSecretAction } from '../api/secret-action.ts';
import { type Entries, Form } from '../elements/form.tsx';
import { Secret } from '../elements/secret.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Filter, searchOf } from './filter.ts';
import { HolderFields } from './holder.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Väljasta API-võti',
    explanation:
      'API-võtit vajavad ainult esimese ja kolmanda põlvkonna kliendid. See kehtib ainult koos sama omaniku sertifikaadiga.',
    issue: 'Väljasta',
    key: (name: string) => `API-võti: ${name}`,
  },
  en: {
    title: 'Issue an API key',
    explanation:
      'Only clients of the first and third generation need an API key. It is valid only together with a certificate of the same holder.',
    issue: 'Issue',
    key: (name: string) => `API key: ${name}`,
  },
});

export function IssueKey({ filter }: { filter: Filter }) {
  const texts = useTexts(TEXTS);
  const [issued, setIssued] = useState<Schemas['IssuedApiKey']>();
  const { isPending, error, send } = useSecretAction(
    async ({ profile, name = '' }: Entries) => {
      const body = { profile: profile as Schemas['Profile'], name };
      return dataOf(await api.POST('/api-keys', { body }));
    },
    ['api-keys'],
  );
  return (
    <details>
      <summary>{texts.title}</summary>
      <p>{texts.explanation}</p>
      {issued === undefined && (
        <Form
          key={searchOf(filter)}
          submit={texts.issue}
          isPending={isPending}
          error={error}
          onSubmit={async (entries) => setIssued(await send(entries))}
        >
          <HolderFields filter={filter} />
        </Form>
      )}
      {issued !== undefined && (
        <>
          <h3>{texts.key(issued.name)}</h3>
          <Secret
            label={texts.key(issued.name)}
            value={issued.apiKey}
            onKept={() => setIssued(undefined)}
          />
        </>
      )}
    </details>
  );
}
