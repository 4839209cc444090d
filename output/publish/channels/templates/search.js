// Hides the rows that do not hold all words; without this script the page lists everything.
"use strict";
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const words = document.getElementById("words");
const number = document.getElementById("number");
const rows = [...document.querySelectorAll("#rows > li")];
const texts = rows.map((row) => plain(row.dataset.words || ""));
function search() {
  const wanted = plain(words.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, at) => {
    row.hidden = !wanted.every((word) => texts[at].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  number.textContent = `${shown} of ${rows.length}`;
}
words.addEventListener("input", search);
document.getElementById("asking").hidden = false;
search();
