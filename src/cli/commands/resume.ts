import { Interruption } from '../../base/interruption.ts'
import type { Backend } from '../../engine/backend.ts'
import { toJson } from '../../protocol/json.ts'
import type { RunResult } from '../../protocol/results.ts'
import { Problems } from '../../runs/problems.ts'
import { resumeStored } from '../../runs/resume.ts'
import type { Run } from '../../store/rows.ts'
import type { RunStore } from '../../store/store.ts'
import type { ValuesOf } from '../command.ts'
import { argument, command } from '../command.ts'
import { listenersOn } from '../loading.ts'
import { runName, withStore } from '../named-run.ts'
import { checkpointSteps, engineOptions, jsonOption, storedDataOptions, trainingEngine } from '../options.ts'
import { progressOfOne } from '../progress.ts'
import { policyOf } from '../recording.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'
import { commandLine } from '../typed-command.ts'

const options = { checkpointSteps, ...engineOptions, ...storedDataOptions, ...jsonOption }

export default command({
  summary: 'continue an interrupted run',
  description: 'Train an interrupted run to its end. The result is the same as without the interruption.',
  args: {
    run: argument(
      'the first digits of its id, or "last"; an experiment or experiment/model: all of its interrupted runs',
    ),
  },
  options,
  examples: [
    ['heddle resume last', 'what Ctrl-C, a crash or a power failure stopped'],
    ['heddle resume 3f9a', 'another one, by the first digits of its id'],
    ['heddle resume my', 'all interrupted runs of an experiment'],
  ],
  async run({ run: wanted, ...given }, { terminal }) {
    await withStore(async store => {
      const runs = await store.unfinished(await runName(wanted))
      const backend = trainingEngine(given, terminal)
      const results: object[] = []
      const problems = new Problems(message => terminal.notice(message))
      await interruptible(async signal => {
        for (const [i, run] of runs.entries()) {
          const { id } = run
          if (runs.length > 1)
            terminal.notice(
              `Run ${i + 1} of ${runs.length}: ${id} (${run.experiment}/${run.model}, seed ${run.seed}).`,
            )
          try {
            const result = await resumeOne({ store, run, given, backend, problems, signal }, terminal)
            results.push({ id, ...result })
          } catch (error) {
            if (error instanceof Interruption)
              terminal.notice(
                `Stopped. Go on with: ${runs.length > 1 ? commandLine(['resume', wanted]) : `heddle resume ${id}`}`,
              )
            throw error
          }
        }
      })
      if (given.json) terminal.print(toJson(results.length === 1 ? results[0]! : results, 2))
      problems.check()
    })
  },
})

interface Resumed {
  readonly store: RunStore
  readonly run: Run
  readonly given: ValuesOf<typeof options>
  readonly backend: Backend
  readonly problems: Problems
  readonly signal: AbortSignal
}

async function resumeOne(
  { store, run, given, backend, problems, signal }: Resumed,
  terminal: Terminal,
): Promise<RunResult> {
  const { onRun, ...listeners } = progressOfOne(run.model, terminal)
  const result = await resumeStored({
    store,
    run,
    loading: { dataDir: given.dataDir, ...listenersOn(terminal) },
    backend,
    policy: policyOf(given.checkpointSteps),
    signal,
    onProblem: problems.tell,
    ...listeners,
  })
  onRun(run.model, result)
  return result
}
