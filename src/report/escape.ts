/**
 * Text of a stranger, made safe for the place it goes to: one function per place (threats.md I7, T55–T58). Nothing of
 * the repository's reaches a rendering without one of them.
 *
 * GitHub works on comments twice: the Markdown is parsed (CommonMark with GFM), then the text of the result is
 * searched for mentions, issue numbers, commit ids, emoji names, mathematics and bare hosts. Backslashes stop the
 * first and not the second; only `<code>` stops both. So a word that the second could act on becomes a code span,
 * and everything else is escaped character by character.
 */

/**
 * What a reader cannot see, or what makes text look like other text: controls, bidirectional and format characters,
 * lone surrogates, odd spaces, everything that Unicode says to ignore by default.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu
/** The same without newline and tab, for text of several lines. */
const hiddenInLines =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu

/** One line in which every character can be seen: newlines and tabs become spaces, hidden characters `\u{202E}`. */
export function visible(value: string): string {
  return value
    .replace(/\r\n|[\n\r\t]/g, ' ')
    .replace(hidden, escapeCodePoint)
    .trim()
}

/** Lines in which every character can be seen; newlines and tabs stay. A carriage return is hidden: `\u{D}`. */
export function visibleLines(value: string): string {
  return value.replace(hiddenInLines, escapeCodePoint)
}

function escapeCodePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`
}

/**
 * Words that GitHub's second pass may act on, whatever is escaped: mentions and mail addresses, issue numbers and
 * commit ids, mathematics, URLs and bare `www.` hosts, emoji names.
 */
const active = /[@#$]|https?:|:\/\/|www\.|\bGH-\d|:[\w+-]+:|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])/iu

/**
 * Running text in Markdown: one line, no block, no markup, nothing active; for list items and paragraphs. What stands
 * between two back-ticks, as in our own remedies, stays code.
 */
export function text(value: string): string {
  return runningText(value, code)
}

/** The same for cells of tables. */
export function textInCell(value: string): string {
  return runningText(value, codeInCell)
}

function runningText(value: string, asCode: (value: string) => string): string {
  const pieces = visible(value).split('`')
  // Only pairs count: with an odd number of back-ticks the last one is a character.
  const paired = pieces.length % 2 === 1 ? pieces : [...pieces.slice(0, -2), pieces.slice(-2).join('`')]
  const made = paired.map((piece, i) => {
    if (i % 2 === 0) return words(piece, asCode)
    return piece.trim() === '' ? '\\`\\`' : asCode(piece)
  })
  // At the start of a list item a dash, a number or a fence would open a block of its own.
  return joinSpans(made).replace(/^(?:[-+=#]|\d{1,9}(?=[.)](?:\s|$)))/, (start) =>
    /\d/.test(start) ? `${start}\\` : `\\${start}`,
  )
}

/** Two code spans that touch would be one of another length. */
function joinSpans(pieces: readonly string[]): string {
  return pieces.reduce(
    (line, piece) => `${line}${line.endsWith('`') && piece.startsWith('`') ? ' ' : ''}${piece}`,
    '',
  )
}

function words(value: string, asCode: (value: string) => string): string {
  return value
    .split(' ')
    .map((word) => {
      if (!active.test(word)) return escapePunctuation(word)
      const [, before = '', inner = '', after = ''] = /^([("']*)(.*?)([)"'.,;:!?]*)$/su.exec(word) ?? []
      if (!active.test(inner)) return asCode(word)
      return `${escapePunctuation(before)}${asCode(inner)}${escapePunctuation(after)}`
    })
    .join(' ')
}

function escapePunctuation(value: string): string {
  return value
    .replace(/[<>&|\\]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[`*_[\]~]/g, '\\$&')
}

/** A code span outside tables. Its delimiter is longer than any run of back-ticks inside. */
export function code(value: string): string {
  const shown = visible(value)
  if (shown === '') return '`(empty)`'
  const fence = '`'.repeat(longestRun(shown, '`') + 1)
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

/**
 * A code span that may stand in a table. A bar ends a cell even inside code, and parsers disagree about one behind a
 * backslash, so bars are shown as `\u{7C}`.
 */
export function codeInCell(value: string): string {
  return code(value.replaceAll('|', '\\u{7C}'))
}

/** Code where Markdown is not parsed, as in `<summary>`: everything but letters and digits is a reference. */
export function htmlCode(value: string): string {
  return `<code>${html(visible(value) || '(empty)')}</code>`
}

/** Text in HTML, element or quoted attribute: every ASCII character but letters, digits and space is a reference. */
export function html(value: string): string {
  return visible(value).replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A fenced block: the fence is longer than any run of back-ticks inside, so no line of the content can close it. */
export function fence(content: string, language: 'diff' | 'yaml' | 'text'): string {
  const shown = visibleLines(content).replace(/\n+$/, '')
  const marks = '`'.repeat(Math.max(3, longestRun(shown, '`') + 1))
  return `${marks}${language}\n${shown}\n${marks}`
}

/**
 * The destination of a Markdown link: an https URL (http for local servers of GitHub Enterprise) without credentials,
 * brackets encoded. Null for anything else.
 */
export function href(value: string): string | null {
  if (!URL.canParse(value)) return null
  const url = new URL(value)
  if (!['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') return null
  return url.href.replace(/[()<>"'\\`|*_[\]~\s]/g, (character) =>
    character === '_' || character === '~'
      ? character
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Longest run of one character. */
function longestRun(value: string, character: string): number {
  let longest = 0
  let run = 0
  for (const c of value) {
    run = c === character ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}
