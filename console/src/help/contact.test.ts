import { expect, test } from 'vitest';
import { contactOf } from './contact.ts';

test('contact is an e-mail address', () => {
  expect(contactOf(' ligipaasetavus@example.ee ')).toBe('ligipaasetavus@example.ee');
});

test('what is no address is no contact', () => {
  for (const setting of [undefined, '', 'example.ee', 'a@b', 'a@b.ee?cc=c@d.ee', 'a b@c.ee']) {
    expect(contactOf(setting)).toBeUndefined();
  }
});
