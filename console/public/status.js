// Shows that the public status page is out of date. Its age is that of its making, by the clock of the browser.
const made = document.getElementById('made');
const limit = Number(made.dataset.stale) * 1000;

function check() {
  document.getElementById('stale').hidden = Date.now() - Date.parse(made.dateTime) < limit;
}

check();
setInterval(check, 30_000);
