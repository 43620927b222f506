/**
 * Integers that no JavaScript number holds. Kubernetes keeps 64 bits, JSON.parse keeps 53: two manifests that differ in
 * the last digits would look equal, and 9223372036854775807 would come back out of range. Values stay ordinary numbers
 * everywhere; the digits are remembered beside the map or list that holds them. A copy of that map or list that does
 * not carry them over falls back to the number.
 */
const digits = new WeakMap<object, Map<string, string>>()
let any = false

/** JSON.parse that remembers the digits of large integers. @throws SyntaxError */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown
  const marker = markerFor(text)
  const marked = markIntegers(text, marker)
  // Long runs of digits mostly stand in texts: a reviver costs ten times the parse.
  if (marked === text) return JSON.parse(text) as unknown
  return JSON.parse(marked, function (this: object, key: string, value: unknown): unknown {
    if (typeof value !== 'string' || !value.startsWith(marker)) return value
    const exact = value.slice(marker.length)
    remember(this, key, exact)
    return Number(exact)
  }) as unknown
}

/** JSON.stringify that writes the digits that were remembered. */
export function stringifyExact(value: unknown): string {
  if (!any) return JSON.stringify(value)
  const marker = markerFor(JSON.stringify(value))
  const marked = JSON.stringify(value, function (this: object, key: string, item: unknown): unknown {
    const exact = typeof item === 'number' ? exactOf(this, key) : undefined
    return exact === undefined ? item : `${marker}${exact}`
  })
  return marked.replaceAll(new RegExp(`"${marker}(-?\\d+)"`, 'g'), '$1')
}

/** The digits of the number under this key (or index) of a map or list, when the number alone does not say them. */
export function exactOf(holder: object, key: string | number): string | undefined {
  return any ? digits.get(holder)?.get(String(key)) : undefined
}

/** Keeps the digits for a copy that has the same keys. */
export function carryExact<Copy extends object>(from: object, copy: Copy): Copy {
  const known = any ? digits.get(from) : undefined
  if (known !== undefined) digits.set(copy, known)
  return copy
}

function remember(holder: object, key: string, exact: string): void {
  any = true
  const known = digits.get(holder)
  if (known === undefined) digits.set(holder, new Map([[key, exact]]))
  else known.set(key, exact)
}

/** Words that the text does not hold, whatever somebody wrote into it. */
function markerFor(text: string): string {
  let marker = 'exact-integer:'
  for (let n = 0; text.includes(marker); n++) marker = `exact-integer-${n}:`
  return marker
}

/** Puts integers that lose digits in quotes; texts are left alone. */
function markIntegers(text: string, marker: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    parts.push(
      text
        .slice(at, end)
        .replaceAll(/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, (number) =>
          isExact(number) ? number : `"${marker}${number}"`,
        ),
    )
    if (quote < 0) break
    at = endOfText(text, quote)
    parts.push(text.slice(quote, at))
  }
  return parts.join('')
}

/** True when the number is written with the same digits again; what is beyond every double is left to JSON.parse. */
function isExact(number: string): boolean {
  const value = Number(number)
  return !Number.isFinite(value) || String(value) === number
}

function endOfText(text: string, quote: number): number {
  let at = quote + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close < 0) return text.length
    let slashes = 0
    while (text[close - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return close + 1
    at = close + 1
  }
}
