import { useEffect, useRef } from 'react'

/** A picture as bytes. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 1: grey, 3: RGB, 4: RGB with alpha. */
  readonly channels: number
  /** `[height, width, channels]`, 0 to 255. */
  readonly bytes: Uint8Array
}

/** A picture, or an empty place until it is there. Its class decides its size on the page; `label` describes it, unless others do. */
export function Pixels({
  picture,
  label,
  className = 'pixels',
}: {
  readonly picture: Picture | null | undefined
  readonly label?: string
  readonly className?: string
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (picture) paint(canvas.current!, picture)
  }, [picture])
  if (!picture) return <span className={className} />
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return (
    <canvas ref={canvas} className={className} width={picture.width} height={picture.height} {...named} />
  )
}

function paint(canvas: HTMLCanvasElement, { width, height, channels, bytes }: Picture): void {
  const image = new ImageData(width, height)
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = bytes[p * channels + (channels === 1 ? 0 : c)]!
    image.data[4 * p + 3] = channels === 4 ? bytes[p * channels + 3]! : 255
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0)
}
