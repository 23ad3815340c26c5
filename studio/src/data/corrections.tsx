import { useMemo, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { LabelCorrections, Split } from '../../../src/protocol/data.ts'
import type { Job } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { useImages, useLabels } from './images.ts'
import type { PartProps } from './part.ts'

const SHOWN = 400

/** Labels that were marked as wrong, and a training with the right ones. */
export function Corrections({ page, corrections, onCorrections }: PartProps) {
  const found = (['train', 'test'] as const).map(split => Object.entries(corrections[split]).length)
  const [train, test] = found as [number, number]
  if (train + test === 0) {
    return (
      <Empty title="No label is marked as wrong">
        <p>
          Open an image under{' '}
          <Link
            href="?"
            onClick={event => {
              event.preventDefault()
              setQuery({ show: undefined }, { step: true })
            }}
          >
            Images
          </Link>{' '}
          and choose the class that it should be. Corrections are kept in a file beside the runs; the data is
          never changed.
        </p>
      </Empty>
    )
  }
  return (
    <div className="corrections">
      <p className="quiet">
        Kept in the store, as <code>corrections/{encodeURIComponent(page.name)}.json</code>: it holds what{' '}
        <code>corrected(source, …)</code> takes in an experiment.
      </p>
      <Retrain name={page.name} marked={train + test} fingerprint={page.fingerprint} />
      {train > 0 && (
        <Marked page={page} split="train" marks={corrections.train} onCorrections={onCorrections} />
      )}
      {test > 0 && <Marked page={page} split="test" marks={corrections.test} onCorrections={onCorrections} />}
    </div>
  )
}

function Marked({
  page,
  split,
  marks,
  onCorrections,
}: {
  readonly page: PartProps['page']
  readonly split: Split
  readonly marks: Readonly<Record<string, string>>
  readonly onCorrections: PartProps['onCorrections']
}) {
  const labels = useLabels(page.name, split)
  const indices = useMemo(() => Object.keys(marks).map(Number), [marks])
  const images = useImages(page.name, { split, indices: indices.slice(0, SHOWN), shape: page.imageShape })
  const [error, setError] = useState<Error | null>(null)
  const undo = async (index: number, label: string): Promise<void> => {
    const path = `/data/${encodeURIComponent(page.name)}/${split}/labels/${index}`
    await send<LabelCorrections>('PUT', path, { label }).then(onCorrections, setError)
  }
  return (
    <section>
      <h2>
        {split}: {plural(indices.length, 'label')}
      </h2>
      {(error ?? labels.error ?? images.error) && (
        <Problem error={(error ?? labels.error ?? images.error)!} />
      )}
      <ul className="suspects">
        {labels.data &&
          indices.slice(0, SHOWN).map(index => {
            const was = page.classNames[labels.data![index]!]!
            const picture = images.data?.get(index)
            return (
              <li key={index}>
                <button
                  type="button"
                  className="tile"
                  aria-label={`${split} ${index}: ${was}, should be ${marks[index]}`}
                  onClick={() =>
                    setQuery(
                      {
                        show: undefined,
                        split: split === 'train' ? undefined : split,
                        index: String(index),
                        class: undefined,
                      },
                      { step: true },
                    )
                  }
                >
                  {picture ? <Pixels picture={picture} /> : <span className="pixels" />}
                </button>
                <div>
                  <p className="quiet">
                    {split} {index}
                  </p>
                  <p>
                    <del>{was}</del> {marks[index]}
                  </p>
                  <button type="button" className="plain" onClick={() => void undo(index, was)}>
                    Undo
                  </button>
                </div>
              </li>
            )
          })}
      </ul>
      {indices.length > SHOWN && <p className="quiet">The first {SHOWN}; the file has all.</p>}
    </section>
  )
}

function Retrain({
  name,
  marked,
  fingerprint,
}: {
  readonly name: string
  readonly marked: number
  readonly fingerprint: string
}) {
  const { rows } = useRuns()
  const runs = useMemo(
    () => rows?.filter(run => fingerprint.startsWith(run.fingerprint)) ?? [],
    [rows, fingerprint],
  )
  const [wanted, setWanted] = useState<string | null>(null)
  const [job, setJob] = useState<Job | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const run = wanted ?? runs[0]?.id
  const start = async (): Promise<void> => {
    try {
      setJob(await send<Job>('POST', `/data/${encodeURIComponent(name)}/retrain`, { run }))
      setError(null)
    } catch (reason) {
      setError(reason as Error)
    }
  }
  if (runs.length === 0) {
    return (
      <p className="quiet">
        {plural(marked, 'label')} marked. There is no run on this data to train again:{' '}
        <Link href="/new">start one</Link> first, so that there is something to compare with.
      </p>
    )
  }
  return (
    <div className="retrain">
      <label>
        <span>Train again as</span>
        <select value={run} onChange={event => setWanted(event.target.value)}>
          {runs.map(({ id, model, experiment, seed }) => (
            <option key={id} value={id}>
              {model} · {experiment} · seed {seed} · {id.slice(0, 6)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="main" onClick={() => void start()}>
        Train with {plural(marked, 'correction')}
      </button>
      {job && (
        <p role="status">
          Queued: watch it among the <Link href="/runs">runs</Link>.
        </p>
      )}
      {error && <Problem error={error} />}
    </div>
  )
}
