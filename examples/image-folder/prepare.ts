// Makes the folder that main.ts reads. With images of your own this file is not needed: put them into
// images/CLASS/*.png (or .jpg), or directly into images/.
import { mkdirSync, writeFileSync } from "node:fs";
import { encode } from "fast-png";
import { sprites } from "@elbo/datasets";

const { train, factorNames = [] } = sprites({ size: 32, count: 800, seed: 1 });
const { data, shape, factors = new Int32Array() } = train;
const kinds = ["square", "ellipse", "heart"];
const [count = 0, height = 0, width = 0] = shape;
for (const kind of kinds) mkdirSync(`images/${kind}`, { recursive: true });
for (let i = 0; i < count; i++) {
  const image = data.slice(i * height * width, (i + 1) * height * width) as Uint8Array;
  const kind = kinds[factors[i * factorNames.length] ?? 0];
  writeFileSync(`images/${kind}/${i}.png`, encode({ data: image, height, width, channels: 1 }));
}
console.log(`${count} images in images/`);
