import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the full Fashion-MNIST files beside the repository, or below `ELBO_SHARED`. */
export const fashionFolder = join(
  process.env["ELBO_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url)),
  "data",
  "fashion-mnist",
);
