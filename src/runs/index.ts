// The run store: what was trained, with which configuration and on what, and what came out.

export { fromJson, toJson } from '../protocol/json.ts'
export { openStore } from '../store/open.ts'
export type { Run } from '../store/rows.ts'
export type { RunStore } from '../store/store.ts'
export { configurationOf } from './described.ts'
export { storedResult } from './earlier.ts'
export type { Environment } from './environment.ts'
export { readPredictions, storedModel, storedRun } from './stored.ts'
