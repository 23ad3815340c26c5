import type { Backend } from '../../engine/backend.ts'
import type { RunStore } from '../../store/store.ts'
import type { Datasets } from './datasets.ts'
import type { Experiments } from './experiments.ts'
import type { JobQueue } from './job-queue.ts'
import type { PictureFolders } from './pictures/picture-folders.ts'
import type { Searches } from './searches.ts'
import type { Watch } from './watch.ts'

/** What every file of routes is given. */
export interface StudioContext {
  readonly store: RunStore
  readonly watch: Watch
  readonly searches: Searches
  readonly jobs: JobQueue
  readonly datasets: Datasets
  readonly backend: Backend
  readonly experiments: Experiments
  /** The user's own pictures. */
  readonly pictures: PictureFolders
  /** The environment of the processes that do tasks. */
  readonly env: NodeJS.ProcessEnv
}
