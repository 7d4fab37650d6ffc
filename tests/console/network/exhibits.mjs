// What the API answers about single things of a generated network, for screenshots: a chatbot that is out, its incident,
// planned outages, the policy with a dry run, and a report.
import { listed } from './answers.mjs';
import { POLICY, trial } from './policy.mjs';
import { reportOf } from './report.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const iso = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
/** Returns a UUID of version 7 that ends with a number. */
const uuid = (number) => `0197ac10-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** Returns the chatbot that is out of routing, and of which most is shown: two observers saw it fail. */
export function patient(chatbots) {
  const isPlain = ({ cause, flappingSince, control }) => cause?.witnesses?.length === 2 && !flappingSince && !control;
  return chatbots.find(
    (one) => one.status === 'Offline' && isPlain(one) && one.cause.witnesses[1].observer !== 'chatbot',
  );
}

/** Returns the cause of a chatbot with the last observations of each witness. */
function causeOf({ cause, statusSince }) {
  const last = Date.parse(statusSince);
  const recent = [502, 503, 502].map((status, index) => ({
    at: iso(last - (3 - index) * 10_000),
    status,
    durationMs: 300 + 40 * index,
  }));
  return { ...cause, witnesses: cause.witnesses.map((one) => ({ ...one, score: one.failed, recent })) };
}

/** Returns the answer of get-chatbot-health. */
function healthOf(chatbot, now) {
  const since = Date.parse(chatbot.statusSince);
  const observer = (name, index, { total, failed, slow }) => ({
    observer: name,
    lastSeen: iso(now - (index + 1) * 9000),
    usualSeconds: 30,
    silent: false,
    outlier: false,
    score: failed,
    total,
    failed,
    slow,
    buckets: [0, 1].map((half) => ({
      start: iso(since - (2 - half) * 30_000),
      total: Math.floor(total / 2),
      failed: Math.floor(failed / 2),
      slow: 0,
    })),
  });
  const well = { total: 44, failed: 1, slow: 2 };
  return {
    chatbot: chatbot.name,
    status: chatbot.status,
    circuit: 'open',
    since: chatbot.statusSince,
    cause: causeOf(chatbot),
    nextProbe: iso(now + 95_000),
    sensitive: false,
    observers: [
      ...chatbot.cause.witnesses.map((one, index) => observer(one.observer, index, one)),
      observer('dmr:viljandi', 3, well),
    ],
    totals: { codes: { '2xx': 4120, '5xx': 96, timeout: 4 }, levels: { error: 31, info: 880 } },
  };
}

const KINDS = { 'failure-rate': 'errors', 'slow-rate': 'slow', fast: 'errors' };

/** Returns the incident of a chatbot that is out. */
function incidentOf(chatbot, index) {
  const began = Date.parse(chatbot.statusSince);
  return {
    id: uuid(index),
    kind: 'chatbot',
    chatbot: chatbot.name,
    institution: chatbot.institution,
    state: index % 3 === 1 ? 'acknowledged' : 'open',
    status: 'offline',
    statusSince: chatbot.statusSince,
    began: chatbot.statusSince,
    firstFailed: iso(began - 40_000),
    cause: causeOf(chatbot),
    family: KINDS[chatbot.cause.witnesses[0].detector],
    openedAt: iso(began + 2 * MINUTE),
    reopened: 0,
    ...(index % 3 === 1 && {
      acknowledged: { by: 'EE60001019906', at: iso(began + 6 * MINUTE), until: iso(began + 4 * HOUR) },
    }),
    ...(index === 1 && {
      assignee: 'EE60001019906',
      previous: uuid(900),
      advice: {
        suggestions: [
          { action: 'restarted', helped: 7, tried: 9, overall: 61, like: [uuid(901), uuid(902)] },
          { action: 'rolled-back', helped: 2, tried: 3, overall: 48, like: [uuid(903)] },
        ],
        byItself: { ended: 4, neighbours: 16 },
      },
    }),
  };
}

function timelineOf(chatbot) {
  const began = Date.parse(chatbot.statusSince);
  const system = (minutes, type, fields) => ({
    at: iso(began + minutes * MINUTE),
    by: { kind: 'system' },
    type,
    ...fields,
  });
  const staff = (minutes, type, fields) => ({
    at: iso(began + minutes * MINUTE),
    by: { kind: 'staff', subject: 'EE60001019906' },
    type,
    ...fields,
  });
  const event = { id: '1', at: chatbot.statusSince, quiet: false, type: 'chatbot-offline', chatbot: chatbot.name };
  return [
    system(0, 'event', { event: { ...event, cause: causeOf(chatbot) } }),
    system(1, 'probe', { healthy: false, fault: 'status 503' }),
    system(2, 'state', { state: 'open' }),
    system(2, 'told', {
      subscription: '5f'.repeat(16),
      institution: chatbot.institution,
      channel: 'email',
      status: 'offline',
    }),
    staff(6, 'state', { state: 'acknowledged' }),
    staff(7, 'assigned', { assigned: true, assignee: 'EE60001019906' }),
    staff(9, 'note', { text: 'The provider sees errors since its release of this morning and rolls it back.' }),
  ];
}

/** Returns the planned outages of some institutions. */
function outagesOf(chatbots, now) {
  const institutions = [...new Set(chatbots.map(({ institution }) => institution))].filter(
    (_, index) => index % 23 === 0,
  );
  const of = (institution, index, state, start, minutes, reason, more = {}) => {
    const occurrence = (at, of) => {
      const ends = { end: iso(at + minutes * MINUTE), plannedEnd: iso(at + minutes * MINUTE) };
      return { start: iso(at), ...ends, state: of, overrun: false, excluded: state !== 'requested' };
    };
    const repeats =
      more.repeat === undefined ? [] : [7 * DAY, 14 * DAY].map((later) => occurrence(start + later, 'confirmed'));
    const wall = new Date(start + 2 * HOUR).toISOString().slice(0, 16);
    return {
      id: uuid(700 + index),
      institution,
      rule: { start: wall, zone: 'Europe/Tallinn', minutes, ...more },
      reason,
      takeOut: index % 2 === 0,
      state,
      requestedAt: iso(now - 6 * DAY),
      ...(state !== 'requested' && { confirmedAt: iso(now - 5 * DAY) }),
      updatedAt: iso(now - 5 * DAY),
      occurrences: [occurrence(start, state), ...repeats],
    };
  };
  const monday = { repeat: { weekly: { every: 1, weekdays: ['monday'] } } };
  return [
    of(institutions[0], 0, 'in-progress', now - HOUR, 150, 'The provider replaces its database.'),
    of(institutions[1], 1, 'confirmed', now + 11 * HOUR, 60, 'New version of the classifier.'),
    of(institutions[2], 2, 'requested', now + 2 * DAY, 240, 'The institution moves to another data centre.'),
    of(institutions[3], 3, 'confirmed', Date.parse('2026-11-30T20:00:00Z'), 45, 'Weekly maintenance.', monday),
  ];
}

/** Returns the answers, by `<method> <path of the contract>`, for `answersOf`. */
export function exhibits(chatbots, now) {
  const main = patient(chatbots);
  const failing = chatbots.filter((one) => one !== main && one.status === 'Offline' && one.cause.kind === 'failing');
  const incidents = [main, ...failing].map((chatbot, index) => incidentOf(chatbot, index + 1));
  const ids = [...new Set(chatbots.map(({ institution }) => institution))].sort();
  return {
    'GET /chatbots/{name}/health': () => ({ body: healthOf(main, now) }),
    'GET /incidents': (path, query) => listed(path, 'incidents', incidents, query),
    'GET /incidents/{incident}': () => ({ body: incidents[0], etag: '"3"' }),
    'GET /incidents/{incident}/timeline': (path, query) => listed(path, 'entries', timelineOf(main), query),
    'GET /planned-outages': (path, query) => listed(path, 'plannedOutages', outagesOf(chatbots, now), query),
    'GET /policy': () => ({ body: { defaults: POLICY }, etag: '"12"' }),
    'POST /policy/dry-run': (path, query) => trial(path, chatbots, query),
    'GET /admin/institutions': () => ({ body: ids.map((id) => ({ id, name: `Asutus ${id}`, status: 'Active' })) }),
    'GET /institutions/{institution}/report': (path) => ({ body: reportOf(path.split('/')[2], chatbots, now) }),
  };
}

/** The addresses of what is shown. */
export const addresses = (chatbots) => ({
  chatbot: `/chatbots/${patient(chatbots).name}`,
  incident: `/incidents/${uuid(1)}`,
  report: `/institutions/${patient(chatbots).institution}/report`,
});
