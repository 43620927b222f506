/** Reads XML strictly and independently of the writer: anything that is not well-formed throws. */
export interface XmlNode {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: XmlNode[]
  text: string
}

const references: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

export function parseXml(source: string): XmlNode {
  // XML 1.0, production [2] Char: everything else makes a document not well-formed.
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(source))
    throw new Error('no XML character')
  let rest = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
  const take = (pattern: RegExp): RegExpExecArray => {
    const match = pattern.exec(rest)
    if (match?.index !== 0) throw new Error(`not well-formed at ${JSON.stringify(rest.slice(0, 40))}`)
    rest = rest.slice(match[0].length)
    return match
  }
  const unescape = (text: string): string => {
    if (/&(?!(?:amp|lt|gt|quot|apos);)|</.test(text)) throw new Error(`unescaped: ${text}`)
    return text.replace(/&(\w+);/g, (_, name: string) => references[name] ?? '')
  }
  const read = (): XmlNode => {
    const [, name = '', written = '', closed] = take(/^<([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/)
    const attributes: Record<string, string> = {}
    for (const [, key = '', value = ''] of written.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
      if (key in attributes) throw new Error(`attribute ${key} twice`)
      attributes[key] = unescape(value)
    }
    const node: XmlNode = { name, attributes, children: [], text: '' }
    if (closed === '/') return node
    for (;;) {
      node.text += unescape(take(/^[^<]*/)[0])
      if (rest.startsWith('</')) break
      node.children.push(read())
    }
    if (take(/^<\/([a-z]+)>/)[1] !== name) throw new Error(`${name} is not closed`)
    return node
  }
  const node = read()
  if (rest.trim() !== '') throw new Error('something follows the root')
  return node
}
