import { createRequire } from 'node:module'
import { optionalPackage } from '../../base/optional-package.ts'
import { dateAt } from '../../store/wall-clock.ts'
import { type Picture, svgOf } from '../picture.ts'

const require = createRequire(import.meta.url)
const ttf = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)

/** The fonts of every file, of which the letters that are used are embedded. Pictures name the first one. */
const fonts = {
  'DejaVu Sans': {
    normal: ttf('DejaVuSans'),
    bold: ttf('DejaVuSans-Bold'),
    italics: ttf('DejaVuSans-Oblique'),
    bolditalics: ttf('DejaVuSans-BoldOblique'),
  },
  'DejaVu Sans Mono': {
    normal: ttf('DejaVuSansMono'),
    bold: ttf('DejaVuSansMono-Bold'),
    italics: ttf('DejaVuSansMono-Oblique'),
    bolditalics: ttf('DejaVuSansMono-BoldOblique'),
  },
}

/** A piece of a page as pdfmake takes it. */
export type PdfNode = string | { readonly [key: string]: unknown } | readonly PdfNode[]

/** What a file says about itself. */
export interface PdfInfo {
  readonly title: string
  readonly author?: string | undefined
  /** The date of its content, in milliseconds since 1970: the same content gives the same bytes. */
  readonly madeAt: number
}

interface Pdfmake {
  setFonts(fonts: object): void
  setUrlAccessPolicy(allow: () => boolean): void
  setLocalAccessPolicy(allow: (path: string) => boolean): void
  createPdf(definition: object): { getBuffer(): Promise<Buffer> }
}

/**
 * A PDF with vectors and embedded fonts. `definition` is what pdfmake takes: see
 * https://pdfmake.github.io/docs/document-definition-object. No network, and no file but the fonts.
 */
export function pdfOf(
  definition: Readonly<Record<string, unknown>> & { readonly content: PdfNode },
  { title, author, madeAt }: PdfInfo,
): Promise<Buffer> {
  // Its modules are many: only where a PDF is written.
  const pdfmake = optionalPackage('pdfmake', () => require('pdfmake') as Pdfmake)
  pdfmake.setFonts(fonts)
  pdfmake.setUrlAccessPolicy(() => false)
  const allowed = Object.values(fonts).flatMap(font => Object.values(font))
  pdfmake.setLocalAccessPolicy(path => allowed.includes(path))
  return pdfmake
    .createPdf({
      defaultStyle: { font: 'DejaVu Sans' },
      info: {
        title,
        ...(author !== undefined && { author }),
        producer: 'Heddle',
        creator: 'Heddle',
        creationDate: dateAt(madeAt),
      },
      ...definition,
    })
    .getBuffer()
}

/** Pixels are 1/96 of an inch, PDF's points 1/72. */
export const POINTS = 0.75

/** A picture as a page of its own size. */
export function picturePdf(picture: Picture, info: PdfInfo): Promise<Buffer> {
  const [width, height] = [picture.width * POINTS, picture.height * POINTS]
  // A page as high as its content would push it to the next one.
  const pageSize = { width, height: height + 1 }
  return pdfOf({ pageSize, pageMargins: 0, content: { svg: svgOf(picture), width, height } }, info)
}
