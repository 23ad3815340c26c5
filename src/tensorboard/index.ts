export { boardName, exportRun } from './export-run.ts'
export { LiveBoard } from './live-board.ts'
