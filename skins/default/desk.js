// Keys for the desk of conflicts: they work while the focus is in it, and everything can be done without them.

const desk = document.querySelector('[data-desk]');

function current() {
  return document.activeElement?.closest('.conflict') ?? null;
}

function move(step) {
  const all = [...desk.querySelectorAll('.conflict')];
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

desk?.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || target.matches('input[type=text], textarea, select')) return;
  if (key === 'j' || key === 'k') move(key === 'j' ? 1 : -1);
  else if (key === 'x') current()?.querySelector('input[type=checkbox]')?.click();
  else {
    const wanted = /^[pse]$/.test(key) ? current()?.querySelector(`[data-key="${key}"]`) : undefined;
    if (!wanted) return;
    wanted.click();
  }
  event.preventDefault();
});
