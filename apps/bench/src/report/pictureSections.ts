import { pictureKinds } from "../pictures/index.ts";
import { reconstructionWords } from "../pictures/reconstructions.ts";
import { escape } from "./html.ts";
import type { Picture } from "../results/schema.ts";

/** A picture with the bytes of its file, which the page carries along. */
export interface EmbeddedPicture extends Picture {
  readonly png: Uint8Array;
}

/** A section for every kind of picture. */
export function pictureSections(pictures: readonly EmbeddedPicture[]): string {
  return kindsIn(pictures)
    .map((kind) => pictureSection(pictures.filter((picture) => picture.kind === kind)))
    .join("\n");
}

/** The kinds of pictures: those that every model may have in their order, then those of measures. */
function kindsIn(pictures: readonly EmbeddedPicture[]): string[] {
  const there = new Set(pictures.map(({ kind }) => kind));
  const order = [reconstructionWords.kind, ...pictureKinds.map(({ kind }) => kind)];
  return [...new Set([...order, ...there])].filter((kind) => there.has(kind));
}

/** The pictures of one kind. */
function pictureSection(shown: readonly EmbeddedPicture[]): string {
  const [{ kind, heading, text }] = shown;
  return `<section class="${kind}" aria-labelledby="${kind}">
<h2 id="${kind}">${escape(heading)}</h2>
<p>${escape(text)}</p>
<div class="figures">
${shown.map((picture) => figure(picture, shown.length === 1)).join("\n")}
</div>
</section>`;
}

function figure(picture: EmbeddedPicture, isWide: boolean): string {
  const source = `data:image/png;base64,${Buffer.from(picture.png).toString("base64")}`;
  const image = `<img src="${source}" alt="${escape(picture.alt)}">`;
  const labels = picture.rows?.map((row) => `<li>${escape(row)}</li>`).join("");
  const body =
    labels === undefined
      ? image
      : `<div class="labelled"><ol aria-label="Rows from the top">${labels}</ol>${image}</div>`;
  return `<figure class="card${isWide ? " wide" : ""}">
${body}
<figcaption><strong>${escape(picture.title)}.</strong> ${escape(picture.caption)}</figcaption>
</figure>`;
}
