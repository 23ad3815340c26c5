import { type DragEvent, useState } from 'react'
import { argMax } from '../../../src/base/maths.ts'
import { type Ready, useEngine } from '../engine/use-engine.ts'
import { Problem } from '../parts/messages.tsx'
import { Outputs } from '../parts/outputs.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { Link } from '../router.tsx'
import { decodePhoto } from '../try/decode-photo.ts'
import { type Photo, photoSteps } from '../try/photo.ts'
import { PictureFiles } from './picture-files.tsx'
import { useCameraPhotos } from './use-camera.ts'

/** A picture from a file or the camera, and what the network says of it. */
export function TryPicture({ run }: { readonly run: string }) {
  const { ready, error, reload } = useEngine(run)
  return (
    <section className="stack tight panel-card" aria-label="Try it">
      <h2>Try it</h2>
      <Problem error={error} onRetry={reload} />
      {ready ? <Asked ready={ready} /> : !error && <p className="quiet">Loading the network …</p>}
      <p className="quiet">
        <Link href={`/try?run=${run}`}>See what speaks for an answer</Link>
      </p>
    </section>
  )
}

interface Answered {
  /** As the network gets it. */
  readonly seen: Picture
  readonly outputs: readonly number[]
}

function Asked({ ready: { engine, facts } }: { readonly ready: Ready }) {
  const { inputShape, classNames, preparation } = facts
  const [answer, setAnswer] = useState<Answered | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const [isLive, setLive] = useState(false)
  const [isOver, setOver] = useState(false)
  const ask = async (photo: Photo): Promise<void> => {
    const seen = photoSteps(photo, inputShape, preparation).at(-1)!.picture
    setAnswer({ seen, outputs: await engine.ask('outputs', seen.bytes) })
  }
  const camera = useCameraPhotos(isLive, ask)
  const open = (file: Blob | undefined): void => {
    if (!file) return
    setLive(false)
    setError(null)
    decodePhoto(file)
      .then(ask)
      .catch(reason => {
        setAnswer(null)
        setError(reason)
      })
  }
  const predicted = answer ? argMax(answer.outputs) : null
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of three ways to open a picture.
    <div
      className="stack tight try-picture"
      data-dropping={isOver}
      onDragOver={(event: DragEvent) => {
        event.preventDefault()
        event.stopPropagation()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event: DragEvent) => {
        event.preventDefault()
        event.stopPropagation()
        setOver(false)
        open(event.dataTransfer.files[0])
      }}
    >
      <div className="strip">
        <PictureFiles label="Picture to try" onFiles={found => open(found[0]?.file)}>
          Open a picture …
        </PictureFiles>
        <button type="button" aria-pressed={isLive} onClick={() => setLive(!isLive)}>
          {isLive ? 'Close the camera' : 'Camera'}
        </button>
      </div>
      <Problem error={error ?? camera.error} />
      {isLive && <video ref={camera.video} muted playsInline aria-label="What the camera sees" />}
      <div className="try-answer">
        {answer ? (
          <Pixels
            picture={answer.seen}
            label="The picture as the network gets it"
            className="pixels smooth"
          />
        ) : (
          <p className="drop-hint">Drop a picture here.</p>
        )}
        <div>
          <p className="picture-verdict" role="status">
            {predicted !== null && <strong>{classNames[predicted]}</strong>}
          </p>
          <Outputs
            classNames={classNames}
            outputs={answer?.outputs ?? null}
            predicted={predicted}
            explained={null}
            onExplain={() => {}}
          />
        </div>
      </div>
      <p className="quiet">
        The network knows these {classNames.length} classes only: whatever it sees, it names one of them.
      </p>
    </div>
  )
}
