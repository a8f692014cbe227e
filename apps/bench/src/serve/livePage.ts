import { bundled } from "../report/pageScript.ts";
import { style } from "../report/style.ts";

const ownStyle = `
main { padding-top: 2rem; }
.trials { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; margin: 1.5rem 0 4rem; padding: 0; list-style: none; }
.trials h2 { margin: 0; font-size: 1rem; }
.trials p { margin: .3rem 0 0; color: var(--soft); font-size: .9rem; }
.trials progress { width: 100%; accent-color: var(--accent); }
.trials svg { display: block; width: 100%; height: 5rem; margin-top: .5rem; }
.trials polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
`;

/** The page of `bench serve`: it listens to `/events` and asks for nothing else. */
export async function livePage(): Promise<string> {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>elbo bench</title>
<link rel="icon" href="data:,">
<style>${style}${ownStyle}</style>
</head>
<body>
<main>
<p class="eyebrow">elbo bench</p>
<h1 id="counts">Waiting for a plan</h1>
<p class="lead" id="state" role="status">Connecting.</p>
<ul class="trials" id="trials"></ul>
</main>
<script>${await bundled("live.ts")}</script>
</body>
</html>
`;
}
