/** Texts to be found in other texts. Every text has at least `prefix` characters. */
const prefix = 6

/** A set of texts that replaces its members wherever they occur, the longest first, in time linear in the text. */
export class TextSet {
  readonly #byPrefix = new Map<string, string[]>()

  /** Ignores texts of fewer than six characters. */
  add(text: string): void {
    if (text.length < prefix) return
    const key = text.slice(0, prefix)
    const list = this.#byPrefix.get(key)
    if (list === undefined) this.#byPrefix.set(key, [text])
    else if (!list.includes(text)) {
      list.push(text)
      list.sort((a, b) => b.length - a.length)
    }
  }

  replaceIn(text: string, replacement: string): string {
    if (this.#byPrefix.size === 0 || text.length < prefix) return text
    let result = ''
    let from = 0
    for (let at = 0; at + prefix <= text.length;) {
      const found = this.#byPrefix
        .get(text.slice(at, at + prefix))
        ?.find((member) => text.startsWith(member, at))
      if (found === undefined) {
        at += 1
        continue
      }
      result += text.slice(from, at) + replacement
      at += found.length
      from = at
    }
    return from === 0 ? text : result + text.slice(from)
  }
}
