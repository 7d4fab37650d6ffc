// The page of a visitor: sends messages, shows posts as they arrive.
const texts = {
  et: { title: 'Küsi riigilt', label: 'Sinu küsimus', send: 'Saada', log: 'Vestlus', you: 'Sina', chat: 'Bürokratt', lost: 'Ühendus katkes, proovin uuesti.', failed: 'Sõnumit ei saanud saata. Proovi uuesti.' },
  en: { title: 'Ask the state', label: 'Your question', send: 'Send', log: 'Conversation', you: 'You', chat: 'Bürokratt', lost: 'Connection lost, trying again.', failed: 'The message could not be sent. Try again.' },
}
/** The browser does not connect again by itself after an answer that is no stream of events, such as 502 of a proxy. */
const RECONNECT_MILLISECONDS = 3000
const at = (name) => document.getElementById(name)
const id = chatId()
let language = 'et'
let isSending = false

/** Returns the id of the chat in this tab. Without storage, or outside of HTTPS, it lives as long as the page. */
function chatId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  try {
    const known = sessionStorage.getItem('chat') ?? made
    sessionStorage.setItem('chat', known)
    return known
  } catch {
    return made
  }
}

function setLanguage(chosen) {
  language = chosen
  document.documentElement.lang = chosen
  document.title = `${texts[chosen].title} – Bürokratt`
  for (const name of ['title', 'label', 'send']) at(name).textContent = texts[chosen][name]
  at('log').setAttribute('aria-label', texts[chosen].log)
  at('error').textContent = ''
  if (at('connection').textContent) at('connection').textContent = texts[chosen].lost
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === chosen))
  }
}

/** Sends a message, unless one is under way. Returns whether it was taken. */
async function send(text) {
  if (isSending) return false
  isSending = true
  at('error').textContent = ''
  const response = await fetch(`/chats/${id}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text, language }),
  }).catch(() => null)
  isSending = false
  if (response?.ok) return true
  at('error').textContent = texts[language].failed
  return false
}

function show(post) {
  if (post.from === 'visitor' && post.text.startsWith('/')) return
  const item = document.createElement('li')
  const name = document.createElement('strong')
  const text = document.createElement('span')
  name.textContent = { visitor: texts[language].you, chat: texts[language].chat }[post.from] ?? post.from
  text.textContent = post.text
  // The page may change its language later; this post does not.
  item.lang = language
  item.className = post.from === 'visitor' ? 'visitor' : 'answer'
  item.append(name, text)
  if (post.buttons.length > 0) item.append(choices(post.buttons))
  at('posts').append(item)
  item.scrollIntoView({ block: 'nearest' })
}

function choices(buttons) {
  const group = document.createElement('div')
  for (const { title, payload } of buttons) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = title
    button.addEventListener('click', () => send(payload))
    group.append(button)
  }
  return group
}

/** Follows the posts. After a pause the browser sends the id of the last one; one that was shown is not shown twice. */
const shown = new Set()
function follow() {
  const events = new EventSource(`/chats/${id}/events`)
  events.addEventListener('post', (event) => {
    if (shown.has(event.lastEventId)) return
    shown.add(event.lastEventId)
    show(JSON.parse(event.data))
  })
  events.addEventListener('open', () => { at('connection').textContent = '' })
  events.addEventListener('error', () => {
    at('connection').textContent = texts[language].lost
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, RECONNECT_MILLISECONDS)
  })
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => setLanguage(button.dataset.language))
}
at('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const text = at('text').value.trim()
  if (text && (await send(text))) at('text').value = ''
  at('text').focus()
})
follow()
