import { expect, test } from 'vitest';
import { escaped } from './confirm.tsx';

/** Matches as the attribute `pattern` of an input does (HTML, 4.10.5.3.6). */
function accepts(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'v').test(text);
}

test.each(['tax-board', 'a.b', 'Amet (uus) [1] {2}', 'x|y/z\\'])('only %s is accepted', (name) => {
  expect(accepts(escaped(name), name)).toBe(true);
  expect(accepts(escaped(name), `${name}x`)).toBe(false);
  expect(accepts(escaped('a.b'), 'axb')).toBe(false);
});
