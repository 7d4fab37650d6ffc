// The policy: a proposal for one chatbot, its dry run, and its effect. Others may change it meanwhile.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { admin, chatbot, institution } from './people.mjs';

const { api, keyboard, page } = admin;
const OVERRIDES = 'Overrides of single chatbots (JSON)';

describe('policy', () => {
  let name;

  before(async () => {
    name = await chatbot('policy', await institution('policy'));
  });

  /** Proposes the overrides that `change` makes of the present ones, and compares them with the policy in force. */
  async function propose(change) {
    await keyboard.open('/policy');
    await keyboard.press('link', 'Propose a change and try it');
    const text = await keyboard.main.getByLabel(OVERRIDES).inputValue();
    await keyboard.fill(OVERRIDES, JSON.stringify(change(text === '' ? {} : JSON.parse(text)), undefined, 2));
    await keyboard.press('button', 'Compare with the policy in force');
    await keyboard.sees('What changes');
  }

  const overrides = async () => (await api('GET', '/policy')).chatbots ?? {};

  test('a chatbot gets an override after a dry run, and loses it', async () => {
    await propose((present) => ({ ...present, [name]: { rate: { minimum: 25 } } }));
    await keyboard.press('button', 'Run');
    await keyboard.sees('All chatbots have been tried.');
    await keyboard.confirm('Put into force');
    await keyboard.sees('The proposal is in force.');
    assert.deepEqual((await overrides())[name], { rate: { minimum: 25 } });
    await keyboard.sees(name, page.getByRole('region', { name: 'Overrides of single chatbots' }));

    await propose(({ [name]: _, ...others }) => others);
    await keyboard.confirm('Put into force', (dialog) => keyboard.sees('There was no dry run', dialog));
    await keyboard.sees('The proposal is in force.');
    assert.equal((await overrides())[name], undefined);
  });

  test('the dry run refuses a value that is not valid', async () => {
    await propose((present) => ({ ...present, [name]: { rate: { minimum: -1 } } }));
    await keyboard.press('button', 'Run');
    await keyboard.sees(`chatbots/${name}`, page.getByRole('alert'));
  });
});
