// The page of a bot's owner: shows status and logs, changes texts, takes the bot out of routing and back.
const REFRESH_MILLISECONDS = 5000
const at = (name) => document.getElementById(name)
let responses = []

/** Sends a request. Returns the body of the answer; after an error `null`, and the alert has its text. */
async function call(method, path, body) {
  const options = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(path, { method, ...options }).catch(() => null)
  const answer = response?.status === 204 ? {} : await response?.json().catch(() => null)
  if (response?.ok && answer) {
    say('message', '')
    return answer
  }
  say('message', answer?.message ?? 'The bot does not answer.')
  return null
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
  const state = await call('GET', '/state')
  if (!state) return
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
  if (await call('PUT', '/state', { state })) await refresh()
}

async function loadResponses() {
  const answer = await call('GET', '/responses')
  if (!answer) return
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
  if (!chosen || !(await call('PUT', '/responses', { ...chosen, text: at('text').value }))) return
  chosen.text = at('text').value
  say('saved', 'Saved.')
})
await loadResponses()
await refresh()
setInterval(refresh, REFRESH_MILLISECONDS)
