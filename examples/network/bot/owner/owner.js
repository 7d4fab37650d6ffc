// The page of a bot's owner: shows status and logs, changes texts, takes the bot out of routing and back.
const REFRESH_MILLISECONDS = 5000
const at = (name) => document.getElementById(name)
let responses = []

/** Sends a request. Returns the body of the answer, or the text of an error. */
async function call(method, path, body) {
  const options = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(path, { method, ...options }).catch(() => null)
  const answer = response?.status === 204 ? {} : await response?.json().catch(() => null)
  return response?.ok && answer ? { answer } : { error: answer?.message ?? 'The bot does not answer.' }
}

/** Does what the owner asked for. Returns whether it succeeded; the alert says why not, until the next request. */
async function change(path, body) {
  const { error } = await call('PUT', path, body)
  say('message', error ?? '')
  return error === undefined
}

/** A text that did not change is not announced again. */
function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text
}

const time = (text) => new Date(text).toLocaleString('en-GB')

function describe({ status, since, control, cause, nextProbe }) {
  const parts = [`${status} since ${time(since)}.`]
  if (control) parts.push(`Overridden (${control.mode}): ${control.reason}`)
  else if (cause && status !== 'Online') parts.push(`Cause: ${cause.kind}.`)
  if (nextProbe) parts.push(`Next probe: ${time(nextProbe)}.`)
  return parts.join(' ')
}

async function refresh() {
  const { answer: state, error } = await call('GET', '/state')
  if (error) return say('status', error)
  document.title = `${state.name} – owner`
  say('name', state.name)
  say('status', describe(state))
  at('logs').replaceChildren(...state.logs.map(row))
}

function row({ at: moment, level, message }) {
  const line = document.createElement('tr')
  for (const text of [time(moment), level, message]) {
    const cell = document.createElement('td')
    cell.textContent = text
    line.append(cell)
  }
  return line
}

async function participate(state) {
  if (await change('/state', { state })) await refresh()
}

async function loadResponses() {
  const { answer, error } = await call('GET', '/responses')
  if (error) return say('message', error)
  responses = answer.responses
  const options = responses.map(({ language, response, variation }, index) => {
    const label = `${language}: ${response.replace(/^utter_/, '')}${variation > 0 ? ` (${variation + 1})` : ''}`
    return new Option(label, String(index))
  })
  at('choice').replaceChildren(...options)
  choose()
}

function choose() {
  const chosen = responses[Number(at('choice').value)]
  if (!chosen) return
  at('text').value = chosen.text
  at('text').lang = chosen.language
  say('saved', '')
}

at('leave').addEventListener('click', () => participate('Disabled'))
at('return').addEventListener('click', () => participate('Active'))
at('choice').addEventListener('change', choose)
at('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const chosen = responses[Number(at('choice').value)]
  say('saved', '')
  const text = at('text').value
  if (!chosen || !(await change('/responses', { ...chosen, text }))) return
  chosen.text = text
  say('saved', 'Saved.')
})
await loadResponses()
await refresh()
setInterval(refresh, REFRESH_MILLISECONDS)
