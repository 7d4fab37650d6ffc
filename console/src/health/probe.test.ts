import { expect, test } from 'vitest';
import { isProbeable } from './probe.tsx';

const AT = '2026-11-27T09:12:00Z';
const CHECK = { reason: 'silence', due: AT } as const;
const PENDING = { uri: 'https://new.example.ee/', since: AT, failedProbes: 0 };
const CONTROL = { mode: 'force-offline', reason: 'New server', since: AT } as const;

test('what is not routed, in doubt or moving can be probed', () => {
  expect(isProbeable({ status: 'Offline' })).toBe(true);
  expect(isProbeable({ status: 'Unknown' })).toBe(true);
  expect(isProbeable({ status: 'Online', check: CHECK })).toBe(true);
  expect(isProbeable({ status: 'Online', pending: PENDING })).toBe(true);
});

test('nothing can be probed online without a doubt, or during an override', () => {
  expect(isProbeable({ status: 'Online' })).toBe(false);
  expect(isProbeable({ status: 'Offline', control: CONTROL })).toBe(false);
  expect(isProbeable({ status: 'Online', check: CHECK, control: CONTROL })).toBe(false);
});
