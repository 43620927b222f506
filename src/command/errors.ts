/** A call that cannot be carried out; the message says what to do instead. */
export class CommandError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
    this.name = 'CommandError'
  }
}
