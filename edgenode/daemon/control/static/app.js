// Keeps the page alive: swaps in the parts that the box renders, draws the chart, guards against
// showing old numbers as if they were live. Pause and resume are plain forms without this script.

const STALE_MS = 5000;
const SERIES_MS = 2000;
const HOLD_MS = 1500;
const csrf = document.querySelector("meta[name=csrf]").content;
const at = (id) => document.getElementById(id);

// -- live parts ---------------------------------------------------------------------------------

let heard = Date.now();
let heardAt = "";

function follow() {
  const source = new EventSource("/live");
  source.addEventListener("page", (event) => {
    const { title, parts } = JSON.parse(event.data);
    document.title = title;
    for (const [id, html] of Object.entries(parts)) swap(id, html);
    live();
  });
  source.addEventListener("beat", live);
}

function swap(id, html) {
  const slot = at(id);
  const open = slot.querySelector("details")?.open;
  slot.innerHTML = html;
  if (open) slot.querySelector("details").open = true;
}

function live() {
  heard = Date.now();
  heardAt = new Date().toISOString().slice(11, 19);
  show(false);
}

function show(stale) {
  document.body.classList.toggle("stale", stale);
  at("stale").hidden = !stale;
  if (stale) at("stale").textContent = `Not live${heardAt ? `, last ${heardAt} UTC` : ""}`;
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
  const last = (_, value) => (value === null ? "–" : value.toFixed(2));
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

async function post(path, body, done) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  at("answer").textContent = answer.ok
    ? `${done}, recorded as entry ${told.ledger_seq}`
    : `Not done: ${told.detail}`;
}

function takeOver(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send().catch(() => form.submit()); // the plain form still works where fetch does not
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
takeOver(at("resume"), () => post("/api/v1/resume", {}, "Resumed"));
holdToSubmit(at("resume"));
addEventListener("resize", fit);
setInterval(() => Date.now() - heard > STALE_MS && show(true), 500);
setInterval(() => draw().catch(() => {}), SERIES_MS);
draw().catch(() => {});
follow();
