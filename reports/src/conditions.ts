import { plural, shortFingerprint } from 'heddle/show'
import type { FailedRecord, RunRecord } from './runs.ts'

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
      ...runs.map(({ stored }) => `${stored.dataset} ${shortFingerprint(stored.fingerprint)}`),
      ...runs.map(
        ({ environment: { backend, cpu, cores, platform, arch, node } }) =>
          `${backend} on ${cpu}, ${plural(cores, 'core')}, ${platform} ${arch}, Node ${node}`,
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

function buildText({ stored, environment: { version, git } }: RunRecord | FailedRecord): string {
  const code = git ? `, commit ${git.commit.slice(0, 12)}${git.isDirty ? ' with changes' : ''}` : ''
  return `Heddle ${version}${code}, trained on ${new Date(stored.createdAt).toISOString().slice(0, 10)}`
}
