import { expect, test } from 'vitest';
import { visible } from './visible.ts';

test('characters that turn the direction of a text are shown as codes', () => {
  expect(visible('user\u202etxt.exe\u2069')).toBe('user⟨U+202E⟩txt.exe⟨U+2069⟩');
  expect(visible('a\u0000b\rc\u200bd')).toBe('a⟨U+0000⟩b⟨U+000D⟩c⟨U+200B⟩d');
});

test('words, lines and tabs stay as they are', () => {
  expect(visible('Õnnetus:\n\tjäääär 🙂')).toBe('Õnnetus:\n\tjäääär 🙂');
});
