/** As much of XML 1.0 as a report needs. Text of a stranger cannot leave its place. */
import { visible, visibleLines } from './escape.ts'

/** Indented lines of an element. */
export type Xml = readonly string[]

/** An element with attributes and either elements or text inside. Controls, which XML cannot hold, are shown as text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  inside: readonly Xml[] | string,
): Xml {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? value : escapeXml(visible(value))}"`,
  )
  const open = `<${name}${written.join('')}`
  if (typeof inside === 'string') return [`${open}>${escapeXml(visibleLines(inside))}</${name}>`]
  if (inside.length === 0) return [`${open}/>`]
  return [`${open}>`, ...inside.flat().map((line) => `  ${line}`), `</${name}>`]
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escapeXml(text: string): string {
  // Non-characters are no XML either; everything else that is not a Char has been made visible before.
  return text
    .replace(/[&<>"']/g, (character) => references[character] ?? '')
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
}
