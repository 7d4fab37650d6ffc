//! The incidents of a report, with what was done about them.

import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import { Moment } from '../elements/moment.tsx';
import { Table } from '../elements/table.tsx';
import { Figures } from '../incidents/figures.tsx';
import { attempt, familyWord, isOver, stateWord } from '../incidents/words.ts';
import { duration } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import type { Report } from './data.ts';

const TEXTS = catalogue({
  et: {
    title: 'Intsidendid',
    figures: 'Intsidentide näitajad',
    none: 'Sel perioodil ei olnud ühtegi intsidenti.',
    tooMany: 'Intsidente on rohkem kui 2000. Need on loetletud lehel',
    list: 'Intsidendid',
    incident: 'Intsident',
    state: 'Olek',
    began: 'Algas',
    ended: 'Lõppes',
    ongoing: 'Kestab',
    lasted: 'Kestis',
    cause: 'Põhjus',
    acknowledged: 'Teadmiseks võetud pärast avamist',
    action: 'Mida tehti',
    planned: 'Plaanitud katkestuse ajal',
    yes: 'Jah',
    no: 'Ei',
  },
  en: {
    title: 'Incidents',
    figures: 'Figures of incidents',
    none: 'There was no incident in this period.',
    tooMany: 'There are more than 2,000 incidents. They are listed on the page',
    list: 'Incidents',
    incident: 'Incident',
    state: 'State',
    began: 'Began',
    ended: 'Ended',
    ongoing: 'Goes on',
    lasted: 'Lasted',
    cause: 'Cause',
    acknowledged: 'Acknowledged after',
    action: 'What was done',
    planned: 'In a planned outage',
    yes: 'Yes',
    no: 'No',
  },
});

export function ReportedIncidents({ report }: { report: Report }) {
  const texts = useTexts(TEXTS);
  const { incidents, incidentFigures, institution } = report;
  return (
    <>
      <section class="card" aria-labelledby="incidents">
        <h2 id="incidents">{texts.title}</h2>
        {incidents === undefined && (
          <p>
            {texts.tooMany}{' '}
            <Link href={`/incidents?active=false&institution=${encodeURIComponent(institution)}`}>
              {texts.list}
            </Link>
            .
          </p>
        )}
        {incidents?.length === 0 && <p>{texts.none}</p>}
        {incidents !== undefined && incidents.length > 0 && <IncidentRows incidents={incidents} />}
      </section>
      {incidentFigures !== undefined && (
        <section class="card" aria-labelledby="figures">
          <h2 id="figures">{texts.figures}</h2>
          <Figures figures={incidentFigures} />
        </section>
      )}
    </>
  );
}

function IncidentRows({ incidents }: { incidents: Schemas['ReportedIncident'][] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const length = (seconds: number | undefined) =>
    seconds === undefined ? '–' : duration(seconds, language);
  return (
    <Table
      caption={texts.title}
      rows={incidents}
      keyOf={(one) => one.id}
      columns={[
        {
          head: texts.incident,
          cell: (one) => <Link href={`/incidents/${one.id}`}>{one.chatbot}</Link>,
        },
        { head: texts.state, cell: (one) => stateWord(one.state, language) },
        { head: texts.began, cell: (one) => <Moment at={one.began} /> },
        {
          head: texts.ended,
          cell: (one) =>
            one.endedAt === undefined ? (
              isOver(one) ? (
                '–'
              ) : (
                texts.ongoing
              )
            ) : (
              <Moment at={one.endedAt} />
            ),
        },
        { head: texts.lasted, cell: (one) => length(one.lastedSeconds) },
        { head: texts.cause, cell: (one) => familyWord(one.family, language) },
        { head: texts.acknowledged, cell: (one) => length(one.acknowledgedAfterSeconds) },
        {
          head: texts.action,
          cell: ({ action }) =>
            action === undefined ? '–' : attempt(action.action, action.helped, language),
        },
        { head: texts.planned, cell: (one) => (one.planned ? texts.yes : texts.no) },
      ]}
    />
  );
}
