'use strict';
// One of several alternatives at a time; without this script all of them stand below each other, as they do in print.
for (const box of document.querySelectorAll('.alternatives')) {
  const parts = [...box.querySelectorAll(':scope > .alternative')];
  if (parts.length < 2) continue;
  const bar = document.createElement('div');
  bar.className = 'switch';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', 'Which to show');
  const show = (chosen) => {
    parts.forEach((part, place) => part.classList.toggle('off', place !== chosen));
    [...bar.children].forEach((button, place) => button.setAttribute('aria-pressed', String(place === chosen)));
  };
  parts.forEach((part, place) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = part.dataset.name;
    button.addEventListener('click', () => show(place));
    bar.append(button);
  });
  box.prepend(bar);
  show(0);
}
// A table of numbers by day can be run through.
for (const details of document.querySelectorAll('details.series')) {
  const heads = [...details.querySelectorAll('thead th')].map((cell) => cell.textContent);
  const rows = [...details.querySelectorAll('tbody tr')];
  if (rows.length < 2) continue;
  const label = document.createElement('label');
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.max = String(rows.length - 1);
  slider.value = slider.max;
  const said = document.createElement('output');
  label.className = 'scrub';
  label.append('Run through the days', slider, said);
  const tell = () => {
    rows.forEach((row, place) => row.classList.toggle('on', place === Number(slider.value)));
    const cells = [...rows[Number(slider.value)].children].map((cell) => cell.textContent);
    said.textContent = 'Day ' + cells[0] + ': ' + cells.slice(1).map((cell, i) => heads[i + 1] + ' ' + cell).join(', ');
  };
  slider.addEventListener('input', tell);
  details.before(label);
  tell();
}
