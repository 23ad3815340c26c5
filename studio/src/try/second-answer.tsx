import { useMemo } from 'react'
import { type Ready, useEngine } from '../engine/use-engine.ts'
import { Heat } from '../parts/map-view.tsx'
import { Problem } from '../parts/messages.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { AnswerView, methodOf, useAnswer } from './answer.tsx'
import { type Photo, photoSteps } from './photo.ts'

interface Given {
  readonly picture: Picture
  /** The photo that the picture was made from; `null`: it was drawn, or taken from the data. */
  readonly photo: Photo | null
  readonly isBlank: boolean
  /** The name of the class to explain. */
  readonly explain: string | null
  readonly onExplain: (name: string | null) => void
  readonly showsHeat: boolean
}

/** What another network says about the same picture: it gets the picture prepared as in its own training. */
export function SecondAnswer({
  run,
  name,
  given,
}: {
  readonly run: string
  readonly name: string
  readonly given: Given
}) {
  const { ready: loaded, error, reload } = useEngine(run)
  // While another one loads, or cannot be loaded, the one before it must not answer under its name.
  const ready = loaded?.run === run ? loaded : null
  return (
    <section className="card" aria-label="Answer of the second network" aria-busy={!ready}>
      <Problem error={error} onRetry={reload} />
      {ready ? (
        <Asked ready={ready} name={name} {...given} />
      ) : (
        !error && <p className="quiet">Loading the second network …</p>
      )}
    </section>
  )
}

function Asked({
  ready: { engine, facts },
  name,
  picture,
  photo,
  isBlank,
  explain,
  onExplain,
  showsHeat,
}: Given & { readonly ready: Ready; readonly name: string }) {
  const { inputShape, classNames, preparation } = facts
  const own = useMemo(() => {
    if (isBlank) return null
    if (photo) return photoSteps(photo, inputShape, preparation).at(-1)!.picture
    const { height, width, channels } = picture
    const isSame = [height, width, channels].every((size, axis) => size === inputShape[axis])
    // A drawing has no background to crop or to invert.
    return isSame
      ? picture
      : photoSteps(picture, inputShape, { ...preparation, crop: 'none', invert: 'no' }).at(-1)!.picture
  }, [picture, photo, isBlank, inputShape, preparation])
  const wanted = classNames.indexOf(explain ?? '')
  const explained = wanted < 0 ? null : wanted
  const asked = useAnswer(engine, own, explained)
  const answer = asked.data
  return (
    <AnswerView
      name={name}
      facts={facts}
      asked={asked}
      explain={explained}
      empty="The second network answers about the same picture."
      onExplain={k => onExplain(k === null ? null : (classNames[k] ?? null))}
    >
      {own && answer && (
        <figure className="second-picture">
          <div className="second-frame">
            <Pixels picture={own} label="The picture as the second network gets it" />
            {showsHeat && (
              <Heat
                map={answer.map}
                label={`${answer.method.name}: the evidence for ${classNames[answer.explained] ?? answer.explained}`}
              />
            )}
          </div>
          <figcaption className="quiet">{methodOf(answer)}</figcaption>
        </figure>
      )}
    </AnswerView>
  )
}
