import { useEffect, useRef } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { RunClasses } from '../../../src/protocol/studio.ts'
import { useCommands } from '../commands/commands.ts'
import { NO_SHAPE, useImages } from '../data/images.ts'
import { IconButton } from '../design/icon-button.tsx'
import { Icon } from '../design/icons.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { SecondChoice } from '../parts/second-choice.tsx'
import { useGet } from '../parts/use-get.ts'
import { setQuery, usePlace } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { ImageAnswer } from './image-answer.tsx'
import { LabelBar } from './label-bar.tsx'
import type { TestPredictions } from './predictions.ts'
import type { Marks } from './use-marks.ts'

/**
 * One test image among others: what the network says, why, what its layers make of it, and what it is like. Arrow keys go to the next
 * one, digits say what it should be.
 */
export function ImagePage({
  run,
  index,
  among,
  predictions,
  marks,
  onOpen,
  onClose,
}: {
  readonly run: string
  readonly index: number
  /** The images that it stands among, in their order. */
  readonly among: readonly number[]
  readonly predictions: TestPredictions | null
  readonly marks: Marks | null
  readonly onOpen: (index: number) => void
  readonly onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current!.showModal(), [])
  const { rows } = useRuns()
  const wanted = usePlace().query.get('second')
  const second = rows?.find(({ id }) => id === wanted && id !== run)
  const at = among.indexOf(index)
  const [before, after] = at < 0 ? [] : [among[at - 1], among[at + 1]]
  const open = (to: number | undefined): void => {
    if (to !== undefined) onOpen(to)
  }
  useCommands([
    { name: 'Next image', keys: 'ArrowRight', run: () => open(after) },
    { name: 'Previous image', keys: 'ArrowLeft', run: () => open(before) },
  ])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; a click beside it does as well.
    <dialog
      ref={dialog}
      className="image-page"
      data-keys=""
      aria-label={`Test image ${index}`}
      onClose={onClose}
      onClick={event => event.target === dialog.current && dialog.current.close()}
    >
      <div>
        <div className="strip image-steps">
          <button type="button" disabled={before === undefined} onClick={() => open(before)}>
            <Icon name="back" /> Previous
          </button>
          <button type="button" disabled={after === undefined} onClick={() => open(after)}>
            Next <Icon name="next" />
          </button>
          {at >= 0 && (
            <span className="quiet" role="status">
              {at + 1} of {among.length}
            </span>
          )}
          <span className="to-end">
            <IconButton icon="close" label="Close" onClick={() => dialog.current!.close()} />
          </span>
        </div>
        {predictions && marks ? (
          <Judge run={run} index={index} next={after} predictions={predictions} marks={marks} onOpen={open} />
        ) : (
          <div className="judge is-coming" />
        )}
        <div className="strip">
          <SecondChoice
            run={run}
            second={second?.id ?? null}
            dataset={rows?.find(({ id }) => id === run)?.dataset}
            onChoose={id => setQuery({ second: id ?? undefined })}
          />
        </div>
        <div className="image-answers" data-two={second !== undefined}>
          <ImageAnswer key={`${run} ${index}`} run={run} index={index} title={`Test image ${index}`} />
          {second && (
            <ImageAnswer
              key={`${second.id} ${index}`}
              run={second.id}
              index={index}
              title={`${second.model}, seed ${second.seed}`}
            />
          )}
        </div>
      </div>
    </dialog>
  )
}

/** The image at once, before the network has explained it, and what it should be. */
function Judge({
  run,
  index,
  next,
  predictions,
  marks,
  onOpen,
}: {
  readonly run: string
  readonly index: number
  readonly next: number | undefined
  readonly predictions: TestPredictions
  readonly marks: Marks
  readonly onOpen: (index: number | undefined) => void
}) {
  const classes = useGet<RunClasses>(`/runs/${encodeURIComponent(run)}/classes`)
  const indices = next === undefined ? [index] : [index, next]
  // The next one comes along: it is there when it is asked for.
  const images = useImages(`run:${run}`, {
    split: 'test',
    indices: classes.data ? indices : [],
    shape: classes.data?.imageShape ?? NO_SHAPE,
  })
  const { classNames, marked } = marks
  const label = classNames[predictions.labels[index]!]!
  const should = marked[index] ?? label
  return (
    <div className="judge">
      <Pixels picture={images.data?.get(index)} label={`Test image ${index}, large`} />
      <div className="stack tight">
        <p>
          Labelled <strong>{label}</strong>
          {should !== label && (
            <>
              , should be <strong>{should}</strong>
            </>
          )}
          <span className="quiet">
            {' '}
            · predicted {classNames[predictions.predicted[index]!]},{' '}
            {percent(predictions.confidence[index]!, 1)}
          </span>
        </p>
        <LabelBar
          classNames={classNames}
          likely={[predictions.predicted[index]!, predictions.labels[index]!]}
          label={label}
          should={should}
          onMark={name => {
            marks.mark(index, name, should)
            onOpen(next)
          }}
        />
      </div>
    </div>
  )
}
