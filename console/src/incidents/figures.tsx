//! How soon incidents were detected, acknowledged and over.

import type { Schemas } from '../api/client.ts';
import { Table } from '../elements/table.tsx';
import { duration } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';

type Spread = Schemas['Spread'];

const TEXTS = catalogue({
  et: {
    caption: 'Intsidentide näitajad',
    figure: 'Näitaja',
    detection: 'Avastamine (MTTD)',
    acknowledgement: 'Teadmiseks võtmine (MTTA)',
    resolution: 'Lahendamine (MTTR)',
    count: 'Intsidente',
    mean: 'Keskmine',
    median: 'Mediaan',
    p90: '90% kuni',
    all: (incidents: number, unresolved: number) =>
      `Arvesse minevaid intsidente: ${incidents}, neist lahendamata ${unresolved}. Lühiajalised, kõrvale jäetud ja liidetud ei lähe arvesse.`,
    none: 'Sel perioodil ei alanud ühtegi intsidenti, mis läheks arvesse.',
  },
  en: {
    caption: 'Figures of incidents',
    figure: 'Figure',
    detection: 'Detection (MTTD)',
    acknowledgement: 'Acknowledgement (MTTA)',
    resolution: 'Resolution (MTTR)',
    count: 'Incidents',
    mean: 'Mean',
    median: 'Median',
    p90: '90% within',
    all: (incidents: number, unresolved: number) =>
      `Incidents that count: ${incidents}, of them unresolved: ${unresolved}. Transient, dismissed and merged ones do not count.`,
    none: 'No incident that counts began in this period.',
  },
});

export function Figures({ figures }: { figures: Schemas['IncidentFigures'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  if (figures.incidents === 0) return <p>{texts.none}</p>;
  const length = (seconds: number | undefined) =>
    seconds === undefined ? '–' : duration(seconds, language);
  const rows: [string, Spread][] = [
    [texts.detection, figures.detection],
    [texts.acknowledgement, figures.acknowledgement],
    [texts.resolution, figures.resolution],
  ];
  return (
    <>
      <Table
        caption={texts.caption}
        rows={rows}
        keyOf={([figure]) => figure}
        columns={[
          { head: texts.figure, cell: ([figure]) => figure },
          { head: texts.count, cell: ([, of]) => of.count },
          { head: texts.mean, cell: ([, of]) => length(of.meanSeconds) },
          { head: texts.median, cell: ([, of]) => length(of.medianSeconds) },
          { head: texts.p90, cell: ([, of]) => length(of.p90Seconds) },
        ]}
      />
      <p class="quiet">{texts.all(figures.incidents, figures.unresolved)}</p>
    </>
  );
}
