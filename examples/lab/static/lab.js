// Draws what /events tells. The requests themselves are sent by the server's client: see client.py.

import { Timeline, setScale } from "./timeline.js";
import { forget, report } from "./incidents.js";

const find = (id) => document.getElementById(id);
const cards = new Map(); // by the name of the way
let source;

function addCard({ name, title, code, lesson }) {
  const card = find("card").content.cloneNode(true).firstElementChild;
  card.id = name;
  card.querySelector("h2").textContent = title;
  card.querySelector("code").textContent = code;
  card.querySelector(".lesson").textContent = lesson;
  const button = card.querySelector("button");
  button.setAttribute("aria-label", `Run: ${title}`);
  button.addEventListener("click", () => runAll([name]));
  find("ways").append(card);
  cards.set(name, { card, title, total: card.querySelector(".total"), timeline: new Timeline(card.querySelector(".chart")) });
}

const say = (text) => { find("state").textContent = text; };
const seconds = (number) => `${number.toFixed(2)} s`;

function enable(yes) {
  for (const button of document.querySelectorAll("button")) button.disabled = !yes;
}

async function reason(answer) {
  const { detail } = await answer.json().catch(() => ({}));
  return detail ?? `the server answered with ${answer.status}`;
}

async function runAll(names) {
  enable(false);
  try {
    for (const name of names) {
      const answer = await fetch(`/runs/${name}`, { method: "POST" });
      if (!answer.ok) throw new Error(await reason(answer));
    }
  } catch (error) {
    say(error.message);
  }
  enable(source.readyState === EventSource.OPEN);
}

const on = {
  begun({ way, requests }) {
    const { card, title, total, timeline } = cards.get(way);
    say(`running: ${title}`);
    card.classList.add("running");
    total.textContent = "…";
    forget(way);
    timeline.begin(requests);
  },
  sent: ({ way, number, at }) => cards.get(way).timeline.sent(number, at),
  answered: ({ way, number, at, began, ended }) => cards.get(way).timeline.answered(number, at, began, ended),
  blocked: (incident) => report(incident, cards.get(incident.way).title),
  ended({ way, seconds: total }) {
    const one = cards.get(way);
    one.card.classList.remove("running");
    one.total.textContent = seconds(total);
    one.timeline.end(`${one.title}: ten requests in ${seconds(total)}`);
    say("ready");
  },
  failed({ way, reason }) {
    const one = cards.get(way);
    one.card.classList.remove("running");
    one.total.textContent = "failed";
    one.timeline.end(reason);
    say(reason);
  },
};

function follow() {
  source = new EventSource("/events");
  source.onopen = () => { say("ready"); enable(true); };
  source.onerror = () => { say("waiting for the server"); enable(false); };
  for (const [name, hear] of Object.entries(on)) {
    source.addEventListener(name, ({ data }) => hear(JSON.parse(data)));
  }
}

(await (await fetch("/ways")).json()).forEach(addCard);
setScale(2);
find("all").addEventListener("click", () => runAll([...cards.keys()]));
follow();
