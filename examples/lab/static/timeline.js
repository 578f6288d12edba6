// One row per request: how long it was open, and when its handler ran. All timelines have the same scale.

const SVG = "http://www.w3.org/2000/svg";
const ROW = 16, BAR = 11, LEFT = 6, WIDTH = 94; // heights in pixels; left edge and width of the plot in percent
const timelines = [];
let scale = 2; // seconds from left to right

export function setScale(seconds) {
  scale = seconds;
  for (const timeline of timelines) timeline.draw();
}

// Leaves a margin, in steps that give round labels.
const roundedUp = (seconds) => Math.ceil(seconds * 1.05 * 2) / 2;
const percent = (seconds) => `${LEFT + WIDTH * seconds / scale}%`;

function add(parent, kind, attributes, text = "") {
  const element = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

function place(rect, from, to) {
  rect.setAttribute("x", percent(from));
  rect.setAttribute("width", `${Math.max(WIDTH * (to - from) / scale, 0.4)}%`);
}

export class Timeline {
  constructor(parent) {
    this.svg = add(parent, "svg", { role: "img", "aria-label": "nothing has run yet" });
    this.axis = add(this.svg, "g", { "aria-hidden": true });
    this.bars = add(this.svg, "g", {});
    this.rows = [];
    this.running = false;
    timelines.push(this);
  }

  begin(requests) {
    this.bars.replaceChildren();
    this.rows = Array.from({ length: requests }, (_, number) => this.row(number));
    this.began = undefined; // until the first request is on its way
    this.running = true;
    requestAnimationFrame(() => this.grow());
  }

  row(number) {
    const y = number * ROW + (ROW - BAR) / 2;
    add(this.bars, "text", { x: 0, y: y + BAR - 1 }, number + 1);
    return { y, open: null, work: null };
  }

  bar(row, kind, from, to) {
    row[kind] ??= add(this.bars, "rect", { class: kind, y: row.y, height: BAR, rx: 1.5 });
    place(row[kind], from, to);
  }

  sent(number, at) {
    this.began ??= performance.now() - at * 1000;
    this.rows[number].sent = at;
  }

  answered(number, at, began, ended) {
    const row = this.rows[number];
    Object.assign(row, { answered: at, began, ended });
    if (roundedUp(at) > scale) setScale(roundedUp(at));
    this.drawRow(row);
    const [a, b, c] = [began, ended, at].map((time) => time.toFixed(2));
    row.open.replaceChildren();
    for (const bar of [row.open, row.work]) add(bar, "title", {}, `request ${number + 1}: ran from ${a} to ${b} s, answered at ${c} s`);
  }

  end(label) {
    this.running = false;
    this.svg.setAttribute("aria-label", label);
  }

  // Bars of open requests follow the page's clock: while the server's loop stands, no event comes.
  grow() {
    if (!this.running) return;
    const now = this.began === undefined ? 0 : (performance.now() - this.began) / 1000;
    if (now > scale) setScale(roundedUp(now));
    for (const row of this.rows) {
      if (row.sent !== undefined && row.answered === undefined) this.bar(row, "open", row.sent, Math.max(now, row.sent));
    }
    requestAnimationFrame(() => this.grow());
  }

  draw() {
    this.drawAxis();
    for (const row of this.rows) if (row.answered !== undefined) this.drawRow(row);
  }

  drawRow(row) {
    this.bar(row, "open", row.sent, row.answered);
    this.bar(row, "work", row.began, row.ended);
  }

  drawAxis() {
    this.axis.replaceChildren();
    const step = scale > 8 ? 2 : scale > 3 ? 1 : 0.5;
    const bottom = 10 * ROW;
    for (let at = 0; at <= scale; at += step) {
      const anchor = at === 0 ? "start" : at + step / 2 > scale ? "end" : "middle";
      add(this.axis, "line", { x1: percent(at), x2: percent(at), y1: 0, y2: bottom + 3 });
      add(this.axis, "text", { x: percent(at), y: bottom + 16, "text-anchor": anchor }, `${at} s`);
    }
  }
}
