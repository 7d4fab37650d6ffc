import { expect, test } from 'vitest';
import { changedBy, countsOf, type DryRunResult, effectOf, tripWords } from './policy-run.ts';

const trip = { at: '2026-11-27T09:12:00Z', witnesses: [] };
const RESULTS: DryRunResult[] = [
  { chatbot: 'fine' },
  { chatbot: 'spared', current: trip },
  { chatbot: 'failing', current: trip, proposed: trip },
  { chatbot: 'stricter', proposed: trip },
];

test('effect says what the proposal changes', () => {
  expect(RESULTS.map(effectOf)).toEqual(['in-in-both', 'left-in', 'out-in-both', 'taken-out']);
  expect(countsOf(RESULTS)).toEqual({
    'taken-out': 1,
    'left-in': 1,
    'out-in-both': 1,
    'in-in-both': 1,
  });
});

test('only chatbots with a change are listed, those taken out first', () => {
  expect(changedBy(RESULTS).map(({ chatbot }) => chatbot)).toEqual(['stricter', 'spared']);
});

test('reason names each observer with what it counted', () => {
  const witnesses = [
    { observer: 'dmr:tallinn', detector: 'failure-rate', total: 20, failed: 13, slow: 0 },
    { observer: 'dmr:tartu', detector: 'slow-rate', total: 10, failed: 0, slow: 9 },
  ] as const;
  expect(tripWords({ ...trip, witnesses: [...witnesses] }, 'en')).toBe(
    'tallinn: 13 of 20 requests failed. tartu: 9 of 10 requests were slow.',
  );
});
