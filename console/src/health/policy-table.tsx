//! The policy as tables: each value with its unit and what it does, and the overrides of single chatbots.

import { Link } from 'wouter';
import { differences } from '../elements/difference.ts';
import { DifferenceTable } from '../elements/difference.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { GROUPS, type Policy, type PolicyDocument, pathsOf, valueAt } from './policy-fields.ts';
import { POLICY_WORDS, pathWords, valueWords } from './policy-words.ts';

const TEXTS = catalogue({
  et: {
    defaults: 'Kõigi vestlusrobotite reeglid',
    name: 'Nimetus',
    value: 'Väärtus',
    meaning: 'Mida see teeb',
    overrides: 'Üksikute vestlusrobotite erandid',
    none: 'Erandeid ei ole: kõigi vestlusrobotite kohta kehtivad samad reeglid.',
    differs: 'Enne: kõigi vestlusrobotite väärtus. Pärast: selle vestlusroboti väärtus.',
  },
  en: {
    defaults: 'Policy of all chatbots',
    name: 'Name',
    value: 'Value',
    meaning: 'What it does',
    overrides: 'Overrides of single chatbots',
    none: 'There are no overrides: the same policy holds for all chatbots.',
    differs: 'Before: the value of all chatbots. After: the value of this chatbot.',
  },
});

export function PolicyTables({ document }: { document: PolicyDocument }) {
  const texts = useTexts(TEXTS);
  return (
    <>
      <section aria-labelledby="defaults">
        <h2 id="defaults">{texts.defaults}</h2>
        <Defaults policy={document.defaults} />
      </section>
      <section aria-labelledby="overrides">
        <h2 id="overrides">{texts.overrides}</h2>
        <Overrides document={document} />
      </section>
    </>
  );
}

function Defaults({ policy }: { policy: Policy }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { groups, values } = POLICY_WORDS[language];
  return (
    <>
      {GROUPS.map((group) => (
        <section key={group} aria-labelledby={`group-${group}`}>
          <h3 id={`group-${group}`}>{groups[group]}</h3>
          <Table
            caption={groups[group]}
            rows={pathsOf(group)}
            keyOf={(path) => path}
            columns={[
              { head: texts.name, cell: (path) => values[path][0] },
              {
                head: texts.value,
                cell: (path) => {
                  const value = valueAt(policy, path);
                  return <strong>{valueWords(path, value, language) ?? String(value)}</strong>;
                },
              },
              { head: texts.meaning, cell: (path) => values[path][1] },
            ]}
          />
        </section>
      ))}
    </>
  );
}

function Overrides({ document }: { document: PolicyDocument }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const chatbots = Object.entries(document.chatbots ?? {});
  if (chatbots.length === 0) return <p>{texts.none}</p>;
  return (
    <>
      <p>{texts.differs}</p>
      {chatbots.map(([name, own]) => (
        <section key={name} aria-labelledby={`override-${name}`}>
          <h3 id={`override-${name}`}>
            <Link href={`/chatbots/${name}`}>{name}</Link>
          </h3>
          <DifferenceTable
            caption={name}
            differences={differences(undefined, own).map(({ path, after }) => ({
              path: `defaults/${path}`,
              before: valueAt(document.defaults, path),
              after,
            }))}
            label={(path) => pathWords(path, language)}
            text={(path, value) => valueWords(path, value, language)}
          />
        </section>
      ))}
    </>
  );
}
