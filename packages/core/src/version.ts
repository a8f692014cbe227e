/** The version of this package, as its package.json has it; `pnpm version-packages` writes both. */
export const version = "0.0.0";
