import { resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { plural } from '../../base/text.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { storedData } from '../../runs/stored.ts'
import { exportRuns } from '../../store/archive.ts'
import { command, option } from '../command.ts'
import { loading } from '../loading.ts'
import { runIds, withStore } from '../named-run.ts'
import { runsArgument, storedDataOptions } from '../options.ts'
import { outputFile, outputFolder } from '../output-paths.ts'

export default command({
  summary: 'write runs with all their files to one archive (tar), or as events for TensorBoard',
  args: { runs: runsArgument },
  options: {
    out: option(outputFile, { value: 'file', help: 'the archive; replaced if it exists' }),
    tensorboard: option(outputFolder, { value: 'folder', help: 'events instead: a folder for each run' }),
    ...storedDataOptions,
  },
  examples: [
    ['heddle runs export 3f9a last --out runs.tar', 'two runs'],
    ['heddle runs export last --tensorboard logs', 'then: tensorboard --logdir logs'],
  ],
  async run({ runs, out, tensorboard, dataDir }, { terminal }) {
    if ((out === undefined) === (tensorboard === undefined)) {
      throw new UsageError('Give either --out runs.tar or --tensorboard logs.')
    }
    await withStore(async store => {
      const ids = await runIds(store, runs)
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
