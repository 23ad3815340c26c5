import { marked, type Token, type Tokens } from 'marked'

/** A piece of a line. */
export interface Inline {
  readonly text: string
  readonly bold?: boolean
  readonly italic?: boolean
  readonly code?: boolean
  /** An address that begins with http:, https: or mailto:. */
  readonly link?: string
}

/** What an author wrote, of which nothing can be markup. */
export type Prose =
  | { readonly kind: 'paragraph' | 'quote'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly inlines: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: 'table'
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }

/**
 * Reads Markdown. Only what is listed here becomes part of a document: HTML in it stays text, pictures become their descriptions, and
 * addresses that a browser would run are dropped.
 *
 * @example
 * proseOf('**a** <script>') // [{ kind: 'paragraph', inlines: [{ text: 'a', bold: true }, { text: ' <script>' }] }]
 */
export function proseOf(markdown: string): Prose[] {
  return marked.lexer(markdown).flatMap(blockOf)
}

function blockOf(token: Token): Prose[] {
  switch (token.type) {
    case 'heading':
      return [{ kind: 'heading', level: token.depth, inlines: inlinesOf(token.tokens) }]
    case 'paragraph':
    case 'text':
      return [{ kind: 'paragraph', inlines: inlinesOf(token.tokens ?? [token]) }]
    case 'html':
      return [{ kind: 'paragraph', inlines: merged([{ text: token.text.trim() }]) }]
    case 'blockquote':
      return (token.tokens ?? [])
        .flatMap(blockOf)
        .map(inner => (inner.kind === 'paragraph' ? { ...inner, kind: 'quote' } : inner))
    case 'code':
      return [{ kind: 'code', text: token.text }]
    case 'list':
      return [
        {
          kind: 'list',
          isOrdered: token.ordered,
          items: (token as Tokens.List).items.map(item => inlinesOf(item.tokens)),
        },
      ]
    case 'table': {
      const { header, rows } = token as Tokens.Table
      const text = (cell: Tokens.TableCell): string => plainText(inlinesOf(cell.tokens))
      return [{ kind: 'table', head: header.map(text), rows: rows.map(row => row.map(text)) }]
    }
    default:
      return []
  }
}

type Look = Omit<Inline, 'text'>

function inlinesOf(tokens: readonly Token[] | undefined, look: Look = {}): Inline[] {
  return merged((tokens ?? []).flatMap(token => inlineOf(token, look)))
}

function inlineOf(token: Token, look: Look): Inline[] {
  switch (token.type) {
    case 'strong':
      return inlinesOf(token.tokens, { ...look, bold: true })
    case 'em':
      return inlinesOf(token.tokens, { ...look, italic: true })
    case 'codespan':
      return [{ ...look, text: token.text, code: true }]
    case 'br':
      return [{ ...look, text: '\n' }]
    case 'link':
      return inlinesOf(token.tokens, isSafe(token.href) ? { ...look, link: token.href } : look)
    case 'list':
      return (token as Tokens.List).items.flatMap(item => [
        { ...look, text: '\n– ' },
        ...inlinesOf(item.tokens, look),
      ])
    default:
      return 'tokens' in token && token.tokens
        ? inlinesOf(token.tokens, look)
        : [{ ...look, text: 'text' in token ? token.text : token.raw }]
  }
}

function isSafe(address: string): boolean {
  return /^(https?:|mailto:)/i.test(address)
}

/** Pieces of one look are one piece. */
function merged(inlines: readonly Inline[]): Inline[] {
  const all: Inline[] = []
  for (const inline of inlines) {
    const last = all.at(-1)
    const { text, ...look } = inline
    const { text: before, ...lastLook } = last ?? { text: '' }
    if (last && JSON.stringify(look) === JSON.stringify(lastLook))
      all[all.length - 1] = { ...look, text: before + text }
    else all.push(inline)
  }
  return all
}

/** Without its looks. */
export function plainText(inlines: readonly Inline[]): string {
  return inlines.map(({ text }) => text).join('')
}

/** How many words there are. */
export function wordsIn(prose: readonly Prose[]): number {
  const texts = prose.flatMap(block =>
    'inlines' in block ? [plainText(block.inlines)] : block.kind === 'list' ? block.items.map(plainText) : [],
  )
  return texts.join(' ').split(/\s+/).filter(Boolean).length
}
