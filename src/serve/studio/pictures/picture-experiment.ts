import { dirname } from 'node:path'
import { LruCache } from '../../../base/lru.ts'
import { withAbsolutePaths } from '../../../data/source.ts'
import { type PhotoExperiment, photoExperiment } from '../../../train/photo-experiment.ts'
import type { PictureFolder } from './picture-folder.ts'

/** The experiments of folders of pictures: what `heddle run` makes of them, made again when the pictures have changed. */
export class PictureExperiments {
  readonly #made = new LruCache<PhotoExperiment>(8)

  /** With absolute paths; what cannot be read is left out. Throws a `UsageError` for pictures that no network can be trained on. */
  async of(folder: PictureFolder): Promise<PhotoExperiment> {
    return this.#made.get(`${folder.path} ${await folder.state()}`, async () => {
      const { experiment, chosen } = await photoExperiment(folder.path)
      const data = withAbsolutePaths(experiment.data, dirname(folder.path))
      return { experiment: { ...experiment, data: { ...data, skipUnreadable: true } as typeof data }, chosen }
    })
  }
}
