import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MissingError } from '../../../base/errors.ts'
import { LruCache } from '../../../base/lru.ts'
import { withAbsolutePaths } from '../../../data/source.ts'
import type { ExperimentSpec } from '../../../train/experiment.ts'
import { type PhotoExperiment, photoExperiment } from '../../../train/photo-experiment.ts'
import type { PictureFolder } from './picture-folder.ts'

const MODEL_FILE = /\.(safetensors|keras|h5|onnx)$/i
/** The folders of model files: that of the project, and one of their own in it. */
const PLACES = ['', 'models'] as const

/** The experiments of folders of pictures: what `heddle run` makes of them, made again when the pictures have changed. */
export class PictureExperiments {
  readonly #made = new LruCache<PhotoExperiment>(8)
  readonly #project: string

  constructor(project: string) {
    this.#project = project
  }

  /** The model files of the project that a network can begin from, by their paths in it; links are left out. */
  async backbones(): Promise<readonly string[]> {
    const found = PLACES.map(async place => {
      const entries = await readdir(join(this.#project, place), { withFileTypes: true }).catch(() => [])
      return entries
        .filter(entry => entry.isFile() && MODEL_FILE.test(entry.name))
        .map(({ name }) => (place === '' ? name : `${place}/${name}`))
    })
    return (await Promise.all(found)).flat().sort()
  }

  /**
   * One model with absolute paths: behind the layers of a `backbone` that `backbones` lists, or from scratch. Pictures that cannot be read
   * are left out. Throws a `UsageError` for pictures that no network can be trained on, and a file that no network can begin from.
   */
  async of(folder: PictureFolder, backbone: string | null = null): Promise<PhotoExperiment> {
    const file = backbone === null ? undefined : await this.#pathOf(backbone)
    const version = file && (await lstat(file)).mtimeMs
    return this.#made.get(JSON.stringify([folder.path, await folder.state(), file, version]), async () => {
      const { experiment, chosen } = await photoExperiment(folder.path, { backbone: file })
      const data = withAbsolutePaths(experiment.data, dirname(folder.path))
      return {
        experiment: {
          ...experiment,
          ...(file && transferIn(experiment, file)),
          data: { ...data, skipUnreadable: true } as typeof data,
        },
        chosen: chosen.filter(([name]) => name !== 'Beside it'),
      }
    })
  }

  async #pathOf(backbone: string): Promise<string> {
    if ((await this.backbones()).includes(backbone)) return join(this.#project, backbone)
    throw new MissingError(`There is no model file "${backbone}" in ${this.#project}.`)
  }
}

/** The model behind a backbone alone: the page compares runs that are there already. */
function transferIn({ models, overrides }: ExperimentSpec, file: string): Partial<ExperimentSpec> {
  const { pretrained, ...transfer } = models.transfer!
  return {
    models: { transfer: { ...transfer, ...(pretrained && { pretrained: { ...pretrained, file } }) } },
    overrides: overrides.transfer ? { transfer: overrides.transfer } : {},
  }
}
