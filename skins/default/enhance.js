// What is nicer with a script. Every page works without it.

/** Shows moments in the visitor's own zone instead of the server's. */
function localTimes() {
  const { lang } = document.documentElement;
  // English comes in many ways of writing a date: the visitor's own, if it is of the language of the page.
  const format = new Intl.DateTimeFormat(navigator.language.startsWith(lang) ? navigator.language : lang, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = format.format(at);
  }
}

/** Closes an open menu when one clicks elsewhere or presses Escape. */
function closingMenus() {
  const open = () => document.querySelectorAll('details.account[open]');
  document.addEventListener('click', ({ target }) => {
    for (const menu of open()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
}

/** A form is sent once, however often one clicks. */
function sendOnce() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.sent === 'yes') event.preventDefault();
    form.dataset.sent = 'yes';
    // On a bad line it may not have left: then it may be sent again.
    setTimeout(() => delete form.dataset.sent, 8_000);
  });
  // Who comes back to the page may send it again.
  addEventListener('pageshow', () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
}

/** Check boxes named in `data-checks` follow the one that stands for all. */
function checkAll() {
  document.addEventListener('change', ({ target }) => {
    const name = target.dataset?.checks;
    if (name === undefined) return;
    for (const box of target.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`))
      box.checked = target.checked;
  });
}

/** Shows only the fields that the chosen kind needs: `data-shown-for` names the radio buttons, `data-shown-values` theirs. */
function shownFields() {
  const parts = document.querySelectorAll('[data-shown-for]');
  const update = () => {
    for (const part of parts) {
      const { shownFor, shownValues } = part.dataset;
      const chosen = document.querySelector(`input[name="${CSS.escape(shownFor)}"]:checked`);
      part.hidden = chosen !== null && !shownValues.split(' ').includes(chosen.value);
    }
  };
  document.addEventListener('change', update);
  update();
}

/** Where tabs need more room than there is, the one that is lit comes into sight. */
function currentTabs() {
  for (const tab of document.querySelectorAll('.navigation [aria-current], .tabs [aria-current]')) {
    const frame = tab.closest('nav');
    const beyond = tab.offsetLeft + tab.offsetWidth - frame.offsetLeft - frame.clientWidth;
    if (beyond > 0) frame.scrollLeft = beyond + 24;
  }
}

localTimes();
// What a script put in later has times too.
addEventListener('concord:shown', localTimes);
currentTabs();
shownFields();
closingMenus();
sendOnce();
checkAll();
