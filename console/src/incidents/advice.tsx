//! What helped in similar incidents.

import type { Schemas } from '../api/client.ts';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { IncidentLink } from './facts.tsx';
import { actionWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Mis on aidanud sarnastes intsidentides',
    none: 'Sarnaste intsidentide kohta ei ole veel teada, mis aitas.',
    action: 'Tegevus',
    helped: 'Aitas sarnastes',
    of: (helped: number, tried: number) => `${helped} korral ${tried}\u2011st`,
    overall: 'Aitas kõigis',
    like: 'Näited',
    byItself: (ended: number, neighbours: number) =>
      `${neighbours} sarnasest intsidendist ${ended} lõppes 20 minuti jooksul iseenesest.`,
  },
  en: {
    title: 'What helped in similar incidents',
    none: 'It is not known yet what helped in similar incidents.',
    action: 'Action',
    helped: 'Helped in similar ones',
    of: (helped: number, tried: number) => `${helped} of ${tried} tries`,
    overall: 'Helped in all',
    like: 'Examples',
    byItself: (ended: number, neighbours: number) =>
      `${ended} of ${neighbours} similar incidents ended by themselves within 20 minutes.`,
  },
});

export function Advice({ advice }: { advice: Schemas['Advice'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { byItself, suggestions } = advice;
  return (
    <section class="card" aria-labelledby="advice">
      <h2 id="advice">{texts.title}</h2>
      {suggestions.length === 0 && byItself === undefined && <p>{texts.none}</p>}
      {suggestions.length > 0 && (
        <Table
          caption={texts.title}
          rows={suggestions}
          keyOf={(one) => one.action}
          columns={[
            { head: texts.action, cell: (one) => actionWord(one.action, language) },
            { head: texts.helped, cell: (one) => texts.of(one.helped, one.tried) },
            { head: texts.overall, cell: (one) => `${one.overall}%` },
            { head: texts.like, cell: (one) => <Examples ids={one.like} /> },
          ]}
        />
      )}
      {byItself !== undefined && <p>{texts.byItself(byItself.ended, byItself.neighbours)}</p>}
    </section>
  );
}

function Examples({ ids }: { ids: string[] }) {
  if (ids.length === 0) return <>–</>;
  return (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <IncidentLink id={id} />
        </li>
      ))}
    </ul>
  );
}
