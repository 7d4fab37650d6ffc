import { expect, test } from 'vitest';
import { type Facts, why } from './why.ts';
import corpus from './why-cases.json';

// The command line and chats say the same sentences: the tests of shared/why read the same cases.
process.env.TZ = corpus.zone;

test.each(['et', 'en'] as const)(
  'sentences of every case are those of the command line in %s',
  (language) => {
    const now = new Date(corpus.now);
    for (const one of corpus.cases) {
      expect(why(one.facts as Facts, now, language), JSON.stringify(one.facts)).toEqual(
        one[language],
      );
    }
  },
);
