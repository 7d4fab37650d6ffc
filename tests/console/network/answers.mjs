// What the API answers of a generated network: pages by cursor, and refusals as problem details.
import { networkOf } from './chatbots.mjs';
import { operation, templateOf } from './contract.mjs';

/** The person who reads: an administrator whose session does not end. */
const SESSION = { name: 'MARI MAASIKAS', roles: ['admin'], institutions: [] };

const problem = (status, title) => ({ status, body: { type: 'about:blank', title, status } });

/** Returns one page of `items` by the cursor of the page before; a number, which is opaque for the page. */
function pageOf(path, items, query, method) {
  const { schema } = operation(method, path).parameters.find(({ name }) => name === 'limit');
  const { default: usual, maximum } = schema;
  const limit = Number(query.get('limit') ?? usual);
  if (!(limit >= 1 && limit <= maximum)) return undefined;
  const start = Number(query.get('cursor') ?? 0);
  const next = start + limit < items.length && { next: String(start + limit) };
  return { items: items.slice(start, start + limit), ...next };
}

/** Returns the answer of a list: the page under the name that the contract has for it. */
export function listed(path, key, items, query, method = 'GET') {
  const page = pageOf(path, items, query, method);
  if (page === undefined) return problem(400, 'The limit is too large.');
  const { items: shown, ...next } = page;
  return { body: { [key]: shown, ...next } };
}

/**
 * Returns the function that answers requests about `chatbots`. `more` has further answers by `<method> <path of the
 * contract>`: functions of the path and the query. `state.revision` may be changed meanwhile.
 */
export function answersOf(chatbots, { now, state = { revision: 7 }, more = {} }) {
  const known = {
    'GET /session': () => ({ body: SESSION }),
    'GET /health': () => ({ body: networkOf(chatbots, { revision: state.revision, now }) }),
    'GET /chatbots': (path, query) => {
      const filters = ['status', 'type', 'institution'].filter((name) => query.has(name));
      const found = chatbots.filter((one) => filters.every((name) => one[name] === query.get(name)));
      return listed(path, 'chatbots', found, query);
    },
    'GET /chatbots/{name}': (path) => {
      const body = chatbots.find((one) => path === `/chatbots/${one.name}`);
      return body === undefined ? problem(404, 'There is no such chatbot.') : { body, etag: '"1"' };
    },
    ...more,
  };
  return (method, path, query) => {
    const answer = known[`${method} ${templateOf(path)}`];
    return answer === undefined ? problem(404, `${method} ${path} has no answer here.`) : answer(path, query);
  };
}
