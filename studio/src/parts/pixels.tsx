import { useEffect, useRef } from 'react'

/** A picture as bytes. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 1: grey, 3: RGB. */
  readonly channels: number
  /** `[height, width, channels]`, 0 to 255. */
  readonly bytes: Uint8Array
}

/** A picture at its own size; how large it is seen is its class' affair. `label` says what it shows; left out: others do. */
export function Pixels({
  picture,
  label,
  className = 'pixels',
}: {
  readonly picture: Picture
  readonly label?: string
  readonly className?: string
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => paint(canvas.current!, picture), [picture])
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return (
    <canvas ref={canvas} className={className} width={picture.width} height={picture.height} {...named} />
  )
}

function paint(canvas: HTMLCanvasElement, { width, height, channels, bytes }: Picture): void {
  const image = new ImageData(width, height)
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = bytes[p * channels + (channels === 3 ? c : 0)]!
    image.data[4 * p + 3] = 255
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0)
}
