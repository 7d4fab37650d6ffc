//! The observers of a chatbot with what they counted in their windows.

import type { Schemas } from '../api/client.ts';
import { Moment } from '../elements/moment.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { observerName } from './why.ts';

type Observer = Schemas['ObserverHealth'];

const TEXTS = catalogue({
  et: {
    title: 'Vaatlejad',
    none: 'Keegi ei ole vestlusrobotist veel teatanud.',
    observer: 'Vaatleja',
    last: 'Viimane teade',
    total: 'Päringuid',
    failed: 'Neist ebaõnnestus',
    slow: 'Neist aeglased',
    state: 'Märkus',
    silent: 'On vait',
    outlier: 'Näeb vigu ainsana',
    reporting: 'Teatab',
  },
  en: {
    title: 'Observers',
    none: 'Nobody has reported on the chatbot yet.',
    observer: 'Observer',
    last: 'Last report',
    total: 'Requests',
    failed: 'Failed',
    slow: 'Slow',
    state: 'Remark',
    silent: 'Stopped reporting',
    outlier: 'Sees failures alone',
    reporting: 'Reports',
  },
});

export function Observers({ observers }: { observers: Observer[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const remark = (one: Observer) =>
    one.silent ? texts.silent : one.outlier ? texts.outlier : texts.reporting;
  return (
    <section class="card" aria-labelledby="observers">
      <h2 id="observers">{texts.title}</h2>
      {observers.length === 0 && <p>{texts.none}</p>}
      {observers.length > 0 && (
        <Table
          caption={texts.title}
          rows={observers}
          keyOf={(one) => one.observer}
          columns={[
            { head: texts.observer, cell: (one) => observerName(one.observer, language) },
            { head: texts.last, cell: (one) => <Moment at={one.lastSeen} /> },
            { head: texts.total, cell: (one) => one.total },
            { head: texts.failed, cell: (one) => one.failed },
            { head: texts.slow, cell: (one) => one.slow },
            { head: texts.state, cell: remark },
          ]}
        />
      )}
    </section>
  );
}
