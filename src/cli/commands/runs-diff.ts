import { show } from '../../base/schema.ts'
import { toJson } from '../../protocol/json.ts'
import { differences } from '../../runs/diff.ts'
import { left, table } from '../../show/table.ts'
import { command } from '../command.ts'
import { namedRun, withStore } from '../named-run.ts'
import { jsonOption, runArgument } from '../options.ts'

export default command({
  summary: 'show what differs between two runs: model, options, data, code, machine, results',
  args: { a: runArgument, b: runArgument },
  options: jsonOption,
  examples: [['heddle runs diff 3f9a last', 'side by side']],
  async run({ a, b, json }, { terminal }) {
    await withStore(async store => {
      const [first, second] = [await namedRun(store, a), await namedRun(store, b)]
      const found = await differences(store, first, second)
      if (json) terminal.print(toJson({ a: first, b: second, differences: found }, 2))
      else if (found.length === 0)
        terminal.print(`${first} and ${second} are the same in everything but their time.`)
      else
        terminal.print(
          table(
            ['', 'Differs', first.slice(0, 8), second.slice(0, 8)].map(left),
            found.map(({ of, name, a: x, b: y }) => [of, name, textOf(x), textOf(y)]),
            { width: terminal.columns },
          ),
        )
    })
  },
})

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : show(value)
}
