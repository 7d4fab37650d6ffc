import { expect, test } from 'vitest';
import { entriesOf, institutionOf } from './words.ts';

test('institution is the same after a form', () => {
  const institution = {
    id: 'tax-board',
    name: 'Maksu- ja Tolliamet',
    status: 'Active' as const,
    contact: 'a@example.ee',
    type: 'ministry' as const,
  };
  const { id: _, ...fields } = institution;
  expect(institutionOf(entriesOf(institution))).toEqual(fields);
});

test('what is emptied is left out, which removes it', () => {
  const { contact, type } = { contact: '', type: '' };
  expect(institutionOf({ name: 'Amet', status: 'Unknown', contact, type })).toEqual({
    name: 'Amet',
    status: 'Unknown',
  });
});
