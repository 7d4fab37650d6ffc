// The report of an institution over seven days.
const DAY = 86_400_000;

const iso = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

function availability(offlineSeconds) {
  const totalSeconds = 7 * 86_400;
  const plannedSeconds = 3600;
  const countedSeconds = totalSeconds - plannedSeconds;
  const percent = Math.floor((10_000 * (countedSeconds - offlineSeconds)) / countedSeconds) / 100;
  return { percent, countedSeconds, totalSeconds, plannedSeconds, unknownSeconds: 0, offlineSeconds, forcedSeconds: 0 };
}

const figures = (offline, count, requests) => ({
  availability: availability(offline),
  outages: { count, longestSeconds: Math.floor(offline / Math.max(count, 1)) },
  requests,
});

/** Returns the report of an institution. */
export function reportOf(institution, chatbots, now) {
  const own = chatbots.filter((one) => one.institution === institution);
  const rows = own.map(({ name }, index) => ({
    chatbot: name,
    ...figures(index * 700, index, 18_000 - 2100 * index),
    p95Ms: 420 + 80 * index,
    before: { ...figures(index * 200, Math.min(index, 1), 17_200 - 1900 * index), p95Ms: 440 + 70 * index },
  }));
  const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
  const outages = sum(({ outages: { count } }) => count);
  const [from, to] = [Date.parse('2026-11-19T22:00:00Z'), Date.parse('2026-11-26T22:00:00Z')];
  const spread = { count: 2, meanSeconds: 130, medianSeconds: 120, p90Seconds: 180 };
  const incident = {
    id: '0197ac10-0000-7000-8000-000000000901',
    chatbot: own.at(-1).name,
    state: 'resolved',
    began: iso(from + 2 * DAY),
    openedAt: iso(from + 2 * DAY + 120_000),
    endedAt: iso(from + 2 * DAY + 3_100_000),
    lastedSeconds: 3100,
    family: 'errors',
    acknowledgedAfterSeconds: 240,
    action: { action: 'restarted', helped: true },
    planned: false,
  };
  return {
    institution,
    institutionName: 'Rakvere Muuseum',
    from: iso(from),
    to: iso(to),
    beforeFrom: iso(from - 7 * DAY),
    zone: 'Europe/Tallinn',
    madeAt: iso(now),
    total: {
      ...figures(
        sum((row) => row.availability.offlineSeconds),
        outages,
        sum(({ requests }) => requests),
      ),
    },
    totalBefore: figures(600, 2, 70_400),
    chatbots: rows,
    incidents: [incident],
    incidentFigures: { incidents: 1, unresolved: 0, detection: spread, acknowledgement: spread, resolution: spread },
    updates: [{ chatbot: own[0].name, component: 'bot', running: '2.4.0', latest: '2.5.0', severity: 'mandatory' }],
    plannedOutages: [
      { from: iso(from + DAY), to: iso(from + DAY + 3_600_000), chatbots: own.map(({ name }) => name), excluded: true },
    ],
    certificates: [{ chatbot: own[0].name, ends: iso(now + 19 * DAY) }],
    failingSubscriptions: [],
  };
}
