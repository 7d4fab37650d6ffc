// The page of a visitor: sends messages, shows posts as they arrive.
const texts = {
  et: { title: 'Küsi riigilt', label: 'Sinu küsimus', send: 'Saada', you: 'Sina', chat: 'Bürokratt', lost: 'Ühendus katkes, proovin uuesti.', failed: 'Sõnumit ei saanud saata. Proovi uuesti.' },
  en: { title: 'Ask the state', label: 'Your question', send: 'Send', you: 'You', chat: 'Bürokratt', lost: 'Connection lost, trying again.', failed: 'The message could not be sent. Try again.' },
}
const id = sessionStorage.getItem('chat') ?? crypto.randomUUID()
sessionStorage.setItem('chat', id)
const at = (name) => document.getElementById(name)
let language = 'et'

function setLanguage(chosen) {
  language = chosen
  document.documentElement.lang = chosen
  for (const name of ['title', 'label', 'send']) at(name).textContent = texts[chosen][name]
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === chosen))
  }
}

async function send(text) {
  const response = await fetch(`/chats/${id}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text, language }),
  }).catch(() => null)
  at('state').textContent = response?.ok ? '' : texts[language].failed
  return response?.ok
}

function show(post) {
  if (post.from === 'visitor' && post.text.startsWith('/')) return
  const item = document.createElement('li')
  const name = document.createElement('strong')
  name.textContent = { visitor: texts[language].you, chat: texts[language].chat }[post.from] ?? post.from
  item.className = post.from === 'visitor' ? 'visitor' : 'answer'
  item.append(name, post.text)
  if (post.buttons.length > 0) {
    const buttons = document.createElement('div')
    for (const { title, payload } of post.buttons) {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = title
      button.addEventListener('click', () => send(payload))
      buttons.append(button)
    }
    item.append(buttons)
  }
  at('posts').append(item)
  item.scrollIntoView({ block: 'nearest' })
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => setLanguage(button.dataset.language))
}
at('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const text = at('text').value.trim()
  if (text && (await send(text))) at('text').value = ''
})
// The browser connects again by itself, with the id of the last post; a post that came before is not shown twice.
const shown = new Set()
const events = new EventSource(`/chats/${id}/events`)
events.addEventListener('post', (event) => {
  if (shown.has(event.lastEventId)) return
  shown.add(event.lastEventId)
  show(JSON.parse(event.data))
})
events.addEventListener('open', () => { at('state').textContent = '' })
events.addEventListener('error', () => { at('state').textContent = texts[language].lost })
