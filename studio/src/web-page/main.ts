import '../design/tokens.css'
import './page.css'
import type { WebModel } from '../../../src/network/page-program.ts'
import { decodePhoto } from '../try/decode-photo.ts'
import type { Photo } from '../try/photo.ts'
import { Camera } from './camera.ts'
import { draw } from './drawn.ts'
import { PageNetwork } from './network.ts'
import { stepsText } from './steps.ts'

declare global {
  /** model.js and engine.js hand these over. */
  var heddleModel: WebModel | undefined
  var heddleEngine: string | undefined
}

const FEW = 5
/** As often as an eye can follow, and the page stays quick. */
const PAUSE_MS = 150

const at = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E
const camera = new Camera(at<HTMLVideoElement>('video'))
let network: PageNetwork
let isLong = false
let isCameraOpening = false
/** Counts the pictures that were given: an older one that is ready later is not shown. */
let turn = 0

function notify(text: string, isFault = false): void {
  at('message').textContent = text
  at('message').classList.toggle('fault', isFault)
}

async function show(photo: Photo, caption: string): Promise<void> {
  const { outputs, steps } = await network.ask(photo)
  at('shown').hidden = false
  at('drop').classList.add('small')
  at('caption').textContent = caption
  at('picture').hidden = camera.isOn
  if (!camera.isOn) draw(at('picture'), steps.opaque)
  draw(at('input'), steps.prepared)
  at('steps').textContent = stepsText(network.model.preparation, steps)
  showOutputs(outputs)
  notify('')
}

function showOutputs(outputs: Float32Array): void {
  const { classNames } = network.model
  const isShare = outputs.every(value => value >= 0 && value <= 1)
  const text = (value: number): string => (isShare ? `${(100 * value).toFixed(1)} %` : value.toFixed(3))
  const ranked = Array.from(outputs, (value, label) => ({ value, name: classNames[label]! })).sort(
    (a, b) => b.value - a.value,
  )
  const largest = Math.max(...outputs.map(Math.abs))
  at('result').hidden = false
  at('top-class').textContent = ranked[0]!.name
  at('top-share').textContent = text(ranked[0]!.value)
  at('bars').replaceChildren(
    ...ranked.slice(0, isLong ? ranked.length : FEW).map(({ name, value }) => {
      const [item, label, meter, bar, number] = ['li', 'span', 'span', 'span', 'data'].map(tag =>
        document.createElement(tag),
      ) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLDataElement]
      label.textContent = name
      label.title = name
      meter.className = 'meter'
      bar.style.width = `${100 * Math.max(0, isShare ? value : value / largest)}%`
      meter.append(bar)
      number.value = String(value)
      number.textContent = text(value)
      item.append(label, meter, number)
      return item
    }),
  )
  const rest = ranked.length - FEW
  at('all').hidden = rest <= 0
  at('all').textContent = isLong ? 'Show fewer' : `Show all ${ranked.length} classes`
  at('all').onclick = () => {
    isLong = !isLong
    showOutputs(outputs)
  }
}

async function take(files: readonly Blob[]): Promise<void> {
  const [file] = files
  if (!file) return notify('That was not a picture. Drop a picture file, or paste a picture.', true)
  stopCamera()
  const mine = ++turn
  const name = file instanceof File ? file.name : 'Pasted picture'
  notify('Reading the picture …')
  try {
    const photo = await decodePhoto(file)
    if (mine !== turn) return
    const others = files.length > 1 ? `; it is the first of ${files.length}, and one is shown at a time` : ''
    await show(photo, `${name}, ${photo.width} × ${photo.height}${others}`)
  } catch (error) {
    if (mine === turn) notify((error as Error).message, true)
  }
}

function stopCamera(): void {
  camera.stop()
  at('video').hidden = true
  at('switch').hidden = true
  at('camera').textContent = 'Use the camera'
}

async function startCamera(begin: () => Promise<void>): Promise<void> {
  // A second click would open a second stream, which no click could stop.
  if (isCameraOpening) return
  isCameraOpening = true
  turn++
  try {
    await begin()
  } catch (error) {
    stopCamera()
    return notify((error as Error).message, true)
  } finally {
    isCameraOpening = false
  }
  at('video').hidden = false
  at('switch').hidden = false
  at('camera').textContent = 'Stop the camera'
  const mine = turn
  while (camera.isOn && mine === turn) {
    const frame = camera.frame()
    if (frame) await show(frame, `Camera, ${frame.width} × ${frame.height}`)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

function listen(): void {
  at<HTMLInputElement>('file').addEventListener('change', ({ target }) => {
    const input = target as HTMLInputElement
    if (input.files?.length) void take([...input.files])
    input.value = ''
  })
  addEventListener('dragover', event => {
    event.preventDefault()
    at('drop').classList.add('over')
  })
  for (const end of ['dragleave', 'drop', 'dragend'])
    addEventListener(end, () => at('drop').classList.remove('over'))
  addEventListener('drop', event => {
    event.preventDefault()
    void take([...(event.dataTransfer?.files ?? [])])
  })
  addEventListener('paste', event => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length > 0) void take(files)
  })
  at('camera').addEventListener('click', () => {
    if (camera.isOn) stopCamera()
    else void startCamera(() => camera.start())
  })
  at('switch').addEventListener('click', () => void startCamera(() => camera.turn()))
}

function showSamples(): void {
  const [height, width, channels] = network.model.inputShape as [number, number, 1 | 3]
  const items = network.samples.map((bytes, i) => {
    const [item, button, canvas] = [
      document.createElement('li'),
      document.createElement('button'),
      document.createElement('canvas'),
    ]
    draw(canvas, { width, height, channels, bytes })
    button.type = 'button'
    button.setAttribute('aria-label', `Example ${i + 1}`)
    button.append(canvas)
    button.addEventListener('click', () => {
      stopCamera()
      turn++
      void show({ width, height, channels, levels: bytes }, `Example ${i + 1}`)
    })
    item.append(button)
    return item
  })
  at('sample-list').replaceChildren(...items)
  at('samples').hidden = items.length === 0
}

async function begin(): Promise<void> {
  const { heddleModel: model, heddleEngine: engine } = globalThis
  if (!model || !engine)
    throw new Error('model.js and engine.js belong into the folder of this page; one of them is not there.')
  document.title = `${model.title}: classify a picture`
  at('title').textContent = model.title
  const { length } = model.classNames
  at('about').textContent =
    `Gives a picture one of ${length} classes: ${model.classNames.slice(0, 12).join(', ')}${length > 12 ? ' …' : ''}.`
  network = await PageNetwork.of(model, engine)
  listen()
  if (model.hasPictures) showSamples()
  const { examples, largest } = await network.difference()
  if (examples > 0)
    at('proof').textContent =
      `Checked just now: ${examples} examples give the outputs of the command line, ${largest === 0 ? 'to the bit' : `with a largest difference of ${largest.toExponential(0)}`}.`
}

begin().catch(error => notify((error as Error).message, true))
