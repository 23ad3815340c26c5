/** Draws bytes of a picture, grey or RGB, at its own size. */
export function draw(
  canvas: HTMLCanvasElement,
  picture: {
    readonly width: number
    readonly height: number
    readonly channels: number
    readonly bytes: Uint8Array
  },
): void {
  const { width, height, channels, bytes } = picture
  const image = new ImageData(width, height)
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = bytes[channels === 1 ? p : channels * p + c]!
    image.data[4 * p + 3] = 255
  }
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')!.putImageData(image, 0, 0)
  canvas.classList.toggle('pixels', width <= 64)
}
