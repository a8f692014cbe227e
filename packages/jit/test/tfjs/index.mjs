export { reasonFor } from "./reasons.mjs";
export { runTests } from "./runTests.mjs";
export { countByFile, coverageTable, parsePassed } from "./table.mjs";
