import { resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { megabytes, plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { storedData } from '../../runs/evaluate.ts'
import { exportRuns, importRuns } from '../../store/archive.ts'
import type { RunStore } from '../../store/store.ts'
import { checkedTag } from '../../store/tag.ts'
import { checkOutputFile, checkOutputFolder } from '../check-output.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading } from '../loading.ts'
import { runName } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import type { Terminal } from '../terminal.ts'

/** `heddle runs tag`: adds tags, or takes them away. */
export async function tag(
  wanted: string,
  tags: readonly string[],
  { remove }: { readonly remove?: boolean },
  terminal: Terminal,
): Promise<void> {
  // All of them before the first is written.
  if (!remove) for (const name of tags) checkedTag(name)
  await withStore(async store => {
    const id = await store.find(await runName(wanted))
    for (const name of tags) await (remove ? store.untag(id, name) : store.tag(id, name))
    terminal.print(`${id}: ${(await store.tags(id)).join(', ') || 'no tags'}`)
  })
}

/** `heddle runs note`: a sentence that lists and pages show; an empty one takes it away. */
export async function note(wanted: string, text: string): Promise<void> {
  await withStore(async store => store.note(await store.find(await runName(wanted)), text))
}

/** `heddle runs rm`: into the bin, or out of it. */
export async function remove(
  wanted: readonly string[],
  { restore }: { readonly restore?: boolean },
  terminal: Terminal,
): Promise<void> {
  await withStore(async store => {
    for (const id of await allOf(store, wanted)) await store.bin(id, !restore)
    const where = restore ? 'taken out of the bin' : 'put into the bin; "heddle runs gc" empties it'
    terminal.notice(`${plural(wanted.length, 'run')} ${where}.`)
  })
}

/** `heddle runs gc`: empties the bin. */
export async function gc(terminal: Terminal): Promise<void> {
  await withStore(async store => {
    const { runs, files, bytes } = await store.gc()
    terminal.print(
      `${plural(runs, 'run')} removed, ${plural(files, 'file')} that no run names removed, ${megabytes(bytes)} freed.`,
    )
  })
}

export interface ExportFlags {
  readonly out?: string
  readonly tensorboard?: string
  readonly dataDir?: string
}

/** `heddle runs export`: runs with all their files as one archive, or as events for TensorBoard. */
export async function exportTo(
  wanted: readonly string[],
  { out, tensorboard, dataDir }: ExportFlags,
  terminal: Terminal,
): Promise<void> {
  if ((out === undefined) === (tensorboard === undefined)) {
    throw new UsageError('Give either --out runs.tar or --tensorboard logs.')
  }
  if (out !== undefined) checkOutputFile('--out', out)
  if (tensorboard !== undefined) checkOutputFolder('--tensorboard', tensorboard)
  await withStore(async store => {
    const ids = await allOf(store, wanted)
    if (out !== undefined) await exportRuns(resolve(out), ids, store)
    for (const id of tensorboard === undefined ? [] : ids) {
      const data = await dataOf(store, id, dataDir, terminal)
      const { exportRun } = await import('../../tensorboard/index.ts')
      await exportRun(tensorboard!, { store, id, data, backend: chooseBackend('auto') })
    }
    terminal.print(`${plural(ids.length, 'run')} in ${out ?? tensorboard}`)
  })
}

async function dataOf(
  store: RunStore,
  id: string,
  wantedDir: string | undefined,
  terminal: Terminal,
): Promise<Dataset> {
  const run = await store.run(id)
  const options = { dataDir: wantedDir, ...tellLoading(terminal) }
  return interruptible(signal => unlessAborted(signal, storedData(store, run, options)))
}

/** `heddle runs import`: the runs of an archive. */
export async function importFrom(path: string, terminal: Terminal): Promise<void> {
  const { imported, known } = await withStore(store => importRuns(path, store), { make: true })
  const there = known.length > 0 ? `, ${known.length} of them there already` : ''
  terminal.print(`${plural(imported.length + known.length, 'run')} in ${path}${there}`)
}

async function allOf(store: RunStore, wanted: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of wanted) ids.push(await store.find(await runName(name)))
  return ids
}
