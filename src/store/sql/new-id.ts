import { randomUUID } from 'node:crypto'

/** The id of a run, a job, a search or a slice. */
export const newId = (): string => randomUUID().replaceAll('-', '').slice(0, 12)
