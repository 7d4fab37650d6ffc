// The mails that SES sent, as the local emulator keeps them.
import assert from 'node:assert/strict';
import { address } from '../reader.mjs';
import { until } from './people.mjs';

/** The ports of an instance of the local stack: all are moved by the same offset. */
const [CONSOLE_PORT, EMULATOR_PORT] = [8490, 4566];

function emulator() {
  const url = new URL(process.env.EMULATOR ?? address());
  if (process.env.EMULATOR === undefined) url.port = String(Number(url.port) - CONSOLE_PORT + EMULATOR_PORT);
  return url.origin;
}

/** Returns the text of the first match of `pattern` in a mail to `recipient`, as soon as there is one. */
export async function inMail(recipient, pattern) {
  return until(`a mail to ${recipient}`, async () => {
    const answer = await fetch(`${emulator()}/_ministack/ses/messages`);
    assert.ok(answer.ok, `${answer.status}`);
    const mails = Object.values((await answer.json()).messages).flat();
    const own = mails.filter(({ To }) => To.length === 1 && To[0] === recipient);
    return own.map(({ BodyText }) => BodyText.match(pattern)?.[1]).find((found) => found !== undefined);
  });
}
