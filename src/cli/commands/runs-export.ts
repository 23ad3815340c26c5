import { resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { plural } from '../../base/text.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { storedData } from '../../runs/stored.ts'
import { exportRuns } from '../../store/archive.ts'
import { anyNumber, command, on, option } from '../command.ts'
import { loading } from '../loading.ts'
import { runIds, withStore } from '../named-run.ts'
import { storedDataOptions } from '../options.ts'
import { outputFile, outputFolder } from '../output-paths.ts'

export default command({
  summary: 'write runs with all their files to one archive (tar), or as events for TensorBoard',
  args: { runs: anyNumber('the first digits of their ids, or "last"') },
  options: {
    all: on('every run that is not in the bin, trials of searches too'),
    out: option(outputFile, { value: 'file', help: 'the archive; replaced if it exists' }),
    tensorboard: option(outputFolder, { value: 'folder', help: 'events instead: a folder for each run' }),
    ...storedDataOptions,
  },
  examples: [
    ['heddle runs export 3f9a last --out runs.tar', 'two runs'],
    ['heddle runs export --all --out all.tar', 'a whole store: heddle runs import adds it to another one'],
    ['heddle runs export last --tensorboard logs', 'then: tensorboard --logdir logs'],
  ],
  async run({ runs, all, out, tensorboard, dataDir }, { terminal }) {
    if (all === runs.length > 0) throw new UsageError('Name runs, or give --all.')
    if ((out === undefined) === (tensorboard === undefined)) {
      throw new UsageError('Give either --out runs.tar or --tensorboard logs.')
    }
    await withStore(async store => {
      const ids = all ? (await store.list({ study: 'any' })).map(({ id }) => id) : await runIds(store, runs)
      if (out !== undefined) await exportRuns(resolve(out), ids, store)
      for (const id of tensorboard === undefined ? [] : ids) {
        const run = await store.run(id)
        const data = await loading({ terminal, dataDir }, options => storedData(store, run, options))
        const { exportRun } = await import('../../tensorboard/index.ts')
        await exportRun(tensorboard!, { store, id, data, backend: chooseBackend('auto') })
      }
      terminal.print(`${plural(ids.length, 'run')} in ${out ?? tensorboard}`)
    })
  },
})
