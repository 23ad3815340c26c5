import type { ReportedModel } from '../../runs/gather-report.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'

/** An experiment with the seeds that it was run with. */
interface Repeated {
  readonly experiment: ExperimentSpec
  readonly seeds: readonly number[]
}

/** The experiments that make these models again: those of one name and the same data in one value. */
export function experimentsOf(models: readonly ReportedModel[]): Repeated[] {
  const groups = new Map<string, ReportedModel[]>()
  for (const model of models) {
    const { name, data } = model.experiment
    const key = JSON.stringify([name, data])
    // Two models of one name cannot stand in one experiment.
    const alike = groups.get(key) ?? []
    const isTaken = alike.some(other => nameOf(other) === nameOf(model))
    groups.set(isTaken ? `${key} ${model.name}` : key, isTaken ? [model] : [...alike, model])
  }
  return [...groups.values()].map(alike => ({
    experiment: together(alike),
    seeds: [...new Set(alike.flatMap(({ runs }) => runs.map(({ run }) => run.seed)))].sort((a, b) => a - b),
  }))
}

function nameOf({ runs }: ReportedModel): string {
  return runs[0]!.run.model
}

function together(models: readonly ReportedModel[]): ExperimentSpec {
  const [first, ...others] = models as [ReportedModel, ...ReportedModel[]]
  const train = trainingOf(first.experiment, nameOf(first))
  const overrides = others.flatMap(model => {
    const own = Object.entries(trainingOf(model.experiment, nameOf(model))).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(train[name as keyof typeof train]),
    )
    return own.length > 0 ? [[nameOf(model), Object.fromEntries(own)] as const] : []
  })
  return {
    ...first.experiment,
    models: Object.fromEntries(models.map(model => [nameOf(model), model.experiment.models[nameOf(model)]!])),
    train,
    overrides: Object.fromEntries(overrides),
  }
}

/** What to type on another machine, where the store of these runs is not. */
export function repeatCommands({ seeds }: Repeated, file: string): string[] {
  const isPrefix = seeds.every((seed, i) => seed === i + 1)
  if (isPrefix) return [`heddle run ${file}${seeds.length > 1 ? ` --seeds ${seeds.length}` : ''}`]
  return seeds.map(seed => `heddle run ${file} --seed ${seed}`)
}

/** An experiment as JSON that can be read: what fits on a line stands on one. */
export function experimentText({ experiment }: Repeated): string {
  return jsonLines(experiment, '')
}

/** Characters of a line of a listing: paper has room for 129 of its 6.2 points. */
const LINE = 120

function jsonLines(value: unknown, indent: string): string {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length <= LINE) return line
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const texts = isList
    ? value.map(one => jsonLines(one, inner))
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => `${JSON.stringify(key)}: ${jsonLines(one, inner)}`)
  const [open, close] = isList ? '[]' : '{}'
  return `${open}\n${filledLines(texts, LINE - inner.length)
    .map(text => inner + text)
    .join(',\n')}\n${indent}${close}`
}

/** As many texts on a line as fit; those of several lines stand alone. */
function filledLines(texts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const text of texts) {
    const last = lines.at(-1)
    const isWhole = last === undefined || [last, text].some(one => one.includes('\n'))
    if (isWhole || last.length + text.length + 2 > width) lines.push(text)
    else lines[lines.length - 1] = `${last}, ${text}`
  }
  return lines
}
