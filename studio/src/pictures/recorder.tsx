import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { Problem } from '../parts/messages.tsx'
import { useCamera } from './use-camera.ts'

/** Pictures a second while the button is held: more would only be more alike. */
const EACH_MS = 200
const QUALITY = 0.92

/** A picture of the camera, and which recording it belongs to. */
export interface Recorded {
  readonly name: string
  readonly file: Blob
  readonly recording: string
}

/** What the camera sees, and a button that records pictures of a class while it is held. */
export function Recorder({
  className,
  onRecorded,
  onClose,
}: {
  readonly className: string
  readonly onRecorded: (picture: Recorded) => void
  readonly onClose: () => void
}) {
  const { video, square, isReady, error } = useCamera(true)
  const [recording, setRecording] = useState<string | null>(null)
  const [count, setCount] = useState(0)
  const latest = useRef(onRecorded)
  latest.current = onRecorded
  useEffect(() => {
    if (recording === null) return
    let number = 0
    const take = (): void => {
      const name = `camera-${recording}-${String(++number).padStart(3, '0')}.jpg`
      square().toBlob(
        file => {
          if (!file) return
          setCount(n => n + 1)
          latest.current({ name, file, recording })
        },
        'image/jpeg',
        QUALITY,
      )
    }
    take()
    const timer = setInterval(take, EACH_MS)
    return () => clearInterval(timer)
  }, [recording, square])
  const begin = (): void => setRecording(new Date().toISOString().slice(0, 19).replace(/[^\d]/g, ''))
  const end = (): void => setRecording(null)
  const isHeld = (event: KeyboardEvent): boolean => event.key === ' ' || event.key === 'Enter'
  return (
    <div className="recorder">
      <video ref={video} muted playsInline aria-label="What the camera sees" />
      <div className="stack tight">
        <Problem error={error} />
        <button
          type="button"
          className="main record"
          disabled={!isReady}
          data-recording={recording !== null}
          onPointerDown={event => {
            event.currentTarget.setPointerCapture(event.pointerId)
            begin()
          }}
          onPointerUp={end}
          onPointerCancel={end}
          onContextMenu={event => event.preventDefault()}
          onKeyDown={event => {
            if (!isHeld(event)) return
            event.preventDefault()
            if (!event.repeat) begin()
          }}
          onKeyUp={event => isHeld(event) && end()}
          onBlur={end}
        >
          {isReady ? 'Hold to record' : error ? 'There is no camera' : 'Opening the camera …'}
        </button>
        <p role="status">{count === 0 ? '' : `${plural(count, 'picture')} recorded`}</p>
        <p className="quiet">
          Turn {className} and move it, and change the place and the light: pictures that are nearly alike
          teach little.
        </p>
        <button type="button" onClick={onClose}>
          Close the camera
        </button>
      </div>
    </div>
  )
}
