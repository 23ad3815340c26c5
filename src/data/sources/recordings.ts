import { basename } from 'node:path'
import { RandomStream } from '../../base/random.ts'
import { type SplitIndices, stratifiedSplit } from '../split.ts'

/** As the studio's camera names its pictures: the recording, and a number. */
const FRAME = /^(camera-\d{14})-\d+/

/**
 * The recording that a picture is a frame of; `null`: it is none.
 *
 * @example
 * recordingOf('cat/camera-20261130093000-001.jpg') // 'camera-20261130093000'
 */
export function recordingOf(path: string): string | null {
  return FRAME.exec(basename(path))?.[1] ?? null
}

/**
 * Holds out a share of every class as `stratifiedSplit` does, but frames of one recording stay together: they are nearly alike, and a
 * network that learned some of them would know the others. Only the last frames are held out if a class has little besides
 * one recording.
 */
export function splitByRecording(
  paths: readonly string[],
  labels: Int32Array,
  { fraction, seed, classCount }: { fraction: number; seed: number; classCount: number },
): SplitIndices {
  const drawn = stratifiedSplit(labels, { fraction, seed, classCount })
  const recordings = paths.map(recordingOf)
  const heldOut = new Set(drawn.validation)
  const stream = new RandomStream(seed).split('recordings')
  for (const label of new Set(labels.filter((_, i) => recordings[i] !== null))) {
    const members = [...labels.keys()].filter(i => labels[i] === label)
    const wanted = members.filter(i => heldOut.delete(i)).length
    const units = new Map<string | number, number[]>()
    for (const i of members) {
      const unit = recordings[i] ?? i
      units.set(unit, [...(units.get(unit) ?? []), i])
    }
    for (const i of wholeUnits([...units.values()], wanted, stream.split(`class ${label}`))) heldOut.add(i)
  }
  const all = Int32Array.from(labels.keys())
  return { train: all.filter(i => !heldOut.has(i)), validation: all.filter(i => heldOut.has(i)) }
}

/** Units in the order of chance, until they are about as many members as are wanted. */
function wholeUnits(units: readonly (readonly number[])[], wanted: number, stream: RandomStream): number[] {
  const total = units.flat().length
  const taken: number[] = []
  for (const position of stream.permutation(units.length)) {
    const unit = units[position]!
    const isNearer = taken.length + unit.length / 2 <= wanted
    if (isNearer && taken.length + unit.length < total) taken.push(...unit)
  }
  if (taken.length > 0 || wanted === 0) return taken
  const [smallest, ...others] = units.toSorted((a, b) => a.length - b.length)
  if (others.length > 0 && smallest!.length <= total / 2) return [...smallest!]
  return units.toSorted((a, b) => b.length - a.length)[0]!.slice(-wanted)
}
