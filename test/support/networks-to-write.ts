import { findSubjects } from '../../src/cli/bench/subjects.ts'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { everyLayer, type NamedNetwork, shakenNetwork } from './every-layer.ts'

/** The networks that other programs are asked to run: the 22 models of the reports, and `count` random ones of each kind. */
export async function networksToWrite(count: number): Promise<readonly NamedNetwork[]> {
  const backend = chooseBackend('auto')
  const subjects = await findSubjects(['reports'], {
    cwd: process.cwd(),
    onNotice: text => process.stderr.write(`${text}\n`),
  })
  return [
    ...subjects.map(({ name, spec }) => ({ name, network: shakenNetwork(spec, [28, 28, 1], backend) })),
    ...everyLayer({ count, seed: 21 }, backend),
  ]
}
