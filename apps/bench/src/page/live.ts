/** What the page of `bench serve` does in the browser: a card for every trial, made anew when the server says something new of it. */
import { byId, element, shown } from "./dom.ts";
import type { TrialView } from "../serve/trialView.ts";

const views = new Map<string, TrialView>();
let plan: readonly string[] = [];
const following = "This page follows the folder.";

function say(text: string): void {
  const state = byId("state");
  if (state !== undefined) state.textContent = text;
}

/** The loss over the steps. The lowest nine tenths of it decide the height, since the first values are far above the others. */
function curveOf(points: TrialView["points"]): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const sorted = points.map(({ loss }) => loss).sort((a, b) => a - b);
  const low = sorted[0];
  const high = Math.max(sorted[Math.floor(0.9 * (sorted.length - 1))], low + 1e-6);
  const line = document.createElementNS(space, "polyline");
  const places = points.map(({ step, steps, loss }) => {
    const height = Math.min(1, (loss - low) / (high - low));
    return `${((100 * step) / steps).toFixed(2)},${(98 - 96 * height).toFixed(2)}`;
  });
  line.setAttribute("points", places.join(" "));
  svg.append(line);
  return svg;
}

/** Milliseconds without a word after which the page says so. */
const silence = 15_000;

function fillWithTraining(card: HTMLElement, { points }: TrialView): void {
  const [first] = points;
  const last = points[points.length - 1];
  const { at, step, steps, loss, imagesPerSecond } = last;
  const progress = { max: String(steps), value: String(step), "aria-label": "steps done" };
  card.append(element("progress", progress));
  const parts = [`step ${step} of ${steps}`, `loss ${shown(loss, 1)} nats`];
  if (imagesPerSecond !== undefined) parts.push(`${shown(imagesPerSecond, 0)} images/s`);
  const silent = Date.now() - at;
  if (silent > silence) parts.push(`nothing heard for ${shown(silent / 1000, 0)} s`);
  else if (step > first.step) {
    const left = ((at - first.at) / (step - first.step)) * (steps - step);
    parts.push(`about ${shown(left / 1000, 0)} s left`);
  }
  card.append(element("p", {}, parts.join(", ")), curveOf(points));
}

function cardOf(view: TrialView): HTMLElement {
  const { title, seed, state, figures, message } = view;
  const card = element("li", { class: "card", "data-state": state });
  card.append(element("h2", {}, `${title}, seed ${seed}`));
  if (state === "training") fillWithTraining(card, view);
  else
    card.append(
      element(
        "p",
        {},
        [state, message ?? figures.join(", ")].filter((words) => words !== "").join(": "),
      ),
    );
  return card;
}

function draw(): void {
  const known = plan.flatMap((id) => views.get(id) ?? []);
  byId("trials")?.replaceChildren(...known.map(cardOf));
  const count = (state: TrialView["state"]): number =>
    known.filter((view) => view.state === state).length;
  const [finished, running] = [count("finished"), count("training") + count("measuring")];
  const heading = byId("counts");
  if (heading !== undefined && plan.length > 0)
    heading.textContent = `${finished} of ${plan.length} trials finished, ${running} running`;
  document.title = plan.length > 0 ? `${finished}/${plan.length} elbo bench` : "elbo bench";
}

/** Draws once for several events; a timer, since a page in the background has no frames but a title. */
let asked: number | undefined;
function ask(): void {
  asked ??= window.setTimeout(() => {
    asked = undefined;
    draw();
  });
}

const events = new EventSource("/events");
const listen = <T>(name: string, hear: (data: T) => void): void => {
  events.addEventListener(name, ({ data }: MessageEvent<string>) => {
    hear(JSON.parse(data) as T);
    ask();
  });
};
events.addEventListener("open", () => {
  say(following);
});
events.addEventListener("error", () => {
  say("The server is gone; the page follows again when it is back.");
});
listen<string[]>("plan", (ids) => {
  plan = ids;
});
listen<string>("trouble", (words) => {
  say(words === "" ? following : words);
});
listen<TrialView>("trial", (view) => {
  views.set(view.id, view);
});
// What nobody says anything of changes too: how long nothing was heard.
setInterval(ask, 5000);
