import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { Engine } from '../engine/engine.ts'
import type { LoadedFacts } from '../engine/engine.worker.ts'
import { Check, indexField, onIndex } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { useCameraPhotos } from '../pictures/use-camera.ts'
import { AnswerView, methodOf, PLACES, useAnswer } from './answer.tsx'
import { decodePhoto } from './decode-photo.ts'
import { Drawing } from './drawing.tsx'
import { type Photo, type PhotoOptions, photoSteps } from './photo.ts'
import { PhotoPanel } from './photo-panel.tsx'
import { SecondAnswer } from './second-answer.tsx'

const MOST_UNDONE = 50
/** A picture, drawn or from a file, and what a network makes of it. */
export function TryModel({
  engine,
  facts,
  given,
  explain,
  second,
  run,
  nameOf,
  onExplain,
  onGiven,
}: {
  readonly engine: Engine
  readonly facts: LoadedFacts
  /** An image of the data to begin with. */
  readonly given: Picture | null
  /** The class to explain; `null`: the predicted one. */
  readonly explain: number | null
  /** The run of a second network that answers, too; `null`: there is one alone. */
  readonly second: string | null
  readonly run: string
  /** What a run is called where two answer. */
  readonly nameOf: (run: string) => string
  readonly onExplain: (index: number | null) => void
  /** Asks for an image of the data, as `test:12`, or for none. */
  readonly onGiven: (image: string | null) => void
}) {
  const { inputShape, classNames, preparation } = facts
  const [height, width, channels] = inputShape
  const blank: Picture = { width, height, channels, bytes: new Uint8Array(width * height * channels) }
  const [picture, setPicture] = useState(given ?? blank)
  const [undone, setUndone] = useState<readonly Picture[]>([])
  const [radius, setRadius] = useState(1.5)
  const [erases, setErases] = useState(false)
  const [showsHeat, setShowsHeat] = useState(true)
  const [made, setMade] = useState<{ readonly photo: Photo; readonly picture: Picture } | null>(null)
  const photo = made?.photo ?? null
  const [isLive, setLive] = useState(false)
  const [options, setOptions] = useState<PhotoOptions>(preparation)
  const [error, setError] = useState<Error | null>(null)
  const [taken, setTaken] = useState(given)
  if (given !== taken) {
    setTaken(given)
    if (given) {
      setPicture(given)
      setMade(null)
      setLive(false)
    }
  }
  const isBlank = picture.bytes.every(byte => byte === 0)
  const asked = useAnswer(engine, isBlank ? null : picture, explain)
  const answer = asked.data
  const steps = useMemo(
    () => (photo ? photoSteps(photo, inputShape, options) : null),
    [photo, inputShape, options],
  )

  const remember = (): void => setUndone([...undone.slice(-MOST_UNDONE), picture])
  const undo = (): void => {
    const before = undone.at(-1)
    if (!before) return
    setLive(false)
    setPicture(before)
    setUndone(undone.slice(0, -1))
  }
  const applyOptions = (from: Photo, chosen: PhotoOptions): void => {
    setOptions(chosen)
    const prepared = photoSteps(from, inputShape, chosen).at(-1)!.picture
    setPicture(prepared)
    setMade({ photo: from, picture: prepared })
  }
  const open = async (file: Blob): Promise<void> => {
    try {
      const decoded = await decodePhoto(file)
      remember()
      setError(null)
      applyOptions(decoded, options)
      onGiven(null)
    } catch (reason) {
      // The answer to another picture must not stand beside the refusal.
      setPicture(blank)
      setMade(null)
      setError(reason as Error)
    }
  }
  const camera = useCameraPhotos(isLive, seen => {
    setError(null)
    applyOptions(seen, options)
  })
  const { isOver, ...drop } = useDrop(file => {
    setLive(false)
    return open(file)
  })
  const explained = answer ? (classNames[answer.explained] ?? `output ${answer.explained}`) : ''
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of three ways to open a picture.
    <div
      className="columns try-grid"
      data-two={second !== null}
      data-dropping={isOver}
      onKeyDown={event => {
        if (event.key !== 'z' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        undo()
      }}
      {...drop}
    >
      <section className="card" aria-label="Input">
        <Drawing
          picture={picture}
          brush={{ radius, erases }}
          heat={
            showsHeat && answer
              ? { map: answer.map, label: `${answer.method.name}: the evidence for ${explained}` }
              : null
          }
          onStart={() => {
            setLive(false)
            remember()
          }}
          onChange={setPicture}
        />
        <div className="strip">
          <button type="button" onClick={undo} disabled={undone.length === 0}>
            Undo
          </button>
          <button
            type="button"
            disabled={isBlank && !photo}
            onClick={() => {
              remember()
              setLive(false)
              setPicture(blank)
              setMade(null)
              setError(null)
              onExplain(null)
              onGiven(null)
            }}
          >
            Clear
          </button>
          <PictureFile
            onOpen={file => {
              setLive(false)
              return open(file)
            }}
          />
          <button
            type="button"
            aria-pressed={isLive}
            onClick={() => {
              if (!isLive) {
                remember()
                onGiven(null)
              }
              setLive(!isLive)
            }}
          >
            {isLive ? 'Keep this picture' : 'Camera'}
          </button>
        </div>
        {isLive && (
          <video
            ref={camera.video}
            className="try-camera"
            muted
            playsInline
            aria-label="What the camera sees"
          />
        )}
        <Problem error={camera.error} />
        <form className="strip" onSubmit={onIndex(index => onGiven(`test:${index}`))}>
          <label>
            Test image <input {...indexField} size={6} placeholder="12" />
          </label>
          <button type="submit">Take it</button>
        </form>
        <div className="strip">
          <label>
            Brush{' '}
            <input
              type="range"
              min={0.5}
              max={4}
              step={0.5}
              value={radius}
              onChange={event => setRadius(Number(event.target.value))}
            />
          </label>
          <Check checked={erases} onChange={setErases}>
            Erase
          </Check>
        </div>
      </section>
      <section className="card" aria-label="Answer">
        <AnswerView
          name={second === null ? null : nameOf(run)}
          facts={facts}
          asked={asked}
          explain={explain}
          empty={`Draw something, or drop, paste, open or record a picture: it stays in ${PLACES[facts.place]}.`}
          onExplain={onExplain}
        />
        <p className="try-heat">
          <Check checked={showsHeat} onChange={setShowsHeat}>
            Show the evidence for {answer ? <strong>{explained}</strong> : 'a class'}
          </Check>
          <span className="quiet">
            {answer === null ? 'Choose a class above to see the evidence for it.' : methodOf(answer)}
          </span>
        </p>
      </section>
      {second !== null && (
        <SecondAnswer
          run={second}
          name={nameOf(second)}
          given={{
            ...{ picture, isBlank, showsHeat },
            // Once it is drawn on or undone, the picture is no longer what the photo became.
            photo: made?.picture === picture ? made.photo : null,
            explain: explain === null ? null : (classNames[explain] ?? null),
            onExplain: name => onExplain(name === null ? null : classNames.indexOf(name)),
          }}
        />
      )}
      <Problem error={error} />
      {photo && steps && (
        <PhotoPanel
          steps={steps}
          options={options}
          preparation={preparation}
          onChange={chosen => applyOptions(photo, chosen)}
        />
      )}
    </div>
  )
}

/** Pictures that are dropped on the view, or pasted into the page. */
function useDrop(open: (file: Blob) => Promise<void>) {
  const [isOver, setIsOver] = useState(false)
  const latest = useRef(open)
  latest.current = open
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const file = event.clipboardData?.files[0]
      if (file) void latest.current(file)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [])
  return {
    isOver,
    onDragOver: (event: DragEvent): void => {
      event.preventDefault()
      setIsOver(true)
    },
    onDragLeave: (): void => setIsOver(false),
    onDrop: (event: DragEvent): void => {
      event.preventDefault()
      setIsOver(false)
      const file = event.dataTransfer.files[0]
      if (file) void open(file)
    },
  }
}

function PictureFile({ onOpen }: { readonly onOpen: (file: Blob) => Promise<void> }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        Open a picture …
      </button>
      <input
        ref={input}
        type="file"
        accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"
        hidden
        aria-label="Picture"
        onChange={event => {
          const file = event.target.files?.[0]
          if (file) void onOpen(file)
          // The same file again is a change too.
          event.target.value = ''
        }}
      />
    </>
  )
}
