// Follows a sync while it runs. Without this script the page comes again by itself.

const live = () => document.getElementById('live');

let asked = 0;

/** Puts in what the server shows now; what a person may be about to use stays as it is. An answer that a later one has overtaken is left out. */
async function showNow() {
  const mine = ++asked;
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const next = page.getElementById('live');
  if (next === null || mine !== asked) return;
  const hadFocus = live().contains(document.activeElement);
  live().replaceWith(next);
  showCounts(page);
  dispatchEvent(new CustomEvent('concord:shown'));
  if (hadFocus) next.querySelector('button, a')?.focus();
}

/** The counts above the page, such as of conflicts; they stay while the focus is there. */
function showCounts(page) {
  const shown = document.querySelector('.navigation');
  const next = page.querySelector('.navigation');
  if (shown !== null && next !== null && !shown.contains(document.activeElement)) shown.replaceWith(next);
}

const count = ({ created, updated, deleted }) => created + updated + deleted;

/** How far one way is; where more has gone than was announced, how much is still to come is not known. */
function showWay(way, tally) {
  const text = document.getElementById(`progress-${way}`);
  if (text === null) return;
  const done = count(tally);
  const { format } = new Intl.NumberFormat(document.documentElement.lang);
  const words = tally.expected === 0 || done > tally.expected ? text.dataset.soFar : text.dataset.of;
  text.textContent = words.replace('{done}', format(done)).replace('{expected}', format(tally.expected));
  text.hidden = false;
}

function showProgress({ sent, received }) {
  const bar = document.getElementById('progress');
  if (bar === null) return;
  const done = count(sent) + count(received);
  const expected = sent.expected + received.expected;
  if (done === 0 && expected === 0) return;
  document.getElementById('progress-beginning')?.remove();
  if (done > expected) bar.removeAttribute('value');
  else Object.assign(bar, { max: expected, value: done });
  showWay('sent', sent);
  showWay('received', received);
}

function follow() {
  const { events, after } = live().dataset;
  const source = new EventSource(`${events}?after=${after}`);
  source.addEventListener('progress', ({ data }) => showProgress(JSON.parse(data).data));
  for (const kind of ['queued', 'started', 'cancel', 'done', 'waiting', 'failed', 'cancelled'])
    source.addEventListener(kind, () => void showNow());
  addEventListener('pagehide', () => source.close());
}

if (live() !== null && 'EventSource' in window) follow();
