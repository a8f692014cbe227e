// Lets a child process run the TypeScript sources on any supported Node: `node --import <this file> --conditions=@elbo/source src/main.ts`.
import { register } from "node:module";

register("./sourceHooks.mjs", import.meta.url);
