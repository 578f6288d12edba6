// The guard's list. The same line of the same way has one entry.

const list = document.getElementById("incidents");
const template = document.getElementById("incident");

const NOBODY = {
  starved: "the loop was ready, but other threads or processes ran",
  saturated: "many short steps, none of them at fault",
  "gil-held": "a call into C let no other thread run",
  "process-paused": "nothing in this process ran",
};

// The guard's advice up to its reasons, which the lessons tell.
const brief = (advice) => advice.split(/[:;] /)[0].replaceAll("`", "");

function describe(entry, { kind, route, place, source, instead }, title) {
  entry.classList.toggle("nobody", place === null);
  entry.querySelector(".kind").textContent = kind;
  entry.querySelector(".where").textContent = place === null ? `${title}: ${NOBODY[kind]}` : `${route} at ${place}`;
  entry.querySelector("pre").textContent = source;
  entry.querySelector(".instead").textContent = instead.length ? `Instead: ${instead.map(brief).join("; or ")}` : "";
}

function count(entry, ms) {
  const times = Number(entry.dataset.times ?? 0) + 1;
  const longest = Math.max(Number(entry.dataset.longest ?? 0), ms);
  Object.assign(entry.dataset, { times, longest });
  entry.querySelector("b").textContent = times > 1 ? `up to ${longest} ms` : `${longest} ms`;
  entry.querySelector(".times").textContent = times > 1 ? `· ${times} times` : "";
}

export function report(incident, title) {
  const key = `${incident.way} ${incident.kind} ${incident.place}`;
  let entry = [...list.children].find((one) => one.dataset.key === key);
  if (!entry) {
    entry = template.content.cloneNode(true).firstElementChild;
    Object.assign(entry.dataset, { key, way: incident.way });
    describe(entry, incident, title);
    list.append(entry);
  }
  count(entry, incident.ms);
  silence();
}

export function forget(way) {
  for (const entry of [...list.children]) if (entry.dataset.way === way) entry.remove();
  silence();
}

function silence() {
  document.getElementById("silent").hidden = list.children.length > 0;
}
