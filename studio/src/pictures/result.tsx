import { percent, plural } from '../../../src/base/text.ts'
import type { PictureResult, Tested } from '../../../src/protocol/pictures.ts'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { PictureImage } from './picture-image.tsx'

/** With fewer test pictures of a class, one more or less changes everything. */
const FEW = 5
const SHOWN = 24

/** How well a network recognises pictures that it never saw, with how sure that is, and its mistakes. */
export function Result({
  folder,
  run,
  order,
  onSelect,
}: {
  readonly folder: string
  readonly run: string
  /** The pictures that are there now. */
  readonly order: readonly string[]
  readonly onSelect: (pictures: readonly string[]) => void
}) {
  const { data, error, reload } = useGet<PictureResult>(
    `/pictures/${encodeURIComponent(folder)}/results/${encodeURIComponent(run)}`,
  )
  if (error) return <Problem error={error} onRetry={reload} />
  if (!data) return null
  const { all, classes } = data
  const there = new Set(order)
  const mistakes = data.mistakes?.filter(({ picture }) => there.has(picture.id)) ?? []
  return (
    <section className="stack tight panel-card" aria-label="Result">
      <h2>How well it does</h2>
      <p className="picture-verdict">
        <strong>{percent(all.right / all.count, 1)}</strong>
        <span>
          {all.right} of {plural(all.count, 'test picture')} recognised, which it never saw in training.
        </span>
      </p>
      <p>{meaningOf(all, classes)}</p>
      <table className="plain-table named numbers tested">
        <thead>
          <tr>
            <th>Class</th>
            <th>Recognised</th>
            <th>Expect</th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ name, ...tested }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {tested.right} of {tested.count}
              </td>
              <td>{tested.count < FEW ? 'too few to tell' : shares(tested)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.mistakes === null && (
        <p className="quiet">
          The pictures have changed since this training: train again to see its mistakes.
        </p>
      )}
      {mistakes.length > 0 && (
        <>
          <h3>Its mistakes</h3>
          <p className="quiet">
            Below each stands what it was taken for. Is its class wrong, or is it a hard picture? Choose one
            to see it among the others.
          </p>
          <ul className="wrong-pictures">
            {mistakes.slice(0, SHOWN).map(({ picture, label, predicted, confidence }) => (
              <li key={picture.id}>
                <button
                  type="button"
                  aria-label={`${picture.id}: ${label}, taken for ${predicted}`}
                  onClick={() => onSelect([picture.id])}
                >
                  <PictureImage folder={folder} picture={picture} />
                </button>
                <span>
                  {predicted} <span className="quiet">{percent(confidence, 0)}</span>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function shares({ interval: [low, high] }: Tested): string {
  return `${percent(low, 0)} to ${percent(high, 0)}`
}

/** What the share says, and what it does not. */
function meaningOf(all: Tested, classes: readonly Tested[]): string {
  const guess = Math.max(...classes.map(({ count }) => count)) / all.count
  const range = `For pictures like these, expect ${shares(all)} (95 % interval).`
  if (all.interval[0] <= guess)
    return `${range} That is not clearly better than guessing (${percent(guess, 0)}): collect more pictures.`
  if (all.interval[1] - all.interval[0] > 0.25)
    return `${range} So wide a range comes from few test pictures: more pictures make it narrower.`
  return range
}
