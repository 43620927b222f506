/** Shapes of secrets that give themselves away, wherever they stand. Linear scans: the text is a stranger's. */

/** Stands for every masked value. Says nothing about the value: no length, no hash (threats.md, T52). */
export const mask = '(masked)'

const pemBegin = '-----BEGIN '
const pemEnd = '-----END '

/** Replaces PEM private keys and the passwords of URLs (`https://user:password@host`). */
export function maskShapes(text: string): string {
  return maskPasswords(maskPrivateKeys(text))
}

function maskPrivateKeys(text: string): string {
  let result = ''
  let from = 0
  for (;;) {
    const begin = text.indexOf(pemBegin, from)
    if (begin < 0) return result + text.slice(from)
    const label = text.slice(begin, begin + 64)
    if (!label.includes('PRIVATE KEY')) {
      result += text.slice(from, begin + pemBegin.length)
      from = begin + pemBegin.length
      continue
    }
    result += text.slice(from, begin) + mask
    const end = text.indexOf(pemEnd, begin)
    // A key that was cut off hides the rest of the text.
    if (end < 0) return result
    const close = text.indexOf('-----', end + pemEnd.length)
    if (close < 0) return result
    from = close + '-----'.length
  }
}

/** Characters that end the authority of a URL. */
const authorityEnd = /[\s/?#"'<>\\]/

function maskPasswords(text: string): string {
  let result = ''
  let from = 0
  for (;;) {
    const scheme = text.indexOf('://', from)
    if (scheme < 0) return result + text.slice(from)
    const start = scheme + 3
    // Longer authorities are not URLs that anybody writes; the bound keeps the scan linear.
    const window = text.slice(start, start + 2048)
    const end = window.search(authorityEnd)
    const authority = end < 0 ? window : window.slice(0, end)
    const at = authority.lastIndexOf('@')
    const colon = authority.indexOf(':')
    if (at > 0 && colon >= 0 && colon < at) {
      result += text.slice(from, start + colon + 1) + mask
      from = start + at
    } else {
      result += text.slice(from, start)
      from = start
    }
  }
}
