import type { Definition } from '../../base/family.ts'
import type { Dataset } from '../dataset.ts'
import type { LoadOptions } from './context.ts'

/** What a source is, besides its options. */
export interface SourceDefinition<S> extends Definition<S> {
  load(spec: S, options: LoadOptions): Promise<Dataset>
  /** The options that are paths of files. */
  readonly paths?: readonly string[]
  /** The shape that its images always have: known without loading them. */
  readonly shape?: Dataset['imageShape']
}
