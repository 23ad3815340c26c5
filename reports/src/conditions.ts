import { plural, shortFingerprint } from 'heddle/show'
import type { FailedRecord, RunRecord } from './run-record.ts'

/** Data, engine with machine, or build, and how many runs had it. */
export interface Condition {
  readonly text: string
  readonly runs: number
}

/** What a report's runs were made on and with. */
export function conditionsOf(records: readonly (RunRecord | FailedRecord)[]): Condition[] {
  const runs = records.filter(record => 'run' in record)
  return summed(
    [
      ...runs.map(({ dataset }) => `${dataset.name} ${shortFingerprint(dataset.fingerprint)}`),
      ...runs.map(
        ({ backend, machine }) =>
          `${backend} on ${machine.cpu}, ${plural(machine.cores, 'core')}, ${machine.platform} ${machine.arch}, Node ${machine.node}`,
      ),
      ...records.map(buildText),
    ].map(text => ({ text, runs: 1 })),
  )
}

/** Equal conditions in one line. */
export function summed(conditions: readonly Condition[]): Condition[] {
  const counts = new Map<string, number>()
  for (const { text, runs } of conditions) counts.set(text, (counts.get(text) ?? 0) + runs)
  return [...counts].map(([text, runs]) => ({ text, runs }))
}

function buildText({ build: { version, commit, isDirty, date } }: RunRecord | FailedRecord): string {
  const code = commit === null ? '' : `, commit ${commit.slice(0, 12)}${isDirty ? ' with changes' : ''}`
  return `Heddle ${version}${code}, trained on ${date}`
}
