//! Which chatbots run which version of a component.

import { Link } from 'wouter';
import { Table } from '../elements/table.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Bar, count } from './rollout.ts';

const TEXTS = catalogue({
  et: {
    title: 'Kes mida kasutab',
    none: 'Ükski vestlusrobot ei ole selle komponendi versioonist teatanud.',
    version: 'Versioon',
    count: 'Vestlusroboteid',
    chatbots: 'Vestlusrobotid',
    remark: 'Märkus',
    unpublished: 'Siin avaldamata versioon',
    withdrawn: 'Tagasi võetud versioon',
    all: 'Kõik selle komponendiga vestlusrobotid',
    more: (count: number) => `ja veel ${count}`,
  },
  en: {
    title: 'Who runs what',
    none: 'No chatbot has reported a version of this component.',
    version: 'Version',
    count: 'Number',
    chatbots: 'Chatbots',
    remark: 'Remark',
    unpublished: 'Version that is not published here',
    withdrawn: 'Withdrawn version',
    all: 'All chatbots with this component',
    more: (count: number) => `and ${count} more`,
  },
});

/** The chatbots that are named for each version. */
const NAMED = 20;

export function Histogram({ component, bars }: { component: string; bars: Bar[] }) {
  const texts = useTexts(TEXTS);
  const total = count(bars);
  const remark = ({ release }: Bar) => {
    if (release === undefined) return texts.unpublished;
    return release.withdrawal === undefined ? '' : texts.withdrawn;
  };
  return (
    <section aria-labelledby="running">
      <h2 id="running">{texts.title}</h2>
      {bars.length === 0 && <p>{texts.none}</p>}
      {bars.length > 0 && (
        <>
          <Table
            caption={texts.title}
            rows={bars}
            keyOf={({ version }) => version}
            columns={[
              { head: texts.version, cell: ({ version }) => version },
              {
                head: texts.count,
                cell: ({ chatbots }) => (
                  <>
                    {/* The number beside it says the same. */}
                    <meter max={total} value={chatbots.length} aria-hidden="true" />{' '}
                    {chatbots.length}
                  </>
                ),
              },
              { head: texts.chatbots, cell: ({ chatbots }) => <Names names={chatbots} /> },
              { head: texts.remark, cell: remark },
            ]}
          />
          <p>
            <Link href={`/chatbots?component=${encodeURIComponent(component)}`}>{texts.all}</Link>
          </p>
        </>
      )}
    </section>
  );
}

function Names({ names }: { names: string[] }) {
  const texts = useTexts(TEXTS);
  return (
    <>
      {names.slice(0, NAMED).map((name, at) => (
        <span key={name}>
          {at > 0 && ', '}
          <Link href={`/chatbots/${name}`}>{name}</Link>
        </span>
      ))}
      {names.length > NAMED && <> {texts.more(names.length - NAMED)}</>}
    </>
  );
}
