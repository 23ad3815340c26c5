import { createElement, type ReactNode, useMemo } from 'react'
import { type Inline, type Prose, proseOf } from '../../../src/show/document/prose.ts'
import { Wide } from './wide.tsx'
import './prose-view.css'

/** Markdown as a person wrote it. It becomes elements of the page, never HTML: tags in it stay text, and pictures are not loaded. */
export function ProseView({ text }: { readonly text: string }) {
  const blocks = useMemo(() => proseOf(text), [text])
  // A text may begin at any level; no level of the page is left out before it.
  const levels = blocks.flatMap(block => (block.kind === 'heading' ? [block.level] : []))
  const shift = FIRST_LEVEL - Math.min(...levels)
  return <div className="prose">{blocks.map((block, key) => blockOf(block, key, shift))}</div>
}

/** Below the headings of the page that it stands on. */
const FIRST_LEVEL = 3

function blockOf(block: Prose, key: number, shift: number): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return <p key={key}>{block.inlines.map(inlineOf)}</p>
    case 'quote':
      return <blockquote key={key}>{block.inlines.map(inlineOf)}</blockquote>
    case 'heading': {
      const level = Math.min(6, block.level + shift)
      return createElement(`h${level}`, { key }, block.inlines.map(inlineOf))
    }
    case 'code':
      return (
        <pre key={key} className="code">
          {block.text}
        </pre>
      )
    case 'list': {
      const items = block.items.map(item => createElement('li', null, ...item.map(inlineOf)))
      return createElement(block.isOrdered ? 'ol' : 'ul', { key }, ...items)
    }
    case 'table':
      return (
        <Wide key={key}>
          <table className="plain-table">
            <thead>{rowOf('th', block.head)}</thead>
            {createElement('tbody', null, ...block.rows.map(row => rowOf('td', row)))}
          </table>
        </Wide>
      )
  }
}

function rowOf(cell: 'th' | 'td', texts: readonly string[]): ReactNode {
  return createElement('tr', null, ...texts.map(text => createElement(cell, null, text)))
}

function inlineOf({ text, bold, italic, code, link }: Inline, key: number): ReactNode {
  let inner: ReactNode = code ? <code>{text}</code> : text
  if (italic) inner = <em>{inner}</em>
  if (bold) inner = <strong>{inner}</strong>
  return link ? (
    <a key={key} href={link} rel="noreferrer noopener" target="_blank">
      {inner}
    </a>
  ) : (
    <span key={key}>{inner}</span>
  )
}
