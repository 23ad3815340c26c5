import { cameraStream } from '../camera-stream.ts'
import type { Photo } from '../try/photo.ts'

/** Frames of a camera, one after the other, as long as it is on. */
export class Camera {
  readonly #video: HTMLVideoElement
  #stream: MediaStream | null = null
  #facing: 'environment' | 'user' = 'environment'

  constructor(video: HTMLVideoElement) {
    this.#video = video
  }

  get isOn(): boolean {
    return this.#stream !== null
  }

  /** Throws an `Error` that says why there are no pictures. */
  async start(): Promise<void> {
    this.stop()
    this.#stream = await cameraStream(
      { facingMode: this.#facing },
      'The browser gives the camera to pages from https:// and localhost only. Serve this folder, for instance with: npx serve',
    )
    this.#video.srcObject = this.#stream
    await this.#video.play()
  }

  async turn(): Promise<void> {
    this.#facing = this.#facing === 'user' ? 'environment' : 'user'
    await this.start()
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    this.#stream = null
    this.#video.srcObject = null
  }

  /** The frame that it shows now; `null`: there is none yet. */
  frame(): Photo | null {
    const { videoWidth: width, videoHeight: height } = this.#video
    if (width === 0 || height === 0) return null
    const context = new OffscreenCanvas(width, height).getContext('2d')!
    context.drawImage(this.#video, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    return { width, height, channels: 4, levels: new Uint8Array(data.buffer) }
  }
}
