import type { ColumnType, Generated } from 'kysely'
import type { EpochMetrics } from '../../protocol/events.ts'
import type { Rows, Run } from '../rows.ts'

/** Rows with what the database fills in itself. */
type With<T, K extends keyof T> = Omit<T, K> & { [key in K]: Generated<T[key]> }

/** The tables as queries see them, in every database. */
export interface Tables
  extends Omit<Rows, 'run' | 'epoch' | 'happening' | 'look' | 'job' | 'study' | 'slice'> {
  /** Metrics are written as JSON, and read as the numbers that they were. */
  run: Omit<
    With<Run, 'epochsDone' | 'name' | 'note' | 'attempt' | 'study' | 'archivedAt' | 'binnedAt'>,
    'metrics'
  > & {
    metrics: ColumnType<Run['metrics'], string | undefined, string>
  }
  epoch: Omit<Rows['epoch'], 'metrics'> & { metrics: ColumnType<EpochMetrics, string, string> }
  happening: With<Rows['happening'], 'id'>
  look: With<Rows['look'], 'id'>
  job: With<Rows['job'], 'place'>
  study: With<Rows['study'], 'ends'>
  slice: With<Rows['slice'], 'place' | 'state' | 'attempt' | 'owner' | 'heartbeatAt' | 'result' | 'ended'>
}
