import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer, announcement, type Changes, changesBetween, PAUSE } from './changes.ts';
import type { Chatbot } from './data.ts';

type Status = Chatbot['status'];

const NONE: Changes = { offline: 0, back: 0, online: 0 };

function statuses(of: Record<string, Status>): Map<string, Status> {
  return new Map(Object.entries(of));
}

function list(of: Record<string, Status>): { name: string; status: Status }[] {
  return Object.entries(of).map(([name, status]) => ({ name, status }));
}

let spoken: Changes[] = [];
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers();
  spoken = [];
  announcer = new Announcer((changes) => spoken.push(changes));
});

afterEach(() => {
  vi.useRealTimers();
});

test('chatbots are counted by what happened to them', () => {
  const before = statuses({ a: 'Online', b: 'Online', c: 'Offline', d: 'Unknown', e: 'Online' });
  const now = statuses({ a: 'Offline', b: 'Unknown', c: 'Online', d: 'Online', e: 'Online' });
  expect(changesBetween(before, now)).toEqual({ offline: 2, back: 1, online: 1 });
});

test('enrolled and deleted chatbots, and changes without a route, are not counted', () => {
  const before = statuses({ deleted: 'Online', a: 'Unknown' });
  const now = statuses({ enrolled: 'Offline', a: 'Offline' });
  expect(changesBetween(before, now)).toEqual(NONE);
});

test('changes are a sentence each in both languages', () => {
  const changes = { offline: 3, back: 1, online: 2 };
  expect(announcement(changes, 'en')).toBe(
    '3 chatbots went offline. 1 chatbot came back. 2 chatbots came online for the first time.',
  );
  expect(announcement(changes, 'et')).toBe(
    '3 vestlusrobotit läks võrgust välja. 1 vestlusrobot tuli võrku tagasi. 2 vestlusrobotit tuli esimest korda võrku.',
  );
  expect(announcement(NONE, 'en')).toBe('');
});

test('the first read and reads without a change are not announced', () => {
  for (let read = 0; read < 3; read += 1) {
    announcer.read(list({ a: 'Offline', b: 'Online' }));
    vi.advanceTimersByTime(PAUSE);
  }
  expect(spoken).toEqual([]);
});

test('a change is announced at once, and the next ones together after the pause', () => {
  announcer.read(list({ a: 'Online', b: 'Online', c: 'Online' }));
  announcer.read(list({ a: 'Offline', b: 'Online', c: 'Online' }));
  expect(spoken).toEqual([{ ...NONE, offline: 1 }]);
  announcer.read(list({ a: 'Offline', b: 'Offline', c: 'Online' }));
  announcer.read(list({ a: 'Online', b: 'Offline', c: 'Offline' }));
  vi.advanceTimersByTime(PAUSE - 1);
  expect(spoken).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(spoken.slice(1)).toEqual([{ ...NONE, offline: 2, back: 1 }]);
});

test('what is over before it could be announced is not', () => {
  announcer.read(list({ a: 'Online', b: 'Online' }));
  announcer.read(list({ a: 'Offline', b: 'Online' }));
  announcer.read(list({ a: 'Offline', b: 'Offline' }));
  announcer.read(list({ a: 'Offline', b: 'Online' }));
  vi.advanceTimersByTime(2 * PAUSE);
  expect(spoken).toHaveLength(1);
});

test('after the pause a change is announced at once again', () => {
  announcer.read(list({ a: 'Online' }));
  announcer.read(list({ a: 'Offline' }));
  vi.advanceTimersByTime(PAUSE);
  announcer.read(list({ a: 'Online' }));
  expect(spoken).toEqual([
    { ...NONE, offline: 1 },
    { ...NONE, back: 1 },
  ]);
});

test('nothing is announced after the page was left', () => {
  announcer.read(list({ a: 'Online', b: 'Online' }));
  announcer.read(list({ a: 'Offline', b: 'Online' }));
  announcer.read(list({ a: 'Offline', b: 'Offline' }));
  announcer.stop();
  vi.advanceTimersByTime(2 * PAUSE);
  expect(spoken).toHaveLength(1);
});
