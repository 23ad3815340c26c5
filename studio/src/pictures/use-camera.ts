import { useCallback, useEffect, useRef, useState } from 'react'
import { cameraStream } from '../camera-stream.ts'
import type { Photo } from '../try/photo.ts'

/** A recorded picture has at most this many pixels a side. */
const MOST_SIDE = 640

/** The camera while `isOn`: what it sees, in the video element, and its middle square as a canvas. */
export function useCamera(isOn: boolean) {
  const video = useRef<HTMLVideoElement>(null)
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const [state, setState] = useState<{ readonly isReady: boolean; readonly error: Error | null }>(OFF)
  useEffect(() => {
    if (!isOn) return
    let isOver = false
    let stream: MediaStream | null = null
    const end = (): void => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    const open = async (): Promise<void> => {
      stream = await cameraStream(
        { width: { ideal: 640 }, height: { ideal: 480 } },
        'The browser gives the camera to pages of this machine only. Open the studio as http://127.0.0.1 or http://localhost.',
      )
      if (isOver) return end()
      video.current!.srcObject = stream
      await video.current!.play()
      if (!isOver) setState({ isReady: true, error: null })
    }
    open().catch(error => isOver || setState({ isReady: false, error }))
    return () => {
      isOver = true
      end()
      setState(OFF)
    }
  }, [isOn])
  /** The middle square of what it sees now: the same that its preview shows. */
  const square = useCallback((): HTMLCanvasElement => {
    const { videoWidth: width, videoHeight: height } = video.current!
    const from = Math.min(width, height)
    const side = Math.min(MOST_SIDE, from)
    canvas.current ??= document.createElement('canvas')
    canvas.current.width = side
    canvas.current.height = side
    const context = canvas.current.getContext('2d', { willReadFrequently: true })!
    context.drawImage(video.current!, (width - from) / 2, (height - from) / 2, from, from, 0, 0, side, side)
    return canvas.current
  }, [])
  return { video, square, ...state }
}

/** A network is asked about what the camera sees at most this often. */
const EACH_MS = 120

/** The camera while `isOn`: what it sees, one photo after another; the next one comes when `take` is done with the last. */
export function useCameraPhotos(isOn: boolean, take: (photo: Photo) => Promise<void> | void) {
  const { video, square, isReady, error } = useCamera(isOn)
  const [failure, setFailure] = useState<Error | null>(null)
  const latest = useRef(take)
  latest.current = take
  useEffect(() => {
    if (!isReady) return
    let isOver = false
    setFailure(null)
    const watch = async (): Promise<void> => {
      while (!isOver) {
        const canvas = square()
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        const levels = new Uint8Array(data.buffer)
        await latest.current({ width: canvas.width, height: canvas.height, channels: 4, levels })
        await new Promise(resolve => setTimeout(resolve, EACH_MS))
      }
    }
    watch().catch(reason => isOver || setFailure(reason))
    return () => {
      isOver = true
    }
  }, [isReady, square])
  return { video, isReady, error: error ?? failure }
}

const OFF = { isReady: false, error: null }
