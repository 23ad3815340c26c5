// `heddle/search`: searches are run, looked at and tested. What defines a search is exported by `heddle`.

export type { FinalResult, StudyEvent, StudyVerdict, StudyView, TrialRow } from '../protocol/study.ts'
export { type RunSearchOptions, runSearch } from './run-search.ts'
export { openSealedTest, type SealedTestOptions } from './sealed-test.ts'
export { storedView } from './stored-search.ts'
