// Fetches the story's parts and swaps in those that changed, until nobody answers any more.
"use strict";

const EVERY_MS = 1000;
const shown = new Map();

async function look() {
  const lost = document.getElementById("lost");
  try {
    const answer = await fetch("/parts", { cache: "no-store" });
    const { phase, parts } = await answer.json();
    for (const [id, html] of Object.entries(parts)) {
      if (shown.get(id) !== html) {
        shown.set(id, html);
        document.getElementById(id).innerHTML = html;
      }
    }
    document.title = `edgenode demo, ${phase}, PAPER`;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  setTimeout(look, EVERY_MS);
}

look();
