//! People and what they may do: `/people`, for administrators.

import { useAction } from '../api/action.ts';
import { api, type Schemas } from '../api/client.ts';
import { Field, Form } from '../elements/form.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Page } from '../shell/page.tsx';
import { PEOPLE, usePeople } from './data.ts';
import { PersonCard } from './person.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Inimesed',
    explanation:
      'Sisse logida saab igaüks, kellel on Eesti eID. Näha ja muuta saab see, kellel on siin roll. Muudatus kehtib minuti jooksul.',
    none: 'Kellelgi ei ole veel rolli. Lisage inimene, siis saate talle rolli anda.',
    add: 'Lisa inimene',
    name: 'Nimi',
    subject: 'Riik ja isikukood',
    hint: 'Näiteks EE60001019906',
  },
  en: {
    title: 'People',
    explanation:
      'Whoever has an Estonian eID can sign in. Whoever has a role here can see and change things. A change takes effect within a minute.',
    none: 'Nobody has a role yet. Add a person, then you can grant a role.',
    add: 'Add a person',
    name: 'Name',
    subject: 'Country and personal code',
    hint: 'Such as EE60001019906',
  },
});

export function PeoplePage() {
  const texts = useTexts(TEXTS);
  const people = usePeople();
  return (
    <Page title={texts.title}>
      <p>{texts.explanation}</p>
      <ReadState
        error={people.error}
        onRetry={() => people.refetch()}
        isRead={people.data !== undefined}
      />
      {people.data?.length === 0 && <p>{texts.none}</p>}
      {people.data?.map((person) => (
        <PersonCard key={person.id} person={person} />
      ))}
      <NewPerson />
    </Page>
  );
}

function NewPerson() {
  const texts = useTexts(TEXTS);
  const add = useAction((body: Schemas['NewPerson']) => api.POST('/people', { body }), PEOPLE);
  return (
    <section class="card" aria-labelledby="add">
      <h2 id="add">{texts.add}</h2>
      <Form
        submit={texts.add}
        isPending={add.isPending}
        error={add.error}
        onSubmit={({ name = '', subject = '' }, form) =>
          add.mutate({ name, subject }, { onSuccess: () => form.reset() })
        }
      >
        <Field label={texts.name} name="name" required maxLength={120} />
        <Field label={texts.subject} name="subject" hint={texts.hint} required />
      </Form>
    </section>
  );
}
