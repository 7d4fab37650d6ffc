//! What changed between two reads of the chatbots, and when it is announced.

import { catalogue, type Language } from '../language/language.tsx';
import type { Chatbot } from './data.ts';

/** The shortest time in milliseconds between two announcements. */
export const PAUSE = 10_000;

const TEXTS = catalogue({
  et: {
    offline: (count: number) => `${chatbots(count)} läks võrgust välja`,
    back: (count: number) => `${chatbots(count)} tuli võrku tagasi`,
    online: (count: number) => `${chatbots(count)} tuli esimest korda võrku`,
  },
  en: {
    offline: (count: number) => `${count} ${count === 1 ? 'chatbot' : 'chatbots'} went offline`,
    back: (count: number) => `${count} ${count === 1 ? 'chatbot' : 'chatbots'} came back`,
    online: (count: number) =>
      `${count} ${count === 1 ? 'chatbot' : 'chatbots'} came online for the first time`,
  },
});

function chatbots(count: number): string {
  return count === 1 ? '1 vestlusrobot' : `${count} vestlusrobotit`;
}

type State = Pick<Chatbot, 'name' | 'status'>;
type Statuses = Map<string, Chatbot['status']>;

/** The numbers of chatbots by what happened to them. */
export type Changes = Record<'offline' | 'back' | 'online', number>;

/** Returns what happened between two reads. Chatbots that only one of them has are not counted. */
export function changesBetween(before: Statuses, now: Statuses): Changes {
  const changes = { offline: 0, back: 0, online: 0 };
  for (const [name, status] of now) {
    const earlier = before.get(name);
    if (earlier === undefined || earlier === status) continue;
    if (earlier === 'Online') changes.offline += 1;
    else if (status === 'Online') changes[earlier === 'Unknown' ? 'online' : 'back'] += 1;
  }
  return changes;
}

/** Returns the changes in words; nothing if there are none. */
export function announcement(changes: Changes, language: Language): string {
  const kinds = (['offline', 'back', 'online'] as const).filter((kind) => changes[kind] > 0);
  return kinds.map((kind) => `${TEXTS[language][kind](changes[kind])}.`).join(' ');
}

/**
 * Announces what changed since the announcement before, at most once in [`PAUSE`]. What goes offline and comes back between
 * two announcements is not mentioned. The first read is what the next ones are compared with.
 */
export class Announcer {
  private announced: Statuses | undefined;
  private latest: Statuses = new Map();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly announce: (changes: Changes) => void;

  constructor(announce: (changes: Changes) => void) {
    this.announce = announce;
  }

  read(all: State[]): void {
    this.latest = new Map(all.map(({ name, status }) => [name, status]));
    this.announced ??= this.latest;
    if (this.timer === undefined) this.compare();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private compare(): void {
    this.timer = undefined;
    const changes = changesBetween(this.announced ?? this.latest, this.latest);
    this.announced = this.latest;
    if (Object.values(changes).every((count) => count === 0)) return;
    this.timer = setTimeout(() => this.compare(), PAUSE);
    this.announce(changes);
  }
}
