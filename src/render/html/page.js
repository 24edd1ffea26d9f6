'use strict';
const root = document.documentElement, bar = document.querySelector('.bar');
const search = bar.querySelector('input'), count = bar.querySelector('output');
const levels = [...bar.querySelectorAll('[data-to]')];
let level = root.dataset.level, hits = [], at = -1;

const rows = () => [...document.querySelectorAll('section:not([hidden]) .row')];
const grip = row => row.querySelector(':scope > summary') || row;

function go(row) {
  if (!row) return;
  grip(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: 'center' });
}

function show(next) {
  const was = document.activeElement.closest('.row');
  level = next;
  for (const section of document.querySelectorAll('section')) section.hidden = section.dataset.level !== level;
  for (const button of levels) button.setAttribute('aria-pressed', button.dataset.to === level);
  find();
  if (was) {
    const time = Number(was.dataset.time);
    go(rows().filter(row => row.dataset.of === was.dataset.of && Number(row.dataset.time) <= time).pop());
  }
}

function find() {
  const text = search.value.trim().toLowerCase();
  document.body.classList.toggle('searching', text !== '');
  hits = [];
  at = -1;
  for (const row of rows()) {
    const hit = text !== '' && row.textContent.toLowerCase().includes(text);
    row.classList.toggle('hit', hit);
    if (hit) hits.push(row);
  }
  count.value = text ? hits.length : '';
}

function step(way) {
  if (!hits.length) return;
  at = (at + way + hits.length) % hits.length;
  go(hits[at]);
  count.value = (at + 1) + ' / ' + hits.length;
}

function move(way) {
  const all = rows(), row = document.activeElement.closest('.row'), here = all.indexOf(row);
  go(all[Math.min(all.length - 1, Math.max(0, here + way))]);
}

function theme() {
  const dark = getComputedStyle(root).getPropertyValue('--paper').trim() !== '#ffffff';
  root.dataset.theme = dark ? 'light' : 'dark';
}

bar.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (button && button.dataset.to) show(button.dataset.to);
  else if (button) theme();
});
search.addEventListener('input', find);
function clear() {
  search.value = '';
  find();
  search.blur();
}

search.addEventListener('keydown', event => {
  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
  if (event.key === 'Escape') clear();
  event.stopPropagation();
});
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    n: () => step(1), N: () => step(-1), t: theme, '/': () => search.focus(), Escape: clear }[event.key];
  if (act) act();
  else if (levels.some(button => button.dataset.to === event.key)) show(event.key);
  else return;
  event.preventDefault();
});
new ResizeObserver(() => root.style.setProperty('--bar', bar.offsetHeight + 'px')).observe(bar);
