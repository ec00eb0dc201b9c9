// Keeps the page alive: swaps in the parts that the box renders, draws the chart, guards against
// showing old numbers as if they were live. Pause and resume are plain forms without this script.
// With it the page never navigates away: what the box does not answer is said, and tried again.

const STALE_MS = 5000;
const ANSWER_MS = 8000;
const AGAIN_MS = 1000;
const SERIES_MS = 2000;
const HOLD_MS = 1500;
const at = (id) => document.getElementById(id);

// -- live parts ---------------------------------------------------------------------------------

let heard = Date.now();
let heardAt = "";
let stale = false;
let title = document.title; // as the box last said it
let pause = at("verdict").firstElementChild.dataset.pause;

function follow() {
  const source = new EventSource("/live");
  source.addEventListener("page", (event) => {
    const said = JSON.parse(event.data);
    document.title = title = said.title;
    for (const [id, html] of Object.entries(said.parts)) swap(id, html);
    follows(at("verdict").firstElementChild.dataset.pause);
    live();
  });
  source.addEventListener("beat", live);
  source.addEventListener("error", () => {
    // The browser reconnects by itself, but not after an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS);
  });
}

function swap(id, html) {
  const slot = at(id);
  if (!slot) return location.reload(); // the box was updated: it has a part that is new here
  const open = slot.querySelector("details")?.open;
  slot.innerHTML = html;
  if (open) slot.querySelector("details").open = true;
}

// "Hold hedges too" says what holds, and is clear again after a resume, whoever resumed: the next
// pause by one tap holds hedges only where somebody asks for it.
function follows(said) {
  if (said !== pause) at("pause").elements.hedges.checked = said === "held";
  pause = said;
}

function live() {
  heard = Date.now();
  heardAt = new Date().toISOString().slice(11, 19);
  show(false);
  if (unanswered) tell("The box answers again. If it is not as you want it, tap again.");
}

function show(old) {
  if (old === stale) return;
  stale = old;
  document.body.classList.toggle("stale", stale);
  document.title = stale ? ["NOT LIVE", ...title.split(" · ").slice(1)].join(" · ") : title;
  at("stale").hidden = at("lost").hidden = !stale;
  at("stale").textContent = `Not live${heardAt ? `, last ${heardAt} UTC` : ""}`;
  document.querySelector("#resume button").disabled = stale;
}

// -- chart --------------------------------------------------------------------------------------

let chart = null;

async function draw() {
  const answer = await fetch("/api/v1/series");
  if (!answer.ok) return;
  const { t, volume, exposure } = await answer.json();
  const data = [t, volume, exposure];
  if (chart) chart.setData(data);
  else if (t.length > 1) chart = new uPlot(options(), data, at("chart"));
}

function options() {
  const style = getComputedStyle(document.body);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 } };
  const hours = (_, ticks) => ticks.map((s) => new Date(s * 1000).toISOString().slice(11, 16));
  const last = (_, value) => (value === null ? "–" : value.toFixed(2).replace("-", "−"));
  return {
    width: at("chart").clientWidth,
    height: 220,
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "UTC"),
    legend: { live: true },
    cursor: { idx: null },
    scales: { volume: { range: (_, low, high) => [0, high * 1.1] } },
    axes: [
      { ...axis, values: hours },
      { ...axis, scale: "volume", size: 46 },
      { ...axis, scale: "net", side: 1, size: 46, grid: { show: false } },
    ],
    series: [
      { label: "UTC", value: (_, s) => (s ? new Date(s * 1000).toISOString().slice(11, 16) : "") },
      {
        label: "Volume a minute",
        scale: "volume",
        fill: color("--bars"),
        stroke: color("--bars"),
        paths: uPlot.paths.bars({ size: [0.8, 12] }),
        points: { show: false },
        value: last,
      },
      { label: "Net exposure", scale: "net", stroke: color("--ink"), width: 2, value: last },
    ],
    hooks: { setData: [legend], ready: [legend] },
  };
}

// The newest values stand in the legend without hovering.
function legend(drawn) {
  drawn.setLegend({ idx: drawn.data[0].length - 1 });
}

function fit() {
  if (chart) chart.setSize({ width: at("chart").clientWidth, height: 220 });
}

// -- pause and resume ---------------------------------------------------------------------------

let unanswered = false;

function tell(text) {
  at("answer").textContent = text;
  unanswered = false;
}

async function post(path, body, done) {
  let [answer, told] = await send(path, body);
  if (told.code === "EN504") {
    await renew();
    [answer, told] = await send(path, body);
  }
  const why = [told.detail, told.do].filter(Boolean).join("; ");
  tell(answer.ok ? `${done}, recorded as entry ${told.ledger_seq}` : `Not done: ${why}`);
  return answer.ok;
}

async function send(path, body) {
  const token = document.querySelector("meta[name=csrf]").content;
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return [answer, await answer.json()];
}

// A box that was set up anew has another token, and another box's page under the same name has
// written over the cookie. The page as it is served now brings both.
async function renew() {
  const answer = await fetch("/", { signal: AbortSignal.timeout(ANSWER_MS) });
  const served = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = served.querySelector("meta[name=csrf]").content;
  document.querySelector("meta[name=csrf]").content = token;
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = token;
}

function takeOver(form, asks) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell("Asking the box ...");
    asks().catch((error) => {
      const late = error.name === "TimeoutError"; // it was sent: the box may still do it
      const what = late ? "Not known to be done" : "Not done";
      tell(`${what}: the box does not answer. This page goes on trying to reach it.`);
      unanswered = true;
    });
  });
}

function holdToSubmit(form) {
  const button = form.querySelector("button");
  let timer = null;
  const begin = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (timer !== null || button.disabled) return;
    button.classList.add("held");
    timer = setTimeout(() => {
      end();
      form.requestSubmit();
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = null;
    button.classList.remove("held");
  };
  for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, begin);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"])
    button.addEventListener(name, end);
  button.addEventListener("click", (event) => event.isTrusted && event.preventDefault());
  button.querySelector("span").textContent = "Hold to resume";
}

takeOver(at("pause"), () => {
  const hedges = at("pause").elements.hedges.checked;
  return post("/api/v1/pause", { hedges, reason: "page" }, "Paused");
});
takeOver(at("resume"), async () => {
  if (await post("/api/v1/resume", {}, "Resumed")) at("pause").elements.hedges.checked = false;
});
holdToSubmit(at("resume"));
addEventListener("resize", fit);
setInterval(() => Date.now() - heard > STALE_MS && show(true), 500);
setInterval(() => draw().catch(() => {}), SERIES_MS);
draw().catch(() => {});
follow();
