export { replaceFile } from "./replaceFile.ts";
export { whenFree } from "./whenFree.ts";
export { writeSynced } from "./writeSynced.ts";
export { writeWhole } from "./writeWhole.ts";
