// A network of chatbots, generated from a seed: most are online, some are out of routing for every reason that the contract
// knows, and some are online but need attention.
import { Random } from './random.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PLACES = ['tallinn', 'tartu', 'narva', 'parnu', 'viljandi', 'rakvere', 'kuressaare', 'voru', 'valga', 'haapsalu'];
const OFFICES = [
  'tax-board',
  'health-fund',
  'road-office',
  'archive',
  'land-board',
  'museum',
  'library',
  'school-office',
];
const MINISTRIES = ['culture', 'defence', 'education', 'finance', 'interior', 'justice', 'climate', 'social-affairs'];
const TOPICS = ['help', 'appointments', 'permits', 'payments', 'documents', 'benefits', 'licences'];
const REASONS = [
  'The provider replaces its database.',
  'It answered with data of another institution; the owner looks into it.',
  'The institution moves to another building.',
];
/** Each detector with the groups of observers that it can have as witnesses. A chatbot's own log knows nothing of slowness. */
const DETECTORS = {
  'failure-rate': [['dmr:tallinn'], ['dmr:tartu', 'dmr:narva'], ['dmr:tallinn', 'chatbot']],
  'slow-rate': [['dmr:tallinn'], ['dmr:tartu', 'dmr:narva']],
  fast: [['dmr:tallinn'], ['dmr:tartu', 'dmr:narva'], ['dmr:tallinn', 'chatbot'], ['chatbot']],
};

const iso = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

function witness(observer, detector, random) {
  const total = random.integer(20, 90);
  const bad = random.integer(13, total);
  if (observer === 'chatbot') return { observer, detector, total: bad, failed: bad, slow: 0 };
  return {
    observer,
    detector,
    total,
    failed: detector === 'slow-rate' ? 0 : bad,
    slow: detector === 'slow-rate' ? bad : 0,
  };
}

/** Returns every cause: each detector with each of its groups of witnesses, and each reason of a check. */
function causes(random) {
  const failing = Object.entries(DETECTORS).flatMap(([detector, groups]) =>
    groups.map((observers) => ({ kind: 'failing', witnesses: observers.map((one) => witness(one, detector, random)) })),
  );
  const unanswered = [undefined, 'silence', 'disagreement', 'own-log'].map((checkReason) => ({
    kind: 'unanswered',
    ...(checkReason && { checkReason }),
  }));
  return [...failing, ...unanswered, { kind: 'enrolled' }, { kind: 'forced' }];
}

/** Returns the fields of the `index`-th chatbot that is out, which went out at `since`. */
function outage(index, since, now, random) {
  const all = causes(random);
  const cause = all[index % all.length];
  const round = Math.floor(index / all.length) % 2;
  const status = cause.kind === 'enrolled' ? 'Unknown' : 'Offline';
  if (cause.kind === 'forced') {
    const reason = REASONS[index % REASONS.length];
    const until = round === 0 && { until: iso(now + random.integer(1, 8) * HOUR) };
    return {
      status,
      cause: { ...cause, reason },
      control: { mode: 'force-offline', reason, since: iso(since), ...until },
    };
  }
  if (round === 0) return { status, cause };
  if (index % 3 === 0) return { status, cause, flappingSince: iso(since - random.integer(2, 20) * MINUTE) };
  if (index % 3 === 1)
    return { status, cause, control: { mode: 'hold', reason: REASONS[0], since: iso(since + MINUTE) } };
  return { status, cause };
}

/** Returns the fields of chatbots that are online and need attention, of every kind. */
function remarks(now) {
  const control = (mode, until) => ({
    mode,
    reason: REASONS[1],
    since: iso(now - 3 * HOUR),
    ...(until && { until: iso(now + until) }),
  });
  return [
    { held: 'cap' },
    { held: 'dry-run' },
    { control: control('force-online', 5 * HOUR) },
    { control: control('hold', undefined) },
    { flappingSince: iso(now - 25 * MINUTE) },
  ];
}

/** Returns the institutions: their names, and the type of their chatbots. */
function institutions(count) {
  return Array.from({ length: count }, (_, index) => {
    if (index < MINISTRIES.length) return { institution: `ministry-of-${MINISTRIES[index]}`, type: 'ministry' };
    const round = Math.floor(index / (PLACES.length * OFFICES.length));
    const place = PLACES[index % PLACES.length];
    const office = OFFICES[Math.floor(index / PLACES.length) % OFFICES.length];
    return { institution: `${place}-${office}${round > 0 ? `-${round + 1}` : ''}`, type: 'institution' };
  });
}

/** Returns one chatbot that is online and well. */
function chatbot(index, owners, now, random) {
  const { institution, type } = owners[index % owners.length];
  const round = Math.floor(index / owners.length);
  const name = `${institution}-${TOPICS[round % TOPICS.length]}${round < TOPICS.length ? '' : `-${round}`}`;
  const created = now - random.integer(40, 700) * 24 * HOUR;
  const changed = now - random.integer(1, 30) * 24 * HOUR - random.integer(1, 600) * MINUTE;
  return {
    name,
    uri: `https://${name}.example.ee/bot`,
    type,
    institution,
    contact: `${institution}@example.ee`,
    versions: { bot: random.pick(['2.4.0', '2.4.1', '2.5.0']), ...(random.next() < 0.6 && { classifier: '1.9.3' }) },
    status: 'Online',
    statusSince: iso(changed),
    createdAt: iso(created),
    updatedAt: iso(changed),
  };
}

/**
 * Returns `size` chatbots by name, of which `down` are not online. `now` is in Unix milliseconds; `seed` decides everything
 * else.
 */
export function generateChatbots({ size, down, seed, now }) {
  const random = new Random(seed);
  const owners = institutions(Math.max(12, Math.round(size / 6)));
  const chatbots = Array.from({ length: size }, (_, index) => chatbot(index, owners, now, random));
  const places = new Set();
  // Every fifth is of one institution.
  while (places.size < down) {
    const place = places.size % 5 === 0 ? (places.size / 5) * owners.length + 9 : random.integer(0, size - 1);
    if (place < size) places.add(place);
    else places.add(random.integer(0, size - 1));
  }
  let since = now - 2 * MINUTE;
  [...places].forEach((place, index) => {
    since -= random.integer(2, 40) * MINUTE;
    const at = iso(since);
    Object.assign(chatbots[place], outage(index, since, now, random), { statusSince: at, updatedAt: at });
  });
  const well = chatbots.filter((one) => one.status === 'Online');
  const step = Math.floor(well.length / 8);
  for (const [index, fields] of remarks(now).entries()) Object.assign(well[(index + 1) * step], fields);
  return chatbots.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Returns the answer of get-health: the counts of `chatbots`, with the cap reached for `institution`. */
export function networkOf(chatbots, { revision, now }) {
  const count = (type, test) => chatbots.filter((one) => one.type === type && test(one)).length;
  const isForced = ({ cause }) => cause?.kind === 'forced';
  const counts = (type) => ({
    unknown: count(type, ({ status }) => status === 'Unknown'),
    online: count(type, ({ status }) => status === 'Online'),
    offline: count(type, (one) => one.status === 'Offline' && isForced(one)),
    ejected: count(type, (one) => one.status === 'Offline' && !isForced(one)),
  });
  return {
    revision,
    revisedAt: iso(now - 2 * MINUTE),
    types: {
      ministry: counts('ministry'),
      institution: { ...counts('institution'), holdingSince: iso(now - 35 * MINUTE) },
    },
  };
}
